"""Shuffle words inside each entity and each stretch between them."""

from typing import Annotated, Literal

import typer

from commands import plumbing
from commands.options import Manners, Reading, Writing
from xner.augmentation.shuffle import refusal, shuffle
from xner.chance import chance


def command(
    reading: Reading,
    writing: Writing,
    manners: Manners,
    unchanged: Annotated[
        Literal["keep", "drop"], typer.Option(help="Sentences that no shuffling can change.")
    ] = "drop",
    seed: Annotated[int, "What is drawn depends on it and on the record's id."] = 42,
) -> None:
    """Shuffle words inside each entity and each stretch between them.

    Tags stay where they are, and the sentence becomes the origin. A sentence that no shuffling can
    change is dropped and counted. Maps one record to one or none and streams.
    """
    with plumbing.stream("shuffle", reading, writing, manners) as stream:
        for sentence in stream:
            if problem := refusal(sentence):
                stream.refuse(sentence, problem)
                continue
            made = shuffle(sentence, chance(seed, sentence.id, "shuffle"))
            if made.tokens == sentence.tokens:
                if unchanged == "drop":
                    stream.drop(sentence, "unchanged")
                    continue
                stream.count("unchanged")
            stream.write(made)
            stream.leave_out_nested(sentence)
