"""Probabilities of given translations, against the models' own losses."""

import pytest
import torch

from tests.tiny_m2m import save_tiny_m2m100, save_tiny_nllb
from tests.tiny_marian import save_tiny_marian
from xner.errors import OptionError
from xner.translation.engine import Settings, build
from xner.translation.scoring import Row, Scorer

PAIRS = [
    ("Anna lives in Bern .", "Der Zug nach Wien ."),
    ("Anna lives in Bern .", "die Stadt"),
    ("Graz", "am Fluss fährt um neun Uhr ab die Stadt nach Wien"),
    ("The mayor of Graz opened a bridge over the Mur .", "Wien"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    save_tiny_marian(folder / "opus", positions=64)
    save_tiny_m2m100(folder / "m2m100")
    save_tiny_nllb(folder / "nllb")
    return folder


def scorer(folder, kind, **settings):
    return Scorer(build(f"{kind}:{folder / kind}", "en", "de", Settings("cpu", **settings)))


@pytest.mark.parametrize("kind", ["opus", "m2m100", "nllb"])
@pytest.mark.parametrize("batch_tokens", [1, 30, 4096])
def test_as_the_model_has_it_alone(folder, kind, batch_tokens):
    own = scorer(folder, kind, batch_tokens=batch_tokens)
    model, tokenizer = own.engine.model, own.engine.tokenizer
    rows = [Row(own.source(source), own.target(target)) for source, target in PAIRS]
    for (source, target), row, scored in zip(PAIRS, rows, own.scored(rows), strict=True):
        inputs = tokenizer(source, text_target=target, return_tensors="pt")
        assert row.source == tuple(inputs["input_ids"][0].tolist())
        assert row.target == tuple(inputs["labels"][0].tolist())
        with torch.no_grad():
            logits = model(**inputs).logits[0].log_softmax(-1)
        expected = [float(logits[at, piece]) for at, piece in enumerate(row.target)]
        assert scored.pieces == pytest.approx(expected, abs=1e-4)


def test_answers_to_what_if(folder):
    own = scorer(folder, "opus")
    source, target = own.source("Anna lives in Bern ."), own.target("Der Zug nach Wien")
    whole = [
        Row(source, target, [(at, piece) for piece in range(len(own.engine.tokenizer))])
        for at in range(len(target))
    ]
    for at, scored in enumerate(own.scored(whole)):
        assert scored.answers[target[at]] == pytest.approx(scored.pieces[at], abs=1e-5)
        assert torch.tensor(scored.answers).exp().sum().item() == pytest.approx(1, abs=1e-3)


def test_the_vocabulary_is_gone_through_in_parts(folder, monkeypatch):
    own = scorer(folder, "opus")
    rows = [Row(own.source(source), own.target(target)) for source, target in PAIRS]
    before = own.scored(rows)
    monkeypatch.setattr("xner.translation.scoring._LOGITS", 200)
    for one, other in zip(before, own.scored(rows), strict=True):
        assert one.pieces == pytest.approx(other.pieces, abs=1e-5)


def test_where_memory_gives_out_the_batch_is_halved(folder, monkeypatch):
    own = scorer(folder, "opus")
    rows = [Row(own.source(source), own.target(target)) for source, target in PAIRS]
    before, led = own.scored(rows), Scorer._led

    def narrow(self, batch):
        if len(batch) > 1:
            raise torch.OutOfMemoryError
        return led(self, batch)

    monkeypatch.setattr(Scorer, "_led", narrow)
    for one, other in zip(before, own.scored(rows), strict=True):
        assert one.pieces == pytest.approx(other.pieces, abs=1e-4)
    assert own.engine.counts["batches halved"] == 3


def test_engines_that_have_no_probabilities():
    with pytest.raises(OptionError, match="cannot say how probable"):
        Scorer(build("command:cat", "en", "de"))
