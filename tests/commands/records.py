"""Records of sentences as lines of JSON, and two of them."""

import json
from typing import Any

Record = dict[str, Any]


def record(number: int, tokens: str, tags: str | None = None, **fields: Any) -> Record:
    made = {"id": f"t:{number}", "lang": "de", "tokens": tokens.split(), **fields}
    return made if tags is None else {**made, "tags": tags.split()}


def lines(*records: Record) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def rows(output: bytes) -> list[Record]:
    return [json.loads(line) for line in output.splitlines()]


ANNA = record(1, "Anna wohnt in Bad Ragaz .", "B-PER O O B-LOC I-LOC O", meta={"k": 1}, extra="x")
NOBODY = record(2, "Es regnet .", "O O O")
