"""Options as dataclasses: a parameter typed with one is spelled out into a flag for each field.

    def command(reading: Reading, model: Annotated[str, "a model folder"] = "models/en"): ...

becomes `xner weak-tag [INPUT]... --from FORMAT ... --model TEXT`. So options that several commands
share are declared once, and a default of the core is quoted by naming the core's own dataclass.
A plain string in `Annotated` is the help text.
"""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer


def expanded(command: Callable[..., None]) -> Callable[..., None]:
    """The same command with every dataclass parameter replaced by one parameter per field."""
    hints = get_type_hints(command, include_extras=True)
    hints.pop("return", None)
    groups: dict[str, tuple[type, list[str]]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        hint = hints[name]
        if not is_dataclass(hint):
            parameters.append(_parameter(name, hint, parameter.default))
            continue
        assert isinstance(hint, type)
        own = _fields(hint)
        groups[name] = (hint, [field.name for field in own])
        parameters.extend(own)

    def spelled_out(**values: Any) -> None:
        arguments = {
            name: group(**{field: values.pop(field) for field in own})
            for name, (group, own) in groups.items()
        }
        command(**arguments, **values)

    # typer reads the signature; the order puts what has no default first, as Python demands
    parameters.sort(key=lambda p: p.default is not inspect.Parameter.empty)
    spelled_out.__signature__ = inspect.Signature(parameters)  # pyright: ignore
    spelled_out.__annotations__ = {p.name: p.annotation for p in parameters}
    spelled_out.__doc__ = inspect.cleandoc(command.__doc__ or "")
    spelled_out.__module__ = command.__module__
    return spelled_out


def flags(command: Callable[..., None]) -> dict[str, inspect.Parameter]:
    """The parameters of an expanded command by the name a user types, without dashes."""
    named: dict[str, inspect.Parameter] = {}
    for parameter in inspect.signature(command).parameters.values():
        notes = get_args(parameter.annotation)[1:]
        if not notes:
            continue  # typer's own context
        info = notes[0]
        # within Annotated, typer takes the first flag for the default until it builds the command
        declared = (info.default, *(info.param_decls or ()))
        long = [flag for flag in declared if isinstance(flag, str) and flag.startswith("--")]
        spelled = long[0].split("/")[0].lstrip("-") if long else parameter.name.replace("_", "-")
        named[spelled] = parameter
    return named


def given(context: typer.Context, rival: str | None = None) -> set[str]:
    """The parameters set with at least the force that `rival` is set with, or set at all.

    A flag has more force than the configuration file, and that more than a default: a preset named
    on the command line overrules the file, one named in the file does not.
    """
    force = {"DEFAULT": 0, "DEFAULT_MAP": 1}
    sources = {name: context.get_parameter_source(name) for name in context.params}
    forces = {name: force.get(s.name, 2) if s else 0 for name, s in sources.items()}
    return {name for name, own in forces.items() if own >= max(forces[rival] if rival else 0, 1)}


def _fields(group: type) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    parameters: list[inspect.Parameter] = []
    for field in fields(group):
        default = field.default
        if field.default_factory is not MISSING:
            default = field.default_factory()
        if default is MISSING:
            default = inspect.Parameter.empty
        if isinstance(default, tuple):
            default = list(default)
        parameters.append(_parameter(field.name, hints[field.name], default))
    return parameters


def _parameter(name: str, hint: Any, default: Any) -> inspect.Parameter:
    if get_origin(hint) is Annotated:
        base, *notes = get_args(hint)
        notes = [typer.Option(help=note) if isinstance(note, str) else note for note in notes]
        if get_origin(base) is tuple:  # `tuple[str, ...]`, for frozen dataclasses
            base = list[get_args(base)[0]]
        hint = Annotated[base, *notes]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
