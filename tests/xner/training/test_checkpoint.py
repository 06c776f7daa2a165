"""Checkpoints: a run that was ended goes on as if it had not been, and no other run does."""

import pytest
import torch

from tests.xner.training.runs import PAIRS, SOURCE, KilledError, assert_same, killed_at, train
from xner.errors import XnerError
from xner.training.checkpoint import (
    load_checkpoint,
    random_state,
    save_checkpoint,
    whole_checkpoint,
)


@pytest.mark.parametrize(("at", "saved"), [(1, None), (3, 2), (5, 4), (9, 8)])
@pytest.mark.parametrize("dev", [(), SOURCE])
def test_resume_gives_the_same_bytes_as_a_run_that_was_never_interrupted(
    encoder, tmp_path, at, saved, dev
):
    losses = ("span-kl=0.1", "dropout-kl=0.5")
    options = {"loss": losses, "checkpoint_every": 2, "accumulate": 2, "epochs": 8}
    logs = {"whole": [], "cut": []}

    def listen(event, log):
        if event["event"] == "step":
            log.append((event["step"], event["losses"]))

    whole = train(
        encoder,
        tmp_path / "whole",
        PAIRS,
        dev,
        report=lambda e: listen(e, logs["whole"]),
        **options,
    )
    with pytest.raises(KilledError):
        train(encoder, tmp_path / "cut", PAIRS, dev, report=killed_at(at), **options)
    events = []

    def resumed(event):
        events.append(event)
        listen(event, logs["cut"])

    cut = train(encoder, tmp_path / "cut", PAIRS, dev, resume=True, report=resumed, **options)
    assert [e["step"] for e in events if e["event"] == "resumed"] == [saved or 0]
    assert logs["cut"] == logs["whole"][saved or 0 :]
    assert (cut["dev"], cut["losses"]) == (whole["dev"], whole["losses"])
    assert_same(tmp_path / "whole", tmp_path / "cut")


def test_a_checkpoint_of_another_run_is_refused(encoder, tmp_path):
    with pytest.raises(KilledError):
        train(encoder, tmp_path, report=killed_at(5))
    for change in ({"learning_rate": 1e-4}, {"dev": SOURCE}):
        with pytest.raises(XnerError, match="other options or data"):
            train(encoder, tmp_path, resume=True, **change)


def test_a_finished_run_is_not_done_again(encoder, tmp_path):
    first = train(encoder, tmp_path, steps=2)
    before = (tmp_path / "model.safetensors").stat().st_mtime_ns
    said = []
    assert train(encoder, tmp_path, steps=2, resume=True, report=said.append) == first
    assert [event["text"] for event in said] == [f"'{tmp_path}' is finished already"]
    assert (tmp_path / "model.safetensors").stat().st_mtime_ns == before
    other = {"steps": 3}, {"steps": 2, "dev": SOURCE}, {"steps": 2, "stream": PAIRS}
    for options in other:
        loss = ("span-kl",) if "stream" in options else ()
        with pytest.raises(XnerError, match="of a run with other options or data"):
            train(encoder, tmp_path, resume=True, loss=loss, **options)


def test_a_finished_run_on_another_stream_is_another_run(encoder, tmp_path):
    train(encoder, tmp_path, PAIRS, steps=2, loss=("span-kl",))
    with pytest.raises(XnerError, match="of a run with other options or data"):
        train(encoder, tmp_path, PAIRS[:1], steps=2, loss=("span-kl",), resume=True)


def test_every_process_goes_on_with_its_own_random_numbers(tmp_path):
    module = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(module.parameters())
    chances, drawn = [], []
    for seed in (1, 2):
        torch.manual_seed(seed)
        chances.append(random_state())
        drawn.append(torch.rand(3))
    state = {"fingerprint": "x"}
    save_checkpoint(
        tmp_path / "ck", module.state_dict(), None, {"learn": optimizer}, chances, state
    )
    for process in (0, 1):
        load_checkpoint(tmp_path / "ck", module, {"learn": optimizer}, "x", process)
        assert torch.equal(torch.rand(3), drawn[process])


def test_a_checkpoint_that_was_being_replaced_is_not_lost(tmp_path):
    folder = tmp_path / "checkpoint"
    assert whole_checkpoint(folder) is None
    old = folder.with_name("checkpoint.old")
    old.mkdir()
    (old / "state.json").write_text("{}")
    assert whole_checkpoint(folder) == old
    folder.mkdir()
    (folder / "state.json").write_text("{}")
    assert whole_checkpoint(folder) == folder
