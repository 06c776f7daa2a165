"""What may be swapped and what stays, by example and by brute force over any links and tags."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xner.augmentation.pairs import mix, pair, text, word_by_word
from xner.augmentation.codeswitch import Mixing, codeswitch
from xner.augmentation.pair import Pair
from xner.augmentation.swappable import candidates
from xner.sentence import Link, Sentence, linked_spans
from xner.tag_schemes import Span, tags_of

# --- what stays


@pytest.mark.parametrize(
    ("other", "tags", "rows", "why"),
    [
        ("Erste Bank", "B-ORG I-ORG", [(0, 1, 0, 1)], "not aligned as a whole"),
        ("Bank", "B-ORG", [(0, 1, 0, 3)], "not aligned as a whole"),
        ("Bank geht", "B-ORG O", [(0, 1, 0, 1), (1, 2, 1, 3)], "not aligned as a whole"),
        ("Erste die Bank", "B-ORG I-ORG I-ORG", [(0, 1, 0, 1), (2, 3, 1, 2)], "in pieces"),
        ("Erste Bank", "B-LOC I-LOC", [(0, 1, 0, 1), (1, 2, 1, 2)], "labelled otherwise"),
        ("Erste Bank", "B-ORG B-ORG", [(0, 1, 0, 1), (1, 2, 1, 2)], "labelled otherwise"),
        ("die Erste Bank", "B-ORG I-ORG I-ORG", [(1, 2, 0, 1), (2, 3, 1, 2)], "labelled otherwise"),
        ("Erste Bank", "O O", [(0, 1, 0, 1), (1, 2, 1, 2)], "labelled otherwise"),
        ("First Bank", "B-ORG I-ORG", [(0, 2, 0, 2)], "alike in both"),
    ],
)
def test_entities_stay_for_a_reason(other, tags, rows, why):
    mixed = mix(pair("First Bank fell", "B-ORG I-ORG O", other, tags, rows))
    assert (text(mixed), mixed.swapped, mixed.left) == ("First Bank fell", 0, [why])


def test_an_untagged_translation_has_no_say():
    record = pair("First Bank", "B-ORG I-ORG", "Erste Bank", None, [(0, 2, 0, 2)])
    assert text(mix(record)) == "Erste Bank"


@pytest.mark.parametrize(
    ("tags", "rows", "why"),
    [
        ("O O O", [(0, 1, 0, 1), (2, 3, 0, 1)], "in pieces"),
        ("O O O", [(0, 1, 0, 1), (0, 1, 2, 3)], "in pieces"),
        ("B-PER O O", [(0, 1, 0, 1)], "labelled otherwise"),
        ("O O O", [(0, 1, 2, 4)], "aligned across an edge"),
    ],
)
def test_units_stay_for_a_reason(tags, rows, why):
    for swap in ("context", "words", "phrases"):
        record = pair("he goes away Ida", "O O O B-PER", "a b c", tags, rows)
        mixed = mix(record, swap=swap, ratio=1)
        assert (text(mixed), mixed.left) == ("he goes away Ida", [why])


def test_rows_without_words_say_nothing():
    rows = [(0, 0, 0, 1), (0, 1, 1, 1), (0, 1, 1, 2)]
    assert text(mix(pair("so Ida", "O B-PER", "Ide", "B-PER", rows))) == "so Ide"


# --- phrases


def test_phrases_have_one_to_so_many_units_each_number_as_often_as_another():
    size = 6000
    own = " ".join(f"w{n}" for n in range(size))
    record = word_by_word(own, None, own.replace("w", "v"))
    drawn = candidates(Pair(record, "origin"), "phrases", 3, random.Random(1))
    phrases = Counter(stretch.end - stretch.start for stretch in drawn)
    assert set(phrases) == {1, 2, 3}
    assert all(abs(number - size / 6) < 120 for number in phrases.values())  # 4.6 sigma


def test_a_phrase_comes_in_the_order_of_the_other_language():
    rows = [(0, 1, 1, 2), (1, 2, 0, 1), (2, 3, 2, 3), (3, 4, 4, 5), (4, 5, 3, 4)]
    record = pair("blue house now we go", None, "casa azul ya ir vamos", None, rows)
    made = {text(mix(record, seed, swap="phrases", ratio=1)) for seed in range(50)}
    assert "casa azul ya ir vamos" in made
    assert "azul casa ya vamos ir" in made
    assert all(" ya " in one for one in made)


def test_a_phrase_never_crosses_an_edge_or_a_gap():
    tags = "O O B-PER I-PER B-PER O O O"
    rows = [(n, n + 1, n, n + 1) for n in range(8) if n != 6]
    record = pair("a b c d e f g h", tags, "A B C D E F G H", tags, rows)
    phrases = set()
    for seed in range(100):
        drawn = candidates(Pair(record, "origin"), "phrases", 8, random.Random(seed))
        phrases.update((stretch.start, stretch.end) for stretch in drawn)
    whole = {(0, 2), (2, 4)}
    assert phrases == whole | {(n, n + 1) for n in range(8) if n != 6}


# --- whatever is swapped


@st.composite
def records(draw):
    """Words that say where they are from, any links, tags on one side, both or none."""
    lengths = draw(st.tuples(st.integers(1, 7), st.integers(1, 7)))
    tags = [draw(st.none() | taggings(length)) for length in lengths]
    origin, other = (
        Sentence(id="a", lang=lang, tokens=[f"{lang}{n}" for n in range(length)], tags=own)
        for lang, length, own in zip(("en", "de"), lengths, tags, strict=True)
    )
    places = st.tuples(st.integers(0, lengths[1] - 1), st.integers(0, lengths[0] - 1))
    links = draw(st.lists(st.tuples(places, st.integers(1, 2), st.integers(1, 2)), max_size=7))
    other.origin = origin
    other.alignment = [
        Link(s, min(s + wide, lengths[1]), o, min(o + other_wide, lengths[0]))
        for (s, o), wide, other_wide in links
    ]
    return other


@st.composite
def taggings(draw, length):
    cuts = sorted(draw(st.sets(st.integers(0, length), max_size=6)))
    spans = [Span(a, b, draw(st.sampled_from(["PER", "LOC"]))) for a, b in pairwise(cuts)]
    return tags_of([span for span in spans if draw(st.booleans())], length)


@st.composite
def mixings(draw, record):
    base = {"origin": record.origin, "translation": record}
    into = draw(st.sampled_from([*base]))
    ways = ["phrases", "words"] if base[into].tags is None else None
    swap = draw(st.sampled_from(ways or ["entities", "context", "phrases", "words"]))
    ratio = draw(st.sampled_from([None, 0, 0.5, 1]))
    return Mixing(swap=swap, into=into, ratio=ratio, max_phrase=draw(st.integers(1, 4)))


def sides(record, into):
    """The base, the other sentence, and which words of the two are linked."""
    links = {
        (i, j)
        for row in record.alignment
        for i in range(row.origin_start, row.origin_end)
        for j in range(row.start, row.end)
    }
    if into == "origin":
        return record.origin, record, links
    return record, record.origin, {(j, i) for i, j in links}


@given(st.data(), records(), st.integers(0, 9))
def test_words_that_are_replaced_and_those_that_replace_them_are_linked_to_no_others(
    data, record, seed
):
    mixing = data.draw(mixings(record))
    mixed = codeswitch(record, random.Random(seed), mixing)
    base, other, links = sides(record, mixing.into)
    made = mixed.sentence
    kept = {int(word[2:]) for word in made.tokens if word.startswith(base.lang)}
    lent = [int(word[2:]) for word in made.tokens if word.startswith(other.lang)]
    gone = set(range(len(base.tokens))) - kept
    assert len(set(lent)) == len(lent)
    assert all((i in gone) == (j in lent) for i, j in links)
    assert {i for i, j in links if j in lent} == gone
    assert {j for i, j in links if i in gone} == set(lent)
    assert made.langs == [word[:2] for word in made.tokens]
    assert bool(mixed.swapped) == bool(gone)


@given(st.data(), records(), st.integers(0, 9))
def test_the_alignment_leads_back_to_every_word_and_every_entity(data, record, seed):
    mixing = data.draw(mixings(record))
    made = codeswitch(record, random.Random(seed), mixing).sentence
    base, other, links = sides(record, mixing.into)
    assert made.origin is base
    rows = made.alignment
    assert [n for row in rows for n in range(row.start, row.end)] == [*range(len(made.tokens))]
    assert sorted(n for row in rows for n in range(row[2], row[3])) == [*range(len(base.tokens))]
    for start, end, own, own_end in rows:
        words = made.tokens[start:end]
        if words != base.tokens[own:own_end]:
            linked = {other.tokens[j] for i, j in links if own <= i < own_end}
            assert linked == set(words)
    assert (made.tags is None) == (base.tags is None)
    if base.tags is not None:
        made_of = {(p.origin_start, p.origin_end): (p.start, p.end) for p in linked_spans(made)}
        assert {(*made_of[s.start, s.end], s.label) for s in base.spans} == set(made.spans)


@given(records())
def test_every_entity_that_can_be_swapped_is(record):
    for into in ("origin", "translation"):
        base, other, links = sides(record, into)
        if base.tags is None:
            continue
        made = mix(record, into=into)
        for start, end, label in base.spans:
            own = set(range(start, end))
            theirs = {j for i, j in links if i in own}
            closed = all((i in own) == (j in theirs) for i, j in links)
            covered = own == {i for i, _ in links if i in own}
            fits = bool(theirs) and len(theirs) == max(theirs) + 1 - min(theirs)
            named = other.tags is None or (
                fits and (min(theirs), max(theirs) + 1, label) in other.spans
            )
            swapped = base.tokens[start] not in made.sentence.tokens
            assert swapped == (closed and covered and fits and named)
        assert made.swapped + len(made.left) == len(base.spans)


@given(st.data(), records(), st.integers(0, 9))
def test_a_higher_ratio_swaps_more_of_the_same(data, record, seed):
    mixing = data.draw(mixings(record))
    options = {"swap": mixing.swap, "into": mixing.into, "max_phrase": mixing.max_phrase}
    kept = [set(mix(record, seed, ratio=r, **options).sentence.tokens) for r in (0.2, 0.6, 1)]
    own = set(sides(record, mixing.into)[0].tokens)
    assert kept[0] & own >= kept[1] & own >= kept[2] & own
    assert "not drawn" not in mix(record, seed, ratio=1, **options).left


@pytest.mark.parametrize("swap", ["context", "phrases", "words"])
@pytest.mark.parametrize(("ratio", "share"), [(0.3, 0.3), (None, None)])
def test_the_ratio_is_the_share_of_units(swap, ratio, share):
    number = 4000
    tags = " ".join(["O"] * number)
    own = " ".join(f"w{n}" for n in range(number))
    record = word_by_word(own, tags, own.replace("w", "v"))
    made = mix(record, 7, swap=swap, ratio=ratio).sentence
    lent = sum(word[0] == "v" for word in made.tokens) / number
    expected = share or {"context": 1, "phrases": 0.5, "words": 0.5}[swap]
    assert abs(lent - expected) <= (0 if expected == 1 else 0.05)
