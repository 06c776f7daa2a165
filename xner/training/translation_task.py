"""Learning to translate: pairs of sentences, some with markers around phrases that correspond."""

import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch

from xner.errors import OptionError, XnerError
from xner.losses.objective import Objective
from xner.losses.translation import piece_nll
from xner.models.mini_translator import write_mini_translator
from xner.models.translator import Translator
from xner.sentence import Sentence
from xner.training.batches import bucketed
from xner.training.options import MINI, ModelOptions
from xner.training.pairs import PairCorpus, direction_of, texts_of
from xner.training.task import LOSS, Corpus, Data, Task

_MAKER = "'xner translate-spans --make-training-pairs'"
_MARKER = re.compile(r"__SLOT(\d+)__")
_JUDGED = (64, 4096)  # pairs and pieces of a batch whose gradient nobody needs


class Translation(Task):
    """A translator, measured by the nats that a piece of the translations of `dev` costs it."""

    always: ClassVar = ("translation", "labelled-translation")
    kinds: ClassVar = ("plain", "marked")
    measure: ClassVar = LOSS

    def __init__(
        self,
        translator: Translator,
        objectives: dict[str, Objective],
        corpora: dict[str, Corpus],
        dev: PairCorpus | None = None,
    ):
        super().__init__(translator, objectives, corpora)
        self.translator = translator
        self.dev = dev

    @classmethod
    def build(
        cls,
        model: ModelOptions,
        objectives: dict[str, Objective],
        data: Data,
        seed: int,
        offline: bool,
    ) -> "Translation":
        """With the model that is named, and the losses that there are pairs for."""
        left_out: Counter[str] = Counter()
        stream, dev = (_whole(pairs, left_out) for pairs in (data.stream, data.dev))
        if data.dev and not dev:
            raise XnerError(
                f"no sentence of --dev has an origin: it must hold pairs, as {_MAKER} makes them"
            )
        by_kind = {
            "plain": [pair for pair in stream if not pair.meta.get("marked")],
            "marked": [pair for pair in stream if pair.meta.get("marked")],
        }
        objectives, notes = _possible(objectives, by_kind)
        _check_markers(by_kind["marked"], model.marker_tokens)
        directions = {direction_of(pair) for pair in (*stream, *dev)}
        with tempfile.TemporaryDirectory() as scratch:
            name = model.encoder
            if name == MINI:
                name = scratch
                write_mini_translator(Path(scratch), _texts(stream, model.marker_tokens), seed)
            translator = Translator.load(
                name, directions, model.marker_tokens, model.max_pieces, offline
            )
        used = {str(objective.stream) for objective in objectives.values()}
        corpora = {kind: PairCorpus(translator, by_kind[kind]) for kind in used}
        judges = PairCorpus(translator, dev) if dev else None
        for corpus in (*corpora.values(), *([judges] if judges else [])):
            left_out += corpus.left_out
            if not len(corpus):
                raise XnerError("no pair is short enough for this model")
        # what there is most of is gone through once an epoch
        ordered: dict[str, Corpus] = {
            kind: corpora[kind] for kind in sorted(used, key=lambda k: (-len(corpora[k]), k))
        }
        task = cls(translator, objectives, ordered, judges)
        counts = " and ".join(f"{len(corpora[kind]):,} {kind}" for kind in sorted(used))
        task.notes = [f"learning from {counts} pairs", *notes]
        if left_out:
            reasons = ", ".join(f"{why} {count:,}" for why, count in left_out.items())
            task.notes.append(f"{left_out.total():,} left out ({reasons})")
        return task

    @property
    def judged(self) -> bool:
        """Whether there are pairs of `dev`."""
        return self.dev is not None

    def score(self) -> float:
        """Mean nats per piece of `dev`, marked pairs and plain, labels not smoothed."""
        assert self.dev is not None
        nats, pieces = 0.0, 0
        for index in bucketed(self.dev.costs(), *_JUDGED, random.Random(0)):
            (batch,) = self.dev.batch(index)
            batch = batch.to(self.translator.device)
            number = int((batch.target != self.dev.pad).sum())
            with torch.no_grad():
                scores = self.translator(batch).float()
                nats += number * piece_nll(scores, batch.target, self.dev.pad).item()
            pieces += number
        return nats / pieces

    def facts(self) -> dict[str, Any]:
        """What the translator reads, and what judges it."""
        dev = [] if self.dev is None else [tensor.tolist() for tensor in self.dev.tensors()]
        return {
            "limit": self.translator.limit,
            "words": self.translator.tokenizer.get_vocab(),
            "dev": dev,
        }

    def save(self, folder: Path, training: dict[str, Any]) -> None:
        """A folder that the engine of the model's family loads."""
        self.translator.save(folder, training=training)


def _whole(pairs: Sequence[Sentence], left_out: Counter[str]) -> list[Sentence]:
    """The records that are pairs."""
    whole = [pair for pair in pairs if pair.origin is not None]
    if len(whole) < len(pairs):
        left_out["no origin"] += len(pairs) - len(whole)
    return whole


def _possible(
    objectives: dict[str, Objective], by_kind: dict[str, list[Sentence]]
) -> tuple[dict[str, Objective], list[str]]:
    """The losses that there are pairs for, and what to say of the others.

    Raises XnerError for one that was asked for.
    """
    possible: dict[str, Objective] = {}
    notes: list[str] = []
    for name, objective in objectives.items():
        kind = str(objective.stream)
        if by_kind[kind]:
            possible[name] = objective
        elif objective.implied:
            notes.append(f"no {kind} pairs, so no loss '{name}'; {_MAKER} makes them")
        else:
            raise XnerError(f"loss '{name}' needs {kind} pairs in the stream; {_MAKER} makes them")
    if not possible:
        raise XnerError(f"no pairs in the stream that a loss could learn from; {_MAKER} makes them")
    return possible, notes


def _check_markers(pairs: Iterable[Sentence], words: int) -> None:
    """Raises OptionError if only some of the markers would be words."""
    numbers = (
        int(match[1])
        for pair in pairs
        for token in pair.tokens
        if (match := _MARKER.fullmatch(token))
    )
    most = max(numbers, default=-1) + 1
    if 0 < words < most:
        raise OptionError(
            f"--marker-tokens {words}: the pairs have {most} markers, up to __SLOT{most - 1}__"
        )


def _texts(pairs: Sequence[Sentence], markers: int) -> Iterator[str]:
    """Both sides of the pairs; without markers where these become words of their own."""
    for pair in pairs:
        for text in texts_of(pair):
            yield _MARKER.sub(" ", text) if markers else text
