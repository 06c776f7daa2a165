"""Translate sentences, carrying their entities over."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands import plumbing, spool
from commands.options import Compute, Manners, OnError, Reading, Writing
from commands.translation_summary import say_plan, say_summary
from xner import registry
from xner.errors import EngineError, OptionError, XnerError
from xner.sentence import Sentence
from xner.translation import MODES
from xner.translation.engine import Engine, Settings, build
from xner.translation.mode import Dropped, Mode, Options, Tally

if TYPE_CHECKING:
    from xner.translation.translator import Translator

# Where a paper and its released code differ; the default is the paper.
PRESETS: dict[str, Literal["isolated", "sentence"]] = {
    "conner": "isolated",
    "conner-code": "sentence",
}


@dataclass(frozen=True)
class Translating:
    """Which engine translates what into what, and what is kept."""

    engine: Annotated[
        str,
        typer.Option(
            metavar="NAME[:ARGUMENT]",
            help="opus, opus:FOLDER, opus:HUB-NAME, apertium, lexicon:FILE or command:'PROGRAM', "
            "which must print a line for each it reads.",
        ),
    ] = "opus"
    engine_fallback: Annotated[
        str | None,
        typer.Option(metavar="NAME[:ARGUMENT]", help="Used if the engine cannot be had here."),
    ] = None
    from_lang: Annotated[
        str | None, typer.Option(metavar="TAG", help="Language of the input; else what it says.")
    ] = None
    to_lang: Annotated[str, typer.Option(metavar="TAG", help="Language to translate into.")] = "en"
    beams: Annotated[
        int | None, typer.Option(min=1, help="Width of the beam search; else the model's own.")
    ] = None
    cache: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where translations are kept; else in the user's cache."),
    ] = None
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Keep translations for this run only.")
    ] = False


def command(
    reading: Reading,
    writing: Writing,
    manners: Manners,
    compute: Compute,
    translating: Translating,
    mode: Annotated[
        str, typer.Option(help=f"How spans are carried over: {', '.join(MODES)}.")
    ] = "placeholder",
    preset: Annotated[
        Literal["conner", "conner-code"],
        typer.Option(help="Values of the paper, or of its released code: --span-context."),
    ] = "conner",
    span_context: Annotated[
        Literal["isolated", "sentence"] | None,
        typer.Option(help="Translate a span alone, or bracketed in its sentence; else --preset's."),
    ] = None,
    no_spans: Annotated[
        Literal["translate", "drop"], typer.Option(help="Sentences without entities.")
    ] = Options.no_spans,
    max_length_ratio: Annotated[
        float,
        typer.Option(help="Reject spans that grow or shrink more, in characters; at least 1."),
    ] = Options.max_length_ratio,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be sent; translate nothing.")
    ] = False,
) -> None:
    """Translate sentences, carrying their entities over.

    The translation is the new sentence, with tags and `alignment`; the old one becomes its
    `origin`. Maps one record to one, drops what comes back empty, and streams a window at a time.
    """
    if not max_length_ratio >= 1:  # nor is nan
        raise OptionError(f"--max-length-ratio '{max_length_ratio:g}' is not at least 1; give 12")
    options = Options(span_context or PRESETS[preset], no_spans, max_length_ratio)
    way: Mode = registry.load(mode, MODES, "mode")(translating.to_lang, options, Tally())
    output = None if dry_run else writing
    with plumbing.stream("translate-spans", reading, output, manners) as stream:
        sentences = _accepted(stream, way, translating)
        if dry_run:
            say_plan(stream.talk, way, sentences)
        else:
            _translate(stream, sentences, way, translating, compute)


def _translate(
    stream: plumbing.Stream,
    sentences: Iterator[Sentence],
    way: Mode,
    translating: Translating,
    compute: Compute,
) -> None:
    """Window by window; no engine is made before there is something to translate."""
    from xner.translation.translator import translated

    first = next(sentences, None)
    if first is None:
        return
    translator = _translator(first.lang or "", translating, compute, stream.talk)
    for window in _windows(chain([first], sentences), compute.window):
        outcomes = translated(window, way, translator)
        for sentence, outcome in zip(window, outcomes, strict=True):
            if isinstance(outcome, Dropped):
                stream.drop(sentence, outcome.reason)
            else:
                stream.write(outcome)
    say_summary(stream.talk, way.tally, translator)
    translator.close()


def _accepted(stream: plumbing.Stream, mode: Mode, translating: Translating) -> Iterator[Sentence]:
    """The sentences that can be translated; one that cannot stops the command or is dropped."""
    source = translating.from_lang
    for sentence in stream:
        sentence.lang = sentence.lang or source
        source = source or sentence.lang
        problem = _language_problem(sentence, source, translating.to_lang)
        problem = problem or mode.refusal(sentence)
        if not problem:
            yield sentence
        elif stream.reading.on_error is OnError.fail:
            raise XnerError(f"sentence '{sentence.id}': {problem}")
        else:
            stream.drop(sentence, problem)


def _language_problem(sentence: Sentence, source: str | None, target: str) -> str | None:
    if source is None:
        return "it does not say its language; give --from-lang"
    if _primary(sentence.lang) != _primary(source):
        return (
            f"its language is '{sentence.lang}', not '{source}'; translate one language at a time, "
            "and name it with --from-lang"
        )
    if source.lower() == target.lower():
        return f"it is in '{source}' already; give another --to-lang"
    return None


def _primary(lang: str | None) -> str:
    return (lang or "").split("-")[0].lower()


def _translator(
    source: str, translating: Translating, compute: Compute, talk: plumbing.Talk
) -> "Translator":
    from xner.translation.cache import Cache, default_path
    from xner.translation.translator import Translator

    settings = Settings(
        device=compute.device,
        batch_tokens=compute.batch_tokens,
        beams=translating.beams,
        offline=compute.offline,
        gpu_lock=compute.gpu_lock,
        while_waiting=spool.start,
    )
    engine = _engine(source, translating, settings, talk)
    path = None if translating.no_cache else translating.cache or default_path()
    return Translator(engine, Cache(path, f"{engine.identity} {source}>{translating.to_lang}"))


def _engine(
    source: str, translating: Translating, settings: Settings, talk: plumbing.Talk
) -> Engine:
    """The engine asked for, or, where it is not at hand, the one to fall back on."""
    try:
        return build(translating.engine, source, translating.to_lang, settings)
    except EngineError as error:
        if translating.engine_fallback is None:
            raise
        talk.warn(f"{error}; using '{translating.engine_fallback}' instead")
    return build(translating.engine_fallback, source, translating.to_lang, settings)


def _windows(sentences: Iterator[Sentence], size: int) -> Iterator[list[Sentence]]:
    while window := list(islice(sentences, size)):
        yield window
