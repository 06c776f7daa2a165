"""Streams beside a first one that they need not follow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.errors import XnerError
from xner.joining import Source
from xner.pairing import Pairing
from xner.sentence import Sentence


def stream(name, numbers, ids="{}", words=None):
    rows = [Sentence(id=ids.format(n), tokens=(words or {}).get(n, [f"w{n}"])) for n in numbers]
    return Source(name, iter(rows))


def rows(pairing):
    return [[sentence and sentence.id for sentence in row] for row in pairing]


@given(st.data())
def test_every_sentence_of_the_first_meets_its_own_or_none(data):
    numbers = st.lists(st.integers(1, 8), unique=True)
    first, *others = data.draw(st.lists(numbers, min_size=1, max_size=4))
    pairing = Pairing(*(stream(f"s{n}", own) for n, own in enumerate([first, *others])))
    expected = [
        [str(number), *(str(number) if number in own else None for own in others)]
        for number in first
    ]
    assert rows(pairing) == expected
    assert pairing.surplus == [len({*own} - {*first}) for own in others]


@pytest.mark.parametrize("kept", [[1, 2, 3], [3, 1], [2], []])
def test_ids_made_from_another_files_name_are_joined_by_their_number(kept):
    pairing = Pairing(stream("g", [1, 2, 3], "g:{}"), stream("p", kept, "p:{}"))
    assert rows(pairing) == [[f"g:{n}", f"p:{n}" if n in kept else None] for n in (1, 2, 3)]


def test_streams_in_step_are_not_kept():
    read = []

    def noted():
        for n in range(1, 4):
            read.append(n)
            yield Sentence(id=str(n), tokens=[f"w{n}"])

    pairing = Pairing(stream("g", [1, 2, 3]), Source("p", noted()))
    assert [len(read) for _ in pairing] == [1, 2, 3]


@pytest.mark.parametrize(
    ("first", "other", "says"),
    [
        ([1, 1], [1], "g: id '1' occurs twice"),
        ([1, 2], [1, 1], "p: id '1' occurs twice"),
        ([2, 1], [1, 1, 2], "p: id '1' occurs twice"),
        ([1], [1, 2, 1], "p: id '1' occurs twice"),
    ],
)
def test_an_id_that_occurs_twice_is_refused(first, other, says):
    with pytest.raises(XnerError) as caught:
        rows(Pairing(stream("g", first), stream("p", other)))
    assert str(caught.value) == says


def test_other_words_are_refused():
    pairing = Pairing(stream("g", [1, 2]), stream("p", [2], words={2: ["other"]}))
    with pytest.raises(XnerError, match="p: sentence '2', token 1: 'other' against 'w2' in g"):
        rows(pairing)


PART, ALL = ["b:1", "b:2"], ["a:1", "a:2", "b:1", "b:2"]


def named(name, ids, words=None):
    """Sentences with these ids, of which each has words of its own, if nothing else is said."""
    words = words or {}
    return Source(name, (Sentence(id=own, tokens=[words.get(own, own)]) for own in ids))


@pytest.mark.parametrize(
    ("first", "other"),
    [
        (ALL, PART),
        (PART, ALL),
        (ALL, ALL[::-1]),
        (ALL[::-1], ALL),
        (ALL, ["b:2"]),
        (ALL, PART[::-1]),
    ],
)
def test_ids_of_several_files_are_joined_by_id(first, other):
    pairing = Pairing(named("g", first), named("p", other))
    assert rows(pairing) == [[own, own if own in other else None] for own in first]
    assert pairing.surplus == [len({*other} - {*first})]


def test_ids_of_several_files_may_share_words_under_one_number():
    words = {"a:2": "same", "b:2": "same"}
    pairing = Pairing(named("g", ALL, words), named("p", PART, words))
    assert rows(pairing) == [["a:1", None], ["a:2", None], ["b:1", "b:1"], ["b:2", "b:2"]]


@pytest.mark.parametrize(("first", "other"), [(ALL, PART), (PART, ALL)])
def test_first_sentences_that_are_the_same_are_not_joined_in_silence(first, other):
    words = {own: own[2:] for own in ALL}
    with pytest.raises(XnerError, match="is of a file that ids of"):
        rows(Pairing(named("g", first, words), named("p", other, words)))


def test_streams_joined_by_number_are_not_kept():
    read = []

    def noted():
        for n in range(1, 4):
            read.append(n)
            yield Sentence(id=f"p:{n}", tokens=[f"w{n}"])

    pairing = Pairing(stream("g", [1, 2, 3], "g:{}"), Source("p", noted()))
    assert [len(read) for _ in pairing] == [1, 2, 3]


@pytest.mark.parametrize("place", [1, 2])
def test_other_words_under_a_number_are_refused(place):
    here = {n: ["other"] for n in range(place, 4)}
    pairing = Pairing(stream("g", [1, 2, 3], "g:{}"), stream("p", [1, 2, 3], "p:{}", here))
    says = f"p: sentence 'p:{place}', token 1: 'other' against 'w{place}' in g"
    with pytest.raises(XnerError, match=says):
        rows(pairing)
