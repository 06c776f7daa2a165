"""Sentences in colour, for a terminal: entities underlaid, with their type behind them."""

import io

from rich.console import Console
from rich.text import Text

from xner.sentence import Sentence

_COLOURS = {"PER": "cyan", "LOC": "green", "ORG": "magenta", "MISC": "yellow"}
_OTHER = ["blue", "red", "bright_cyan", "bright_green", "bright_magenta"]


def coloured(sentence: Sentence) -> str:
    """One sentence with its origin, if any, below it; ends in a line break."""
    buffer = io.StringIO()
    console = Console(file=buffer, force_terminal=True, soft_wrap=True, highlight=False)
    console.print(_line(sentence))
    if sentence.origin is not None:
        console.print(Text("  ← ", style="dim"), _line(sentence.origin), sep="")
    return buffer.getvalue()


def _line(sentence: Sentence) -> Text:
    line = Text(f"{sentence.id} ", style="dim")
    position = 0
    for start, end, label in sentence.spans:
        if start > position:
            line.append(" ".join(sentence.tokens[position:start]) + " ", style="not dim")
        colour = _COLOURS.get(label) or _OTHER[sum(map(ord, label)) % len(_OTHER)]
        line.append(" ".join(sentence.tokens[start:end]), style=f"not dim bold {colour}")
        line.append(f" {label} ", style=colour)
        position = end
    line.append(" ".join(sentence.tokens[position:]), style="not dim")
    return line
