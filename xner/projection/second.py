"""What another tagger says of the sentences that get labels: CROP's second round."""

from collections.abc import Sequence
from typing import NamedTuple

from xner.errors import XnerError
from xner.joining import Source, check_words
from xner.sentence import Sentence
from xner.tag_schemes import spans_of


class _Opinion(NamedTuple):
    tokens: tuple[str, ...]
    tags: tuple[str, ...]


class Second:
    """A second tagger's stream, read whole: a sentence is looked up by its id.

    Where readers made the ids from another file's name (`second:7` for what is `de:7` here), by its
    number, if the words are the same and no id of the stream begins with `de:`.

    Raises XnerError for an empty stream, an id that occurs twice and a sentence without tags.
    """

    def __init__(self, source: Source):
        self.name = source.name
        self.found = 0  # sentences that were looked up and are there
        self._opinions: dict[str, _Opinion] = {}
        for sentence in source.sentences:
            if sentence.tags is None:
                raise XnerError(
                    f"sentence '{sentence.id}' was not tagged: run xner weak-tag", source=self.name
                )
            if sentence.id in self._opinions:
                raise XnerError(f"id '{sentence.id}' occurs twice", source=self.name)
            opinion = _Opinion(tuple(sentence.tokens), tuple(sentence.tags))
            self._opinions[sentence.id] = opinion
        if not self._opinions:
            raise XnerError("no sentences", source=self.name)
        stem, _, number = next(iter(self._opinions)).rpartition(":")
        self._stem = stem if number == "1" else None  # ids that a reader made begin with 1
        self._stems = {key.rpartition(":")[0] for key in self._opinions}

    def of(self, sentence: Sentence) -> Sequence[str] | None:
        """The tags it gives a sentence; None where it does not have it.

        Raises XnerError if it has other words under this id.
        """
        opinion = self._find(sentence)
        if opinion is None:
            return None
        theirs = Sentence(id=sentence.id, tokens=[*opinion.tokens])
        check_words(Source(self.name, [theirs]), theirs, Source("the input", []), sentence)
        self.found += 1
        return opinion.tags

    def fallback_tags(self, sentence: Sentence, count: int) -> Sequence[str] | None:
        """Its tags if it sees `count` entities in the sentence."""
        opinion = self._find(sentence)
        if opinion is None or len(spans_of(opinion.tags)) != count:
            return None
        return opinion.tags

    def _find(self, sentence: Sentence) -> _Opinion | None:
        opinion = self._opinions.get(sentence.id)
        stem, _, number = sentence.id.rpartition(":")
        if opinion is not None or self._stem is None or stem in self._stems:
            return opinion
        opinion = self._opinions.get(f"{self._stem}:{number}")
        same = opinion is not None and opinion.tokens == tuple(sentence.tokens)
        return opinion if same else None
