"""TransAdv's way: every word by itself, so that sentence and translation match word for word."""

from xner.sentence import Sentence
from xner.translation.units import Unit, Units


class Word(Units):
    """A unit for each token, tagged or not."""

    noun = "words"

    def units(self, sentence: Sentence) -> list[Unit]:
        """The tokens, each with the label of the entity it is in."""
        labels = {
            place: label for start, end, label in sentence.spans for place in range(start, end)
        }
        return [Unit(n, n + 1, labels.get(n)) for n in range(len(sentence.tokens))]
