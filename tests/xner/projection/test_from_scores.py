"""Entities where a translation model finds them most probable, against all places there are."""

import math
import random
from dataclasses import replace

import pytest
import torch

from tests.tiny import sentence
from tests.tiny_marian import TEXTS, save_tiny_marian
from xner.errors import OptionError, XnerError
from xner.projection.from_scores import Constrained
from xner.projection.marked_places import Markable
from xner.projection.projector import Transfer, build
from xner.translation.engine import Settings

SETTINGS = Settings("cpu")
SOURCE = sentence("Anna lives in Bern .", "B-PER O O B-LOC O", lang="en")
WORDS = " ".join(TEXTS).replace("[", "").replace("]", "").split()


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return f"opus:{save_tiny_marian(tmp_path_factory.mktemp('marian'), positions=128)}"


def targets(number, length, seed=3):
    chance = random.Random(seed)
    return [
        Transfer(SOURCE, sentence(" ".join(chance.choices(WORDS, k=length)), lang="de"))
        for _ in range(number)
    ]


def all_scores(engine, source_text, tokens, widest):
    """Of every place, the model's own loss on the marked text."""
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    folder = engine.removeprefix("opus:")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSeq2SeqLM.from_pretrained(folder).eval()
    found = {}
    for start in range(len(tokens)):
        for end in range(start + 1, min(start + widest, len(tokens)) + 1):
            middle = ["[", *tokens[start:end], "]"]
            text = " ".join([*tokens[:start], *middle, *tokens[end:]])
            inputs = tokenizer(source_text, text_target=text, return_tensors="pt")
            with torch.no_grad():
                loss = model(**inputs).loss.item()
            found[start, end] = -loss * inputs["labels"].shape[1]
    return found


def test_equal_to_all_places_one_by_one(engine):
    tokens = "Der Zug nach Wien fährt um neun Uhr ab".split()  # noqa: SIM905
    projector = Constrained(engine, SETTINGS, max_words=4, k=100)
    transfer = Transfer(SOURCE, sentence(" ".join(tokens), lang="de"))
    [[anna, bern]] = projector.candidates([transfer])
    marked = ["[ Anna ] lives in Bern.", "Anna lives in [ Bern ]."]
    for places, text in zip((anna, bern), marked, strict=True):
        scores = all_scores(engine, text, tokens, 4)
        whole = math.log(sum(math.exp(score) for score in scores.values()))
        best = sorted(scores, key=lambda place: -scores[place])[: len(places)]
        assert [place[:2] for place in places] == best
        for place in places:
            expected = math.exp(scores[place[:2]] - whole)
            assert place.score == pytest.approx(expected, rel=1e-3)


def best(projector, transfers):
    return [
        (number, own[0][:2])
        for number, entities in enumerate(projector.candidates(transfers))
        for own in entities
    ]


def test_an_exact_search_misses_nothing(engine):
    transfers = targets(12, 14)
    everything = best(Constrained(engine, SETTINGS, k=1000), transfers)
    assert len(everything) == 24
    assert best(Constrained(engine, SETTINGS, k=1, exact=True), transfers) == everything
    # a short list can miss, and of a model of noise it does; a longer one misses less
    hits = [
        sum(a == b for a, b in zip(best(Constrained(engine, SETTINGS, k=k), transfers), everything,
                                   strict=True))
        for k in (1, 8, 14)
    ]  # fmt: skip
    assert 0 < hits[0] <= hits[1] <= hits[2] == 24
    assert hits[1] >= 12


@pytest.mark.parametrize("batch_tokens", [1, 64, 4096])
def test_sentences_do_not_depend_on_their_neighbours(engine, batch_tokens):
    transfers = [*targets(3, 9), *targets(3, 4), Transfer(sentence("x", "O", lang="en"), SOURCE)]
    projector = Constrained(engine, Settings("cpu", batch_tokens=batch_tokens), k=3)
    together = list(projector.candidates(transfers))
    alone = [next(projector.candidates([transfer])) for transfer in transfers]
    assert together[-1] == []
    for one, other in zip(together, alone, strict=True):
        assert [[place[:2] for place in own] for own in one] == [
            [place[:2] for place in own] for own in other
        ]


def test_scores_are_shares_and_the_first_the_largest(engine):
    for entities in Constrained(engine, SETTINGS).candidates(targets(4, 6)):
        assert len(entities) == 2
        for own in entities:
            scores = [place.score for place in own]
            assert scores
            assert scores == sorted(scores, reverse=True)
            assert all(0 < score <= 1 for score in scores)
            assert sum(scores) <= 1 + 1e-4
            assert all(place.end - place.start <= 10 for place in own)


