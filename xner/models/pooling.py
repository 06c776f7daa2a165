"""Piece vectors -> word vectors: the first piece, the mean, or the maximum of a word's pieces."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from xner.models.batch import Batch

Pooling = Literal["first", "mean", "max"]


def pooled(
    hidden: Float[Tensor, "row piece hidden"], batch: Batch, pooling: Pooling
) -> Float[Tensor, "batch word hidden"]:
    """One vector a word, each read from the row that owns the word; padding gets any vector.

    First piece: ConNER, CoLaDa, TransAdv. Mean: CoLaDa's retrieval. Max: MCL-NER (after W2NER).
    """
    flat = hidden.flatten(0, 1)
    if pooling == "first":
        return flat[batch.first]
    sentences, words = batch.mask.shape
    owned = batch.word_of.flatten() >= 0
    target, source = batch.word_of.flatten()[owned], flat[owned]
    out = flat.new_zeros(sentences * words, flat.shape[1])
    if pooling == "max":
        out = out.scatter_reduce(
            0, target[:, None].expand_as(source), source, "amax", include_self=False
        )
    else:
        count = torch.bincount(target, minlength=sentences * words).clamp(min=1)
        out = out.index_add(0, target, source) / count[:, None].to(flat.dtype)
    return out.view(sentences, words, -1)
