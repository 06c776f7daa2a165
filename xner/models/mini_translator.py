"""A small Marian model made from the given text, for trying things out offline.

It knows no language: its weights are random until `train` moves them, and it can say only what its
few thousand pieces and some tens of thousands of pairs have taught it.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from xner.models.hub import hush

VOCABULARY = 4000
HIDDEN = 128
LAYERS = 3
POSITIONS = 256
_END, _UNKNOWN, _PADDING = "</s>", "<unk>", "<pad>"


def write_mini_translator(folder: Path, texts: Iterable[str], seed: int = 0) -> None:
    """Save a Marian model whose one vocabulary is made from the texts of both languages."""
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    hush()
    names = _write_pieces(folder, texts)
    number = {name: place for place, name in enumerate(names)}
    (folder / "vocab.json").write_text(json.dumps(number), "utf-8")
    paths = [str(folder / file) for file in ("source.spm", "target.spm", "vocab.json")]
    MarianTokenizer(*paths, model_max_length=POSITIONS).save_pretrained(folder)
    end, padding = number[_END], number[_PADDING]
    config = MarianConfig(
        vocab_size=len(names),
        d_model=HIDDEN,
        encoder_layers=LAYERS,
        decoder_layers=LAYERS,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=4 * HIDDEN,
        decoder_ffn_dim=4 * HIDDEN,
        max_position_embeddings=POSITIONS,
        activation_function="relu",
        scale_embedding=True,
        init_std=HIDDEN**-0.5,
        pad_token_id=padding,
        eos_token_id=end,
        forced_eos_token_id=end,
        decoder_start_token_id=padding,
    )
    torch.manual_seed(seed)
    model = MarianMTModel(config)
    model.generation_config.num_beams = 4
    model.generation_config.bad_words_ids = [[padding]]
    model.save_pretrained(folder)


def _write_pieces(folder: Path, texts: Iterable[str]) -> list[str]:
    """Train the pieces; their names, with what Marian wants beside them."""
    import io

    import sentencepiece

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(  # pyright: ignore[reportAttributeAccessIssue]
        sentence_iterator=iter(texts),
        model_writer=made,
        model_type="bpe",  # whose trainer gives the same pieces each time
        vocab_size=VOCABULARY,
        hard_vocab_limit=False,
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
    )
    for side in ("source", "target"):
        (folder / f"{side}.spm").write_bytes(made.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())
    learned = [pieces.id_to_piece(place) for place in range(pieces.get_piece_size())]
    own = [name for name in learned if name not in ("<s>", _END, _UNKNOWN)]
    return [_END, _UNKNOWN, *own, _PADDING]
