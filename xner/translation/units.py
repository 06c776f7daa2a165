"""Sentences translated unit by unit, each staying in its place: what the modes have in common.

Word-by-word data of TransAdv (section 3.1) and UniTrans (Wu et al., IJCAI 2020, section 2.2): the
tags of the source are those of the translation, for no word moves.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import ClassVar, NamedTuple, Protocol

from xner.chance import chance
from xner.lexicon import cased_like
from xner.sentence import Link, Sentence
from xner.tag_schemes import Span, tags_of
from xner.tokenization import UNSPACED, detokenize, tokenize
from xner.translation.carrying import unstopped
from xner.translation.casing import Casing
from xner.translation.mode import Dropped, Mode, Options, Talk, Tally


class Unit(NamedTuple):
    """`tokens[start:end]`, translated as one; `label` is that of the entity it is in, if any."""

    start: int
    end: int
    label: str | None


class Offer(NamedTuple):
    """The translations there are of `tokens[start:end]`, in words; at least one."""

    start: int
    end: int
    candidates: list[list[str]]


class Chooser(Protocol):
    """Chooses translations that suit the sentence."""

    def prepare(self, sentences: Sequence[Sentence]) -> None:
        """Hear of the sentences that are about to come, to look at them together."""
        ...

    def choose(self, sentence: Sentence, offers: Sequence[Offer]) -> list[list[str]]:
        """One of the candidates of each offer."""
        ...


class Units(Mode):
    """One text for each unit that has a letter and no type of `--copy-types`.

    What has no translation stays as it is. The outcome has an alignment row for each unit; `langs`
    is the target language, and None for the words of a unit that is spelled alike in both, of
    which no one can learn what the languages look like. An untagged sentence stays untagged.

    `seed`, `chooser` (for `--choose context`) and `casing` (for `--case corpus`) come from
    outside; `word_list` says that what answers is one, whose full stops are part of the word.
    """

    heeds: ClassVar = frozenset(
        {"copy_types", "choose", "candidates", "chooser", "case", "case_from", "no_spans"}
    )
    words: ClassVar[bool] = True
    noun: ClassVar[str]

    def __init__(self, target: str, options: Options, tally: Tally):
        super().__init__(target, options, tally)
        names = [name.strip() for name in options.copy_types.split(",")]
        self.copied = set(names) - {"none", ""}
        self.seed = 0
        self.chooser: Chooser | None = None
        self.casing: Casing | None = None
        self.word_list = False

    @property
    def wanted(self) -> int:
        """One translation where the first is taken."""
        return 1 if self.options.choose == "first" else self.options.candidates

    @abstractmethod
    def units(self, sentence: Sentence) -> list[Unit]:
        """The sentence, cut from its first word to its last."""

    def prepare(self, sentences: Sequence[Sentence]) -> None:
        """Let the chooser know what comes."""
        if self.chooser:
            self.chooser.prepare(sentences)

    def talk(self, sentence: Sentence) -> Talk:
        """Ask for the units, and put what comes back where they were."""
        if sentence.tags is not None and not sentence.spans and self.options.no_spans == "drop":
            return Dropped("no spans")
        units = self.units(sentence)
        texts = [self._text(sentence, unit) for unit in units]
        answers = yield [text for text in texts if text]
        offers = [
            Offer(unit.start, unit.end, self._candidates(sentence, unit, text, answers))
            for unit, text in zip(units, texts, strict=True)
            if text
        ]
        chosen = self._chosen(sentence, [offer for offer in offers if offer.candidates])
        return self._assembled(sentence, units, chosen)

    def _text(self, sentence: Sentence, unit: Unit) -> str:
        """What is sent for a unit; nothing where it stays as it is."""
        tokens = sentence.tokens[unit.start : unit.end]
        if not any(map(str.isalpha, "".join(tokens))):
            self.tally.units["without letters"] += 1
            return ""
        if unit.label in self.copied:
            self.tally.units["copied by type"] += 1
            return ""
        return tokens[0] if len(tokens) == 1 else detokenize(tokens, sentence.lang)

    def _candidates(
        self, sentence: Sentence, unit: Unit, text: str, answers: Mapping[str, str]
    ) -> list[list[str]]:
        """The translations of a unit in words; for a word those of one word, if there are any."""
        tokens = sentence.tokens[unit.start : unit.end]
        found: list[list[str]] = []
        for line in answers[text].split("\n"):
            line = line if self.word_list else unstopped(text, line)
            found.append(tokens if line == text else list(_words(line, self.target)))
        found = [words for words in found if words]
        if len(tokens) > 1:
            return found
        return [words for words in found if _is_one(words)] or found

    def _chosen(
        self, sentence: Sentence, offers: Sequence[Offer]
    ) -> dict[tuple[int, int], list[str]]:
        """The words for each unit that has a translation, by its place."""
        if self.options.choose == "context":
            assert self.chooser is not None
            picked = self.chooser.choose(sentence, offers)
        elif self.options.choose == "sample":
            random = chance(self.seed, sentence.id, "translation")
            picked = [random.choice(offer.candidates) for offer in offers]
        else:
            picked = [offer.candidates[0] for offer in offers]
        random = chance(self.seed, sentence.id, "case")
        return {
            (offer.start, offer.end): self._cased(
                " ".join(sentence.tokens[offer.start : offer.end]), words, random
            )
            for offer, words in zip(offers, picked, strict=True)
        }

    def _cased(self, text: str, words: list[str], random: Random) -> list[str]:
        """The words of a translation in the case that is wanted."""
        if self.options.case == "keep":
            return words
        told = " ".join(words)
        like = words if told == text else cased_like(text, told).split(" ")
        if self.options.case == "pattern":
            return like
        assert self.casing is not None
        return [self.casing.drawn(word, random) or word for word in like]

    def _assembled(
        self,
        sentence: Sentence,
        units: Sequence[Unit],
        chosen: Mapping[tuple[int, int], list[str]],
    ) -> Sentence:
        """The units side by side, with tags, languages and alignment."""
        tokens: list[str] = []
        langs: list[str | None] = []
        rows: list[Link] = []
        for start, end, _ in units:
            old = sentence.tokens[start:end]
            new = chosen.get((start, end), old)
            rows.append(Link(len(tokens), len(tokens) + len(new), start, end))
            tokens += new
            langs += [None if new == old else self.target] * len(new)
            if (start, end) in chosen:
                self.tally.units["identical" if new == old else "translated"] += 1
                self.tally.units["of several words"] += new != old and not _is_one(new)
        self.tally.units["all"] += len(units)
        return Sentence(
            id=sentence.id,
            lang=self.target,
            tokens=tokens,
            tags=_tags(sentence, rows, len(tokens)),
            langs=langs,
            shuffled=sentence.shuffled,  # the order is the same
            origin=sentence,
            alignment=rows,
        )


def _tags(sentence: Sentence, rows: Iterable[Link], length: int) -> list[str] | None:
    """The entities where their units have gone; none has an edge inside a unit."""
    if sentence.tags is None:
        return None
    rows = list(rows)
    starts = {row.origin_start: row.start for row in rows}
    ends = {row.origin_end: row.end for row in rows}
    moved = [Span(starts[start], ends[end], label) for start, end, label in sentence.spans]
    return tags_of(moved, length)


def _is_one(words: Sequence[str]) -> bool:
    """Whether this is one word, or one of a script without blanks, whose words are not told."""
    return len(words) == 1 or all(map(UNSPACED.match, words))


@lru_cache(1 << 16)
def _words(text: str, lang: str) -> tuple[str, ...]:
    return tuple(tokenize(text, lang))
