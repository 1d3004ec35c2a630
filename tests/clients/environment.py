"""The environments that `make clients` installs: `.clients` with MLflow and Triton's client, and two of their own.

KServe's and MLServer's clients fit no other environment, and not every Python. Where `.clients` is not installed, what
needs it is skipped, and on CI it fails; where one of the others could not be, it is skipped with the reason.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
OWN: Final = {"kserve_client.py": ".clients-kserve", "mlserver_client.py": ".clients-mlserver"}
"""The scripts that need an environment of their own."""
SECONDS: Final = 240
"""As long as a client may take; a busy machine imports MLflow in a minute."""


def client_program(name: str = "python", folder: str = ".clients") -> Path:
    """The path of a program of an environment, such as `python` or `mlflow`; skips the test, on CI may fail it."""
    environment = ROOT / folder
    if not (environment / ".ready").exists():
        reason = environment / "reason"
        if folder in OWN.values() and reason.exists():
            pytest.skip(f"{folder} could not be installed: {reason.read_text()}")
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there are no clients: make clients")
    return environment / "bin" / name


def run_client(script: str, *arguments: object, **environment: str) -> Any:
    """What a script of this folder prints as JSON in its last line.

    Args:
        script: its file's name, such as `triton.py`.
        *arguments: its command line.
        **environment: variables to add to its environment.

    Raises:
        AssertionError: it ended with an error, which is shown whole.
    """
    variables = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONWARNINGS": "ignore"}
    program = client_program(folder=OWN.get(script, ".clients"))
    command = [program, "-P", ROOT / "tests" / "clients" / script, *map(str, arguments)]
    found = subprocess.run(
        command, env=variables | environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return json.loads(found.stdout.splitlines()[-1])
