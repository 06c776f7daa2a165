"""Apertium, as Debian packages it: rule-based, and quick on any machine."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from xner.errors import EngineError
from xner.translation.engine import Settings
from xner.translation.language_codes import primary, three_letters
from xner.translation.shell import Command


class Apertium(Command):
    """`apertium`, or `apertium:spa-eng_US` to name the direction as `apertium -l` does.

    Texts are parted by a blank line: Apertium ends a sentence there. Of two lines without a full
    stop it would make one ("Nueva", "York" come back as "New", "York"), and its line format loses
    the last full stop of each.
    """

    separator = "\n\n"

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        super().__init__("apertium", source, target, settings)
        program = shutil.which("apertium")
        if program is None:
            pair = f"{three_letters(source)}-{three_letters(target)}"
            raise EngineError(
                "apertium is not installed; on Debian: apt-get install apertium and the package "
                f"of the language pair (apt-cache search apertium- lists them; needed: {pair})"
            )
        self.pair = argument or _pair(source, target)
        _check_languages(self.pair, source, target)
        self.name = f"apertium:{self.pair}"
        self.identity = f"{self.name} {_fingerprint(program, self.pair)}"

    @property
    def shell_line(self) -> str:
        """Unknown words come back as they were, without a star."""
        return f"apertium -u {self.pair}"


def _pair(source: str, target: str) -> str:
    """The installed direction between two languages; EngineError, with those there are, if none."""
    listed = subprocess.run(["apertium", "-l"], capture_output=True, text=True, check=False)
    installed = listed.stdout.split()
    for spell in (three_letters, primary):
        pair = f"{spell(source)}-{spell(target)}"
        if pair in installed:
            return pair
    pair = f"{three_letters(source)}-{three_letters(target)}"
    raise EngineError(
        f"apertium has no '{pair}' installed (it has: {', '.join(installed) or 'none'}); on Debian "
        f"the package would be apertium-{'-'.join(sorted(pair.split('-')))}"
    )


def _check_languages(pair: str, source: str, target: str) -> None:
    """EngineError where a direction that was named is one of other languages."""
    for side, language in zip(pair.split("-"), (source, target), strict=False):
        if three_letters(side) != three_letters(language):
            raise EngineError(
                f"engine 'apertium:{pair}' does not translate from '{source}' into '{target}'; "
                "name these languages with --from-lang and --to-lang, or another direction"
            )


def _fingerprint(program: str, pair: str) -> str:
    """A digest of the rules and dictionaries that the direction's pipeline names."""
    digest = hashlib.sha256()
    mode = Path(program).parents[1] / "share" / "apertium" / "modes" / f"{pair}.mode"
    if mode.is_file():
        pipeline = mode.read_text("utf-8")
        digest.update(pipeline.encode())
        for path in map(Path, re.findall(r"'([^']+)'", pipeline)):
            digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:16]
