"""Fusion against brute force, and what must hold whatever the streams say."""

import itertools
import math
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.distributions import best_tags, mean_distributions
from xner.errors import XnerError
from xner.fusion import View, fused
from xner.sentence import Sentence
from xner.tag_schemes import may_follow, repaired, spans_of, tag_names

WAYS = ["agreement", "vote", "probs", "first", "union"]
LABELS = tag_names(["LOC", "PER"], "bio")
WORDS = 5


def view(tags, weight=1.0, name=None, **fields):
    own = tags.split()
    tokens = [f"w{n}" for n in range(len(own))]
    return View(Sentence(id="a", tokens=tokens, tags=own, **fields), weight, name)


def tags_by(by, *views):
    return " ".join(fused(views, by).sentence.tags)


A = "B-PER I-PER O B-LOC O"
B = "B-PER O O B-LOC O"
C = "O O B-PER B-LOC I-LOC"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("agreement", "O O O O O"),
        ("vote", "O O O B-LOC O"),  # no boundary of the person has two votes
        ("probs", "B-PER O O B-LOC O"),
        ("first", "B-PER I-PER B-PER B-LOC O"),
        ("union", "B-PER I-PER B-PER B-LOC O"),
    ],
)
def test_three_streams(by, expected):
    assert tags_by(by, view(A), view(B), view(C)) == expected


def test_long_sentences_take_no_longer_than_their_words():
    text = Sentence(id="long", tokens=["a"] * 30_000, tags=["B-PER", "O", "O"] * 10_000)
    began = time.monotonic()
    made = fused([View(text, 1.0, "one"), View(text, 1.0, "two")], "agreement")
    assert made.sentence.tags == text.tags
    assert time.monotonic() - began < 20  # a pass over all spans for each takes minutes


def test_the_first_stream_settles_an_even_vote():
    assert tags_by("vote", view(A), view(C)) == A
    assert tags_by("vote", view(C), view(A)) == C
    assert tags_by("probs", view(A), view(C)) == A
    assert tags_by("probs", view(C), view(A)) == C


def test_a_stream_counts_as_much_as_it_weighs():
    assert tags_by("vote", view(A), view(C, 1.01)) == C
    assert tags_by("vote", view(A), view(B, 2.0), view(C, 2.5)) == "O O O B-LOC O"
    assert tags_by("probs", view(A), view(C, 1.01)) == C


def test_what_a_stream_does_not_know_it_does_not_vote_on():
    partial = view("O O O B-LOC O", weights=[0.0, 0.0, 0.0, 1.0, 0.0])
    for by in ("agreement", "vote", "probs", "first", "union"):
        made = fused([partial, view(A)], by).sentence
        assert (" ".join(made.tags), made.weights) == (A, None), by
        assert tags_by(by, view(A), partial) == A


def test_a_word_that_nobody_knows_weighs_nothing():
    one, two = (view(A, weights=[1.0, 1.0, 0.0, 1.0, 1.0]) for _ in range(2))
    for by in WAYS:
        made = fused([one, two], by).sentence
        assert (" ".join(made.tags), made.weights) == (A, [1.0, 1.0, 0.0, 1.0, 1.0])


@pytest.mark.parametrize("kind", ["share", "sure", "none"])
def test_what_nobody_knows_stays_unknown_whatever_the_weights(kind):
    one = view("O O O B-LOC O", weights=[1.0, 0.0, 0.0, 1.0, 1.0])
    other = view("B-PER O O B-LOC O", weights=[0.5, 1.0, 0.0, 1.0, 1.0])
    expected = {"share": [0.5, 1, 0, 1, 1], "sure": [0, 1, 0, 1, 1], "none": [1, 1, 0, 1, 1]}
    assert fused([one, other], "vote", kind).sentence.weights == expected[kind]


def test_half_known_words_have_half_a_vote():
    doubtful = view(A, weights=[0.4] * 5)
    assert tags_by("vote", doubtful, view(C)) == C
    assert fused([doubtful], "vote").sentence.weights == [0.4] * 5


