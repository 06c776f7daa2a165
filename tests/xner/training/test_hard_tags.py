"""Distillation with the stream's own tags: who is left out, what is learned, what is refused."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from xner.errors import OptionError, XnerError
from xner.models.tagging import TaggingSettings, load_ensemble
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.recipe import Recipe
from xner.training.teachers import taught

CPU = torch.device("cpu")
LABELS = ["O", "B-PER", "I-PER"]
TEXT = tiny.sentence("Anna Berg visited Bern .", "B-PER I-PER O B-LOC O")
OTHER = tiny.sentence("Officials of Nordwind Energy said that", "O O B-PER I-PER O O")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"), dropout=0.0)


def distil(encoder, folder, stream, *loss, report=lambda _: None, resume=False, **model):
    model = ModelOptions(**({"encoder": str(encoder), "scheme": "bio"} | model))
    options = TrainingOptions(loss=loss, epochs=25, batch_size=2, learning_rate=1e-2, seed=3)
    recipe = Recipe(model, options, folder, "distillation", device="cpu", resume=resume)
    return recipe.run(recipe.objectives(), (), (), stream, report)


def tags_of(folder, sentence):
    ensemble = load_ensemble([str(folder)], {}, TaggingSettings(), CPU, True)
    (tagged,) = ensemble.tag([sentence])
    return tagged.tags


def with_probs(sentence, row=(0.2, 0.7, 0.1)):
    return replace(sentence, labels=LABELS, probs=[list(row)] * len(sentence.tokens))


def test_tags_alone_are_learned_and_no_probs_are_needed(encoder, tmp_path):
    result = distil(encoder, tmp_path, [TEXT, OTHER], "hard-ce")
    assert set(result["losses"]) == {"hard-ce"}
    assert tags_of(tmp_path, TEXT) == TEXT.tags
    assert tags_of(tmp_path, OTHER) == OTHER.tags


def test_a_student_of_another_scheme_learns_them_too(encoder, tmp_path):
    distil(encoder, tmp_path, [TEXT, OTHER], "hard-ce", scheme="bioes")
    found = tags_of(tmp_path, TEXT)
    assert [tag[2:] for tag in found] == [tag[2:] for tag in TEXT.tags]


def test_weights_say_which_tags_are_learned_unless_they_are_ignored(encoder, tmp_path):
    doubted = replace(OTHER, weights=[1.0, 1.0, 0.0, 0.0, 1.0, 1.0])
    for how, learned in (("use", False), ("ignore", True)):
        distil(encoder, tmp_path / how, [TEXT, doubted], f"hard-ce=1,weights={how}")
        assert (tags_of(tmp_path / how, OTHER) == OTHER.tags) == learned


@pytest.mark.parametrize(
    ("losses", "notes"),
    [
        (("hard-ce",), ["left out 1 of 4 sentences: they have no tags"]),
        (("soft-ce",), ["left out 2 of 4 sentences: they have no probs"]),
        (
            ("soft-ce=0.5", "hard-ce=0.5,weights=ignore"),
            [
                "left out 2 of 4 sentences: they have no probs",
                "left out 1 of 4 sentences: they have no tags",
            ],
        ),
    ],
)
def test_who_lacks_what_a_loss_needs_is_left_out_by_reason(encoder, tmp_path, losses, notes):
    stream = [with_probs(TEXT), TEXT, OTHER, with_probs(replace(OTHER, tags=None))]
    events = []
    distil(encoder, tmp_path, stream, *losses, report=events.append)
    said = [event["text"] for event in events if event["event"] == "note"]
    assert sorted(said) == sorted(notes)


def test_one_who_lacks_both_is_counted_once(encoder, tmp_path):
    stream = [with_probs(TEXT), replace(TEXT, tags=None)]
    events = []
    distil(encoder, tmp_path, stream, "mse", "hard-ce", report=events.append)
    said = [event["text"] for event in events if event["event"] == "note"]
    assert said == ["left out 1 of 2 sentences: they have no probs and no tags"]


def test_teachers_leave_the_tags_and_weights_of_the_stream(encoder, tmp_path):
    tiny.tagger(encoder, ("PER",)).save(tmp_path)
    stream = [replace(TEXT, weights=[0.5] * 5), replace(OTHER, tags=None)]
    said = taught(stream, [str(tmp_path)], CPU)
    assert [(s.tags, s.weights) for s in said] == [(TEXT.tags, [0.5] * 5), (None, None)]
    assert all(s.probs is not None for s in said)


def test_other_tags_make_another_run(encoder, tmp_path):
    distil(encoder, tmp_path, [TEXT, OTHER], "hard-ce")
    before = load_file(tmp_path / "model.safetensors")
    distil(encoder, tmp_path, [TEXT, OTHER], "hard-ce", resume=True)
    assert load_file(tmp_path / "model.safetensors").keys() == before.keys()
    changed = replace(OTHER, tags=["O"] * 6)
    with pytest.raises(XnerError, match="a run with other options or data"):
        distil(encoder, tmp_path, [TEXT, changed], "hard-ce", resume=True)


def test_what_cannot_be_learned_is_refused(encoder, tmp_path):
    bare = with_probs(replace(TEXT, tags=None))
    maker = "'xner weak-tag' or 'xner project-labels' makes it"
    with pytest.raises(XnerError, match=f"loss 'hard-ce' needs 'tags' in the stream.*{maker}"):
        distil(encoder, tmp_path, [bare], "hard-ce")
    with pytest.raises(XnerError, match="no sentence of the stream has probs and tags"):
        distil(encoder, tmp_path, [bare, TEXT], "mse", "hard-ce")
    with pytest.raises(XnerError, match="no entity type among the labels"):
        distil(encoder, tmp_path, [replace(TEXT, tags=["O"] * 5)], "hard-ce")
    tiny.tagger(encoder, ("PER",)).save(tmp_path / "narrow")
    with pytest.raises(OptionError, match="knows PER, not LOC"):
        distil(encoder, tmp_path / "m", [TEXT], "hard-ce", init=str(tmp_path / "narrow"))
    with pytest.raises(OptionError, match="--head crf learns nothing of its transitions"):
        distil(encoder, tmp_path / "m", [TEXT], "hard-ce", head="crf")


def test_tags_that_nobody_learns_may_be_of_any_type(encoder, tmp_path):
    tiny.tagger(encoder, ("PER",)).save(tmp_path / "narrow")
    distil(encoder, tmp_path / "m", [with_probs(TEXT)], "mse", init=str(tmp_path / "narrow"))
    assert (tmp_path / "m/xner.json").exists()
