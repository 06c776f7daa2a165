"""What the modes that translate in units need from outside: statistics of case, and an encoder."""

from collections.abc import Iterator
from dataclasses import replace

import io_formats
from commands.aligning import aligner_of
from commands.options import Compute
from xner.errors import OptionError
from xner.translation.casing import Casing
from xner.translation.engine import Engine
from xner.translation.mode import Mode
from xner.translation.units import Units


def equip(way: Mode, engine: Engine, seed: int, compute: Compute) -> None:
    """Give a mode what its options ask for; nothing to one that does not translate in units.

    Raises XnerError for a file that cannot be read, and what `aligner_of` raises for a model.
    """
    if not isinstance(way, Units):
        return
    options = way.options
    way.seed = seed
    way.word_list = engine.word_list
    if options.case == "corpus":
        way.casing = Casing(_words(options.case_from, way.target))
        if not way.casing:
            raise OptionError(f"--case-from {' '.join(options.case_from)}: there is no word in it")
    if options.choose == "context":
        from xner.alignment.chooser import ContextChooser
        from xner.alignment.encoder import Encoder

        # an engine that is a model has the GPU already, and would be waited for without end
        alone = replace(compute, gpu_lock=compute.gpu_lock and engine.word_list)
        encoder = aligner_of(f"encoder:{options.chooser}", alone)
        assert isinstance(encoder, Encoder)
        way.chooser = ContextChooser(encoder)


def _words(paths: tuple[str, ...], lang: str) -> Iterator[list[str]]:
    for path in paths:
        for sentence in io_formats.read(path, lang=lang):
            yield sentence.tokens
