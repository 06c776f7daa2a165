"""Files of sentences: any format in, any format out; what lies between is `xner.sentence.Sentence`.

    for sentence in read("train.conll.gz", lang="de"): ...

A format is one module with `read(source, **options)` and `writer(**options)`; its options are
their keyword arguments, and one line in FORMATS makes it known to every command.
"""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from io_formats import compression
from io_formats.compression import create
from io_formats.streams import Manner, Source, check, stem_of
from xner.errors import FormatError, OptionError
from xner.registry import split_options
from xner.sentence import Sentence

__all__ = [
    "FORMATS",
    "SUFFIXES",
    "Manner",
    "check",
    "create",
    "form_of_suffix",
    "read",
    "stem_of",
    "writer",
]

FORMATS = {
    "jsonl": "io_formats.jsonl",
    "conll": "io_formats.conll",
    "conllu": "io_formats.conllu",
    "conner": "io_formats.conner",
    "conlleval": "io_formats.conlleval",
    "text": "io_formats.text",
    "pharaoh": "io_formats.pharaoh",
}

SUFFIXES = {
    ".jsonl": "jsonl",
    ".json": "jsonl",
    ".conll": "conll",
    ".tsv": "conll,fallback=tab",
    ".bio": "conll",
    ".iob2": "conllu",
    ".conllu": "conllu",
    ".txt": "text",
}


def read(path: str, *, form: str | None = None, **manner: Any) -> Iterator[Sentence]:
    """The sentences of a file, `-` being standard input; the keywords are those of Manner.

    `form` is a format with its options, as in "conll,tag=2", or None to tell it from the first
    bytes. Raises XnerError for a file that cannot be opened; FormatError for what cannot be read,
    unless `problem` does otherwise; UpstreamError where a failed command says so in the stream.
    """
    source = Source(path, Manner(**manner))
    try:
        if not source.head().strip():
            source.manner.note(f"'{source.name}' is empty")
        if form is None:
            from io_formats.detection import form_of

            form = form_of(source)
        module, options = _format(form)
        yield from _bound(module, "read", options, form)(source, **options)
    except FormatError as error:
        error.source = error.source or source.name
        raise


def writer(form: str) -> Callable[[Sentence], str | bytes]:
    """A function that gives the text of a sentence in a format, such as "conll,scheme=bioes".

    Use one writer for the whole of a file. Raises OptionError for a format that is only read.
    """
    module, options = _format(form)
    return _bound(module, "writer", options, form)(**options)


def form_of_suffix(path: Path) -> str:
    """The format that a file's name asks for, its compression left aside.

    >>> form_of_suffix(Path("de.train.conll.gz"))
    'conll'
    """
    suffix = (path.with_suffix("") if path.suffix in compression.SUFFIXES else path).suffix
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise OptionError(f"'{path.name}' does not say its format; end it in {known}, or give --to")
    return SUFFIXES[suffix]


def _format(form: str) -> tuple[ModuleType, dict[str, str]]:
    name, options = split_options(form)
    if name not in FORMATS:
        raise OptionError(f"unknown format '{name}'; known: {', '.join(FORMATS)}")
    return import_module(FORMATS[name]), options


def _bound(module: ModuleType, role: str, options: dict[str, str], form: str) -> Callable[..., Any]:
    """The module's `read` or `writer`, once it is sure to take these options."""
    name = form.split(",")[0]
    function = getattr(module, role, None)
    if function is None:
        raise OptionError(f"format '{name}' can be read but not written; write conll or jsonl")
    parameters = inspect.signature(function).parameters.values()
    known = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    for option in options:
        if option not in known:
            choice = f"known: {', '.join(known)}" if known else "it has none"
            raise OptionError(f"format '{name}' has no option '{option}'; {choice}")
    return function
