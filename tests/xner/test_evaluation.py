"""Our one pass must give seqeval's totals, in both of its modes, on any tags whatever."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from xner.evaluation import Counts, Fingerprint, Report, Score, Scorer
from xner.tag_schemes import repaired

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC", "I-ORG"]


@st.composite
def corpora(draw):
    """Gold and predicted tags of a few sentences, much alike, so that entities do match."""
    sequences = draw(st.lists(st.lists(st.sampled_from(TAGS), min_size=1, max_size=9), min_size=1))
    predicted = [
        [draw(st.sampled_from(TAGS)) if draw(st.integers(0, 4)) == 0 else tag for tag in tags]
        for tags in sequences
    ]
    return sequences, predicted


def report_of(gold, predicted, mode="lenient") -> Report:
    scorer = Scorer(mode)
    for right, tags in zip(gold, predicted, strict=True):
        scorer.add(right, tags)
    return scorer.report


def check_like_seqeval(gold, predicted, mode):
    report = report_of(gold, predicted, mode)
    theirs = {"scheme": IOB2, "mode": "strict"} if mode == "strict" else {}
    per_type = {
        "precision": precision_score(gold, predicted, average=None, zero_division=0, **theirs),
        "recall": recall_score(gold, predicted, average=None, zero_division=0, **theirs),
        "f1": f1_score(gold, predicted, average=None, zero_division=0, **theirs),
    }
    for figure, values in per_type.items():
        assert [getattr(score, figure) for score in report.types.values()] == pytest.approx(values)
    if not report.types:
        assert report.micro == report.macro == Score(0.0, 0.0, 0.0, 0)
        return
    for average in ("micro", "macro"):
        score = getattr(report, average)
        for figure, function in (
            ("precision", precision_score),
            ("recall", recall_score),
            ("f1", f1_score),
        ):
            value = function(gold, predicted, average=average, zero_division=0, **theirs)
            assert getattr(score, figure) == pytest.approx(value), (average, figure)


@settings(max_examples=60, deadline=None)
@given(corpora())
@pytest.mark.parametrize("mode", ["lenient", "strict"])
def test_ill_formed_tags_score_as_seqeval_scores_them(mode, corpus):
    check_like_seqeval(*corpus, mode)


@settings(max_examples=60, deadline=None)
@given(corpora())
def test_well_formed_tags_score_the_same_in_both_modes(corpus):
    corpus = [[repaired(tags)[0] for tags in sequences] for sequences in corpus]
    check_like_seqeval(*corpus, "lenient")
    check_like_seqeval(*corpus, "strict")
    assert report_of(*corpus, "lenient") == report_of(*corpus, "strict")


def test_the_modes_differ_where_an_entity_does_not_begin_with_b():
    gold, predicted = [["B-PER", "I-PER", "O"]], [["I-PER", "I-PER", "O"]]
    assert report_of(gold, predicted, "lenient").micro.f1 == 1
    assert report_of(gold, predicted, "strict").micro.f1 == 0


def test_counts_are_told_by_type_and_in_all():
    report = report_of([["B-PER", "O", "B-LOC"], ["O"]], [["B-PER", "O", "O"], ["B-ORG"]])
    assert report.counts == {
        "LOC": Counts(0, 0, 1),
        "ORG": Counts(0, 1, 0),
        "PER": Counts(1, 1, 1),
    }
    assert report.total == Counts(1, 2, 2)
    assert report.macro.f1 == pytest.approx(1 / 3)
    assert report.macro.support == report.micro.support == 2


def test_a_sentence_gives_back_its_own_counts():
    scorer = Scorer()
    scorer.add(["B-PER"], ["B-PER"])
    assert scorer.add(["B-PER", "O"], ["O", "B-PER"]) == Counts(correct=0, found=1, gold=1)


def test_nothing_to_find_and_nothing_found_is_zero_and_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = report_of([["O", "O"]], [["O", "O"]])
    assert report.micro == report.macro == Score(0.0, 0.0, 0.0, 0)
    assert report.as_dict()["types"] == {}


@pytest.mark.parametrize("mode", ["lenient", "strict"])
def test_what_is_no_tag_is_refused_rather_than_warned_of(mode):
    with pytest.raises(ValueError, match="unknown tag 'PER'"):
        Scorer(mode).add(["B-PER"], ["PER"])


def test_different_lengths_are_refused_not_cut_short():
    with pytest.raises(ValueError, match="2 gold tags but 1 tags"):
        Scorer().add(["O", "B-PER"], ["O"])


def test_the_dictionary_is_the_documented_one():
    found = report_of([["B-PER"]], [["B-PER"]]).as_dict()
    score = {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 1}
    assert found == {"micro": score, "macro": score, "types": {"PER": score}}


def signature(sentences, mode="lenient", **settings):
    fingerprint = Fingerprint()
    for tokens, tags in sentences:
        fingerprint.add(tokens, tags)
    return fingerprint.signature(mode, **settings)


def test_the_signature_is_repeatable_and_changes_with_whatever_changes_the_score():
    gold = [(["Ida", "singt"], ["B-PER", "O"])]
    same = signature(gold)
    assert same == signature(gold)
    assert "|mode:lenient|repair:conlleval|sentences:1|gold:" in same
    others = [
        signature(gold, "strict"),
        signature(gold, map="PER=PERSON"),
        signature([(["Ida", "singt"], ["B-LOC", "O"])]),
        signature([(["Ida", "lacht"], ["B-PER", "O"])]),
        signature([(["Ida"], ["B-PER"]), (["singt"], ["O"])]),
    ]
    assert len({same, *others}) == 6


def test_the_signature_takes_any_text():
    assert signature([(["\ud800", "🦉"], ["O", "O"])])
