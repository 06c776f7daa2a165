"""Tokenizers that are given words instead of text: a word's pieces must be those it has in text.

Byte-level tokenizers, and some with word boundary marks, know a word by the blank before it. In a
list of words there is none, and all but the first would be read as going on with the one before.
"""

from typing import Any

# pieces that stand for the blank before a word: no content of their own (XLM-R gives "▁" "北京")
BLANK_PIECES = frozenset({"▁", "Ġ", ""})
_BYTE_LEVEL = {"roberta", "longformer", "gpt2", "bart", "led", "deberta", "modernbert", "phobert"}


def tokenizer_options(model_type: str) -> dict[str, Any]:
    """What `AutoTokenizer.from_pretrained` must be told for a model of this type."""
    return {"add_prefix_space": True} if model_type in _BYTE_LEVEL else {}


def behind_blanks(tokenizer: Any) -> Any:
    """The tokenizer, which reads each word of a list as it would behind a blank.

    Where it does not do so by itself, and a blank put before each word makes it, that is done.
    """
    if not tokenizer.is_fast or _reads_words(tokenizer):
        return tokenizer
    from tokenizers.normalizers import Prepend, Sequence

    backend = tokenizer.backend_tokenizer
    own = backend.normalizer
    backend.normalizer = Sequence([Prepend(" "), own]) if own else Prepend(" ")
    if not _reads_words(tokenizer):
        backend.normalizer = own
    return tokenizer


def _reads_words(tokenizer: Any) -> bool:
    """Whether the second word of a list has the pieces of the second word of a text."""
    listed = tokenizer(["a", "a"], is_split_into_words=True, add_special_tokens=False).encodings[0]
    text = tokenizer("a a", add_special_tokens=False).encodings[0]
    of_list = [piece for piece, word in zip(listed.ids, listed.word_ids, strict=True) if word == 1]
    of_text = [piece for piece, (_, end) in zip(text.ids, text.offsets, strict=True) if end > 1]
    return of_list == of_text
