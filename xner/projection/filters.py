"""Which projections are fit to train on: CROP's post-processing, each rule with its own reason.

A rule that the target sentence alone decides is asked `before` the projection, the others `after`.
The first rule that is broken is the reason that counts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Annotated, Literal

from xner.errors import OptionError, XnerError
from xner.joining import Source
from xner.projection.second import Second
from xner.sentence import Sentence
from xner.tag_schemes import Span, spans_of

TOO_LONG = "too long"
OTHER_LANGUAGE = "other language"
NO_ENTITY = "no entity"
TOO_MANY = "too many entities"
REPEATED = "word repeated across entities"
UNSEEN = "not in the second tagger's stream"
DISAGREEMENT = "second tagger disagrees"

# Languages that langid names otherwise, or tells apart where a tag may not.
_LANGUAGE = {"nb": "no", "nn": "no", "cmn": "zh", "yue": "zh", "iw": "he", "in": "id"}


@dataclass(frozen=True)
class FilterOptions:
    """Which sentences are dropped after projection; the defaults are those of CROP's paper.

    The paper also drops sentences whose detected language is another. That is off here, for it
    judges short sentences badly: of German news, a third of those of up to 5 words.
    """

    max_length: Annotated[int, "Drop sentences of more words."] = 128
    keep_empty: Annotated[bool, "Keep sentences without an entity, or drop them."] = False
    max_entities: Annotated[int | None, "Drop sentences with more entities."] = None
    repeats: Annotated[Literal["keep", "drop"], "Sentences in which two entities share a word."] = (
        "keep"
    )
    langid: Annotated[
        bool, "Drop sentences that look like another language; often wrong of short ones."
    ] = False
    agree_with: Annotated[
        str | None,
        "FILE with a second tagger's tags of the same sentences: drop those it sees otherwise.",
    ] = None
    agreement: Annotated[
        Literal["first-word", "spans", "exact"],
        "What --agree-with compares: the number of entities and the first word of each, as CROP's "
        "released code does; their words; or their types too.",
    ] = "first-word"
    fallback: Annotated[
        str | None,
        "FILE with a second tagger's tags: taken where the projection fails and it sees as many "
        "entities.",
    ] = None

    def __post_init__(self) -> None:
        """Raises OptionError for a value that makes no sense."""
        for name in ("max_length", "max_entities"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise OptionError(f"--{name.replace('_', '-')} {value} makes no sense; at least 1")
        for name in ("agree_with", "fallback"):
            if getattr(self, name) == "-":
                flag = f"--{name.replace('_', '-')}"
                raise OptionError(f"{flag} cannot be standard input, which is INPUT's; name a file")


class Filter:
    """The rules that the options ask for.

    `read` opens a file of sentences; it is called for the second tagger's streams, which are read
    whole, each file once.

    >>> check = Filter(FilterOptions(max_length=2))
    >>> check.before(Sentence(id="a", tokens=["Bern", "im", "Mai"]))
    'too long'
    >>> check.after(Sentence(id="a", tokens=["im", "Mai"], tags=["O", "O"]))
    'no entity'
    """

    def __init__(
        self, options: FilterOptions, read: Callable[[str], Iterable[Sentence]] | None = None
    ):
        self.options = options
        seconds: dict[str, Second] = {}
        for path in (options.agree_with, options.fallback):
            if path is not None and path not in seconds:
                assert read is not None
                seconds[path] = Second(Source(path, read(path)))
        self._agreeing = seconds.get(options.agree_with or "")
        self._fallback = seconds.get(options.fallback or "")

    def before(self, target: Sentence) -> str | None:
        """Why the sentence needs no labels at all; None if it may get some.

        Raises XnerError where a second tagger's stream has other words for it, and with `langid`
        where the sentence does not say its language or the detector does not know it.
        """
        for second in (self._agreeing, self._fallback):
            if second is not None:
                second.of(target)  # of other words, no tag may be taken
        if len(target.tokens) > self.options.max_length:
            return TOO_LONG
        if self.options.langid and not _is_in_its_language(target):
            return OTHER_LANGUAGE
        return None

    def unjoined(self) -> list[str]:
        """The second tagger's streams of which no sentence was asked for."""
        seconds = {id(s): s for s in (self._agreeing, self._fallback) if s is not None}
        return [second.name for second in seconds.values() if not second.found]

    def after(self, projected: Sentence) -> str | None:
        """Why the labelled sentence is not fit to train on; None if it is.

        A word of weight 0, of which nobody knows the tag, agrees with any.
        """
        spans = projected.spans
        if not spans and not self.options.keep_empty:
            return NO_ENTITY
        if self.options.max_entities is not None and len(spans) > self.options.max_entities:
            return TOO_MANY
        if self.options.repeats == "drop" and _share_a_word(projected):
            return REPEATED
        if self._agreeing is not None:
            return self._disagreement(projected, self._agreeing)
        return None

    def fallback_tags(self, target: Sentence, count: int) -> Sequence[str] | None:
        """The second tagger's tags where it sees `count` entities in the sentence."""
        return self._fallback and self._fallback.fallback_tags(target, count)

    def _disagreement(self, projected: Sentence, second: Second) -> str | None:
        tags = second.of(projected)
        if tags is None:
            return UNSEEN
        weights = projected.weights or [1.0] * len(projected.tokens)
        seen = [span for span in spans_of(tags) if any(weights[span.start : span.end])]
        ours, theirs = (
            [_said(span, projected.tokens, self.options.agreement) for span in spans]
            for spans in (projected.spans, seen)
        )
        return None if ours == theirs else DISAGREEMENT


def _said(span: Span, tokens: Sequence[str], agreement: str) -> Span | tuple[int, int] | str:
    """What two taggers must say alike of an entity."""
    if agreement == "exact":
        return span
    return (span.start, span.end) if agreement == "spans" else tokens[span.start]


def _share_a_word(sentence: Sentence) -> bool:
    words = [set(sentence.tokens[start:end]) for start, end, _ in sentence.spans]
    return any(a & b for a, b in combinations(words, 2))


def _is_in_its_language(sentence: Sentence) -> bool:
    if sentence.lang is None:
        raise XnerError(
            f"sentence '{sentence.id}' does not say its language, which --langid compares with; "
            "give --lang where it is read"
        )
    primary = sentence.lang.split("-")[0].lower()
    wanted = _LANGUAGE.get(primary, primary)
    if wanted not in _known_languages():
        raise OptionError(f"--langid does not know '{sentence.lang}'; leave it out")
    from py3langid import classify

    found: str = classify(" ".join(sentence.tokens))[0]
    return _LANGUAGE.get(found, found) == wanted


@cache
def _known_languages() -> frozenset[str]:
    from py3langid import rank

    return frozenset(_LANGUAGE.get(code) or code for code, _ in rank("") if code)
