"""The list of commands, and where errors become messages and exit codes."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Annotated, Any

import typer

from commands import config
from commands.option_groups import expanded
from commands.options import Manners
from commands.plumbing import OutputClosedError, Talk
from xner import __version__
from xner.errors import OptionError, XnerError

COMMANDS = ("weak-tag", "translate-spans", "train", "evaluate", "convert")


def main() -> None:
    """Run `xner` with the arguments of the process."""
    build_app()()


def build_app() -> typer.Typer:
    """The Typer application: one command per name in COMMANDS."""
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
    for name in COMMANDS:
        module = import_module(f"commands.{name.replace('-', '_')}")
        commands[name] = expanded(module.command)
        app.command(name)(_guarded(name, commands[name]))

    @app.callback()
    def configure(  # pyright: ignore[reportUnusedFunction]
        context: typer.Context,
        version: Annotated[  # noqa: ARG001
            bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which.")
        ] = False,
    ) -> None:
        try:
            context.default_map = config.defaults(commands)
        except XnerError as error:
            raise typer.Exit(_told("config", error)) from None

    return app


def _version(wanted: bool) -> None:
    if wanted:
        print(f"xner {__version__}")
        raise typer.Exit


def _guarded(name: str, command: Callable[..., None]) -> Callable[..., None]:
    """The command with every failure told in one line: no traceback reaches a user."""

    @wraps(command)
    def guarded(**values: Any) -> None:
        try:
            command(**values)
        except OutputClosedError:
            # the interpreter flushes stdout once more when it ends; give it somewhere to
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except (typer.Exit, typer.Abort, typer.BadParameter):
            raise
        except Exception as error:
            if values.get("debug"):
                raise
            raise typer.Exit(_told(name, error, values)) from None

    return guarded


def _told(name: str, error: Exception, values: dict[str, Any] | None = None) -> int:
    """Say an error on standard error; the exit code it asks for."""
    talk = Talk(name, Manners(log_json=bool((values or {}).get("log_json"))))
    if isinstance(error, XnerError):
        talk.error(str(error))
        return 2 if isinstance(error, OptionError) else 1
    talk.error(f"unexpected {type(error).__name__}: {error} (--debug shows where)")
    return 1
