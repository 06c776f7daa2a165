"""`xner knn-weight`: weights recomputed by hand from the model's files up, and what it refuses."""

import json
import random
import tempfile
from types import SimpleNamespace

import numpy as np
import pytest

from tests import by_hand, tiny
from tests.commands.votes import LABELS, Reference, flat, kind, labels_of, near, soft, write
from xner.tag_schemes import spans_of

LONG = "Anna Berg visited Bern ."


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    encoder = tiny.bert(folder / "encoder", layers=3)
    tiny.tagger(encoder, types=("LOC", "PER")).save(folder / "m")
    return folder / "m"


@pytest.fixture(autouse=True)
def temporary(own_folder, tmp_path, monkeypatch):
    """Where the command keeps what it does not leave."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


@pytest.fixture
def knn_weight(run_here, model, temporary):
    """Run the command in this process, and see that it cleans up."""

    def run(*arguments, model=model):
        done = run_here("knn-weight", "--model", model, *arguments)
        assert not list(temporary.iterdir())
        out = list(map(json.loads, done.out.splitlines()))
        return SimpleNamespace(code=done.code, err=done.err, out=out)

    return run


# --- the formula


def test_weights_are_what_the_paper_says(knn_weight, model):
    stream = soft(12)
    done = knn_weight(write("in.jsonl", stream), "--k", 5, "--audit")
    assert done.code == 0, done.err
    expected = Reference(model, stream)
    audits = [record["meta"]["knn"] for record in done.out]
    assert flat(audits, "labels") == expected.own
    assert flat(audits, "consistency") == near(expected.lambdas)
    assert flat(done.out) == near(expected.weights())
    words = len(expected.own)
    assert f"12 in, 12 out; words {words}, words in the bank {words}" in done.err
    assert "5 neighbours of each word; mean weight LOC 0." in done.err
    gentle = knn_weight("in.jsonl", "--k", 5, "--preset", "colada", "--alpha", 1)
    assert flat(gentle.out) == near(expected.weights(alpha=1.0))
    with open("xner.toml", "w") as file:
        file.write('[knn-weight]\nalpha = 2.0\nlayers = "1"\n')
    again = knn_weight("in.jsonl", "--k", 5, "--preset", "colada")
    assert flat(again.out) == flat(done.out)


def test_the_released_code_has_a_preset_that_flags_overrule(knn_weight, model):
    stream = soft(12)
    code = ("--k", 5, "--preset", "colada-code")
    done = knn_weight(write("in.jsonl", stream), *code)
    expected = Reference(model, stream, layers=(-1, -2, -3), pooling="mean").released()
    assert flat(done.out) == near(expected)
    assert max(flat(done.out)) == 1
    flagged = knn_weight("in.jsonl", *code, "--layers", 1, "--pooling", "max")
    assert flat(flagged.out) == near(Reference(model, stream, (), 5, (1,), "max").released())


def test_more_neighbours_than_words_are_all_words(knn_weight, model):
    stream = soft(3)
    done = knn_weight(write("in.jsonl", stream))
    others = len(Reference(model, stream).own) - 1
    assert f"{others} neighbours of each word; mean" in done.err
    assert "warning: there are no 500 other words in the bank: all are neighbours" in done.err
    assert flat(done.out) == near(Reference(model, stream, k=others).weights())
    assert set(flat(done.out)) == {0.5}
    assert "warning" not in knn_weight("in.jsonl", "--k", others).err
    write("in.jsonl", [{"tokens": ["Bern"], "tags": ["B-LOC"]}])
    assert flat(knn_weight("in.jsonl").out) == [0.5]


def test_unknown_tags_keep_weight_0_and_have_no_vote(knn_weight, model):
    """As if their words were not there, but for their own neighbours."""
    stream = [
        {"id": record["id"], "tokens": record["tokens"], "tags": labels_of(record)}
        for record in soft(9)
    ]
    lost = {"tokens": ["Energy", "shipyard"], "tags": ["O", "O"], "weights": [0, 0.5]}
    done = knn_weight(write("in.jsonl", [*stream, {"id": "x", **lost}]), "--k", 4)
    assert done.code == 0, done.err
    assert "words unknown, of weight 0 1" in done.err
    unknown, known = done.out[-1]["weights"]
    assert unknown == 0
    # a bank without that word: it stands alone in a sentence that is only asked for its vectors
    whole = Reference(model, [*stream, {"id": "x", **lost}], k=10**6)
    assert 0 < known < 1
    rows = np.array(
        by_hand.word_vectors(model, [r["tokens"] for r in [*stream, lost]], (-1,), "first")
    )
    silent = len(rows) - 2
    votes = []
    for row in range(len(rows)):
        nearest = [n for n in np.argsort(-(rows @ rows[row])) if n not in (row, silent)][:4]
        votes.append(np.mean([kind(whole.own[n]) == kind(whole.own[row]) for n in nearest]))
    own = np.array([kind(label) for label in whole.own])
    heard = np.arange(len(rows)) != silent
    means = np.array([np.mean(np.array(votes)[heard & (own == label)]) for label in own])
    expected = 1 / (1 + np.exp(-6 * (np.array(votes) - means)))
    expected[silent] = 0
    assert flat(done.out) == near(expected)
    # a copy that knows the label speaks for both; where nobody knows one, nobody is heard
    told = {"id": "y", **lost, "tags": ["B-LOC", "O"], "weights": [1, 1]}
    write("in.jsonl", [*stream, {"id": "x", **lost, "weights": [0, 0]}, told])
    ours = knn_weight("in.jsonl", "--k", 4).out
    write("in.jsonl", [*stream, told])
    assert flat(ours[:9] + ours[10:]) == flat(knn_weight("in.jsonl", "--k", 4).out)
    done = knn_weight(write("in.jsonl", [lost | {"weights": [0, 0]}]))
    assert (done.code, flat(done.out)) == (0, [0, 0])
    # known labels weigh more than 0 however sharp the weights
    done = knn_weight(write("in.jsonl", stream), "--k", 4, "--alpha", 10000)
    assert min(flat(done.out)) == 0.00001
    # of probs nothing is unknown
    soft_ones = [record | {"weights": [0] * len(record["tokens"])} for record in soft(9)]
    done = knn_weight(write("in.jsonl", soft_ones), "--k", 4)
    assert "words unknown" not in done.err
    assert min(flat(done.out)) > 0


def test_unknown_tags_that_probs_make_count_again_are_counted(knn_weight):
    stream = [record | {"tags": labels_of(record)} for record in soft(5)]
    stream[1]["weights"] = [0, 0.0, *[0.5] * (len(stream[1]["tokens"]) - 2)]
    write("in.jsonl", stream)
    said = "words whose tag is unknown and loses its weight 0 2"
    assert said in knn_weight("in.jsonl", "--k", 4).err
    assert "loses" not in knn_weight("in.jsonl", "--k", 4, "--labels", "tags").err


def test_copies_of_a_sentence_do_not_vouch_for_it(knn_weight, model):
    stream = soft(9)
    copies = [record | {"id": f"again-{record['id']}"} for record in stream]
    other = {"id": "x", "tokens": stream[0]["tokens"], "tags": ["O"] * len(stream[0]["tokens"])}
    stream = [*stream, *copies, *copies, other]
    done = knn_weight(write("in.jsonl", stream), "--k", 4)
    expected = Reference(model, stream, k=4)
    assert flat(done.out) == near(expected.weights())
    assert flat(done.out[:9]) == flat(done.out[9:18])
    distinct = sum(map(len, {tuple(record["tokens"]) for record in stream}))
    assert f"words {len(expected.own)}, words in the bank {distinct}" in done.err


# --- whose labels, whose vectors


def test_words_of_a_bank_are_neighbours_and_are_not_weighed(knn_weight, model):
    stream = soft(8)
    bank = [{"tokens": LONG.split(), "tags": ["B-PER", "I-PER", "O", "B-LOC", "O"]}]
    bank += [stream[0] | {"id": "copy"}, *soft(5, seed=1)]
    with open("bank.conll", "w") as file:
        file.write("Anna B-PER\nBerg I-PER\nvisited O\nBern B-LOC\n. O\n")
    files = ("--bank", "bank.conll", "--bank", write("more.jsonl", bank[1:]))
    done = knn_weight(write("in.jsonl", stream), "--k", 6, *files)
    expected = Reference(model, stream, bank, k=6)
    assert flat(done.out) == near(expected.weights())
    assert [record["id"] for record in done.out] == [record["id"] for record in stream]
    assert flat(done.out) != near(Reference(model, stream, k=6).weights())


def test_labels_are_those_of_probs_or_tags(knn_weight, model):
    stream = [record | {"tags": ["O"] * len(record["tokens"])} for record in soft(8)]
    for record in stream:
        record["tags"][0] = "B-PER"
    by_tags = [{"tokens": record["tokens"], "tags": record["tags"]} for record in stream]
    write("in.jsonl", stream)
    done = knn_weight("in.jsonl", "--k", 5, "--labels", "probs")
    probs = flat(done.out)
    pairs = [pair for r in stream for pair in zip(labels_of(r), r["tags"], strict=True)]
    other = sum(kind(label) != kind(tag) for label, tag in pairs)
    assert f"words whose tag is of another type than the label weighed {other}" in done.err
    assert flat(knn_weight("in.jsonl", "--k", 5).out) == probs
    assert probs == near(Reference(model, stream).weights())
    tags = flat(knn_weight("in.jsonl", "--k", 5, "--labels", "tags").out)
    assert tags == near(Reference(model, by_tags).weights())


def test_a_drawn_bank_is_said_and_depends_on_the_seed_alone(knn_weight):
    stream = soft(12)
    some = ("--k", 3, "--bank-size", 12)
    first = knn_weight(write("in.jsonl", stream), *some)
    assert "words of the bank drawn by --seed 42 12" in first.err
    assert flat(knn_weight("in.jsonl", *some).out) == flat(first.out)
    assert flat(knn_weight("in.jsonl", *some, "--seed", 7).out) != flat(first.out)
    backwards = knn_weight(write("back.jsonl", stream[::-1]), *some)
    assert flat(backwards.out[::-1]) == near(flat(first.out))
    assert flat(knn_weight("in.jsonl", "--k", 3).out) != flat(first.out)


def test_an_approximate_index_says_what_it_finds(knn_weight):
    write("in.jsonl", soft(12))
    done = knn_weight("in.jsonl", "--k", 4, "--index", "ivf,lists=6,probes=1", "--log-json")
    said = [json.loads(line) for line in done.err.splitlines()]
    recall = next(line["recall"] for line in said if "recall" in line)
    assert 0 < recall < 1
    assert any(f"of which ivf,lists=6,probes=1 finds {recall:.1%}" in s["message"] for s in said)


# --- what is written


def test_words_of_an_entity_share_a_weight_if_asked(knn_weight):
    stream = soft(12)
    write("in.jsonl", stream)
    every = (knn_weight("in.jsonl", "--k", 5, "--unit", unit) for unit in ("token", "span"))
    alone, shared = (done.out for done in every)
    assert flat(alone) != near(flat(shared))
    for record, one, other in zip(stream, alone, shared, strict=True):
        expected = list(one["weights"])
        for start, end, _ in spans_of(labels_of(record)):
            expected[start:end] = [(expected[start] + expected[end - 1]) / 2] * (end - start)
        assert other["weights"] == near(expected)


def test_a_word_that_nobody_knows_shares_no_weight_of_an_entity(knn_weight):
    """Its tag is one of several that systems gave: it must not be learned."""
    tags = ["B-PER", "I-PER", "I-PER", "O"]
    disputed = {"tokens": ["Anna", "Berg", "visited", "Bern"], "tags": tags}
    write("in.jsonl", [disputed | {"weights": [1, 1, 0, 1]}, *soft(3)])
    alone, shared = (
        knn_weight("in.jsonl", "--k", 2, "--unit", unit).out[0]["weights"]
        for unit in ("token", "span")
    )
    mean = (alone[0] + alone[1]) / 2
    assert mean > 0
    assert shared == near([mean, mean, 0, alone[3]])


def test_votes_are_mixed_into_probs_if_asked(knn_weight, model):
    stream = soft(8)
    few = stream[3]
    few["labels"], few["probs"] = ["O", "B-LOC"], [[0.25, 0.75]] * len(few["tokens"])
    done = knn_weight(write("in.jsonl", stream), "--k", 5, "--refine", 0.4)
    expected = Reference(model, stream)
    at = 0
    for record, refined in zip(stream, done.out, strict=True):
        assert refined["labels"] == LABELS
        for row, probs in zip(record["probs"], refined["probs"], strict=True):
            own = dict(zip(record["labels"], row, strict=True))
            votes = expected.neighbours[at]
            mixed = [0.6 * own.get(name, 0) + 0.4 * votes.count(name) / 5 for name in LABELS]
            assert probs == near(mixed)
            assert sum(probs) == pytest.approx(1, abs=1e-3)
            at += 1
    assert flat(done.out) == near(expected.weights())


def test_all_else_in_a_record_stays_and_old_weights_go(knn_weight):
    record = {
        **{"id": "x", "tokens": ["Anna", "ruht"], "tags": ["B-PER", "O"], "weights": [0.1, 0.1]},
        **{"langs": ["de", None], "meta": {"page": 3}, "mine": [1], "shuffled": True},
        **{"origin": {"id": "x", "tokens": ["Anna"]}, "alignment": [[0, 1, 0, 1]]},
    }
    (out,) = knn_weight(write("in.jsonl", [record])).out
    assert out == record | {"weights": [0.5, 0.5]}
    (audited,) = knn_weight("in.jsonl", "--audit").out
    assert audited["meta"].keys() == {"page", "knn"}
    assert knn_weight(write("in.jsonl", [audited])).out == [out]


def test_it_gives_the_same_twice_and_with_any_batch(knn_weight):
    asked = (write("in.jsonl", soft(12)), "--k", 5, "--vote", "distance", "--audit")
    first = knn_weight(*asked)
    assert knn_weight(*asked).out == first.out
    assert flat(first.out) != near(flat(knn_weight("in.jsonl", "--k", 5).out))
    small = knn_weight(*asked, "--batch-tokens", 1, "--window", 3)
    assert flat(small.out) == near(flat(first.out))


# --- in a shell


def test_it_stands_between_a_teacher_and_a_student(run_shell, model, tmp_path):
    (tmp_path / "text.txt").write_text(f"{LONG}\nBern\nOfficials said that\n")
    done = run_shell(
        f"set -o pipefail; xner weak-tag text.txt --probs --model {model} "
        f"| xner knn-weight --model {model} --k 3 | tee weighed.jsonl "
        "| xner distill --encoder mini --loss soft-ce --epochs 1 -o student"
    )
    assert done.code == 0, done.err
    assert "xner knn-weight: 3 in, 3 out; words 9, words in the bank 9" in done.err
    out = [json.loads(line) for line in (tmp_path / "weighed.jsonl").read_text().splitlines()]
    assert all(0 <= weight <= 1 for weight in flat(out))
    assert "soft-ce" in json.loads(done.out)["losses"]


def test_a_full_disk_is_said_in_a_line(run_shell, model, tmp_path):
    words = tiny.WORDS.split()
    with open("in.jsonl", "w") as file:
        for at in range(0, 600):
            tokens = random.Random(at).sample(words, 12)
            file.write(json.dumps({"tokens": tokens, "tags": ["O"] * 12}) + "\n")
    full = f"ulimit -f 500; TMPDIR={tmp_path}/temporary xner knn-weight in.jsonl --model {model}"
    done = run_shell(f"{full} | cat")
    assert f"cannot keep the words in '{tmp_path}/temporary/xner-" in done.err
    assert "too large; TMPDIR names another folder" in done.err
    assert "Traceback" not in done.err
    assert json.loads(done.out.splitlines()[-1])["error"]["command"] == "knn-weight"


# --- what is refused


def test_records_without_labels_are_refused_or_dropped(knn_weight):
    write("in.jsonl", [{"id": "bare", "tokens": ["Bern"]}, *soft(3)])
    remedy = "it has neither probs nor tags; 'xner weak-tag --probs' makes them"
    done = knn_weight("in.jsonl")
    assert (done.code, done.err) == (1, f"xner knn-weight: sentence 'bare': {remedy}\n")
    done = knn_weight("in.jsonl", "--on-error", "skip", "--rejects", "no.jsonl")
    assert f"4 in, 3 out, 1 dropped ({remedy} 1)" in done.err
    with open("no.jsonl") as file:
        assert json.loads(file.read())["record"]["id"] == "bare"


TAGGED = {"id": "t", "tokens": ["Bern"], "tags": ["B-LOC"]}
SHORT = {"id": "short", "tokens": ["Bern"], "labels": ["O", "B-LOC"], "probs": [[0, 0]]}
ODD = {"id": "odd", "tokens": ["Bern"], "labels": ["O", "E-LOC"], "probs": [[0.5, 0.5]]}


@pytest.mark.parametrize(
    ("record", "arguments", "code", "message"),
    [
        (TAGGED, ["--labels", "probs"], 1, "sentence 't': it has no probs; 'xner weak-tag"),
        (TAGGED, ["--refine", "0.5"], 1, "sentence 't': --refine wants probs; 'xner weak-tag"),
        (ODD, [], 1, "sentence 'odd': 'E-LOC' among its labels is no BIO tag"),
        (ODD, ["--labels", "tags"], 1, "sentence 'odd': it has no tags; 'xner weak-tag' makes"),
        (TAGGED, ["--bank", "bare.jsonl"], 1, "bare.jsonl: sentence 'b': it has neither probs nor"),
        (TAGGED, ["--bank", "nowhere.conll"], 1, "cannot read 'nowhere.conll': no such file"),
        (TAGGED, ["--bank", "-"], 2, "--bank - : standard input is INPUT's; name a file"),
        (TAGGED, ["--layers", "4"], 2, "--layers 4: this encoder has 3 layers"),
        (TAGGED, ["--layers", "top"], 2, "--layers 'top' is no list of numbers, such as -1,-2"),
        (TAGGED, ["--index", "flatt"], 2, "unknown index 'flatt'; known: flat"),
        (TAGGED, ["--k", "0"], 2, "--k 0"),
        (TAGGED, ["--shard", "1/2"], 2, "--shard would hide neighbours from each other"),
        (TAGGED, ["--temperature", "1"], 2, "--temperature is for --vote distance; give that too"),
        (SHORT, [], 1, "sentence 'short': row 1 of probs is no distribution"),
    ],
)
def test_what_cannot_be_weighed_is_said_in_a_line(knn_weight, record, arguments, code, message):
    write("bare.jsonl", [{"id": "b", "tokens": ["Bern"]}])
    done = knn_weight(write("in.jsonl", [record]), *arguments)
    assert done.code == code
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_the_model_has_to_be_named_and_there(knn_weight):
    write("in.jsonl", [TAGGED])
    done = knn_weight("in.jsonl", model="")
    assert (done.code, "--model DIR is missing" in done.err) == (2, True)
    done = knn_weight("in.jsonl", "--offline", model="nobody/nothing")
    assert (done.code, "no folder 'nobody/nothing' here" in done.err) == (1, True)


def test_an_empty_stream_loads_no_model(knn_weight):
    done = knn_weight(write("in.jsonl", []), model="no/such/folder")
    assert (done.code, done.out) == (0, [])
    assert done.err.endswith("xner knn-weight: 0 in, 0 out\n")
