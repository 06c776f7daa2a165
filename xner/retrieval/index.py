"""What finds the rows of a bank that are nearest to a query, and how one is named."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from xner.errors import OptionError
from xner.registry import load, split_options
from xner.retrieval import INDEXES

if TYPE_CHECKING:
    import numpy as np

# queries (n, d) -> inner products and bank rows of their nearest, (n, count) each, the nearest
# first; row -1 where an index found fewer
Find = Callable[["np.ndarray"], "tuple[np.ndarray, np.ndarray]"]


@dataclass(frozen=True)
class Index(ABC):
    """A way of finding neighbours. Its fields are its options, each a whole number from 1 on.

    An option that is None depends on the bank. An `exact` index finds the nearest and no others.
    """

    exact: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value < 1:
                raise OptionError(f"--index: {field.name} {value} is not at least 1")

    @abstractmethod
    def over(self, bank: "np.ndarray", count: int, *, seed: int = 42, gpu: bool = False) -> Find:
        """What finds the `count` rows of the bank with the largest inner product with each query.

        The bank is (rows, d), float32 and contiguous, with at least `count` rows.
        """


def named(spec: str) -> Index:
    """The index that "name,key=value" names.

    Raises OptionError for an unknown name or key, or a value that is no whole number from 1 on.

    >>> named("ivf,probes=8")
    Ivf(lists=None, probes=8)
    """
    name, options = split_options(spec)
    kind = load(name, INDEXES, "index")
    if not (isinstance(kind, type) and issubclass(kind, Index)):
        raise OptionError(f"--index '{name}' is no xner.retrieval.index.Index")
    known = [field.name for field in fields(kind)]
    values: dict[str, int] = {}
    for key, text in options.items():
        if key not in known:
            has = ", ".join(known) or "none"
            raise OptionError(f"--index '{name}' has no option '{key}'; it has: {has}")
        try:
            values[key] = int(text)
        except ValueError:
            raise OptionError(f"--index {name}: {key} '{text}' is not a whole number") from None
    return kind(**values)
