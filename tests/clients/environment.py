"""The environment `.clients`, which `make clients` installs: MLflow with its server, and Triton's HTTP client.

Where it is not installed, what needs it is skipped, and on CI it fails.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
BIN: Final = ROOT / ".clients" / "bin"
SECONDS: Final = 240
"""As long as a client may take; a busy machine imports MLflow in a minute."""


def client_program(name: str = "python") -> Path:
    """The path of a program of the environment, such as `python` or `mlflow`; skips the test, on CI fails it."""
    if not (ROOT / ".clients" / ".ready").exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there are no clients: make clients")
    return BIN / name


def run_client(script: str, *arguments: object, **environment: str) -> Any:
    """What a script of this folder prints as JSON.

    Args:
        script: its file's name, such as `triton.py`.
        *arguments: its command line.
        **environment: variables to add to its environment.

    Raises:
        AssertionError: it ended with an error, which is shown whole.
    """
    variables = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONWARNINGS": "ignore"}
    command = [client_program(), "-P", ROOT / "tests" / "clients" / script, *map(str, arguments)]
    found = subprocess.run(
        command, env=variables | environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return json.loads(found.stdout)
