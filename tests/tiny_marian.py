"""A Marian model of a few thousand weights: its translations are noise, its shape is true."""

import io
import json
from pathlib import Path

TEXTS = [
    "Anna lives in Bern and works for Acme .",
    "Der Zug nach Wien fährt um neun Uhr ab .",
    "SPAN0 and SPAN1 met in SPAN2 ; SPAN3 was late .",
    "[ Bern ] , ( Wien ) : die Stadt am Fluss !",
    "The mayor of Graz opened a bridge over the Mur .",
]


def save_tiny_marian(
    folder: Path, positions: int = 48, seed: int = 1, extra: tuple[str, ...] = ()
) -> Path:
    """Save a random Marian model with its vocabulary, as Helsinki's stand on the hub.

    `extra` are words that were added to its vocabulary afterwards.
    """
    import sentencepiece
    import torch
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 20),
        model_writer=made,
        vocab_size=90,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
    )
    folder.mkdir(parents=True, exist_ok=True)
    for side in ("source", "target"):
        (folder / f"{side}.spm").write_bytes(made.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())
    words = [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())]
    names = ["</s>", "<unk>", *(word for word in words if word not in ("<s>", "</s>", "<unk>"))]
    vocabulary = {word: number for number, word in enumerate([*names, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    tokenizer = MarianTokenizer(
        str(folder / "source.spm"),
        str(folder / "target.spm"),
        str(folder / "vocab.json"),
        model_max_length=positions,
    )
    pad = vocabulary["<pad>"]
    config = MarianConfig(
        vocab_size=len(vocabulary),
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=positions,
        pad_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        decoder_start_token_id=pad,
    )
    torch.manual_seed(seed)
    model = MarianMTModel(config)
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.5)
    with torch.no_grad():
        model.model.shared.weight[pad] = 0  # where decoding starts, as in all of theirs
    model.final_logits_bias[:, :2] = -1.0
    model.final_logits_bias[:, pad] = -1e9  # or it would say nothing
    if extra:
        tokenizer.add_tokens(list(extra))
        model.resize_token_embeddings(len(tokenizer))
    tokenizer.save_pretrained(folder)
    model.generation_config.num_beams = 2
    model.generation_config.no_repeat_ngram_size = 1  # noise, but not one sound
    model.save_pretrained(folder)
    return folder
