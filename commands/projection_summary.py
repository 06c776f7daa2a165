"""What `project-labels` says on standard error: what became of the entities."""

from commands.plumbing import Stream
from xner.projection.carrier import Tally


def say_summary(stream: Stream, tally: Tally, match: str) -> None:
    """Say how many entities were found, how well, and how many sentences are left."""
    missing = tally.entities - tally.found - tally.lost - tally.untried - tally.unwanted
    mean = tally.scores / max(1, tally.found)
    share = stream.written / max(1, stream.read)
    later = sum(number for which, number in tally.hypotheses.items() if which)
    parts = [
        f"{tally.entities:,} entities",
        f"{tally.found:,} found by {match}, mean score {mean:.2f}",
        f"{missing:,} not found",
        f"{tally.lost:,} lost in translation",
    ]
    if tally.untried:
        parts.append(f"{tally.untried:,} beside lost ones")
    if tally.unwanted:
        parts.append(f"{tally.unwanted:,} in sentences filtered out before")
    extra = {
        "in a later hypothesis": later,
        "in part": tally.partial,
        "by the second tagger": tally.fallback,
    }
    notes = ", ".join(f"{number:,} {what}" for what, number in extra.items() if number)
    stream.talk.info(
        f"{', '.join(parts)}; {share:.1%} of the sentences written"
        + (f", of those projected {notes}" if notes else ""),
        entities=tally.entities,
        found=tally.found,
        not_found=missing,
        lost=tally.lost,
        untried=tally.untried,
        unwanted=tally.unwanted,
        mean_score=mean,
        sentences={"yield": share, "partial": tally.partial, "fallback": tally.fallback},
        hypotheses={str(which): number for which, number in sorted(tally.hypotheses.items())},
        match=match,
    )
