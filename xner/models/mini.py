"""A small encoder and its tokenizer made from the given text, for trying things out offline.

It knows no language: its weights are random until `train` moves them. What it learns of the target
language comes only from that text, so its scores say nothing about a method's worth on a real
multilingual encoder.
"""

from collections.abc import Iterable
from pathlib import Path

from xner.models.hub import hush
from xner.sentence import Sentence

VOCABULARY = 1000
_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def write_mini(folder: Path, sentences: Iterable[Sentence], seed: int = 0) -> None:
    """Save a two-layer BERT of 128 features and a cased tokenizer trained on the text."""
    import torch
    from tokenizers import (
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
        trainers,
    )
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    # byte pair encoding, for its trainer gives the same pieces each time; WordPiece's does not
    pieces = Tokenizer(models.BPE(unk_token="[UNK]"))
    pieces.normalizer = normalizers.NFKC()
    pieces.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()]
    )
    pieces.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=_SPECIAL, show_progress=False
    )
    pieces.train_from_iterator((" ".join(sentence.tokens) for sentence in sentences), trainer)
    pieces.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad", "unk", "cls", "sep", "mask"), _SPECIAL, strict=True))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        model_max_length=256,
        **{f"{kind}_token": piece for kind, piece in names.items()},
    )
    hush()
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=256,
        pad_token_id=0,
    )
    tokenizer.save_pretrained(folder)
    BertModel(config).save_pretrained(folder)
