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
        known[key].name: _written(value, folder)
        if _is_path(known[key])
        else _located(value, folder)
        for key, value in table.items()
    }


def _is_path(parameter: inspect.Parameter) -> bool:
    return parameter.name == "output" or "Path" in str(get_args(parameter.annotation)[0])


def _written(value: Any, folder: Path) -> Any:
    return value if value == "-" or not isinstance(value, str) else str(folder / value)


def _located(value: Any, folder: Path) -> Any:
    """The value with paths that exist beside the configuration made to lead there.

    A path may stand alone ("models/en"), behind a name ("lexicon:words.tsv") or before a weight
    ("models/a=2"); what does not exist there is left as it is (a hub name, a file to be written).
    """
    if isinstance(value, list):
        return [_located(item, folder) for item in value]
    if not isinstance(value, str) or folder == Path():
        return value
    name, colon, argument = value.partition(":")
    head, text = (name + colon, argument) if colon else ("", value)
    path, equals, weight = text.partition("=")
    here = folder / path
    return f"{head}{here}{equals}{weight}" if path and here.exists() else value
