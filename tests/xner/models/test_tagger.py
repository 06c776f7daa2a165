"""Saving and loading, other people's classifiers, and tagging streams."""

import json
from dataclasses import replace

import pytest
import torch
from transformers import pipeline

from tests import tiny
from xner.errors import ModelError, OptionError, XnerError
from xner.models.tagger import Tagger, TaggerSettings
from xner.models.tagging import Ensemble, Member, TaggingSettings, load_ensemble
from xner.registry import split_weight
from xner.tag_schemes import repaired

TEXTS = [
    "Anna Berg visited Bern .",
    "Officials of Nordwind Energy said that",
    "北京 是 首都 。",
    "Bern",
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"))


def ensemble(*taggers, **settings):
    return Ensemble([Member(tagger) for tagger in taggers], TaggingSettings(**settings))


def tags(tagger, sentences, **settings):
    return [s.tags for s in ensemble(tagger, **settings).tag(sentences)]


SENTENCES = [tiny.sentence(text) for text in TEXTS]


@pytest.mark.parametrize("head", ["softmax", "crf", "token-pair,fused=16,size=8,relation=both"])
@pytest.mark.parametrize("pooling", ["first", "mean"])
def test_a_saved_tagger_says_the_same(encoder, tmp_path, head, pooling):
    tagger = tiny.tagger(encoder, head=head, pooling=pooling, scheme="bio")
    for parameter in tagger.head.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    tagger.save(tmp_path, training={"seed": 1})
    loaded = Tagger.load(str(tmp_path)).eval()
    assert loaded.settings == tagger.settings
    assert tags(loaded, SENTENCES) == tags(tagger, SENTENCES)
    batch = tagger.tokenize(SENTENCES).batch(range(4))
    torch.testing.assert_close(loaded(batch), tagger(batch))
    assert json.loads((tmp_path / "xner.json").read_text())["training"] == {"seed": 1}
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".safetensors"}


@pytest.mark.parametrize("make", [tiny.bert, tiny.xlm_roberta])
def test_transformers_pipeline_gives_the_same_tags(make, tmp_path):
    tagger = tiny.tagger(make(tmp_path / "encoder"), scheme="bio")
    tagger.save(tmp_path / "tagger")
    folder = str(tmp_path / "tagger")
    pipe = pipeline("token-classification", folder, device="cpu", ignore_labels=[])
    for text in TEXTS:
        by_start: dict[int, str] = {}
        for piece in pipe(text):  # a piece that begins with ▁ is said to begin at the blank
            surface = text[piece["start"] : piece["end"]]
            # a lone ▁ shares its start with the first piece that has content; that one speaks
            by_start[piece["end"] - len(surface.lstrip())] = piece["entity"]
        position = 0
        raw = []
        for word in text.split():
            start = text.index(word, position)
            position = start + len(word)
            raw.append(by_start[start])
        expected, _ = repaired(raw)
        assert tags(tagger, [tiny.sentence(text)], decode="argmax") == [expected]


def test_any_token_classifier_can_be_read(encoder, tmp_path):
    tagger = tiny.tagger(encoder, scheme="bio")
    tagger.save(tmp_path)
    (tmp_path / "xner.json").unlink()
    assert tags(Tagger.load(str(tmp_path)), SENTENCES) == tags(tagger, SENTENCES)


def test_probs_are_distributions_over_bio_tags(encoder):
    tagger = tiny.tagger(encoder)  # BIOES inside
    for sentence in ensemble(tagger, probs=True).tag(SENTENCES):
        assert sentence.labels == ["O", *(f"{x}-{t}" for t in ("LOC", "ORG", "PER") for x in "BI")]
        assert [sum(row) for row in sentence.probs] == pytest.approx(
            [1.0] * len(sentence.tokens), abs=1e-3
        )
    batch = tagger.tokenize(SENTENCES[:1]).batch([0])
    own = tagger(batch).softmax(-1)[0, 0]
    first = next(iter(ensemble(tagger, probs=True).tag(SENTENCES)))
    at = tagger.tags.index
    assert first.probs[0][1] == pytest.approx(
        (own[at("B-LOC")] + own[at("S-LOC")]).item(), abs=1e-5
    )
    assert first.probs[0][2] == pytest.approx(
        (own[at("I-LOC")] + own[at("E-LOC")]).item(), abs=1e-5
    )


