"""One tiny model for all tests of this folder."""

from pathlib import Path

import pytest

from tests.tiny_marian import save_tiny_marian


@pytest.fixture(scope="session")
def tiny_marian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_marian(tmp_path_factory.mktemp("marian"))
