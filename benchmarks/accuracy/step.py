"""Run one command of a recipe, and note what it was made of and what it cost.

    python step.py OUTPUT INPUT... -- COMMAND...

Standard output is the command's; what it says goes to OUTPUT.log, and to standard error if it
fails. OUTPUT.step holds the command, the inputs with their SHA-256, seconds, CPU seconds and the
largest resident memory of a process in MiB. `row.py` walks from step to step by their names.
"""

import hashlib
import json
import resource
import subprocess
import sys
import time
from pathlib import Path


def checksum(path: Path) -> str:
    """The first twelve hexadecimal digits of a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def main() -> int:
    """Run it; the exit status is the command's."""
    border = sys.argv.index("--")
    output, *inputs = map(Path, sys.argv[1:border])
    command = sys.argv[border + 1 :]
    log = output.with_name(output.name + ".log")
    began = time.monotonic()
    with log.open("wb") as errors:
        status = subprocess.run(command, stderr=errors).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if status:
        sys.stderr.write(log.read_text("utf-8", "replace"))
        return status
    step = {
        "command": command,
        "inputs": {str(path): checksum(path) for path in inputs if path.is_file()},
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_memory_mib": used.ru_maxrss // 1024,  # Linux counts in KiB
    }
    output.with_name(output.name + ".step").write_text(json.dumps(step) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
