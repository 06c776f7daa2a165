"""Word vectors recomputed with transformers alone, sentence by sentence."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

POOLED = {
    "first": lambda pieces: pieces[0],
    "mean": lambda pieces: pieces.mean(0),
    "max": lambda pieces: pieces.amax(0),
}


def word_vectors(
    folder: Path, sentences: Sequence[list[str]], layers: Sequence[int], pooling: str
) -> np.ndarray:
    """The vectors of all words, of length 1; each sentence has to fit into the encoder."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForTokenClassification.from_pretrained(folder).eval()
    rows: list[torch.Tensor] = []
    for tokens in sentences:
        encoded = tokenizer(tokens, is_split_into_words=True, return_tensors="pt")
        owner = encoded.word_ids(0)
        ids, attended = encoded["input_ids"], encoded["attention_mask"]
        with torch.no_grad():
            out = network(input_ids=ids, attention_mask=attended, output_hidden_states=True)
        mean = sum(out.hidden_states[layer][0] for layer in layers) / len(layers)
        for word in range(len(tokens)):
            pieces = mean[[place for place, own in enumerate(owner) if own == word]]
            vector = POOLED[pooling](pieces)
            rows.append(vector / vector.norm())
    return torch.stack(rows).numpy()
