"""An engine with a memory: each text is sent once, and what has come back is never lost."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from xner.sentence import Sentence
from xner.translation.cache import Cache
from xner.translation.engine import Engine, MisalignedError
from xner.translation.mode import Dropped, Mode

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]\w{1,30});")
_ZERO_WIDTH_SPACE = re.compile("[\u200b\u2060\ufeff]")


class Translator:
    """Translates through an engine and a cache; `counts` says what became of the texts wanted.

    Texts without a letter (`-`, `1996`, blanks) are their own translation: trained engines make up
    whole sentences for them. HTML entities and zero-width spaces in what comes back are undone.
    """

    def __init__(self, engine: Engine, cache: Cache):
        self.engine = engine
        self.cache = cache
        self.counts: Counter[str] = Counter()

    def translate(self, texts: Iterable[str]) -> dict[str, str]:
        """A translation for every distinct text; the engine sees those that nobody knows yet."""
        wanted = Counter(texts)
        wordy = [text for text in wanted if any(map(str.isalpha, text))]
        known = self.cache.find(wordy)
        unknown = [text for text in wordy if text not in known]
        self.counts["wanted"] += wanted.total()
        self.counts["repeated"] += wanted.total() - len(wanted)
        self.counts["without letters"] += len(wanted) - len(wordy)
        self.counts["cached"] += len(known)
        self.counts["sent"] += len(unknown)
        self.counts["characters sent"] += sum(map(len, unknown))
        known.update(self._sent(unknown))
        return {text: _clean(known.get(text, text)) for text in wanted}

    def close(self) -> None:
        """Let engine and cache go."""
        self.engine.close()
        self.cache.close()

    def _sent(self, texts: list[str]) -> dict[str, str]:
        done: dict[str, str] = {}
        if not texts:
            return done
        try:
            for batch in self.engine.finished(texts):
                found = {texts[number]: translation for number, translation in batch}
                self.cache.keep(found.items())
                done.update(found)
        except MisalignedError:
            self.cache.forget()
            raise
        self.cache.confirm()
        return done


def translated(
    sentences: Sequence[Sentence], mode: Mode, translator: Translator
) -> list[Sentence | Dropped]:
    """The outcomes, in order; all texts that are wanted at one time are translated together."""
    outcomes: dict[int, Sentence | Dropped] = {}
    talks = {number: mode.talk(sentence) for number, sentence in enumerate(sentences)}
    answers: Any = None  # as the first `send` to a generator must be
    while talks:
        wanted: list[str] = []
        for number, talk in list(talks.items()):
            try:
                wanted += talk.send(answers)
            except StopIteration as end:
                outcomes[number] = end.value
                del talks[number]
        answers = translator.translate(wanted)
    return [outcomes[number] for number in range(len(sentences))]


def _clean(text: str) -> str:
    text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return _ZERO_WIDTH_SPACE.sub("", text).strip()
