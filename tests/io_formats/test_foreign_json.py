"""Records of other tools: tags by number, text with spans of characters."""

import json

import pytest

import io_formats
from xner.errors import FormatError

NAMES = "jsonl,names=O;B-PER;I-PER;B-LOC"
TEXT = "Ida Moser wohnt in Bern."
TAGS = ["B-PER", "I-PER", "O", "O", "B-LOC", "O"]


@pytest.fixture
def read(tmp_path):
    def of(record, form=None):
        file = tmp_path / "in.jsonl"
        file.write_text(json.dumps(record) + "\n")
        (sentence,) = io_formats.read(str(file), form=form, lang="de")
        return sentence

    return of


def test_hugging_face_names_and_numbers(read):
    tokens = [*TEXT.rstrip(".").split(), "."]
    record = {"id": "0", "tokens": tokens, "ner_tags": TAGS, "pos_tags": [1, 2, 3, 4, 5, 6]}
    named = read(record)
    assert (named.id, named.tags) == ("0", TAGS)
    assert named.extra == {"pos_tags": [1, 2, 3, 4, 5, 6]}
    numbers = [1, 2, 0, 0, 3, 0]
    assert read({"tokens": tokens, "ner_tags": numbers}, NAMES).tags == TAGS
    assert read({"tokens": tokens, "tags": numbers}, NAMES).tags == TAGS


@pytest.mark.parametrize("field", ["ner_tags", "tags"])
def test_numbers_without_names_tell_the_remedy(read, field):
    with pytest.raises(FormatError, match="name them in their order, as in --from 'jsonl,names="):
        read({"tokens": ["a"], field: [0]})
    with pytest.raises(FormatError, match=r"tag 9 has no name; names= has 4, from 0 on"):
        read({"tokens": ["a"], field: [9]}, NAMES)


@pytest.mark.parametrize(
    "record",
    [
        {"label": [[0, 9, "PER"], [19, 23, "LOC"]]},
        {"entities": [[19, 23, "LOC"], [0, 9, "PER"]]},
        {"labels": [[0, 9, "PER"], [18, 23, "LOC"]]},
        {
            "spans": [
                {"start": s, "end": e, "label": t} for s, e, t in [(0, 9, "PER"), (19, 23, "LOC")]
            ]
        },
        {"entities": [{"start_offset": 0, "end_offset": 9, "label": "PER"}, [19, 23, "LOC"]]},
        {
            "label": [
                {"start": 0, "end": 9, "labels": ["PER"]},
                {"start": 19, "end": 23, "labels": ["LOC"]},
            ]
        },
    ],
)
def test_spans_of_characters(read, record):
    sentence = read({"text": TEXT, **record})
    assert sentence.tokens == ["Ida", "Moser", "wohnt", "in", "Bern", "."]
    assert sentence.tags == TAGS
    assert sentence.meta == {"text": TEXT}


def test_words_the_tool_has_cut_itself_are_kept(read):
    record = {
        "text": "Bern-Wabern",
        "tokens": [
            {"text": "Bern", "start": 0, "end": 4},
            {"text": "-Wabern", "start": 4, "end": 11},
        ],
        "spans": [{"start": 0, "end": 4, "label": "LOC"}],
    }
    sentence = read(record)
    assert (sentence.tokens, sentence.tags) == (["Bern", "-Wabern"], ["B-LOC", "O"])


def test_words_without_places_are_found_in_the_text(read):
    words = ["Ida", "Moser", "wohnt", "in", "Bern", "."]
    record = {"text": TEXT, "tokens": words, "spans": [{"start": 19, "end": 23, "label": "LOC"}]}
    sentence = read(record)
    assert (sentence.tokens, sentence.tags) == (words, ["O"] * 4 + ["B-LOC", "O"])
    with pytest.raises(FormatError, match="'text' is not that of the words: no 'Wien' after"):
        read(record | {"tokens": ["Ida", "Wien"]})
    assert read(record | {"spans": []}).tags == ["O"] * 6
    tagged = read({"text": TEXT, "tokens": words, "tags": TAGS})
    assert (tagged.tags, tagged.extra) == (TAGS, {"text": TEXT})


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "a b", "tokens": [{"text": "a"}], "spans": []}, "'tokens' has to be a list of"),
        ({"text": "a b", "tokens": [5], "spans": [[0, 1, "X"]]}, "'tokens' has to be a list of"),
        ({"text": "a b", "spans": [], "meta": "x"}, "'meta' has to be an object, got 'x'"),
        ({"data": {"text": "x"}, "annotations": [5]}, "'annotations' has to be a list"),
        ({"data": {"text": "x"}, "annotations": {"result": 1}}, "'annotations' has to be a list"),
        ({"data": {"text": "x"}, "annotations": [{"result": [5]}]}, "'annotations' has to be a l"),
    ],
)
def test_records_of_another_shape_are_refused(read, record, message):
    with pytest.raises(FormatError, match=message):
        read(record)


def test_tasks_of_label_studio_may_hold_nothing(read):
    for annotations in ([], [{"result": None}], [{"result": [{"value": None}]}]):
        assert read({"data": {"text": TEXT}, "annotations": annotations}).tags == ["O"] * 6


def test_a_whole_task_of_label_studio(read):
    value = {"start": 19, "end": 23, "text": "Bern", "labels": ["LOC"]}
    task = {"id": 3, "data": {"text": TEXT}, "annotations": [{"result": [{"value": value}]}]}
    sentence = read(task)
    assert (sentence.id, sentence.tags) == ("3", ["O"] * 4 + ["B-LOC", "O"])


def test_text_alone_is_not_annotated_and_an_empty_list_of_spans_is(read):
    assert read({"text": TEXT}).tags is None
    assert read({"text": TEXT, "spans": []}).tags == ["O"] * 6
    labelled = read({"text": TEXT, "label": "news"})
    assert (labelled.tags, labelled.extra) == (None, {"label": "news"})


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([[0, 6, "PER"]], r"span \[0, 6\) PER 'Ida Mo' begins or ends inside a word"),
        ([[0, 99, "PER"]], "inside a word or outside the text"),
        ([[0, 9, "PER"], [4, 9, "PER"]], "spans overlap: PER 'Ida Moser' and PER 'Moser'"),
        ([["x"]], r"expected a span as \[start, end, label\], .* got \['x'\]"),
    ],
)
def test_spans_that_cannot_be_tags_are_refused(read, spans, message):
    with pytest.raises(FormatError, match=message):
        read({"text": TEXT, "label": spans})
