"""A sentence cut into its entities and the context between them."""

from collections.abc import Sequence

from xner.tag_schemes import OUTSIDE, Span, spans_of


def segments(tags: Sequence[str]) -> list[Span]:
    """Every entity and every unbroken stretch of words outside of them, in order.

    A stretch of context has the label `O`. Entities that touch are two segments, even of one type.

    >>> [tuple(segment) for segment in segments(["O", "O", "B-PER", "I-PER", "B-PER", "O"])]
    [(0, 2, 'O'), (2, 4, 'PER'), (4, 5, 'PER'), (5, 6, 'O')]
    """
    cut: list[Span] = []
    end = 0
    for span in spans_of(tags):
        if end < span.start:
            cut.append(Span(end, span.start, OUTSIDE))
        cut.append(span)
        end = span.end
    if end < len(tags):
        cut.append(Span(end, len(tags), OUTSIDE))
    return cut
