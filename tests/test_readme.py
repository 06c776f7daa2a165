"""README and docs are held to the code: what they show is run, and what they name exists."""

import inspect
import os
import re
import shutil
import subprocess
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import io_formats
from commands import config
from commands.main import COMMANDS, build_app
from commands.translate_spans import PRESETS as TRANSLATION_PRESETS
from tests import prose
from tests.conftest import XNER, outside_make
from tests.prose import PAGES, ROOT
from xner.alignment import ALIGNERS
from xner.losses import LOSSES
from xner.models import HEADS
from xner.projection import PROJECTORS
from xner.retrieval import INDEXES
from xner.tag_schemes import SCHEMES
from xner.training.objectives import build_objectives
from xner.training.presets import DISTILL_PRESETS, PRESETS
from xner.translation import ENGINES, MODES

APP: Any = get_command(build_app())
BY_NAME = {page.relative_to(ROOT).as_posix(): page for page in PAGES}
WITH_CONSOLE = [name for name, page in BY_NAME.items() if prose.blocks(page, "console")]
# options of other programs that the pages show
FOREIGN = {
    *("--pipe", "--keep-order", "--nproc-per-node", "--num_processes"),
    *("--output_dir", "--quantization"),  # of CTranslate2's converter
    "--update-golden",
}
# parameters whose values are names of a table
NAMED: dict[str, dict[str, str]] = {
    "engine": ENGINES,
    "engine_fallback": ENGINES,
    "mode": MODES,
    "match": PROJECTORS,
    "aligner": ALIGNERS,
    "index": INDEXES,
    "head": HEADS,
}
MAKEFILES = {
    "examples": ["demo"],
    "examples, crop": ["--file=crop.mk", "demo-crop"],
    "examples, transadv": ["--file=transadv.mk", "demo-transadv"],
    "examples, colada": ["--file=colada.mk", "demo-colada"],
    "examples, mcl-ner": ["--file=mcl-ner.mk", "demo-mcl-ner"],
    "benchmarks": ["ENCODER=encoder", "XNER_DATA=data", "all"],
    "benchmarks/accuracy": ["ENCODER=encoder", "XNER_DATA=data", "table"],
}


# --- what is shown is run


@pytest.mark.parametrize("name", WITH_CONSOLE)
def test_console_blocks_show_what_happens(name: str, tmp_path: Path, update_golden: bool):
    page = BY_NAME[name]
    written = page.read_text("utf-8")
    folder = _folder(tmp_path / "here", [block.text for block in prose.blocks(page, "python")])

    def replayed(match: re.Match[str]) -> str:
        if match["language"] != "console":
            return match[0]
        typed = prose.commands(match["text"])
        shown = "".join(f"$ {line}\n{_said(line, folder)}" for line in typed)
        return f"```console\n{shown}```"

    happened = prose.FENCE.sub(replayed, written)
    if update_golden:
        page.write_text(happened, "utf-8")
    assert happened == (page.read_text("utf-8") if update_golden else written)


def test_there_are_pages_and_blocks_to_hold_to_the_code():
    consoles = [block for page in PAGES for block in prose.blocks(page, "console")]
    assert len(PAGES) >= 17
    assert len(WITH_CONSOLE) >= 8
    assert sum(len(prose.commands(block.text)) for block in consoles) >= 25
    assert all(block.text.startswith("$ ") for block in consoles)


def _folder(folder: Path, files: list[str]) -> Path:
    """A copy of examples/ as it is tracked, and the page's python blocks that name their file."""
    made = shutil.ignore_patterns("models", "work")
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=made)
    for text in files:
        if name := re.match(r"# (\w+\.py)\n", text):
            (folder / name[1]).write_text(text, "utf-8")
    return folder


def _said(line: str, folder: Path) -> str:
    """What a terminal shows for a line of shell, and how it ended if not well."""
    done = subprocess.run(
        ["bash", "-c", line],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        | {
            "PATH": f"{XNER.parent}{os.pathsep}{os.environ['PATH']}",
            "XDG_CACHE_HOME": str(folder / ".cache"),
        },
        timeout=120,
    )
    text = done.stdout.decode()
    if text and not text.endswith("\n"):
        text += "\n"
    return text + (f"[exit {done.returncode}]\n" if done.returncode else "")


# --- what is written can be typed


def _shell_lines() -> dict[str, list[list[str]]]:
    """Every `xner` line of the pages, by page."""
    found: dict[str, list[list[str]]] = {}
    for name, page in BY_NAME.items():
        typed = [block.text for block in prose.blocks(page, "sh")]
        typed += [line for b in prose.blocks(page, "console") for line in prose.commands(b.text)]
        spans = [code for code in prose.inline_code(page) if code.startswith("xner ")]
        typed += [code for code in spans if code.split()[1] in COMMANDS]
        found[name] = [arguments for text in typed for arguments in prose.invocations(text)]
    return found


