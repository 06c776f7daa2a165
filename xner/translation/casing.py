"""How the words of a corpus are cased, to case others like them.

UniTrans (Wu et al., IJCAI 2020) translates into German so: of a word that a raw German corpus has
as `Bank` nine times of ten and as `bank` once, nine translations of ten become `Bank`.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random


class Casing:
    """The forms of each word, and how often each is there; case is all in which they differ.

    >>> casing = Casing([["Die", "Bank"], ["die", "Bank"]])
    >>> casing.drawn("bank", Random(1)), casing.drawn("Kasse", Random(1))
    ('Bank', None)
    """

    def __init__(self, sentences: Iterable[Sequence[str]]):
        self._forms: dict[str, Counter[str]] = {}
        for words in sentences:
            for word in words:
                self._forms.setdefault(word.lower(), Counter())[word] += 1

    def __len__(self) -> int:
        return len(self._forms)

    def drawn(self, word: str, random: Random) -> str | None:
        """One of the word's forms, each as likely as it is frequent; None if it has none."""
        forms = self._forms.get(word.lower())
        if not forms:
            return None
        return random.choices(list(forms), list(forms.values()))[0]
