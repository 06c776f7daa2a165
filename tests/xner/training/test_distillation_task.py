"""Distillation: united teachers, a student that comes near them, and what is refused."""

import gc
import json
import math
import weakref
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file

from tests import tiny
from tests.xner.training.runs import KilledError, killed_at
from xner.errors import ModelError, OptionError, XnerError
from xner.losses.objective import Objective
from xner.models.tagger import Tagger
from xner.models.tagging import TaggingSettings, load_ensemble
from xner.registry import with_values
from xner.training.distillation_task import Distilling, with_defaults
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.presets import DISTILL_PRESETS
from xner.training.recipe import Recipe
from xner.training.soft_data import SoftCorpus
from xner.training.task import Data
from xner.training.teachers import taught

CPU = torch.device("cpu")
TEXT = [
    tiny.sentence(text)
    for text in (
        "Der Hafen von Lissabon wurde am Montag von Anna Berg besucht .",
        "Anna Berg visited Bern .",
        "Officials of Nordwind Energy said that",
        "the old harbour of Lisbon",
    )
]
SOURCE = [tiny.sentence("Anna Berg visited Bern .", "B-PER I-PER O B-LOC O")]
LABELS = ["O", "B-PER", "I-PER"]
OPTIONS = TrainingOptions(loss=("mse",), epochs=4, batch_size=2, learning_rate=5e-3, seed=3)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"), dropout=0.0)


@pytest.fixture(scope="module")
def united(tmp_path_factory, encoder):
    """Folders of four teachers that say the same of every word: the paper's four rows."""
    folders = []
    for row in ((0.7, 0.2, 0.1), (0.5, 0.4, 0.1), (0.4, 0.5, 0.1), (0.6, 0.1, 0.3)):
        teacher = tiny.tagger(encoder, ("PER",), scheme="bio")
        with torch.no_grad():
            teacher.network.classifier.weight.zero_()
            teacher.network.classifier.bias.copy_(torch.tensor(row).log())
        folders.append(tmp_path_factory.mktemp("teacher"))
        teacher.save(folders[-1])
    return [str(folder) for folder in folders]


@pytest.fixture(scope="module")
def teacher(tmp_path_factory, encoder):
    """A folder of a teacher that is of a mind of its own on each word."""
    folder = tmp_path_factory.mktemp("sure")
    tagger = tiny.tagger(encoder, ("LOC", "PER"))
    with torch.no_grad():
        tagger.network.classifier.weight.mul_(100)
    tagger.save(folder)
    return str(folder)


def distil(encoder, folder, stream, source=(), dev=(), resume=False, model=None, **options):
    report = options.pop("report", lambda _: None)
    model = model or ModelOptions(encoder=str(encoder), scheme="bio")
    options = replace(OPTIONS, **options)
    recipe = Recipe(model, options, folder, "distillation", device="cpu", resume=resume)
    return recipe.run(recipe.objectives(), source, dev, stream, report)


def said(folder, sentences=TEXT):
    """What a tagger says of sentences."""
    return [s.probs for s in taught(sentences, [str(folder)], CPU)]


def with_probs(sentence, labels, row, **fields):
    return replace(sentence, labels=labels, probs=[row] * len(sentence.tokens), **fields)


# --- teachers


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((1, 1, 1, 1), (0.55, 0.30, 0.15)),
        ((0.25, None, 0.25, 0.25), (0.566667, 0.266667, 0.166667)),
        ((2, None, 6, None), (0.475, 0.425, 0.1)),
    ],
)
def test_the_united_label_is_the_weighted_mean_of_probabilities(united, weights, expected):
    chosen = [f"{name}={w}" for name, w in zip(united, weights, strict=True) if w is not None]
    for sentence in taught(TEXT, chosen, CPU):
        assert sentence.labels == LABELS
        assert len(sentence.probs) == len(sentence.tokens)
        for row in sentence.probs:
            assert row == pytest.approx(expected, abs=1e-6)


def test_it_is_what_weak_tag_says_but_for_rounding(teacher, united):
    names = [teacher, united[0]]
    ensemble = load_ensemble(names, {}, TaggingSettings(probs=True), CPU, True)
    unrounded = 0
    for ours, theirs in zip(taught(TEXT, names, CPU), ensemble.tag(TEXT), strict=True):
        assert ours.labels == theirs.labels == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
        for own, other in zip(ours.probs, theirs.probs, strict=True):
            assert own == pytest.approx(other, abs=1e-5)
            assert math.fsum(own) == pytest.approx(1, abs=1e-6)
            unrounded += own != other
    assert unrounded > 0


