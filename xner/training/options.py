"""Every training default, once; the command line shows these and `--preset` replaces some."""

from collections.abc import Set
from dataclasses import dataclass, fields, replace
from math import inf
from typing import Annotated, Any, Literal, TypeVar

from xner.errors import OptionError

Options = TypeVar("Options", "ModelOptions", "TrainingOptions")


@dataclass(frozen=True)
class ModelOptions:
    """What is trained."""

    encoder: Annotated[
        str, "Pretrained encoder: a folder, a hub name, or 'mini' to try things out offline."
    ] = "xlm-roberta-base"
    head: Annotated[Literal["softmax", "crf"], "What turns word vectors into tags."] = "softmax"
    scheme: Annotated[Literal["bioes", "bio"], "Tag scheme inside the model."] = "bioes"
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
    freeze_embeddings: Annotated[bool, "Keep the word piece embeddings as they are."] = False

    def __post_init__(self) -> None:
        """Raises OptionError for a number that makes no sense."""
        _check(self, {"max_pieces": (8.0, inf), "freeze_layers": (0.0, inf)})


@dataclass(frozen=True)
class TrainingOptions:
    """How it is trained."""

    loss: Annotated[
        tuple[str, ...],
        "NAME[=WEIGHT][,key=value]: ce, span-kl, dropout-kl; repeats. ce is on unless ce=0.",
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
        float | None, "Peak rate of AdamW; 2e-5 if not given, with --encoder mini 1e-3."
    ] = None
    weight_decay: Annotated[float, "Of AdamW."] = 0.0
    schedule: Annotated[
        Literal["linear", "cosine", "constant"], "How the rate falls after warm-up."
    ] = "linear"
    warmup: Annotated[float, "Share of the steps in which the rate rises."] = 0.0
    clip: Annotated[float, "Largest norm of a gradient."] = 1.0
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
        ranges |= {"learning_rate": (1e-12, 1.0), "clip": (1e-12, inf)}
        ranges |= {"weight_decay": (0.0, inf), "warmup": (0.0, 1.0), "seed": (0.0, 2.0**32)}
        _check(self, ranges)


# What a paper sets, and what its released code sets where the two differ. Sources: ConNER section
# 3.2 and its training script, whose summed CRF loss `reduction=sum` repeats.
PRESETS: dict[str, dict[str, Any]] = {
    "conner": {
        "head": "crf",
        "loss": ("ce", "span-kl=0.5", "dropout-kl=0.5"),
        "epochs": 10,
        "batch_size": 16,
        "learning_rate": 2e-5,
        "warmup": 0.0,
    },
    "conner-code": {
        "head": "crf",
        "loss": ("ce=1,reduction=sum", "span-kl=0.5", "dropout-kl=0.5"),
        "epochs": 10,
        "batch_size": 16,
        "learning_rate": 2e-5,
        "warmup": 0.0,
    },
}


def _check(options: object, ranges: dict[str, tuple[float, float]]) -> None:
    for name, (least, most) in ranges.items():
        value = getattr(options, name)
        if value is not None and not least <= value <= most:
            limits = f"at least {least:g}" if most == inf else f"from {least:g} to {most:g}"
            raise OptionError(f"--{name.replace('_', '-')} {value:g} makes no sense; {limits}")


def with_preset(options: Options, preset: str, given: Set[str]) -> Options:
    """The options with a preset's values, but for those whose names are in `given`."""
    values = PRESETS[preset]
    own = {field.name for field in fields(options)} & values.keys()
    return replace(options, **{name: values[name] for name in own - given})
