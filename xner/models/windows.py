"""A stream through a model: windows read ahead, batches of like length, out of memory no end.

While one window of sentences is on the device, another thread reads and tokenizes the next.
"""

import atexit
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from queue import Queue
from threading import Lock, Thread
from typing import TypeVar

import torch

from xner.errors import ModelError
from xner.models.batch import EncodedCorpus
from xner.sentence import Sentence

Loaded = TypeVar("Loaded")
Made = TypeVar("Made")


def windows(
    sentences: Iterable[Sentence], size: int, encode: Callable[[list[Sentence]], Loaded]
) -> Iterator[tuple[list[Sentence], Loaded]]:
    """The sentences `size` at a time, with what `encode` makes of them."""
    stream = iter(sentences)
    return _ahead(lambda: list(islice(stream, size)), encode)


def batched(
    window: Sequence[Sentence],
    corpus: EncodedCorpus,
    todo: Sequence[int],
    tokens: int,
    compute: Callable[[list[int]], list[Made]],
    retried: Callable[[], None],
) -> Iterator[tuple[int, Made]]:
    """The sentences `todo` of a window, in the order of batches, with what `compute` makes of each.

    `compute` is given the sentences of one batch of at most `tokens` padded pieces. Where it runs
    out of memory, `retried` is told and the batch is halved, and only it tried again.

    Raises ModelError for a sentence that does not fit alone.
    """
    for index in _batches(corpus, todo, tokens):
        yield from zip(index, _halving(window, index, compute, retried), strict=True)


def _halving(
    window: Sequence[Sentence],
    index: list[int],
    compute: Callable[[list[int]], list[Made]],
    retried: Callable[[], None],
) -> list[Made]:
    try:
        return compute(index)
    except torch.OutOfMemoryError:
        if len(index) == 1:
            raise ModelError(
                f"sentence '{window[index[0]].id}' alone does not fit into the device's memory"
            ) from None
    torch.cuda.empty_cache()  # out here nothing holds the tensors of the attempt any longer
    retried()
    middle = len(index) // 2
    halves = (index[:middle], index[middle:])
    return [made for half in halves for made in _halving(window, half, compute, retried)]


def _ahead(
    read: Callable[[], list[Sentence]], encode: Callable[[list[Sentence]], Loaded]
) -> Iterator[tuple[list[Sentence], Loaded]]:
    """What `read` gives until it is empty, with what `encode` makes of it; one is made ahead.

    The thread is a daemon: a signal must end a command whose input has nothing to say. But an
    interpreter that ends while a thread is among tensors, making them or letting go of them, takes
    the process down (C++ cannot be left by the end of a thread). So that is done under a lock,
    which the interpreter takes before it ends.
    """
    loaded: Queue[tuple[tuple[list[Sentence], Loaded] | None, BaseException | None]] = Queue(1)
    tensors = Lock()
    atexit.register(tensors.acquire)

    def fill() -> None:
        try:
            while window := read():
                with tensors:
                    made = encode(window)  # in here the one before is let go of, too
                loaded.put(((window, made), None))
            loaded.put((None, None))
        except BaseException as error:
            loaded.put((None, error))

    thread = Thread(target=fill, daemon=True)
    thread.start()
    while True:
        one, error = loaded.get()
        if one is None:
            thread.join()
            atexit.unregister(tensors.acquire)
        if error is not None:
            raise error
        if one is None:
            return
        yield one


def _batches(corpus: EncodedCorpus, todo: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Longest first, so that a batch that does not fit shows at once."""
    lengths, rows = corpus.costs()
    batch: list[int] = []
    longest = used = 0
    for i in sorted(todo, key=lambda i: -lengths[i]):
        if batch and (used + rows[i]) * longest > tokens:
            yield batch
            batch, used = [], 0
        if not batch:
            longest = lengths[i]
        batch.append(i)
        used += rows[i]
    if batch:
        yield batch