def test_several_taggers_are_averaged_by_weight(encoder):
    one = tiny.tagger(encoder)
    torch.manual_seed(9)
    two = Tagger.build(str(encoder), ["LOC", "PER"], TaggerSettings(scheme="bio")).eval()
    rows = {}
    for name, tagger in (("one", one), ("two", two)):
        out = next(iter(ensemble(tagger, probs=True).tag(SENTENCES)))
        rows[name] = {label: p for label, p in zip(out.labels, out.probs[0], strict=True)}
    both = Ensemble([Member(one, 3.0), Member(two, 1.0)], TaggingSettings(probs=True))
    out = next(iter(both.tag(SENTENCES)))
    for label, p in zip(out.labels, out.probs[0], strict=True):
        assert p == pytest.approx(
            0.75 * rows["one"][label] + 0.25 * rows["two"].get(label, 0), abs=1e-4
        )
    assert repaired(out.tags) == (out.tags, 0)


def test_types_are_renamed_and_dropped(encoder):
    tagger = tiny.tagger(encoder)
    plain = tags(tagger, SENTENCES)
    names = {"PER": "PERSON", "ORG": "O"}
    renamed = Ensemble([Member(tagger, rename=lambda t: names.get(t, t))], TaggingSettings())
    found = {tag[2:] for s in renamed.tag(SENTENCES) for tag in s.tags if tag != "O"}
    assert {t[2:] for row in plain for t in row if t != "O"} >= {"PER"}
    assert found <= {"PERSON", "LOC"}
    assert "PERSON" in found


def test_min_score_drops_unsure_entities_and_counts_them(encoder):
    tagger = tiny.tagger(encoder)
    some = ensemble(tagger)
    entities = sum(len(s.spans) for s in some.tag(SENTENCES))
    sure = ensemble(tagger, min_score=0.99)
    assert sum(len(s.spans) for s in sure.tag(SENTENCES)) == 0
    assert sure.counts.below_score == entities > 0


def test_argmax_sequences_are_repaired_and_counted(encoder):
    tagger = tiny.tagger(encoder)
    broken = ensemble(tagger, decode="argmax")
    for sentence in broken.tag(SENTENCES):
        assert repaired(sentence.tags) == (sentence.tags, 0)
    assert broken.counts.repaired > 0
    viterbi = ensemble(tagger)
    list(viterbi.tag(SENTENCES))
    assert viterbi.counts.repaired == 0


def test_order_and_tags_do_not_depend_on_window_or_batch(encoder):
    tagger = tiny.tagger(encoder)
    many = [tiny.sentence(text, id=str(i)) for i, text in enumerate(TEXTS * 5)]
    expected = [(s.id, s.tags) for s in ensemble(tagger).tag(many)]
    small = ensemble(tagger, window=3, batch_tokens=20)
    assert [(s.id, s.tags) for s in small.tag(many)] == expected


def test_long_sentences_are_windowed_not_cut(encoder):
    tagger = tiny.tagger(encoder)
    long = tiny.sentence("Anna Berg visited Bern . " * 60)
    one = ensemble(tagger)
    (tagged,) = one.tag([long])
    assert len(tagged.tags) == 300
    assert one.counts.too_long == 1


def test_long_sentences_are_cut_or_refused_if_asked(encoder):
    tagger = tiny.tagger(encoder)
    long = tiny.sentence("Anna Berg visited Bern . " * 60)
    cut = ensemble(tagger, on_long="cut")
    (tagged,) = cut.tag([long])
    assert len(tagged.tags) == 300
    fits = tagger.tokenize.room // len(tagger.tokenize(SENTENCES[:1]).pieces) * 5
    assert set(tagged.tags[fits + 5 :]) == {"O"}
    assert cut.counts.too_long == 1
    short = tiny.sentence(" ".join(long.tokens[: tagger.tokenize([long]).kept[0]]))
    (whole,) = ensemble(tagger).tag([short])
    assert tagged.tags[: len(short.tokens)] == whole.tags
    with pytest.raises(XnerError, match=r"300 words\) does not fit into 62 word pieces"):
        list(ensemble(tagger, on_long="error").tag([long]))


