"""How the words of a stream are compared with those of a bank: vectors, neighbours, votes."""

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from commands import plumbing
from commands.options import Compute
from commands.word_bank import LabelSource, WordBank
from xner import device as devices
from xner.errors import OptionError
from xner.retrieval.gpu import has_gpu
from xner.retrieval.neighbours import Search, Votes, votes

if TYPE_CHECKING:
    import numpy as np
    import torch

_BLOCK = 1 << 14  # vectors copied at a time


@dataclass(frozen=True)
class Comparing:
    """What is compared with what."""

    model: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="The tagger that labelled the words."),
    ] = None
    layers: Annotated[
        str,
        "Layers whose mean is a word's vector, as in -1,-2,-3: from 1 up, 0 being the embeddings, "
        "or from the top down if negative.",
    ] = "-1"
    pooling: Annotated[
        Literal["first", "mean", "max"] | None,
        "The word's vector from those of its pieces; as the model does if not given.",
    ] = None
    labels: Annotated[
        LabelSource, "Whose label a word has: the most probable of probs if there are, or its tag."
    ] = "auto"
    bank: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Other labelled sentences whose words may be neighbours too; repeats.",
        ),
    ] = None
    bank_size: Annotated[
        int | None,
        typer.Option(min=1, help="Draw so many of the words that may be neighbours; else all."),
    ] = None
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Decides what is drawn.")] = 42

    def __post_init__(self) -> None:
        """Raises OptionError for what makes no sense."""
        if "-" in (self.bank or []):
            raise OptionError("--bank - : standard input is INPUT's; name a file")
        if not all(re.fullmatch(r"-?\d+", number) for number in self.layers.split(",")):
            raise OptionError(f"--layers '{self.layers}' is no list of numbers, such as -1,-2,-3")


def voted(
    bank: WordBank,
    labels: "np.ndarray",
    classes: int,
    comparing: Comparing,
    search: Search,
    compute: Compute,
    stream: plumbing.Stream,
) -> Votes:
    """What the neighbours of each row that asks say; `labels` are the rows' below `classes`.

    One command at a time has the GPU, and none while the CPU searches.
    """
    import numpy as np
    import torch

    where = devices.pick(compute.device)
    with devices.turn(where, compute.gpu_lock):
        vectors = _vectors(bank, comparing, compute, where, stream)
        torch.cuda.empty_cache()  # the model is gone; the next command may want its memory
    queries, own = vectors[: bank.asked], np.arange(bank.asked)
    voters = bank.voters(comparing.bank_size)
    if len(voters) < len(vectors):
        place = np.full(len(vectors), -1)
        place[voters] = np.arange(len(voters))
        own, labels, vectors = place[: bank.asked], labels[voters], _copied(bank, vectors, voters)
    if comparing.bank_size and len(voters) == comparing.bank_size:
        stream.count(f"words of the bank drawn by --seed {comparing.seed}", len(voters))
    gpu = where.type == "cuda" and has_gpu()
    if where.type == "cuda" and not gpu:
        stream.talk.info("this faiss uses no GPU, so the CPU searches for neighbours")
    with devices.turn(where, compute.gpu_lock and gpu):
        return votes(queries, own, vectors, labels, classes, search, seed=comparing.seed, gpu=gpu)


def _vectors(
    bank: WordBank,
    comparing: Comparing,
    compute: Compute,
    where: "torch.device",
    stream: plumbing.Stream,
) -> "np.ndarray":
    """The vector of each row, (rows, features) float32 of length 1, in a file."""
    from xner.models.tagger import Tagger
    from xner.models.word_features import FeatureSettings, WordFeatures

    settings = FeatureSettings(
        layers=[int(number) for number in comparing.layers.split(",")],
        pooling=comparing.pooling,
        batch_tokens=compute.batch_tokens,
        window=compute.window,
        bf16=devices.has_bf16(where),
    )
    tagger = Tagger.load(comparing.model or "", compute.offline).to(where)
    features = WordFeatures(tagger, settings)
    rows = bank.scratch.rows("vectors")
    for words in features(bank.distinct):
        rows.add(words.numpy())
    for what, number in asdict(features.counts).items():
        stream.count(what.replace("_", " "), number)
    return rows.mapped(features.width)


def _copied(bank: WordBank, vectors: "np.ndarray", rows: "np.ndarray") -> "np.ndarray":
    """Some of the vectors, side by side in a file of their own."""
    copied = bank.scratch.rows("voters")
    for start in range(0, len(rows), _BLOCK):
        copied.add(vectors[rows[start : start + _BLOCK]])
    return copied.mapped(vectors.shape[1])
