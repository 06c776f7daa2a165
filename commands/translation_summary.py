"""What `translate-spans` says on standard error: what it would send, and what became of it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from commands.talk import Talk
from xner.sentence import Sentence
from xner.translation.mode import Mode, Tally
from xner.translation.units import Units

if TYPE_CHECKING:
    from xner.translation.translator import Translator


def say_plan(talk: Talk, mode: Mode, sentences: Iterable[Sentence]) -> None:
    """Count what would be sent, without an engine and without what is cached."""
    records = spans = texts = characters = 0
    seen: set[int] = set()  # of the texts only their hashes, to count millions
    for sentence in sentences:
        records += 1
        spans += len(sentence.spans)
        for text in next(mode.talk(sentence), []):
            texts += 1
            if hash(text) not in seen:
                seen.add(hash(text))
                characters += len(text)
    talk.info(
        f"dry run: {records:,} sentences with {spans:,} spans would ask for {texts:,} texts; to "
        f"send, but for what is cached: {len(seen):,} distinct ones of {characters:,} characters",
        sentences=records,
        spans=spans,
        texts=texts,
        distinct=len(seen),
        characters=characters,
    )


def say_summary(talk: Talk, mode: Mode, translator: "Translator") -> None:
    """Say what became of the spans or units, and how many texts went which way."""
    tally = mode.tally
    if isinstance(mode, Units):
        _say_units(talk, mode)
    if tally.spans:
        rates = _rates(tally)
        lost = ", ".join(f"{reason} {number:,}" for reason, number in tally.lost.most_common())
        talk.info(
            f"{tally.spans:,} spans sent, {tally.survived:,} survived "
            f"({rates['survival']:.1%}); of these {rates['crossing']:.1%} crossed another, "
            f"{rates['copy']:.1%} came back unchanged, mean length ratio "
            f"{rates['length_ratio']:.2f}; repaired {tally.repaired:,}"
            + (f", out of context {tally.out_of_context:,}" if tally.out_of_context else "")
            + (f", a later translation taken {tally.later:,}" if tally.later else "")
            + f"; lost {tally.lost.total():,}"
            + (f" ({lost})" if lost else ""),
            spans=tally.spans,
            survived=tally.survived,
            repaired=tally.repaired,
            out_of_context=tally.out_of_context,
            later=tally.later,
            lost=dict(tally.lost),
            rates=rates,
        )
    counts = translator.counts
    engine = {what: number for what, number in translator.engine.counts.items() if number}
    talk.info(
        f"{counts['wanted']:,} texts wanted: {counts['repeated']:,} repeated, {counts['cached']:,} "
        f"from the cache, {counts['without letters']:,} without letters, {counts['sent']:,} sent "
        f"({counts['characters sent']:,} characters) to "
        f"{translator.engine.name}" + "".join(f"; {what} {n:,}" for what, n in engine.items()),
        translation=dict(counts),
        engine=translator.engine.name,
        engine_counts=engine,
    )


def _say_units(talk: Talk, mode: Units) -> None:
    """What became of words and phrases.

    Coverage is the share that has a translation of what was sent. Only a word list tells a word
    that is the same in both languages from one that it does not know.
    """
    found = mode.tally.units
    sent = found["all"] - found["without letters"] - found["copied by type"]
    known = found["translated"] + found["identical"]
    figures = {name: found[name] for name in ("translated", "of several words")}
    if mode.word_list:
        figures |= {"identical": found["identical"], "not known": sent - known}
    else:
        figures |= {"unchanged": sent - found["translated"]}
    figures |= {name: found[name] for name in ("copied by type", "without letters")}
    coverage = known / max(1, sent) if mode.word_list else None
    (_, translated), (_, several), *rest = figures.items()
    talk.info(
        f"{found['all']:,} {mode.noun}: {translated:,} translated ({several:,} by several words), "
        + ", ".join(f"{number:,} {name}" for name, number in rest)
        + (f"; coverage {coverage:.1%}" if coverage is not None else ""),
        units=mode.noun,
        figures=figures | {"all": found["all"]},
        coverage=coverage,
    )


def _rates(tally: Tally) -> dict[str, float]:
    survived = max(1, tally.survived)
    return {
        "survival": tally.survived / tally.spans,
        "crossing": tally.crossed / survived,
        "copy": tally.copied / survived,
        "length_ratio": tally.ratios / survived,
    }
