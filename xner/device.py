"""Which device computes, and how the commands of one pipe take turns on a GPU."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from xner.errors import OptionError

if TYPE_CHECKING:
    import torch


def pick(name: str) -> "torch.device":
    """The device a user means: `auto` prefers CUDA, then Apple's MPS, then the CPU.

    Under `accelerate launch` and torchrun a process gets the GPU of its rank. Raises OptionError
    for a device that this machine does not have.
    """
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((device for device, present in there.items() if present), "cpu")
    if not there.get(name, True):
        raise OptionError(f"--device {name}: this machine has no such device; try --device cpu")
    if name != "cuda":
        return torch.device(name)
    # of several processes each has a GPU of its own, as far as it sees several
    rank = int(os.environ.get("LOCAL_RANK", 0))
    return torch.device(name, rank % torch.cuda.device_count())


def has_bf16(device: "torch.device") -> bool:
    """Whether a GPU computes in bfloat16; a CPU stays with float32, which is as fast there."""
    import torch

    return device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)


@contextmanager
def turn(
    device: "torch.device", wanted: bool = True, while_waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold a GPU for one command at a time; on a CPU, or if not `wanted`, do nothing.

    All commands of a shell pipe start at once and would load their models side by side. The lock is
    a file that the operating system frees when a process ends, however it ends. `while_waiting` is
    called once if another command has the GPU: a chance to see to it that the other can go on.
    """
    if not wanted or device.type == "cpu":
        yield
        return
    import fcntl

    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "all").replace(",", "-")
    path = Path(tempfile.gettempdir()) / f"xner-{os.getuid()}-{device.type}-{visible}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if while_waiting:
                while_waiting()
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
