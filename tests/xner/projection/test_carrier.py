"""Records in, records with projected tags or reasons out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from xner.alignment.aligner import Aligner, AlignerSettings, Pair, WordLink
from xner.projection.carrier import LOST, NOT_FOUND, Carrier, Rejected
from xner.projection.from_alignment import Aligned
from xner.projection.from_match import Strict
from xner.sentence import Link, Sentence

RAW = Sentence(id="a", lang="de", tokens=["In", "Bern", "lebt", "Anna", "Roe", "."], meta={"k": 1})
ENGLISH = Sentence(
    id="a", lang="en", tokens=["Anna", "Roe", "lives", "in", "Bern", "."], origin=RAW,
    tags=["B-PER", "I-PER", "O", "O", "B-LOC", "O"],
)  # fmt: skip


def back(text: str, tags: str, **fields: Any) -> Sentence:
    """A translation of the English sentence back into German."""
    return Sentence(
        id="a", lang="de", tokens=text.split(), tags=tags.split(), origin=ENGLISH, **fields
    )


GOOD = back("Anna Roe wohnt in Bern", "B-PER I-PER O O B-LOC")
BAD = back("Anne Roe wohnt in Bern", "B-PER I-PER O O B-LOC")


def nbest(*others: Sentence, **fields: Any) -> list[dict[str, Any]]:
    return [{"tokens": other.tokens, "tags": other.tags, **fields} for other in others]


def only(carrier: Carrier, record: Sentence) -> Sentence | Rejected:
    assert carrier.refusal(record) is None
    [made] = carrier.carried([record])
    return made


def labelled(carrier: Carrier, record: Sentence) -> Sentence:
    made = only(carrier, record)
    assert isinstance(made, Sentence)
    return made


def test_entities_go_to_the_outermost_origin():
    made = labelled(Carrier(Strict(), "strict", "origin"), GOOD)
    assert made == replace(
        RAW,
        tags=["O", "B-LOC", "O", "B-PER", "I-PER", "O"],
        meta={"k": 1, "projection": {"match": "strict", "scores": [1.0, 1.0]}},
    )
    assert RAW.tags is None
    assert RAW.meta == {"k": 1}


def test_what_was_said_of_earlier_tags_goes():
    raw = replace(RAW, tags=["O"] * 6, labels=["O"], probs=[[1.0]] * 6, weights=[0.5] * 6)
    made = labelled(
        Carrier(Strict(), "strict", "origin"), replace(GOOD, origin=replace(ENGLISH, origin=raw))
    )
    assert (made.labels, made.probs, made.weights) == (None, None, None)


def test_all_entities_are_required_or_the_rest_is_unknown():
    strict = Carrier(Strict(), "strict", "origin")
    assert only(strict, BAD) == Rejected(NOT_FOUND)
    assert (strict.tally.entities, strict.tally.found) == (2, 1)
    partial = Carrier(Strict(), "strict", "origin", partial=True)
    made = labelled(partial, BAD)
    assert made.tags == ["O", "B-LOC", "O", "O", "O", "O"]
    assert made.weights == [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert made.meta["projection"]["unmatched"] == [["PER", "Anne Roe"]]
    assert partial.tally.partial == 1
    whole = labelled(partial, GOOD)
    assert whole.weights is None
    assert partial.tally.partial == 1


def test_a_span_lost_at_any_level_makes_the_sentence_incomplete():
    lost = {"spans_lost": [[0, 2, "marker lost"]]}
    half = back("Anna wohnt in Bern", "O O O B-LOC", meta=lost)
    earlier = replace(GOOD, origin=replace(ENGLISH, meta=lost))
    for record in (half, earlier):
        strict = Carrier(Strict(), "strict", "origin")
        assert only(strict, record) == Rejected(LOST)
        assert strict.tally.lost == 1
        made = labelled(Carrier(Strict(), "strict", "origin", partial=True), record)
        assert made.weights is not None
        assert made.weights[0] == 0
        assert made.meta["projection"]["lost"] == 1
    # what the raw sentence itself says was lost in no translation
    aside = replace(GOOD, origin=replace(ENGLISH, origin=replace(RAW, meta=lost)))
    assert isinstance(only(Carrier(Strict(), "strict", "origin"), aside), Sentence)


def test_further_hypotheses_are_tried_in_order():
    carrier = Carrier(Strict(), "strict", "origin")
    record = replace(BAD, meta={"nbest": nbest(BAD, GOOD, BAD)})
    made = labelled(carrier, record)
    assert made.tags == ["O", "B-LOC", "O", "B-PER", "I-PER", "O"]
    assert made.meta["projection"]["hypothesis"] == 2
    assert carrier.tally.hypotheses == {2: 1}
    assert carrier.tally.entities == 2
    # one with a lost span is none, where all are required
    half = replace(GOOD, tags=["O", "O", "O", "O", "B-LOC"])
    broken = replace(BAD, meta={"nbest": nbest(half, spans_lost=[[0, 2, "x"]])})
    assert only(carrier, broken) == Rejected(NOT_FOUND)


def test_of_incomplete_hypotheses_the_one_with_most_entities_is_written():
    neither = back("Anne Roe wohnt in Rom", "B-PER I-PER O O B-LOC")
    record = replace(neither, meta={"nbest": nbest(neither, BAD)})
    made = labelled(Carrier(Strict(), "strict", "origin", partial=True), record)
    assert made.tags == ["O", "B-LOC", "O", "O", "O", "O"]
    assert made.meta["projection"]["hypothesis"] == 2


def test_a_window_keeps_its_order():
    carrier = Carrier(Strict(), "strict", "origin")
    window = [BAD, GOOD, replace(BAD, meta={"nbest": nbest(GOOD)}), GOOD]
    made = carrier.carried(window)
    assert [isinstance(one, Sentence) for one in made] == [False, True, True, True]


def test_a_second_tagger_that_sees_as_many_entities_is_believed():
    seen = {2: ["O", "B-LOC", "O", "B-ORG", "I-ORG", "O"]}
    asked: list[tuple[str, int]] = []

    def second(target: Sentence, count: int) -> Sequence[str] | None:
        asked.append((target.id, count))
        return seen.get(count)

    carrier = Carrier(Strict(), "strict", "origin", fallback=second)
    made = labelled(carrier, BAD)
    assert made.tags == seen[2]
    assert made.meta["projection"]["match"] == "fallback"
    assert carrier.tally.fallback == 1
    assert labelled(carrier, GOOD).meta["projection"]["match"] == "strict"
    lost = back("Anna wohnt in Bern", "O O O B-LOC", meta={"spans_lost": [[0, 2, "x"]]})
    assert labelled(carrier, lost).tags == seen[2]
    assert asked == [("a", 2), ("a", 2)]
    other = Carrier(Strict(), "strict", "origin", fallback=lambda *_: None)
    assert only(other, BAD) == Rejected(NOT_FOUND)


def test_weak_places_can_be_refused():
    links = [Link(0, 1, 3, 4), Link(1, 2, 3, 4), Link(2, 3, 3, 4), Link(4, 5, 1, 2)]
    record = replace(ENGLISH, alignment=links)
    made = labelled(Carrier(Aligned(), "align", "origin", min_score=0.5), record)
    assert made.meta["projection"]["scores"] == [1.0, 0.8]
    strict = Carrier(Aligned(), "align", "origin", min_score=0.9)
    assert only(strict, record) == Rejected(NOT_FOUND)


def test_the_origins_entities_go_to_the_translation():
    links = [Link(1, 2, 4, 5), Link(3, 4, 0, 1), Link(4, 5, 1, 2)]
    record = replace(RAW, origin=replace(ENGLISH, origin=None), alignment=links)
    made = labelled(Carrier(Aligned(), "align", "translation"), record)
    assert made.tags == ["O", "B-LOC", "O", "B-PER", "I-PER", "O"]
    assert (made.origin, made.alignment) == (record.origin, links)


class Diagonal(Aligner):
    """Links each word with the one at its place."""

    def align(self, pairs: Sequence[Pair]) -> Iterator[list[WordLink]]:
        for one, other in pairs:
            yield [(n, n) for n in range(min(len(one), len(other)))]


def test_an_aligner_makes_links_and_the_result_keeps_them_as_rows():
    english = replace(ENGLISH, origin=None)
    record = Sentence(
        id="a", lang="de", tokens=["Anna", "Roe", "lebt", "in", "Bern", "."], origin=english
    )
    carrier = Carrier(Aligned(), "align", "translation", aligner=Diagonal("", AlignerSettings()))
    made = labelled(carrier, record)
    assert made.tags == english.tags
    assert made.alignment == [Link(0, 2, 0, 2), Link(4, 5, 4, 5)]


def test_links_of_hypotheses_are_theirs():
    record = replace(
        BAD,
        tags=["B-PER", "O", "O", "O", "O"],
        meta={"nbest": nbest(replace(GOOD, tags=["O", "O", "O", "B-LOC", "O"]))},
    )
    carrier = Carrier(
        Aligned(), "align", "origin", aligner=Diagonal("", AlignerSettings()), min_score=0.5
    )
    assert labelled(carrier, record).tags == ["B-PER", "O", "O", "O", "O", "O"]


@pytest.mark.parametrize(
    ("record", "onto", "message"),
    [
        (RAW, "origin", "no origin.*translate-spans"),
        (replace(ENGLISH, tags=None), "origin", "no tags to project.*weak-tag.*--mode marker"),
        (ENGLISH, "translation", "its origin has no tags.*weak-tag before"),
        (ENGLISH, "origin", "no alignment to project along.*--aligner"),
        (replace(GOOD, alignment=[]), "origin", "no alignment"),
        (replace(GOOD, meta={"nbest": 7}), "origin", "meta.nbest is not a list of hypotheses"),
        (replace(GOOD, meta={"nbest": [{"tokens": ["a"]}]}), "origin", "meta.nbest"),
        (replace(GOOD, meta={"nbest": nbest(GOOD, alignment=[[1]])}), "origin", "meta.nbest"),
        (replace(GOOD, meta={"nbest": [{"tokens": ["a"], "tags": ["X"]}]}), "origin", "meta.nbest"),
        *(
            (replace(GOOD, meta={"nbest": nbest(GOOD, alignment=[row])}), "origin", "meta.nbest")
            for row in ([0, 9, 0, 1], [-1, 1, 0, 1], [1, 1, 0, 1], [0, 1, 0, 9], [0, 1, -2, 1])
        ),
        *(
            (
                replace(GOOD, meta={"nbest": [{"tokens": words, "tags": tags}]}),
                "origin",
                "meta.nbest",
            )
            for words, tags in (
                (["a"], ["I-PER"]),
                (["a"], ["E-PER"]),
                (["a", "b"], ["B-PER", "I-LOC"]),
                ([""], ["B-PER"]),
                (["a", " "], ["O", "B-PER"]),
            )
        ),
    ],
)
def test_records_that_lack_something_are_refused(record: Sentence, onto: Any, message: str):
    problem = Carrier(Aligned(), "align", onto).refusal(record)
    assert re.search(message, problem or "")
