"""What taggers say of sentences, as the distributions that a student learns."""

from collections.abc import Sequence
from dataclasses import replace

import torch

from xner.models.tagging import TaggingSettings, load_ensemble
from xner.sentence import Sentence


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
    tagged = load_ensemble(teachers, {}, settings, device, offline).tag(sentences)
    return [
        replace(said, tags=sentence.tags, weights=sentence.weights)
        for sentence, said in zip(sentences, tagged, strict=True)
    ]
