"""Tokenized sentences of the stream for contrasts: beside their origins, word for word."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from xner.errors import XnerError
from xner.losses.contrastive import Contrastive, Twins, keys_of
from xner.losses.objective import Objective, View
from xner.models.batch import Batch
from xner.models.grid import NONE
from xner.models.grid_gold import GridGold
from xner.models.tagger import Tagger
from xner.sentence import Sentence, nested_spans
from xner.training.task import Corpus


class TwinCorpus(Corpus):
    """Sentences, and by `fields` what each was made from, word for word, and its entities' cells.

    `fields` are those of a sentence that losses want: `origin`, with `alignment` partners too, and
    `tags`. Where origins are wanted, sentences without one and those that have the very words of
    theirs are left out; `left_out` counts them by reason. A sentence that was made in several steps
    is the twin of the outermost origin, whose words none of its own are then partners of.

    Raises XnerError where nothing is left.
    """

    def __init__(self, tagger: Tagger, sentences: Sequence[Sentence], fields: Collection[str]):
        made = [s for s in sentences if s.origin is not None] if "origin" in fields else sentences
        kept = [s for s in made if s.origin is None or s.tokens != s.root.tokens]
        kept = kept if "origin" in fields else list(sentences)
        self.left_out = {
            "no origin": len(sentences) - len(made),
            "the words of their origin": len(made) - len(kept),
        }
        if not kept:
            raise XnerError(
                "no sentence of the stream has an origin with other words: there is nothing to "
                "contrast; 'xner codeswitch' or 'xner translate-spans' makes such"
            )
        self.encoded = tagger.tokenize(kept)
        self.origin = None
        self.keys: Int[Tensor, "sentence 2"] | None = None
        if "origin" in fields:
            roots = [sentence.root for sentence in kept]
            self.origin = tagger.tokenize(roots)
            self.keys = torch.tensor(keys_of(roots))
        self.partner: Int[Tensor, " word"] | None = None
        if self.origin is not None and "alignment" in fields:
            rows = zip(kept, self.origin.kept.tolist(), strict=True)
            self.partner = torch.cat([_partners(sentence, words) for sentence, words in rows])
        self.cells = None
        if "tags" in fields:
            types = sorted({span.label for sentence in kept for span in nested_spans(sentence)})
            self.cells = GridGold(kept, self.encoded.kept, types)

    def costs(self) -> tuple[list[int], list[int]]:
        """Row length and rows of each sentence, or of its origin where that is larger."""
        own = self.encoded.costs()
        other = own if self.origin is None else self.origin.costs()
        longest, rows = (
            [max(a, b) for a, b in zip(x, y, strict=True)] for x, y in zip(own, other, strict=True)
        )
        return longest, rows

    def batch(
        self, index: Sequence[int]
    ) -> tuple[Batch, Batch | None, Tensor | None, Tensor | None, Tensor | None]:
        """Both padded batches, keys (batch 2), partners (batch word), cells (batch word word)."""
        batch = self.encoded.batch(index)
        word = self.encoded.places(batch)
        return (
            batch,
            None if self.origin is None else self.origin.batch(index),
            None if self.keys is None else self.keys[batch.index],
            None if self.partner is None else self.partner[word].masked_fill(~batch.mask, -1),
            None if self.cells is None else self.cells.batch(batch, word) != NONE,
        )

    def view(self, model: Tagger, *batch: Any) -> Twins:
        """What the contrasts are given."""
        own, origin, *known = batch
        device = model.device
        other = None if origin is None else View(model, origin.to(device))
        known = [None if part is None else part.to(device) for part in known]
        return Twins(View(model, own.to(device)), other, *known)

    def tensors(self) -> list[Tensor]:
        """Pieces of both sides, keys, partners and cells."""
        origin = None if self.origin is None else self.origin.pieces
        known = (self.encoded.pieces, origin, self.keys, self.partner)
        cells = [] if self.cells is None else self.cells.tensors()
        return [*(own for own in known if own is not None), *cells]


def twins(
    tagger: Tagger, objectives: Mapping[str, Objective], stream: Sequence[Sentence]
) -> dict[str, Corpus]:
    """The corpus of a run's contrasts, if it has any."""
    contrasts = [loss for loss in objectives.values() if isinstance(loss, Contrastive)]
    fields = {field for loss in contrasts for field in loss.wanted}
    return {"twins": TwinCorpus(tagger, stream, fields)} if contrasts else {}


def twin_notes(corpora: Mapping[str, Corpus]) -> list[str]:
    """What is to be said of sentences that no contrast sees."""
    corpus = corpora.get("twins")
    left_out = corpus.left_out if isinstance(corpus, TwinCorpus) else {}
    return [
        f"{number:,} sentences of the stream are contrasted with none: they have {why}"
        for why, number in left_out.items()
        if number
    ]


def _partners(sentence: Sentence, words: int) -> Int[Tensor, " word"]:
    """For each word the one of the origin's first `words` that says the same, or -1.

    Of longer links the first words are partners, and the last: what the cell of a whole entity is
    made of. A word with several links keeps its first.
    """
    partner = [-1] * len(sentence.tokens)
    direct = sentence.origin is not None and sentence.origin.origin is None
    for start, end, origin_start, origin_end in (sentence.alignment or []) if direct else []:
        for own, other in ((start, origin_start), (end - 1, origin_end - 1)):
            if partner[own] < 0 and other < words:
                partner[own] = other
    return torch.tensor(partner, dtype=torch.int64)