def test_weights_are_shares_or_sure_or_none():
    views = [view(A), view(B), view(C, 2.0)]
    shares = [0.5, 0.75, 0.5, 1.0, 0.5]
    assert fused(views, "vote").sentence.tags == ["O", "O", "O", "B-LOC", "O"]
    assert fused(views, "vote").sentence.weights == shares
    assert fused(views, "vote", "sure").sentence.weights == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert fused(views, "vote", "none").sentence.weights is None
    assert fused(views, "vote").differing == 4
    # every word is in an entity of some stream
    assert fused(views, "vote").agreement == pytest.approx(sum(shares) / 5)


def test_what_was_said_of_the_old_tags_goes_and_all_else_stays():
    first = view(A, labels=["O"], probs=[[1.0]] * 5, meta={"note": 1}, lang="de")
    made = fused([first, view(A)], "vote").sentence
    assert made == replace(first.sentence, labels=None, probs=None)


def test_untagged_streams_are_named():
    nobody = View(Sentence(id="a", tokens=["w0"]), name="b.jsonl")
    with pytest.raises(XnerError) as caught:
        fused([view("O"), nobody])
    assert str(caught.value) == "b.jsonl: sentence 'a' was not tagged: run xner weak-tag"


# Distributions


def test_columns_are_matched_by_name():
    one = view("O", labels=["O", "B-PER", "I-PER"], probs=[[0.2, 0.5, 0.3]])
    two = view("O", labels=["I-LOC", "B-PER", "B-LOC", "O"], probs=[[0.1, 0.2, 0.3, 0.4]])
    made = fused([one, two], "probs").sentence
    assert made.labels == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    assert made.probs == [[0.3, 0.15, 0.05, 0.35, 0.15]]
    assert made.tags == ["B-PER"]


def test_rows_are_made_to_sum_to_one_first():
    one = view("O", labels=["O", "B-PER", "I-PER"], probs=[[2, 6, 0]])
    assert fused([one, view("O")], "probs").sentence.probs == [[0.625, 0.375, 0.0]]


@pytest.mark.parametrize(
    ("labels", "row", "says"),
    [
        (["O", "S-PER"], [0.5, 0.5], "sentence 'a': 'S-PER' among its labels is no BIO tag"),
        (["O", "PER"], [0.5, 0.5], "sentence 'a': 'PER' among its labels is no BIO tag"),
        (["O", "B-PER"], [0.0, 0.0], "sentence 'a': row 1 of probs is no distribution"),
        (["O", "B-PER"], [1.5, -0.5], "sentence 'a': row 1 of probs is no distribution"),
        (["O", "B-PER"], [1.0], "sentence 'a': row 1 of probs is no distribution"),
        (["O", "B-PER"], [math.nan, 1.0], "sentence 'a': row 1 of probs is no distribution"),
    ],
)
def test_distributions_that_are_none(labels, row, says):
    with pytest.raises(XnerError) as caught:
        fused([view("O", labels=labels, probs=[row])], "probs")
    assert str(caught.value) == says


ROW = st.lists(st.integers(1, 9), min_size=len(LABELS), max_size=len(LABELS))


@given(st.lists(ROW, min_size=1, max_size=4))
def test_decoding_equals_enumeration(rows):
    def legal(path):
        return all(may_follow(a, b, "bio") for a, b in itertools.pairwise((None, *path)))

    def score(path):
        return math.prod(row[LABELS.index(tag)] for row, tag in zip(rows, path, strict=True))

    paths = filter(legal, itertools.product(LABELS, repeat=len(rows)))
    found = best_tags(LABELS, rows_of(rows))
    assert legal(found)
    assert score(found) == max(map(score, paths))


def rows_of(counts):
    return [[number / sum(row) for number in row] for row in counts]


