"""Values of papers: what CoLaDa's presets set, and what flags leave of them."""

import pytest

from xner.registry import with_values
from xner.training.objectives import build_objectives
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.presets import DISTILL_PRESETS, PRESETS, TRANSLATION_PRESETS, with_preset

ALL = {
    f"{command} {name}": values
    for command, presets in (
        ("train", PRESETS),
        ("translation", TRANSLATION_PRESETS),
        ("distill", DISTILL_PRESETS),
    )
    for name, values in presets.items()
}


@pytest.mark.parametrize("name", ALL)
def test_every_value_is_of_an_option_and_every_loss_can_be_built(name):
    values = ALL[name]
    model = with_values(ModelOptions(), values, set())
    options = with_values(TrainingOptions(), values, set())
    assert all(getattr(model, key, getattr(options, key, None)) == values[key] for key in values)
    assert set(build_objectives(options.loss, ())) == {
        spec.partition(",")[0].partition("=")[0] for spec in values["loss"]
    }


def test_presets_yield_to_what_was_given():
    chosen = with_preset(TrainingOptions(batch_size=7), "conner-code", {"batch_size"})
    assert chosen.batch_size == 7
    assert chosen.loss[0] == "ce=1,reduction=sum"
    assert with_preset(ModelOptions(), "conner", set()).head == "crf"


def test_the_source_model_of_colada():
    options = with_preset(TrainingOptions(), "colada", {"batch_size"})
    assert (options.loss, options.epochs) == (("ce=1,reduction=token",), 3)
    assert (options.learning_rate, options.batch_size) == (5e-5, 16)
    assert with_preset(ModelOptions(), "colada", set()).freeze_layers == 3


@pytest.mark.parametrize("code", [False, True])
@pytest.mark.parametrize("step", [1, 2])
def test_the_steps_of_colada(code, step):
    values = DISTILL_PRESETS[f"colada{'-code' * code}{'-step1' * (step == 1)}"]
    model = with_values(ModelOptions(), values, set())
    options = with_values(TrainingOptions(), values, set())
    assert (model.encoder, model.head, model.scheme) == ("xlm-roberta-large", "softmax", "bio")
    assert (model.freeze_layers, model.freeze_embeddings, model.max_pieces) == (3, code, 128)
    assert (options.epochs, options.batch_size, options.learning_rate) == (10, 32, 2e-5)
    assert (options.weight_decay, options.warmup, options.clip) == (0.01, 0.1, 1.0)
    losses = build_objectives(options.loss, ())
    shares = {name: (loss.weight, getattr(loss, "weights", None)) for name, loss in losses.items()}
    if step == 1:
        assert shares == {"soft-ce": (0.5, None), "hard-ce": (0.5, "ignore")}
    else:
        assert shares == ({"hard-ce": (1.0, "use")} if code else {"soft-ce": (1.0, None)})
