"""Options that several commands share, declared once."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class OnError(StrEnum):
    """What to do with a record that cannot be read or processed."""

    fail = "fail"
    skip = "skip"


class Device(StrEnum):
    """Where tensors live."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


@dataclass(frozen=True)
class Inputs:
    """Where sentences come from."""

    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="Files to read; - or nothing is standard input."),
    ] = None
    from_format: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="jsonl, conll, conllu, text, conner or conlleval, with options as in "
            "conll,tag=2; told from the first bytes if not given.",
        ),
    ] = None
    encoding: Annotated[str, "Character encoding of the input."] = "utf-8"


@dataclass(frozen=True)
class Reading(Inputs):
    """Where sentences come from, and how strictly they are read."""

    lang: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="Language of sentences that do not name theirs (BCP-47)."),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="Refuse ill-formed tag sequences.")] = (
        False
    )
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Take only every N-th record, from the I-th.")
    ] = None
    on_error: Annotated[OnError, "Stop at a record that cannot be read, or skip and count it."] = (
        OnError.fail
    )
    rejects: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep skipped and dropped records here.")
    ] = None


@dataclass(frozen=True)
class Writing:
    """Where sentences go."""

    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="File to write; - is stdout.")
    ] = "-"
    to_format: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help="jsonl, conll, conllu, text, pharaoh or pretty, with options as in "
            "conll,scheme=bioes; told from the output's suffix if not given, else pretty on a "
            "terminal and jsonl in a pipe.",
        ),
    ] = None


@dataclass(frozen=True)
class Manners:
    """How much a command says on standard error."""

    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Errors only.")] = False
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")] = False
    log_json: Annotated[bool, typer.Option("--log-json", help="Messages as JSON lines.")] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False


@dataclass(frozen=True)
class Compute:
    """Where and how tensors are computed."""

    device: Annotated[Device, "Where to compute."] = Device.auto
    batch_tokens: Annotated[
        int, typer.Option(min=1, help="Word pieces of one batch, padding included.")
    ] = 4096
    window: Annotated[
        int, typer.Option(min=1, help="Sentences read ahead, to batch those of like length.")
    ] = 1024
    gpu_lock: Annotated[
        bool, typer.Option(help="Wait while another xner command of the pipe uses the GPU.")
    ] = True
    offline: Annotated[bool, typer.Option("--offline", help="Never ask a model hub.")] = False
