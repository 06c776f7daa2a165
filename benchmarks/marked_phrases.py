"""Do markers survive translation? Phrases of held-out bitext, marked, translated and looked for.

    python marked_phrases.py tagged PAIRS > TAGGED      source sentences, their phrases as entities
    python marked_phrases.py judge TRANSLATED...        what came back of them

PAIRS is what `xner translate-spans --make-training-pairs` makes of held-out bitext, TRANSLATED what
`xner translate-spans --mode marker` (or plain) makes of TAGGED. The phrases of the reference travel
in `meta`. BLEU is sacrebleu's, on tokens, of the sentences without their markers.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_MARKER = re.compile(r"__SLOT(\d+)__")


def unmarked(tokens: list[str]) -> tuple[list[str], dict[int, tuple[int, int]]]:
    """The words between and beside markers, and where the phrase of each slot stands."""
    words: list[str] = []
    spans: dict[int, tuple[int, int]] = {}
    begun: dict[int, int] = {}
    for token in tokens:
        marker = _MARKER.fullmatch(token)
        if marker is None:
            words.append(token)
        elif int(marker[1]) in begun:
            spans[int(marker[1])] = (begun[int(marker[1])], len(words))
        else:
            begun[int(marker[1])] = len(words)
    return words, spans


def tagged(pairs: Path) -> Iterator[dict[str, Any]]:
    """Source sentences of the pairs that have slots, tagged, the reference in `meta`."""
    for record in map(json.loads, pairs.open(encoding="utf-8")):
        if not record["meta"].get("slots"):
            continue
        words, spans = unmarked(record["origin"]["tokens"])
        others, phrases = unmarked(record["tokens"])
        tags = ["O"] * len(words)
        for start, end in spans.values():
            tags[start:end] = ["B-X", *["I-X"] * (end - start - 1)]
        told = [[*spans[slot], others[slice(*phrases[slot])]] for slot in sorted(spans)]
        yield {
            "id": record["id"],
            "lang": "en",
            "tokens": words,
            "tags": tags,
            "meta": {"reference": others, "phrases": told},
        }


def judge(path: Path) -> str:
    """Survival of phrases, likeness of survivors to the reference's, and BLEU."""
    import sacrebleu

    total = alive = whole = count = 0
    likeness: list[float] = []
    texts: list[str] = []
    references: list[str] = []
    for record in map(json.loads, path.open(encoding="utf-8")):
        told = record["origin"]["meta"]
        rows = {tuple(row[2:]): row[:2] for row in record.get("alignment") or []}
        found = [(tuple(span), phrase) for *span, phrase in told["phrases"] if tuple(span) in rows]
        likeness += [f1(record["tokens"][slice(*rows[span])], phrase) for span, phrase in found]
        count += 1
        total += len(told["phrases"])
        alive += len(found)
        whole += len(found) == len(told["phrases"])
        texts.append(" ".join(record["tokens"]))
        references.append(" ".join(told["reference"]))
    bleu = sacrebleu.corpus_bleu(texts, [references], tokenize="none", force=True).score
    return (
        f"{path.name}: {count:,} sentences; phrases that survive {alive:,} of {total:,} "
        f"({alive / total:.1%}), all of a sentence {whole / count:.1%}; word F1 of survivors with "
        f"the reference {sum(likeness) / max(1, len(likeness)):.3f}; BLEU {bleu:.1f}"
    )


def f1(words: list[str], others: list[str]) -> float:
    """Harmonic mean of precision and recall of words, order aside."""
    shared = sum((Counter(words) & Counter(others)).values())
    return 2 * shared / (len(words) + len(others))


def main() -> None:
    """Do what is asked."""
    what, *paths = sys.argv[1:]
    for path in map(Path, paths):
        if what == "tagged":
            for record in tagged(path):
                print(json.dumps(record, ensure_ascii=False))
        else:
            print(judge(path))


if __name__ == "__main__":
    main()
