"""Word order destroyed inside entities and inside the context between them.

The shuffled sentences of "TransAdv: A Translation-based Adversarial Learning Framework for
Zero-Resource Cross-Lingual Named Entity Recognition" (Findings of EMNLP 2022), section 2.2.
"""

import random

from xner.augmentation.segments import segments
from xner.sentence import Link, Sentence, strip


def refusal(sentence: Sentence) -> str | None:
    """Why a sentence cannot be shuffled, and what to do; None if it can."""
    if sentence.tags is None:
        return "it has no tags to tell its entities by; run xner weak-tag"
    if sentence.shuffled:  # a second permutation may undo the first
        return "it is shuffled already; shuffle the sentence that it was made from"
    return None


def shuffle(sentence: Sentence, chance: random.Random) -> Sentence:
    """Permute the words inside each entity and inside each stretch of context.

    `tags` stay as they are, words take their `langs` and `weights` along, the sentence becomes the
    `origin`, and `alignment` has a row for each word. Its distributions go: they were of words in
    another place. Every permutation that changes the words is as probable as
    any other. Where none does, the result has the same words and is not `shuffled`.

    The sentence must be tagged.

    >>> made = shuffle(Sentence(id="a", tokens=["in", "Bern"], tags=["O", "B-LOC"]),
    ...                random.Random(1))
    >>> made.tokens, made.shuffled
    (['in', 'Bern'], False)
    """
    order = _order(sentence, chance)
    made = Sentence(
        id=sentence.id,
        lang=sentence.lang,
        tokens=[sentence.tokens[place] for place in order],
        langs=sentence.langs and [sentence.langs[place] for place in order],
        origin=sentence,
        alignment=[Link(now, now + 1, was, was + 1) for now, was in enumerate(order)],
        meta=sentence.meta,
        extra=sentence.extra,
    )
    made.shuffled = made.tokens != sentence.tokens
    strip(made, origins=False)
    made.tags = list(sentence.tags or [])
    made.weights = sentence.weights and [sentence.weights[place] for place in order]
    return made


def _order(sentence: Sentence, chance: random.Random) -> list[int]:
    """Where each word is taken from; drawn until the words differ, if they can.

    At least every second draw changes a sentence that can be changed.
    """
    tokens = sentence.tokens
    parts = [list(range(start, end)) for start, end, _ in segments(sentence.tags or [])]
    can_change = any(len({tokens[place] for place in part}) > 1 for part in parts)
    while True:
        for part in parts:
            chance.shuffle(part)
        order = [place for part in parts for place in part]
        if not can_change or [tokens[place] for place in order] != tokens:
            return order
