"""The thread that reads ahead: what comes out, errors, and an interpreter that ends before it."""

import subprocess
import sys

import pytest

from xner.models.windows import windows
from xner.sentence import Sentence

A, B, C = (Sentence(id=word, tokens=[word]) for word in "abc")


def words(window):
    return [sentence.id for sentence in window]


def test_each_window_comes_with_what_is_made_of_it():
    assert list(windows(iter([A, B, C]), 2, words)) == [([A, B], ["a", "b"]), ([C], ["c"])]
    assert list(windows(iter([]), 2, words)) == []


def test_an_error_comes_after_the_windows_before_it():
    def broken():
        yield A
        yield B
        raise ValueError("no more")

    stream = windows(broken(), 1, words)
    assert [next(stream), next(stream)] == [([A], ["a"]), ([B], ["b"])]
    with pytest.raises(ValueError, match="no more"):
        next(stream)


# makes tensors without end, for a reader that wants one window
ENDLESS = """
from itertools import count
import torch
from xner.models.windows import windows

def tensors(window):
    return [torch.zeros(400_000).add(1).tolist()[:5] for _ in range(50)]

print(len(next(windows(count(), 10, tensors))[1]))
"""
# says one thing, then nothing
SILENT = """
import time
from xner.models.windows import windows

def slow():
    yield 1
    time.sleep(600)

print(len(next(windows(slow(), 1, list))[1]))
"""


@pytest.mark.parametrize(("script", "said"), [(ENDLESS, b"50\n"), (SILENT, b"1\n")])
def test_the_interpreter_ends_well_while_the_thread_is_at_work(script, said):
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, said, b"")
