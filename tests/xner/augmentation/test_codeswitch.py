"""Mixed sentences: TransAdv's example, unequal lengths, what passes and what is refused."""

import pytest

from tests.xner.augmentation.pairs import SOURCE, TAGS, TARGET, mix, pair, text, word_by_word
from xner.augmentation.codeswitch import Mixing, refusal
from xner.errors import OptionError

# --- the paper's example


def test_entities_of_the_other_language_as_in_the_paper():
    record = word_by_word(SOURCE, TAGS, TARGET)
    swapped = mix(record).sentence
    assert " ".join(swapped.tokens) == "VN official Rolf Ekeus heads for Bagdad ."
    assert swapped.langs == ["es", "en", None, None, "en", "en", "es", None]
    back = mix(record, into="translation").sentence
    assert " ".join(back.tokens) == "U.N. funcionario Rolf Ekeus cabezas para Baghdad ."
    assert back.langs == ["en", "es", None, None, "es", "es", "en", None]
    for made, lang, base in ((swapped, "en", record.origin), (back, "es", record)):
        assert (made.id, made.lang, made.tags, made.origin) == ("a", lang, TAGS.split(), base)
        assert made.alignment == [(n, n + 1, n, n + 1) for n in range(8)]


def test_the_context_is_the_other_half():
    record = word_by_word(SOURCE, TAGS, TARGET)
    mixed = mix(record, swap="context")
    assert text(mixed) == text(mix(record, into="translation"))
    assert mixed.sentence.lang == "en"
    assert (mixed.swapped, mixed.left) == (3, ["alike in both"])
    assert mix(record).left == ["alike in both"]


def test_at_ratio_0_the_languages_are_told_and_nothing_else_is_done():
    record = word_by_word(SOURCE, TAGS, TARGET)
    for swap in ("entities", "context", "phrases", "words"):
        mixed = mix(record, swap=swap, ratio=0)
        assert mixed.sentence.tokens == SOURCE.split()
        assert mixed.sentence.langs == ["en", "en", None, None, "en", "en", "en", None]
        assert mixed.swapped == 0


# --- unequal lengths


def test_entities_may_change_their_length_and_keep_their_type():
    record = pair(
        "West Germany beats B. B. Bern", "B-LOC I-LOC O B-ORG I-ORG B-LOC",
        "Westdeutschland schlägt den BBB Bern", "B-LOC O O B-ORG B-LOC",
        [(0, 1, 0, 2), (1, 2, 2, 3), (3, 4, 3, 5), (4, 5, 5, 6)], "de",
    )  # fmt: skip
    made = mix(record).sentence
    assert made.tokens == ["Westdeutschland", "beats", "BBB", "Bern"]
    assert made.tags == ["B-LOC", "O", "B-ORG", "B-LOC"]
    assert made.langs == ["de", "en", "de", None]
    assert made.alignment == [(0, 1, 0, 2), (1, 2, 2, 3), (2, 3, 3, 5), (3, 4, 5, 6)]
    back = mix(record, into="translation").sentence
    assert back.tokens == ["West", "Germany", "schlägt", "den", "B.", "B.", "Bern"]
    assert back.tags == ["B-LOC", "I-LOC", "O", "O", "B-ORG", "I-ORG", "B-LOC"]
    assert back.langs == ["en", "en", "de", "de", "en", "en", None]
    assert back.alignment == [
        *((0, 2, 0, 1), (2, 3, 1, 2), (3, 4, 2, 3), (4, 6, 3, 4), (6, 7, 4, 5)),
    ]


def test_words_that_one_word_stands_for_go_together():
    record = pair(
        "the house is blue", None, "Haus ist blau blau", None,
        [(0, 1, 0, 1), (0, 1, 1, 2), (2, 3, 3, 4), (3, 4, 3, 4)], "de",
    )  # fmt: skip
    mixed = mix(record, swap="words", ratio=1)
    assert mixed.sentence.tokens == ["Haus", "is", "blau", "blau"]
    assert mixed.sentence.tags is None
    assert mixed.sentence.alignment == [(0, 1, 0, 2), (1, 2, 2, 3), (2, 4, 3, 4)]
    assert (mixed.swapped, mixed.left) == (2, [])


