"""The aligner that `--aligner` names, computing as the other options of a command say."""

from typing import TYPE_CHECKING

from commands import spool
from commands.options import Compute

if TYPE_CHECKING:
    from xner.alignment.aligner import Aligner


def aligner_of(spec: str, compute: Compute) -> "Aligner":
    """EngineError says what is missing and how to get it."""
    from xner.alignment import build
    from xner.alignment.aligner import AlignerSettings

    settings = AlignerSettings(
        device=compute.device,
        batch_tokens=compute.batch_tokens,
        offline=compute.offline,
        gpu_lock=compute.gpu_lock,
        while_waiting=spool.start,
    )
    return build(spec, settings)
