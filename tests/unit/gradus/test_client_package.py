"""The package of the client alone: it needs no more than it declares, and says so where a server is asked for."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]

RUN_WITHOUT_SERVER = """
import importlib.metadata, importlib.util, pkgutil, re, sys

declared, allowed = sys.argv.pop(1).split(), set()
while declared:
    name = re.split("[^A-Za-z0-9._-]", declared.pop())[0].lower().replace("_", "-")
    if name not in allowed:
        allowed.add(name)
        try:
            needed = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:  # one for other systems or versions
            needed = []
        declared += [line for line in needed if "extra ==" not in line]
absent = {"service", "store", "tables", "worker", "migrations"}
for module, owners in importlib.metadata.packages_distributions().items():
    if not {owner.lower().replace("_", "-") for owner in owners} & {*allowed, "gradus"}:
        absent.add(module)

class Absence:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(name, name=name)

find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in absent else find_spec(name, package)
sys.meta_path.insert(0, Absence())
assert {"flask", "celery", "polars", "sqlalchemy"} <= absent

import gradus
gradus.Client, gradus.Job
for module in pkgutil.walk_packages(gradus.__path__, "gradus."):
    if not module.name.startswith("gradus.launcher"):
        importlib.import_module(module.name)
from gradus.cli import app
sys.exit(app())
"""


def read_project(path: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / path / "pyproject.toml").read_text())["project"]


def test_the_client_has_the_version_and_the_bounds_of_the_whole() -> None:
    whole, client = read_project("."), read_project("client")
    assert client["version"] == whole["version"]
    assert set(client["dependencies"]) < set(whole["dependencies"])


def test_the_client_needs_nothing_else_and_says_that_it_runs_no_server() -> None:
    names = " ".join(read_project("client")["dependencies"])
    command = [sys.executable, "-c", RUN_WITHOUT_SERVER, names, "up"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert ran.returncode == 2, ran.stderr
    assert ran.stderr.startswith("gradus: Only the client of Gradus is installed here")
    assert "GRADUS_URL" in ran.stderr
