"""Small encoders and taggers, built in memory and saved; no network."""

from pathlib import Path

import torch

from xner.models.tagger import Tagger, TaggerSettings
from xner.sentence import Sentence

WORDS = (
    "Anna Berg visited the old harbour of Lisbon with officials of Nordwind Energy . "
    "Officials in Bern said that Nordwind Energy had bought a Portuguese shipyard . "
    "Der Hafen von Lissabon wurde am Montag von Anna Berg besucht . 北京 是 首都 。"
)


def bert(folder: Path, length: int = 64, layers: int = 2, dropout: float = 0.1) -> Path:
    """Save an untrained BERT of 32 features with pieces for letters and most of WORDS."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    # a learned vocabulary is another in every process: ties are broken by chance
    words, letters = sorted({*WORDS.split()}), sorted({*WORDS} - {" "})
    own = dict.fromkeys(
        [*special, *words[::2], "Bern", "in", *letters, *(f"##{letter}" for letter in letters)]
    )
    vocabulary = {piece: number for number, piece in enumerate(own)}
    pieces = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        model_max_length=length,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=length,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
        pad_token_id=0,
    )
    tokenizer.save_pretrained(folder)
    BertModel(config).save_pretrained(folder)
    return folder


def xlm_roberta(folder: Path) -> Path:
    """Save an untrained XLM-R of 32 features with a Unigram vocabulary that marks blanks as ▁."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    pieces = Tokenizer(models.Unigram())
    pieces.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    pieces.train_from_iterator([WORDS], trainer)
    pieces.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        model_max_length=64,
        bos_token="<s>",
        eos_token="</s>",
        cls_token="<s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
    )
    torch.manual_seed(1)
    config = XLMRobertaConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=66,
        pad_token_id=1,
        type_vocab_size=1,
    )
    tokenizer.save_pretrained(folder)
    XLMRobertaModel(config).save_pretrained(folder)
    return folder


def tagger(
    encoder: Path, types: tuple[str, ...] = ("LOC", "ORG", "PER"), **settings: object
) -> Tagger:
    """An untrained tagger in eval mode on a saved encoder."""
    torch.manual_seed(2)
    return Tagger.build(str(encoder), list(types), TaggerSettings(**settings)).eval()  # type: ignore[arg-type]


def foreign(encoder: Path, folder: Path, *labels: str) -> str:
    """A saved token classifier with these labels and no xner.json."""
    from transformers import AutoModelForTokenClassification

    tagger(encoder, types=("X",), scheme="bio").save(folder)
    (folder / "xner.json").unlink()
    network = AutoModelForTokenClassification.from_pretrained(
        folder,
        id2label=dict(enumerate(labels)),
        num_labels=len(labels),
        ignore_mismatched_sizes=True,
    )
    network.save_pretrained(folder)
    return str(folder)


def sentence(text: str, tags: str | None = None, **fields: object) -> Sentence:
    """A sentence of blank-separated tokens and tags."""
    fields.setdefault("id", text)
    own = tags.split() if tags is not None else None
    return Sentence(tokens=text.split(), tags=own, **fields)  # type: ignore[arg-type]
