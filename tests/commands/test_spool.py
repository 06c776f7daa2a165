"""A spool between a pipe and its reader: the writer never waits, the reader misses nothing."""

import subprocess
import sys
from pathlib import Path

READER = """
import sys, time
from commands import spool
first = sys.stdin.buffer.raw.read(10) if "late" in sys.argv else b""
spool.start()
spool.start()
deadline = time.monotonic() + 30
while "wait" in sys.argv and not __import__("os").path.exists(sys.argv[-1]):
    assert time.monotonic() < deadline, "the writer is held up"
    time.sleep(0.01)
with open(0, "rb") as file:
    data = first + file.read()
print(len(data), hash(data) == hash(bytes(range(256)) * (len(data) // 256)))
"""


def read_through_a_spool(writer: str, *arguments: object) -> str:
    names = list(map(str, arguments))
    with subprocess.Popen([sys.executable, "-c", writer, *names], stdout=-1) as producer:
        reader = subprocess.run(
            [sys.executable, "-c", READER, *names],
            stdin=producer.stdout,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert producer.returncode == 0
    assert reader.stderr == ""
    return reader.stdout.strip()


def test_the_writer_can_end_before_anything_is_read(tmp_path: Path) -> None:
    writer = (
        "import sys; sys.stdout.buffer.write(bytes(range(256)) * 40000);"
        "sys.stdout.flush(); open(sys.argv[-1], 'w')"
    )
    assert read_through_a_spool(writer, "wait", tmp_path / "written") == "10240000 True"


def test_a_reader_that_has_begun_misses_nothing() -> None:
    writer = "import sys; sys.stdout.buffer.write(bytes(range(256)) * 1000)"
    assert read_through_a_spool(writer, "late") == "256000 True"


def test_what_comes_slowly_is_handed_on_at_once() -> None:
    code = "from commands import spool; spool.start(); print(input(), flush=True); print(input())"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write("one\n")
        child.stdin.flush()
        assert child.stdout.readline() == "one\n"
        child.stdin.write("two\n")
        child.stdin.close()
        assert child.stdout.readline() == "two\n"


def test_a_failure_is_told_in_band() -> None:
    code = """
import os, sys
from commands import spool
def full(*_): raise OSError(28, "No space left on device")
original = os.write
spool._write = lambda sink, data: full() if b"row" in bytes(data) else original(sink, data)
spool.start()
print(open(0).read())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], input=b"row\n", capture_output=True, check=True
    )
    last = done.stdout.decode().strip()
    assert last.startswith('{"error": {"command": "spool"')
    assert "No space left" in last
