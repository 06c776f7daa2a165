"""Tables of names: every entry loads, and every file of a room is in its table."""

from importlib import import_module
from pathlib import Path

import pytest

from commands.main import COMMANDS
from io_formats import FORMATS
from xner.alignment import ALIGNERS
from xner.errors import OptionError
from xner.losses import LOSSES
from xner.models import HEADS
from xner.projection import PROJECTORS
from xner.registry import load
from xner.retrieval import INDEXES
from xner.translation import ENGINES, MODES

ROOT = Path(__file__).parents[1]
TABLES = {
    "loss": LOSSES,
    "head": HEADS,
    "engine": ENGINES,
    "mode": MODES,
    "match": PROJECTORS,
    "aligner": ALIGNERS,
    "index": INDEXES,
}
COUNTS = {"loss": 13, "head": 3, "engine": 9, "mode": 6, "match": 5, "aligner": 2, "index": 3}


@pytest.mark.parametrize("kind", TABLES)
def test_every_name_loads(kind):
    assert len(TABLES[kind]) >= COUNTS[kind]
    assert all(callable(load(name, TABLES[kind], kind)) for name in TABLES[kind])


def test_every_format_reads():
    assert len(FORMATS) >= 6
    assert all(callable(import_module(module).read) for module in FORMATS.values())


def test_every_command_is_a_file_of_its_name():
    assert len(COMMANDS) >= 11
    for name in COMMANDS:
        assert callable(import_module(f"commands.{name.replace('-', '_')}").command)


def test_every_loss_is_in_the_table():
    files = {path.stem for path in (ROOT / "xner/losses").glob("*.py")}
    shared = {"__init__", "objective", "divergence", "adversarial", "contrastive"}
    named = {target.partition(":")[0].rpartition(".")[2] for target in LOSSES.values()}
    assert files - shared == named


def test_an_outsiders_name_is_module_and_attribute():
    assert load("collections:Counter", LOSSES, "loss").__name__ == "Counter"
    with pytest.raises(OptionError, match="cannot be loaded"):
        load("no.such:thing", LOSSES, "loss")
