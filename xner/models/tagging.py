"""Tagging a stream: bounded look-ahead, batches of like length, results in order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import one_hot

from xner.errors import ModelError
from xner.models.batch import EncodedCorpus, OnLong
from xner.models.columns import Columns
from xner.models.grid import Entity, Reading, flat
from xner.models.tag_head import reading_of
from xner.models.tagger import Tagger
from xner.models.viterbi import best_path, constraints
from xner.models.windows import batched, windows
from xner.registry import split_weight
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, Scheme, Span, is_tag, tag_names, tags_of

Decode = Literal["viterbi", "argmax"]


@dataclass(frozen=True)
class TaggingSettings:
    """How sentences are tagged. `batch_tokens` counts padded pieces of one batch.

    With `keep_tags` what is said of sentences that have tags stays; `probs` are added all the same.
    """

    decode: Decode = "viterbi"
    probs: bool = False
    min_score: float = 0.0
    keep_tags: bool = False
    batch_tokens: int = 4096
    window: int = 1024
    bf16: bool = False
    digits: int | None = 5  # of `probs`; None keeps them all
    on_long: OnLong = "window"


@dataclass
class TaggingCounts:
    """What happened on the way, for the summary.

    Of a head of pairs of words `broken` counts types without a chain of neighbours from first to
    last word, `gapped` chains that leave out a word, and `nested` entities that stand in
    `meta["entities"]` alone, since no row of tags can hold them beside surer ones.
    """

    repaired: int = 0
    broken: int = 0
    gapped: int = 0
    below_score: int = 0
    nested: int = 0
    too_long: int = 0
    oom_retries: int = 0


class Tagged(NamedTuple):
    """A sentence with tags, and whether all that was said of it could be written so."""

    sentence: Sentence
    whole: bool = True


@dataclass(frozen=True)
class Member:
    """One tagger of an ensemble: its weight, and its types renamed to the stream's."""

    tagger: Tagger
    weight: float = 1.0
    rename: Callable[[str], str] = str


def load_ensemble(
    models: Sequence[str],
    names: Mapping[str, str],
    settings: TaggingSettings,
    device: torch.device,
    offline: bool,
    scheme: Scheme | None = None,
    note: Callable[[str], object] = str,
) -> "Ensemble":
    """The taggers of `DIR[=WEIGHT]` texts on a device, their labels and types renamed by `names`.

    A new name that is a tag is one for a label, any other for a type; O is one for either. `note`
    hears of names that no model has; `scheme` is that of models that do not say theirs. Raises
    ModelError for one that cannot be loaded, OptionError for a weight that is not above 0.
    """
    types = {old: new for old, new in names.items() if new == OUTSIDE or not is_tag(new)}
    members: list[Member] = []
    for name, weight in map(split_weight, models):
        tagger = Tagger.load(name, offline, names, scheme).to(device)
        members.append(Member(tagger, weight, lambda label: types.get(label, label)))
    used = {old for m in members for old in _used(m.tagger, names, types)}
    if unused := sorted(names.keys() - used):
        have = ", ".join(sorted({label for m in members for label in m.tagger.types}))
        note(f"--map: no model has {' or '.join(unused)}; their types: {have}")
    return Ensemble(members, settings)


def _used(tagger: Tagger, names: Mapping[str, str], types: Mapping[str, str]) -> set[str]:
    """The names that a tagger's labels got when it was loaded, and those its types get."""
    labels = zip(tagger.labels, tagger.tags, strict=True)
    return {old for old, _ in labels if is_tag(names.get(old, ""))} | types.keys() & {*tagger.types}


