"""The record on the wire: nothing lost, nothing invented, what is wrong said with its line."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import io_formats
from io_formats.thorough import Examiner
from xner.errors import FormatError, UpstreamError
from xner.sentence import Link, Sentence

word = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
json_value = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | word,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(word, inner, max_size=3),
    max_leaves=5,
)


@st.composite
def fields(draw: st.DrawFn, depth: int = 1) -> dict:
    """The arguments of a Sentence."""
    tokens = draw(st.lists(word, min_size=1, max_size=5))

    def of_each(item: st.SearchStrategy) -> st.SearchStrategy:
        return st.none() | st.lists(item, min_size=len(tokens), max_size=len(tokens))

    made = {
        "id": draw(word),
        "tokens": tokens,
        "lang": draw(st.none() | st.sampled_from(["de", "zh-Hans"])),
        "tags": draw(of_each(st.sampled_from(["O", "B-PER", "B-LOC"]))),
        "weights": draw(of_each(st.floats(0, 1))),
        "langs": draw(of_each(st.none() | st.sampled_from(["de", "en"]))),
        "shuffled": draw(st.booleans()),
        "meta": draw(st.dictionaries(word, json_value, max_size=2)),
        "extra": draw(st.dictionaries(st.sampled_from(["later", "extra"]), st.integers(0, 9))),
    }
    if draw(st.booleans()):
        made |= {"labels": ["O", "B-PER"], "probs": [[0.25, 0.75]] * len(tokens)}
    if depth and draw(st.booleans()):
        made["origin"] = draw(fields(depth=depth - 1))
        made["alignment"] = draw(st.none() | st.just([(0, len(tokens), 0, 1)]))
    return made


def sentence_of(made: dict) -> Sentence:
    made = dict(made)
    if origin := made.get("origin"):
        made["origin"] = sentence_of(origin)
    if rows := made.get("alignment"):
        made["alignment"] = [Link(*row) for row in rows]
    return Sentence(**made)


@given(st.lists(fields(), min_size=1, max_size=4), st.booleans())
def test_read_gives_back_what_was_written(tmp_path_factory, made, cut_last_line_feed):
    sentences = list(map(sentence_of, made))
    file = tmp_path_factory.mktemp("jsonl") / "a.jsonl"
    data = b"".join(map(io_formats.writer("jsonl"), sentences))
    file.write_bytes(data[:-1] if cut_last_line_feed else data)
    back = list(io_formats.read(str(file)))
    assert back == sentences
    assert b"".join(map(io_formats.writer("jsonl"), back)) == data


@pytest.fixture
def read(tmp_path):
    """The sentences of some text, as those of a file `in.jsonl`."""

    def of(text: str | bytes, **manner):
        file = tmp_path / "in.jsonl"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return list(io_formats.read(str(file), form="jsonl", **manner))

    return of


def problem_of(read, text, **manner) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read(text, **manner)
    return caught.value


def test_defaults_and_unset_fields_are_not_written():
    line = io_formats.writer("jsonl")(Sentence(id="a:1", tokens=["Bern"]))
    assert json.loads(line) == {"id": "a:1", "tokens": ["Bern"]}


def test_tags_without_an_entity_are_not_the_same_as_no_tags(read):
    tagged, untagged = read('{"tokens":["a"],"tags":["O"]}\n{"tokens":["a"]}\n')
    assert tagged.tags == ["O"]
    assert untagged.tags is None


def test_ids_are_made_of_file_and_number_and_given_ones_stay(read):
    text = '{"tokens":["a"]}\n\n{"id":"x","tokens":["a"]}\n{"id":7,"tokens":["a"]}\n'
    text += '{"id":"","tokens":["a"]}'
    assert [s.id for s in read(text)] == ["in:1", "x", "7", "in:4"]


def test_unknown_fields_and_meta_pass_untouched(read):
    record = {"id": "a", "tokens": ["x"], "meta": {"k": [1, None]}, "new": {"a": 1}, "extra": 2}
    (sentence,) = read(json.dumps(record))
    assert json.loads(io_formats.writer("jsonl")(sentence)) == record


def test_null_is_as_if_absent(read):
    (sentence,) = read('{"id":"a","tokens":["x"],"tags":null,"meta":null,"origin":null}')
    assert sentence == Sentence(id="a", tokens=["x"])


def test_lang_of_the_flag_is_for_those_without(read):
    text = '{"tokens":["a"],"lang":"de"}\n{"tokens":["a"]}'
    assert [s.lang for s in read(text, lang="nl")] == ["de", "nl"]


def test_ill_formed_tags_are_mended_and_counted_or_refused(read):
    text = '{"tokens":["a","b","c"],"tags":["O","I-PER","I-LOC"]}'
    counted: list[int] = []
    (sentence,) = read(text, repaired=counted.append)
    assert sentence.tags == ["O", "B-PER", "B-LOC"]
    assert counted == [2]
    error = problem_of(read, text, strict=True)
    assert (error.line, error.message) == (1, "token 2: ill-formed BIO tags: 'I-PER' after 'O'")
    (raw,) = read(text, mend=False)
    assert raw.tags == ["O", "I-PER", "I-LOC"]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"tokens": ["a"], "tags": ["O", "O"]}, "2 tags for 1 tokens; expected as many"),
        ({"tokens": ["a"], "weights": [1, 1]}, "2 weights for 1 tokens; expected as many"),
        (
            {"tokens": ["a"], "langs": [1]},
            "'langs' has to be a list of languages and nulls, got [1]",
        ),
        (
            {"tokens": ["a"], "weights": ["x"]},
            """'weights' has to be a list of numbers, got ["x"]""",
        ),
        ({"tokens": ["a"], "lang": 5}, "'lang' has to be a text, got 5"),
        ({"tokens": ["a"], "shuffled": "no"}, """'shuffled' has to be true or false, got "no\""""),
        ({"tokens": ["a"], "langs": []}, "0 langs for 1 tokens; expected as many"),
        ({"tokens": ["a", ""]}, """'tokens' has to be a list of words, none empty, got ["a",""]"""),
        ({"tokens": []}, "'tokens' has to be a list of words, none empty, got []"),
        ({"tokens": ["a", 1]}, """'tokens' has to be a list of words, none empty, got ["a",1]"""),
        ({"tokens": "a b"}, """'tokens' has to be a list of words, none empty, got "a b\""""),
        ({"words": ["a"]}, "expected an object with 'tokens', or with 'text' and spans"),
        ([1], "expected an object with 'tokens', got [1]"),
        ({"tokens": ["a"], "tags": "O"}, """'tags' has to be a list, got "O\""""),
        (
            {"tokens": ["a"], "labels": ["O", "O"], "probs": [[0.5, 0.5]]},
            '\'labels\' names a column twice: ["O","O"]',
        ),
        (
            {"tokens": ["a"], "labels": ["O"], "probs": [["x"]]},
            "'probs' has to be rows of numbers, got [[\"x\"]]",
        ),
        ({"tokens": ["a"], "probs": [[1]]}, "'probs' without 'labels', the names of its columns"),
        (
            {"tokens": ["a"], "labels": ["O", "B-X"], "probs": [[1]]},
            "a row of 'probs' has 1 numbers for 2 labels",
        ),
        (
            {"tokens": ["a"], "alignment": [[0, 1, 0, 1]]},
            "'alignment' without 'origin', the sentence it leads to",
        ),
        (
            {"tokens": ["a"], "origin": {"tokens": ["b"]}, "alignment": [[0, 1, 0, 2]]},
            "alignment row [0, 1, 0, 2] leaves the sentence or its origin",
        ),
        (
            {"tokens": ["a"], "origin": {"tokens": ["b"]}, "alignment": [[0, 1]]},
            "'alignment' has to be rows of four whole numbers, got [[0,1]]",
        ),
        (
            {"tokens": ["a"], "origin": {"tokens": ["b"]}, "alignment": [[0.0, 1, 0, 1]]},
            "'alignment' has to be rows of four whole numbers, got [[0.0,1,0,1]]",
        ),
        (
            {"tokens": ["a"], "origin": {"tokens": ["b"]}, "alignment": [[True, 1, 0, 1]]},
            "'alignment' has to be rows of four whole numbers, got [[true,1,0,1]]",
        ),
        (
            {"tokens": ["a"], "origin": {"tokens": ["b"]}, "alignment": {}},
            "'alignment' has to be a list of rows, got {}",
        ),
        ({"tokens": None}, "expected an object with 'tokens', or with 'text' and spans"),
        (
            {"tokens": ["a"], "origin": {"tokens": None}},
            "origin: expected an object with 'tokens', or with 'text' and spans",
        ),
        (
            {"tokens": ["a"], "origin": {"tokens": ["b"], "tags": ["B-"]}},
            "origin: token 1: unknown tag 'B-'; expected O or a letter of BIES, a dash and a type",
        ),
    ],
)
def test_a_wrong_record_is_named_with_its_line(read, record, message):
    error = problem_of(read, b'{"tokens":["a"]}\n' + orjson.dumps(record) + b"\n")
    assert (error.line, error.message) == (2, message)
    assert error.source is not None
    assert error.source.endswith("in.jsonl")
    assert json.loads(error.raw) == record


