"""How much systems agree on text that nobody has labelled: a choice among them without gold."""

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean

from xner.evaluation import Fingerprint, Mode, Scorer


class Agreement:
    """Entity F1 of every system against every other, in one pass.

    F1 of two systems is what either has with the other as its gold, 2 |A and B| / (|A| + |B|). A
    system's mean over the others is the F1 to be expected of it if the truth were one of theirs,
    each as likely: the decision by minimum Bayes risk (Kumar and Byrne 2004), taken once for all
    sentences. Systems that err alike vote for each other, so it is worth as much as they differ.

    >>> agreement = Agreement(3)
    >>> agreement.add(["Ida", "ruht"], [["B-PER", "O"], ["B-PER", "O"], ["B-LOC", "O"]])
    >>> [agreement.mean(system) for system in range(3)]
    [0.5, 0.5, 0.0]
    """

    def __init__(self, systems: int, mode: Mode = "lenient"):
        self.fingerprint = Fingerprint("text")
        self._systems = systems
        self._pairs = {pair: Scorer(mode) for pair in combinations(range(systems), 2)}

    def add(self, tokens: Sequence[str], systems: Sequence[Sequence[str]]) -> None:
        """Count one sentence, with the tags that each system gave it.

        Raises ValueError for a tag that is none, and where two systems differ in length.
        """
        self.fingerprint.add(tokens, [])
        for (one, other), scorer in self._pairs.items():
            scorer.add(systems[one], systems[other])

    def found(self, system: int) -> int:
        """How many entities a system has found."""
        first, second = (system, 1) if system == 0 else (0, system)
        total = self._pairs[first, second].report.total
        return total.gold if system == first else total.found

    def f1(self, one: int, other: int) -> float:
        """Micro F1 of two different systems; 0 where neither has found an entity."""
        return self._pairs[min(one, other), max(one, other)].report.micro.f1

    def mean(self, system: int) -> float:
        """The mean of a system's F1 with each of the others."""
        return fmean(self.f1(system, other) for other in range(self._systems) if other != system)
