"""Plain text: one sentence a line, words told apart by a real tokenizer or by blanks alone."""

from collections.abc import Callable, Iterator

from io_formats.streams import Source, stop_at_last_words
from xner.errors import FormatError, OptionError
from xner.sentence import Sentence


def read(source: Source, *, tokenized: str = "no") -> Iterator[Sentence]:
    """A sentence for every line that is not blank; tokenized=yes leaves words as they stand."""
    from xner.tokenization import tokenize

    if tokenized not in ("yes", "no"):
        raise OptionError(f"tokenized={tokenized} is unknown; known: yes, no")
    as_is = source.manner.tokenized or tokenized == "yes"
    lang = source.manner.lang
    number = source.manner.first - 1
    for position, raw in enumerate(source.lines(), 1):
        if raw.startswith(b'{"error"'):
            stop_at_last_words(raw)
        try:
            text = source.decoded(raw, position)
            tokens = text.split() if as_is else tokenize(text, lang)
        except FormatError as error:
            number += 1
            source.refuse(error, position, raw)
            continue
        if not tokens:
            source.manner.blank()
            continue
        number += 1
        yield Sentence(id=f"{source.stem}:{number}", lang=lang, tokens=tokens)


def writer() -> Callable[[Sentence], str]:
    """Tokens joined by one space, a sentence a line."""
    return _line


def _line(sentence: Sentence) -> str:
    line = " ".join(sentence.tokens)
    if "\n" in line:
        raise FormatError(f"sentence '{sentence.id}' has a line break in a token")
    return line + "\n"
