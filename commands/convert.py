"""Read any format, write any: the way into and out of the stream."""
from commands import plumbing
from commands.options import Manners, Reading, Writing


def command(reading: Reading, writing: Writing, manners: Manners) -> None:
    """Read any format and write any."""
    with plumbing.stream("convert", reading, writing, manners) as stream:
        for sentence in stream:
            stream.write(sentence)
