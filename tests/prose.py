"""README and docs taken apart: pages, fenced blocks, inline code, and the `xner` lines in them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_XNER = ("xner", "$(which xner)")
_OPERATORS = set("();<>|&")
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n?", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: what stands behind its fence, and its text."""

    language: str
    text: str


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks of a page in some languages; in all if none is named."""
    found = (Block(*match.groups()) for match in FENCE.finditer(page.read_text("utf-8")))
    return [block for block in found if not languages or block.language in languages]


def inline_code(page: Path) -> list[str]:
    """What stands between single backticks."""
    return _INLINE.findall(FENCE.sub("", page.read_text("utf-8")))


def commands(console: str) -> list[str]:
    r"""What is typed in a console block, behind `$ `; a line that ends in `\` goes on.

    >>> commands("$ a \\\n  b\nout\n$ c\n")
    ['a \\\n  b', 'c']
    """
    return _COMMAND.findall(console)


def invocations(shell: str) -> Iterator[list[str]]:
    r"""The arguments of each `xner` in lines of shell, up to a pipe or another operator.

    >>> list(invocations('xner convert a.conll > b | torchrun "$(which xner)" train \\\n --seed 1'))
    [['convert', 'a.conll'], ['train', '--seed', '1']]
    """
    for line in shell.replace("\\\n", " ").splitlines():
        for words in _simple_commands(line):
            at = next((n for n, word in enumerate(words) if word in _XNER), None)
            if at is not None:
                yield words[at + 1 :]


def _simple_commands(line: str) -> Iterator[list[str]]:
    """The words between operators, without what is redirected."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word in (">", ">>", "<"):
            next(lexer)
        elif set(word) <= _OPERATORS:
            yield words
            words = []
        else:
            words.append(word)
    yield words