def test_a_long_sentence_is_no_trouble():
    rows = [[0.6, 0.1, 0.1, 0.1, 0.1]] * 20_000
    assert best_tags(LABELS, rows) == ["O"] * 20_000
    assert best_tags(LABELS, []) == []


def test_the_mean_is_weighted():
    views = [view("B-PER"), view("O")]
    labels, rows = mean_distributions([v.sentence for v in views], [[3.0], [1.0]])
    assert dict(zip(labels, rows[0], strict=True))["B-PER"] == pytest.approx(0.75)


# Whatever the streams say

TAGS = st.lists(st.sampled_from(LABELS), min_size=WORDS, max_size=WORDS).map(
    lambda tags: repaired(tags)[0]
)
WEIGHTS = st.none() | st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=WORDS, max_size=WORDS)
STREAM = st.tuples(TAGS, WEIGHTS, st.sampled_from([0.5, 1.0, 3.0]))


def views_of(streams):
    return [
        View(Sentence(id="a", tokens=["w"] * WORDS, tags=tags, weights=weights), weight)
        for tags, weights, weight in streams
    ]


@given(st.lists(STREAM, min_size=1, max_size=4), st.sampled_from(WAYS))
def test_the_result_is_well_formed_and_its_weights_are_the_shares(streams, by):
    views = views_of(streams)
    made = fused(views, by)
    assert repaired(made.sentence.tags) == (made.sentence.tags, 0)
    said = [(v.sentence.tags, v.sentence.weights or [1.0] * WORDS, v.weight) for v in views]
    shares = []
    for place, tag in enumerate(made.sentence.tags):
        whole = sum(w for _, own, w in said if own[place])
        part = sum(w * own[place] for tags, own, w in said if tags[place] == tag)
        shares.append(part / whole if whole else 0.0)
    found = made.sentence.weights or [1.0] * WORDS
    assert found == pytest.approx(shares, abs=1e-5)
    assert made.differing == sum(share < 1 - 1e-9 for share in shares)
    assert (made.sentence.weights is None) == (made.differing == 0)
    assert 0 <= made.agreement <= 1 + 1e-9


@given(st.lists(TAGS, min_size=1, max_size=4), st.lists(st.integers(1, 4), min_size=4))
def test_a_vote_keeps_what_has_the_majority(tags, weights):
    """Against brute force; without weights of words, what wins cannot overlap."""
    views = [
        View(Sentence(id="a", tokens=["w"] * WORDS, tags=own), weight)
        for own, weight in zip(tags, weights, strict=False)
    ]
    whole = sum(view.weight for view in views)
    wins = []
    for span in sorted({span for view in views for span in view.sentence.spans}):
        votes = sum(view.weight for view in views if span in view.sentence.spans)
        if 2 * votes > whole or (2 * votes == whole and span in views[0].sentence.spans):
            wins.append(span)
    assert spans_of(fused(views, "vote").sentence.tags) == wins


@given(st.lists(TAGS, min_size=1, max_size=4))
def test_agreement_first_and_union(tags):
    views = [View(Sentence(id="a", tokens=["w"] * WORDS, tags=own)) for own in tags]
    spans = [set(view.sentence.spans) for view in views]
    agreed, first, union = (
        set(fused(views, by).sentence.spans) for by in ("agreement", "first", "union")
    )
    assert agreed == set.intersection(*spans)
    assert spans[0] <= first <= set().union(*spans)
    assert agreed <= union <= set().union(*spans)
    for every in (first, union):
        left = set().union(*spans) - every
        taken = {place for span in every for place in range(span.start, span.end)}
        assert all(taken & set(range(span.start, span.end)) for span in left)


@given(TAGS, st.integers(1, 4), st.sampled_from(WAYS))
def test_streams_that_agree_change_nothing(tags, number, by):
    made = fused([View(Sentence(id="a", tokens=["w"] * WORDS, tags=tags))] * number, by)
    assert (made.sentence.tags, made.sentence.weights) == (tags, None)
    assert (made.agreement, made.differing) == (1.0, 0)
