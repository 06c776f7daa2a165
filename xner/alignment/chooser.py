"""Of several translations of a word the one that suits its sentence, by a pretrained encoder."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from xner.alignment.encoder import Encoder
from xner.sentence import Sentence
from xner.translation.units import Offer

if TYPE_CHECKING:
    from torch import Tensor

_KEPT = 50_000  # vectors of candidates; with 768 features they take 150 MB


class ContextChooser:
    """Takes the candidate whose vector is most like that of the words in their sentence (cosine).

    A candidate is encoded by itself, the words in their sentence; several words are their mean.
    Vectors of candidates are kept, for the same ones come again and again.
    """

    def __init__(self, encoder: Encoder):
        self.encoder = encoder
        self._sentences: dict[tuple[str, ...], Tensor] = {}
        self._candidates: dict[tuple[str, ...], Tensor] = {}

    def prepare(self, sentences: Sequence[Sentence]) -> None:
        """Encode sentences in batches, in place of those that were prepared before."""
        distinct = list(dict.fromkeys(tuple(sentence.tokens) for sentence in sentences))
        vectors = self.encoder.word_vectors(distinct)
        self._sentences = {words: own.cpu() for words, own in zip(distinct, vectors, strict=True)}

    def choose(self, sentence: Sentence, offers: Sequence[Offer]) -> list[list[str]]:
        """The most like of each offer's candidates, the earlier one of two that are alike."""
        self._learn(words for offer in offers if len(offer.candidates) > 1 for words in offer[2])
        return [
            self._best(sentence, offer) if len(offer.candidates) > 1 else offer.candidates[0]
            for offer in offers
        ]

    def _best(self, sentence: Sentence, offer: Offer) -> list[str]:
        import torch

        words = tuple(sentence.tokens)
        if words not in self._sentences:
            self.prepare([sentence])
        wanted = self._sentences[words][offer.start : offer.end].mean(0)
        rows = torch.stack([self._candidates[tuple(words)] for words in offer.candidates])
        likeness = torch.cosine_similarity(rows, wanted[None], dim=1)
        return offer.candidates[int(likeness.argmax())]

    def _learn(self, candidates: Iterable[list[str]]) -> None:
        wanted = dict.fromkeys(map(tuple, candidates))
        if len(self._candidates) > _KEPT:
            self._candidates.clear()
        new = [words for words in wanted if words not in self._candidates]
        vectors = self.encoder.word_vectors(new) if new else []
        for words, own in zip(new, vectors, strict=True):
            self._candidates[words] = own.mean(0).cpu()
