"""Formats told from the first bytes."""

import pytest

from io_formats.detection import form_of
from io_formats.streams import Manner, Source

FORMS = [
    ('{"tokens":["a"]}\n', "jsonl"),
    ('\n  { "text": "a"}\n', "jsonl"),
    ('[{"tokens":["a"]}]', "jsonl"),
    ("[ O\nsic O\n] O\n\n", "conll"),
    ("{ O\nx O\n\n", "conll"),
    ("Ida B-PER\nruht O\n", "conll"),
    ("Ida\tB-PER\nruht\tO\n", "conll"),
    ("Ida NNP B-NP B-PER\nruht VBZ B-VP O\n", "conll"),
    ("de:Ida\tB-PER\nde:ruht\tO\n", "conll"),
    ("-DOCSTART- O\n\nIda B-PER\n", "conll"),
    ("-DOCSTART-\nIda\nruht\n", "conll"),
    ("Ida\nruht\n.\n\nBern\nauch\n.\n", "conll"),
    ("Ida\nruht\n.\n", "conll"),
    ("Ida B-PER\nruht\nBern B-LOC\n", "conll"),
    ("Ida B-PERSON-NAME\nruht X-LOC\nja O\n", "conll"),
    ("Ida NNP B-PER B-PER\nruht VBZ O O\n", "conlleval"),
    ("Ida\t1\tS-PER\nruht\t0\tO\n", "conner"),
    ("# sent_id = 1\n1\tIda\tB-PER\t-\t-\n", "conllu"),
    ("1-2\tIm\t_\t-\t-\n1\tIn\tO\t-\t-\n2\tdem\tO\t-\t-\n", "conllu"),
    ("Ida ruht.\nBern ruht auch, ja.\n", "text"),
    ("Ida ruht.\n\nBern ruht auch, ja.\n", "text"),
    ("# Ein Titel\nIda ruht.\n", "text"),
    ("Bern\n", "text"),
    ("他住在伯尔尼，她住在巴塞尔，他们都很喜欢那里。\n\n我们也想去伯尔尼看看老城区。\n", "text"),
    ("", "text"),
]


@pytest.mark.parametrize(("text", "form"), FORMS)
def test_form_of(tmp_path, text, form):
    file = tmp_path / "x"
    file.write_text(text)
    source = Source(str(file), Manner())
    assert form_of(source) == form
    assert b"".join(source.chunks) == text.encode()


def test_a_json_object_is_not_waited_for_any_longer():
    def slow():
        yield b'{"tokens":'
        raise AssertionError("read on")

    source = Source("-", Manner())
    source.chunks = slow()
    assert form_of(source) == "jsonl"
