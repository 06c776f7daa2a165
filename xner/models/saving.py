"""Model folders that are whole or not there: each file written beside and moved into place."""

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

CARD = "xner.json"  # what transformers does not know; there once all else is


def save_whole(
    folder: Path,
    write: Callable[[Path], None],
    card: dict[str, Any],
    own: Iterable[str] = (),
) -> None:
    """Let `write` fill a folder beside, and move what it wrote; the card comes last.

    Files named in `own` are of a model that was there before if `write` does not write them; they
    are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as beside:
        partial = Path(beside)
        write(partial)
        text = json.dumps(card, indent=2, ensure_ascii=False)
        (partial / CARD).write_text(text + "\n", "utf-8")
        for name in own:
            if not (partial / name).exists():
                (folder / name).unlink(missing_ok=True)
        for path in sorted(partial.iterdir(), key=lambda path: path.name == CARD):
            os.replace(path, folder / path.name)
