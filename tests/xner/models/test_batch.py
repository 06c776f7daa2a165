"""Pieces, rows and words: nothing lost, nothing counted twice, whatever the length."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import tiny
from xner.models.batch import PieceTokenizer, _windows
from xner.models.pooling import pooled
from xner.sentence import Sentence

VOCABULARY = tiny.WORDS.split()


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return tiny.tagger(tiny.bert(tmp_path_factory.mktemp("bert")))


@pytest.fixture(scope="module")
def xlmr(tmp_path_factory):
    return tiny.tagger(tiny.xlm_roberta(tmp_path_factory.mktemp("xlmr")))


def of(*words: str) -> Sentence:
    return Sentence(id="x", tokens=list(words))


@given(
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=60),
    room=st.integers(9, 30),
    overlap=st.integers(0, 8),
)
def test_rows_cover_every_word_once(lengths, room, overlap):
    begin = [sum(lengths[:i]) for i in range(len(lengths) + 1)]
    done = 0
    for low, high, last in _windows(begin, room, min(overlap, room // 2)):
        assert high - low <= room
        assert last > done
        assert low <= begin[done]
        assert begin[last] <= high
        done = last
    assert done == len(lengths)


@settings(max_examples=40, deadline=None)
@given(
    sentences=st.lists(
        st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=90), min_size=1, max_size=5
    )
)
def test_each_word_is_read_from_its_own_first_piece(bert, sentences):
    corpus = bert.tokenize([of(*words) for words in sentences])
    batch = corpus.batch(range(len(sentences)))
    flat = batch.pieces.flatten()
    tokenizer = bert.tokenize.tokenizer
    for row, words in enumerate(sentences):
        assert batch.mask[row].sum() == len(words)
        first = [tokenizer(w, add_special_tokens=False)["input_ids"][0] for w in words]
        assert flat[batch.first[row][batch.mask[row]]].tolist() == first
    # every piece of every word belongs to exactly one place of one row
    owned = batch.word_of[batch.word_of >= 0]
    pieces = sum(
        len(tokenizer(w, add_special_tokens=False)["input_ids"]) for s in sentences for w in s
    )
    assert len(owned) == pieces


def test_no_row_is_longer_than_the_encoder_takes(bert):
    batch = bert.tokenize([of(*VOCABULARY * 40)]).batch([0])
    assert batch.pieces.shape[1] <= 64
    assert batch.mask.sum() == len(VOCABULARY) * 40
    ends = batch.attended.sum(1) - 1
    assert (batch.pieces[:, 0] == 2).all()
    assert (batch.pieces[torch.arange(len(ends)), ends] == 3).all()


def test_a_word_in_an_overlap_is_read_where_it_is_farthest_from_an_edge(bert):
    tokenizer = PieceTokenizer(bert.tokenize.tokenizer, max_pieces=12, overlap=4)
    batch = tokenizer([of(*["in"] * 16)]).batch([0])
    columns = (batch.first[0] % batch.pieces.shape[1]).tolist()
    rows = (batch.first[0] // batch.pieces.shape[1]).tolist()
    # rows of ten words, four of them shared: two from either row
    assert rows == [0] * 8 + [1] * 8
    assert columns == [*range(1, 9), *range(3, 11)]


def test_words_without_pieces_and_words_that_fill_a_row_stay_words(bert):
    batch = bert.tokenize([of("\u200b", "Bern", "\ufe0f"), of("Anna" * 200, "Berg")]).batch([0, 1])
    assert batch.mask.sum(1).tolist() == [3, 2]
    assert batch.pieces.flatten()[batch.first[0, 0]] == bert.tokenize.tokenizer.unk_token_id
    assert len(bert(batch)[1]) == 3


def test_first_piece_is_the_first_with_content(xlmr):
    tokenizer = xlmr.tokenize.tokenizer
    pieces = tokenizer.convert_ids_to_tokens(
        tokenizer("北京", add_special_tokens=False)["input_ids"]
    )
    assert pieces[0] == "▁"  # the trap
    batch = xlmr.tokenize([of("北京", "Bern")]).batch([0])
    chosen = tokenizer.convert_ids_to_tokens(batch.pieces.flatten()[batch.first[0]].tolist())
    assert chosen[0] == pieces[1]


@pytest.mark.parametrize("pooling", ["first", "mean", "max"])
def test_pooling_equals_a_loop_over_words(bert, pooling):
    sentences = [of("harbour", "Bern", "shipyard"), of(*VOCABULARY * 3)]
    batch = bert.tokenize(sentences).batch([0, 1])
    torch.manual_seed(0)
    hidden = torch.randn(*batch.pieces.shape, 8)
    out = pooled(hidden, batch, pooling)
    width = batch.mask.shape[1]
    for row in range(2):
        for word in range(int(batch.mask[row].sum())):
            own = hidden[batch.word_of == row * width + word]
            expected = {"first": own[0], "mean": own.mean(0), "max": own.amax(0)}[pooling]
            torch.testing.assert_close(out[row, word], expected)


def test_scores_do_not_depend_on_the_batch(bert):
    sentences = [of("Anna", "Berg"), of(*VOCABULARY), of("Bern")]
    corpus = bert.tokenize(sentences)
    together = bert(corpus.batch([0, 1, 2]))
    for row in range(3):
        alone = bert(corpus.batch([row]))[0]
        torch.testing.assert_close(together[row, : len(alone)], alone, rtol=1e-4, atol=1e-5)
