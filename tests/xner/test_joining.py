import pytest

from xner.errors import XnerError
from xner.joining import Source, joined
from xner.sentence import Sentence

WORDS = {1: ["Ida", "singt"], 2: ["Bern", "ruht"], 3: ["Es", "regnet", "."]}


def stream(name, *numbers, ids="{}", words=WORDS) -> Source:
    sentences = [Sentence(id=ids.format(n), tokens=list(words[n]), tags=[]) for n in numbers]
    return Source(name, iter(sentences))


def rows(*sources):
    return [[sentence.id for sentence in row] for row in joined(*sources)]


def refused(*sources) -> str:
    with pytest.raises(XnerError) as caught:
        rows(*sources)
    return str(caught.value)


def test_equal_ids_pair():
    assert rows(stream("g", 1, 2, 3), stream("p", 1, 2, 3)) == [[n, n] for n in "123"]


def test_another_order_is_joined_by_id():
    found = rows(stream("g", 1, 2, 3), stream("p", 3, 1, 2), stream("q", 2, 3, 1))
    assert sorted(found) == [[n, n, n] for n in "123"]


def test_a_shuffled_stream_with_the_gold_files_own_numbers_is_joined_by_id():
    found = rows(stream("g", 1, 2, 3, ids="g:{}"), stream("p", 3, 2, 1, ids="g:{}"))
    assert all(ours == theirs for ours, theirs in found)
    assert len(found) == 3


@pytest.mark.parametrize(("gold", "other"), [("g:{}", "p:{}"), ("x{}", "p:{}"), ("g:{}", "x{}")])
def test_ids_made_from_another_files_name_are_joined_by_position(gold, other):
    assert len(rows(stream("g", 1, 2, 3, ids=gold), stream("p", 1, 2, 3, ids=other))) == 3


def test_every_stream_is_joined_in_its_own_way():
    by_position, by_id = stream("p", 1, 2, ids="p:{}"), stream("q", 2, 1, ids="g:{}")
    found = rows(stream("g", 1, 2, ids="g:{}"), by_position, by_id)
    assert sorted(found) == [["g:1", "p:1", "g:1"], ["g:2", "p:2", "g:2"]]


def test_streams_in_step_are_not_kept():
    """Each sentence comes out before the next is read, so memory stays flat."""
    read = []

    def noted():
        for n in (1, 2, 3):
            read.append(n)
            yield Sentence(id=str(n), tokens=WORDS[n])

    pairs = joined(stream("g", 1, 2, 3), Source("p", noted()))
    assert [len(read) for _ in pairs] == [1, 2, 3]


def test_the_first_word_that_differs_is_named():
    words = {**WORDS, 2: ["Bern", "tobt"]}
    found = refused(stream("g.conll", 1, 2), stream("p.conll", 1, 2, ids="p:{}", words=words))
    # "1" and "2" are real ids on one side only, so these pair by position
    assert found == "p.conll: sentence 'p:2', token 2: 'tobt' against 'ruht' in g.conll"


def test_a_sentence_of_another_length_is_named():
    words = {**WORDS, 3: ["Es", "regnet"]}
    found = refused(stream("g", 3), stream("p", 3, words=words))
    assert found == "p: sentence '3', token 3: the sentence's end against '.' in g"


def test_parallel_files_in_another_order_without_common_ids_are_refused():
    found = refused(stream("g", 1, 2, ids="g:{}"), stream("p", 2, 1, ids="x{}"))
    assert found == "p: sentence 'x2', token 1: 'Bern' against 'Ida' in g"


def test_a_translation_is_recognised():
    original = Sentence(id="1", tokens=["Ida", "singt"])
    moved = Sentence(id="1", tokens=["Ida", "sings"], origin=original)
    found = refused(Source("g", [original]), Source("p", [moved]))
    assert found.endswith("it is a translation of that sentence")


@pytest.mark.parametrize(
    ("gold", "other", "message"),
    [
        ((1, 2, 3), (1, 3), "p: has no sentence '2' of g"),
        ((1, 3), (1, 2, 3), "p: sentence '2' has no counterpart in g"),
        ((1, 2, 3), (1,), "p: has no sentence '2' of g (2 ids are in one of the two only)"),
        ((1, 2), (1, 1, 2), "p: sentence '1' has no counterpart in g"),
        ((2, 3, 1), (1, 1), "p: id '1' occurs twice"),
        ((1,), (), "p: no sentences"),
        ((), (1,), "g: no sentences"),
        ((), (), "g: no sentences"),
    ],
)
def test_what_is_missing_or_too_much_is_refused(gold, other, message):
    # position is no help: the ids are real
    assert refused(stream("g", *gold), stream("p", *other)) == message


@pytest.mark.parametrize(
    ("gold", "other", "message"),
    [
        ((1, 2, 3), (1, 2), "p: ends before sentence 'g:3' of g"),
        ((1, 2), (1, 2, 3), "p: goes on with sentence 'p:3' where g ends"),
    ],
)
def test_a_stream_joined_by_position_must_end_with_the_gold(gold, other, message):
    found = refused(stream("g", *gold, ids="g:{}"), stream("p", *other, ids="p:{}"))
    assert found == message


def test_ids_of_several_files_in_another_order_are_joined_by_id():
    def named(name, *ids):
        return Source(name, [Sentence(id=own, tokens=[own]) for own in ids])

    ours, back, mixed = ["a:1", "a:2", "b:1"], ["b:1", "a:2", "a:1"], ["b:1", "a:1", "a:2"]
    found = rows(named("g", *ours), named("p", *back), named("q", *mixed))
    assert sorted(found) == [[own] * 3 for own in ours]
    lacking = refused(named("g", *ours), named("p", "b:1", "a:1"))
    assert lacking == "p: has no sentence 'a:2' of g"


def test_other_words_in_the_first_sentence_are_named():
    words = {1: ["Uwe", "singt"], 2: WORDS[2]}
    found = refused(
        stream("g", 1, 2, ids="g:{}"),
        stream("q", 2, 1, ids="g:{}"),
        stream("p", 1, 2, ids="p:{}", words=words),
    )
    assert found == "p: sentence 'p:1', token 1: 'Uwe' against 'Ida' in g"
