"""Soft records, and their words' neighbours, votes and weights worked out by hand."""

import json
import random

import numpy as np
import pytest

from tests import by_hand, tiny

LABELS = ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]


def soft(number: int, seed: int = 0) -> list[dict]:
    """Records with distributions over LABELS, in an order of their own."""
    choose = random.Random(seed)
    made = []
    for row in range(number):
        tokens = choose.sample(tiny.WORDS.split(), choose.randint(2, 7))
        labels = choose.sample(LABELS, len(LABELS))
        probs = np.random.default_rng(seed * 100 + row).dirichlet([0.2] * 5, len(tokens))
        record = {"id": f"{seed}:{row}", "tokens": tokens, "labels": labels}
        made.append(record | {"probs": probs.round(5).tolist()})
    return made


def write(name: str, records: list[dict]) -> str:
    with open(name, "w") as file:
        file.writelines(json.dumps(record) + "\n" for record in records)
    return name


def labels_of(record: dict) -> list[str]:
    if "probs" not in record:
        return record["tags"]
    return [record["labels"][int(np.argmax(row))] for row in record["probs"]]


def kind(label: str) -> str:
    return label[2:] or "O"


class Reference:
    """lambda and votes of each word of a stream, from the paper's words alone."""

    def __init__(self, model, stream, bank=(), k=5, layers=(-1,), pooling="first"):
        distinct: dict[tuple, dict] = {}
        for record in (*stream, *bank):
            distinct.setdefault(tuple(record["tokens"]), record)
        rows = by_hand.word_vectors(model, [list(words) for words in distinct], layers, pooling)
        said = [label for record in distinct.values() for label in labels_of(record)]
        start = dict(zip(distinct, np.cumsum([0, *map(len, distinct)]).tolist(), strict=False))
        self.own = [label for record in stream for label in labels_of(record)]
        self.neighbours: list[list[str]] = []
        for record in stream:
            first = start[tuple(record["tokens"])]
            for row in range(first, first + len(record["tokens"])):
                nearest = [n for n in np.argsort(-(rows @ rows[row])).tolist() if n != row]
                self.neighbours.append([said[n] for n in nearest[:k]])
        types = [[kind(label) for label in labels] for labels in self.neighbours]
        pairs = zip(map(kind, self.own), types, strict=True)
        self.lambdas = np.array([near.count(label) / len(near) for label, near in pairs])

    def mean(self, values, group) -> np.ndarray:
        keys = np.array([group(label) for label in self.own])
        return np.array([values[keys == key].mean() for key in keys])

    def largest(self, values) -> np.ndarray:
        return np.array([values[np.array(self.own) == tag].max() for tag in self.own])

    def weights(self, alpha=6.0) -> np.ndarray:
        return 1 / (1 + np.exp(-alpha * (self.lambdas - self.mean(self.lambdas, kind))))

    def released(self, alpha=6.0) -> np.ndarray:
        most = self.largest(self.lambdas)
        share = np.where(most > 0, self.lambdas / np.where(most > 0, most, 1), 0)
        weights = 1 / (1 + np.exp(-alpha * (share - self.mean(share, str))))
        return weights / self.largest(weights)


def flat(records: list[dict], field: str = "weights") -> list[float]:
    return [value for record in records for value in record[field]]


def near(values) -> object:
    return pytest.approx(list(values), abs=2e-5)
