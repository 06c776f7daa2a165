"""A student learns what its teachers say of each word."""

from abc import abstractmethod
from math import inf, isfinite
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import one_hot

from xner.errors import OptionError
from xner.losses.objective import Objective, Soft
from xner.models.columns import Columns
from xner.registry import one_of

Distributions = Float[Tensor, "word label"]


class Distillation(Objective):
    """A distance between two distributions, summed over words by their weights.

    Formula: (1/n) sum over the n words of w_i l(p_i, q_i), p of the teachers and q of the student;
    w_i is 1 where the stream has no weights. With `normalise=weights` the sum is divided by that
    of the weights instead, and is 0 where they all are.

    A student whose own tags are BIOES has the probability of S- with that of B-, and of E- with
    that of I-, before it is compared with BIO labels. Where student and teachers score pairs of
    words, it is the relations of these that are compared (MCL-NER equation 10), and l of a word is
    the sum over the pairs of its row. A pair weighs what the less reliable of its words weighs.
    """

    stream: ClassVar = "soft"
    needs: ClassVar = {"probs": "'xner weak-tag --probs' or 'xner distill --teacher DIR'"}

    def __init__(self, weight: float, normalise: str):
        super().__init__(weight)
        self.normalise = one_of("--loss", "normalise", normalise, ("words", "weights"))

    @abstractmethod
    def each(self, teacher: Distributions, student: Distributions) -> Float[Tensor, " word"]:
        """The distance of each word's two distributions, the student's as logarithms."""

    def forward(self, given: Soft) -> Float[Tensor, ""]:
        """The mean over words."""
        teacher, student, weights = _compared(given)
        losses = self.each(teacher, student)
        total = losses.sum() if weights is None else (weights * losses).sum()
        return total / words_of(given.view.batch.mask, given.weights, self.normalise)


def _compared(
    given: Soft,
) -> tuple[Distributions, Distributions, Float[Tensor, " word"] | None]:
    """What teachers and student say of each word or cell, and how much that counts."""
    mask, weights = given.view.batch.mask, given.weights
    if given.relations is None:
        assert given.probs is not None
        own = None if weights is None else weights[mask]
        return given.probs[mask], student_log_probs(given)[mask], own
    if weights is not None:
        weights = torch.minimum(weights[:, :, None], weights[:, None, :])
    cells = given.view.tagger.head.places(mask)
    student = given.view.log_probs[cells]
    return given.relations[cells], student, None if weights is None else weights[cells]


def student_log_probs(given: Soft) -> Float[Tensor, "batch word label"]:
    """What the student says of each word: log q over the labels of the stream, all finite.

    The probability of a word that the student is sure to be something else may be below what a
    float holds, its logarithm is not, and has a gradient.
    """
    view = given.view
    return Columns(view.tagger, str, given.labels).logs(view.log_probs, view.batch.mask)


def words_of(
    mask: Bool[Tensor, "batch word"], weights: Float[Tensor, "batch word"] | None, normalise: str
) -> Float[Tensor, ""]:
    """What a sum over words is divided by: the number of `words`, or the sum of their `weights`.

    Where they all weigh 0 it is infinite, so that the mean is 0.
    """
    if weights is None or normalise == "words":
        return mask.sum().float()
    whole = weights[mask].sum()
    return whole.masked_fill(whole == 0, inf)


class MeanSquaredError(Distillation):
    """The squared distance of probabilities (TransAdv section 2.4; Wu et al., ACL 2020).

    Idea: bounded, so that a word of which a teacher is wrongly sure costs little more than others.
    Needs: a stream with `probs`. `reduction` is `mean` over a word's labels (the default, what the
    papers' code minimises) or their `sum`, which does not shrink with the number of types.
    Formula: l(p, q) = mean over labels c of (p(c) - q(c))^2.
    Related: `kl`, `soft-ce`.
    """

    def __init__(self, weight: float = 1.0, reduction: str = "mean", normalise: str = "words"):
        super().__init__(weight, normalise)
        self.reduction = one_of("--loss", "reduction", reduction, ("mean", "sum"))

    def each(self, teacher: Distributions, student: Distributions) -> Float[Tensor, " word"]:
        """Squares of probabilities."""
        squares = (teacher - student.exp()).square()
        return squares.mean(-1) if self.reduction == "mean" else squares.sum(-1)


class SoftCrossEntropy(Distillation):
    """Cross entropy under the teacher's distribution (CoLaDa equation 6).

    Idea: as with gold tags, but that every label is right as far as the teacher says so.
    Needs: a stream with `probs`. `temperature` T turns p into p^(1/T) / sum of p^(1/T): below 1 it
    sharpens, above 1 it softens. `tempered` is `both` (the default; Hinton, Vinyals and Dean, 2015)
    or `teacher`, whose temperature may then be 0: its most probable label alone, as CoLaDa's code
    has it. A softened loss is smaller; give it weight T^2 to make up for that.
    Formula: l(p, q) = -sum over labels c of p(c) log q(c), in nats.
    Related: `kl`, which differs by the teacher's entropy and so has the same gradient; `ce`.
    """

    def __init__(
        self,
        weight: float = 1.0,
        temperature: float = 1.0,
        tempered: str = "both",
        normalise: str = "words",
    ):
        super().__init__(weight, normalise)
        self.tempered = one_of("--loss", "tempered", tempered, ("both", "teacher"))
        hard = temperature == 0 and tempered == "teacher"
        if not (hard or (temperature > 0 and isfinite(temperature))):
            raise OptionError(
                f"--loss: temperature {temperature:g} is not above 0; 0 needs tempered=teacher"
            )
        self.temperature = temperature

    def each(self, teacher: Distributions, student: Distributions) -> Float[Tensor, " word"]:
        """Nats."""
        p, log_q = self._at_temperature(teacher, student)
        return -(p * log_q).sum(-1)

    def _at_temperature(
        self, teacher: Distributions, student: Distributions
    ) -> tuple[Distributions, Distributions]:
        """The teacher's probabilities and the logarithms of the student's."""
        log_q = student
        if self.tempered == "both":
            log_q = (student / self.temperature).log_softmax(-1)
        if self.temperature == 0:
            return one_hot(teacher.argmax(-1), teacher.shape[-1]).to(teacher), log_q
        return (teacher.log() / self.temperature).softmax(-1), log_q


class KullbackLeibler(SoftCrossEntropy):
    """How much the student's distribution leaves out of the teacher's.

    Idea: as `soft-ce`, but 0 where the student says what the teacher says.
    Needs: a stream with `probs`; the keys of `soft-ce`.
    Formula: l(p, q) = KL(p || q) = sum over labels c of p(c) log(p(c) / q(c)), in nats.
    Related: `soft-ce`; `mse`.
    """

    def each(self, teacher: Distributions, student: Distributions) -> Float[Tensor, " word"]:
        """Nats; a label that the teacher holds impossible adds none."""
        p, log_q = self._at_temperature(teacher, student)
        return (torch.special.xlogy(p, p) - p * log_q).sum(-1)
