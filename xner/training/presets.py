"""What a paper sets, and what its released code sets where the two differ."""

from collections.abc import Set
from typing import Any

from xner.errors import OptionError
from xner.registry import with_values
from xner.training.options import Options, TaskName

# Of CoLaDa's source model and of both its steps: section 4.1, and its scripts where that is silent
# (batch, warm-up, decay, clipping, pieces). The code keeps the embeddings as they are too.
_COLADA: dict[str, Any] = {
    "encoder": "xlm-roberta-large",
    "head": "softmax",
    "scheme": "bio",
    "batch_size": 32,
    "weight_decay": 0.01,
    "warmup": 0.1,
    "clip": 1.0,
    "max_pieces": 128,
    "freeze_layers": 3,
}
_COLADA_SOURCE = {"loss": ("ce=1,reduction=token",), "epochs": 3, "learning_rate": 5e-5}
_COLADA_STEP = {"epochs": 10, "learning_rate": 2e-5}
_CODE = {"freeze_embeddings": True}

# Of both steps of MCL-NER: section 4.1 names rates, batch and encoders, of which this one is the
# better; where it is silent, what W2NER's code does, and values that no target label has chosen.
_MCL_NER: dict[str, Any] = {
    "encoder": "bert-base-multilingual-cased",
    "head": "token-pair",
    "pooling": "max",
    "epochs": 10,
    "batch_size": 32,
    "learning_rate": 1e-5,
    "head_rate": 1e-3,
    "warmup": 0.1,
}

# `xner train`. ConNER section 3.2 and its training script, whose summed CRF loss `reduction=sum`
# repeats; TransAdv section 3.2, and AdvPicker's scripts where that is silent; CROP section 4.3 and
# its scripts, whose tagger minimises nats per word.
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
    "transadv": {
        "encoder": "bert-base-multilingual-cased",
        "head": "softmax",
        "scheme": "bio",
        "loss": ("ce=1,reduction=token", "adversarial-language", "adversarial-order"),
        "epochs": 10,
        "batch_size": 32,
        "learning_rate": 6e-5,
        "discriminator_rate": 5e-3,
        "generator_rate": 6e-7,
        "weight_decay": 0.01,
        "warmup": 0.05,
        "clip": 0.0,
        "max_pieces": 128,
        "freeze_layers": 3,
        "freeze_embeddings": True,
    },
    "crop": {
        "encoder": "xlm-roberta-base",
        "head": "softmax",
        "scheme": "bio",
        "loss": ("ce=1,reduction=token",),
        "epochs": 15,
        "batch_size": 24,
        "learning_rate": 1e-5,
        "warmup": 0.1,
    },
    "crop-code": {
        "encoder": "xlm-roberta-base",
        "head": "softmax",
        "scheme": "bio",
        "loss": ("ce=1,reduction=token",),
        "epochs": 30,
        "batch_size": 32,
        "learning_rate": 1e-5,
        "warmup": 0.1,
    },
    "colada": _COLADA | _COLADA_SOURCE,
    "colada-code": _COLADA | _COLADA_SOURCE | _CODE,
    "mcl-ner": _MCL_NER | {"loss": ("ce", "semantic-contrastive=0.1", "relation-contrastive=0.1")},
}

# `xner train --task translation`. CROP's paper gives both objectives the same weight; its code
# marks 85 of 100 pairs, smooths labels, and adds up the gradients of eight batches.
TRANSLATION_PRESETS: dict[str, dict[str, Any]] = {
    "crop": {
        "loss": ("translation=0.5", "labelled-translation=0.5"),
        "batch_tokens": 1536,
        "learning_rate": 1e-4,
        "warmup_steps": 4000,
        "beta2": 0.98,
        "marker_tokens": 10,
    },
    "crop-code": {
        "loss": ("translation=0.15,smoothing=0.1", "labelled-translation=0.85,smoothing=0.1"),
        "batch_tokens": 1536,
        "accumulate": 8,
        "learning_rate": 1e-4,
        "schedule": "inverse-sqrt",
        "warmup_steps": 4000,
        "beta2": 0.98,
        "marker_tokens": 14,
    },
}

# CoLaDa equations 4 and 5 in the first iteration, whose two terms count alike.
_HALVES = {"loss": ("soft-ce=0.5", "hard-ce=0.5,weights=ignore")}

# `xner distill`. TransAdv section 3.2, and AdvPicker's script where that is silent; CoLaDa's two
# steps, of which its code does the second with the teacher's best tags instead of equation 6.
DISTILL_PRESETS: dict[str, dict[str, Any]] = {
    "transadv": {
        "encoder": "bert-base-multilingual-cased",
        "head": "softmax",
        "scheme": "bio",
        "loss": ("mse",),
        "epochs": 10,
        "batch_size": 32,
        "learning_rate": 6e-5,
        "weight_decay": 0.01,
        "warmup": 0.05,
        "clip": 0.0,
        "max_pieces": 128,
        "freeze_layers": 3,
        "freeze_embeddings": True,
    },
    "colada": _COLADA | _COLADA_STEP | {"loss": ("soft-ce",)},
    "colada-step1": _COLADA | _COLADA_STEP | _HALVES,
    "colada-code": _COLADA | _COLADA_STEP | _CODE | {"loss": ("hard-ce",)},
    "colada-code-step1": _COLADA | _COLADA_STEP | _CODE | _HALVES,
    "mcl-ner": _MCL_NER | {"loss": ("hard-ce", "mse", "relation-contrastive=0.1")},
}


def with_preset(
    options: Options, preset: str, given: Set[str], task: TaskName = "tagging"
) -> Options:
    """The options with a preset's values, but for those whose names are in `given`."""
    presets = PRESETS if task == "tagging" else TRANSLATION_PRESETS
    if preset not in presets:
        raise OptionError(f"--preset {preset} says nothing of --task {task}")
    return with_values(options, presets[preset], given)
