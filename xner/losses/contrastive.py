"""What contrastive losses have in common: sentences beside those they were made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from xner.errors import OptionError
from xner.losses.objective import Objective, View
from xner.sentence import Sentence


@dataclass(frozen=True)
class Twins:
    """Sentences of the stream and, row by row, what the losses of a run want to know of them.

    `origin` is the sentence that each was first made from. Rows with a number in common in `keys`
    have the same origin: none is an example of what another is not. `partner` is for each word the
    word of the origin that says the same, or -1; `entity` says which pairs hold a relation.
    """

    view: View
    origin: View | None = None
    keys: Int[Tensor, "batch 2"] | None = None
    partner: Int[Tensor, "batch word"] | None = None
    entity: Bool[Tensor, "batch word word"] | None = None


class Contrastive(Objective):
    """A loss on twins, of which there is what the fields that are `wanted` can say."""

    stream: ClassVar = "twins"

    def __init__(self, name: str, weight: float, temperature: float):
        super().__init__(weight)
        if not 0 < temperature < torch.inf:
            raise OptionError(f"{name}: temperature {temperature:g} is not above 0")
        self.temperature = temperature


def keys_of(origins: Sequence[Sentence]) -> list[tuple[int, int]]:
    """Two numbers for each sentence: those of the same words, and of the same id, share one."""
    words: dict[tuple[str, ...], int] = {}
    ids: dict[str, int] = {}
    return [
        (words.setdefault(tuple(s.tokens), len(words)), ids.setdefault(s.id, len(ids)))
        for s in origins
    ]
