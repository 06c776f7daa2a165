"""One tiny model of each kind for all tests of this folder."""

from pathlib import Path

import pytest

from tests.tiny_m2m import save_tiny_m2m100, save_tiny_nllb
from tests.tiny_marian import save_tiny_marian


@pytest.fixture(scope="session")
def tiny_marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_marian(tmp_path_factory.mktemp("marian"))


@pytest.fixture(scope="session")
def tiny_m2m100(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_m2m100(tmp_path_factory.mktemp("m2m100"))


@pytest.fixture(scope="session")
def tiny_nllb(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_nllb(tmp_path_factory.mktemp("nllb"))
