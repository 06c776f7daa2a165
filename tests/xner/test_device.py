"""Taking turns on a GPU; no GPU is needed to stand in the queue."""

import tempfile
from pathlib import Path
from threading import Event, Thread

import pytest
import torch

from xner.device import pick, turn
from xner.errors import OptionError


@pytest.fixture(autouse=True)
def _locks_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def test_the_second_waits_and_says_so_once() -> None:
    gpu = torch.device("cuda")
    waits, has_it = Event(), Event()

    def second() -> None:
        with turn(gpu, while_waiting=waits.set):
            has_it.set()

    with turn(gpu, while_waiting=lambda: pytest.fail("nobody else has it")):
        other = Thread(target=second)
        other.start()
        assert waits.wait(10)
        assert not has_it.wait(0.1)
    assert has_it.wait(10)
    other.join()


@pytest.mark.parametrize(("device", "wanted"), [("cpu", True), ("cuda", False)])
def test_no_queue_where_none_is_needed(tmp_path: Path, device: str, wanted: bool) -> None:
    with turn(torch.device(device), wanted), turn(torch.device(device), wanted):
        assert list(tmp_path.iterdir()) == []


def test_each_process_of_a_machine_gets_its_own_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert pick("auto") == torch.device("cuda", 0)
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert pick("auto") == pick("cuda") == torch.device("cuda", 1)
    assert pick("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)  # it sees none but its own
    assert pick("cuda") == torch.device("cuda", 0)


def test_a_device_that_is_not_there() -> None:
    assert pick("cpu").type == "cpu"
    if not torch.cuda.is_available():
        with pytest.raises(OptionError, match="--device cuda: this machine has no such device"):
            pick("cuda")
