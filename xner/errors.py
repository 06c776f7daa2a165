"""What can go wrong, as exceptions whose text is fit for a person to read.

The core raises them; `commands/main.py` is the only place that catches them.
"""


class XnerError(Exception):
    """A failure to be told in one line, without a traceback.

    `source` and `line` (1-based) say where in the input it arose, where that is known.
    """

    def __init__(self, message: str, *, source: str | None = None, line: int | None = None):
        super().__init__(message)
        self.message = message
        self.source = source
        self.line = line

    def __str__(self) -> str:
        place = [self.source, None if self.line is None else str(self.line)]
        known = ":".join(part for part in place if part)
        return f"{known}: {self.message}" if known else self.message


class FormatError(XnerError):
    """Input that does not follow its format; `raw` keeps the offending text for `--rejects`."""

    raw: str = ""


class OptionError(XnerError):
    """An option whose value cannot be used: wrong usage, exit 2."""


class EngineError(XnerError):
    """A translation engine that is missing, died, or broke its promise of one text per text."""


class ModelError(XnerError):
    """A model folder or hub name that cannot be loaded, or does not fit what is asked of it."""


class UpstreamError(XnerError):
    """A command before this one in the pipe failed and said so in the stream."""

    def __init__(self, command: str, reason: str):
        super().__init__(f"stopped: {command} failed: {reason}")
        self.command = command
        self.reason = reason
