"""Which words of two sentences say the same.

An *aligner* is given the words of both and links them; it knows nothing of tags and records. An
aligner is one file and one line here.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xner.alignment.aligner import Aligner, AlignerSettings

ALIGNERS = {
    "encoder": "xner.alignment.encoder:Encoder",
    "eflomal": "xner.alignment.eflomal:Eflomal",
}


def build(spec: str, settings: "AlignerSettings | None" = None) -> "Aligner":
    """The aligner that `--aligner` names: `encoder:FOLDER,layer=8`, `eflomal`.

    Raises OptionError for what nobody can mean, EngineError and ModelError for what is not at hand.
    """
    from xner import registry
    from xner.alignment.aligner import AlignerSettings

    name, colon, _ = spec.partition(":")
    argument = spec[len(name) + 1 :]
    if name not in ALIGNERS and "," in name:  # as in eflomal,symmetrize=union
        name, _, options = spec.partition(",")
        argument = f",{options}"
    if name not in ALIGNERS and colon:  # module:attribute of a plug-in
        name, argument = spec, ""
    factory = registry.load(name, ALIGNERS, "aligner")
    return factory(argument, settings or AlignerSettings())
