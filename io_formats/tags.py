"""Tags as readers take them in: any scheme to BIO, ill-formed ones mended or refused."""

from collections.abc import Sequence

from io_formats.streams import Manner
from xner.errors import FormatError, OptionError
from xner.tag_schemes import SCHEMES, Scheme, TagReader


def scheme_named(name: str) -> Scheme:
    """A tag scheme by its name; OptionError for one that is unknown."""
    for scheme in SCHEMES:
        if scheme == name:
            return scheme
    raise OptionError(f"unknown tag scheme '{name}'; known: {', '.join(SCHEMES)}")


class Tags:
    """Tags of one file in BIO. What is ill-formed is mended and counted, or refused if strict.

    Only ill-formed BIO can be left as it is: in another scheme nobody could tell what it means.
    """

    def __init__(self, scheme: str, manner: Manner):
        self._read = TagReader(scheme_named(scheme))
        self._manner = manner

    def __call__(self, tags: Sequence[str], lines: Sequence[int] = ()) -> list[str]:
        """BIO tags; FormatError for an unknown one, with its line if `lines` has one for each."""
        try:
            bio, broken = self._read(tags)
        except ValueError:
            raise self._flaw(tags, lines) from None
        if broken:
            if self._manner.strict:
                raise self._flaw(tags, lines)
            if not self._manner.mend and self._read.scheme == "bio":
                return list(tags)
            self._manner.repaired(broken)
        return bio

    def _flaw(self, tags: Sequence[str], lines: Sequence[int]) -> FormatError:
        position, message = self._read.flaw(tags) or (0, "ill-formed tags")
        where = lines[position] if lines else None
        return FormatError(message if lines else f"token {position + 1}: {message}", line=where)
