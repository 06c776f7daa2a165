"""Entities as relations between words: the grid that a token-pair head learns, and reading it.

A cell (row, column) of a sentence's grid holds one relation: none, `neighbour` at (i, i+1) where an
entity goes on from word i to the next, and the entity's type at (last word, first word). So types
stand on the diagonal or below it, neighbours above, and no two ever share a cell (W2NER: "Unified
Named Entity Recognition as Word-Word Relation Classification", AAAI 2022). MCL-NER writes the type
at (first, last), where that of an entity of two words would cover its neighbour relation.

    Bank of New York      ORG [0, 4), LOC [2, 4)

               Bank  of  New  York
        Bank         n
        of                n
        New                     n
        York   ORG        LOC

Entities may be nested or cross; only two types of the very same words exclude each other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import pad

from xner.tag_schemes import Span

NONE, NEIGHBOUR, FIRST_TYPE = 0, 1, 2  # relations; the types follow, in their order
MANY = 1_000_000  # paths are counted up to here: among n words there can be 2^(n-2)


class Entity(NamedTuple):
    """`tokens[start:end]` is a `label`, as surely as `score` says: a probability."""

    start: int
    end: int
    label: str
    score: float

    @property
    def span(self) -> Span:
        """Without the score."""
        return Span(self.start, self.end, self.label)


@dataclass
class Reading:
    """What a head says of a sentence.

    Of a grid `gapped` counts paths from an entity's first word to its last that leave out a word
    between, each of which W2NER would call an entity, and `broken` types without any path. Neither
    can be written as tags, and self-training learns from neither. Of tags `repaired` counts those
    that the scheme forbids.
    """

    entities: list[Entity]
    gapped: int = 0
    broken: int = 0
    repaired: int = 0

    @property
    def whole(self) -> bool:
        """Whether all that was said is among the entities as it was said."""
        return not (self.gapped or self.broken or self.repaired)


def grid_of(spans: Iterable[Span], words: int, types: Sequence[str]) -> Int[Tensor, "word word"]:
    """The relations of a sentence's words; `types` names them from FIRST_TYPE on.

    Raises ValueError for a span that leaves the sentence, one of a type that is not known, and two
    types of the same words.
    """
    number = {label: FIRST_TYPE + place for place, label in enumerate(types)}
    grid = torch.full((words, words), NONE)
    for start, end, label in spans:
        if not 0 <= start < end <= words:
            raise ValueError(f"span [{start}, {end}) leaves the sentence of {words} words")
        if label not in number:
            raise ValueError(f"unknown type '{label}'; known: {', '.join(types)}")
        if grid[end - 1, start] not in (NONE, number[label]):
            raise ValueError(f"span [{start}, {end}) has two types, one of them '{label}'")
        inner = torch.arange(start, end - 1)
        grid[inner, inner + 1] = NEIGHBOUR
        grid[end - 1, start] = number[label]
    return grid


def cells_of(mask: Bool[Tensor, "batch word"]) -> Bool[Tensor, "batch word word"]:
    """Which cells are in the sentence, its padding left out."""
    return mask[:, :, None] & mask[:, None, :]


def entities_of(
    probs: Float[Tensor, "batch word word relation"],
    mask: Bool[Tensor, "batch word"],
    types: Sequence[str],
) -> list[Reading]:
    """What the most probable relations of each sentence say; entities by start, then by end.

    A type at (last, first) is an entity if every word from the first on is the neighbour of the
    next. Its score is the mean probability of those relations and the type. Where other paths lead
    there, over neighbours that are not next to each other, they are counted.
    """
    probs, mask = probs.cpu(), mask.cpu()
    best = probs.argmax(-1).masked_fill(~cells_of(mask), NONE)
    edges = (best == NEIGHBOUR).triu(1)
    typed = (best >= FIRST_TYPE).tril()
    sentence, last, first = cell = typed.nonzero().unbind(1)
    # sums up to each word, so that those between two words are a difference
    steps = edges.diagonal(1, 1, 2), probs[..., NEIGHBOUR].diagonal(1, 1, 2)
    linked, sure = (pad(step.double().cumsum(1), (1, 0)) for step in steps)
    inside, whole = (sums[sentence, last] - sums[sentence, first] for sums in (sure, linked))
    score = (inside + probs[(*cell, best[typed])]) / (last - first + 1)
    straight = whole == last - first
    # hardly any grid of a trained tagger has an edge that leaves a word out
    leaping = bool(edges.triu(2).any())
    routes = _paths(edges)[sentence, first, last].long() if leaping else straight.long()
    readings = [Reading([]) for _ in mask]
    columns = (sentence, first, last, best[typed], straight, score, routes)
    for at, start, end, relation, is_straight, own, ways in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        reading = readings[at]
        if is_straight:
            reading.entities.append(Entity(start, end + 1, types[int(relation) - FIRST_TYPE], own))
        reading.gapped += ways - is_straight
        reading.broken += ways == 0
    for reading in readings:
        reading.entities.sort()
    return readings


def flat(entities: Iterable[Entity]) -> list[Entity]:
    """Those that can stand side by side in one row of tags, in their order.

    Of entities that overlap the surer one stays, then the longer, then the earlier.
    """
    kept: list[Entity] = []
    for entity in sorted(entities, key=lambda e: (-e.score, e.start - e.end, e)):
        if all(entity.end <= other.start or other.end <= entity.start for other in kept):
            kept.append(entity)
    return sorted(kept)


def _paths(edges: Bool[Tensor, "batch word word"]) -> Float[Tensor, "batch word word"]:
    """How many paths lead from each word to each, MANY at most; edges only lead forward."""
    batch, words, _ = edges.shape
    steps = edges.double()
    paths = torch.eye(words, dtype=torch.float64).repeat(batch, 1, 1)
    for word in range(words - 2, -1, -1):
        onward = torch.einsum("bn,bnt->bt", steps[:, word], paths)
        paths[:, word] += onward.clamp(max=MANY)
    return paths
