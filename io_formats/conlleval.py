"""conlleval's input: CoNLL columns of which the last two are gold and predicted tags.

`tags` are the predicted ones; the gold ones are in `meta["gold"]`.
"""

from collections.abc import Callable, Iterator

from io_formats import columns, conll
from io_formats.streams import Source
from xner.errors import FormatError
from xner.sentence import Sentence


def read(source: Source, *, token: str = "1", scheme: str = "") -> Iterator[Sentence]:
    """The sentences of a file; each of the two columns may have a scheme of its own."""
    sample, paragraphs = columns.sampled(source)
    if not sample:
        return iter(())
    layout = columns.layout_of(columns.rows_of(sample), token)
    width = layout.width
    if width < 3:
        raise FormatError(f"expected words, gold tags and predicted tags, got {width} column(s)")
    layout = layout._replace(tag=width - 1, gold=width - 2)
    return conll.Reader(source, layout, sample, scheme).sentences(paragraphs)


def writer() -> Callable[[Sentence], str]:
    """Words, gold tags and predicted tags."""
    return conll.Writer("bio", "", " ", comments=False, gold=True).text
