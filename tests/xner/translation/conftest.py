"""One tiny model of each kind for all tests of this folder."""

import shutil
from pathlib import Path

import pytest

from tests.tiny_m2m import save_tiny_m2m100, save_tiny_nllb
from tests.tiny_marian import save_tiny_marian
from tests.xner.translation.lessons import LESSONS
from xner.translation.engine import Settings, build
from xner.translation.generation import Seq2Seq


@pytest.fixture(scope="session")
def tiny_marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_marian(tmp_path_factory.mktemp("marian"))


@pytest.fixture(scope="session")
def tiny_m2m100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_m2m100(tmp_path_factory.mktemp("m2m100"))


@pytest.fixture(scope="session")
def tiny_nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_nllb(tmp_path_factory.mktemp("nllb"))


@pytest.fixture(scope="session", params=["opus", "m2m100", "nllb"])
def taught(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A kind, and a model of it that had some lessons in copying: it knows when to end.

    It searches as CTranslate2 can: no ban on repeated pieces, of which transformers has another
    notion, and no further than there are beams.
    """
    import torch

    kind: str = request.param
    tiny = request.getfixturevalue({"opus": "tiny_marian"}.get(kind, f"tiny_{kind}"))
    folder = tmp_path_factory.mktemp(kind) / "taught"
    shutil.copytree(tiny, folder)
    made = build(f"{kind}:{folder}", "de", "en", Settings(device="cpu"))
    assert isinstance(made, Seq2Seq)
    network, tokenizer = made.model, made.tokenizer  # without dropout: it learns by heart
    batch = tokenizer(LESSONS, text_target=LESSONS, padding=True, return_tensors="pt")
    batch["labels"][batch["labels"] == tokenizer.pad_token_id] = -100
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(200):
        network(**batch).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    network.generation_config.no_repeat_ngram_size = None
    network.generation_config.early_stopping = True
    network.save_pretrained(folder)
    return kind, folder