def test_other_labels_go_and_weights_stay(united):
    (old,) = taught([with_probs(TEXT[1], ["O"], [1.0], weights=[0.5] * 5)], united, CPU)
    assert (old.labels, old.weights) == (LABELS, [0.5] * 5)


def test_nothing_of_the_teachers_is_kept(united, monkeypatch):
    seen = []
    load = Tagger.load

    def spy(*arguments):
        seen.append(weakref.ref(tagger := load(*arguments)))
        return tagger

    monkeypatch.setattr(Tagger, "load", spy)
    taught(TEXT, united[:2], CPU)
    gc.collect()
    assert [tagger() for tagger in seen] == [None, None]


def test_a_teacher_that_is_not_there_is_named():
    with pytest.raises(ModelError, match="no model folder 'no/such/teacher'"):
        taught(TEXT, ["no/such/teacher=2"], CPU, offline=True)


# --- the student


@pytest.mark.parametrize(
    ("scheme", "loss"),
    [("bio", "mse=20"), ("bioes", "kl"), ("bio", "soft-ce"), ("bio", "kl=4,temperature=2")],
)
def test_a_student_comes_near_its_teacher(encoder, teacher, tmp_path, scheme, loss):
    events = []
    model = ModelOptions(encoder=str(encoder), scheme=scheme)
    stream = taught(TEXT, [teacher], CPU)
    distil(encoder, tmp_path, stream, model=model, loss=(loss,), epochs=25, report=events.append)
    expected = [torch.tensor(rows) for rows in said(teacher)]
    found = [torch.tensor(rows) for rows in said(tmp_path)]
    far = torch.cat([(a - b).abs().sum(-1) / 2 for a, b in zip(expected, found, strict=True)])
    agree = torch.cat([a.argmax(-1) == b.argmax(-1) for a, b in zip(expected, found, strict=True)])
    assert far.mean() < 0.1
    assert agree.float().mean() > 0.9
    values = [next(iter(e["losses"].values())) for e in events if e["event"] == "step"]
    if "temperature" not in loss and loss != "soft-ce":  # whose least value is not 0
        assert values[-1] < values[0] / 10


def test_a_student_of_four_learns_their_mean(encoder, united, tmp_path):
    distil(encoder, tmp_path, taught(TEXT, united, CPU), loss=("kl",), epochs=15)
    rows = torch.cat([torch.tensor(own) for own in said(tmp_path)])
    torch.testing.assert_close(rows.mean(0), torch.tensor([0.55, 0.3, 0.15]), atol=0.02, rtol=0)


def test_labels_are_matched_by_name(encoder):
    """Records of one stream may have other labels, and the same ones in another order."""
    stream = [
        with_probs(TEXT[1], ["B-PER", "O", "I-PER"], [0.7, 0.2, 0.1]),
        with_probs(TEXT[3], ["I-LOC", "O"], [0.4, 0.6]),
    ]
    task = Distilling.build(
        ModelOptions(encoder=str(encoder), scheme="bio"),
        Recipe(ModelOptions(), OPTIONS, encoder, "distillation").objectives(),
        Data(stream=stream),
        seed=1,
        offline=True,
    )
    corpus = task.corpora["soft"]
    assert corpus.labels == task.tagger.tags == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
    _, probs, tags, weights = corpus.batch([0, 1])
    assert tags is None
    assert probs[0, 4].tolist() == pytest.approx([0.2, 0, 0, 0.7, 0.1])
    assert probs[1, 4].tolist() == pytest.approx([0.6, 0, 0.4, 0, 0])
    assert weights is None


def test_weights_of_the_stream_are_honoured(encoder, tmp_path):
    """Words that weigh nothing may say anything."""
    right = with_probs(TEXT[1], LABELS, [0.1, 0.8, 0.1])
    mixed = replace(
        right,
        probs=[[0.1, 0.8, 0.1]] * 3 + [[1.0, 0.0, 0.0]] * 2,
        weights=[1.0, 1.0, 1.0, 0.0, 0.0],
    )
    for name, one in (("weighted", mixed), ("plain", replace(mixed, weights=None))):
        distil(encoder, tmp_path / name, [one], epochs=25, loss=("kl",), learning_rate=1e-2)
    weighted, plain = (
        [row[0] for row in said(tmp_path / name, [TEXT[1]])[0]] for name in ("weighted", "plain")
    )
    assert max(weighted) < 0.3
    assert min(plain[3:]) > 0.5


