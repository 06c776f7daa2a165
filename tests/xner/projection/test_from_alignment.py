"""Entities carried along word links."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import io_formats
from xner.projection.assignment import chosen
from xner.projection.from_alignment import Aligned
from xner.projection.projector import Candidate, Transfer
from xner.sentence import Link, Sentence


def transfer(source: str, tags: str, target: str, links: str) -> Transfer:
    """Sentences as text, links as in Pharaoh's format."""
    pairs = [tuple(map(int, link.split("-"))) for link in links.split()]
    return Transfer(
        Sentence(id="a", tokens=source.split(), tags=tags.split()),
        Sentence(id="a", tokens=target.split()),
        [Link(i, i + 1, j, j + 1) for i, j in pairs],
    )


def projected(one: Transfer, **options: int | bool) -> list[str | None]:
    """The words that each entity gets."""
    [proposed] = Aligned(**options).candidates([one])  # pyright: ignore
    tokens = one.target.tokens
    return [place and " ".join(tokens[place.start : place.end]) for place in chosen(proposed)]


def test_a_gap_between_two_runs_is_filled():
    one = transfer(
        "the University of Havana", "O B-ORG I-ORG I-ORG", "la Universidad de La Habana", "1-1 3-4"
    )
    assert projected(one) == ["Universidad de La Habana"]
    assert projected(one, max_gap=1) == ["Universidad"]  # two words lie between
    one = transfer("Bank of Spain", "B-ORG I-ORG I-ORG", "Banco de España", "0-0 2-2")
    assert projected(one) == ["Banco de España"]
    assert projected(one, max_gap=0) == ["Banco"]
    # only the gap is measured, not the run with it
    long = transfer("a b c d e", "B-X I-X I-X I-X I-X", "A B C . E", "0-0 1-1 2-2 4-4")
    assert projected(long) == ["A B C . E"]


def test_a_gap_over_a_word_of_something_else_is_not_filled():
    one = transfer("Anna Roe slept", "B-PER I-PER O", "Anna schlief Roe", "0-0 1-2 2-1")
    assert projected(one) == ["Anna"]


def test_two_entities_of_one_type_that_change_places_stay_two():
    one = transfer(
        "Sam Hill met Tom Roe", "B-PER I-PER O B-PER I-PER",
        "Tom Roe traf Sam Hill", "0-3 1-4 2-2 3-0 4-1",
    )  # fmt: skip
    assert projected(one) == ["Sam Hill", "Tom Roe"]


def test_two_entities_of_two_types_that_change_places_both_remain():
    one = transfer("Sam left Rome", "B-PER O B-LOC", "Rom verließ Sam", "0-2 1-1 2-0")
    assert projected(one) == ["Sam", "Rom"]


def test_neighbours_stay_apart():
    one = transfer("Sam , Tom", "B-PER O B-PER", "Sam Tom", "0-0 2-1")
    assert projected(one) == ["Sam", "Tom"]


def test_a_word_that_two_entities_claim_goes_to_one_of_them():
    one = transfer("New York Times", "B-LOC I-LOC B-ORG", "Nueva York Times", "0-0 1-1 2-1 2-2")
    assert projected(one) == ["Nueva York", "Times"]
    one = transfer("Sam Tom", "B-PER B-PER", "SamTom", "0-0 1-0")
    assert projected(one).count("SamTom") == 1
    # what is left of one that loses its middle
    one = transfer("a b x", "B-X I-X B-Y", "A M B", "0-0 0-1 1-2 2-1")
    assert projected(one)[1] == "M"
    assert projected(one)[0] in ("A", "B")


def test_punctuation_at_the_edges_is_left_out_in_any_script():
    one = transfer("in Tokyo .", "O B-LOC O", "「 東 京 」 。", "1-0 1-1 1-2 1-3 2-4")
    assert projected(one) == ["東 京"]
    one = transfer("to Yahoo ! now", "O B-ORG I-ORG O", "à « Yahoo ! »", "1-1 1-2 2-3 2-4")
    assert projected(one) == ["Yahoo ! »"]  # the entity ends with a mark itself
    one = transfer("Rome", "B-LOC", "« Rom »", "0-0 0-2")
    assert projected(one) == [None]


def test_an_empty_side_gives_no_places_and_no_error():
    entity = Sentence(id="a", tokens=["Rome"], tags=["B-LOC"])
    empty = Sentence(id="a", tokens=[])
    pairs = [Transfer(entity, empty, []), Transfer(empty, entity, []), Transfer(entity, entity, [])]
    assert list(Aligned().candidates(pairs)) == [[[]], [], [[]]]


def test_filters_refuse_what_is_scattered_or_incomplete():
    scattered = transfer("a b", "B-X I-X", "A q q q B", "0-0 1-4")
    assert projected(scattered) == ["A"]
    assert projected(scattered, contiguous=True) == [None]
    incomplete = transfer("the Rhine", "B-LOC I-LOC", "Rhein", "1-0")
    assert projected(incomplete) == ["Rhein"]
    assert projected(incomplete, complete=True) == [None]


