"""`xner convert`: any format to any, checked, mended, renamed, counted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

XNER = Path(sys.executable).with_name("xner")
CONLL = "Ida B-PER\nMoser I-PER\nruht O\n\nBern B-LOC\nund O\nMISC I-MISC\n\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.conll").write_text(CONLL)
    return tmp_path


def test_from_any_suffix_to_any(folder, run_xner):
    for to in ("a.jsonl.gz", "b.conllu", "c.bio.xz", "d.jsonl.zst", "e.tsv", "f.conll"):
        before = max(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        assert run_xner("convert", before.name, "-o", to).code == 0
    assert (folder / "f.conll").read_text() == CONLL.replace("I-MISC", "B-MISC").replace(" ", "\t")
    assert (folder / "a.jsonl.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert (
        run_xner("convert", "d.jsonl.zst", "--to", "text").out == "Ida Moser ruht\nBern und MISC\n"
    )


def test_standard_input_is_unpacked_too(folder, run_shell):
    done = run_shell("gzip -c a.conll | xner convert --to conll,scheme=bioes -q")
    assert done.out.split()[1::2] == ["B-PER", "E-PER", "O", "S-LOC", "O", "S-MISC"]


def test_counts_alone_or_beside_the_records(folder, run_xner):
    figures = {
        "sentences": 2,
        "tokens": 6,
        "entities": 3,
        "types": {"LOC": 1, "MISC": 1, "PER": 1},
    }
    done = run_xner("convert", "a.conll", "--counts")
    assert json.loads(done.out) == figures
    assert done.err == "xner convert: 2 in; tags repaired 1\n"
    done = run_xner("convert", "a.conll", "--counts", "-o", "b.conll")
    assert json.loads(done.out) == figures
    assert (folder / "b.conll").exists()


def test_types_are_renamed_and_what_is_not_is_said(folder, run_xner):
    done = run_xner(
        "convert", "a.conll", "--map", "PER=PERSON,MISC=O", "--map", "ORGG=ORG", "--to", "conll"
    )
    assert done.out.split()[1::2] == ["B-PERSON", "I-PERSON", "O", "B-LOC", "O", "O"]
    assert done.err.splitlines()[:2] == [
        "xner convert: warning: --map: the input has no ORGG; its types: LOC, MISC, PER",
        "xner convert: --map leaves as they are: LOC 1",
    ]


def test_types_of_nested_entities_are_among_those_that_are_there(run_xner):
    inside = [{"start": 0, "end": 2, "type": "ORG"}, {"start": 1, "end": 2, "type": "LOC"}]
    record = {"id": "a", "tokens": ["FC", "Bern"], "tags": ["B-ORG", "I-ORG"]}
    for names, said in (("LOC=GPE", "leaves as they are: ORG 1"), ("ORG=O", "are: LOC 1")):
        nested = json.dumps(record | {"meta": {"entities": inside}})
        done = run_xner("convert", "--map", names, stdin=nested)
        assert f"{said}\n" in done.err
        assert "warning" not in done.err


@pytest.mark.parametrize("form", ["conll", "conll,comments=yes", "conllu"])
def test_entities_that_columns_cannot_hold_are_counted(run_xner, form):
    inside = [{"start": 0, "end": 2, "type": "ORG"}, {"start": 1, "end": 2, "type": "LOC"}]
    record = {"id": "a", "tokens": ["FC", "Bern"], "tags": ["B-ORG", "I-ORG"]}
    nested = json.dumps(record | {"meta": {"entities": inside}})
    done = run_xner("convert", "--to", form, stdin=nested)
    assert done.err == "xner convert: 1 in, 1 out; nested entities left out 1\n"
    assert run_xner("convert", stdin=nested).err == "xner convert: 1 in, 1 out\n"
    foreign = json.dumps(record | {"meta": {"entities": ["Q42"]}})
    assert run_xner("convert", "--to", form, stdin=foreign).code == 0


def test_renaming_reaches_soft_labels_and_origins(folder, run_xner):
    record = {
        "id": "a",
        "tokens": ["x"],
        "labels": ["O", "B-PER", "B-MISC"],
        "probs": [[0.5, 0.25, 0.25]],
        "origin": {"id": "o", "tokens": ["y"], "tags": ["B-PER"]},
    }
    done = run_xner("convert", "--map", "PER=HUM", "--map", "MISC=O", stdin=json.dumps(record))
    changed = json.loads(done.out)
    assert changed["labels"] == ["O", "B-HUM"]
    assert changed["probs"] == [[0.75, 0.25]]
    assert changed["origin"]["tags"] == ["B-HUM"]


def test_validation_reports_every_problem_and_writes_nothing(folder, run_xner):
    (folder / "v.jsonl").write_text(
        '{"id":"a","tokens":["x"],"labels":["O"],"probs":[[0.9]]}\n'
        '{"id":"b","tokens":["x"],"tags":["I-PER"]}\n'
        '{"id":"b","tokens":["x"]}\n'
        '{"id":"c","tokens":["x"]}\n'
    )
    done = run_xner("convert", "--validate", "v.jsonl")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "xner convert: warning: v.jsonl:1: probs of token 1 sum to 0.9000 instead of 1",
        "xner convert: warning: v.jsonl:2: token 1: ill-formed BIO tags: 'I-PER' after the "
        "sentence begins",
        "xner convert: 2 of 4 records have problems",
    ]


def test_ids_differ_over_all_inputs(folder, run_xner):
    (folder / "v.jsonl").write_text('{"id":"a","tokens":["x"]}\n')
    (folder / "w.jsonl").write_text('{"id":"b","tokens":["x"]}\n{"id":"a","tokens":["x"]}\n')
    done = run_xner("convert", "--validate", "v.jsonl", "w.jsonl")
    assert (done.code, done.out) == (1, "")
    assert "warning: w.jsonl:2: id 'a' stands in v.jsonl:1 already\n" in done.err


def test_validation_lets_sound_records_through_only_if_told_to_skip(folder, run_xner):
    done = run_xner("convert", "--validate", "a.conll", "-o", "b.conll")
    assert (done.code, (folder / "b.conll").exists()) == (1, False)
    done = run_xner("convert", "--validate", "a.conll", "-o", "b.conll", "--on-error", "skip")
    assert (done.code, (folder / "b.conll").read_text()) == (1, CONLL.partition("Bern")[0])
    done = run_xner("convert", "--validate", "--repair", "a.conll", "-o", "b.conll")
    assert (done.code, (folder / "b.conll").read_text()) == (0, CONLL.replace("I-M", "B-M"))


def test_repairing_and_refusing_exclude_each_other(folder, run_xner):
    done = run_xner("convert", "--repair", "--strict", "a.conll")
    assert (done.code, "give one of both" in done.err) == (2, True)


def test_an_origin_is_written_with_its_alignment(folder, run_xner):
    (folder / "trans.txt").write_text("West\t1\tB-LOC\nBern\t1\tE-LOC\n")
    (folder / "unlabel.txt").write_text("Westbern\t1\tS-LOC\n")
    done = run_xner("convert", "--from", "conner,origin=unlabel.txt,origin_lang=de", "trans.txt")
    assert json.loads(done.out) == {
        "id": "trans:1",
        "tokens": ["West", "Bern"],
        "tags": ["B-LOC", "I-LOC"],
        "origin": {"id": "unlabel:1", "lang": "de", "tokens": ["Westbern"], "tags": ["B-LOC"]},
        "alignment": [[0, 2, 0, 1]],
    }


@pytest.mark.slow
@pytest.mark.parametrize("to", ["jsonl", "conll"])
def test_memory_does_not_grow_with_the_stream(tmp_path, to):
    source = tmp_path / "many.conll"

    def peak(sentences: int) -> int:
        source.write_text(CONLL.replace("I-MISC", "B-MISC") * (sentences // 2))
        code = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        command = [XNER, "convert", "-q", source, "-o", tmp_path / f"out.{to}"]
        done = subprocess.run(
            [sys.executable, "-c", code, *command], capture_output=True, check=True, text=True
        )
        return int(done.stdout)

    assert peak(200_000) < 1.1 * peak(20_000)


def test_strip_tags_hides_the_annotation_and_nothing_else(run_xner):
    row = (
        '{"id":"a","tokens":["Bern"],"tags":["B-LOC"],"weights":[0.5],"labels":["O"],"probs":[[1]],'
        '"origin":{"id":"a","tokens":["Berna"],"tags":["B-LOC"]},"alignment":[[0,1,0,1]],'
        '"meta":{"gold":["B-LOC"],"projection":{"unmatched":[["LOC","Bern"]]},"page":3},"mine":7}\n'
    )
    done = run_xner("convert", "--strip-tags", stdin=row)
    assert json.loads(done.out) == {
        "id": "a",
        "tokens": ["Bern"],
        "origin": {"id": "a", "tokens": ["Berna"]},
        "alignment": [[0, 1, 0, 1]],
        "meta": {"page": 3},
        "mine": 7,
    }
    assert "1 in, 1 out" in done.err
