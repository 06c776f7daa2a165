"""A tagger's view of words: for each a vector of length 1, for comparing it with other words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import normalize

from xner.errors import ModelError, OptionError
from xner.models.batch import EncodedCorpus
from xner.models.pooling import Pooling, pooled
from xner.models.tagger import Tagger
from xner.models.windows import batched, windows
from xner.sentence import Sentence


@dataclass(frozen=True)
class FeatureSettings:
    """What a word's vector is made of. `batch_tokens` counts padded pieces of one batch.

    `layers` count from 1, 0 being the embeddings, and from the top if negative; `pooling` is the
    tagger's own if None. CoLaDa (Ma et al., ACL 2023, section 3.1) speaks of the encoder's output;
    its code takes the mean of the last three layers and of a word's pieces.
    """

    layers: Sequence[int] = (-1,)
    pooling: Pooling | None = None
    batch_tokens: int = 4096
    window: int = 1024
    bf16: bool = False


@dataclass
class FeatureCounts:
    """What happened on the way, for the summary."""

    too_long: int = 0
    oom_retries: int = 0


class WordFeatures:
    """The mean over layers of the vectors of a word's pieces, pooled, brought to length 1.

    Dropout is off. A sentence longer than the encoder reads is read in overlapping windows.

    Raises OptionError for a layer that the encoder does not have, and ModelError for vectors that
    are no numbers: nothing would be near to anything.
    """

    def __init__(self, tagger: Tagger, settings: FeatureSettings):
        for layer in settings.layers:
            if not -tagger.depth <= layer <= tagger.depth:
                raise OptionError(f"--layers {layer}: this encoder has {tagger.depth} layers")
        self.tagger = tagger.eval()
        self.settings = settings
        self.pooling: Pooling = settings.pooling or tagger.settings.pooling
        self.counts = FeatureCounts()

    @property
    def width(self) -> int:
        """Features of a vector."""
        return self.tagger.width

    def __call__(self, sentences: Iterable[Sentence]) -> Iterator[Float[Tensor, "word hidden"]]:
        """The vectors of all words, in order and on the CPU, those of a window at a time."""
        for window, corpus in windows(sentences, self.settings.window, self.tagger.tokenize):
            yield self._window(window, corpus)

    def _window(
        self, window: list[Sentence], corpus: EncodedCorpus
    ) -> Float[Tensor, "word hidden"]:
        self.counts.too_long += corpus.long
        done: list[Tensor] = [torch.empty(0)] * len(window)

        def computed(index: list[int]) -> list[Tensor]:
            return self._computed(corpus, index)

        tokens, todo = self.settings.batch_tokens, range(len(window))
        for i, vectors in batched(window, corpus, todo, tokens, computed, self._retried):
            done[i] = vectors
        every = torch.cat(done)
        if not every.isfinite().all():
            raise ModelError(
                "the tagger's vectors of words are no numbers: its training has failed; train it "
                "again with a lower --learning-rate"
            )
        return every

    def _retried(self) -> None:
        self.counts.oom_retries += 1

    @torch.inference_mode()
    def _computed(self, corpus: EncodedCorpus, index: list[int]) -> list[Tensor]:
        """The vectors of each sentence of a batch."""
        batch = corpus.batch(index).to(self.tagger.device)
        with torch.autocast(self.tagger.device.type, torch.bfloat16, enabled=self.settings.bf16):
            pieces = self.tagger.layers(batch, self.settings.layers)
        words = normalize(pooled(pieces.float(), batch, self.pooling), dim=-1)
        rows = zip(words.cpu(), batch.mask.cpu(), strict=True)
        return [own[mask] for own, mask in rows]
