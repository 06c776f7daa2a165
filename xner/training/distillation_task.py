"""Learning from teachers: a student tagger, and sentences with the teachers' distributions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import torch

from xner.errors import OptionError, XnerError
from xner.losses import LOSSES
from xner.losses.objective import Objective
from xner.models.tagger import Tagger
from xner.registry import load
from xner.sentence import Sentence
from xner.training.data import LabelledCorpus
from xner.training.options import ModelOptions
from xner.training.pair_data import PairCorpus
from xner.training.soft_data import SoftCorpus, types_of_labels
from xner.training.start import tagger_for, types_of
from xner.training.tagging_task import Tagging
from xner.training.task import Corpus, Data, Task
from xner.training.teachers import PairTeacher
from xner.training.twin_data import twin_notes, twins


class Distilling(Tagging):
    """A tagger that learns the `probs` of the stream, and tags of `--source` if there are any.

    With `hard-ce` it learns the stream's own `tags`, too or instead. An epoch is a pass over the
    stream. Sentences without what a loss needs are left out, with a note.
    """

    always: ClassVar = ()  # `with_defaults` knows what is on
    kinds: ClassVar = ("soft", "labelled", "twins")

    def __init__(
        self,
        tagger: Tagger,
        objectives: dict[str, Objective],
        data: Data,
        teachers: Sequence[PairTeacher] = (),
    ):
        for objective in objectives.values():
            objective.check(tagger.head)
        needed = _needed(objectives)
        asked = bool(teachers) and "probs" in needed
        taught, left_out = _with_fields(data.stream, needed - {"probs"} if asked else needed)
        if not taught:
            fields = " and ".join(sorted(needed))
            raise XnerError(f"no sentence of the stream has {fields}: there is nothing to learn")
        corpora: dict[str, Corpus] = {
            "soft": PairCorpus(tagger, taught, needed, teachers)
            if asked
            else SoftCorpus(tagger, taught, needed)
        }
        if any(objective.stream == "labelled" for objective in objectives.values()):
            corpora["labelled"] = LabelledCorpus(tagger, data.source)
        corpora |= twins(tagger, objectives, taught)
        Task.__init__(self, tagger, objectives, corpora)  # a tagger's own corpora are others
        self.notes += twin_notes(corpora)
        self.tagger = tagger
        self.data = replace(data, stream=taught)
        total = len(data.stream)
        self.notes += [
            f"left out {number:,} of {total:,} sentences: they have no {lacking}"
            for lacking, number in left_out.items()
        ]

    @classmethod
    def build(
        cls,
        model: ModelOptions,
        objectives: dict[str, Objective],
        data: Data,
        seed: int,
        offline: bool,
    ) -> "Distilling":
        """With a student for the types of what is learned of the stream and of `--source`."""
        check_losses(model, objectives, labelled=len(data.source) > 0)
        needed = _needed(objectives)
        teachers = [PairTeacher.load(name, offline) for name in data.teachers]
        types = {label for teacher in teachers for label in teacher.tagger.types}
        if "probs" in needed and not teachers:
            types |= types_of_labels(data.stream)
        types |= types_of(model, chain(data.source, data.stream if "tags" in needed else ()))
        if not types:
            raise XnerError("no entity type among the labels: there is nothing to learn")
        text = chain(data.stream, data.source)
        torch.manual_seed(seed)  # of loading teachers too something is drawn
        return cls(tagger_for(model, types, text, seed, offline), objectives, data, teachers)

    def save(self, folder: Path, training: dict[str, Any]) -> None:
        """A checkpoint of a token classifier."""
        known = {s.lang for s in chain(self.data.stream, self.data.source) if s.lang}
        super().save(folder, {"languages": sorted(known), **training})


def _needed(objectives: Mapping[str, Objective]) -> set[str]:
    """The fields of the stream that are learned from."""
    soft = [objective for objective in objectives.values() if objective.stream == "soft"]
    return {field for objective in soft for field in objective.needs}


def _with_fields(
    stream: Iterable[Sentence], needed: set[str]
) -> tuple[list[Sentence], Counter[str]]:
    """The sentences that have all of these fields, and how many lack which."""
    whole: list[Sentence] = []
    left_out: Counter[str] = Counter()
    for sentence in stream:
        lacking = [name for name in sorted(needed) if getattr(sentence, name) is None]
        if lacking:
            left_out[" and no ".join(lacking)] += 1
        else:
            whole.append(sentence)
    return whole, left_out


def with_defaults(specs: Sequence[str], labelled: bool) -> tuple[str, ...]:
    """The losses asked for, and before them those that are on unless something is said of them.

    That is `mse` where none on the stream is asked for, and `ce` where there are labelled
    sentences, in nats per word as those on the stream are. Raises OptionError for a loss that
    looks at neither.
    """
    names = [spec.partition(",")[0].partition("=")[0] for spec in specs]
    streams = {name: load(name, LOSSES, "loss").stream for name in names}
    for name, stream in streams.items():
        if stream not in Distilling.kinds:
            known = [n for n in LOSSES if load(n, LOSSES, "loss").stream in Distilling.kinds]
            raise OptionError(f"loss '{name}' says nothing to a student; {', '.join(known)} do")
    defaults = [] if "soft" in streams.values() else ["mse"]
    defaults += ["ce=1,reduction=token"] if labelled and "ce" not in names else []
    return (*defaults, *specs)


def check_losses(model: ModelOptions, objectives: Mapping[str, Objective], labelled: bool) -> None:
    """Raises OptionError for losses without what they learn from, and parts without a loss."""
    streams = {name: objective.stream for name, objective in objectives.items()}
    if "soft" not in streams.values():
        raise OptionError(
            "no loss on the stream (mse, kl, soft-ce, hard-ce) is left; "
            "'xner train' learns from --source alone"
        )
    hungry = [name for name, stream in streams.items() if stream == "labelled"]
    if hungry and not labelled:
        raise OptionError(f"loss '{hungry[0]}' learns from labelled sentences: give --source FILE")
    if model.head == "crf" and model.init is None and "ce" not in objectives:
        raise OptionError(
            "--head crf learns nothing of its transitions from what is said of single words; "
            "give --source FILE with ce, or take --head softmax"
        )