def test_lines_of_the_pages_parse():
    lines = _shell_lines()
    assert len(lines["README.md"]) >= 6
    assert sum(map(len, lines.values())) >= 40
    for arguments in chain.from_iterable(lines.values()):
        _parse(arguments)


@pytest.mark.parametrize("makefile", MAKEFILES)
def test_lines_of_makefiles_parse(makefile: str):
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", "XNER=xner", *MAKEFILES[makefile]],
        capture_output=True,
        text=True,
        cwd=ROOT / makefile.split(",")[0],
        env=outside_make(),
    )
    assert done.returncode == 0, done.stderr
    lines = list(prose.invocations(done.stdout))
    assert len(lines) >= 5
    for arguments in lines:
        _parse(arguments)


def _parse(arguments: list[str]) -> None:
    """Fails for a command, an option, or the name of a loss and the like that there is not."""
    said = f"xner {' '.join(arguments)}"
    name, *rest = arguments
    if name.startswith("-"):
        assert name in _options(APP), said
        return
    assert name in COMMANDS, said
    try:
        values = APP.commands[name].make_context(name, rest).params
    except Exception as error:
        raise AssertionError(f"{said}: {error}") from error
    build_objectives(values.get("loss") or [])
    for parameter, table in NAMED.items():
        value = values.get(parameter)
        assert value is None or ":" in value or value.partition(",")[0] in table, said
    for form in (values.get("from_format"), values.get("gold_from"), values.get("to_format")):
        assert form is None or form.split(",")[0] in {*io_formats.FORMATS, "pretty"}, said


def _options(command: Any) -> set[str]:
    spelled = [(*parameter.opts, *parameter.secondary_opts) for parameter in command.params]
    return {"--help", *chain.from_iterable(spelled)}


# --- what there is, is written about; what is written about, there is


def _words_in_code() -> set[str]:
    code = [text for page in PAGES for text in prose.inline_code(page)]
    code += [block.text for page in PAGES for block in prose.blocks(page)]
    return set(re.findall(r"[A-Za-z][\w-]*", "\n".join(code)))


def test_every_name_of_a_table_is_written_about():
    names = [
        *COMMANDS,
        *LOSSES,
        *ENGINES,
        *MODES,
        *PROJECTORS,
        *ALIGNERS,
        *INDEXES,
        *HEADS,
        *SCHEMES,
        *PRESETS,
        *DISTILL_PRESETS,
        *TRANSLATION_PRESETS,
        *io_formats.FORMATS,
        *io_formats.SUFFIXES,
    ]
    assert len(names) >= 30
    words = _words_in_code()
    assert [name for name in names if name.lstrip(".") not in words] == []


def test_every_option_of_a_format_is_written_about():
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    options = set()
    for target in io_formats.FORMATS.values():
        module = import_module(target)
        for role in filter(None, (getattr(module, "read", None), getattr(module, "writer", None))):
            parameters = inspect.signature(role).parameters.values()
            options |= {p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
    assert len(options) >= 9
    missing = [name for name in options if f"`{name.replace('_', '-')}=" not in page]
    assert missing == []


def test_every_option_written_about_exists():
    known = _options(APP) | FOREIGN
    for command in APP.commands.values():
        known |= _options(command)
    named = {
        option
        for page in PAGES
        for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", page.read_text("utf-8"))
    }
    assert len(named) >= 30
    assert sorted(named - known) == []
    assert named >= FOREIGN


def test_links_lead_somewhere():
    links = [
        (page, target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
        if "://" not in target
    ]
    assert len(links) >= 12
    for page, target in links:
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in _anchors(file), f"{page.name} links to {target}"


def test_every_page_is_linked_from_the_readme():
    readme = PAGES[0].read_text("utf-8")
    assert [name for name in BY_NAME if name != "README.md" and f"({name})" not in readme] == []


def _anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# --- the configuration of the examples


def test_the_examples_configuration_is_accepted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT / "examples")
    commands = {name: command.callback for name, command in APP.commands.items()}
    found = config.defaults(COMMANDS, commands)
    assert set(found) >= {"weak-tag", "translate-spans", "train", "evaluate"}
    for name, values in found.items():
        context = APP.commands[name].make_context(name, [], default_map=values)
        assert {key: str(context.params[key]) for key in values} == {
            key: str(value) for key, value in values.items()
        }
