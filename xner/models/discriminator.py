"""Guesses a word's language or a sentence's order from the encoder's vectors.

The two discriminators of "TransAdv: A Translation-based Adversarial Learning Framework for
Zero-Resource Cross-Lingual Named Entity Recognition" (Findings of EMNLP 2022), section 2.3. Both
give a score (a logit): the sigmoid of it is the probability of yes. They compute in float32, under
autocast too: on a guess that is all but certain bfloat16 leaves no gradient to learn from.
"""

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils.rnn import pack_padded_sequence

Network = Literal["bilstm", "lstm"]


class LanguageDiscriminator(nn.Module):
    """Linear, ReLU, linear: a score a vector (equation 3).

    The equation has no biases; the number of parameters that the paper reports needs them.
    """

    def __init__(self, width: int, hidden: int = 500):
        super().__init__()
        self.inner = nn.Linear(width, hidden)
        self.outer = nn.Linear(hidden, 1)

    def forward(self, vectors: Float[Tensor, "... hidden"]) -> Float[Tensor, "..."]:
        """The score of each vector, of which there may be none."""
        with torch.autocast(vectors.device.type, enabled=False):
            return self.outer(self.inner(vectors.float()).relu()).squeeze(-1)


class OrderDiscriminator(nn.Module):
    """One LSTM layer over the words, its last state, linear: a score a sentence (equation 4).

    `hidden` is the whole state. Of a `bilstm` each direction has half of it, and the last state is
    the forward one's at the last word beside the backward one's at the first: this is what fits the
    paper's number of parameters. `lstm` is what its equation says.
    """

    def __init__(self, width: int, hidden: int = 256, network: Network = "bilstm"):
        super().__init__()
        both = network == "bilstm"
        if both and hidden % 2:
            raise ValueError(f"two directions cannot share a state of {hidden}")
        own = hidden // 2 if both else hidden
        self.lstm = nn.LSTM(width, own, batch_first=True, bidirectional=both)
        self.outer = nn.Linear(hidden, 1)

    def forward(
        self, words: Float[Tensor, "batch word hidden"], mask: Bool[Tensor, "batch word"]
    ) -> Float[Tensor, " batch"]:
        """The score of each sentence; what it says of one without words means nothing.

        Padding has no part in it: the words of the mask, which come first, are packed.
        """
        # packing wants a vector of everyone: a batch without any words gets a column of zeros
        words = pad(words.float(), (0, 0, 0, int(words.shape[1] == 0)))
        length = mask.sum(1).clamp(min=1).cpu()
        with torch.autocast(words.device.type, enabled=False):
            packed = pack_padded_sequence(words, length, batch_first=True, enforce_sorted=False)
            _, (state, _) = self.lstm(packed)  # (direction, batch, own)
            return self.outer(state.transpose(0, 1).flatten(1)).squeeze(-1)
