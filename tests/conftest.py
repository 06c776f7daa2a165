"""What all tests share: no network, the installed `xner` as a process, the corpora if there are."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

# set before torch or transformers are imported anywhere
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("XNER_CONFIG", None)

XNER = Path(sys.executable).with_name("xner")
needs_apertium = pytest.mark.skipif(
    shutil.which("apertium") is None, reason="apertium is not installed"
)


def outside_make() -> dict[str, str]:
    """The environment without what `make test` leaves in it, which makes another make talk more."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite the outputs in README and docs"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether expected outputs are to be rewritten; read the difference afterwards."""
    return request.config.getoption("--update-golden")


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it wrote."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def err(self) -> str:
        return self.stderr.decode()


Run = Callable[..., Ended]


@pytest.fixture
def run_xner(tmp_path: Path) -> Run:
    """Run the installed `xner` in a folder of its own; `stdin` is text or bytes."""

    def run(*arguments: object, stdin: str | bytes = b"", **environment: str) -> Ended:
        done = subprocess.run(
            [XNER, *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | environment,
            timeout=300,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def run_shell(tmp_path: Path) -> Callable[[str], Ended]:
    """Run a line of shell in a folder of its own, `xner` being on the path."""

    def run(line: str) -> Ended:
        path = f"{XNER.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | {"PATH": path},
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def shared_data() -> Path:
    """The folder of public corpora."""
    folder = os.environ.get("XNER_DATA")
    if not folder:
        pytest.skip("XNER_DATA does not name the folder of corpora")
    return Path(folder)