def test_hard_labels_of_the_source_are_learned_beside(encoder, united, tmp_path):
    stream = taught(TEXT, united[:1], CPU)
    losses = ("soft-ce=0.1", "ce=0.9,reduction=token")
    result = distil(
        encoder, tmp_path, stream, SOURCE, SOURCE, loss=losses, epochs=12, learning_rate=1e-2
    )
    assert set(result["losses"]) == {"soft-ce", "ce"}
    assert result["dev"]["f1"] == 1.0
    card = json.loads((tmp_path / "xner.json").read_text())
    assert card["tags"] == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]  # of both


def test_an_epoch_is_a_pass_over_the_stream(encoder, united, tmp_path):
    stream = taught(TEXT, united, CPU)
    result = distil(encoder, tmp_path, stream, SOURCE, loss=("mse", "ce"), epochs=3)
    assert result["steps"] == 3 * 2


def test_a_student_can_begin_with_a_trained_tagger(encoder, teacher, united, tmp_path):
    stream = taught(TEXT, [teacher], CPU)
    first = {}
    for name, own in (("fresh", {"encoder": str(encoder)}), ("init", {"init": teacher})):
        events = []
        distil(
            *(encoder, tmp_path / name, stream),
            **{"model": ModelOptions(**own), "loss": ("kl",), "steps": 1, "report": events.append},
        )
        first[name] = next(e["losses"]["kl"] for e in events if e["event"] == "step")
    assert first["init"] == pytest.approx(0, abs=1e-5)  # it says what the teacher says already
    assert first["fresh"] > 0.1
    with pytest.raises(OptionError, match="knows PER, not LOC"):
        distil(encoder, tmp_path / "narrow", stream, model=ModelOptions(init=united[0]))


def test_resume_gives_the_same_bytes_as_a_run_that_was_never_interrupted(teacher, tmp_path):
    encoder = tiny.bert(tmp_path / "encoder")  # with dropout
    stream = [
        replace(sentence, weights=[0.5] * len(sentence.tokens))
        for sentence in taught(TEXT, [teacher], CPU)
    ]
    options = {"source": SOURCE, "dev": SOURCE, "loss": ("mse", "ce"), "checkpoint_every": 2}
    whole = distil(encoder, tmp_path / "whole", stream, **options)
    with pytest.raises(KilledError):
        distil(encoder, tmp_path / "cut", stream, report=killed_at(5), **options)
    changed = [replace(s, weights=None) for s in stream]
    with pytest.raises(XnerError, match="other options or data"):
        distil(encoder, tmp_path / "cut", changed, resume=True, **options)
    events = []
    cut = distil(encoder, tmp_path / "cut", stream, resume=True, report=events.append, **options)
    assert {"event": "resumed", "step": 4} in events
    assert (cut["dev"], cut["losses"]) == (whole["dev"], whole["losses"])
    a, b = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "cut"))
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_tags_of_the_stream_are_never_learned(encoder, united, tmp_path):
    stream = taught(TEXT, united, CPU)
    for name, tag in (("a", "O"), ("b", "B-LOC")):
        tagged = [replace(s, tags=[tag] * len(s.tokens)) for s in stream]
        distil(encoder, tmp_path / name, tagged, epochs=1)
    a, b = (load_file(tmp_path / name / "model.safetensors") for name in "ab")
    assert all(torch.equal(a[name], b[name]) for name in a)


def test_sentences_without_distributions_are_left_out_and_counted(encoder, united, tmp_path):
    stream = taught(TEXT, united, CPU)
    events = []
    result = distil(encoder, tmp_path, [*stream[:2], *TEXT[2:]], report=events.append)
    assert result["steps"] == 4
    notes = [event["text"] for event in events if event["event"] == "note"]
    assert notes == ["left out 2 of 4 sentences: they have no probs"]


def test_words_that_are_cut_teach_nothing(encoder):
    long = with_probs(tiny.sentence("Bern " * 100), LABELS, [0.5, 0.4, 0.1])
    tagger = tiny.tagger(encoder, ("PER",), scheme="bio")
    for on_long, read in (("window", 100), ("cut", 62)):
        tagger.tokenize.on_long = on_long
        corpus = SoftCorpus(tagger, [TEXT_WITH_PROBS, long])
        batch, probs, *_ = corpus.batch([1])
        assert batch.mask.sum() == read
        assert probs.shape[1] == batch.mask.shape[1]


TEXT_WITH_PROBS = with_probs(TEXT[1], LABELS, [1.0, 0.0, 0.0])


# --- what is refused


