"""Whether faiss computes on a GPU here: only some builds of it can, and not for any number."""

from typing import Any

_MOST = 2048  # neighbours that faiss selects on a GPU at most, and lists it probes


def has_gpu() -> bool:
    """Whether this faiss knows of GPUs and finds one."""
    import faiss

    return hasattr(faiss, "StandardGpuResources") and faiss.get_num_gpus() > 0


def resources(wanted: bool, *numbers: int) -> Any:
    """What faiss takes to compute on a GPU; None if it has none or a number is too large for it."""
    import faiss

    if not wanted or max(numbers) > _MOST or not has_gpu():
        return None
    return faiss.StandardGpuResources()  # pyright: ignore[reportAttributeAccessIssue]
