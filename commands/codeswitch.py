"""Mix the words of sentences and their translations."""

from collections import Counter
from typing import Annotated, Literal

import typer

from commands import plumbing
from commands.options import Manners, Reading, Writing
from xner.augmentation.codeswitch import Mixing, codeswitch, refusal
from xner.chance import chance


def command(
    reading: Reading,
    writing: Writing,
    manners: Manners,
    mixing: Mixing,
    unchanged: Annotated[
        Literal["keep", "drop"], typer.Option(help="Sentences in which nothing was swapped.")
    ] = "keep",
    seed: Annotated[int, "What is drawn depends on it and on the record's id."] = 42,
) -> None:
    """Mix the words of sentences and their translations.

    Reads translations with their origin and alignment, and writes one of the two sentences with
    words of the other, and the language of each word in langs. Maps one record to one and streams.
    """
    swapped = 0
    left: Counter[str] = Counter()
    with plumbing.stream("codeswitch", reading, writing, manners) as stream:
        for record in stream:
            if problem := refusal(record, mixing):
                stream.refuse(record, problem)
                continue
            mixed = codeswitch(record, chance(seed, record.id, "codeswitch"), mixing)
            swapped += mixed.swapped
            left.update(mixed.left)
            if not mixed.swapped:
                if unchanged == "drop":
                    stream.drop(record, "unchanged")
                    continue
                stream.count("unchanged")
            stream.write(mixed.sentence)
            assert mixed.sentence.origin is not None
            stream.leave_out_nested(mixed.sentence.origin)
        stream.count(f"{mixing.swap} swapped", swapped)
        for why, number in left.most_common():
            stream.count(f"left {why}", number)
