"""What discriminators are shown of a stream, and which streams are refused."""

from dataclasses import replace

import pytest
import torch

from tests import tiny
from xner.errors import XnerError
from xner.training.adversarial_data import LanguageCorpus, OrderCorpus

ENGLISH = tiny.sentence("Anna Berg visited Bern .", "B-PER I-PER O B-LOC O", lang="en-GB")
GERMAN = tiny.sentence("Der Hafen von Lissabon", "O O O B-LOC", lang="de")
MIXED = tiny.sentence("Officials in Lissabon .", lang="de", langs=["EN", "en", "de", None])
SAME = tiny.sentence("Nordwind Energy", "B-ORG I-ORG", lang="de", langs=[None, None])
UNKNOWN = tiny.sentence("Montag")
SHUFFLED = replace(GERMAN, tokens=["Hafen", "Der", "von", "Lissabon"], shuffled=True, origin=GERMAN)
STREAM = [ENGLISH, GERMAN, SAME, MIXED, UNKNOWN, SHUFFLED]


@pytest.fixture(scope="module")
def tagger(tmp_path_factory):
    return tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert"), length=16))


# --- languages


def test_words_are_of_the_language_that_is_named(tagger):
    corpus = LanguageCorpus(tagger, STREAM, {"en"})
    assert corpus.left_out == {"shuffled": 1, "no word that is of one language": 2}
    given = corpus.view(tagger, *corpus.batch([0, 1, 2]))
    assert given.source.tolist() == [[1, 1, 1, 1, 1], [0, 0, 0, 0, -1], [1, 1, 0, -1, -1]]
    assert given.entity.tolist() == [[1, 1, 0, 1, 0], [0, 0, 0, 1, -1], [-1] * 5]


def test_the_language_is_what_counts_not_script_or_region(tagger):
    corpus = LanguageCorpus(tagger, [ENGLISH, GERMAN], {"EN-us", "fr"})
    assert corpus.source.tolist() == [1] * 5 + [0] * 4


def test_any_selection_is_what_its_sentences_are_by_themselves(tagger):
    corpus = LanguageCorpus(tagger, STREAM, {"en"})
    assert len(corpus.costs()[0]) == 3
    _, source, entity = corpus.batch([2, 0])
    for row, index in enumerate((2, 0)):
        _, alone, inside = corpus.batch([index])
        assert source[row, : alone.shape[1]].tolist() == alone[0].tolist()
        assert entity[row, : alone.shape[1]].tolist() == inside[0].tolist()


def test_words_that_were_cut_say_nothing(tmp_path):
    tagger = tiny.tagger(tiny.bert(tmp_path, length=16))
    tagger.tokenize.on_long = "cut"
    long = tiny.sentence("Hafen " * 20, lang="de")
    batch, source, _ = LanguageCorpus(tagger, [long, ENGLISH], {"en"}).batch([0])
    assert 0 < batch.mask.sum() < 20
    assert torch.equal(source == 0, batch.mask)


def test_only_sentences_with_words_to_show_are_kept(tagger):
    context = tiny.sentence("besucht am Montag", "O O O", lang="de")
    untagged = tiny.sentence("Lissabon", lang="de")
    stream = [ENGLISH, GERMAN, context, untagged]
    corpus = LanguageCorpus(tagger, stream, {"en"}, "entity")
    assert len(corpus.costs()[0]) == 2
    assert corpus.left_out["no word in an entity that is of one language"] == 2
    corpus = LanguageCorpus(tagger, stream, {"en"}, "context")
    assert len(corpus.costs()[0]) == 3


@pytest.mark.parametrize(
    ("stream", "sources", "words", "message"),
    [
        (
            [ENGLISH],
            {"en"},
            "all",
            r"no word .* another language than --source's \(en\).*--mode wo",
        ),
        ([GERMAN], {"en", "fr"}, "all", r"no word .* in the language of --source \(en, fr\)"),
        ([ENGLISH, SHUFFLED], {"en"}, "all", "no word .* in another language"),
        ([ENGLISH, SAME], {"en"}, "entity", "no word in an entity .* in another language"),
        ([UNKNOWN], {"en"}, "all", "no sentence of the stream says its language; 'xner convert"),
        ([], {"en"}, "all", "no sentence of the stream says its language"),
        ([ENGLISH, GERMAN], set(), "all", "no sentence of --source says its language"),
        ([MIXED], {"en"}, "context", "words=context needs 'tags'.*'xner weak-tag'"),
    ],
)
def test_a_stream_that_teaches_no_difference_is_refused(tagger, stream, sources, words, message):
    with pytest.raises(XnerError, match=message):
        LanguageCorpus(tagger, stream, sources, words)


def test_a_sentence_that_mixes_both_is_enough(tagger):
    assert LanguageCorpus(tagger, [MIXED], {"en"}).source.tolist() == [1, 1, 0, -1]


# --- order


def test_sentences_are_in_order_or_shuffled(tagger):
    corpus = OrderCorpus(tagger, STREAM)
    assert corpus.left_out == {"one word": 1}
    given = corpus.view(tagger, *corpus.batch([4, 0, 3]))
    assert given.intact.tolist() == [False, True, True]
    assert given.view.batch.mask.sum(1).tolist() == [4, 5, 4]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        ([ENGLISH, GERMAN], "no sentence of the stream is shuffled; 'xner shuffle' makes"),
        ([SHUFFLED, UNKNOWN], "every sentence of the stream is shuffled"),
        ([], "no sentence of the stream is shuffled"),
    ],
)
def test_a_stream_of_one_kind_is_refused(tagger, stream, message):
    with pytest.raises(XnerError, match=message):
        OrderCorpus(tagger, stream)


@pytest.mark.parametrize("kind", ["language", "order"])
def test_a_run_knows_its_data_again(tagger, kind):
    def tensors(stream):
        made = LanguageCorpus(tagger, stream, {"en"}) if kind == "language" else None
        return (made or OrderCorpus(tagger, stream)).tensors()

    def same(left, right):
        return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))

    stream = [ENGLISH, GERMAN, SHUFFLED]
    assert same(tensors(stream), tensors(stream))
    other = replace(GERMAN, lang="en") if kind == "language" else replace(GERMAN, shuffled=True)
    changed = [ENGLISH, other, SHUFFLED, MIXED]
    assert not same(tensors([*stream, MIXED]), tensors(changed))