@pytest.mark.parametrize(
    ("specs", "labelled", "expected"),
    [
        ((), False, ("mse",)),
        ((), True, ("mse", "ce=1,reduction=token")),
        (("kl",), False, ("kl",)),
        (("kl=2,temperature=3",), True, ("ce=1,reduction=token", "kl=2,temperature=3")),
        (("ce=0.5",), True, ("mse", "ce=0.5")),
        (("ce=0", "soft-ce"), True, ("ce=0", "soft-ce")),
        (("mse=0", "kl"), False, ("mse=0", "kl")),
    ],
)
def test_losses_that_are_on_unless_something_is_said(specs, labelled, expected):
    assert with_defaults(specs, labelled) == expected


def test_a_loss_that_looks_at_something_else_is_refused():
    with pytest.raises(OptionError, match="loss 'span-kl' says nothing to a student; ce, dropout-"):
        with_defaults(("span-kl",), True)
    with pytest.raises(OptionError, match="unknown loss 'kll'"):
        with_defaults(("kll",), True)


def test_a_loss_of_an_outsider_counts_by_what_it_looks_at():
    assert with_defaults((f"{__name__}:Outsider",), False) == (f"{__name__}:Outsider",)


class Outsider(Objective):
    """A loss of somebody else's."""

    stream = "soft"


@pytest.mark.parametrize(
    ("changes", "source", "message"),
    [
        ({"labels": ["O", "B-PER", "E-PER"]}, (), "'E-PER' among its labels is no BIO tag"),
        ({"labels": ["O", "PER", "I-PER"]}, (), "'PER' among its labels is no BIO tag"),
        ({"probs": [[0.5, 0.2, 0.2]] * 5}, (), "row 1 of probs is no distribution"),
        ({"probs": [[1, 0, 0]] * 3 + [[1.5, -0.5, 0]] * 2}, (), "row 4 of probs is no distribu"),
        ({"probs": [[0.5, 0.5]] * 5}, (), "its probs are not tokens by labels"),
        ({"weights": [2.0] * 5}, (), r"weight 2 is not in \[0, 1\]"),
        ({"labels": ["O"], "probs": [[1.0]] * 5}, (), "no entity type among the labels"),
        ({"probs": None}, (), "needs 'probs' in the stream, which none of its 1 sentences has"),
        ({"probs": None}, (), "'xner weak-tag --probs' or 'xner distill --teacher DIR' makes it"),
        ({}, TEXT, "of --source has no tags"),
    ],
)
def test_a_stream_that_is_none_is_refused(encoder, tmp_path, changes, source, message):
    stream = [replace(TEXT_WITH_PROBS, **changes)]
    loss = ("mse", "ce") if source else ("mse",)
    with pytest.raises(XnerError, match=message):
        distil(encoder, tmp_path, stream, source, loss=loss)
    assert not (tmp_path / "config.json").exists()


@pytest.mark.parametrize(
    ("losses", "options", "message"),
    [
        (("mse",), {"head": "crf"}, "--head crf learns nothing of its transitions"),
        (("mse=0", "ce"), {}, r"no loss on the stream \(mse, kl, soft-ce, hard-ce\) is left"),
        (("mse", "dropout-kl"), {}, "loss 'dropout-kl' learns from labelled sentences"),
    ],
)
def test_a_student_that_could_not_learn_is_refused(encoder, tmp_path, losses, options, message):
    model = ModelOptions(encoder=str(encoder), **options)
    with pytest.raises(OptionError, match=message):
        distil(encoder, tmp_path, [TEXT_WITH_PROBS], model=model, loss=losses)


def test_a_crf_learns_its_transitions_from_the_source(encoder, tmp_path):
    model = ModelOptions(encoder=str(encoder), head="crf", scheme="bio")
    stream = [with_probs(TEXT[1], LABELS, [0.2, 0.4, 0.4])]
    distil(
        encoder, tmp_path / "a", stream, SOURCE, model=model, loss=("mse", "ce=1,reduction=token")
    )
    assert load_file(tmp_path / "a/head.safetensors")["between"].abs().max() > 0
    # one that has learned them may go on without
    trained = ModelOptions(encoder="no/such", head="crf", init=str(tmp_path / "a"))
    distil(encoder, tmp_path / "b", stream, model=trained, loss=("mse",))
    assert (tmp_path / "b/xner.json").exists()


def test_the_papers_values():
    values = DISTILL_PRESETS["transadv"]
    model = with_values(ModelOptions(), values, {"encoder"})
    options = with_values(TrainingOptions(), values, {"epochs"})
    assert (model.freeze_layers, model.freeze_embeddings, model.max_pieces) == (3, True, 128)
    assert (options.loss, options.batch_size, options.learning_rate) == (("mse",), 32, 6e-5)
    assert (options.weight_decay, options.warmup, options.clip) == (0.01, 0.05, 0.0)
