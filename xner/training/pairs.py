"""Sentences and their origins as texts in pieces: what a translator learns from."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from xner.losses.objective import Pairs
from xner.models.translator import Direction, PairBatch, Translator
from xner.sentence import Sentence
from xner.tokenization import detokenize
from xner.training.task import Corpus


class PairCorpus(Corpus):
    """Pairs, tokenized once; `left_out` counts those that are not used, by reason."""

    def __init__(self, translator: Translator, sentences: Sequence[Sentence]):
        self.left_out: Counter[str] = Counter()
        self.pad = translator.pad
        by_direction: dict[Direction, list[Sentence]] = defaultdict(list)
        for sentence in sentences:
            by_direction[direction_of(sentence)].append(sentence)
        sources: list[list[int]] = []
        targets: list[list[int]] = []
        for direction, own in sorted(by_direction.items(), key=lambda item: item[0]):
            texts = [texts_of(sentence) for sentence in own]
            for source, target in translator.pieces(texts, direction):
                if max(len(source), len(target)) > translator.limit:
                    self.left_out[f"longer than {translator.limit} pieces"] += 1
                else:
                    sources.append(source)
                    targets.append(target)
        self.source, self.source_start = _flat(sources)
        self.target, self.target_start = _flat(targets)

    def __len__(self) -> int:
        return len(self.source_start) - 1

    def costs(self) -> tuple[list[int], list[int]]:
        """The length of the longer side; each pair is one row."""
        longer = torch.maximum(self.source_start.diff(), self.target_start.diff())
        return longer.tolist(), [1] * len(self)

    def batch(self, index: Sequence[int]) -> tuple[PairBatch]:
        """These pairs, padded."""
        source = _padded(self.source, self.source_start, index, self.pad)
        target = _padded(self.target, self.target_start, index, self.pad)
        lengths = self.source_start.diff()[torch.as_tensor(index)]
        attended = torch.arange(source.shape[1]) < lengths[:, None]
        return (PairBatch(source, attended, target),)

    def view(self, model: Translator, *batch: Any) -> Pairs:
        """What the losses on pairs are given."""
        (pairs,) = batch
        return Pairs(model, pairs.to(model.device))

    def tensors(self) -> list[Tensor]:
        """The pieces of both sides."""
        return [self.source, self.source_start, self.target, self.target_start]


def direction_of(sentence: Sentence) -> Direction:
    """The languages of a pair, as far as it says them."""
    origin = sentence.origin
    return (origin.lang if origin else None) or "", sentence.lang or ""


def texts_of(sentence: Sentence) -> tuple[str, str]:
    """The text that is translated and its translation; markers are words of both."""
    assert sentence.origin is not None
    origin = sentence.origin
    return detokenize(origin.tokens, origin.lang), detokenize(sentence.tokens, sentence.lang)


def _flat(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """All rows one behind the other, and where each begins, and the end."""
    pieces = torch.tensor([piece for row in rows for piece in row], dtype=torch.int64)
    return pieces, torch.tensor([0, *accumulate(map(len, rows))], dtype=torch.int64)


def _padded(pieces: Tensor, start: Tensor, index: Sequence[int], pad: int) -> Tensor:
    rows = [pieces[start[i] : start[i + 1]] for i in index]
    return pad_sequence(rows, batch_first=True, padding_value=pad)
