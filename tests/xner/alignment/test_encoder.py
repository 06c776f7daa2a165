"""Words linked by an encoder, against one pair at a time without batches."""

from itertools import chain

import pytest
import torch

from tests import tiny
from xner.alignment import build
from xner.alignment.aligner import AlignerSettings
from xner.alignment.matching import METHODS
from xner.errors import ModelError, OptionError

PAIRS = [
    (
        ["Anna", "Berg", "visited", "Lisbon", "."],
        ["Lissabon", "wurde", "von", "Anna", "Berg", "besucht", "."],
    ),
    (["Officials"], ["Der", "Hafen", "von", "Bern"]),
    (["北京", "是", "首都", "。"], ["Bern", "said", "that", "Nordwind", "Energy", "had", "bought"]),
    (["Anna", "Berg", "visited", "Lisbon", "."], ["Anna", "Berg", "visited", "Lisbon", "."]),
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoders")
    return {
        "bert": tiny.bert(folder / "bert", layers=3),
        "xlmr": tiny.xlm_roberta(folder / "xlmr"),
    }


def aligner(folder, options="", **settings):
    return build(f"encoder:{folder}{options}", AlignerSettings(device="cpu", **settings))


def one_by_one(folder, layer, method, pair):
    """The links of a pair: each sentence alone, each word cut alone, no padding."""
    from transformers import AutoModel, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    model.eval()
    hidden, owners = [], []
    for words in pair:
        pieces = [tokenizer(word, add_special_tokens=False)["input_ids"] for word in words]
        begin, end = tokenizer.cls_token_id, tokenizer.sep_token_id
        ids = torch.tensor([[begin, *chain.from_iterable(pieces), end]])
        with torch.no_grad():
            states = model(ids, output_hidden_states=True).hidden_states[layer][0, 1:-1]
        names = tokenizer.convert_ids_to_tokens(ids[0, 1:-1])
        owner = [number for number, own in enumerate(pieces) for _ in own]
        kept = [at for at, name in enumerate(names) if name != "▁" or len(pieces[owner[at]]) == 1]
        hidden.append(states[kept])
        owners.append([owner[at] for at in kept])
    found = METHODS[method](*hidden).nonzero().tolist()
    return sorted({(owners[0][i], owners[1][j]) for i, j in found})


@pytest.mark.parametrize("name", ["bert", "xlmr"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("batch_tokens", [1, 40, 4096])
def test_batches_change_nothing(folders, name, method, batch_tokens):
    found = list(
        aligner(folders[name], f",layer=2,method={method}", batch_tokens=batch_tokens).align(PAIRS)
    )
    assert found == [one_by_one(folders[name], 2, method, pair) for pair in PAIRS]
    assert any(found)


@pytest.mark.parametrize("method", ["argmax", "itermax", "match"])
def test_a_sentence_is_linked_to_itself_word_by_word(folders, method):
    words = ["Anna", "Berg", "visited", "the", "old", "harbour", "of", "Lisbon"]
    [links] = aligner(folders["bert"], f",method={method}").align([(words, words)])
    assert links == [(n, n) for n in range(len(words))]


@pytest.mark.parametrize(("layers", "layer"), [(2, 1), (3, 2), (12, 8)])
def test_two_thirds_of_the_layers_unless_told_otherwise(tmp_path, layers, layer):
    folder = tiny.bert(tmp_path, layers=layers)
    assert aligner(folder).layer == layer
    assert aligner(folder, ",layer=0").layer == 0


def test_more_words_than_the_encoder_can_read(folders):
    words = tiny.WORDS.split() * 12  # 500 words, and the encoder reads 64 pieces
    made = aligner(folders["bert"], ",method=match,layer=0")
    [links] = made.align([(words, words)])
    assert made.counts["sentences read in parts"] == 1
    assert len(links) >= len(words)
    assert {i for i, _ in links} == set(range(len(words)))


def test_parts_overlap_and_each_piece_comes_from_one(folders):
    made = aligner(folders["bert"])
    for length in (1, 61, 62, 63, 64, 93, 124, 125, 500):
        ids = list(range(1000, 1000 + length))
        rows = list(made.cutter.rows(0, ids))
        taken = [row.ids[at] for row in rows for at in row.own]
        assert taken == ids
        assert all(len(row.ids) <= 64 for row in rows)
        if len(rows) > 1:  # no piece is read at an inner edge
            assert all(row.own.start > 8 for row in rows[1:])
            assert all(row.own.stop < 56 for row in rows[:-1])


def test_a_word_that_is_nothing_to_the_tokenizer(folders):
    [links] = aligner(folders["bert"]).align([(["\u200b", "Bern"], ["Bern", "\u200b"])])
    assert {i for i, _ in links} <= {0, 1}


def test_no_pairs(folders):
    assert list(aligner(folders["bert"]).align([])) == []


def test_an_encoder_of_a_translation_model(tmp_path):
    from tests.tiny_marian import save_tiny_marian

    made = aligner(save_tiny_marian(tmp_path / "marian"), ",layer=1")
    [links] = made.align([(["Anna", "lives", "in", "Bern"], ["Anna", "lives", "in", "Bern"])])
    assert links == [(n, n) for n in range(4)]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("encoder", "wants a model"),
        ("encoder:DIR,lair=3", "no option 'lair'; it has: layer, method, threshold"),
        ("encoder:DIR,method=best", "'best' is none of argmax, itermax, match, softmax"),
        ("encoder:DIR,layer=-1", "layer '-1' is not a whole number"),
        ("encoder:DIR,threshold=0.1", "threshold is for softmax, not for itermax"),
        ("encoder:DIR,method=softmax,threshold=2", "'2' is not between 0 and 1"),
        ("fastalign", "unknown aligner 'fastalign'; known: encoder, eflomal"),
    ],
)
def test_options_that_make_no_sense(folders, spec, said):
    with pytest.raises(OptionError, match=said):
        build(spec.replace("DIR", str(folders["bert"])))


def test_a_layer_that_is_not_there(folders):
    with pytest.raises(OptionError, match=r"layer 9: .* has 3 layers"):
        list(aligner(folders["bert"], ",layer=9").align(PAIRS))


def test_no_model(tmp_path):
    with pytest.raises(ModelError, match=r"no config\.json"):
        aligner(tmp_path)
    with pytest.raises(ModelError, match="cannot be loaded; expected a hub name, or a folder"):
        list(aligner("nobody/nothing", offline=True).align(PAIRS))


def test_weights_that_are_missing_are_not_made_up(folders, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tiny.bert(tmp_path)
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(ModelError, match=r"no weights for encoder\.layer\.1\.output\.dense"):
        list(aligner(folder).align(PAIRS))
