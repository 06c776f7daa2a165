"""The encoder that most trained taggers of this folder begin with."""

from pathlib import Path

import pytest

from tests import tiny


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.bert(tmp_path_factory.mktemp("bert"))
