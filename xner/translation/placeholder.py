"""ConNER's way: spans are replaced by placeholders, translated on their own, and put back."""

from collections.abc import Generator, Mapping, Sequence
from itertools import combinations

from xner.sentence import Link, Sentence
from xner.tag_schemes import OUTSIDE, Span, tags_of
from xner.tokenization import detokenize, tokenize, tokenize_pieces
from xner.translation import markers
from xner.translation.mode import Dropped, Mode, Talk
from xner.translation.plain import Plain

_FULL_STOPS = (".", "。")
# What is wanted of a sentence, and what comes of it in the end.
Parts = Generator[list[str], Mapping[str, str], list[str]]


class Placeholder(Mode):
    """The sentence is sent once with a placeholder for each span, and each span for itself.

    In `isolated` context a span is sent alone, as the paper draws it; in `sentence` context within
    its sentence, in square brackets, as the released code does it, and alone where the brackets do
    not come back. A span that cannot be carried over leaves neither text nor tag nor alignment
    behind, and stands in `meta` with the reason.
    """

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
        surfaces = [
            detokenize(sentence.tokens[start:end], sentence.lang) for start, end, _ in spans
        ]
        stem = markers.unused_stem(detokenize(sentence.tokens, sentence.lang))
        text = detokenize(markers.masked(sentence.tokens, spans, stem), sentence.lang)
        ask = self._isolated if self.options.span_context == "isolated" else self._in_context
        whole, *parts = yield from ask(sentence, text, surfaces)
        found = markers.find_placeholders(whole, stem, len(spans))
        flaws = enumerate(map(self._flaw, surfaces, parts))
        lost = {number: flaw for number, flaw in flaws if flaw} | found.lost
        pieces = _pieces(whole, found.marks, parts, lost)
        outcome = self._assembled(sentence, spans, pieces)
        if isinstance(outcome, Sentence):
            outcome.meta = _losses(spans, lost)
            self.tally.repaired += found.repaired
        else:
            lost = dict.fromkeys(range(len(spans)), outcome.reason)
        self.tally.lost.update(lost.values())
        self._count(surfaces, parts, [n for _, n in pieces if n is not None and n not in lost])
        return outcome

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
            *(_unstopped(surface, answers[surface]) for surface in surfaces),
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
            part or _unstopped(surface, alone[surface])
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

    def _flaw(self, surface: str, part: str) -> str | None:
        """Why a span's translation cannot be used."""
        if not tokenize(part, self.target):
            return "empty span translation"
        ratio, most = _ratio(surface, part), self.options.max_length_ratio
        return None if 1 / most <= ratio <= most else "implausible span length"

    def _assembled(
        self, sentence: Sentence, spans: Sequence[Span], pieces: Sequence[tuple[str, int | None]]
    ) -> Sentence | Dropped:
        tokens: list[str] = []
        moved: list[Span] = []
        alignment: list[Link] = []
        words = tokenize_pieces([text for text, _ in pieces], self.target)
        for (_, number), piece in zip(pieces, words, strict=True):
            start = len(tokens)
            tokens += piece
            if number is not None:
                origin_start, origin_end, label = spans[number]
                moved.append(Span(start, len(tokens), label))
                alignment.append(Link(start, len(tokens), origin_start, origin_end))
        if not tokens:
            return Dropped("empty translation")
        return Sentence(
            id=sentence.id,
            lang=self.target,
            tokens=tokens,
            tags=tags_of(moved, len(tokens)),
            origin=sentence,
            alignment=alignment,
        )

    def _count(self, surfaces: Sequence[str], parts: Sequence[str], order: Sequence[int]) -> None:
        """Add a sentence's spans, `order` being the survivors as the translation has them."""
        tally = self.tally
        tally.spans += len(surfaces)
        tally.survived += len(order)
        tally.crossed += len(
            {number for a, b in combinations(order, 2) if a > b for number in (a, b)}
        )
        tally.copied += sum(parts[number] == surfaces[number] for number in order)
        tally.ratios += sum(_ratio(surfaces[number], parts[number]) for number in order)


def _unstopped(surface: str, part: str) -> str:
    """Without the full stop that engines put after a name as if it were a sentence."""
    bare = part.rstrip(" .。")
    added = not surface.endswith(_FULL_STOPS) and not any(stop in bare for stop in _FULL_STOPS)
    return bare if added else part


def _pieces(
    whole: str, marks: Sequence[markers.Mark], parts: Sequence[str], lost: Mapping[int, str]
) -> list[tuple[str, int | None]]:
    """The translation cut at its placeholders, the spans' own with their numbers in between."""
    pieces: list[tuple[str, int | None]] = []
    position = 0
    for start, end, number in marks:
        pieces.append((whole[position:start], None))
        if number is not None and number not in lost:
            pieces.append((parts[number], number))
        position = end
    return [*pieces, (whole[position:], None)]


def _losses(spans: Sequence[Span], lost: Mapping[int, str]) -> dict[str, list[list[int | str]]]:
    rows = [[*spans[number][:2], lost[number]] for number in sorted(lost)]
    return {"spans_lost": rows} if rows else {}


def _ratio(surface: str, part: str) -> float:
    return len(part) / max(1, len(surface))
