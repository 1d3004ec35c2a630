"""The demo of the README trains and predicts, and exits with status 0."""

import subprocess
import sys

import pytest

from tests.e2e.installation import EXAMPLES, environment


@pytest.mark.timeout(300)
def test_the_demo_shows_the_whole_journey(tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("anywhere")
    ran = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py"],
        capture_output=True,
        text=True,
        cwd=elsewhere,
        env=environment(),
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("$ curl ") == 8
    assert "accuracy: " in ran.stdout
    assert "typical error (RMSE): " in ran.stdout
    assert "no process is left behind" in ran.stdout
