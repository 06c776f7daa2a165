"""Words of a list have the pieces that they have in a text, whatever the tokenizer."""

import pytest
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from xner.word_pieces import behind_blanks

TEXT = ["Anna Roe lives in Bern near York and in New York today"] * 30
WORDS = ["Bern", "near", "York"]
BYTES = pre_tokenizers.ByteLevel.alphabet()


def byte_level():
    return Tokenizer(models.BPE()), None, pre_tokenizers.ByteLevel(add_prefix_space=False)


def split_first():
    """As GPT-4, Qwen and others do."""
    split = pre_tokenizers.Split(Regex(r" ?\p{L}+|\s+"), "isolated")
    after = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return Tokenizer(models.BPE()), None, pre_tokenizers.Sequence([split, after])


def blanks_by_normalizer():
    """As Gemma does."""
    split = pre_tokenizers.Split("▁", "merged_with_next")
    return Tokenizer(models.BPE(unk_token="<unk>")), normalizers.Replace(" ", "▁"), split


def metaspace():
    """As XLM-R does, which needs no help."""
    return Tokenizer(models.BPE(unk_token="<unk>")), None, pre_tokenizers.Metaspace()


def word_piece():
    """As BERT does, which needs none either."""
    made = Tokenizer(models.BPE(unk_token="<unk>"))
    return made, normalizers.Lowercase(), pre_tokenizers.BertPreTokenizer()


def built(parts):
    made, made.normalizer, made.pre_tokenizer = parts
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<unk>"], initial_alphabet=BYTES, show_progress=False
    )
    made.train_from_iterator(TEXT, trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", pad_token="<unk>")


def of_words(tokenizer):
    return tokenizer.tokenize(WORDS, is_split_into_words=True)


@pytest.mark.parametrize("kind", [byte_level, split_first, blanks_by_normalizer])
def test_words_are_put_behind_blanks_where_the_tokenizer_leaves_them_bare(kind, tmp_path):
    tokenizer = built(kind())
    in_text = tokenizer.tokenize(" " + " ".join(WORDS))
    assert of_words(tokenizer) != in_text
    assert of_words(behind_blanks(tokenizer)) == in_text
    tokenizer.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert of_words(again) == in_text
    assert of_words(behind_blanks(again)) == in_text


@pytest.mark.parametrize("kind", [metaspace, word_piece])
def test_others_are_left_as_they_are(kind):
    tokenizer = built(kind())
    before, state = of_words(tokenizer), tokenizer.backend_tokenizer.to_str()
    assert of_words(behind_blanks(tokenizer)) == before == tokenizer.tokenize(" ".join(WORDS))
    assert tokenizer.backend_tokenizer.to_str() == state