def test_no_other_entity_makes_a_contiguous_one_scattered():
    one = transfer("a b x", "B-X I-X B-Y", "A M B", "0-0 0-1 1-2 2-1")
    assert projected(one, contiguous=True).count(None) == 1
    assert set(projected(one, contiguous=True)) & {"A M B", "M"}


def test_linked_words_outside_the_place_are_doubtful():
    one = transfer("a b x", "B-X I-X O", "A q B ! q", "0-0 1-2 1-3 2-4")
    assert Aligned().doubtful(one, [Candidate(0, 1, 1.0)]) == {2}
    assert Aligned().doubtful(one, [Candidate(0, 3, 1.0)]) == set()
    assert Aligned().doubtful(one, [None]) == set()  # then no word is sure
    # what another entity has is its
    two = transfer("a x", "B-X B-Y", "A M", "0-0 0-1 1-1")
    assert Aligned().doubtful(two, [Candidate(0, 1, 1.0), Candidate(1, 2, 1.0)]) == set()


def test_scores_are_the_mean_of_two_shares():
    # one of two words is linked; of the links into the run two of three are the entity's
    one = transfer("a b c", "B-X I-X O", "A Q", "0-0 0-1 2-1")
    [[[place]]] = Aligned().candidates([one])
    assert place == Candidate(0, 2, pytest.approx(2 * (1 / 2) * (2 / 3) / (1 / 2 + 2 / 3)))


def test_rows_of_several_words_are_links_of_each_with_each():
    source = Sentence(id="a", tokens=["West", "Germany", "won"], tags=["B-LOC", "I-LOC", "O"])
    target = Sentence(id="a", tokens=["Westdeutschland", "gewann"])
    [[[place]]] = Aligned().candidates([Transfer(source, target, [Link(0, 2, 0, 1)])])
    assert place == (0, 1, 1.0)


def test_without_links_nothing_can_be_done():
    sentence = Sentence(id="a", tokens=["Rome"], tags=["B-LOC"])
    with pytest.raises(ValueError, match="no links"):
        list(Aligned().candidates([Transfer(sentence, sentence)]))


@pytest.mark.data
@pytest.mark.parametrize(
    ("links", "published", "least"),
    [("awesome", 0.897, 0.94), ("simalign.test.itermax", 0.849, 0.88)],
)
def test_people_project_alike(shared_data: Path, links: str, published: float, least: float):
    """Against the projections of people; `published` is the F1 published for these links."""
    folder = shared_data / "projection-absa"
    name = links if "." in links else f"{links}.test"
    pharaoh = (folder / "es" / f"DeepL.50000.{name}.talp").read_text("utf-8").splitlines()
    sources = list(io_formats.read(str(folder / "en.absa.test.tsv")))
    golden = list(io_formats.read(str(folder / "es" / "manual.test.tsv"), form="conll,tag=2"))
    right = found = wanted = 0
    for source, gold, row in zip(sources, golden, pharaoh, strict=True):
        one = transfer(" ".join(source.tokens), " ".join(source.tags or []), "", row)
        one = Transfer(one.source, gold, one.links)
        [proposed] = Aligned().candidates([one])
        labels = [span.label for span in source.spans]
        placed = zip(chosen(proposed), labels, strict=True)
        made = {(place.start, place.end, label) for place, label in placed if place}
        right += len(made & {tuple(span) for span in gold.spans})
        found += len(made)
        wanted += len(gold.spans)
    f1 = 2 * right / (found + wanted)
    assert f1 > least > published


LINKS = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=10)
TAGS = st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])


@given(LINKS, st.lists(TAGS, min_size=5, max_size=5), st.integers(0, 2))
@settings(max_examples=300, deadline=None)
def test_places_hold_own_words_and_unlinked_ones_only(
    links: set[tuple[int, int]], tags: list[str], max_gap: int
):
    source = Sentence(id="a", tokens=list("abcde"), tags=tags)
    target = Sentence(id="a", tokens=list("ABC.EF"))
    rows = [Link(i, i + 1, j, j + 1) for i, j in sorted(links)]
    [proposed] = Aligned(max_gap).candidates([Transfer(source, target, rows)])
    assert len(proposed) == len(source.spans)
    for span, places in zip(source.spans, proposed, strict=True):
        own = {j for i, j in product(range(span.start, span.end), range(6)) if (i, j) in links}
        foreign = {j for _, j in links} - own
        for start, end, score in places:
            assert 0 < score <= 1
            assert own & set(range(start, end))
            assert not foreign & set(range(start, end))
            assert "." not in (target.tokens[start], target.tokens[end - 1])
        covered = {place for start, end, _ in places for place in range(start, end)}
        assert own - {3} <= covered
