"""What taggers say of sentences, as the distributions that a student learns.

Where all of them and the student score pairs of words, it is the relations of these that are
learned, which no record could hold: `PairTeacher` is then asked batch by batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from xner.models import HEADS
from xner.models.batch import Batch
from xner.models.grid import FIRST_TYPE, NEIGHBOUR, NONE, cells_of
from xner.models.tagger import Tagger, head_of
from xner.models.tagging import TaggingSettings, load_ensemble
from xner.registry import load, split_options, split_weight
from xner.sentence import Sentence
from xner.training.options import ModelOptions


def taught(
    sentences: Sequence[Sentence],
    teachers: Sequence[str],
    device: torch.device,
    *,
    batch_tokens: int = 4096,
    bf16: bool = False,
    offline: bool = False,
) -> list[Sentence]:
    """The sentences with the weighted mean of the teachers' distributions over BIO labels.

    A teacher is `DIR[=WEIGHT]`; of the weights only their shares count. It is probabilities whose
    mean is taken (TransAdv section 2.4), never scores; dropout is off. Other distributions go, as
    in `weak-tag --probs`, which gives the same but for rounding; the sentences' own `tags` and
    `weights` stay, for it is here that they count.

    Raises ModelError for a teacher that cannot be loaded.
    """
    settings = TaggingSettings(
        decode="argmax", probs=True, digits=None, batch_tokens=batch_tokens, bf16=bf16
    )
    ensemble = load_ensemble(teachers, {}, settings, device, offline)
    told = [
        replace(said, tags=sentence.tags, weights=sentence.weights)
        for sentence, said in zip(sentences, ensemble.tag(sentences), strict=True)
    ]
    del ensemble
    torch.cuda.empty_cache()  # the teachers are gone; the student, or another command, wants room
    return told


def of_pairs(student: ModelOptions, teachers: Sequence[str], offline: bool = False) -> bool:
    """Whether the student and all its teachers (`DIR[=WEIGHT]`) score pairs of words."""
    own = load(split_options(student.head)[0], HEADS, "head")
    heads = [head_of(student.init, offline) if student.init else own]
    heads += [head_of(split_weight(teacher)[0], offline) for teacher in teachers]
    return not any(head.of_words for head in heads)


@dataclass(frozen=True)
class PairTeacher:
    """A tagger with a token-pair head that is asked and never taught."""

    tagger: Tagger
    weight: float

    @classmethod
    def load(cls, name: str, offline: bool) -> "PairTeacher":
        """From `DIR[=WEIGHT]`; ModelError for one that cannot be loaded."""
        folder, weight = split_weight(name)
        return cls(Tagger.load(folder, offline).eval().requires_grad_(False), weight)

    def says(self, batch: Batch, types: Sequence[str]) -> Float[Tensor, "batch word word relation"]:
        """Its distributions over the relations of a tagger that knows these types.

        A type that the other does not know is no relation to it. Pairs with words that it has cut
        hold none, as such words are O.
        """
        number = {label: FIRST_TYPE + place for place, label in enumerate(types)}
        column = [NONE, NEIGHBOUR, *(number.get(label, NONE) for label in self.tagger.types)]
        with torch.no_grad():  # what inference mode makes could not stand beside the student's
            probs = self.tagger(batch).float().softmax(-1)
            out = probs.new_zeros(*probs.shape[:-1], FIRST_TYPE + len(types))
            out = out.index_add(-1, torch.tensor(column, device=probs.device), probs)
            nothing = one_hot(torch.tensor(NONE, device=out.device), out.shape[-1]).to(out.dtype)
            return torch.where(cells_of(batch.mask)[..., None], out, nothing)
