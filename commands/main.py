"""The list of commands, and where errors become messages and exit codes."""

import os
import sys
from collections.abc import Callable, Container
from functools import wraps
from importlib import import_module
from typing import Annotated, Any

import typer

from xner import __version__
from xner.errors import OptionError, XnerError

# What `xner --help` says of each, in a line that fits a terminal.
COMMANDS = {
    "weak-tag": "Tag sentences with one or several trained taggers.",
    "translate-spans": "Translate sentences, carrying their entities over.",
    "project-labels": "Write the entities of a translation onto the sentence it came from.",
    "codeswitch": "Mix the words of sentences and their translations.",
    "shuffle": "Shuffle words inside each entity and each stretch between them.",
    "knn-weight": "Weigh each word's label by how its neighbours are labelled.",
    "fuse": "Join label streams of the same sentences into one.",
    "train": "Train a tagger, with consistency or adversarial losses on a stream.",
    "distill": "Train a student on what teachers say of a stream.",
    "evaluate": "Score tags against gold: entity precision, recall and F1.",
    "convert": "Read any format and write any.",
}
# Those whose standard output is a stream for the next.
FILTERS = {
    *("weak-tag", "translate-spans", "project-labels", "codeswitch", "shuffle", "knn-weight"),
    *("fuse", "convert"),
}


def main() -> None:
    """Run `xner` with the arguments of the process."""
    completes = any(name.startswith("_XNER_COMPLETE") for name in os.environ)
    try:
        build_app(COMMANDS if completes else sys.argv)()
    except SystemExit as end:
        command = next((word for word in sys.argv[1:] if word in COMMANDS), None)
        if end.code and (command is None or command in FILTERS):  # None: it was misspelt
            from commands.output import tell_next

            tell_next(command or "xner")
        raise


def build_app(wanted: Container[str] = COMMANDS) -> typer.Typer:
    """The Typer application. Commands that are not `wanted` are only listed, and cost no time."""
    app = typer.Typer(
        name="xner",
        help="Zero-shot cross-lingual named entity recognition as Unix filters.",
        epilog="Options can stand in xner.toml, one table per command; flags win.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    commands: dict[str, Callable[..., None]] = {}
    for name, summary in COMMANDS.items():
        if name in wanted:
            commands[name] = _loaded(name)
        app.command(name)(_guarded(name, commands.get(name) or _listed(summary)))

    @app.callback()
    def configure(  # pyright: ignore[reportUnusedFunction]
        context: typer.Context,
        version: Annotated[  # noqa: ARG001
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")
        ] = False,
    ) -> None:
        from commands import config

        try:
            context.default_map = config.defaults(COMMANDS, commands)
        except XnerError as error:
            raise typer.Exit(_told("config", error)) from None

    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"xner {__version__}")
        raise typer.Exit


def _loaded(name: str) -> Callable[..., None]:
    from commands.option_groups import expanded

    return expanded(import_module(f"commands.{name.replace('-', '_')}").command)


def _listed(summary: str) -> Callable[..., None]:
    def command() -> None:
        """Stand in the list of commands."""

    command.__doc__ = summary
    return command


def _guarded(name: str, command: Callable[..., None]) -> Callable[..., None]:
    """The command with every failure told in one line: no traceback reaches a user."""

    @wraps(command)
    def guarded(**values: Any) -> None:
        from commands.output import OutputClosedError
        from commands.rejects import spare_others

        try:
            spare_others(values)
            command(**values)
        except OutputClosedError:
            pass
        except KeyboardInterrupt:
            _say(name, "interrupted", values)
            raise typer.Exit(130) from None
        except SystemExit:  # by a signal
            _say(name, "terminated", values)
            raise
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if values.get("debug"):
                raise
            raise typer.Exit(_told(name, error, values)) from None

    return guarded


def _told(name: str, error: Exception, values: dict[str, Any] | None = None) -> int:
    """Say an error on standard error; the exit code it asks for."""
    if isinstance(error, XnerError):
        _say(name, str(error), values)
        return 2 if isinstance(error, OptionError) else 1
    _say(name, f"unexpected {type(error).__name__}: {error} (--debug shows where)", values)
    return 1


def _say(name: str, message: str, values: dict[str, Any] | None) -> None:
    from commands.options import Manners
    from commands.talk import Talk

    Talk(name, Manners(log_json=bool((values or {}).get("log_json")))).error(message)
