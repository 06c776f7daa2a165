"""Translating in units through a word list, as `translate-spans` does."""

from collections.abc import Sequence
from pathlib import Path

from xner.sentence import Sentence
from xner.translation.cache import Cache
from xner.translation.engine import Settings, build
from xner.translation.translator import Translator, translated
from xner.translation.units import Units


def english(text: str, tags: str | None = None, id: str = "s") -> Sentence:
    """An English sentence of blank-separated words and tags."""
    return Sentence(id=id, lang="en", tokens=text.split(), tags=tags.split() if tags else None)


def through_list(
    way: Units, sentences: Sequence[Sentence], pairs: str, folder: Path
) -> list[Sentence]:
    """The outcomes with a lexicon of `word=translation` pairs parted by semicolons."""
    path = folder / f"en-{way.target}.tsv"
    lines = (pair.strip().replace("=", "\t") for pair in pairs.split(";"))
    path.write_text("\n".join(lines), "utf-8")
    settings = Settings(words=way.words, nbest=way.wanted)
    engine = build(f"lexicon:{path}", "en", way.target, settings)
    way.word_list = engine.word_list
    outcomes = translated(sentences, way, Translator(engine, Cache(None, "words")))
    made = [outcome for outcome in outcomes if isinstance(outcome, Sentence)]
    assert len(made) == len(sentences)
    return made
