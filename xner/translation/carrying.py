"""What the modes that carry spans over have in common: a sentence of pieces, and its figures."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from xner.sentence import Link, Sentence
from xner.tag_schemes import Span, tags_of
from xner.tokenization import detokenize, tokenize, tokenize_pieces
from xner.translation.mode import Tally

# A stretch of a translation and the number of the span it is the translation of, if of any.
Piece = tuple[str, int | None]
_FULL_STOPS = (".", "。")


def surfaces_of(sentence: Sentence) -> list[str]:
    """The text of each span."""
    return [detokenize(sentence.tokens[a:b], sentence.lang) for a, b, _ in sentence.spans]


def assembled(sentence: Sentence, pieces: Sequence[Piece], target: str) -> Sentence | None:
    """The translation in words, with tags and alignment; None if the pieces hold no word.

    A piece that is a span's holds a word at least.
    """
    spans = sentence.spans
    tokens: list[str] = []
    moved: list[Span] = []
    alignment: list[Link] = []
    words = tokenize_pieces([text for text, _ in pieces], target)
    for (_, number), piece in zip(pieces, words, strict=True):
        start = len(tokens)
        tokens += piece
        if number is not None:
            origin_start, origin_end, label = spans[number]
            moved.append(Span(start, len(tokens), label))
            alignment.append(Link(start, len(tokens), origin_start, origin_end))
    if not tokens:
        return None
    return Sentence(
        id=sentence.id,
        lang=target,
        tokens=tokens,
        tags=tags_of(moved, len(tokens)),
        origin=sentence,
        alignment=alignment,
    )


def flaw(surface: str, part: str, target: str, max_length_ratio: float) -> str | None:
    """Why a text cannot be the translation of a span; None if it can."""
    if not tokenize(part, target):
        return "empty span translation"
    plausible = 1 / max_length_ratio <= _ratio(surface, part) <= max_length_ratio
    return None if plausible else "implausible span length"


def unstopped(surface: str, part: str) -> str:
    """The translation without the full stop that engines put after a name as if it were a sentence.

    >>> unstopped("Bern", "Berne."), unstopped("St. Gall.", "S. Gall.")
    ('Berne', 'S. Gall.')
    """
    bare = part.rstrip(" .。")
    added = not surface.endswith(_FULL_STOPS) and not any(stop in bare for stop in _FULL_STOPS)
    return bare if added else part


def losses(spans: Sequence[Span], lost: Mapping[int, str]) -> list[list[int | str]]:
    """Where the lost spans stand in the origin, and why they are lost: as `meta` keeps it."""
    return [[*spans[number][:2], lost[number]] for number in sorted(lost)]


def count(
    tally: Tally, surfaces: Sequence[str], parts: Mapping[int, str], lost: Mapping[int, str]
) -> None:
    """Add a sentence's spans; `parts` are the survivors' texts as the translation orders them."""
    tally.spans += len(surfaces)
    tally.survived += len(parts)
    tally.lost.update(lost.values())
    swapped = ((a, b) for a, b in combinations(parts, 2) if a > b)
    tally.crossed += len({number for pair in swapped for number in pair})
    tally.copied += sum(part == surfaces[number] for number, part in parts.items())
    tally.ratios += sum(_ratio(surfaces[number], part) for number, part in parts.items())


def _ratio(surface: str, part: str) -> float:
    return len(part) / max(1, len(surface))
