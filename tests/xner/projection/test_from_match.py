"""Entities found by their words."""

import pytest

from xner.errors import OptionError
from xner.projection.from_match import Loose, Strict
from xner.projection.projector import Candidate, Transfer, build
from xner.sentence import Sentence

STATES = "Der Präsident der Vereinigten Staaten von Amerika , Ronald Reagan , sprach in Staaten ."
BETWEEN = "Treffen in Berlin am Dienstag mit Angela aus Hamburg und Merkel ."
# raw sentence, entity, what each way finds: first and last token
WORKED = [
    (" ".join("飞机突然降落在了哥德堡"), "哥 德 堡", (8, 10), (8, 10), (8, 10)),
    (" ".join("飞机突然降落在了哥德堡"), "哥 的 堡", None, None, None),
    (STATES, "Vereinigten Staaten von Amerika", (3, 6), None, None),
    (BETWEEN, "Angela Merkel", None, None, (6, 10)),
    ("a b c d x", "a b c d e", None, (0, 3), (0, 3)),
]


def first_and_last(places: list[Candidate]) -> tuple[int, int] | None:
    assert len(places) <= 1
    return (places[0].start, places[0].end - 1) if places else None


@pytest.mark.parametrize(("raw", "entity", "strict", "loose", "released"), WORKED)
def test_worked_cases(
    raw: str,
    entity: str,
    strict: tuple[int, int] | None,
    loose: tuple[int, int] | None,
    released: tuple[int, int] | None,
):
    words, tokens = entity.split(), raw.split()
    assert first_and_last(Strict().places(words, tokens)) == strict
    assert first_and_last(Loose().places(words, tokens)) == loose
    assert first_and_last(Loose(guard=False).places(words, tokens)) == released


def test_strict_finds_every_occurrence_and_heeds_case():
    tokens = ["York", ",", "New", "York", ",", "new", "York", ",", "New", "York"]
    assert Strict().places(["New", "York"], tokens) == [(2, 4, 1.0), (8, 10, 1.0)]


def test_loose_counts_words():
    entity, tokens = list("abcde"), list("xabcd")
    assert Loose().places(entity, tokens) == [(1, 5, 0.8)]
    assert Loose(min_overlap=0.81).places(entity, tokens) == []
    # longer than six words, or a word that is there twice
    assert Loose().places(list("abcdefg"), list("abcdefg")) == []
    assert Loose(max_words=7).places(list("abcdefg"), list("abcdefg")) == [(0, 7, 1.0)]
    assert Loose().places(["a"], ["a", "b", "a"]) == []
    # the order does not matter
    assert Loose().places(["b", "a"], ["a", "b"]) == [(0, 2, 1.0)]


def test_candidates_follow_transfers_and_spans():
    source = Sentence(id="a", tokens=["Rom", "und", "Bern"], tags=["B-LOC", "O", "B-LOC"])
    target = Sentence(id="a", tokens=["Bern", "Rom"])
    transfers = [Transfer(source, target), Transfer(target, source)]
    assert list(Strict().candidates(transfers)) == [[[(1, 2, 1.0)], [(0, 1, 1.0)]], []]


def test_options_come_from_the_command_line():
    loose = build("loose,min-overlap=0.5,max-words=9,guard=no")
    assert isinstance(loose, Loose)
    assert (loose.min_overlap, loose.max_words, loose.guard) == (0.5, 9, False)


class Scored(Strict):
    """Wants something from the caller, as `constrained` does."""

    def __init__(self, engine: str, width: int = 3):
        self.engine = engine
        self.width = width


def test_what_the_caller_provides_is_no_option():
    spec = f"{__name__}:Scored"
    scored = build(f"{spec},width=5", {"engine": "opus", "other": 1})
    assert (scored.engine, scored.width) == ("opus", 5)  # pyright: ignore
    with pytest.raises(OptionError, match="has no option 'engine'; it has: width"):
        build(f"{spec},engine=opus", {"engine": "opus"})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("exact", "unknown match 'exact'; known: strict, loose, fuzzy, align, constrained"),
        ("strict,guard=no", "--match 'strict' has no option 'guard'; it has: none"),
        ("loose,gard=no", "it has: guard, max-words, min-overlap"),
        ("loose,guard=0", "guard '0' is not yes or no"),
        ("loose,max-words=2.5", "max-words '2.5' is not a whole number"),
        ("loose,max-words=0", "max-words '0' is not at least 1"),
        ("loose,min-overlap=x", "min-overlap 'x' is not a number"),
        ("loose,min-overlap=1.5", "min-overlap '1.5' is not above 0"),
        ("loose,min-overlap=nan", "min-overlap 'nan' is not above 0"),
        ("fuzzy,min-score=0", "min-score '0' is not above 0"),
        ("align,max-gap=-1", "max-gap '-1' is not 0 or more"),
    ],
)
def test_wrong_options_are_refused(spec: str, message: str):
    with pytest.raises(OptionError, match=message.replace("(", r"\(")):
        build(spec)
