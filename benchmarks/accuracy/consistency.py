"""Mean consistency (lambda) of rightly and wrongly labelled words, type by type.

    python consistency.py WEIGHED.jsonl GOLD.jsonl

WEIGHED is what `xner knn-weight --audit` wrote of the sentences of GOLD, in their order. A word's
type is that of the label that was weighed.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean


def main() -> None:
    """Print a table in Markdown."""
    weighed, gold = (Path(name).read_text("utf-8").splitlines() for name in sys.argv[1:3])
    found: defaultdict[tuple[str, bool], list[float]] = defaultdict(list)
    for record, truth in zip(map(json.loads, weighed), map(json.loads, gold), strict=True):
        assert record["tokens"] == truth["tokens"], record["id"]
        audit = record["meta"]["knn"]
        rows = zip(audit["labels"], audit["consistency"], truth["tags"], strict=True)
        for label, value, tag in rows:
            found[label[2:] or "O", label[2:] == tag[2:]].append(value)
    print("| type | right | mean λ | wrong | mean λ |\n|---|---|---|---|---|")
    for kind in sorted({kind for kind, _ in found}):
        cells = [
            f"{len(own):,} | {fmean(own):.3f}" if own else "0 |"
            for own in (found[kind, True], found[kind, False])
        ]
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
