"""How far a command is, on a terminal: one line that is gone when the command ends."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def shown(text: Callable[[], str]) -> Iterator[None]:
    """Show `text` and the seconds so far on standard error, four times a second."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    start = time.monotonic()

    def line() -> Text:
        return Text(f"{text()} · {time.monotonic() - start:,.0f} s", style="dim")

    with Live(console=Console(stderr=True), get_renderable=line, transient=True):
        yield
