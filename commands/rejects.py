"""`--rejects FILE`: what was left out, a line each with the reason; never a file that is in use."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import orjson

from xner.errors import OptionError, XnerError


class Rejects:
    """The file, empty at first so that none are left there of an earlier run."""

    def __init__(self, path: Path):
        with _explained(f"cannot write --rejects '{path}'"):
            self._file = path.open("wb")

    def write(self, row: Mapping[str, Any]) -> None:
        """Add what was left out, and why; XnerError if there is no room."""
        with _explained("cannot write --rejects"):
            self._file.write(orjson.dumps(row) + b"\n")

    def close(self) -> None:
        """See to it that all is written; XnerError if there is no room."""
        with _explained("cannot write --rejects"):
            self._file.close()


def spare_others(values: Mapping[str, Any]) -> None:
    """OptionError where `rejects` among a command's values is named by another of them too.

    A file may stand behind a name, as in "lexicon:words.tsv,direction=en-de".
    """
    rejects: Path | None = values.get("rejects")
    if rejects is None or (rejects.exists() and not rejects.is_file()):  # /dev/null, a pipe
        return
    place = rejects.resolve()
    for name, value in values.items():
        several = cast(list[Any], value) if isinstance(value, list) else [value]
        for text in (str(one) for one in several if isinstance(one, str | Path)):
            parts = {text, *re.split("[:,=]", text)} - {""}
            if name != "rejects" and any(Path(part).resolve() == place for part in parts):
                raise OptionError(
                    f"--rejects '{rejects}' is named for something else too, '{text}', which would "
                    "be lost"
                )


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise XnerError(f"{what}: {(error.strerror or str(error)).lower()}") from error
