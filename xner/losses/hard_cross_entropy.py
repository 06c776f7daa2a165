"""A student learns the tags of the stream: projected ones, or the teachers' best."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from xner.losses.cross_entropy import relations_found
from xner.losses.distillation import student_log_probs, words_of
from xner.losses.objective import Objective, Soft
from xner.registry import one_of


class HardCrossEntropy(Objective):
    """Cross entropy with the stream's own tags (CoLaDa equation 4, second term).

    Idea: as gold tags, though nobody has checked them; beside `soft-ce` they hold a student to what
    a translation says while its teacher doubts it.
    Needs: a stream with `tags`. `weights` is `use` (the default: the teachers' best tags by their
    reliability, as CoLaDa's code distils) or `ignore` (projected tags, of which the weights say
    nothing). `normalise` is that of `soft-ce`.
    Formula: (1/n) sum over the n words of -w_i log q_i(y_i), in nats; w_i is 1 where the stream has
    no weights or they are ignored. A student's S- counts as B-, its E- as I-. A student with a
    token-pair head learns the relations of each sentence, nested entities too, as in `ce`, and
    counts them.
    Related: `soft-ce`, which is this where every distribution is sure; `ce`, on labelled sentences.
    """

    stream: ClassVar = "soft"
    needs: ClassVar = {"tags": "'xner weak-tag' or 'xner project-labels'"}
    counts: ClassVar = "recall"

    def __init__(self, weight: float = 1.0, weights: str = "use", normalise: str = "words"):
        super().__init__(weight)
        self.weights = one_of("--loss", "weights", weights, ("use", "ignore"))
        self.normalise = one_of("--loss", "normalise", normalise, ("words", "weights"))

    def forward(self, given: Soft) -> Float[Tensor, ""]:
        """Nats per word."""
        assert given.tags is not None
        view, mask = given.view, given.view.batch.mask
        weights = None if self.weights == "ignore" else given.weights
        if view.tagger.head.of_words:
            own = student_log_probs(given)[mask].gather(-1, given.tags[mask][:, None])[:, 0]
            total = -(own if weights is None else weights[mask] * own).sum()
        else:
            self.judge(relations_found(view, given.tags))
            total = view.tagger.head.nll(view.scores.float(), given.tags, mask, weights).sum()
        return total / words_of(mask, weights, self.normalise)
