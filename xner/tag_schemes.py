"""Tag schemes and spans: the only file that knows the letters B, I, O, E and S.

Inside a record tags are IOB2 (called BIO here). BIOES, BILOU and IOB1 exist at the edge of the
toolkit and inside a model. Spans are half-open.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

OUTSIDE = "O"
Scheme = Literal["bio", "bioes", "iob1"]
SCHEMES: tuple[Scheme, ...] = ("bio", "bioes", "iob1")

# BILOU and BMES are spellings of BIOES.
_TO_BIOES_LETTER = {"L": "E", "U": "S", "M": "I", "W": "S"}


class Span(NamedTuple):
    """An entity: `tokens[start:end]` is a `label`."""

    start: int
    end: int
    label: str


def split_tag(tag: str) -> tuple[str, str]:
    """The letter and the label of a tag, in BIOES letters; ValueError if it is neither.

    >>> split_tag("B-PER"), split_tag("U-LOC"), split_tag("O")
    (('B', 'PER'), ('S', 'LOC'), ('O', ''))
    """
    if tag == OUTSIDE:
        return OUTSIDE, ""
    letter, dash, label = tag.partition("-")
    letter = _TO_BIOES_LETTER.get(letter, letter)
    if not dash or not label or letter not in ("B", "I", "E", "S"):
        raise ValueError(f"unknown tag '{tag}'; expected O or a letter of BIES, a dash and a type")
    return letter, label


def label_of(tag: str) -> str:
    """The entity type of a tag, `O` for none."""
    return split_tag(tag)[1] or OUTSIDE


def spans_of(tags: Sequence[str]) -> list[Span]:
    """The entities of BIO or BIOES tags, read as conlleval does.

    An I- that follows nothing, or another type, begins an entity; so does an E-.

    >>> [tuple(s) for s in spans_of(["I-PER", "I-PER", "B-PER", "O", "E-LOC"])]
    [(0, 2, 'PER'), (2, 3, 'PER'), (4, 5, 'LOC')]
    """
    spans: list[Span] = []
    start, open_label = 0, ""
    for position, tag in enumerate(tags):
        if tag == OUTSIDE:
            if open_label:
                spans.append(Span(start, position, open_label))
                open_label = ""
            continue
        letter, label = split_tag(tag)
        if open_label and (letter in "BS" or label != open_label):
            spans.append(Span(start, position, open_label))
            open_label = ""
        if not open_label:
            start, open_label = position, label
        if letter in "ES":
            spans.append(Span(start, position + 1, label))
            open_label = ""
    if open_label:
        spans.append(Span(start, len(tags), open_label))
    return spans


def tags_of(spans: Iterable[Span], length: int, scheme: Scheme = "bio") -> list[str]:
    """Tags of `length` tokens for spans that do not overlap; ValueError where they do.

    >>> tags_of([Span(0, 2, "PER"), Span(2, 3, "PER")], 4, "bioes")
    ['B-PER', 'E-PER', 'S-PER', 'O']
    >>> tags_of([Span(0, 2, "PER"), Span(2, 3, "PER")], 4, "iob1")
    ['I-PER', 'I-PER', 'B-PER', 'O']
    """
    tags = [OUTSIDE] * length
    previous_end, previous_label = -1, ""
    for start, end, label in sorted(spans):
        if not 0 <= start < end <= length or start < previous_end:
            raise ValueError(f"span [{start}, {end}) overlaps another or leaves the sentence")
        inside = f"I-{label}"
        tags[start:end] = [inside] * (end - start)
        touches = start == previous_end and label == previous_label
        if scheme != "iob1" or touches:
            tags[start] = f"B-{label}"
        if scheme == "bioes":
            tags[end - 1] = f"E-{label}" if end - start > 1 else f"S-{label}"
        previous_end, previous_label = end, label
    return tags


def convert_tags(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Well-formed tags of any scheme in another.

    >>> convert_tags(["B-PER", "I-PER", "O"], "bioes")
    ['B-PER', 'E-PER', 'O']
    """
    return tags_of(spans_of(tags), len(tags), scheme)


def repaired(tags: Sequence[str], scheme: Scheme = "bio") -> tuple[list[str], int]:
    """Well-formed BIO tags with the same entities, and the number of tags that broke `scheme`.

    A tag breaks the scheme where it says something else than the entities conlleval reads; IOB1
    cannot be broken by an I- that follows nothing.

    >>> repaired(["O", "I-PER", "I-PER"])
    (['O', 'B-PER', 'I-PER'], 1)
    >>> repaired(["B-PER", "O", "S-LOC"], "bioes")
    (['B-PER', 'O', 'B-LOC'], 1)
    """
    spans = spans_of(tags)
    meant = tags_of(spans, len(tags), scheme)
    said = tags
    if scheme == "bioes":
        said = ["-".join(split_tag(tag)) if tag != OUTSIDE else tag for tag in tags]
    broken = sum(a != b for a, b in zip(said, meant, strict=True))
    return (meant if scheme == "bio" else tags_of(spans, len(tags))), broken


