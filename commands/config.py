"""Options from xner.toml: one table per command, keys as on the command line, flags win.

[translate-spans]
engine = "lexicon:lexicon.en-de.tsv"     # paths are relative to this file
"""

import inspect
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, get_args

from commands.option_groups import flags
from xner.errors import OptionError

FILE = "xner.toml"
# options that name a file or a folder, alone or before a weight ("models/a=2") …
_FILES = {
    *("against", "agree-with", "alignments", "bank", "case-from", "chooser", "dev"),
    *("discriminators", "encoder", "fallback", "gold", "init", "inputs", "model", "origin"),
    *("source", "teacher"),
}
# … and those that name one behind a name or a key ("lexicon:words.tsv", "conner,origin=raw.txt")
_NAMES = {"aligner", "engine", "engine-fallback", "from", "gold-from", "match", "origin-from"}


def defaults(
    names: Collection[str], commands: Mapping[str, Callable[..., None]]
) -> dict[str, dict[str, Any]]:
    """Typer's `default_map` from the file that XNER_CONFIG names, else from ./xner.toml if there.

    Only the tables of `commands` are looked into. Raises OptionError for a file that is not TOML,
    a table that none of `names` is the command of, or an unknown key.
    """
    named = os.environ.get("XNER_CONFIG")
    path = Path(named or FILE)
    if not path.is_file():
        if named:
            raise OptionError(f"XNER_CONFIG names '{named}', which is not a file")
        return {}
    import tomllib

    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise OptionError(f"{path}: not valid TOML: {error}") from None
    found: dict[str, dict[str, Any]] = {}
    for name, table in tables.items():
        if name not in names or not isinstance(table, dict):
            known = ", ".join(f"[{command}]" for command in names)
            raise OptionError(f"{path}: unknown table or key '{name}'; known: {known}")
        if name in commands:
            found[name] = _options(f"{path}: [{name}]", table, flags(commands[name]), path.parent)
    return found


def _options(
    where: str, table: Mapping[str, Any], known: Mapping[str, inspect.Parameter], folder: Path
) -> dict[str, Any]:
    unknown = [key for key in table if key not in known]
    if unknown:
        raise OptionError(
            f"{where} has no option '{unknown[0]}'; known: {', '.join(sorted(known))}"
        )
    return {
        known[key].name: _value(f"{where} {key}", key, value, known[key], folder)
        for key, value in table.items()
    }


def _value(where: str, key: str, value: Any, parameter: inspect.Parameter, folder: Path) -> Any:
    """A value of the right kind, its paths made to lead there from here."""
    kind = str(get_args(parameter.annotation)[0])
    if isinstance(value, list):
        if "list[" not in kind:
            raise OptionError(f"{where} takes one value, not a list")
        return [_value(where, key, item, parameter, folder) for item in value]
    if "str" not in kind and "Path" not in kind:
        return value
    if type(value) not in (str, int, float):
        raise OptionError(f"{where} takes a text, not {value}")
    text = str(value)  # by-weight-bin = 10: a number that may have more behind it
    if key == "output" or "Path" in kind:
        return text if text == "-" else str(folder / text)
    return text if folder == Path() else _leading(key, text, folder)


def _leading(key: str, text: str, folder: Path) -> str:
    """What an option says, with the paths in it that exist beside the configuration."""
    first, *others = [text] if (folder / text).exists() else text.split(",")
    if key in _FILES:
        first = _located(first, folder)
    elif key in _NAMES:
        name, colon, argument = first.partition(":")
        first = f"{name}{colon}{_located(argument, folder)}"
        others = [_behind_key(other, folder) for other in others]
    return ",".join([first, *others])


def _located(text: str, folder: Path) -> str:
    """A path that exists beside the configuration made to lead there.

    What does not exist there is left as it is: a hub name, a standard input, a program.
    """
    path, equals, weight = text.partition("=")
    here = folder / path
    return f"{here}{equals}{weight}" if path and here.exists() else text


def _behind_key(option: str, folder: Path) -> str:
    key, equals, value = option.partition("=")
    return f"{key}{equals}{_located(value, folder)}"
