"""The translation alone."""

from tests.xner.translation.fakes import through
from xner.sentence import Sentence
from xner.translation.mode import Dropped, Options, Tally
from xner.translation.plain import Plain
from xner.translation.translator import translated


def test_only_the_words_change() -> None:
    sentence = Sentence(id="s", lang="de", tokens=["das", "Haus"], tags=["O", "B-LOC"])
    translator, engine = through(lambda _: "the house isn't here.")
    [outcome] = translated([sentence], Plain("en", Options(), Tally()), translator)
    assert isinstance(outcome, Sentence)
    assert outcome.tokens == ["the", "house", "is", "n't", "here", "."]
    assert (outcome.tags, outcome.alignment, outcome.lang) == (None, None, "en")
    assert outcome.origin is sentence
    assert engine.sent == ["das Haus"]


def test_nothing_is_dropped() -> None:
    translator, _ = through(lambda _: " ")
    sentence = Sentence(id="s", lang="de", tokens=["das"])
    outcome = translated([sentence], Plain("en", Options(), Tally()), translator)
    assert outcome == [Dropped("empty translation")]
