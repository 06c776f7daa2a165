"""Translators: they read what the engine reads, learn new words, and are saved for it."""

import pytest
import torch

from tests.tiny import bert
from tests.tiny_m2m import save_tiny_m2m100, save_tiny_nllb
from tests.tiny_marian import save_tiny_marian
from xner.errors import ModelError, OptionError, XnerError
from xner.models.mini_translator import write_mini_translator
from xner.models.translator import PairBatch, Translator
from xner.tag_schemes import Span
from xner.tokenization import detokenize
from xner.translation.engine import Settings, build
from xner.translation.marker_styles import Slots
from xner.translation.markers import surrounded

WAY = ("en", "de")
MARKED = "__SLOT0__ Anna __SLOT0__ lives in __SLOT1__ Bern __SLOT1__ ."
FAMILIES = {"opus": save_tiny_marian, "m2m100": save_tiny_m2m100, "nllb": save_tiny_nllb}


@pytest.fixture(scope="module", params=FAMILIES)
def model(request, tmp_path_factory):
    """An engine's name and the folder of a model for it."""
    return request.param, FAMILIES[request.param](tmp_path_factory.mktemp(request.param))


def test_new_words_begin_among_the_old_each_with_a_vector_of_its_own(model):
    _, folder = model
    plain = Translator.load(str(folder), {WAY})
    marked = Translator.load(str(folder), {WAY}, markers=3)
    old = plain.network.get_input_embeddings().weight
    new = marked.network.get_input_embeddings().weight
    words = len(plain.tokenizer)
    assert len(marked.tokenizer) == words + 3
    torch.testing.assert_close(new[:words], old[:words])
    drawn = new[words : words + 3]
    away = (drawn - old[:words].mean(0)) / old[:words].std(0)
    assert 0.3 < away.std() < 3
    assert away.abs().max() < 6
    assert (torch.pdist(drawn) > 0.1).all()
    assert marked.network.get_output_embeddings().weight.data_ptr() == new.data_ptr()


def test_a_folder_with_new_words_is_saved_for_the_engine(model, tmp_path):
    name, folder = model
    translator = Translator.load(str(folder), {WAY}, markers=2).eval()
    translator.save(tmp_path / "taught", training={})
    engine = build(f"{name}:{tmp_path / 'taught'}", *WAY, Settings(device="cpu"))
    ((source, target),) = translator.pieces([(MARKED, MARKED)], WAY)
    assert engine.tokenizer(MARKED)["input_ids"] == source
    assert engine.tokenizer(text_target=MARKED)["input_ids"] == target
    numbers = [translator.tokenizer.convert_tokens_to_ids(f"__SLOT{n}__") for n in (0, 1)]
    for pieces in (source, target):
        assert [piece for piece in pieces if piece in numbers] == sorted(numbers * 2)
    for (key, own), (other, loaded) in zip(
        translator.network.named_parameters(), engine.model.named_parameters(), strict=True
    ):
        assert key == other
        assert torch.equal(own, loaded), key
    assert len(engine.translate([MARKED])) == 1
    # and it can be taught on: the words are known by now
    again = Translator.load(str(tmp_path / "taught"), {WAY}, markers=2)
    assert len(again.tokenizer) == len(translator.tokenizer)
    assert torch.equal(
        again.network.get_input_embeddings().weight,
        translator.network.get_input_embeddings().weight,
    )


def test_it_scores_as_the_network_does_of_labels(model):
    _, folder = model
    translator = Translator.load(str(folder), {WAY}).eval()
    ((source, target),) = translator.pieces([("Anna lives .", "Anna wohnt .")], WAY)
    batch = PairBatch(
        torch.tensor([source]), torch.ones(1, len(source), dtype=torch.bool), torch.tensor([target])
    )
    own = translator.network(input_ids=batch.source, labels=batch.target)
    torch.testing.assert_close(translator(batch), own.logits)


@pytest.mark.parametrize("lang", ["en", "de", "fr", "zh", "ja", "ar", "th"])
def test_markers_of_pairs_stand_in_a_text_as_those_that_are_translated(lang):
    tokens = {
        "zh": [*"飞机降落在哥德堡", "。"],
        "ja": [*"東京に住む", "。"],
        "ar": ["يعيش", "في", "باريس", "."],
        "th": [*"กรุงเทพ"],
    }.get(lang, ["“", "Anna", "Roe", "”", ",", "of", "Bern", "(", "left", ")", "."])
    spans = [Span(1, 3, "PER"), Span(4, 5, "LOC")]
    style = Slots(detokenize(tokens, lang), 2)
    marked = surrounded(tokens, [span[:2] for span in spans], style.opening, style.closing)
    assert detokenize(marked, lang) == style.written(tokens, spans, lang)


def test_mini_has_the_same_pieces_and_weights_each_time(tmp_path):
    texts = ["Anna lives in Bern .", "Anna wohnt in Bern .", "Der Zug nach Wien ."] * 5
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_mini_translator(tmp_path / name, texts, seed=3)
    for file in ("source.spm", "target.spm", "vocab.json", "model.safetensors"):
        one, other = ((tmp_path / name / file).read_bytes() for name in ("a", "b"))
        assert one == other, file


def test_what_is_no_translator_is_said(tmp_path):
    with pytest.raises(ModelError, match=r"kind bert; --task translation teaches Marian, M2M100"):
        Translator.load(str(bert(tmp_path / "bert")), {WAY})
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="empty"):
        Translator.load(str(tmp_path / "empty"), {WAY})
    with pytest.raises(ModelError, match="no model folder 'no/such/model'"):
        Translator.load("no/such/model", {WAY}, offline=True)


def test_directions_that_a_model_cannot_have_are_said(tmp_path):
    marian = str(save_tiny_marian(tmp_path / "marian"))
    with pytest.raises(XnerError, match="in one direction, and the pairs are in de-en, en-de"):
        Translator.load(marian, {WAY, ("de", "en")})
    m2m = str(save_tiny_m2m100(tmp_path / "m2m"))
    with pytest.raises(XnerError, match="must be told both languages"):
        Translator.load(m2m, {("", "de")})
    with pytest.raises(OptionError, match="--max-pieces 500: this model takes 48"):
        Translator.load(marian, {WAY}, limit=500)