def test_a_problem_that_is_not_raised_leaves_the_next_records(read):
    problems: list[FormatError] = []
    text = '{"tokens":["a"]}\n{"tokens":\n{"tokens":["b"]}\n'
    assert [s.id for s in read(text, problem=problems.append)] == ["in:1", "in:3"]
    assert [(e.line, e.raw) for e in problems] == [(2, '{"tokens":')]


def test_broken_json_torn_lines_lists_and_foreign_bytes(read):
    assert problem_of(read, '{"tokens":\n').message.startswith("broken JSON at column ")
    assert "probably killed in mid-record" in problem_of(read, '{"tokens":["a"]}\n{"tok').message
    assert "expected one record a line" in problem_of(read, '[{"tokens":["a"]}\n]\n').message
    error = problem_of(read, '{"tokens":["a"]}\n{"tokens":["é"]}\n'.encode("latin-1"))
    assert (error.line, error.message) == (
        2,
        "invalid UTF-8: byte 0xe9 at column 13; if the file is in another encoding, name it, as in "
        "--encoding latin-1",
    )


def test_a_failed_command_upstream_stops_the_reader_even_if_problems_do_not(read):
    last = '{"error":{"command":"weak-tag","message":"out of paper"}}\n'
    for text in ('{"tokens":["a"]}\n' + last, '{"id":"a","tok' + last, last):
        with pytest.raises(UpstreamError, match="stopped: weak-tag failed: out of paper"):
            read(text, problem=lambda _: None)


def test_thorough_reading_holds_records_to_their_promise(read):
    sound = {"id": "a", "tokens": ["x"], "labels": ["O", "B-X"], "probs": [[0.2, 0.8004]]}
    wrong = {"id": "a", "tokens": ["x"], "labels": ["O", "B-X"], "probs": [[0.2, 0.7]]}
    wrong |= {"weights": [1.5], "origin": {"tokens": ["y"], "weights": [-1.0]}}
    text = json.dumps(sound) + "\n" + json.dumps(wrong)
    assert len(read(text)) == 2
    error = problem_of(read, text, examine=Examiner())
    assert error.line == 2
    assert error.message.split("; ") == [
        "id 'a' stands in line 1 already",
        "weight 1.5 of token 1 is not between 0 and 1",
        "probs of token 1 sum to 0.9000 instead of 1",
        "origin: weight -1.0 of token 1 is not between 0 and 1",
    ]