def test_a_sentence_in_chinese():
    record = pair(
        "Anna works in Beijing .", "B-PER O O B-LOC O",
        "安娜 在 北 京 工作 。", "B-PER O B-LOC I-LOC O O",
        [(0, 1, 0, 1), (1, 2, 2, 3), (2, 4, 3, 4), (4, 5, 1, 2), (5, 6, 4, 5)], "zh",
    )  # fmt: skip
    assert text(mix(record)) == "安娜 works in 北 京 ."
    made = mix(record, into="translation").sentence
    assert made.tokens == ["Anna", "在", "Beijing", "工作", "。"]
    assert made.tags == ["B-PER", "O", "B-LOC", "O", "O"]
    assert made.langs == ["en", "zh", "en", "zh", "zh"]


def test_a_broken_unit_inside_an_entity_is_one_row_with_the_rest_of_it():
    record = pair(
        "Amt Bern", "B-ORG I-ORG", "Office Berne bureau", "B-ORG I-ORG I-ORG",
        [(0, 1, 0, 1), (2, 3, 0, 1), (1, 2, 1, 2)],
    )  # fmt: skip
    made = mix(record).sentence
    assert made.tokens == ["Office", "Berne", "bureau"]
    assert made.alignment == [(0, 3, 0, 2)]
    assert made.tags == ["B-ORG", "I-ORG", "I-ORG"]


# --- fields


def test_what_was_said_of_the_base_and_not_of_its_words_passes():
    record = word_by_word(SOURCE, TAGS, TARGET)
    origin = record.origin
    origin.meta = {"doc": 3, "gold": TAGS.split()}
    origin.extra = {"topic": "x"}
    origin.weights = [1.0] * 8
    origin.labels, origin.probs = ["O"], [[1.0]] * 8
    origin.shuffled = True
    made = mix(record).sentence
    assert (made.meta, made.extra, made.shuffled) == ({"doc": 3}, {"topic": "x"}, True)
    assert made.weights is made.labels is made.probs is None
    assert origin.weights == [1.0] * 8
    assert origin.meta["gold"] == TAGS.split()


def test_languages_of_a_sentence_that_is_mixed_already_are_kept():
    record = word_by_word("Ida saw Rome", "B-PER O B-LOC", "Ida vio Roma")
    record.origin.langs = [None, "fr", "en"]
    assert mix(record).sentence.langs == [None, "fr", "es"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"origin": None}, "it has no origin to be mixed with; run xner translate-spans"),
        ({"alignment": None}, "it has no alignment with its origin"),
        ({"lang": None}, "'lang' is missing, in it or in its origin"),
        ({"lang": "en"}, "it and its origin have one language, 'en'"),
    ],
)
def test_records_that_cannot_be_mixed(change, says):
    record = word_by_word(SOURCE, TAGS, TARGET)
    for name, value in change.items():
        setattr(record, name, value)
    assert says in (refusal(record, Mixing()) or "")


def test_entities_and_context_want_tags_of_the_base():
    record = word_by_word("a b", None, "A B")
    for swap in ("entities", "context"):
        for into, whose in (("origin", "its origin has"), ("translation", "it has")):
            says = f"{whose} no tags to tell its {swap} by; run xner weak-tag"
            assert refusal(record, Mixing(swap=swap, into=into)) == says
    assert refusal(record, Mixing(swap="words")) is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"ratio": 1.5}, "--ratio 1.5 is not between 0 and 1"),
        ({"ratio": -1}, "--ratio -1 is not between 0 and 1"),
        ({"ratio": float("nan")}, "--ratio nan is not between 0 and 1"),
        ({"max_phrase": 0}, "--max-phrase 0 is not at least 1"),
    ],
)
def test_numbers_that_make_no_sense(options, says):
    with pytest.raises(OptionError, match=says):
        Mixing(**options)