def guess_scheme(sentences: Iterable[Sequence[str]]) -> Scheme:
    """The scheme that a sample of tag sequences breaks least often; `bio` where it cannot be told.

    A single entity that begins with I- is rather a slip in BIO than a file in IOB1.

    >>> guess_scheme([["I-PER", "I-PER", "O", "I-LOC"]]), guess_scheme([["O", "I-PER"]])
    ('iob1', 'bio')
    """
    pairs = Counter(pair for tags in sentences for pair in pairwise((None, *tags, None)))
    closes = any(split_tag(tag)[0] in "ES" for _, tag in pairs if tag)
    candidates: tuple[Scheme, ...] = ("bioes", "bio") if closes else ("bio", "iob1")

    def flaws(scheme: Scheme) -> int:
        broken = sum(n for pair, n in pairs.items() if not may_follow(*pair, scheme))
        return broken + (scheme == "iob1")

    return min(candidates, key=flaws)


def is_tag(text: str) -> bool:
    """Whether a text is a tag of any scheme."""
    try:
        split_tag(text)
    except ValueError:
        return False
    return True


def tag_names(types: Iterable[str], scheme: Scheme) -> list[str]:
    """All tags of a scheme in a fixed order: O first, then type by type.

    >>> tag_names(["PER"], "bioes")
    ['O', 'B-PER', 'I-PER', 'E-PER', 'S-PER']
    """
    letters = "BIES" if scheme == "bioes" else "BI"
    return [OUTSIDE, *(f"{letter}-{label}" for label in sorted(types) for letter in letters)]


def span_letter(place: Literal["alone", "first", "inside", "last"], scheme: Scheme) -> str:
    """The letter of a span's word by its place.

    >>> [span_letter(place, "bioes") for place in ("alone", "first", "inside", "last")]
    ['S', 'B', 'I', 'E']
    """
    if scheme == "bioes":
        return {"alone": "S", "first": "B", "inside": "I", "last": "E"}[place]
    return "B" if place in ("alone", "first") else "I"


def open_ended(tag: str, scheme: Scheme) -> str:
    """The other tag that a word may have had if its span went on, or did not; itself if none.

    Only BIOES says in a word's tag what the next word is.

    >>> [open_ended(tag, "bioes") for tag in ("S-PER", "B-PER", "I-PER", "E-PER", "O")]
    ['B-PER', 'S-PER', 'E-PER', 'I-PER', 'O']
    >>> open_ended("B-PER", "bio")
    'B-PER'
    """
    letter, label = split_tag(tag)
    other = {"B": "S", "S": "B", "I": "E", "E": "I"}.get(letter)
    return tag if scheme != "bioes" or other is None else f"{other}-{label}"


def may_follow(before: str | None, after: str | None, scheme: Scheme) -> bool:
    """Whether tag `after` may come right after tag `before` (None: the sentence's edge).

    >>> may_follow(None, "I-PER", "bio"), may_follow("B-PER", "I-PER", "bio")
    (False, True)
    >>> may_follow("B-PER", None, "bioes"), may_follow("B-PER", None, "bio")
    (False, True)
    """
    old, old_label = split_tag(before) if before else (OUTSIDE, "")
    new, new_label = split_tag(after) if after else (OUTSIDE, "")
    if new in "ES" and scheme != "bioes":
        return False
    if scheme == "iob1":
        return new != "B" or (old != OUTSIDE and old_label == new_label)
    continues = old in "BI" and old_label == new_label
    return continues if new in "IE" else scheme != "bioes" or old not in "BI"


class TagReader:
    """Turns tags of one scheme into BIO, remembering every pair of neighbours it has judged.

    >>> TagReader("bioes")(["S-PER", "B-LOC", "E-LOC"])
    (['B-PER', 'B-LOC', 'I-LOC'], 0)
    >>> TagReader("bio")(["O", "I-PER"])
    (['O', 'B-PER'], 1)
    """

    def __init__(self, scheme: Scheme):
        self.scheme: Scheme = scheme
        self._bio = _Pairs(scheme)

    def __call__(self, tags: Sequence[str]) -> tuple[list[str], int]:
        """BIO tags, and the number of ill-formed ones that were mended; ValueError as split_tag."""
        if tags.count(OUTSIDE) == len(tags):
            return list(tags), 0
        try:
            bio = list(map(self._bio.__getitem__, zip((None, *tags), tags, strict=False)))
            if self.scheme == "bioes":
                self._bio[tags[-1], None]
        except IllFormedError:
            return repaired(tags, self.scheme)
        return bio, 0

    def flaw(self, tags: Sequence[str]) -> tuple[int, str] | None:
        """The first tag that is unknown or ill-formed, and what is wrong with it."""
        for position, pair in enumerate(pairwise((None, *tags, None))):
            try:
                self._bio[pair]
            except ValueError as error:
                return min(position, len(tags) - 1), str(error)
        return None


class IllFormedError(ValueError):
    """A known tag that may not stand where it stands."""


class _Pairs(dict[tuple[str | None, str | None], str]):
    """(tag before, tag) -> the tag in BIO, for pairs that the scheme allows."""

    def __init__(self, scheme: Scheme):
        self.scheme: Scheme = scheme

    def __missing__(self, pair: tuple[str | None, str | None]) -> str:
        before, tag = pair
        if not may_follow(before, tag, self.scheme):
            name = self.scheme.upper()
            after = "the sentence begins" if before is None else f"'{before}'"
            what = "the sentence ends" if tag is None else f"'{tag}'"
            raise IllFormedError(f"ill-formed {name} tags: {what} after {after}")
        kept = [other for other in pair if other is not None]
        self[pair] = bio = "".join(tags_of(spans_of(kept), len(kept))[-1:])
        return bio
