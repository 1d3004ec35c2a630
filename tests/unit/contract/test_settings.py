"""Settings that are refused in one line, without the password in it."""

from pathlib import Path

import pytest

from contract.settings import InvalidSettings, load_settings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"port": "http"}, "GRADUS_PORT must be a valid integer"),
        ({"broker_url": "redis://:hush@hush/hush@host/0"}, "GRADUS_BROKER_URL must be a URL such as"),
        ({"broker_url": "redis://:hush#hush@host:6379/0"}, "GRADUS_BROKER_URL must be a URL such as"),
        ({"broker_url": "hush"}, "GRADUS_BROKER_URL must be a URL such as"),
    ],
)
def test_wrong_settings_are_one_line_without_the_password(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load_settings(data_dir=tmp_path, **settings)

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "hush" not in str(caught.value)