class Ensemble:
    """Several taggers as one: the weighted mean of their distributions over BIO tags.

    A single tagger decodes with its own head; of several, the mean is decoded, since the
    transitions of one head mean nothing to another, nor do its pairs of words. The score of an
    entity is what the head says, or the mean probability of its words' labels where tags are all
    that it says.
    """

    def __init__(self, members: Sequence[Member], settings: TaggingSettings):
        self.members = members
        self.settings = settings
        self.counts = TaggingCounts()
        types = {m.rename(t) for m in members for t in m.tagger.types} - {OUTSIDE}
        self.labels = tag_names(types, "bio")
        self._columns = [Columns(m.tagger, m.rename, self.labels) for m in members]
        self._number = {label: place for place, label in enumerate(self.labels)}
        self._rules = constraints(self.labels, "bio")
        # whether entities are only as sure as their words
        self._by_words = len(members) > 1 or members[0].tagger.head.of_words
        for member in members:
            member.tagger.eval()
            member.tagger.tokenize.on_long = settings.on_long

    def tag(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """The sentences with tags (and `labels`, `probs` where asked for), in order."""
        return (tagged.sentence for tagged in self.read(sentences))

    def read(self, sentences: Iterable[Sentence]) -> Iterator[Tagged]:
        """The same, and what it was made from."""

        def encoded(window: list[Sentence]) -> list[EncodedCorpus]:
            return [member.tagger.tokenize(window) for member in self.members]

        for window, corpora in windows(sentences, self.settings.window, encoded):
            yield from self._window(window, corpora)

    def _window(self, window: list[Sentence], corpora: list[EncodedCorpus]) -> Iterator[Tagged]:
        self.counts.too_long += max(corpus.long for corpus in corpora)
        done: list[Tagged | None] = [None] * len(window)
        todo = list(range(len(window)))
        if self.settings.keep_tags and not self.settings.probs:
            todo = [i for i in todo if window[i].tags is None]
            done = [Tagged(s) if s.tags is not None else None for s in window]

        def tagged(index: list[int]) -> list[Tagged]:
            readings, probs = self._computed(corpora, index)
            return [
                self._tagged(window[i], readings[row], probs[row] if probs is not None else None)
                for row, i in enumerate(index)
            ]

        tokens = self.settings.batch_tokens
        for i, one in batched(window, corpora[0], todo, tokens, tagged, self._retried):
            done[i] = one
        for one in done:
            assert one is not None
            yield one

    def _retried(self) -> None:
        self.counts.oom_retries += 1

    @torch.inference_mode()
    def _computed(
        self, corpora: list[EncodedCorpus], index: list[int]
    ) -> tuple[list[Reading], Tensor | None]:
        """What is said of each sentence, and the distributions where they are needed, padded."""
        settings = self.settings
        constrained = settings.decode == "viterbi"
        mean: Tensor | None = None
        readings: list[Reading] = []
        masks: list[Tensor] = []  # the words that each of them has read
        outside = one_hot(torch.tensor(0), len(self.labels)).float()
        alone = len(self.members) == 1
        wanted = settings.probs or not alone or (settings.min_score > 0 and self._by_words)
        whole = sum(member.weight for member in self.members)
        for member, corpus, columns in zip(self.members, corpora, self._columns, strict=True):
            tagger = member.tagger
            batch = corpus.batch(index).to(tagger.device)
            with torch.autocast(tagger.device.type, torch.bfloat16, enabled=settings.bf16):
                scores = tagger(batch)
            scores = scores.float()
            masks.append(batch.mask.cpu())
            if not scores[tagger.head.places(batch.mask)].isfinite().all():
                raise ModelError(
                    "what the tagger says of words is no number: its training has failed; train it "
                    "again with a lower --learning-rate"
                )
            if wanted:
                own = columns(scores.softmax(-1), batch.mask).cpu()
                own[~masks[-1]] = outside  # a word that it has cut is O to it
                mean = own * (member.weight / whole) + (0 if mean is None else mean)
            if alone:
                readings = tagger.head.read(scores, batch.mask, constrained)
                readings = [_renamed(reading, member.rename) for reading in readings]
        if not alone:
            assert mean is not None
            readings = self._decoded(mean, torch.stack(masks).any(0), constrained)
        return readings, mean

    def _decoded(
        self,
        mean: Float[Tensor, "batch word label"],
        mask: Bool[Tensor, "batch word"],
        constrained: bool,
    ) -> list[Reading]:
        """What the mean of several taggers says."""
        logs = mean.clamp(min=1e-30).log()
        paths = best_path(logs, mask, *self._rules) if constrained else mean.argmax(-1)
        lengths = mask.sum(1).tolist()
        return [
            reading_of([self.labels[tag] for tag in path[:length]], "bio")
            for path, length in zip(paths.tolist(), lengths, strict=True)
        ]

    def _tagged(self, sentence: Sentence, reading: Reading, probs: Tensor | None) -> Tagged:
        length = len(sentence.tokens)
        if self.settings.keep_tags and sentence.tags is not None:
            assert probs is not None  # else it would not have been looked at
            return Tagged(self._with_probs(sentence, probs[:length]))
        self.counts.repaired += reading.repaired
        self.counts.broken += reading.broken
        self.counts.gapped += reading.gapped
        entities = reading.entities
        if self.settings.min_score > 0:
            entities = self._sure(entities, probs)
        kept = flat(entities)
        self.counts.nested += len(entities) - len(kept)
        # what came in about other tags says nothing about these
        new = replace(
            sentence,
            tags=tags_of([entity.span for entity in kept], length),
            labels=None,
            probs=None,
            weights=None,
            meta=_meta(sentence.meta, entities if len(kept) < len(entities) else []),
        )
        if self.settings.probs and probs is not None:
            new = self._with_probs(new, probs[:length])
        return Tagged(new, reading.whole)

    def _with_probs(self, sentence: Sentence, probs: Float[Tensor, "word tag"]) -> Sentence:
        rows = _rounded(probs, self.settings.digits)
        return replace(sentence, labels=list(self.labels), probs=rows)

    def _sure(self, entities: Sequence[Entity], probs: Tensor | None) -> list[Entity]:
        """The entities whose score is at least `min_score`; the others are counted."""
        if self._by_words:
            assert probs is not None
            entities = [entity._replace(score=self._score(entity, probs)) for entity in entities]
        sure = [entity for entity in entities if entity.score >= self.settings.min_score]
        self.counts.below_score += len(entities) - len(sure)
        return sure

    def _score(self, entity: Entity, probs: Float[Tensor, "word tag"]) -> float:
        """The mean probability of the labels of an entity's words."""
        first, inner = (self._number[f"{letter}-{entity.label}"] for letter in "BI")
        words = range(entity.start, entity.end)
        columns = torch.tensor([first, *[inner] * (len(words) - 1)])
        return probs[torch.tensor(words), columns].mean().item()


def _renamed(reading: Reading, rename: Callable[[str], str]) -> Reading:
    """With other types, of which O is none; where two become the same the surer one stays."""
    entities: dict[Span, Entity] = {}
    for entity in reading.entities:
        new = entity._replace(label=rename(entity.label))
        known = entities.get(new.span)
        if new.label != OUTSIDE and (known is None or known.score < new.score):
            entities[new.span] = new
    return replace(reading, entities=list(entities.values()))


def _meta(meta: dict[str, Any], entities: Sequence[Entity]) -> dict[str, Any]:
    """With all the entities where tags cannot hold them, else without any."""
    others = {name: value for name, value in meta.items() if name != "entities"}
    if not entities:
        return others
    rows = [
        {"start": e.start, "end": e.end, "type": e.label, "score": round(e.score, 5)}
        for e in entities
    ]
    return others | {"entities": rows}


def _rounded(probs: Float[Tensor, "word tag"], digits: int | None) -> list[list[float]]:
    rows: list[list[float]] = probs.tolist()
    return rows if digits is None else [[round(p, digits) for p in row] for row in rows]
