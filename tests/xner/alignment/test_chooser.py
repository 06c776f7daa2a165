"""Translations chosen by their likeness to the words in their sentence, against plain sums."""

from functools import cache
from itertools import chain

import pytest
import torch

from tests import tiny
from xner.alignment import build
from xner.alignment.aligner import AlignerSettings
from xner.alignment.chooser import ContextChooser
from xner.alignment.encoder import Encoder
from xner.translation.units import Offer

SENTENCES = [
    tiny.sentence("Anna Berg visited the old harbour of Lisbon ."),
    tiny.sentence("Officials said that Energy had bought the harbour"),
    tiny.sentence("the"),
]
CANDIDATES = [["der"], ["Hafen"], ["Lissabon"], ["am", "Montag"], ["北京"], ["Anna"], ["besucht"]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("encoders"), layers=3)


def chooser(folder, **settings):
    made = build(f"encoder:{folder}", AlignerSettings(device="cpu", **settings))
    assert isinstance(made, Encoder)
    return ContextChooser(made)


@cache
def loaded(folder):
    from transformers import AutoModel, AutoTokenizer

    return AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()


def vectors(folder, words, layer=2):
    """One word after the other cut and pooled, one sentence at a time."""
    tokenizer, model = loaded(folder)
    pieces = [tokenizer(word, add_special_tokens=False)["input_ids"] for word in words]
    ids = [tokenizer.cls_token_id, *chain.from_iterable(pieces), tokenizer.sep_token_id]
    with torch.no_grad():
        hidden = model(torch.tensor([ids]), output_hidden_states=True).hidden_states[layer]
    rows = iter(hidden[0, 1:-1])
    return [torch.stack([next(rows) for _ in own]).mean(0) for own in pieces]


def expected(folder, sentence, start, end):
    wanted = torch.stack(vectors(folder, sentence.tokens)[start:end]).mean(0)
    alone = [torch.stack(vectors(folder, words)).mean(0) for words in CANDIDATES]
    likeness = [float(wanted @ own / (wanted.norm() * own.norm())) for own in alone]
    return CANDIDATES[likeness.index(max(likeness))]


@pytest.mark.parametrize("batch_tokens", [1, 4096])
def test_the_most_like_of_all_is_taken(folder, batch_tokens):
    made = chooser(folder, batch_tokens=batch_tokens)
    made.prepare(SENTENCES)
    chosen = []
    for sentence in SENTENCES:
        places = [(n, n + 1) for n in range(len(sentence.tokens))]
        places.append((0, len(sentence.tokens)))
        found = made.choose(sentence, [Offer(*place, CANDIDATES) for place in places])
        assert found == [expected(folder, sentence, *place) for place in places]
        chosen += found
    assert len({tuple(words) for words in chosen}) > 2


def test_who_is_not_prepared_is_encoded_when_asked(folder):
    offers = [Offer(3, 4, CANDIDATES), Offer(5, 6, [["Hafen"]])]
    ready, late = chooser(folder), chooser(folder)
    ready.prepare(SENTENCES)
    assert ready.choose(SENTENCES[0], offers) == late.choose(SENTENCES[0], offers)


def test_nothing_is_encoded_where_there_is_no_choice(folder):
    made = chooser(folder)
    assert made.choose(SENTENCES[0], [Offer(0, 1, [["Anna"]])]) == [["Anna"]]
    assert made.choose(SENTENCES[0], []) == []
    assert "model" not in vars(made.encoder)


def test_words_are_the_mean_of_their_pieces(folder):
    made = build(f"encoder:{folder}", AlignerSettings(device="cpu"))
    assert isinstance(made, Encoder)
    sentences = [sentence.tokens for sentence in SENTENCES]
    for words, own in zip(sentences, made.word_vectors(sentences), strict=True):
        torch.testing.assert_close(own, torch.stack(vectors(folder, words)))
    assert made.word_vectors([]) == []
