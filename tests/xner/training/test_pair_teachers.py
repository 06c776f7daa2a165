"""Self-training with token-pair heads: what teachers say of pairs of words, and what is learned."""

from dataclasses import replace

import pytest
import torch

from tests import tiny
from xner.errors import XnerError
from xner.losses.distillation import KullbackLeibler, MeanSquaredError
from xner.losses.hard_cross_entropy import HardCrossEntropy
from xner.models.grid import grid_of
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.tag_schemes import Span
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.pair_data import PairCorpus
from xner.training.recipe import Recipe
from xner.training.soft_data import SoftCorpus
from xner.training.teachers import PairTeacher, of_pairs

HEAD = "token-pair,fused=32,size=16,projected=8,dropout=0"
SOURCE = [
    tiny.sentence("Anna Berg visited Bern .", "B-PER I-PER O B-LOC O"),
    tiny.sentence("Officials in Bern said that", "O O B-LOC O O"),
    tiny.sentence("Nordwind Energy had bought a shipyard .", "B-ORG I-ORG O O O O O"),
]
STREAM = [
    tiny.sentence("Bern und Anna Berg"),
    tiny.sentence("Der Hafen von Bern ."),
    tiny.sentence("Nordwind Energy visited Bern"),
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"), layers=1, dropout=0.0)


@pytest.fixture(scope="module")
def teacher(encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher")
    options = TrainingOptions(epochs=100, batch_size=3, learning_rate=2e-3, head_rate=1e-2)
    recipe = Recipe(ModelOptions(encoder=str(encoder), head=HEAD), options, folder, device="cpu")
    recipe.run(recipe.objectives(), SOURCE, (), (), lambda _: None)
    return folder


def distil(encoder, folder, stream, *losses, teachers=(), head=HEAD, source=(), resume=False):
    options = TrainingOptions(
        loss=losses, epochs=120, batch_size=3, learning_rate=2e-3, head_rate=1e-2
    )
    recipe = Recipe(
        ModelOptions(encoder=str(encoder), head=head),
        options,
        folder,
        "distillation",
        device="cpu",
        teachers=tuple(map(str, teachers)),
        resume=resume,
    )
    return recipe.run(recipe.objectives(), source, (), stream, lambda _: None)


def tags(folder, sentences):
    ensemble = Ensemble([Member(Tagger.load(str(folder)))], TaggingSettings())
    return [sentence.tags for sentence in ensemble.tag(sentences)]


def two_teachers(encoder):
    one = tiny.tagger(encoder, head=HEAD)
    torch.manual_seed(7)
    two = tiny.tagger(encoder, types=("MISC", "PER"), head=HEAD)
    torch.nn.init.normal_(two.head.classes.weight, std=0.5)
    return [PairTeacher(one, 3.0), PairTeacher(two, 1.0)]


@pytest.mark.parametrize("weighed", [False, True])
def test_rows_are_compared_with_the_weighted_mean_relation_by_relation(encoder, weighed):
    student = tiny.tagger(encoder, types=("LOC", "ORG", "PER"), head=HEAD)
    torch.nn.init.normal_(student.head.classes.weight, std=0.5)
    stream = STREAM
    if weighed:
        stream = [replace(s, weights=[0.5, *[1.0] * (len(s.tokens) - 1)]) for s in STREAM]
    teachers = two_teachers(encoder)
    corpus = PairCorpus(student, stream, {"probs"}, teachers)
    given = corpus.view(student, *corpus.batch([1, 0]))
    assert given.probs is None
    total = words = 0
    for row, sentence in enumerate((stream[1], stream[0])):
        own, one, two = (
            tagger(tagger.tokenize([sentence]).batch([0])).softmax(-1)[0]
            for tagger in (student, *(t.tagger for t in teachers))
        )
        # none, neighbour, LOC, ORG, PER; a MISC is nothing to the student
        known = torch.stack(
            [two[..., 0] + two[..., 2], two[..., 1], *[0 * two[..., 0]] * 2, two[..., 3]], dim=-1
        )
        mean = 0.75 * one + 0.25 * known
        torch.testing.assert_close(given.relations[row, : len(own), : len(own)], mean)
        squares = (mean - own).square().mean(-1)
        for i in range(len(own)):
            for j in range(len(own)):
                weight = 0.5 if weighed and 0 in (i, j) else 1.0
                total += weight * squares[i, j].item()
        words += len(own)
    assert MeanSquaredError()(given).item() == pytest.approx(total / words, rel=1e-4)
    if weighed:
        by_weight = MeanSquaredError(normalise="weights")(given).item()
        assert by_weight == pytest.approx(total / (words - 2 * 0.5), rel=1e-4)


def test_pairs_with_words_that_a_teacher_has_cut_hold_nothing(encoder):
    student = tiny.tagger(encoder, head=HEAD)
    student.tokenize.on_long = "cut"
    teacher = PairTeacher(tiny.tagger(encoder, head=HEAD, max_pieces=9), 1.0)
    corpus = PairCorpus(student, [STREAM[2], SOURCE[2]], {"probs"}, [teacher])
    batch = corpus.batch([0, 1])
    read = batch[-1].mask.sum(1).tolist()
    known = batch[0].mask.sum(1).tolist()
    assert known == [4, 7]
    assert 0 < read[1] < 7
    relations = corpus.view(student, *batch).relations
    cut = relations[1, : known[1], : known[1]].clone()
    assert (cut[: read[1], : read[1], 0] < 1).all()
    cut[: read[1], : read[1]] = torch.tensor([1.0, 0, 0, 0, 0])
    assert (cut == torch.tensor([1.0, 0, 0, 0, 0])).all()


def test_only_the_student_is_taught(encoder):
    student = tiny.tagger(encoder, types=("LOC", "MISC", "ORG", "PER"), head=HEAD).train()
    teachers = two_teachers(encoder)
    corpus = PairCorpus(student, STREAM, {"probs"}, teachers)
    for loss in (MeanSquaredError(), KullbackLeibler()):
        student.zero_grad()
        loss(corpus.view(student, *corpus.batch([0, 1, 2]))).backward()
        assert student.head.classes.weight.grad.abs().sum() > 0
    assert all(p.grad is None for t in teachers for p in t.tagger.parameters())


def test_tags_of_the_stream_are_learned_as_a_grid(encoder):
    student = tiny.tagger(encoder, head=HEAD)
    rows = [{"start": 0, "end": 2, "type": "PER"}, {"start": 1, "end": 2, "type": "LOC"}]
    told = tiny.sentence("Anna Berg ruht", "B-PER I-PER O", meta={"entities": rows})
    for weights, costs in ((None, True), ([0.0, 0.0, 0.0], False)):
        corpus = SoftCorpus(student, [replace(told, weights=weights)], {"tags"})
        given = corpus.view(student, *corpus.batch([0]))
        grid = grid_of([Span(0, 2, "PER"), Span(1, 2, "LOC")], 3, student.types)
        assert given.tags[0].tolist() == grid.tolist()
        nats = given.view.log_probs[0].flatten(0, 1).gather(-1, grid.view(-1, 1)).sum() / 3
        loss = HardCrossEntropy()(given).item()
        assert loss == (pytest.approx(-nats.item(), rel=1e-5) if costs else 0.0)
        ignoring = HardCrossEntropy(weights="ignore")(given).item()
        assert ignoring == pytest.approx(-nats.item(), rel=1e-5)


def test_a_student_says_what_its_teacher_says(encoder, teacher, tmp_path):
    known = tags(teacher, STREAM)
    assert any(tag != "O" for row in known for tag in row)
    losses = ("hard-ce", "mse", "relation-contrastive=0.1,negatives=sample,sampled=20")
    pseudo = [replace(s, tags=row) for s, row in zip(STREAM, known, strict=True)]
    before = (teacher / "head.safetensors").read_bytes()
    results = distil(encoder, tmp_path, pseudo, *losses, teachers=[teacher])
    assert list(results["losses"]) == ["hard-ce", "mse", "relation-contrastive"]
    assert tags(tmp_path, STREAM) == known
    assert (teacher / "head.safetensors").read_bytes() == before
    # the teachers are among what a run is known by
    assert distil(encoder, tmp_path, pseudo, *losses, teachers=[teacher], resume=True) == results
    other = tmp_path / "other"
    tiny.tagger(encoder, head=HEAD).save(other)
    with pytest.raises(XnerError, match="a run with other options or data"):
        distil(encoder, tmp_path, pseudo, *losses, teachers=[other], resume=True)


def test_probabilities_alone_teach_too(encoder, teacher, tmp_path):
    distil(encoder, tmp_path, STREAM, "mse=100", teachers=[teacher])
    assert tags(tmp_path, STREAM) == tags(teacher, STREAM)


def test_words_are_compared_where_one_of_the_two_knows_no_pairs(encoder, teacher, tmp_path):
    asked = Ensemble([Member(Tagger.load(str(teacher)))], TaggingSettings(probs=True, digits=None))
    soft = list(asked.tag(STREAM))
    for head in ("softmax", HEAD):
        folder = tmp_path / head[:5]
        results = distil(encoder, folder, soft, "kl", head=head)
        assert results["losses"]["kl"]["mean"] > 0
        assert tags(folder, STREAM) == [s.tags for s in soft]


def test_who_scores_pairs_is_told_from_the_folders(encoder, teacher, tmp_path):
    tiny.tagger(encoder).save(tmp_path)
    pairs, words = str(teacher), str(tmp_path)
    for options, teachers, expected in (
        ({"head": HEAD}, [pairs, f"{pairs}=2"], True),
        ({"head": HEAD}, [pairs, words], False),
        ({"head": "softmax"}, [pairs], False),
        ({"init": pairs}, [pairs], True),
        ({"init": words}, [pairs], False),
        ({"head": HEAD}, ["no/such"], False),
    ):
        assert of_pairs(ModelOptions(**options), teachers) == expected


def test_a_stream_without_probabilities_needs_a_teacher(encoder, tmp_path):
    with pytest.raises(XnerError, match="loss 'mse' needs 'probs'"):
        distil(encoder, tmp_path, STREAM, "mse")
