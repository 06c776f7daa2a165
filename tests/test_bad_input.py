"""What a user reads when the input is bad: the place, what is wrong, what was expected."""

from typing import NamedTuple

import pytest


class Case(NamedTuple):
    """Bytes of a file `in`, what is run on it, and the one line and exit code that it gives."""

    data: bytes
    options: str
    says: str
    code: int = 1


UTF8 = "; if the file is in another encoding, name it, as in --encoding latin-1"
TAG = "; expected O or a letter of BIES, a dash and a type"

CASES = {
    "a row without its tag": Case(
        b"Ida B-PER\nruht\n\nBern B-LOC\n",
        "",
        "in:2: expected 2 columns separated by a space, got 1: 'ruht'",
    ),
    "a row with one column more": Case(
        b"Ida\tB-PER\nruht\tO\tx\nBern\tB-LOC\n",
        "",
        "in:2: expected 2 columns separated by a tab, got 3: 'ruht\tO\tx'",
    ),
    "a space where the file has tabs": Case(
        b"Ida\tB-PER\nruht\tO\n\nBern B-LOC\n",
        "",
        "in:4: expected 2 columns separated by a tab, got 1: 'Bern B-LOC'",
    ),
    "a tag of no scheme": Case(b"Ida B-PER\nBern LOC\n", "", f"in:2: unknown tag 'LOC'{TAG}"),
    "an inside that follows nothing": Case(
        b"Ida B-PER\nruht O\nBern I-LOC\n",
        "--strict",
        "in:3: ill-formed BIO tags: 'I-LOC' after 'O'",
    ),
    "an entity that does not end": Case(
        b"Ida B-PER\nMoser E-PER\nin O\nBern B-LOC\n",
        "--strict",
        "in:4: ill-formed BIOES tags: the sentence ends after 'B-LOC'",
    ),
    "latin-1": Case(
        "Zürich B-LOC\nruht O\n".encode("latin-1"),
        "",
        f"in:1: invalid UTF-8: byte 0xfc at column 2{UTF8}",
    ),
    "an encoding that does not exist": Case(
        b"Ida B-PER\n", "--encoding utf-9", "unknown encoding 'utf-9'; try utf-8 or latin-1", 2
    ),
    "broken JSON": Case(
        b'{"tokens":["Ida"],}\n',
        "",
        "in:1: broken JSON at column 18: trailing comma is not allowed; expected one record a line",
    ),
    "JSON that is torn": Case(
        b'{"tokens":["Ida"]}\n{"tokens":["Be',
        "",
        "in:2: the last record is torn; the command before was probably killed in mid-record",
    ),
    "a list of JSON": Case(
        b'[{"tokens":["Ida"]},\n{"tokens":["Bern"]}]\n',
        "",
        "in:1: a JSON list; expected one record a line, as `jq -c '.[]'` makes it",
    ),
    "a record of something else": Case(
        b'{"name":"Ida"}\n',
        "",
        "in:1: expected an object with 'tokens', or with 'text' and spans",
    ),
    "fewer tags than tokens": Case(
        b'{"tokens":["Ida","ruht"],"tags":["B-PER"]}\n',
        "",
        "in:1: 1 tags for 2 tokens; expected as many",
    ),
    "an empty token": Case(
        b'{"tokens":["Ida",""]}\n',
        "",
        """in:1: 'tokens' has to be a list of words, none empty, got ["Ida",""]""",
    ),
    "tags by number": Case(
        b'{"tokens":["Ida"],"ner_tags":[1]}\n',
        "",
        "in:1: tags are numbers; name them in their order, as in "
        "--from 'jsonl,names=O;B-PER;I-PER'",
    ),
    "a span that begins inside a word": Case(
        b'{"text":"Ida ruht","label":[[1,3,"PER"]]}\n',
        "",
        "in:1: span [1, 3) PER 'da' begins or ends inside a word or outside the text",
    ),
    "an alignment that leaves the sentence": Case(
        b'{"tokens":["a"],"origin":{"tokens":["b"]},"alignment":[[0,2,0,1]]}\n',
        "",
        "in:1: alignment row [0, 2, 0, 1] leaves the sentence or its origin",
    ),
    "a failed command before": Case(
        b'{"tokens":["a"]}\n{"error":{"command":"weak-tag","message":"no model"}}\n',
        "--on-error skip",
        "stopped: weak-tag failed: no model",
    ),
    "half a gzip file": Case(
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x54",
        "",
        "in: compressed data end too early; was the file copied whole?",
    ),
    "a format that does not exist": Case(
        b"Ida B-PER\n",
        "--from conl",
        "unknown format 'conl'; known: jsonl, conll, conllu, conner, conlleval, text, pharaoh",
        2,
    ),
    "an option that the format lacks": Case(
        b"Ida B-PER\n",
        "--from conll,tab=1",
        "format 'conll' has no option 'tab'; known: token, tag, scheme, separator",
        2,
    ),
    "a column that the file lacks": Case(
        b"Ida B-PER\n",
        "--from conll,tag=7",
        "tag=7 is not one of the input's 2 columns",
        2,
    ),
    "words of CoNLL-U without a number": Case(
        b"# sent_id = 1\n1\tIda\tB-PER\nruht\tO\n",
        "--from conllu",
        "in:3: expected a number, a tab and a word, got 'ruht\tO'",
    ),
    "a shard that does not exist": Case(
        b"Ida B-PER\n", "--shard 3/2", "--shard '3/2' is not I/N with 1 <= I <= N", 2
    ),
    "an output of no format": Case(
        b"Ida B-PER\n",
        "-o out.doc",
        "'out.doc' does not say its format; end it in .jsonl, .json, .conll, .tsv, .bio, .iob2, "
        ".conllu, .txt, or give --to",
        2,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_line_that_says_where_and_what(tmp_path, run_xner, name):
    data, options, says, code = CASES[name]
    (tmp_path / "in").write_bytes(data)
    done = run_xner("convert", "in", *options.split())
    assert done.err == f"xner convert: {says}\n"
    assert done.code == code


def test_nothing_to_read_is_said_and_no_error(run_xner):
    done = run_xner("convert", stdin=b"")
    assert (done.code, done.out) == (0, "")
    assert done.err == "xner convert: warning: 'stdin' is empty\nxner convert: 0 in, 0 out\n"
