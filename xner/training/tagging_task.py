"""Learning to tag: labelled sentences, and sentences whose spans are linked to their origins'."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

from torch import nn

from xner.errors import XnerError
from xner.evaluation import Scorer
from xner.losses.adversarial_language import Words
from xner.losses.objective import Objective
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.sentence import Sentence
from xner.training import adversaries
from xner.training.adversarial_data import LanguageCorpus, OrderCorpus
from xner.training.data import LabelledCorpus, ParallelCorpus
from xner.training.options import ModelOptions
from xner.training.start import tagger_for, types_of
from xner.training.task import F1, Corpus, Data, Task
from xner.training.twin_data import twin_notes, twins


class Tagging(Task):
    """A tagger, measured by its F1 on labelled sentences of `dev`."""

    always: ClassVar = ("ce",)
    kinds: ClassVar = ("labelled", "parallel", "language", "order", "twins")
    measure: ClassVar = F1

    def __init__(self, tagger: Tagger, objectives: dict[str, Objective], data: Data):
        for objective in objectives.values():
            objective.check(tagger.head)
        super().__init__(tagger, objectives, _corpora(tagger, objectives, data))
        self.notes = [
            f"{number:,} sentences are not shown to the discriminator of {kind}: {why}"
            for kind, corpus in self.corpora.items()
            if isinstance(corpus, LanguageCorpus | OrderCorpus)
            for why, number in corpus.left_out.items()
            if number
        ]
        self.notes += twin_notes(self.corpora)
        self.tagger = tagger
        self.data = data

    @classmethod
    def build(
        cls,
        model: ModelOptions,
        objectives: dict[str, Objective],
        data: Data,
        seed: int,
        offline: bool,
    ) -> "Tagging":
        """With a tagger for the types of `--source`."""
        types = types_of(model, data.source)
        if not types:
            raise XnerError("no entity in --source: there is nothing to learn")
        languages = _languages(data.source)
        text = chain(data.source, (_foreign(sentence, languages) for sentence in data.stream))
        tagger = tagger_for(model, types, text, seed, offline)
        adversaries.attach(objectives, tagger.width, model.discriminators)
        return cls(tagger, objectives, data)

    @property
    def encoder(self) -> nn.Module:
        """The tagger's."""
        return self.tagger.encoder

    @property
    def head_rate(self) -> float | None:
        """Layers that begin at random beside a pretrained encoder (MCL-NER section 4.1)."""
        return None if self.tagger.head.of_words else 1e-3

    @property
    def judged(self) -> bool:
        """Whether there are sentences of `dev`."""
        return len(self.data.dev) > 0

    def score(self) -> float:
        """Micro F1 on `dev`."""
        scorer = Scorer()
        settings = TaggingSettings(on_long=self.tagger.tokenize.on_long)
        ensemble = Ensemble([Member(self.tagger)], settings)
        for gold, tagged in zip(self.data.dev, ensemble.tag(self.data.dev), strict=True):
            scorer.add(gold.tags or [], tagged.tags or [])
        return scorer.report.micro.f1

    def facts(self) -> dict[str, Any]:
        """What the tagger is, and what judges it."""
        return {
            "tagger": asdict(self.tagger.settings),
            "tags": self.tagger.tags,
            "on_long": self.tagger.tokenize.on_long,
            "dev": str([(sentence.tokens, sentence.tags) for sentence in self.data.dev]),
        }

    def save(self, folder: Path, training: dict[str, Any]) -> None:
        """A checkpoint of a token classifier."""
        beside = {adversaries.FILE: adversaries.tensors_of(self.objectives)}
        languages = sorted(_languages(self.data.source))
        self.tagger.save(folder, beside, training={"languages": languages, **training})


def _corpora(tagger: Tagger, objectives: dict[str, Objective], data: Data) -> dict[str, Corpus]:
    """The examples that the losses look at, by kind."""
    corpora: dict[str, Corpus] = {"labelled": LabelledCorpus(tagger, data.source)}
    used = {objective.stream: objective for objective in objectives.values()}
    if "parallel" in used:
        corpora["parallel"] = _linked(tagger, data.stream)
    if "language" in used:
        # of what is translated or mixed, the language that it was made from
        origins = _languages([sentence.root for sentence in data.source])
        words: Words = getattr(used["language"], "words", "all")
        corpora["language"] = LanguageCorpus(tagger, data.stream, origins, words)
    if "order" in used:
        corpora["order"] = OrderCorpus(tagger, data.stream)
    return corpora | twins(tagger, objectives, data.stream)


def _foreign(sentence: Sentence, languages: set[str]) -> Sentence:
    """A sentence of the stream, or the origin of it that is in none of these languages.

    Where that cannot be told it is the outermost origin, the text that is nobody's translation: so
    runs that differ only in their stream's translations start from the same mini encoder.
    """
    at: Sentence | None = sentence
    while languages and at is not None:
        if at.lang and at.lang not in languages:
            return at
        at = at.origin
    return sentence.root


def _languages(sentences: Sequence[Sentence]) -> set[str]:
    return {sentence.lang for sentence in sentences if sentence.lang}


def _linked(tagger: Tagger, stream: Sequence[Sentence]) -> ParallelCorpus:
    corpus = ParallelCorpus(tagger, stream)
    if len(corpus.links) == 0:
        raise XnerError(
            f"none of the {len(stream)} sentences of the stream shares a span with its origin; "
            "make such a stream with 'xner weak-tag … | xner translate-spans'"
        )
    return corpus
