"""Tagging with heads of pairs of words: flat tags, nested entities beside, ensembles, counts."""

import pytest
import torch
from torch.nn.functional import one_hot

from tests import tiny
from xner.models.grid import FIRST_TYPE, NEIGHBOUR, grid_of
from xner.models.tagger import Tagger
from xner.models.tagging import Ensemble, Member, TaggingSettings
from xner.tag_schemes import Span, repaired

TEXT = tiny.sentence("Der Anna Berg Preis ging nach Bern")
HEAD = "token-pair,fused=16,size=8"
TYPES = ["LOC", "ORG", "PER"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"))


@pytest.fixture
def tagger(encoder):
    return tiny.tagger(encoder, head=HEAD)


def saying(monkeypatch, *entities, sure=8.0, neighbours=(), no_neighbours=()):
    """Let every tagger of pairs score the cells of these (start, end, type, sureness)."""
    grid = grid_of([Span(*entity[:3]) for entity in entities], len(TEXT.tokens), TYPES)
    for first, second in neighbours:
        grid[first, second] = NEIGHBOUR
    for first, second in no_neighbours:
        grid[first, second] = 0
    scores = sure * one_hot(grid, FIRST_TYPE + len(TYPES)).float()
    for start, end, _, *own in entities:
        scores[end - 1, start] *= own[0] if own else 1
    forward = Tagger.forward

    def said(self, batch):
        if self.head.of_words:
            return forward(self, batch)
        return scores[None].expand(len(batch.mask), -1, -1, -1)

    monkeypatch.setattr(Tagger, "forward", said)
    return scores


def ensemble(*taggers, rename=str, **settings):
    return Ensemble(
        [Member(tagger, rename=rename) for tagger in taggers], TaggingSettings(**settings)
    )


PRIZE, PERSON, TOWN = (1, 4, "ORG"), (1, 3, "PER"), (6, 7, "LOC")


def test_the_surer_of_two_stands_in_the_tags_and_both_stand_beside(tagger, monkeypatch):
    saying(monkeypatch, PRIZE, (*PERSON, 0.5), TOWN)
    given = tiny.sentence(" ".join(TEXT.tokens), meta={"page": 3, "entities": "old"})
    one = ensemble(tagger)
    (tagged,) = one.tag([given])
    assert tagged.tags == ["O", "B-ORG", "I-ORG", "I-ORG", "O", "O", "B-LOC"]
    rows = tagged.meta.pop("entities")
    assert [(row["start"], row["end"], row["type"]) for row in rows] == [PERSON, PRIZE, TOWN]
    assert rows[0]["score"] < rows[1]["score"] < 1
    assert tagged.meta == {"page": 3}
    assert one.counts.nested == 1
    saying(monkeypatch, (*PRIZE, 0.5), PERSON)
    (other,) = ensemble(tagger).tag([TEXT])
    assert other.tags == ["O", "B-PER", "I-PER", "O", "O", "O", "O"]


def test_what_tags_can_hold_stands_nowhere_else(tagger, monkeypatch):
    saying(monkeypatch, PERSON, TOWN)
    old = tiny.sentence(" ".join(TEXT.tokens), meta={"entities": [{"start": 0}]})
    one = ensemble(tagger)
    (tagged,) = one.tag([old])
    assert [tuple(span) for span in tagged.spans] == [PERSON, TOWN]
    assert tagged.meta == {}
    assert one.counts.nested == 0


def test_the_whole_entity_is_held_to_the_least_score(tagger, monkeypatch):
    scores = saying(monkeypatch, (*PRIZE, 0.1), TOWN)
    probs = scores.softmax(-1)
    cells = [(1, 2, NEIGHBOUR), (2, 3, NEIGHBOUR), (3, 1, FIRST_TYPE + 1)]
    mean = sum(probs[cell].item() for cell in cells) / 3
    least = min(probs[cell].item() for cell in cells)
    assert least + 0.1 < mean < 0.9
    for threshold, kept in ((mean - 0.01, [PRIZE, TOWN]), (mean + 0.01, [TOWN])):
        one = ensemble(tagger, min_score=threshold)
        (tagged,) = one.tag([TEXT])
        assert [tuple(span) for span in tagged.spans] == kept
        assert one.counts.below_score == 2 - len(kept)


def test_chains_that_are_no_entity_are_counted_and_told_of(tagger, monkeypatch):
    plain = [*ensemble(tagger).read([TEXT])]
    saying(monkeypatch, PRIZE, TOWN, no_neighbours=[(1, 2)])
    one = ensemble(tagger)
    (broken,) = one.read([TEXT])
    assert (broken.sentence.tags, broken.whole) == ([*"OOOOOO", "B-LOC"], False)
    assert (one.counts.broken, one.counts.gapped) == (1, 0)
    saying(monkeypatch, PRIZE, neighbours=[(1, 3)], no_neighbours=[(1, 2)])
    two = ensemble(tagger)
    (gapped,) = two.read([TEXT])
    assert (gapped.sentence.spans, gapped.whole) == ([], False)
    assert (two.counts.broken, two.counts.gapped) == (0, 1)
    saying(monkeypatch, PRIZE, TOWN)
    assert next(ensemble(tagger).read([TEXT])).whole
    assert plain[0].sentence.tags is not None


def test_tags_that_were_repaired_are_told_of(encoder):
    softmax = tiny.tagger(encoder)
    texts = [tiny.sentence(text) for text in ("Anna Berg visited Bern .", "Officials said that")]
    one = ensemble(softmax, decode="argmax")
    read = list(one.read(texts))
    assert one.counts.repaired > 0
    assert not all(tagged.whole for tagged in read)
    assert all(tagged.whole for tagged in ensemble(softmax).read(texts))


def test_types_are_renamed_and_of_two_that_become_one_the_surer_stays(tagger, monkeypatch):
    saying(monkeypatch, PRIZE, TOWN, PERSON)
    names = {"PER": "X", "ORG": "O"}
    (tagged,) = ensemble(tagger, rename=lambda t: names.get(t, t)).tag([TEXT])
    assert [tuple(span) for span in tagged.spans] == [(1, 3, "X"), TOWN]
    assert "entities" not in tagged.meta


def test_probs_are_what_words_are_where_entities_stand_side_by_side(tagger, monkeypatch):
    saying(monkeypatch, PERSON, TOWN)
    (tagged,) = ensemble(tagger, probs=True).tag([TEXT])
    assert tagged.labels == ["O", *(f"{x}-{t}" for t in TYPES for x in "BI")]
    assert [sum(row) for row in tagged.probs] == pytest.approx([1.0] * 7, abs=1e-3)
    best = [tagged.labels[row.index(max(row))] for row in tagged.probs]
    assert best == tagged.tags
    assert all(max(row) > 0.9 for row in tagged.probs)


@pytest.mark.parametrize("other", [HEAD, "softmax", "crf"])
def test_several_are_averaged_whatever_their_heads(encoder, tagger, other):
    torch.manual_seed(8)
    two = tiny.tagger(encoder, types=("LOC", "PER"), head=other)
    rows = [next(ensemble(one, probs=True, digits=None).tag([TEXT])) for one in (tagger, two)]
    both = Ensemble([Member(tagger, 3.0), Member(two)], TaggingSettings(probs=True, digits=None))
    (mean,) = both.tag([TEXT])
    for word in range(len(TEXT.tokens)):
        one, own = (dict(zip(r.labels, r.probs[word], strict=True)) for r in rows)
        for label, p in zip(mean.labels, mean.probs[word], strict=True):
            assert p == pytest.approx(0.75 * one[label] + 0.25 * own.get(label, 0), abs=1e-5)
    assert repaired(mean.tags) == (mean.tags, 0)
    assert "entities" not in mean.meta


def test_a_sure_grid_prevails_beside_a_tagger_that_knows_nothing(encoder, tagger, monkeypatch):
    saying(monkeypatch, PERSON, TOWN)
    (tagged,) = ensemble(tagger, tiny.tagger(encoder)).tag([TEXT])
    assert [tuple(span) for span in tagged.spans] == [PERSON, TOWN]


def test_long_sentences_are_read_in_parts(tagger):
    long = tiny.sentence("Anna Berg visited Bern . " * 20)
    one = ensemble(tagger, probs=True)
    (tagged,) = one.tag([long])
    assert len(tagged.tags) == len(tagged.probs) == 100
    assert one.counts.too_long == 1
    cut = ensemble(tagger, on_long="cut")
    (short,) = cut.tag([long])
    assert set(short.tags[70:]) == {"O"}
