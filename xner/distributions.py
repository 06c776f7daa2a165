"""Distributions over tags: the mean of several, and the well-formed tags that one makes likely."""

import math
from collections.abc import Sequence

from xner.errors import XnerError
from xner.sentence import Sentence
from xner.tag_schemes import is_tag, may_follow, split_tag, tag_names

_FLOOR = 1e-9  # probability of what none holds possible, so that every sequence has one
_TIE = 1e-9  # by how much each sentence counts less than the one before it, to settle ties


def mean_distributions(
    sentences: Sequence[Sentence], votes: Sequence[Sequence[float]]
) -> tuple[list[str], list[list[float]]]:
    """BIO labels, and each word's mean distribution over them; columns are matched by name.

    `votes` says how much each sentence counts at each of its words. A sentence without `probs` is
    sure of its tags; of a word on which nobody votes, every label is as likely.

    Raises XnerError for labels that are no BIO tags and rows that are no distributions.

    >>> views = [Sentence(id="a", tokens=["Bern"], tags=["B-LOC"], labels=["B-LOC", "O"],
    ...                   probs=[[0.9, 0.1]]), Sentence(id="a", tokens=["Bern"], tags=["O"])]
    >>> labels, rows = mean_distributions(views, [[3.0], [1.0]])
    >>> labels, [round(probability, 3) for probability in rows[0]]
    (['O', 'B-LOC', 'I-LOC'], [0.325, 0.675, 0.0])
    """
    names = [_labels(sentence) for sentence in sentences]
    types = {label for own in names for _, label in map(split_tag, own) if label}
    labels = tag_names(types, "bio")
    rows: list[list[float]] = []
    for place in range(len(votes[0])):
        row = dict.fromkeys(labels, 0.0)
        for number, sentence in enumerate(sentences):
            vote = votes[number][place] * (1 - _TIE * number)
            for label, probability in _distribution(sentence, place, names[number]):
                row[label] += vote * probability
        whole = math.fsum(row.values())
        rows.append([p / whole if whole else 1 / len(row) for p in row.values()])
    return labels, rows


def _labels(sentence: Sentence) -> list[str]:
    """The tags that a sentence's distributions are over."""
    labels = (sentence.tags if sentence.probs is None else sentence.labels) or []
    for label in labels:
        if not is_tag(label) or label.partition("-")[0] not in "BIO":
            raise XnerError(f"sentence '{sentence.id}': '{label}' among its labels is no BIO tag")
    return labels


def _distribution(sentence: Sentence, place: int, labels: Sequence[str]) -> list[tuple[str, float]]:
    """The labels of a word and their probabilities."""
    if sentence.probs is None:
        return [(labels[place], 1.0)]
    row = sentence.probs[place]
    whole = math.fsum(row)
    if len(row) != len(labels) or not 0 < whole < math.inf or min(row) < 0:
        raise XnerError(f"sentence '{sentence.id}': row {place + 1} of probs is no distribution")
    return [(label, p / whole) for label, p in zip(labels, row, strict=True)]


def best_tags(labels: Sequence[str], rows: Sequence[Sequence[float]]) -> list[str]:
    """The most probable well-formed BIO tags of words that are independent but for that.

    After Viterbi (1967); of equally probable ones the label that is named first.

    >>> best_tags(["O", "B-PER", "I-PER"], [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
    ['B-PER', 'I-PER']
    """
    columns = range(len(labels))
    sources = [[old for old in columns if may_follow(labels[old], b, "bio")] for b in labels]
    total = [0.0 if may_follow(None, label, "bio") else -math.inf for label in labels]
    back: list[list[int]] = []
    for number, row in enumerate(rows):
        if number:
            source = [max(own, key=total.__getitem__) for own in sources]
            back.append(source)
            total = [total[old] for old in source]
        total = [score + math.log(max(p, _FLOOR)) for score, p in zip(total, row, strict=True)]
    best = max(columns, key=total.__getitem__)
    path = [best]
    for source in reversed(back):
        path.append(source[path[-1]])
    return [labels[column] for column in reversed(path)][: len(rows)]
