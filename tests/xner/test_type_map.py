import pytest

from xner.errors import OptionError
from xner.type_map import mapped, parse_map


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
