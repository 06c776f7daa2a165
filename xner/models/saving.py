"""Model folders that are whole or not there: each file written beside and moved into place."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

CARD = "xner.json"  # what transformers does not know; there once all else is


def save_whole(folder: Path, write: Callable[[Path], None], card: dict[str, Any]) -> None:
    """Let `write` fill a folder beside, and move what it wrote; the card comes last."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".part-") as name:
        partial = Path(name)
        write(partial)
        text = json.dumps(card, indent=2, ensure_ascii=False)
        (partial / CARD).write_text(text + "\n", "utf-8")
        for path in sorted(partial.iterdir(), key=lambda path: path.name == CARD):
            os.replace(path, folder / path.name)
