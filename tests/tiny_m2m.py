"""M2M-100 and NLLB models of a few thousand weights, with the vocabularies of their kinds."""

import io
import json
from pathlib import Path
from typing import Any

from tests.tiny_marian import TEXTS
from xner.translation.language_codes import M2M100, NLLB


def save_tiny_m2m100(
    folder: Path,
    positions: int = 64,
    seed: int = 1,
    special: bool = True,
    extra: tuple[str, ...] = (),
) -> Path:
    """Save a random M2M-100 with a sentencepiece vocabulary and all of its hundred languages.

    As on the hub the languages' pieces are `special`; some that people save themselves are not.
    """
    from transformers import M2M100Tokenizer

    folder.mkdir(parents=True, exist_ok=True)
    words = _sentencepiece(folder / "sentencepiece.bpe.model")
    names = ["<s>", "<pad>", "</s>", "<unk>", *words]
    (folder / "vocab.json").write_text(json.dumps({name: n for n, name in enumerate(names)}))
    codes = [f"__{code}__" for code in M2M100] if special else []
    tokenizer = M2M100Tokenizer(
        str(folder / "vocab.json"),
        str(folder / "sentencepiece.bpe.model"),
        model_max_length=positions,
        additional_special_tokens=codes,
    )
    size = len(names) + len(M2M100) + tokenizer.num_madeup_words
    return _save(folder, tokenizer, size, positions, seed, 1.6, extra)


def save_tiny_nllb(folder: Path, positions: int = 64, seed: int = 7) -> Path:
    """Save a random NLLB whose tokenizer.json knows all of its two hundred languages."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import AutoTokenizer

    folder.mkdir(parents=True, exist_ok=True)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = Tokenizer(models.BPE(unk_token="<unk>"))
    pieces.pre_tokenizer = pre_tokenizers.Metaspace()
    pieces.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=110, special_tokens=special, show_progress=False)
    pieces.train_from_iterator(TEXTS * 20, trainer)
    pieces.add_special_tokens([AddedToken(code, normalized=False) for code in [*NLLB, "<mask>"]])
    pieces.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "NllbTokenizer", "model_max_length": positions}
    settings |= {"additional_special_tokens": NLLB}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return _save(folder, tokenizer, len(tokenizer), positions, seed, 0.5)


def _save(
    folder: Path,
    tokenizer: Any,
    size: int,
    positions: int,
    seed: int,
    ends: float,
    extra: tuple[str, ...] = (),
) -> Path:
    import torch
    from transformers import M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=size,
        d_model=16,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=32,
        decoder_ffn_dim=32,
        max_position_embeddings=positions,
        decoder_start_token_id=2,
    )
    torch.manual_seed(seed)
    model = M2M100ForConditionalGeneration(config)
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, std=0.5)
    with torch.no_grad():  # there is no bias on pieces; this leans to the end of the text
        model.model.decoder.layer_norm.bias += ends * model.model.shared.weight[2]
    if extra:  # as one adds words to a trained model
        tokenizer.add_tokens(list(extra))
        model.resize_token_embeddings(len(tokenizer))
    tokenizer.save_pretrained(folder)
    model.generation_config.num_beams = 2
    model.generation_config.no_repeat_ngram_size = 2  # noise, but not one sound
    model.save_pretrained(folder)
    return folder


def _sentencepiece(path: Path) -> list[str]:
    import sentencepiece

    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 20),
        model_writer=made,
        vocab_size=90,
        hard_vocab_limit=False,
        character_coverage=1.0,
        minloglevel=2,
    )
    path.write_bytes(made.getvalue())
    pieces = sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())
    words = [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())]
    return [word for word in words if word not in ("<s>", "</s>", "<unk>")]
