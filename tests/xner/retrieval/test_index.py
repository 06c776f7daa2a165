"""Indexes by themselves: silence, and a GPU that is played by what notes its calls."""

import faiss
import numpy as np
import pytest

from tests.xner.retrieval.vectors import anywhere
from xner.retrieval.gpu import has_gpu
from xner.retrieval.neighbours import Search, votes

LABELS = np.random.default_rng(1).integers(3, size=3000)
BANK = anywhere(3000, 8)


def some(index: str, k: int, gpu: bool) -> np.ndarray:
    return votes(
        BANK[:50], np.arange(50), BANK, LABELS, 3, Search(k=k, index=index), gpu=gpu
    ).shares


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A faiss that has a GPU; what it is asked to do there."""
    asked: list[str] = []

    def knn(_card, queries, bank, k, *, metric, vectorsMemoryLimit):  # noqa: N803 - faiss' own
        assert vectorsMemoryLimit > 0
        asked.append("knn")
        return faiss.knn(queries, bank, k, metric)

    def moved(_card, _device, index):
        asked.append(type(index).__name__)
        return index

    monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 1)
    monkeypatch.setattr(faiss, "knn_gpu", knn)
    monkeypatch.setattr(faiss, "index_cpu_to_gpu", moved, raising=False)
    return asked


def test_a_gpu_computes_where_it_is_wanted(card: list[str]) -> None:
    assert has_gpu()
    expected = some("flat", 20, gpu=False)
    assert not card
    assert np.array_equal(some("flat", 20, gpu=True), expected)
    assert card == ["knn"]
    some("ivf", 20, gpu=True)
    assert card[1:] == ["IndexIVFFlat"]


def test_what_a_gpu_cannot_the_cpu_does(card: list[str]) -> None:
    some("flat", 2047, gpu=True)
    assert card == ["knn"]
    for index in ("flat", "ivf"):
        some(index, 2048, gpu=True)  # with the word itself one more than a GPU selects
    some("hnsw", 5, gpu=True)
    assert card == ["knn"]


@pytest.mark.parametrize("builds", ["without GPUs", "for GPUs"])
def test_without_a_gpu_the_cpu_does(builds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(faiss, "StandardGpuResources", raising=False)
    if builds == "for GPUs":
        monkeypatch.setattr(faiss, "StandardGpuResources", object, raising=False)
    monkeypatch.setattr(faiss, "get_num_gpus", lambda: 0)
    assert not has_gpu()
    assert np.array_equal(some("flat", 20, gpu=True), some("flat", 20, gpu=False))


@pytest.mark.parametrize(
    "index", ["ivf", "ivf,lists=50", "ivf,lists=9999,probes=9999", "hnsw,links=2,effort=99999"]
)
@pytest.mark.parametrize("rows", [2, 30, 60])
def test_few_rows_are_no_reason_to_warn(
    index: str, rows: int, capfd: pytest.CaptureFixture[str]
) -> None:
    bank = BANK[:rows]
    found = votes(bank, np.arange(rows), bank, LABELS[:rows], 3, Search(k=5, index=index))
    assert found.shares.any()
    assert capfd.readouterr() == ("", "")
