"""How probable a translation is that somebody has made already: a model is led along it.

A row is a source and a target in pieces. For each piece of the target the model says how probable
it is after those before it, and answers what else might have stood at some places.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from xner.errors import EngineError, OptionError
from xner.translation.engine import Engine
from xner.translation.generation import Seq2Seq

if TYPE_CHECKING:
    from torch import Tensor

_LOGITS = 1 << 25  # that are held at a time


class Row(NamedTuple):
    """Pieces of a source and a target, and questions: places with pieces that might stand there."""

    source: tuple[int, ...]
    target: tuple[int, ...]
    asked: Sequence[tuple[int, int]] = ()


class Scored(NamedTuple):
    """Logarithms of probabilities: of the target's pieces in their order, and of those asked."""

    pieces: list[float]
    answers: list[float]


class Scorer:
    """Scores with the model of a translation engine, any encoder-decoder of transformers."""

    def __init__(self, engine: Engine):
        if not isinstance(engine, Seq2Seq):
            raise OptionError(
                f"engine '{engine.name}' cannot say how probable a translation is; opus, m2m100 "
                "and nllb can"
            )
        self.engine = engine

    def source(self, text: str) -> tuple[int, ...]:
        """The pieces of a text that is translated."""
        return tuple(self.engine.pieces(self.engine.prepared(text)))

    def target(self, text: str) -> tuple[int, ...]:
        """The pieces of a translation, its end included."""
        return tuple(self.engine.tokenizer(text_target=text, verbose=False)["input_ids"])

    def fits(self, row: Row, more: int = 0) -> bool:
        """Whether the model can read both sides whole, and so many pieces `more` of the target."""
        return max(len(row.source), len(row.target) + more) <= self.engine.limit

    def scored(self, rows: Sequence[Row]) -> list[Scored]:
        """The scores of each row, in order. Equal sources of a batch are read once."""
        order = sorted(range(len(rows)), key=lambda n: (-len(rows[n].source), rows[n]))
        made: dict[int, Scored] = {}
        for batch in _batches(rows, order, self.engine.settings.batch_tokens):
            found = self._computed([rows[number] for number in batch])
            made.update(zip(batch, found, strict=True))
        return [made[number] for number in range(len(rows))]

    def _computed(self, rows: list[Row]) -> list[Scored]:
        """A batch; where memory gives out, half of it after the other."""
        import torch

        try:
            return self._led(rows)
        except torch.OutOfMemoryError as error:
            if len(rows) == 1:
                raise EngineError(
                    f"engine '{self.engine.name}' has no memory for a text"
                ) from error
        torch.cuda.empty_cache()
        self.engine.counts["batches halved"] += 1
        middle = len(rows) // 2
        return self._computed(rows[:middle]) + self._computed(rows[middle:])

    def _led(self, rows: list[Row]) -> list[Scored]:
        import torch

        with torch.inference_mode():
            hidden = self._hidden(rows)
            own = [(n, at, p) for n, row in enumerate(rows) for at, p in enumerate(row.target)]
            asked = [(n, at, p) for n, row in enumerate(rows) for at, p in row.asked]
            found = self._log_probabilities(hidden, own + asked)
        values = iter(found)
        pieces = [[next(values) for _ in row.target] for row in rows]
        answers = [[next(values) for _ in row.asked] for row in rows]
        return [Scored(*pair) for pair in zip(pieces, answers, strict=True)]

    def _hidden(self, rows: list[Row]) -> "Tensor":
        """What the decoder makes of each place before it sees the piece there."""
        import torch

        model, padding = self.engine.model, self.engine.tokenizer.pad_token_id
        sources = list(dict.fromkeys(row.source for row in rows))
        number = {source: n for n, source in enumerate(sources)}
        which = torch.tensor([number[row.source] for row in rows], device=model.device)
        ids, attended = _padded(sources, padding, model.device)
        read = model.get_encoder()(input_ids=ids, attention_mask=attended).last_hidden_state
        begin = model.config.decoder_start_token_id
        # what is behind the end of a shorter row is never asked, and nothing before it sees it
        led, _ = _padded([(begin, *row.target[:-1]) for row in rows], padding, model.device)
        return model.get_decoder()(
            input_ids=led,
            encoder_hidden_states=read[which],
            encoder_attention_mask=attended[which],
            use_cache=False,
        ).last_hidden_state

    def _log_probabilities(
        self, hidden: "Tensor", queries: Sequence[tuple[int, int, int]]
    ) -> list[float]:
        """Of pieces at places of rows; all of a vocabulary is too much to hold for all places."""
        import torch

        weight, bias = self._head
        row, place, piece = torch.tensor(queries, device=hidden.device).T
        flat, where = torch.unique(row * hidden.shape[1] + place, return_inverse=True)
        states = hidden.flatten(0, 1)[flat].float()
        size = max(1, _LOGITS // len(weight))
        made = states.new_zeros(len(queries))
        for low in range(0, len(flat), size):
            logits = states[low : low + size] @ weight.T + bias
            logs = logits.log_softmax(-1)
            here = (where >= low) & (where < low + size)
            made[here] = logs[where[here] - low, piece[here]]
        return made.tolist()

    @cached_property
    def _head(self) -> tuple["Tensor", Any]:
        """From states to pieces; in full precision, for the differences that count are small."""
        model = self.engine.model
        head = model.get_output_embeddings()
        bias = getattr(model, "final_logits_bias", None)
        if bias is None:
            bias = getattr(head, "bias", None)
        return head.weight.float(), 0.0 if bias is None else bias.float().flatten()


def _padded(rows: Sequence[Sequence[int]], padding: int, device: Any) -> tuple["Tensor", "Tensor"]:
    """Rows of one length, and where they are themselves."""
    import torch

    width = max(map(len, rows))
    ids = [[*row, *[padding] * (width - len(row))] for row in rows]
    own = [[int(at < len(row)) for at in range(width)] for row in rows]
    return torch.tensor(ids, device=device), torch.tensor(own, device=device)


def _batches(rows: Sequence[Row], order: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Numbers of rows, `budget` pieces of targets at a time with their padding."""
    batch: list[int] = []
    longest = 0
    for number in order:
        length = len(rows[number].target)
        if batch and max(longest, length) * (len(batch) + 1) > budget:
            yield batch
            batch, longest = [], 0
        batch.append(number)
        longest = max(longest, length)
    if batch:
        yield batch
