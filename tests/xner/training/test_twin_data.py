"""Twins: which sentences are contrasted with what, padded, and what is refused."""

from dataclasses import replace

import pytest

from tests import tiny
from xner.errors import OptionError, XnerError
from xner.sentence import Link
from xner.training.objectives import build_objectives
from xner.training.options import ModelOptions, TrainingOptions
from xner.training.recipe import Recipe
from xner.training.twin_data import TwinCorpus, twin_notes, twins

HEAD = "token-pair,fused=16,size=8,projected=6,dropout=0"
SOURCE = [
    tiny.sentence("Anna Berg visited Lisbon .", "B-PER I-PER O B-LOC O", id="1"),
    tiny.sentence("The harbour of Bern", "O O O B-LOC", id="2"),
    tiny.sentence("Officials said that", "O O O", id="3"),
]
ALL = ("origin", "alignment", "tags")


def made(text: str, tags: str | None, origin, *links: tuple[int, int, int, int]):
    return tiny.sentence(
        text, tags, id=origin.id, origin=origin, alignment=[Link(*link) for link in links]
    )


STREAM = [
    made(
        "Gestern besucht Anna Berg Lissabon",
        "O O B-PER I-PER B-LOC",
        SOURCE[0],
        *((2, 4, 0, 2), (4, 5, 3, 4), (1, 2, 2, 3)),
    ),
    made("Der Hafen von Bern", "O O O B-LOC", SOURCE[1], (1, 2, 1, 2), (3, 4, 3, 4), (3, 4, 0, 1)),
    made("The Hafen of Bern", None, SOURCE[1], (1, 2, 1, 2)),
    SOURCE[0],
    made("Officials said that", "O O O", SOURCE[2]),
]


@pytest.fixture(scope="module")
def tagger(encoder):
    return tiny.tagger(encoder, head=HEAD)


def train(encoder, folder, stream, *losses, head=HEAD):
    options = TrainingOptions(loss=losses, steps=3, batch_size=2, stream_batch_size=3, seed=3)
    recipe = Recipe(ModelOptions(encoder=str(encoder), head=head), options, folder, device="cpu")
    said = []
    return recipe.run(recipe.objectives(), SOURCE, (), stream, said.append), said


def test_each_is_beside_what_it_was_made_from(tagger):
    corpus = TwinCorpus(tagger, STREAM, ALL)
    assert corpus.left_out == {"no origin": 1, "the words of their origin": 1}
    given = corpus.view(tagger, *corpus.batch([2, 0, 1]))
    assert given.view.batch.mask.sum(1).tolist() == [4, 5, 4]
    assert given.origin.batch.mask.sum(1).tolist() == [4, 5, 4]
    # two were made from the same sentence
    assert given.keys.tolist() == [[1, 1], [0, 0], [1, 1]]
    assert given.partner.tolist() == [
        [-1, 1, -1, -1, -1],
        [-1, 2, 0, 1, 3],
        [-1, 1, -1, 3, -1],
    ]
    held = [[tuple(cell) for cell in grid.nonzero().tolist()] for grid in given.entity]
    assert held == [[], [(2, 3), (3, 2), (4, 4)], [(3, 3)]]


def test_only_what_is_wanted_is_there(tagger):
    corpus = TwinCorpus(tagger, STREAM, ())
    given = corpus.view(tagger, *corpus.batch([0, 3]))
    assert (given.origin, given.keys, given.partner, given.entity) == (None,) * 4
    assert corpus.left_out == {"no origin": 0, "the words of their origin": 0}
    assert len(corpus.costs()[0]) == len(STREAM)


def test_the_twin_is_the_outermost_origin(tagger):
    chained = made("Ein Hafen von Bern", None, STREAM[1], (1, 2, 1, 2))
    corpus = TwinCorpus(tagger, [chained, STREAM[1]], ("origin", "alignment"))
    given = corpus.view(tagger, *corpus.batch([0, 1]))
    assert given.keys[0].tolist() == given.keys[1].tolist()
    assert given.partner[0].tolist() == [-1] * 4  # its alignment leads to another sentence


