"""What tests of commands share: a folder to work in, and commands run in this process."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.conftest import Ended, Run


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep translations in a folder of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def run_here(own_folder: None) -> Run:
    """Run a command in this process, which has loaded its libraries already."""
    from commands.main import build_app

    def run(command: str, *arguments: object) -> Ended:
        done = CliRunner().invoke(build_app({command}), [command, *map(str, arguments)])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Ended(done.exit_code, done.stdout_bytes, done.stderr_bytes)

    return run


@pytest.fixture
def evaluate(run_here: Run) -> Run:
    return partial(run_here, "evaluate")


@pytest.fixture
def scores(evaluate: Run) -> Callable[..., dict[str, Any]]:
    """The JSON of an evaluation that must succeed."""

    def run(*arguments: object) -> dict[str, Any]:
        done = evaluate(*arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    return run