def test_words_that_a_tagger_has_cut_are_o_to_it(encoder):
    first, second = tiny.tagger(encoder), tiny.tagger(encoder, max_pieces=32)
    long = tiny.sentence("Anna Berg visited Bern . " * 60, id="long")
    other = tiny.sentence("Bern Berg . " * 90, id="other")

    def of_long(*taggers, beside=()):
        own = ensemble(*taggers, probs=True, on_long="cut", digits=None)
        return next(s for s in own.tag([*beside, long]) if s.id == "long")

    outside = [1.0, *[0.0] * 6]
    alone = of_long(first)
    read = first.tokenize([long]).kept[0]
    assert alone.labels[0] == "O"
    assert alone.probs[read:] == [outside] * (300 - read)
    assert outside not in alone.probs[:read]
    both, crowded = of_long(first, second), of_long(first, second, beside=[other])
    assert torch.allclose(torch.tensor(both.probs), torch.tensor(crowded.probs), atol=1e-6)
    short = second.tokenize([long]).kept[0]
    assert short < read
    half = (torch.tensor(alone.probs[short:read]) + torch.tensor(outside)) / 2
    assert torch.allclose(torch.tensor(both.probs[short:read]), half, atol=1e-6)


def test_out_of_memory_halves_only_that_batch(encoder, monkeypatch):
    tagger = tiny.tagger(encoder)
    expected = tags(tagger, SENTENCES)
    calls = []

    def fragile(self, batch):
        calls.append(len(batch.mask))
        if len(batch.mask) > 1:
            raise torch.OutOfMemoryError
        return self.score(self.pooled(self.hidden(batch), batch))

    monkeypatch.setattr(Tagger, "forward", fragile)
    small = ensemble(tagger)
    assert [s.tags for s in small.tag(SENTENCES)] == expected
    assert small.counts.oom_retries == 3
    assert calls == [4, 2, 1, 1, 2, 1, 1]


@pytest.mark.parametrize("head", ["softmax", "crf", "token-pair,fusion=none"])
def test_scores_that_are_no_numbers_are_refused(encoder, head):
    broken = tiny.tagger(encoder, head=head)
    next(broken.encoder.parameters()).data.fill_(torch.nan)
    ensemble = Ensemble([Member(broken)], TaggingSettings())
    with pytest.raises(ModelError, match="is no number: its training has failed"):
        list(ensemble.tag([tiny.sentence("Anna Berg")]))


def test_kept_tags_stay(encoder):
    tagger = tiny.tagger(encoder)
    given = tiny.sentence("Anna Berg", "B-ORG I-ORG")
    out = list(ensemble(tagger, keep_tags=True).tag([given, SENTENCES[0]]))
    assert out[0] is given
    assert out[1].tags == tags(tagger, SENTENCES[:1])[0]


def test_probs_stand_beside_kept_tags(encoder):
    tagger = tiny.tagger(encoder)
    given = tiny.sentence("Anna Berg", "B-ORG I-ORG", weights=[0.5, 1.0], labels=["O"])
    given.probs = [[1.0], [1.0]]
    kept = list(
        ensemble(tagger, keep_tags=True, probs=True, min_score=1.0).tag([given, *SENTENCES])
    )
    own = list(ensemble(tagger, probs=True, min_score=1.0).tag([given, *SENTENCES]))
    assert (kept[0].tags, kept[0].weights) == (["B-ORG", "I-ORG"], [0.5, 1.0])
    assert kept[0].labels == own[0].labels
    for one, other in zip(kept[0].probs, own[0].probs, strict=True):
        assert one == pytest.approx(other, abs=1e-4)
    assert [s.tags for s in kept[1:]] == [s.tags for s in own[1:]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: "no/such/folder/here", "no model folder 'no/such/folder/here'"),
        (lambda folder: str(folder), "holds no model; expected config.json"),
        (lambda folder: str(tiny.bert(folder)), "is an encoder, not a tagger"),
        (lambda _: "nobody/has-this-model", "no folder 'nobody/has-this-model' here"),
    ],
)
def test_what_cannot_be_loaded_is_said(make, message, tmp_path):
    with pytest.raises(ModelError) as caught:
        Tagger.load(make(tmp_path), offline=True)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def read_as(monkeypatch, rows):
    """Let every tagger score the words of a sentence as these rows, one label number a word."""

    def forward(self, batch):
        scores = torch.zeros(*batch.mask.shape, len(self.tags))
        for word, label in enumerate(rows):
            scores[:, word, label] = 6.0
        return scores

    monkeypatch.setattr(Tagger, "forward", forward)