def test_links_into_words_that_are_cut_lead_nowhere(tagger):
    long = replace(SOURCE[1], tokens=SOURCE[1].tokens * 60, tags=None)
    moved = made("Der Hafen von Bern", None, long, (0, 1, 0, 1), (1, 2, 239, 240), (2, 4, 2, 238))
    tagger.tokenize.on_long = "cut"
    try:
        corpus = TwinCorpus(tagger, [moved], ("origin", "alignment"))
    finally:
        tagger.tokenize.on_long = "window"
    given = corpus.view(tagger, *corpus.batch([0]))
    assert given.partner.tolist() == [[0, -1, 2, -1]]


def test_the_larger_side_fills_batches(tagger):
    short = made("Bern", None, replace(SOURCE[1], tokens=SOURCE[1].tokens * 3, tags=None))
    corpus = TwinCorpus(tagger, [short], ("origin",))
    assert corpus.costs() == corpus.origin.costs()
    assert corpus.costs()[0] > corpus.encoded.costs()[0]


def test_a_run_has_twins_where_a_loss_wants_them(tagger):
    assert twins(tagger, build_objectives(("dropout-kl",)), STREAM) == {}
    losses = build_objectives(("semantic-contrastive", "relation-contrastive=1,negatives=entity"))
    (corpus,) = twins(tagger, losses, STREAM).values()
    assert (corpus.partner, corpus.cells is None) == (None, False)
    assert twin_notes({"twins": corpus}) == [
        "1 sentences of the stream are contrasted with none: they have no origin",
        "1 sentences of the stream are contrasted with none: they have the words of their origin",
    ]


def test_both_contrasts_train_beside_gold(encoder, tmp_path):
    losses = (
        "semantic-contrastive=0.1,sides=both",
        "relation-contrastive=0.1,views=aligned,negatives=entity",
    )
    results, said = train(encoder, tmp_path / "m", STREAM, *losses)
    assert [name for name, own in results["losses"].items() if own["mean"] > 0] == [
        "ce",
        "semantic-contrastive",
        "relation-contrastive",
    ]
    assert sum("contrasted with none" in event.get("text", "") for event in said) == 2
    again, _ = train(encoder, tmp_path / "n", STREAM, *losses)
    assert again["losses"] == results["losses"]
    for name in ("model.safetensors", "head.safetensors"):
        assert (tmp_path / "m" / name).read_bytes() == (tmp_path / "n" / name).read_bytes()


def test_sentences_are_contrasted_with_any_head(encoder, tmp_path):
    results, _ = train(encoder, tmp_path, STREAM, "semantic-contrastive", head="softmax")
    assert results["losses"]["semantic-contrastive"]["mean"] > 0


@pytest.mark.parametrize(
    ("head", "loss", "stream", "error", "message"),
    [
        ("crf", "relation-contrastive", STREAM, OptionError, "pairs of words: it needs --head"),
        (HEAD, "semantic-contrastive", SOURCE, XnerError, "needs 'origin' in the stream"),
        (HEAD, "semantic-contrastive", STREAM[3:], XnerError, "no sentence .* with other words"),
        (
            *(HEAD, "relation-contrastive=1,views=aligned"),
            *([replace(STREAM[0], alignment=None)], XnerError, "needs 'alignment' in the stream"),
        ),
        (
            *(HEAD, "relation-contrastive=1,negatives=entity"),
            *([replace(STREAM[0], tags=None)], XnerError, "needs 'tags' in the stream"),
        ),
    ],
)
def test_what_cannot_be_contrasted_is_said_before_training(
    encoder, tmp_path, head, loss, stream, error, message
):
    with pytest.raises(error, match=message):
        train(encoder, tmp_path, stream, loss, head=head)
