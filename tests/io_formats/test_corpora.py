"""Public corpora: official counts, and the same bytes out as in."""

import pytest

import io_formats

pytestmark = pytest.mark.data

# sentences without document headers, tokens, entities, as in the papers of CoNLL-2002 and -2003
OFFICIAL = {
    "conll/en/train.tsv": (14_041, 203_621, 23_499),
    "conll/en/dev.tsv": (3_250, 51_362, 5_942),
    "conll/en/test.tsv": (3_453, 46_435, 5_648),
    "conll/de/train.tsv": (12_152, 206_931, 11_851),
    "conll/de/dev.tsv": (2_867, 51_444, 4_833),
    "conll/de/test.tsv": (3_005, 51_943, 3_673),
    "conll/es/train.tsv": (8_323, 264_715, 18_798),
    "conll/es/dev.tsv": (1_915, 52_923, 4_352),
    "conll/es/test.tsv": (1_517, 51_533, 3_559),
    "conll/nl/unlabelled.txt": (15_806, 202_644, 0),
    "pud/en.conll": (1_000, 21_176, 1_075),
    "pud/de.conll": (1_000, 21_331, 1_039),
    "pud/pt.conll": (1_000, 23_407, 1_099),
    "wikiann/en/dev": (10_000, 80_536, 14_146),
    "wikiann/de/dev": (10_000, 97_805, 13_818),
}
LINKED = {"de": 13_875, "es": 18_961, "nl": 12_939}


@pytest.mark.parametrize("name", OFFICIAL)
def test_counts_and_bytes(shared_data, tmp_path, name):
    file = shared_data / name
    records = tmp_path / "x.jsonl"
    sentences = tokens = entities = 0
    to_jsonl, to_conll = io_formats.writer("jsonl"), io_formats.writer("conll")
    with records.open("wb") as out:
        for sentence in io_formats.read(str(file), strict=True):
            sentences += 1
            tokens += len(sentence.tokens)
            entities += sum(tag.startswith("B-") for tag in sentence.tags or [])
            out.write(to_jsonl(sentence))
    assert (sentences, tokens, entities) == OFFICIAL[name]
    assert "".join(map(to_conll, io_formats.read(str(records)))).encode() == file.read_bytes()


@pytest.mark.parametrize("lang", ["de", "es"])
def test_projected_tags_differ_only_where_they_were_mended(shared_data, lang):
    file = shared_data / "deepl" / lang / "train.tsv"
    mended: list[int] = []
    write = io_formats.writer("conll")
    text = "".join(map(write, io_formats.read(str(file), repaired=mended.append)))
    rows = zip(text.split("\n"), file.read_text("utf-8").split("\n"), strict=True)
    assert sum(ours != theirs for ours, theirs in rows) == sum(mended) > 0


@pytest.mark.parametrize("lang", LINKED)
def test_spans_that_link_a_sentence_to_its_translation(shared_data, lang):
    folder = shared_data / "conner" / lang
    form = f"conner,origin={folder / 'unlabel.txt'}"
    sentences = io_formats.read(str(folder / "trans.txt"), form=form)
    assert sum(len(sentence.alignment or []) for sentence in sentences) == LINKED[lang]


def test_tags_in_the_second_of_three_columns(shared_data):
    folder = shared_data / "projection-absa"
    spanish = list(io_formats.read(str(folder / "es" / "manual.test.tsv")))
    assert {span.label for sentence in spanish for span in sentence.spans} == {"TARGET"}
    assert spanish[0].tokens == ["¡Una", "maravilla!"]