def loaded(models, names=None, scheme=None, notes=None, **settings):
    note = [].append if notes is None else notes.append
    cpu = torch.device("cpu")
    given = TaggingSettings(**settings)
    return load_ensemble(models, names or {}, given, cpu, True, scheme, note)


NAMES = tiny.sentence("Anna Berg visited Bern .")


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        (["O", "I-LOC", "I-PER"], None),
        (["O", "I-LOC", "I-PER", "B-PER"], None),
        (["O", "LOC", "PER"], None),
        (["O", "I-LOC", "I-PER", "B-LOC", "B-PER"], "iob1"),
    ],
)
def test_an_i_begins_an_entity_where_the_model_says_so(
    encoder, tmp_path, monkeypatch, labels, scheme
):
    model = tiny.foreign(encoder, tmp_path, *labels)
    read_as(monkeypatch, [2, 2, 0, 1, 0])
    expected = ["B-PER", "I-PER", "O", "B-LOC", "O"]
    for models in ([model], [model, model]):
        both = loaded(models, scheme=scheme, probs=True, min_score=0.8)
        (tagged,) = both.tag([NAMES])
        assert tagged.tags == expected
        assert both.counts.repaired == both.counts.below_score == 0
        assert tagged.labels == ["O", "B-LOC", "I-LOC", "B-PER", "I-PER"]
        best = [tagged.labels[row.index(max(row))] for row in tagged.probs]
        assert best == expected
        assert [sum(row) for row in tagged.probs] == pytest.approx([1.0] * 5, abs=1e-3)
    (argmax,) = loaded([model], scheme=scheme, decode="argmax").tag([NAMES])
    assert argmax.tags == expected


def test_neighbours_of_two_types_stay_two_when_both_get_one_name(encoder, tmp_path, monkeypatch):
    model = tiny.foreign(encoder, tmp_path, "O", "I-LOC", "I-PER")
    read_as(monkeypatch, [2, 1, 0, 0, 0])
    (tagged,) = loaded([model], {"LOC": "PER"}, probs=True).tag([NAMES])
    assert tagged.tags == ["B-PER", "B-PER", "O", "O", "O"]
    assert tagged.probs[1][tagged.labels.index("B-PER")] > 0.9


def test_labels_are_said_to_be_tags(encoder, tmp_path, monkeypatch):
    model = tiny.foreign(encoder, tmp_path, "LABEL_0", "LABEL_1", "LABEL_2", "[PAD]")
    read_as(monkeypatch, [1, 2, 0, 1, 3])
    notes: list[str] = []
    names = {"LABEL_0": "O", "LABEL_1": "B-PER", "LABEL_2": "I-PER", "[PAD]": "O", "PER": "P"}
    (tagged,) = loaded([model], names, notes=notes).tag([NAMES])
    assert tagged.tags == ["B-P", "I-P", "O", "B-P", "O"]
    assert notes == []
    (tagged,) = loaded([model], {**names, "PRE": "Q", "B-PER": "R"}, notes=notes).tag([NAMES])
    assert notes == ["--map: no model has B-PER or PRE; their types: PER"]


def test_bare_types_are_renamed(encoder, tmp_path, monkeypatch):
    model = tiny.foreign(encoder, tmp_path, "O", "LOC", "PER")
    read_as(monkeypatch, [2, 2, 0, 1, 0])
    notes: list[str] = []
    (tagged,) = loaded([model], {"PER": "PERSON", "LOC": "O"}, notes=notes).tag([NAMES])
    assert tagged.tags == ["B-PERSON", "I-PERSON", "O", "O", "O"]
    assert notes == []


