"""The built wheel, installed by itself, runs wherever it is called."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_wheel_runs_from_a_folder_with_decoys(tmp_path):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path / "dist", ROOT]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    subprocess.run(
        [*pip, "install", "--no-deps", "--target", site, wheel], check=True, capture_output=True
    )
    assert {"xner", "commands", "io_formats"} <= {path.name for path in site.iterdir()}
    assert not (site / "tests").exists()
    assert (site / "xner/py.typed").is_file()
    decoy = tmp_path / "elsewhere"
    for name in ("commands", "io_formats", "xner"):
        (decoy / name).mkdir(parents=True)
        (decoy / name / "__init__.py").write_text("raise ImportError('the decoy was imported')\n")
    done = subprocess.run(
        [site / "bin/xner", "convert", "-"],
        input=b"Anna B-PER\nlacht O\n",
        cwd=decoy,
        env={"PYTHONPATH": str(site), "PATH": ""},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b'"tokens":["Anna","lacht"]' in done.stdout
