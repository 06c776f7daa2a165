"""ConNER's way: spans are replaced by placeholders, translated on their own, and put back."""

from collections.abc import Generator, Mapping, Sequence
from typing import ClassVar

from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE
from xner.tokenization import detokenize
from xner.translation import carrying, markers
from xner.translation.mode import Dropped, Mode, Talk
from xner.translation.plain import Plain

# What is wanted of a sentence, and what comes of it in the end.
Parts = Generator[list[str], Mapping[str, str], list[str]]


class Placeholder(Mode):
    """The sentence is sent once with a placeholder for each span, and each span for itself.

    In `isolated` context a span is sent alone, as the paper draws it; in `sentence` context within
    its sentence, in square brackets, as the released code does it, and alone where the brackets do
    not come back. A span that cannot be carried over leaves neither text nor tag nor alignment
    behind, and stands in `meta` with the reason.
    """

    heeds: ClassVar = frozenset({"span_context", "no_spans", "max_length_ratio"})

    def refusal(self, sentence: Sentence) -> str | None:
        """Without tags nobody knows the spans."""
        if sentence.tags is not None:
            return None
        return "it has no tags to carry over; run xner weak-tag first, or give --mode plain"

    def talk(self, sentence: Sentence) -> Talk:
        """Ask for the masked sentence and the spans, then put these into that."""
        spans = sentence.spans
        if not spans:
            return (yield from self._without_spans(sentence))
        surfaces = carrying.surfaces_of(sentence)
        stem = markers.unused_stem(detokenize(sentence.tokens, sentence.lang))
        text = detokenize(markers.masked(sentence.tokens, spans, stem), sentence.lang)
        ask = self._isolated if self.options.span_context == "isolated" else self._in_context
        whole, *parts = yield from ask(sentence, text, surfaces)
        found = markers.find_placeholders(whole, stem, len(spans))
        lost = self._flaws(surfaces, parts) | found.lost
        pieces = _pieces(whole, found.marks, parts, lost)
        outcome = carrying.assembled(sentence, pieces, self.target)
        if outcome is None:
            lost = dict.fromkeys(range(len(spans)), "empty translation")
        else:
            outcome.meta = {"spans_lost": carrying.losses(spans, lost)} if lost else {}
            self.tally.repaired += found.repaired
        survivors = {n: parts[n] for _, n in pieces if n is not None and n not in lost}
        carrying.count(self.tally, surfaces, survivors, lost)
        return outcome or Dropped("empty translation")

    def _without_spans(self, sentence: Sentence) -> Talk:
        if self.options.no_spans == "drop":
            return Dropped("no spans")
        outcome = yield from Plain(self.target, self.options, self.tally).talk(sentence)
        if isinstance(outcome, Sentence):
            outcome.tags = [OUTSIDE] * len(outcome.tokens)
            outcome.alignment = []
        return outcome

    def _isolated(self, sentence: Sentence, text: str, surfaces: Sequence[str]) -> Parts:
        """The translation of `text`, and those of the spans by themselves."""
        answers = yield [*self._worth_sending(sentence, text), *surfaces]
        return [
            answers.get(text, text),
            *(carrying.unstopped(surface, answers[surface]) for surface in surfaces),
        ]

    def _in_context(self, sentence: Sentence, text: str, surfaces: Sequence[str]) -> Parts:
        """The translation of `text`, and those of the spans from the sentence with brackets."""
        contexts = [
            detokenize(markers.bracketed(sentence.tokens, span), sentence.lang)
            for span in sentence.spans
        ]
        answers = yield [*self._worth_sending(sentence, text), *contexts]
        inside = [markers.between_brackets(answers[context]) for context in contexts]
        missing = [surface for surface, part in zip(surfaces, inside, strict=True) if not part]
        self.tally.out_of_context += len(missing)
        alone = (yield missing) if missing else {}
        parts = [
            part or carrying.unstopped(surface, alone[surface])
            for surface, part in zip(surfaces, inside, strict=True)
        ]
        return [answers.get(text, text), *parts]

    def _worth_sending(self, sentence: Sentence, text: str) -> list[str]:
        """The text, unless it has no letter beside its placeholders: engines invent the rest."""
        outside = (
            token
            for token, tag in zip(sentence.tokens, sentence.tags or [], strict=True)
            if tag == OUTSIDE
        )
        return [text] if any(map(str.isalpha, "".join(outside))) else []

    def _flaws(self, surfaces: Sequence[str], parts: Sequence[str]) -> dict[int, str]:
        """The spans whose translations cannot be used, and why."""
        limit = self.options.max_length_ratio
        found = (
            carrying.flaw(surface, part, self.target, limit)
            for surface, part in zip(surfaces, parts, strict=True)
        )
        return {number: flaw for number, flaw in enumerate(found) if flaw}


def _pieces(
    whole: str, marks: Sequence[markers.Mark], parts: Sequence[str], lost: Mapping[int, str]
) -> list[carrying.Piece]:
    """The translation cut at its placeholders, the spans' own with their numbers in between."""
    pieces: list[carrying.Piece] = []
    position = 0
    for start, end, number in marks:
        pieces.append((whole[position:start], None))
        if number is not None and number not in lost:
            pieces.append((parts[number], number))
        position = end
    return [*pieces, (whole[position:], None)]
