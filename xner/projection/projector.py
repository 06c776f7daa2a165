"""What a projector is: it proposes places for the entities of one sentence in another."""

import inspect
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from xner.errors import OptionError
from xner.projection import PROJECTORS
from xner.registry import load, split_options
from xner.sentence import Link, Sentence


class Candidate(NamedTuple):
    """A place for an entity: `tokens[start:end]` of the sentence that gets labels.

    `score` is above 0 and at most 1, which is certainty; what it measures is the projector's.
    """

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Transfer:
    """One projection to make.

    `source` is tagged and `target` gets its entities. A link's `start` and `end` are tokens of
    `source`, its `origin_start` and `origin_end` tokens of `target`; None where nobody has aligned
    the two.
    """

    source: Sentence
    target: Sentence
    links: list[Link] | None = None


class Projector(ABC):
    """Proposes places; which of them are taken is decided for all entities of a sentence at once.

    Options of the command line are the keyword arguments of the constructor, but for what the
    caller provides (`build`).
    """

    needs_links: ClassVar[bool] = False

    @cached_property
    def counts(self) -> Counter[str]:
        """Figures for the closing summary."""
        return Counter()

    @abstractmethod
    def candidates(self, transfers: Sequence[Transfer]) -> Iterator[list[list[Candidate]]]:
        """For each transfer, in order, the places of each span of `source.spans`, in any order."""

    def doubtful(self, transfer: Transfer, places: Sequence[Candidate | None]) -> set[int]:  # noqa: ARG002 - most know no more
        """Words of the target that may be of an entity though they are not in the chosen places."""
        return set()

    def close(self) -> None:  # noqa: B027 - most hold nothing
        """Give back what the projector holds."""


def build(spec: str, provided: Mapping[str, Any] | None = None) -> Projector:
    """The projector that "name,key=value" names.

    A projector takes of `provided` the arguments it has a parameter for, such as `engine`.
    Raises OptionError for an unknown name or key, or a value of another kind than its default.
    """
    name, options = split_options(spec)
    kind = load(name, PROJECTORS, "match")
    known = inspect.signature(kind).parameters
    given = {key: value for key, value in (provided or {}).items() if key in known}
    own = {key: parameter.default for key, parameter in known.items() if key not in given}
    for key in options:
        if key not in own:
            spelled = ", ".join(sorted(other.replace("_", "-") for other in own)) or "none"
            raise OptionError(
                f"--match '{name}' has no option '{key.replace('_', '-')}'; it has: {spelled}"
            )
    values = {key: _value(name, key, text, own[key]) for key, text in options.items()}
    return kind(**given, **values)


def _value(name: str, key: str, text: str, default: Any) -> Any:
    """The text as a value of the default's kind."""
    what = f"--match {name}: {key.replace('_', '-')} '{text}'"
    if isinstance(default, bool):
        if text not in ("yes", "no"):
            raise OptionError(f"{what} is not yes or no")
        return text == "yes"
    try:
        return type(default)(text) if isinstance(default, int | float) else text
    except ValueError:
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise OptionError(f"{what} is not {kind}") from None
