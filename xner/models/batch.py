"""Sentences -> padded tensors and back without loss: tokenized once, windowed, never cut.

An encoder sees at most a few hundred pieces. A longer sentence becomes several overlapping rows,
and each of its words is read from the row in which it is farthest from an edge. All bookkeeping is
flat tensors, so that assembling a batch costs no Python work per token.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Literal

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from xner.errors import XnerError
from xner.sentence import Sentence
from xner.word_pieces import BLANK_PIECES

OnLong = Literal["window", "cut", "error"]


@dataclass(frozen=True)
class Batch:
    """Sentences as the encoder takes them; `index` says which of the corpus they are."""

    index: Int[Tensor, " batch"]
    pieces: Int[Tensor, "row piece"]
    attended: Bool[Tensor, "row piece"]
    first: Int[Tensor, "batch word"]  # flat (row, piece) position of each word's first piece
    word_of: Int[Tensor, "row piece"]  # flat (batch, word) position of each piece; -1 for none
    mask: Bool[Tensor, "batch word"]

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        moved = {f.name: getattr(self, f.name).to(device, non_blocking=True) for f in fields(self)}
        return type(self)(**moved)


class PieceTokenizer:
    """A Hugging Face tokenizer reduced to what tagging needs: pieces and where each word begins.

    `on_long` says what becomes of a sentence that does not fit into a row: `window` makes several
    rows of it; `cut` leaves out the words behind the first (no loss sees them, their tag is O), as
    the papers' code does; `error` raises XnerError.
    """

    def __init__(self, tokenizer: Any, max_pieces: int, overlap: int | None = None):
        self.tokenizer = tokenizer
        self.on_long: OnLong = "window"
        probe = tokenizer(["a"], is_split_into_words=True)["input_ids"]
        inner = tokenizer(["a"], is_split_into_words=True, add_special_tokens=False)["input_ids"]
        start = next(i for i in range(len(probe)) if probe[i : i + len(inner)] == inner)
        self.prefix, self.suffix = probe[:start], probe[start + len(inner) :]
        self.room = max_pieces - len(self.prefix) - len(self.suffix)
        self.overlap = self.room // 4 if overlap is None else min(overlap, self.room // 2)
        self.pad = tokenizer.pad_token_id or 0

    def __call__(self, sentences: Sequence[Sentence]) -> "EncodedCorpus":
        """Tokenize sentences, once."""
        return EncodedCorpus(self, sentences)

    def words(self, sentences: Sequence[Sentence]) -> "list[_Pieces]":
        """Pieces of each sentence; a word the tokenizer makes nothing of becomes one unknown."""
        if not sentences:
            return []
        encoded = self.tokenizer(
            [sentence.tokens for sentence in sentences],
            is_split_into_words=True,
            add_special_tokens=False,
            verbose=False,
        )
        unknown = self.tokenizer.unk_token_id or 0
        return [
            _pieces(encoding, len(sentence.tokens), self.room, unknown)
            for encoding, sentence in zip(encoded.encodings, sentences, strict=True)
        ]


@dataclass(slots=True)
class _Pieces:
    ids: list[int]
    word: list[int]  # the word of each piece
    begin: list[int]  # where each word's pieces begin, and the end
    first: list[int]  # each word's first piece with content


def _pieces(encoding: Any, length: int, room: int, unknown: int) -> _Pieces:
    ids: list[int] = []
    word: list[int] = []
    begin: list[int] = []
    first: list[int] = []
    tokens, words, every = encoding.tokens, encoding.word_ids, encoding.ids
    position, total = 0, len(words)
    for number in range(length):
        start = position
        while position < total and words[position] == number:
            position += 1
        begin.append(len(ids))
        blank = position - start > 1 and tokens[start] in BLANK_PIECES
        first.append(len(ids) + blank)
        # a single word longer than a row keeps as many pieces as a row holds
        own = every[start:position][:room] or [unknown]
        ids += own
        word += [number] * len(own)
    begin.append(len(ids))
    return _Pieces(ids, word, begin, first)


class EncodedCorpus:
    """Tokenized sentences as flat tensors; `batch` pads any selection of them."""

    def __init__(self, tokenizer: PieceTokenizer, sentences: Sequence[Sentence]):
        self.tokenizer = tokenizer
        pieces: list[int] = []
        words: list[int] = []
        first: list[int] = []
        owner: list[int] = []
        self.long = 0  # sentences that do not fit into one row
        rows: list[tuple[int, int]] = []
        kept: list[int] = []
        piece_start, word_start, row_start = [0], [0], [0]
        for sentence, encoded in zip(sentences, tokenizer.words(sentences), strict=True):
            base = len(pieces)
            windows = _windows(encoded.begin, tokenizer.room, tokenizer.overlap)
            self.long += len(windows) > 1
            if len(windows) > 1 and tokenizer.on_long != "window":
                windows = _first(windows, encoded.begin, sentence, tokenizer)
            for low, high, last in windows:
                owner += [len(rows)] * (last - (len(owner) - word_start[-1]))
                rows.append((base + low, base + high))
            kept.append(windows[-1][2])
            # words that were cut belong to no row; any will do, for their mask is False
            owner += [len(rows) - 1] * (len(sentence.tokens) - kept[-1])
            first += [base + position for position in encoded.first]
            pieces += encoded.ids
            words += encoded.word
            piece_start.append(len(pieces))
            word_start.append(len(first))
            row_start.append(len(rows))
        self.pieces = torch.tensor(pieces, dtype=torch.int32)
        self.words = torch.tensor(words, dtype=torch.int32)
        self.first = torch.tensor(first, dtype=torch.int64)
        self.owner = torch.tensor(owner, dtype=torch.int64)
        self.rows = torch.tensor(rows, dtype=torch.int64).reshape(-1, 2)
        self.word_start = torch.tensor(word_start, dtype=torch.int64)
        self.row_start = torch.tensor(row_start, dtype=torch.int64)
        self.kept = torch.tensor(kept, dtype=torch.int64)  # words of each sentence that are read
        self.row_lengths = self.rows[:, 1] - self.rows[:, 0]

    def __len__(self) -> int:
        return len(self.word_start) - 1

    def costs(self) -> tuple[list[int], list[int]]:
        """For each sentence the pieces of its longest row (specials included) and its rows."""
        extra = len(self.tokenizer.prefix) + len(self.tokenizer.suffix)
        starts = self.row_start
        longest = torch.segment_reduce(self.row_lengths.float(), "max", offsets=starts)
        return (longest.long() + extra).tolist(), (starts[1:] - starts[:-1]).tolist()

    def batch(self, index: Sequence[int]) -> Batch:
        """Pad the chosen sentences to one batch."""
        chosen = torch.tensor(index, dtype=torch.int64)
        row, row_base = _ranges(self.row_start[chosen], self.row_start[chosen + 1])
        pieces, attended, flat, inside = self._rows(row)
        low, high = self.word_start[chosen], self.word_start[chosen + 1]
        width = int((high - low).max()) if len(chosen) else 0
        word = low[:, None] + torch.arange(width)
        mask = word < (low + self.kept[chosen])[:, None]
        word = torch.where(mask, word, 0)
        owner = self.owner[word]
        local_row = owner - self.row_start[chosen][:, None] + row_base[:, None]
        place = self.first[word] - self.rows[owner, 0] + len(self.tokenizer.prefix)
        first = torch.where(mask, local_row * pieces.shape[1] + place, 0)
        # which word of the batch each piece belongs to, if its row is the one the word is read from
        sentence_of_row = torch.repeat_interleave(
            torch.arange(len(chosen)), self.row_start[chosen + 1] - self.row_start[chosen]
        )
        word_in_sentence = self.words[flat].long()
        owned = self.owner[low[sentence_of_row][:, None] + word_in_sentence] == row[:, None]
        position = sentence_of_row[:, None] * width + word_in_sentence
        word_of = torch.where(inside & owned, position, -1)
        offset = len(self.tokenizer.prefix)
        padded = torch.full_like(pieces, -1)
        padded[:, offset : offset + word_of.shape[1]] = word_of
        return Batch(chosen, pieces, attended, first, padded, mask)

    def places(self, batch: Batch) -> Int[Tensor, "batch word"]:
        """Which of all words each word of a batch is; padding is the first."""
        word = self.word_start[batch.index][:, None] + torch.arange(batch.mask.shape[1])
        return torch.where(batch.mask, word, 0)

    def _rows(self, row: Int[Tensor, " row"]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Padded pieces with the special ones, their mask, and where each inner piece stands."""
        prefix, suffix = self.tokenizer.prefix, self.tokenizer.suffix
        low, length = self.rows[row, 0], self.row_lengths[row]
        column = torch.arange(int(length.max()) if len(row) else 0)
        inside = column < length[:, None]
        flat = torch.where(inside, low[:, None] + column, 0)
        total = len(prefix) + len(column) + len(suffix)
        pieces = torch.full((len(row), total), self.tokenizer.pad, dtype=torch.int64)
        pieces[:, : len(prefix)] = torch.tensor(prefix, dtype=torch.int64)
        body = pieces[:, len(prefix) : len(prefix) + len(column)]
        body[inside] = self.pieces[flat[inside]].long()
        for place, piece in enumerate(suffix):
            pieces.scatter_(1, (len(prefix) + length + place)[:, None], piece)
        attended = torch.arange(total) < (length + len(prefix) + len(suffix))[:, None]
        return pieces, attended, flat, inside


