"""Tables of names: a word of the command line -> the object it stands for, imported when used."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from xner.errors import OptionError


def load(name: str, table: Mapping[str, str], kind: str) -> Any:
    """The object that `table` names as "module:attribute"; so may `name` itself, for plug-ins.

    Raises OptionError for a name that is in neither, listing the ones that are.

    >>> load("collections:Counter", {}, "loss").__name__
    'Counter'
    """
    target = table.get(name, name if ":" in name else None)
    if target is None:
        raise OptionError(f"unknown {kind} '{name}'; known: {', '.join(table)}")
    module, _, attribute = target.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise OptionError(f"{kind} '{name}' cannot be loaded: {error}") from error


def split_options(spec: str) -> tuple[str, dict[str, str]]:
    """The head and the options of "head,key=value,key=value".

    >>> split_options("span-kl=0.5,divergence=js")
    ('span-kl=0.5', {'divergence': 'js'})
    """
    head, *parts = spec.split(",")
    options: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals:
            raise OptionError(f"'{part}' in '{spec}' is not of the form key=value")
        options[key.strip().replace("-", "_")] = value.strip()
    return head, options
