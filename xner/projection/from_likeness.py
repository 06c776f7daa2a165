"""Entities found where the sentence says something like them."""

from collections.abc import Iterator, KeysView, Sequence
from itertools import accumulate

from xner.errors import OptionError
from xner.projection.edges import is_punctuation
from xner.projection.from_match import Matcher
from xner.projection.likeness import likeness, ngrams, plain, unaccented
from xner.projection.projector import Candidate

_MOST_PLACES = 8  # of one entity; chosen() has no use for more that are worse
_SPARE = 6  # characters that clitics may add or take, whatever the entity's length


class Fuzzy(Matcher):
    """Every unbroken stretch of comparable length that is like the entity (`likeness`).

    `min_score` is the least likeness. Inflection, clitics, accents, case, hyphens and a misspelt
    letter are forgiven; other words in between are not. The default was chosen on capitalised words
    of raw Spanish and German news, spoilt at random, without looking at any labels.
    """

    def __init__(self, min_score: float = 0.65):
        if not 0 < min_score <= 1:
            raise OptionError(f"--match fuzzy: min-score '{min_score:g}' is not above 0, to 1")
        self.min_score = min_score

    def places(self, entity: Sequence[str], tokens: Sequence[str]) -> list[Candidate]:
        """The stretches most like the entity; their score is their likeness.

        >>> [place] = Fuzzy().places(["Peter"], "Wo sind Peters Schuhe ?".split())
        >>> place.start, place.end
        (2, 3)
        """
        found = [
            Candidate(start, end, score)
            for start, end in self._stretches(entity, tokens)
            if (score := likeness(entity, tokens[start:end])) >= self.min_score
        ]
        return sorted(found, key=lambda place: (-place.score, place.start))[:_MOST_PLACES]

    def _stretches(self, entity: Sequence[str], tokens: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Stretches of comparable length that begin and end with something of the entity.

        Dice's coefficient of `a` and `b` n-grams is at most `2 * min(a, b) / (a + b)`.
        """
        size = len(plain(entity))
        ratio = self.min_score / (2 - self.min_score)
        least, most = size * ratio - _SPARE, size / ratio + _SPARE
        edges = [place for place, token in enumerate(tokens) if akin(token, entity)]
        ends = list(accumulate(map(len, tokens), initial=0))
        for number, start in enumerate(edges):
            for later in range(number, len(edges)):
                last = edges[later]
                length = ends[last + 1] - ends[start]
                if length > most:
                    break
                if length >= least:
                    yield start, last + 1


def akin(token: str, entity: Sequence[str]) -> bool:
    """Whether a token has anything of an entity, so that it can be its first or last word."""
    if token in entity:
        return True
    return not is_punctuation(token) and not _grams([token]).isdisjoint(_grams(entity))


def _grams(words: Sequence[str]) -> KeysView[str]:
    return ngrams(unaccented(plain(words))).keys()
