"""The commands and programs of the README, run as they are printed there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.installation import Installation

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
WRITTEN = "http://127.0.0.1:8000"


def code(name: str, page: str = README) -> str:
    """The block of code in the README, or in another page, that is marked with this name."""
    found = re.search(rf"<!-- run: {name} -->\n```\w+\n(.*?)```", page, re.DOTALL)
    assert found, name
    return found[1]


def run(command: list[str], text: str, server: Installation, folder: Path) -> str:
    (folder / "examples").symlink_to(ROOT / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*command, text.replace(WRITTEN, server.url)],
        cwd=folder,
        env={**os.environ, "PATH": path, "GRADUS_URL": server.url},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_of_daily_use_work(server: Installation, tmp_path: Path) -> None:
    output = run(["bash", "-euo", "pipefail", "-c"], code("gradus"), server, tmp_path)
    assert "penguins" in output
    assert (tmp_path / "species.csv").read_text().count("\n") == 345


@pytest.mark.parametrize(
    ("page", "said"), [("intervals", "545 of the nets' folds"), ("monitoring", "344 recorded predictions")]
)
def test_the_commands_of_other_pages_work(server: Installation, tmp_path: Path, page: str, said: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text()
    output = run(["bash", "-euo", "pipefail", "-c"], f"exec 2>&1\n{code('gradus', text)}", server, tmp_path)
    assert said in output


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_curl_walkthrough_works(server: Installation, tmp_path: Path) -> None:
    output = run(["bash", "-euo", "pipefail", "-c"], code("curl"), server, tmp_path)
    assert '"suggestion":"price"' in output
    assert "event: end" in output
    values = [json.loads(found)["predictions"] for found in re.findall(r'\{"object":"prediction".*?\]\}', output)]
    assert [len(predictions) for predictions in values] == [1, 2, 2]
    header, *rows = (tmp_path / "priced.csv").read_text().splitlines()
    assert header.endswith(",warnings")
    assert len(rows) == 59
    assert all(float(row.split(",")[0]) > 0 for row in rows)


def test_the_python_of_the_readme_works(server: Installation, tmp_path: Path) -> None:
    output = run([sys.executable, "-c"], code("python"), server, tmp_path)
    assert output.startswith("succeeded")
    assert "Gentoo" in output


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_the_javascript_of_the_readme_works(server: Installation, tmp_path: Path) -> None:
    run(
        ["bash", "-euo", "pipefail", "-c"],
        "gradus train examples/houses.csv --target price --epochs 3",
        server,
        tmp_path,
    )
    (tmp_path / "examples").unlink()
    output = run(["node", "--input-type=module", "--eval"], code("javascript"), server, tmp_path)
    assert float(output) > 0
