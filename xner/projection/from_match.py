"""Entities found by their words: one after the other (`strict`), or most of them (`loose`)."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from xner.errors import OptionError
from xner.projection.projector import Candidate, Projector, Transfer


class Matcher(Projector):
    """Looks for an entity's words in the other sentence, whatever else that sentence says."""

    def candidates(self, transfers: Sequence[Transfer]) -> Iterator[list[list[Candidate]]]:
        """The places of each entity, as `places` finds them."""
        for transfer in transfers:
            words, tokens = transfer.source.tokens, transfer.target.tokens
            yield [self.places(words[start:end], tokens) for start, end, _ in transfer.source.spans]

    @abstractmethod
    def places(self, entity: Sequence[str], tokens: Sequence[str]) -> list[Candidate]:
        """Where the words of an entity stand among the tokens."""


class Strict(Matcher):
    """Wherever the words stand one after the other, letter by letter.

    CROP section 3.4: "string matching word by word".
    """

    def places(self, entity: Sequence[str], tokens: Sequence[str]) -> list[Candidate]:
        """Every occurrence, each with score 1.

        >>> [tuple(place) for place in Strict().places(["New", "York"], "in New York".split())]
        [(1, 3, 1.0)]
        """
        words, length = list(entity), len(entity)
        return [
            Candidate(start, start + length, 1.0)
            for start in range(len(tokens) - length + 1)
            if list(tokens[start : start + length]) == words
        ]


class Loose(Matcher):
    """From the leftmost to the rightmost of the words that stand in the sentence exactly once.

    CROP's released rule: enough of the words (`min_overlap`) must do so, of an entity that is not
    too long (`max_words`). It counts words and does not look at what lies between them. With
    `guard` the stretch may be no longer than the entity; without, it is the released behaviour,
    which paints `Angela aus Hamburg und Merkel` as one person.
    """

    def __init__(self, min_overlap: float = 0.8, max_words: int = 6, guard: bool = True):
        if not 0 < min_overlap <= 1:
            raise OptionError(f"--match loose: min-overlap '{min_overlap:g}' is not above 0, to 1")
        if max_words < 1:
            raise OptionError(f"--match loose: max-words '{max_words}' is not at least 1")
        self.min_overlap = min_overlap
        self.max_words = max_words
        self.guard = guard

    def places(self, entity: Sequence[str], tokens: Sequence[str]) -> list[Candidate]:
        """At most one place; its score is the share of the words.

        >>> [tuple(place) for place in Loose().places("a b c d e".split(), "x a b c d".split())]
        [(1, 5, 0.8)]
        """
        if len(entity) > self.max_words:
            return []
        all_tokens = list(tokens)
        hits = [all_tokens.index(word) for word in entity if all_tokens.count(word) == 1]
        share = len(hits) / len(entity)
        if share < self.min_overlap:
            return []
        start, end = min(hits), max(hits) + 1
        if self.guard and end - start > len(entity):
            return []
        return [Candidate(start, end, share)]
