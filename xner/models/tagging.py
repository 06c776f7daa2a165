"""Tagging a stream: bounded look-ahead, batches of like length, results in order."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from xner.models.batch import EncodedCorpus, OnLong
from xner.models.columns import Columns, renamed_tag
from xner.models.tagger import Tagger
from xner.models.viterbi import best_path, constraints
from xner.models.windows import batched, windows
from xner.registry import split_weight
from xner.sentence import Sentence
from xner.tag_schemes import OUTSIDE, Scheme, is_tag, repaired, tag_names, tags_of

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
    """What happened on the way, for the summary."""

    repaired: int = 0
    below_score: int = 0
    too_long: int = 0
    oom_retries: int = 0


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
    return {old for old, tag in labels if names.get(old) == tag} | types.keys() & {*tagger.types}


class Ensemble:
    """Several taggers as one: the weighted mean of their distributions over BIO tags.

    A single tagger decodes with its own head; of several, the mean is decoded, since the
    transitions of one head mean nothing to another.
    """

    def __init__(self, members: Sequence[Member], settings: TaggingSettings):
        self.members = members
        self.settings = settings
        self.counts = TaggingCounts()
        types = {m.rename(t) for m in members for t in m.tagger.types} - {OUTSIDE}
        self.labels = tag_names(types, "bio")
        self._columns = [Columns(m.tagger, m.rename, self.labels) for m in members]
        self._rules = constraints(self.labels, "bio")
        for member in members:
            member.tagger.eval()
            member.tagger.tokenize.on_long = settings.on_long

    def tag(self, sentences: Iterable[Sentence]) -> Iterator[Sentence]:
        """The sentences with tags (and `labels`, `probs` where asked for), in order."""

        def encoded(window: list[Sentence]) -> list[EncodedCorpus]:
            return [member.tagger.tokenize(window) for member in self.members]

        for window, corpora in windows(sentences, self.settings.window, encoded):
            yield from self._window(window, corpora)

    def _window(self, window: list[Sentence], corpora: list[EncodedCorpus]) -> Iterator[Sentence]:
        self.counts.too_long += max(corpus.long for corpus in corpora)
        done: list[Sentence | None] = [None] * len(window)
        todo = list(range(len(window)))
        if self.settings.keep_tags and not self.settings.probs:
            todo = [i for i in todo if window[i].tags is None]
            done = [s if s.tags is not None else None for s in window]

        def tagged(index: list[int]) -> list[Sentence]:
            tags, probs = self._computed(corpora, index)
            return [
                self._tagged(window[i], tags[row], probs[row] if probs is not None else None)
                for row, i in enumerate(index)
            ]

        tokens = self.settings.batch_tokens
        for i, sentence in batched(window, corpora[0], todo, tokens, tagged, self._retried):
            done[i] = sentence
        for sentence in done:
            assert sentence is not None
            yield sentence

    def _retried(self) -> None:
        self.counts.oom_retries += 1

    @torch.inference_mode()
    def _computed(
        self, corpora: list[EncodedCorpus], index: list[int]
    ) -> tuple[list[list[str]], Tensor | None]:
        """Tag names of each sentence, padded, and the distributions where they are needed."""
        settings = self.settings
        constrained = settings.decode == "viterbi"
        mean: Tensor | None = None
        names: list[list[str]] = []
        wanted = settings.probs or settings.min_score > 0 or len(self.members) > 1
        whole = sum(member.weight for member in self.members)
        for member, corpus, columns in zip(self.members, corpora, self._columns, strict=True):
            tagger = member.tagger
            batch = corpus.batch(index).to(tagger.device)
            with torch.autocast(tagger.device.type, torch.bfloat16, enabled=settings.bf16):
                scores = tagger(batch)
            scores = scores.float()
            if wanted:
                own = columns(scores.softmax(-1)).cpu()
                mean = own * (member.weight / whole) + (0 if mean is None else mean)
            if len(self.members) == 1:
                paths = tagger.decode(scores, batch, constrained).tolist()
                names = [[tagger.tags[tag] for tag in path] for path in paths]
        if len(self.members) > 1:
            assert mean is not None
            mask = corpora[0].batch(index).mask
            logs = mean.clamp(min=1e-30).log()
            paths = best_path(logs, mask, *self._rules) if constrained else mean.argmax(-1)
            names = [[self.labels[tag] for tag in path] for path in paths.tolist()]
        return names, mean

    def _tagged(self, sentence: Sentence, names: list[str], probs: Tensor | None) -> Sentence:
        length = len(sentence.tokens)
        if self.settings.keep_tags and sentence.tags is not None:
            assert probs is not None  # else it would not have been looked at
            return self._with_probs(sentence, probs[:length])
        # decoded tags are of the model's scheme; what its rules forbid is repaired and counted
        scheme = self.members[0].tagger.settings.scheme if len(self.members) == 1 else "bio"
        tags, broken = repaired(names[:length], scheme)
        self.counts.repaired += broken
        if len(self.members) == 1:  # after the repair, as I-PER I-ORG of IOB1 are two entities
            tags = [renamed_tag(tag, self.members[0].rename) for tag in tags]
        # what came in about other tags says nothing about these
        new = replace(sentence, tags=tags, labels=None, probs=None, weights=None)
        if probs is None:
            return new
        own = probs[:length]
        if self.settings.min_score > 0:
            new.tags = self._kept(new, own)
        return self._with_probs(new, own) if self.settings.probs else new

    def _with_probs(self, sentence: Sentence, probs: Float[Tensor, "word tag"]) -> Sentence:
        rows = _rounded(probs, self.settings.digits)
        return replace(sentence, labels=list(self.labels), probs=rows)

    def _kept(self, sentence: Sentence, probs: Float[Tensor, "word tag"]) -> list[str]:
        """Tags without the entities whose mean probability is below `min_score`."""
        number = {label: i for i, label in enumerate(self.labels)}
        spans = []
        for span in sentence.spans:
            tags = (sentence.tags or [])[span.start : span.end]
            columns = torch.tensor([number[tag] for tag in tags])
            score = probs[torch.arange(span.start, span.end), columns].mean().item()
            if score >= self.settings.min_score:
                spans.append(span)
            else:
                self.counts.below_score += 1
        return tags_of(spans, len(sentence.tokens))


def _rounded(probs: Float[Tensor, "word tag"], digits: int | None) -> list[list[float]]:
    rows: list[list[float]] = probs.tolist()
    return rows if digits is None else [[round(p, digits) for p in row] for row in rows]