def _ranges(start: Tensor, end: Tensor) -> tuple[Tensor, Tensor]:
    """All integers of the half-open ranges, and where each range begins among them."""
    length = end - start
    base = torch.cumsum(length, 0) - length
    return torch.arange(int(length.sum())) + torch.repeat_interleave(start - base, length), base


def _first(
    windows: list[tuple[int, int, int]],
    begin: list[int],
    sentence: Sentence,
    tokenizer: PieceTokenizer,
) -> list[tuple[int, int, int]]:
    """The one row of a sentence that is cut, down to its last word; XnerError if none may be."""
    if tokenizer.on_long == "error":
        raise XnerError(
            f"sentence '{sentence.id}' ({len(sentence.tokens):,} words) does not fit into "
            f"{tokenizer.room:,} word pieces; --on-long window reads it in parts"
        )
    low, high, _ = windows[0]
    return [(low, high, bisect_right(begin, high) - 1)]


def _windows(begin: list[int], room: int, overlap: int) -> list[tuple[int, int, int]]:
    """Rows of a sentence: first piece, end piece, and the end of the words read from the row.

    `begin` holds where each word's pieces begin, and the end of all. Rows hold whole words, overlap
    by about `overlap` pieces, and the words of an overlap are shared out at its middle.
    """
    words, total = len(begin) - 1, begin[-1]
    if total <= room:
        return [(0, total, words)]
    spans: list[tuple[int, int]] = []  # words of each row
    start = 0
    while True:
        end = start + 1
        while end < words and begin[end + 1] - begin[start] <= room:
            end += 1
        spans.append((start, end))
        if end == words:
            break
        back = end
        # the next row must have room for a new word behind the overlap
        while (
            back - 1 > start
            and begin[end] - begin[back - 1] <= overlap
            and begin[end + 1] - begin[back - 1] <= room
        ):
            back -= 1
        start = back
    owned = [(low + high + 1) // 2 for (_, high), (low, _) in pairwise(spans)]
    return [
        (begin[low], begin[high], last)
        for (low, high), last in zip(spans, [*owned, words], strict=True)
    ]
