"""Translate sentences, carrying their entities over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from commands import plumbing, spool
from commands.option_groups import given
from commands.options import Compute, Manners, Reading, Writing
from commands.training_pairs import write_pairs
from commands.translation_summary import say_plan, say_summary
from commands.word_choice import equip
from xner import registry
from xner.errors import EngineError, OptionError
from xner.sentence import Sentence
from xner.translation import MODES
from xner.translation.engine import Engine, Settings, build
from xner.translation.mode import Dropped, Mode, Options, Tally
from xner.translation.training_pairs import PairOptions

if TYPE_CHECKING:
    from xner.translation.translator import Translator

Group = TypeVar("Group", Options, PairOptions)

# What a paper sets, and what its released code sets where the two differ. Sources: ConNER's figure
# 2 and translation script; CROP's sections 3.3 and 4.2, and its training data and parsing scripts;
# TransAdv's section 3.1, and UniTrans' word translation, which it and CoLaDa (section 4.1) use.
PRESETS: dict[str, dict[str, Any]] = {
    "conner": {"mode": "placeholder", "span_context": "isolated"},
    "conner-code": {"mode": "placeholder", "span_context": "sentence"},
    "crop": {
        **{"mode": "marker", "marker_style": "slot", "parse": "strict"},
        **{"max_slots": 10, "max_phrase": 16, "marked_share": "both", "whole_sentence": False},
    },
    "crop-code": {
        **{"mode": "marker", "marker_style": "slot", "parse": "lenient"},
        **{"max_slots": 14, "max_phrase": 16, "marked_share": "0.85", "whole_sentence": True},
    },
    "transadv": {"mode": "word", "copy_types": "PER", "case": "pattern"},
    "colada": {"mode": "word", "copy_types": "PER", "case": "pattern"},
}


@dataclass(frozen=True)
class Translating:
    """Which engine translates what into what, and what is kept."""

    engine: Annotated[
        str,
        typer.Option(
            metavar="NAME[:ARGUMENT]",
            help="opus, m2m100 or nllb, each also with :FOLDER or :HUB-NAME; ctranslate2:FOLDER, "
            "easynmt:NAME, apertium, lexicon:FILE, vectors:FILE,target=FILE, or command:'PROGRAM', "
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
    context: typer.Context,
    reading: Reading,
    writing: Writing,
    manners: Manners,
    compute: Compute,
    translating: Translating,
    options: Options,
    pairing: PairOptions,
    mode: Annotated[
        str, typer.Option(help=f"How spans are carried over: {', '.join(MODES)}.")
    ] = "placeholder",
    preset: Annotated[
        Literal["conner", "conner-code", "crop", "crop-code", "transadv", "colada"] | None,
        typer.Option(help="Values of a paper, or of its released code; flags win."),
    ] = None,
    make_training_pairs: Annotated[
        bool,
        typer.Option(
            "--make-training-pairs",
            help="Translate nothing: mark aligned phrases in bitext, to teach a translator.",
        ),
    ] = False,
    aligner: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC", help="What aligns the words of bitext; else its own alignment is used."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what would be sent; translate nothing.")
    ] = False,
) -> None:
    """Translate sentences, carrying their entities over.

    The translation is the new sentence, with tags and `alignment`; the old one becomes its
    `origin`. Maps one record to one, drops what comes back empty, and streams a window at a time.
    With --make-training-pairs a record of bitext becomes one or two, for a translator to learn of.
    """
    if preset:
        values, own = PRESETS[preset], given(context, rival="preset")
        mode = mode if "mode" in own else values.get("mode", mode)
        options = registry.with_values(options, values, own)
        pairing = registry.with_values(pairing, values, own)
    if make_training_pairs:
        _check_idle(context, dry_run)
        write_pairs(reading, writing, manners, compute, pairing, aligner)
        return
    if aligner:
        raise OptionError("--aligner is for --make-training-pairs; give that too")
    _check_heeded(context, mode)
    way: Mode = registry.load(mode, MODES, "mode")(translating.to_lang, options, Tally())
    output = None if dry_run else writing
    with plumbing.stream("translate-spans", reading, output, manners) as stream:
        sentences = _accepted(stream, way, translating)
        if dry_run:
            say_plan(stream.talk, way, sentences)
        else:
            _translate(stream, sentences, way, translating, compute, pairing.seed)


def _check_heeded(context: typer.Context, mode: str) -> None:
    """Flags that say nothing to this mode are a mistake; a configuration file may have them."""
    kinds: dict[str, type[Mode]] = {name: registry.load(name, MODES, "mode") for name in MODES}
    heeded = registry.load(mode, MODES, "mode").heeds
    for name in _on_command_line(context, (field.name for field in fields(Options))):
        if name not in heeded:
            flag = name.replace("_", "-")
            able = ", ".join(other for other, kind in kinds.items() if name in kind.heeds)
            raise OptionError(f"--{flag} is for --mode {able}, not '{mode}'")


def _on_command_line(context: typer.Context, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        source = context.get_parameter_source(name)
        if source and source.name == "COMMANDLINE":
            yield name


def _check_idle(context: typer.Context, dry_run: bool) -> None:
    """Options for translating make no training pairs, and are a mistake beside them."""
    if dry_run:
        raise OptionError("--dry-run counts what would be translated; leave it out here")
    own = (field.name for group in (Options, Translating) for field in fields(group))
    for name in _on_command_line(context, ("mode", *own)):
        flag = name.replace("_", "-")
        raise OptionError(f"--make-training-pairs translates nothing; leave out --{flag}")


def _translate(
    stream: plumbing.Stream,
    sentences: Iterator[Sentence],
    way: Mode,
    translating: Translating,
    compute: Compute,
    seed: int,
) -> None:
    """Window by window; no engine is made before there is something to translate."""
    from xner.translation.translator import translated

    first = next(sentences, None)
    if first is None:
        return
    translator = _translator(first.lang or "", translating, compute, way, stream.talk)
    equip(way, translator.engine, seed, compute)
    for window in _windows(chain([first], sentences), compute.window):
        way.prepare(window)
        outcomes = translated(window, way, translator)
        for sentence, outcome in zip(window, outcomes, strict=True):
            if isinstance(outcome, Dropped):
                stream.drop(sentence, outcome.reason)
            else:
                stream.write(outcome)
                if outcome.tags is not None:
                    stream.leave_out_nested(sentence)
    say_summary(stream.talk, way, translator)
    translator.close()


def _accepted(stream: plumbing.Stream, mode: Mode, translating: Translating) -> Iterator[Sentence]:
    """The sentences that can be translated; one that cannot stops the command or is dropped."""
    source = translating.from_lang
    for sentence in stream:
        sentence.lang = sentence.lang or source
        source = source or sentence.lang
        problem = _language_problem(sentence, source, translating.to_lang)
        problem = problem or mode.refusal(sentence)
        if problem:
            stream.refuse(sentence, problem)
        else:
            yield sentence


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
    source: str,
    translating: Translating,
    compute: Compute,
    way: Mode,
    talk: plumbing.Talk,
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
        nbest=way.wanted,
        words=way.words,
    )
    engine = _engine(source, translating, settings, talk)
    path = None if translating.no_cache else translating.cache or default_path()
    scope = f"{engine.identity} {source}>{translating.to_lang}"
    if way.wanted > 1:
        scope += f" {way.wanted} best"
    if way.words:
        scope += " words"
    return Translator(engine, Cache(path, scope))


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
