"""The filters, each with its reason; a second tagger's stream; nothing is dropped uncounted."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.errors import OptionError, XnerError
from xner.projection import filters
from xner.projection.filters import Filter, FilterOptions
from xner.sentence import Sentence
from xner.tag_schemes import spans_of

TEXT = "Angela Merkel traf Merkel in Berlin"
TAGS = "B-PER I-PER O B-PER O B-LOC"


def sentence(text=TEXT, tags=TAGS, **fields):
    own = {"id": "de:1", **fields}
    return Sentence(tokens=text.split(), tags=tags.split() if tags is not None else None, **own)


def with_second(tags, other=None, id="de:1", **options):
    """A filter whose second tagger says this of the sentence."""
    seen = other or sentence(tags=tags, id=id)
    options = {"agree_with": "second.jsonl", **options}
    return Filter(FilterOptions(**options), lambda _: [seen])


def test_by_default_only_length_and_emptiness_count():
    check = Filter(FilterOptions())
    assert check.before(sentence(" ".join(["x"] * 128), None)) is None
    assert check.before(sentence(" ".join(["x"] * 129), None)) == filters.TOO_LONG
    assert check.after(sentence()) is None
    assert check.after(sentence(tags="O O O O O O")) == filters.NO_ENTITY
    assert check.fallback_tags(sentence(), 3) is None


def test_sentences_without_entities_can_be_kept():
    check = Filter(FilterOptions(keep_empty=True))
    assert check.after(sentence(tags="O O O O O O")) is None


@pytest.mark.parametrize(("most", "reason"), [(2, filters.TOO_MANY), (3, None), (None, None)])
def test_entities_are_counted(most, reason):
    assert Filter(FilterOptions(max_entities=most)).after(sentence()) == reason


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (TAGS, filters.REPEATED),
        ("B-PER I-PER O O O B-LOC", None),  # the second Merkel is in no entity
        ("O B-PER O B-LOC O O", filters.REPEATED),  # whatever the types
        ("B-PER I-PER I-PER I-PER O O", None),  # twice in one entity
    ],
)
def test_a_word_in_two_entities(tags, reason):
    assert Filter(FilterOptions(repeats="drop")).after(sentence(tags=tags)) == reason
    assert Filter(FilterOptions()).after(sentence(tags=tags)) is None


@pytest.mark.parametrize(
    ("tags", "agreeing"),
    [
        (TAGS, {"first-word", "spans", "exact"}),
        ("B-ORG I-ORG O B-PER O B-LOC", {"first-word", "spans"}),  # another type
        ("B-PER O O B-PER O B-LOC", {"first-word"}),  # another end
        ("O B-PER O B-PER O B-LOC", set()),  # another first word
        ("B-PER I-PER O B-PER O O", set()),  # one less
    ],
)
def test_agreement(tags, agreeing):
    for agreement in ("first-word", "spans", "exact"):
        reason = with_second(tags, agreement=agreement).after(sentence())
        assert reason == (None if agreement in agreeing else filters.DISAGREEMENT)


def test_the_first_word_is_a_word_not_a_place():
    """As the released code has it: the one Merkel is taken for the other."""
    ours, theirs = "O O O B-PER O O", "O B-PER O O O O"
    assert with_second(theirs).after(sentence(tags=ours)) is None
    assert with_second(theirs, agreement="spans").after(sentence(tags=ours)) is not None


def test_words_of_which_nothing_is_known_agree_with_any_tag():
    partial = sentence(tags="O O O O O B-LOC", weights=[0, 0, 0, 0, 0, 1])
    assert with_second(TAGS, agreement="exact").after(partial) is None
    sure = sentence(tags="O O O O O B-LOC", weights=[1, 1, 0, 0, 0, 1])
    assert with_second(TAGS, agreement="exact").after(sure) == filters.DISAGREEMENT


def test_a_sentence_that_both_see_empty_is_still_dropped():
    empty = "O O O O O O"
    assert with_second(empty).after(sentence(tags=empty)) == filters.NO_ENTITY


def test_a_sentence_that_the_second_tagger_has_not_seen():
    check = with_second(TAGS, id="de:2")
    assert check.before(sentence()) is None
    assert check.after(sentence()) == filters.UNSEEN


def test_ids_made_from_another_files_name_are_joined_by_their_number():
    rows = [sentence("Es regnet", "O O", id="second:1"), sentence(id="second:2")]
    check = Filter(FilterOptions(agree_with="f", fallback="f"), lambda _: rows)
    here = sentence(id="de:2")
    assert check.before(here) is None
    assert check.after(here) is None
    assert check.fallback_tags(here, 3) == tuple(TAGS.split())


@pytest.mark.parametrize("rows", [["a:1", "b:2"], ["a:1"]])
def test_a_number_of_another_file_is_not_taken_for_this_one(rows):
    """Neither where the stream has other sentences of the file, nor where the words differ."""
    said = [sentence("Es regnet", "O O", id=own) for own in rows]
    check = Filter(FilterOptions(agree_with="f", fallback="f"), lambda _: said)
    ours = sentence(*(["Es regnet", "B-PER O"] if len(rows) > 1 else []), id="b:1")
    assert check.before(ours) is None
    assert check.after(ours) == filters.UNSEEN
    assert check.fallback_tags(ours, 0) is None


@pytest.mark.parametrize("option", ["agree_with", "fallback"])
def test_other_words_under_one_id_are_refused(option):
    other = sentence("Angela Merkel traf Merkel in Bern")
    check = Filter(FilterOptions(**{option: "second.jsonl"}), lambda _: [other])
    with pytest.raises(XnerError) as caught:
        check.before(sentence())
    expected = "second.jsonl: sentence 'de:1', token 6: 'Bern' against 'Berlin' in the input"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], "f: no sentences"),
        ([sentence(), sentence()], "f: id 'de:1' occurs twice"),
        ([sentence(tags=None)], "f: sentence 'de:1' was not tagged: run xner weak-tag"),
    ],
)
def test_a_second_stream_that_cannot_be_used(rows, says):
    with pytest.raises(XnerError) as caught:
        Filter(FilterOptions(fallback="f"), lambda _: rows)
    assert str(caught.value) == says


def test_the_fallback_needs_as_many_entities():
    check = with_second(TAGS, agree_with=None, fallback="second.jsonl")
    assert check.fallback_tags(sentence(), 3) == tuple(TAGS.split())
    assert check.fallback_tags(sentence(), 2) is None
    assert check.fallback_tags(sentence(id="de:9"), 3) is None


def test_a_file_named_twice_is_read_once():
    read = []

    def opened(path):
        read.append(path)
        return [sentence()]

    Filter(FilterOptions(agree_with="f", fallback="f"), opened)
    assert read == ["f"]


GERMAN = "Der Präsident sprach am Dienstag in Berlin mit den Ministern der Länder ."


@pytest.mark.parametrize(
    ("lang", "reason"), [("de", None), ("de-AT", None), ("en", filters.OTHER_LANGUAGE)]
)
def test_the_language_is_detected(lang, reason):
    check = Filter(FilterOptions(langid=True))
    assert check.before(sentence(GERMAN, None, lang=lang)) == reason
    assert Filter(FilterOptions()).before(sentence(GERMAN, None, lang=lang)) is None


def test_norwegian_has_several_names():
    text = "Statsministeren sa i dag at regjeringen ikke kommer til å øke skattene neste år ."
    check = Filter(FilterOptions(langid=True))
    assert [check.before(sentence(text, None, lang=tag)) for tag in ("no", "nb", "nn")] == [
        None
    ] * 3


def test_a_language_that_cannot_be_compared():
    check = Filter(FilterOptions(langid=True))
    with pytest.raises(XnerError, match="sentence 'de:1' does not say its language"):
        check.before(sentence())
    with pytest.raises(OptionError, match="--langid does not know 'tlh'"):
        check.before(sentence(lang="tlh"))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"max_length": 0}, "--max-length 0 makes no sense; at least 1"),
        ({"max_entities": 0}, "--max-entities 0 makes no sense; at least 1"),
        ({"agree_with": "-"}, "--agree-with cannot be standard input"),
    ],
)
def test_values_that_make_no_sense(options, says):
    with pytest.raises(OptionError, match=says):
        FilterOptions(**options)


TAGS_OF = st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC"]), min_size=4, max_size=4)


@given(
    st.lists(st.tuples(TAGS_OF, TAGS_OF), min_size=1, max_size=8),
    st.sampled_from(["first-word", "spans", "exact"]),
    st.sampled_from([None, 1, 2]),
    st.sampled_from(["keep", "drop"]),
    st.booleans(),
)
def test_what_is_kept_obeys_every_rule(pairs, agreement, most, repeats, keep_empty):
    """Whatever comes, a sentence is kept or has one reason, and what is kept breaks no rule."""
    words = ["a", "b", "a", "c"]
    rows = [Sentence(id=f"x{n}", tokens=words, tags=own) for n, (own, _) in enumerate(pairs)]
    seen = [Sentence(id=f"x{n}", tokens=words, tags=other) for n, (_, other) in enumerate(pairs)]
    options = FilterOptions(
        agree_with="f",
        agreement=agreement,
        max_entities=most,
        repeats=repeats,
        keep_empty=keep_empty,
    )
    check = Filter(options, lambda _: seen)
    dropped, kept = Counter(), []
    for row, other in zip(rows, seen, strict=True):
        reason = check.before(row) or check.after(row)
        if reason:
            dropped[reason] += 1
        else:
            kept.append((row.spans, spans_of(other.tags)))
    assert len(rows) == len(kept) + dropped.total()
    assert dropped.keys() <= {
        filters.NO_ENTITY,
        filters.TOO_MANY,
        filters.REPEATED,
        filters.DISAGREEMENT,
    }
    for ours, theirs in kept:
        assert ours or keep_empty
        assert most is None or len(ours) <= most
        assert [words[s.start] for s in ours] == [words[s.start] for s in theirs]
        if agreement == "exact":
            assert ours == theirs
        if repeats == "drop":
            inside = [{*words[s.start : s.end]} for s in ours]
            assert sum(map(len, inside)) == len(set().union(*inside))
