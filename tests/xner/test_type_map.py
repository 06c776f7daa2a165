import pytest

from xner.errors import OptionError
from xner.sentence import Sentence, nested_spans
from xner.type_map import mapped, parse_map, renamed


def test_pairs_are_read_from_commas_and_from_repeated_options():
    assert parse_map(["PER=PERSON, MISC=O", "GPE=LOC"]) == parse_map(["PER=PERSON,MISC=O,GPE=LOC"])
    assert parse_map([]) == {}


@pytest.mark.parametrize("text", ["PER", "PER=", "=PERSON"])
def test_what_is_no_pair_is_refused(text):
    with pytest.raises(OptionError, match=f"--map '{text}' is not OLD=NEW"):
        parse_map([text])


def test_two_names_for_one_type_are_refused():
    with pytest.raises(OptionError, match="'PER' two names: 'A' and 'B'"):
        parse_map(["PER=A,PER=B"])


def test_types_are_renamed_merged_removed_and_left():
    names = {"GPE": "LOC", "MISC": "O"}
    tags = ["B-GPE", "I-GPE", "B-LOC", "B-MISC", "I-MISC", "O", "B-PER"]
    assert mapped(tags, names) == ["B-LOC", "I-LOC", "B-LOC", "O", "O", "O", "B-PER"]


def test_names_are_not_mapped_twice():
    assert mapped(["B-A", "B-B"], {"A": "B", "B": "A"}) == ["B-B", "B-A"]


def test_nested_entities_are_renamed_with_their_tags():
    rows = [(0, 4, "ORG"), (1, 2, "MISC"), (2, 4, "GPE")]
    entities = [{"start": a, "end": b, "type": label, "score": 0.5} for a, b, label in rows]
    bank = Sentence(
        id="a",
        tokens=["Bank", "of", "New", "York"],
        tags=["B-ORG", "I-ORG", "I-ORG", "I-ORG"],
        meta={"page": 3, "entities": entities},
    )
    said = renamed(bank, {"GPE": "LOC", "ORG": "COMPANY", "MISC": "O"})
    assert [tuple(span) for span in nested_spans(said)] == [(0, 4, "COMPANY"), (2, 4, "LOC")]
    assert (said.meta["page"], said.meta["entities"][0]["score"]) == (3, 0.5)
    assert bank.meta["entities"] == entities
    for foreign in ("three", [[0, 4, "ORG"]], [{"type": 3}]):
        bank.meta["entities"] = foreign
        assert renamed(bank, {"ORG": "X"}).meta["entities"] == foreign


@pytest.mark.parametrize(
    ("gone", "tags", "left"),
    [
        ("ORG", "B-GPE I-GPE B-LOC I-LOC", [(0, 2, "GPE"), (0, 1, "PER"), (2, 4, "LOC")]),
        ("ORG,GPE", "B-PER O B-LOC I-LOC", [(0, 1, "PER"), (2, 4, "LOC")]),
        ("LOC", "B-ORG I-ORG I-ORG I-ORG", [(0, 4, "ORG"), (0, 2, "GPE"), (0, 1, "PER")]),
        ("ORG,GPE,PER,LOC", "O O O O", []),
    ],
)
def test_entities_inside_one_that_is_dropped_are_not_lost_with_it(gone, tags, left):
    rows = [(0, 4, "ORG"), (0, 2, "GPE"), (0, 1, "PER"), (2, 4, "LOC")]
    bank = Sentence(
        id="a",
        tokens=["Kent", "Bank", "New", "York"],
        tags=["B-ORG", "I-ORG", "I-ORG", "I-ORG"],
        meta={"entities": [{"start": a, "end": b, "type": label} for a, b, label in rows]},
    )
    said = renamed(bank, dict.fromkeys(gone.split(","), "O"))
    assert said.tags == tags.split()
    assert [tuple(span) for span in nested_spans(said)] == left
    bank.tags = ["O"] * 4  # somebody has taken them out
    assert nested_spans(renamed(bank, {"ORG": "O"})) == []
