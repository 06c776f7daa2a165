"""Every training default, once; the command line shows these and `--preset` replaces some.

The presets stand in `presets.py`.
"""

from collections.abc import Set
from dataclasses import dataclass
from math import inf
from typing import Annotated, Any, Literal, TypeVar

from xner.errors import OptionError
from xner.models import HEADS
from xner.registry import split_options

TaskName = Literal["tagging", "translation"]

MINI = "mini"  # the `--encoder` that is made from the text at hand
# Options of a model that say nothing to a task.
FOREIGN: dict[str, Set[str]] = {
    "tagging": {"marker_tokens"},
    "translation": {
        *("init", "head", "scheme", "pooling", "on_long", "freeze_layers", "freeze_embeddings"),
        *("adversary", "discriminators", "discriminator_rate", "generator_rate", "head_rate"),
    },
    "distillation": {
        *("marker_tokens", "adversary", "discriminators", "discriminator_rate", "generator_rate"),
    },
}
# The peak learning rate where none is given. Weights that begin at random need larger steps than
# pretrained ones.
RATES = {
    "tagging": {"": 2e-5, MINI: 1e-3},
    "translation": {"": 1e-4, MINI: 1e-3},
    "distillation": {"": 2e-5, MINI: 1e-3},
}


@dataclass(frozen=True)
class ModelOptions:
    """What is trained."""

    encoder: Annotated[
        str,
        "Pretrained encoder, or with --task translation a Marian, M2M100 or NLLB model "
        "(facebook/m2m100_418M if not given): a folder, a hub name, or 'mini' to try things out "
        "offline.",
    ] = "xlm-roberta-base"
    init: Annotated[
        str | None,
        "A trained tagger to go on from, its head and all, instead of an encoder and a fresh head.",
    ] = None
    head: Annotated[
        str,
        "NAME[,key=value]: softmax or crf, which give each word a tag, or token-pair, which gives "
        "each pair of words a relation, so that entities may be nested.",
    ] = "softmax"
    scheme: Annotated[
        Literal["bioes", "bio"], "Tag scheme inside the model; token-pair has none."
    ] = "bioes"
    pooling: Annotated[
        Literal["first", "mean", "max"], "The word's vector from those of its pieces."
    ] = "first"
    max_pieces: Annotated[
        int | None, "Word pieces the encoder sees at once; what it was trained for if not given."
    ] = None
    on_long: Annotated[
        Literal["window", "cut", "error"],
        "Sentences longer than that: read in overlapping parts, cut as the papers do, or stop.",
    ] = "window"
    freeze_layers: Annotated[int, "Keep this many bottom layers as they are."] = 0
    freeze_embeddings: Annotated[bool, "Keep the embeddings as they are."] = False
    discriminators: Annotated[
        str | None, "Go on with the discriminators that a run has left in this model folder."
    ] = None
    marker_tokens: Annotated[
        int, "With --task translation: give the model this many words __SLOT0__, __SLOT1__, …"
    ] = 0

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        ranges = {"max_pieces": (8.0, inf), "freeze_layers": (0.0, inf)}
        _check(self, ranges | {"marker_tokens": (0.0, 1000.0)})
        name, _ = split_options(self.head)
        if name not in HEADS and ":" not in name:
            raise OptionError(f"unknown head '{name}'; known: {', '.join(HEADS)}")


@dataclass(frozen=True)
class TrainingOptions:
    """How it is trained."""

    loss: Annotated[
        tuple[str, ...],
        "NAME[=WEIGHT][,key=value]: ce, span-kl, dropout-kl, adversarial-language, "
        "adversarial-order, semantic-contrastive, relation-contrastive; repeats. ce is on unless "
        "ce=0. With --task translation: translation and labelled-translation, both on unless 0.",
    ] = ()
    epochs: Annotated[int, "Passes over the labelled sentences."] = 10
    steps: Annotated[int | None, "Stop after this many steps, whatever the epochs."] = None
    batch_size: Annotated[int, "Labelled sentences of one batch."] = 16
    stream_batch_size: Annotated[
        int | None, "Sentences of the stream in one batch; as many as labelled if not given."
    ] = None
    batch_tokens: Annotated[int, "At most this many padded word pieces in one batch."] = 8192
    accumulate: Annotated[int, "Batches whose gradients are added up to one step."] = 1
    learning_rate: Annotated[
        float | None,
        "Peak rate of AdamW; 2e-5 if not given, with --task translation 1e-4; with --encoder mini "
        "1e-3.",
    ] = None
    head_rate: Annotated[
        float | None,
        "Peak rate of what is not the encoder; --learning-rate if not given, and with --head "
        "token-pair 1e-3.",
    ] = None
    weight_decay: Annotated[float, "Of AdamW."] = 0.0
    beta2: Annotated[float, "Of AdamW: how slowly it forgets how large gradients were."] = 0.999
    schedule: Annotated[
        Literal["linear", "cosine", "constant", "inverse-sqrt"],
        "How the rate falls after warm-up.",
    ] = "linear"
    warmup: Annotated[float, "Share of the steps in which the rate rises."] = 0.0
    warmup_steps: Annotated[int | None, "Steps in which it rises, instead of their share."] = None
    adversary: Annotated[
        Literal["alternate", "reverse"],
        "Adversarial losses: train discriminators and encoder in turn, or both at once through a "
        "reversed gradient.",
    ] = "alternate"
    discriminator_rate: Annotated[float, "Peak rate of the discriminators."] = 5e-3
    generator_rate: Annotated[float, "Peak rate of the encoder where it is to confuse them."] = 6e-7
    clip: Annotated[float, "Largest norm of a gradient; 0 for none."] = 1.0
    seed: Annotated[int, "Of weights, dropout and order."] = 42
    precision: Annotated[
        Literal["auto", "fp32", "bf16"], "auto: bf16 on a GPU that has it, else fp32."
    ] = "auto"
    evaluate_every: Annotated[
        int | None, "Steps between evaluations on --dev; each epoch if not given."
    ] = None
    checkpoint_every: Annotated[
        int | None, "Steps between checkpoints for --resume; each epoch if not given."
    ] = None

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        counts = ("epochs", "steps", "batch_size", "stream_batch_size", "batch_tokens")
        counts = (*counts, "accumulate", "evaluate_every", "checkpoint_every")
        ranges = {name: (1.0, inf) for name in counts}
        rates = ("learning_rate", "head_rate", "discriminator_rate", "generator_rate")
        ranges |= {name: (1e-12, 1.0) for name in rates} | {"clip": (0.0, inf)}
        ranges |= {"weight_decay": (0.0, inf), "warmup": (0.0, 1.0), "seed": (0.0, 2.0**32)}
        ranges |= {"beta2": (0.0, 1 - 1e-12), "warmup_steps": (0.0, inf)}
        _check(self, ranges)


Options = TypeVar("Options", ModelOptions, TrainingOptions)

# What is meant by options that are not given where that hangs on the task.
DEFAULTS: dict[str, dict[str, Any]] = {
    "tagging": {},
    "translation": {
        "encoder": "facebook/m2m100_418M",
        "batch_tokens": 1536,
        "batch_size": 512,  # it is the pieces that bound a batch
        "beta2": 0.98,
        "warmup": 0.1,
    },
}


def _check(options: object, ranges: dict[str, tuple[float, float]]) -> None:
    for name, (least, most) in ranges.items():
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            limits = f"at least {least:g}" if most == inf else f"from {least:g} to {most:g}"
            raise OptionError(f"--{name.replace('_', '-')} {value:g} makes no sense; {limits}")
