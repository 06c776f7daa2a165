"""Several streams' labels of one sentence made into one, and how far they agree word by word.

A stream has a weight; a word's vote in it is that weight times the word's own weight, if the
record has `weights`: what a stream does not know (weight 0) it does not vote on.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from xner.distributions import best_tags, mean_distributions
from xner.errors import XnerError
from xner.sentence import Sentence
from xner.tag_schemes import Span, tags_of

By = Literal["agreement", "vote", "probs", "first", "union"]
Reliability = Literal["share", "sure", "none"]

_NEARLY = 1e-9  # sums of shares are this exact


class View(NamedTuple):
    """What one stream says of a sentence, how much the stream weighs, and what it is called."""

    sentence: Sentence
    weight: float = 1.0
    name: str | None = None


class Fused(NamedTuple):
    """The sentence with its new labels, and how far the streams agree on its entities.

    `agreement` is the mean, over the words that any stream has in an entity, of the share of votes
    for the tag that was written; 1 where there is none. `differing` counts the words on which not
    all agree.
    """

    sentence: Sentence
    agreement: float
    differing: int


def fused(views: Sequence[View], by: By = "agreement", weights: Reliability = "share") -> Fused:
    """The first view's sentence with the labels that all views come to; their words are the same.

    `by` says how:

    agreement   the entities that every stream has
    vote        those that have more than half of the votes; at half, the first stream decides
    probs       the mean distribution's most probable well-formed tags; without `probs`, a stream is
                sure of its tags
    first       the first stream's, and of each next those that overlap none yet
    union       all; of those that overlap the one with more votes, then the longer, then the first

    Words on which streams differ get `weights`: the `share` of votes for the written tag, or 0
    (`sure`: 1 is for words that all agree on), or `none`. A word that no view knows has weight 0 in
    any case.

    Raises XnerError for a view without tags, or whose distributions cannot be read.

    >>> views = [View(Sentence(id="a", tokens=["Bern", "ruht"], tags=tags))
    ...          for tags in (["B-LOC", "O"], ["B-LOC", "O"], ["O", "B-PER"])]
    >>> made = fused(views, by="vote").sentence
    >>> made.tags, made.weights
    (['B-LOC', 'O'], [0.66667, 0.66667])
    """
    votes = [_votes(view) for view in views]
    sentence = replace(views[0].sentence, labels=None, probs=None, weights=None)
    if by == "probs":
        opinions = [view.sentence for view in views]
        sentence.labels, rows = mean_distributions(opinions, votes)
        sentence.probs = [[round(probability, 5) for probability in row] for row in rows]
        sentence.tags = best_tags(sentence.labels, rows)
    else:
        sentence.tags = tags_of(_CHOICES[by](views, votes), len(sentence.tokens))
    assert sentence.tags is not None
    shares = [_share(views, votes, place, tag) for place, tag in enumerate(sentence.tags)]
    differing = sum(share < 1 - _NEARLY for share in shares)
    if differing:
        known = [any(own) for own in zip(*votes, strict=True)]
        sentence.weights = _weights(shares, known, weights)
    inside = {
        place for view in views for s in view.sentence.spans for place in range(s.start, s.end)
    }
    agreement = math.fsum(shares[place] for place in inside) / len(inside) if inside else 1.0
    return Fused(sentence, agreement, differing)


def _votes(view: View) -> list[float]:
    """The vote of each word."""
    sentence = view.sentence
    if sentence.tags is None:
        raise XnerError(
            f"sentence '{sentence.id}' was not tagged: run xner weak-tag", source=view.name
        )
    return [view.weight * own for own in sentence.weights or [1.0] * len(sentence.tokens)]


def _share(views: Sequence[View], votes: Sequence[Sequence[float]], place: int, tag: str) -> float:
    """How much of the streams that know a word is for a tag; 0 where none knows it.

    A stream that half knows the word and is for the tag counts half.
    """
    whole = math.fsum(view.weight for view, own in zip(views, votes, strict=True) if own[place])
    agreeing = math.fsum(
        own[place]
        for view, own in zip(views, votes, strict=True)
        if (view.sentence.tags or [])[place] == tag
    )
    return agreeing / whole if whole else 0.0


def _weights(
    shares: Sequence[float], known: Sequence[bool], kind: Reliability
) -> list[float] | None:
    """What the words are worth; None where that is 1 for all."""
    if kind == "share":
        return [round(min(share, 1.0), 5) for share in shares]
    if kind == "sure":
        return [float(share >= 1 - _NEARLY) for share in shares]
    return None if all(known) else [*map(float, known)]


class _Ballot(NamedTuple):
    """A span, who has it, and what part of the votes on its words that is."""

    span: Span
    streams: frozenset[int]
    share: float
    voters: frozenset[int]  # streams that know its words


def _ballots(views: Sequence[View], votes: Sequence[Sequence[float]]) -> list[_Ballot]:
    """Every span that a stream has and knows; a stream's vote on a span is that of its least
    certain word."""
    owned = [frozenset(view.sentence.spans) for view in views]
    spans = sorted(frozenset().union(*owned))
    ballots: list[_Ballot] = []
    for span in spans:
        vote = [min(own[span.start : span.end]) for own in votes]
        voters = frozenset(number for number, own in enumerate(vote) if own)
        having = frozenset(n for n in voters if span in owned[n])
        if having:
            share = math.fsum(vote[n] for n in having) / math.fsum(vote)
            ballots.append(_Ballot(span, having, share, voters))
    return ballots


def _agreed(views: Sequence[View], votes: Sequence[Sequence[float]]) -> list[Span]:
    return _disjoint([b for b in _ballots(views, votes) if b.streams == b.voters])


def _voted(views: Sequence[View], votes: Sequence[Sequence[float]]) -> list[Span]:
    def wins(ballot: _Ballot) -> bool:
        if abs(ballot.share - 0.5) <= _NEARLY:
            return min(ballot.voters) in ballot.streams
        return ballot.share > 0.5

    winners = [ballot for ballot in _ballots(views, votes) if wins(ballot)]
    return _disjoint(sorted(winners, key=lambda b: (-round(b.share, 9), min(b.streams))))


def _prior(views: Sequence[View], votes: Sequence[Sequence[float]]) -> list[Span]:
    ballots = _ballots(views, votes)
    return _disjoint(sorted(ballots, key=lambda b: min(b.streams)))


def _any(views: Sequence[View], votes: Sequence[Sequence[float]]) -> list[Span]:
    def rank(ballot: _Ballot) -> tuple[float, int, int]:
        start, end, _ = ballot.span
        return -round(ballot.share, 9), start - end, min(ballot.streams)

    return _disjoint(sorted(_ballots(views, votes), key=rank))


def _disjoint(ballots: Sequence[_Ballot]) -> list[Span]:
    """The spans one after another, without those that overlap an earlier one."""
    taken: set[int] = set()
    spans: list[Span] = []
    for (start, end, label), *_ in ballots:
        if taken.isdisjoint(range(start, end)):
            taken.update(range(start, end))
            spans.append(Span(start, end, label))
    return spans


_CHOICES: dict[str, Callable[[Sequence[View], Sequence[Sequence[float]]], list[Span]]] = {
    "agreement": _agreed,
    "vote": _voted,
    "first": _prior,
    "union": _any,
}
