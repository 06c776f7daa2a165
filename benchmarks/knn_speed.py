"""Votes of 500 neighbours on a million words, by each index; and beside a plain faiss script.

    python benchmarks/knn_speed.py [ROWS [COMPARED]]

Makes up ROWS vectors of 384 figures in clusters of clusters, and nine labels. Prints of some of
them as queries what `xner.retrieval` takes by each index, and what all would take; then, for
COMPARED rows that all are queries, time and peak memory beside a script that adds the rows to
faiss' IndexFlatIP, searches for all at once and compares all labels at once. Every figure is of a
process of its own, whose loading of the vectors is not counted as time, but is as memory. Time is
the processor's, of all threads together (OMP_NUM_THREADS), so that other processes lengthen it
little.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SIZE, K, CLASSES, SEED = 384, 500, 9, 42
RUNS = 3


def make(target: str, rows: int) -> None:
    """Vectors of length 1 and labels, which mostly follow the clusters."""
    random = np.random.default_rng(SEED)
    heads = random.standard_normal((100, SIZE), dtype=np.float32)
    of_head = random.integers(100, size=max(100, rows // 200))
    noise = random.standard_normal((len(of_head), SIZE), dtype=np.float32)
    centres = heads[of_head] + 0.7 * noise
    of_centre = random.integers(len(centres), size=rows)
    bank = np.lib.format.open_memmap(f"{target}.npy", "w+", np.float32, (rows, SIZE))
    for start in range(0, rows, 50_000):
        part = centres[of_centre[start : start + 50_000]]
        part += 0.5 * random.standard_normal(part.shape, dtype=np.float32)
        bank[start : start + len(part)] = part / np.linalg.norm(part, axis=1, keepdims=True)
    random_labels = random.integers(CLASSES, size=rows)
    labels = np.where(random.random(rows) < 0.1, random_labels, of_head[of_centre] % CLASSES)
    np.save(f"{target}.labels.npy", labels)


def made(folder: str, rows: int) -> Path:
    """Where the vectors lie; a process of its own makes them, for a child inherits peak memory."""
    target = Path(folder) / str(rows)
    subprocess.run([sys.executable, __file__, "make", target, str(rows)], check=True)
    return target


def ours(bank: np.ndarray, labels: np.ndarray, spec: str, queries: int) -> dict[str, Any]:
    """Lambda of the first rows by `xner.retrieval`; how long the index took and how true it is."""
    from xner.retrieval.index import named
    from xner.retrieval.neighbours import Search, votes
    from xner.retrieval.reliability import consistency

    built = 0.0
    kind: Any = type(named(spec))
    over = kind.over

    def timed(*arguments: Any, **options: Any) -> Any:
        nonlocal built
        began = time.process_time()
        find = over(*arguments, **options)
        built = built or time.process_time() - began
        return find

    kind.over = timed
    rows = np.arange(queries)
    found = votes(bank[:queries], rows, bank, labels, CLASSES, Search(k=K, index=spec))
    names = ["O", *(f"B-{number}" for number in range(1, CLASSES))]
    lambdas = consistency(found.shares, labels[:queries], names, "tag")
    return {"built": built, "recall": found.recall, "mean": float(lambdas.mean())}


def plain(bank: np.ndarray, labels: np.ndarray, _: str, queries: int) -> dict[str, Any]:
    """The same as one would write it at once."""
    import faiss

    index = faiss.IndexFlatIP(bank.shape[1])
    index.add(bank)
    rows = index.search(bank[:queries], K + 1)[1]
    lambdas = (labels[rows[:, 1:]] == labels[:queries, None]).mean(axis=1)
    return {"built": 0.0, "recall": None, "mean": float(lambdas.mean())}


def child(way: str, source: str, spec: str, queries: str) -> None:
    """Do it once; print the figures."""
    import faiss  # so that its loading is not counted

    faiss.omp_get_max_threads()
    bank, labels = np.load(f"{source}.npy"), np.load(f"{source}.labels.npy")
    began = time.process_time()
    figures = {"ours": ours, "plain": plain}[way](bank, labels, spec, int(queries))
    figures["seconds"] = time.process_time() - began
    figures["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(figures))


def measure(way: str, source: Path, spec: str, queries: int) -> dict[str, Any]:
    """The figures of one process."""
    command = [sys.executable, __file__, way, str(source), spec, str(queries)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def print_indexes(source: Path, queries_of: dict[str, int]) -> None:
    """A row for each index; what does not hang on the number of queries is counted once."""
    rows = int(source.name)
    for spec, wanted in queries_of.items():
        queries = min(wanted, rows)
        found = measure("ours", source, spec, queries)
        rate = queries / (found["seconds"] - found["built"])
        minutes = (found["built"] + rows / rate) / 60
        recall = "exact" if found["recall"] is None else f"{found['recall']:.3f}"
        print(
            f"| {spec} | {rows:,} | {found['built']:.0f} | {queries:,} | {rate:,.0f} "
            f"| {minutes:,.1f} | {recall} | {found['megabytes']:,.0f} |",
            flush=True,
        )


def print_comparison(source: Path) -> None:
    """Medians of alternating runs, and ours as a part of the plain script's."""
    rows = int(source.name)
    runs = [(measure(w, source, "flat", rows) for w in ("ours", "plain")) for _ in range(RUNS)]
    pairs = [tuple(pair) for pair in runs]
    means = {round(found["mean"], 3) for pair in pairs for found in pair}
    if len(means) > 1:
        raise SystemExit(f"the two do not find the same: {means}")
    both = [
        [statistics.median(pair[side][key] for pair in pairs) for side in (0, 1)]
        for key in ("seconds", "megabytes")
    ]
    for way, side in (("xner.retrieval", 0), ("plain script", 1)):
        seconds, megabytes = both[0][side], both[1][side]
        print(f"| {way} | {rows:,} | {seconds:.1f} | {megabytes:,.0f} |")
    times, memory = (ours / plain for ours, plain in both)
    print(f"| ratio | | {times:.2f} | {memory:.2f} |", flush=True)


def main() -> None:
    """Print two tables."""
    rows, compared = (*map(int, sys.argv[1:]), *(1_000_000, 50_000)[len(sys.argv) - 1 :])
    print(f"{os.environ.get('OMP_NUM_THREADS', os.cpu_count())} threads\n")
    head = "index | rows | index, CPU s | queries | queries/CPU s | all, CPU min | recall | peak MB"
    print(f"| {head} |\n{'|---' * 8}|")
    with tempfile.TemporaryDirectory() as name:
        tenth = made(name, rows // 10)
        print_indexes(tenth, {"flat": 2_000, "ivf": 5_000, "hnsw": 5_000})
        print_indexes(made(name, rows), {"flat": 1_000, "ivf": 5_000})
        print("\n| | rows | CPU s | peak MB |\n|---|---|---|---|")
        print_comparison(made(name, compared))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", target, rows]:
            make(target, int(rows))
        case ["ours" | "plain" as way, *arguments]:
            child(way, *arguments)
        case _:
            main()
