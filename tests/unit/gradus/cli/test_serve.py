"""What `gradus up` logs on a terminal."""

from pathlib import Path

import pytest

from contract.settings import load_settings
from gradus.cli.serve import log_problems_alone


def test_on_a_terminal_only_problems_are_logged_unless_somebody_chose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(data_dir=tmp_path).log_requests == "all"
    assert log_problems_alone(load_settings(data_dir=tmp_path)).log_requests == "problems"
    monkeypatch.setenv("GRADUS_LOG_LEVEL", "info")
    assert log_problems_alone(load_settings(data_dir=tmp_path)).log_requests == "all"
    monkeypatch.delenv("GRADUS_LOG_LEVEL")
    monkeypatch.setenv("GRADUS_LOG_REQUESTS", "all")
    assert log_problems_alone(load_settings(data_dir=tmp_path)).log_requests == "all"