def test_a_long_entity_may_have_a_long_place(engine):
    source = sentence("a b c d e f", "B-ORG" + " I-ORG" * 4 + " O", lang="en")
    transfer = Transfer(source, sentence("x y z x y z x y z x y z", lang="de"))
    [[own]] = Constrained(engine, SETTINGS, max_words=1, k=50).candidates([transfer])
    assert max(place.end - place.start for place in own) > 1
    assert max(place.end - place.start for place in own) <= 10


@pytest.mark.parametrize("marker", ["brackets", "slot", "xml"])
def test_markers_are_those_of_translate_spans(marker, monkeypatch, tmp_path):
    extra = ("__SLOT0__", "<a>", "</a>")
    engine = f"opus:{save_tiny_marian(tmp_path / 'marian', positions=128, extra=extra)}"
    seen = []
    whole = Markable.written
    monkeypatch.setattr(Markable, "written", lambda *a: seen.append(whole(*a)) or seen[-1])
    transfer = Transfer(SOURCE, sentence("Der Zug [ fährt ] .", lang="de"))
    [entities] = Constrained(engine, SETTINGS, marker=marker).candidates([transfer])
    assert all(entities)
    sides = {"brackets": "{}", "slot": ["__SLOT0__"] * 2, "xml": ["<a>", "</a>"]}[marker]
    assert f"{sides[0]} Der Zug {sides[1]} [fährt]." in seen


@pytest.mark.parametrize(
    ("tokens", "lang", "place", "written"),
    [
        (["in", "Bern", "."], "de", (1, 2), "in [ Bern ]."),
        (["(", "Bern", ")"], "de", (1, 2), "([ Bern ])"),
        (["Bern", "ist"], "de", (0, 2), "[ Bern ist ]"),
        (["他", "住", "在", "北", "京", "。"], "zh", (3, 5), "他住在 [ 北京 ]。"),
        (["他", "住", "在"], "zh", (0, 1), "[ 他 ] 住在"),
        (["it", "'s", "Ann", "'s"], "en", (2, 3), "it's [ Ann ]'s"),
        (["a b", "c"], "de", (0, 1), "[ a b ] c"),
    ],
)
def test_where_markers_stand(tokens, lang, place, written):
    text = Markable(tokens, lang, ("[", "]"), lambda text: tuple(text.encode()))
    assert text.written(place) == written
    # with the opening marker alone it is the same up to the closing one
    opened = bytes(text.opened(place[0])).decode()
    assert opened.startswith(written.split(" ]")[0])
    assert "".join(opened.split()) == "".join(written.replace(" ]", "").split())


@pytest.mark.parametrize(
    ("marker", "extra", "remedy"),
    [
        ("slot", (), "give marker=brackets$"),
        ("xml", ("__SLOT0__",), "give marker=slot or marker=brackets$"),
    ],
)
def test_markers_that_the_model_cannot_read_are_refused(marker, extra, remedy, tmp_path):
    folder = save_tiny_marian(tmp_path / "marian", positions=128, extra=extra)
    projector = Constrained(f"opus:{folder}", SETTINGS, marker=marker)
    with pytest.raises(OptionError, match=f"cannot read the markers of marker={marker}; {remedy}"):
        list(projector.candidates(targets(1, 5)))


def test_too_long_for_the_model_is_counted(engine):
    projector = Constrained(engine, SETTINGS)
    long = Transfer(SOURCE, sentence("Wien " * 200, lang="de"))
    assert list(projector.candidates([long])) == [[[], []]]
    assert projector.counts["entities in sentences too long for the model"] == 2


def test_languages_of_one_model_share_its_weights(engine, monkeypatch):
    from transformers import AutoModelForSeq2SeqLM

    loaded = []
    load = AutoModelForSeq2SeqLM.from_pretrained

    def counted(*args, **options):
        loaded.append(args)
        return load(*args, **options)

    monkeypatch.setattr(AutoModelForSeq2SeqLM, "from_pretrained", counted)
    german = targets(2, 5)
    spanish = [replace(t, target=replace(t.target, lang="es")) for t in german]
    projector = Constrained(engine, SETTINGS)
    both = list(projector.candidates([*german, *spanish]))
    assert both[:2] == both[2:]
    assert len(loaded) == 1


@pytest.mark.parametrize(("source", "target"), [(None, "de"), ("en", None)])
def test_languages_have_to_be_known(engine, source, target):
    transfer = Transfer(sentence("a", "B-PER", lang=source), sentence("b", lang=target, id="s:7"))
    with pytest.raises(XnerError, match="'s:7': --match constrained wants to know the languages"):
        list(Constrained(engine, SETTINGS).candidates([transfer]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("marker=stars", "marker 'stars' is not slot, brackets, xml"),
        ("k=0", "k '0' is not 1 or more"),
        ("max-words=0", "max-words '0' is not 1 or more"),
        ("width=3", "no option 'width'"),
    ],
)
def test_options_that_make_no_sense(engine, options, said):
    with pytest.raises(OptionError, match=said):
        build(f"constrained,{options}", {"engine": engine, "settings": SETTINGS})
