"""Bars of block characters, for tables that have room for them."""

from collections.abc import Callable

from rich.console import Console
from rich.table import Table

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEAST, _MOST = 8, 30  # characters of a bar that says something, and that is easily compared


def bar(share: float, width: int) -> str:
    """A bar of a share of `width` characters, to an eighth of one.

    >>> bar(0.5, 4), bar(0.28, 4), bar(0.0, 4)
    ('██', '█▏', '')
    """
    whole, eighths = divmod(round(8 * share * width), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()


def fitted(console: Console, build: Callable[[int], Table]) -> Table:
    """The table that `build` makes for a width of bars: what it leaves free, 0 if that is little.

    Bars stand in a column of their own, which is there only where there is room.
    """
    bare = build(0)
    room = console.width - console.measure(bare).maximum - 3  # two blanks and a border
    return build(min(room, _MOST)) if room >= _LEAST else bare
