"""Tables of names: a word of the command line -> the object it stands for, imported when used."""

import inspect
import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from xner.errors import OptionError

Name = TypeVar("Name", bound=str)
Group = TypeVar("Group")


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
        raise OptionError(
            f"{kind} '{name}' cannot be loaded: {error}; known: {', '.join(table)}"
        ) from error


def one_of(what: str, key: str, value: str, known: Sequence[Name]) -> Name:
    """The value of an option of `what`; OptionError if it is none of those known.

    >>> one_of("span-kl", "divergence", "js", ["bi", "js"])
    'js'
    """
    for name in known:
        if name == value:
            return name
    raise OptionError(f"{what}: {key} '{value}' is none of {', '.join(known)}")


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


def arguments(
    what: str,
    made_by: Callable[..., object],
    options: Mapping[str, str],
    unsaid: Set[str] = frozenset(),
) -> dict[str, Any]:
    """Options as the keyword arguments that they set, numbers where the defaults are numbers.

    Keywords that are `unsaid` are set in another way. Raises OptionError for an option that there
    is no keyword for, or that is not a number but should be.

    >>> def tag(sentence, beam=4, rate=0.1, mode="fast"): ...
    >>> arguments("tag", tag, {"beam": "2", "mode": "slow"})
    {'beam': 2, 'mode': 'slow'}
    """
    parameters = inspect.signature(made_by).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    values: dict[str, Any] = {}
    for key, text in options.items():
        if key not in defaults:
            keys = ", ".join(name for name in defaults if name not in unsaid) or "none"
            raise OptionError(f"{what} has no option '{key}'; it has {keys}")
        default = defaults[key]
        try:
            values[key] = _as(default, text)
        except ValueError:
            number = "a whole number" if isinstance(default, int) else "a number"
            raise OptionError(f"{what}: {key} '{text}' is not {number}") from None
    return values


def _as(default: object, text: str) -> int | float | str:
    if isinstance(default, int):
        return int(text)
    return float(text) if isinstance(default, float) else text


def split_weight(spec: str) -> tuple[str, float]:
    """A file or folder and its weight, 1 if none is given, from "PATH=WEIGHT".

    >>> split_weight("models/a=2"), split_weight("-")
    (('models/a', 2.0), ('-', 1.0))
    """
    path, equals, number = spec.rpartition("=")
    if not equals or Path(spec).exists():
        return spec, 1.0
    try:
        weight = float(number)
    except ValueError:
        return spec, 1.0  # a path may hold an equals sign
    if not (math.isfinite(weight) and weight > 0):
        raise OptionError(f"'{spec}': the weight must be above 0 and finite")
    return path, weight


def with_values(options: Group, values: Mapping[str, Any], given: Set[str]) -> Group:
    """Options (a dataclass) with those of a preset's values that are theirs and not `given`."""
    own = {field.name for field in fields(options)} & values.keys()  # type: ignore[arg-type]
    return replace(options, **{name: values[name] for name in own - given})  # type: ignore[type-var]
