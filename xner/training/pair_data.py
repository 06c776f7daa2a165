"""Tokenized sentences whose pairs of words teachers are asked about, batch by batch."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from xner.losses.objective import Soft
from xner.models.tagger import Tagger
from xner.sentence import Sentence
from xner.training.soft_data import SoftCorpus
from xner.training.teachers import PairTeacher


class PairCorpus(SoftCorpus):
    """Sentences for a student and teachers that all have token-pair heads, tokenized for each.

    What the teachers say takes as many numbers as a sentence has pairs of words, times relations:
    it is computed when it is looked at, and not kept.
    """

    def __init__(
        self,
        tagger: Tagger,
        sentences: Sequence[Sentence],
        fields: Collection[str],
        teachers: Sequence[PairTeacher],
    ):
        super().__init__(tagger, sentences, set(fields) - {"probs"})
        self.teachers = teachers
        for teacher in teachers:
            teacher.tagger.tokenize.on_long = tagger.tokenize.on_long
        self.asked = [teacher.tagger.tokenize(sentences) for teacher in teachers]

    def batch(self, index: Sequence[int]) -> tuple[Any, ...]:
        """That of a student, and behind it one of each teacher."""
        return (*super().batch(index), *(corpus.batch(index) for corpus in self.asked))

    def view(self, model: Tagger, *batch: Any) -> Soft:
        """With the weighted mean of what the teachers say now."""
        own, asked = batch[: -len(self.teachers)], batch[-len(self.teachers) :]
        whole = sum(teacher.weight for teacher in self.teachers)
        mean: Tensor | None = None
        for teacher, part in zip(self.teachers, asked, strict=True):
            teacher.tagger.to(model.device)
            said = teacher.says(part.to(model.device), model.types) * (teacher.weight / whole)
            mean = said if mean is None else mean + said
        return replace(super().view(model, *own), relations=mean)

    def tensors(self) -> list[Tensor]:
        """Those of a student, and all that the teachers know."""
        known = [p.detach().cpu() for t in self.teachers for p in t.tagger.parameters()]
        return [*super().tensors(), *(corpus.pieces for corpus in self.asked), *known]
