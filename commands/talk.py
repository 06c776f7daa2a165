"""Messages on standard error: prose for people, JSON lines with `--log-json`."""

import sys
from typing import Any

from commands.options import Manners


class Talk:
    """What one command says beside its data."""

    def __init__(self, command: str, manners: Manners):
        self.command = command
        self.manners = manners

    def info(self, message: str, **fields: Any) -> None:
        """Say what a user may want to know; silent with `--quiet`."""
        if not self.manners.quiet:
            self._say("info", message, fields)

    def detail(self, message: str, **fields: Any) -> None:
        """Say what only `--verbose` asks for."""
        if self.manners.verbose:
            self._say("detail", message, fields)

    def warn(self, message: str, **fields: Any) -> None:
        """Say what is probably wrong; silent with `--quiet`."""
        if not self.manners.quiet:
            self._say("warning", message, fields)

    def error(self, message: str) -> None:
        """Say why the command ends."""
        self._say("error", message, {})

    def _say(self, level: str, message: str, fields: dict[str, Any]) -> None:
        if self.manners.log_json:
            import orjson

            line = {"level": level, "command": self.command, "message": message, **fields}
            text = orjson.dumps(line).decode()
        else:
            text = f"xner {self.command}: {'warning: ' * (level == 'warning')}{message}"
        if sys.stderr:  # else it is closed, and print would take standard output for it
            print(text, file=sys.stderr, flush=True)