def test_dropping_a_tag_does_not_change_the_scheme(encoder, tmp_path):
    model = tiny.foreign(encoder, tmp_path, "O", "B-LOC", "I-LOC")
    assert Tagger.load(model, names={"B-LOC": "O"}).settings.scheme == "bio"


def test_bilou_labels_are_learned_and_read(encoder, tmp_path, monkeypatch):
    labels = ["O", *(f"{letter}-{kind}" for kind in ("LOC", "PER") for letter in "BILU")]
    model = tiny.foreign(encoder, tmp_path, *labels)
    tagger = Tagger.load(model)
    gold = tagger.head.gold(
        [replace(NAMES, tags=["B-PER", "I-PER", "O", "B-LOC", "O"])], torch.tensor([5])
    )
    numbers = [labels.index(label) for label in ("B-PER", "L-PER", "O", "U-LOC", "O")]
    assert gold.ids.tolist() == numbers
    read_as(monkeypatch, numbers)
    (tagged,) = loaded([model]).tag([NAMES])
    assert tagged.tags == ["B-PER", "I-PER", "O", "B-LOC", "O"]


def test_tags_that_a_foreign_tagger_cannot_say_are_named(encoder, tmp_path):
    tagger = Tagger.load(tiny.foreign(encoder, tmp_path, "O", "I-LOC", "I-PER"))
    apart = replace(NAMES, tags=["B-PER", "I-PER", "O", "B-LOC", "O"])
    assert tagger.head.gold([apart], torch.tensor([5])).ids.tolist() == [2, 2, 0, 1, 0]
    touching = replace(NAMES, tags=["B-PER", "B-PER", "O", "B-LOC", "O"])
    with pytest.raises(OptionError, match=r"O, I-LOC, I-PER, have no B-PER, which the data ask"):
        tagger.head.gold([touching], torch.tensor([5]))


@pytest.mark.parametrize(
    "labels",
    [
        ("LABEL_0", "LABEL_1"),
        ("O", "LABEL_10"),
        ("O", "B_PER"),
        ("O", "PER-B"),
        ("O", "B-PER", "I-PER", "X1"),
        ("OTHER", "PER"),
    ],
)
def test_labels_that_are_no_tags_are_refused(encoder, tmp_path, labels):
    with pytest.raises(ModelError, match=r"label '\w+(-B)?' is neither O .*weak-tag --map \w+"):
        Tagger.load(tiny.foreign(encoder, tmp_path, *labels))


def test_old_figures_do_not_stay_beside_new_tags(encoder):
    old = tiny.sentence(
        "Anna", "O", labels=["O", "B-PER"], probs=[[0.9, 0.1]], weights=[0.5], meta={"a": 1}
    )
    (new,) = ensemble(tiny.tagger(encoder)).tag([old])
    assert (new.labels, new.probs, new.weights, new.meta) == (None, None, None, {"a": 1})
    (new,) = ensemble(tiny.tagger(encoder), probs=True).tag([old])
    assert new.weights is None
    assert len(new.probs[0]) == len(new.labels) == 7


def test_freezing(encoder):
    tagger = tiny.tagger(encoder)
    tagger.freeze(1, embeddings=True)
    frozen = {n for n, p in tagger.named_parameters() if not p.requires_grad}
    names = {name for name, _ in tagger.named_parameters()}
    # nothing below the first layer that may move does
    assert frozen == {n for n in names if "embeddings" in n or "layer.0" in n}
    assert any("position_embeddings" in n for n in frozen)
    with pytest.raises(OptionError, match="has 2 layers"):
        tagger.freeze(3, embeddings=False)


def test_weights_of_models(tmp_path):
    assert split_weight("a=b/model=0.5") == ("a=b/model", 0.5)
    assert split_weight("models/run=best") == ("models/run=best", 1.0)
    folder = tmp_path / "m=2e-5"
    folder.mkdir()
    assert split_weight(str(folder)) == (str(folder), 1.0)
    assert split_weight(f"{folder}=3") == (str(folder), 3.0)
    for weight in ("0", "-1", "nan", "inf"):
        with pytest.raises(OptionError, match="above 0"):
            split_weight(f"models/a={weight}")
