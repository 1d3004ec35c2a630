"""A real S3 endpoint for tests: moto's server in a process of its own, with a bucket for each test."""

import os
import re
import secrets
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from contract.settings import Settings
from tests.running import Process, wait_for


class ObjectStorage:
    """The server, on a free port; call `start` again after `process.kill()` for one without its objects."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        if find_spec("moto") is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("moto[server] is not installed")
        self.folder = Path(tempfile.mkdtemp(prefix="gradus-"))
        command = [sys.executable, "-m", "moto.server", "-H", address, "-p", "0"]
        self.process = Process(command, self.folder / "log")
        self.endpoint = wait_for(self._address, "the S3 server")

    def bucket(self) -> dict[str, Any]:
        """The settings that keep files in a new bucket."""
        name = f"gradus-{secrets.token_hex(6)}"
        with urlopen(Request(f"{self.endpoint}/{name}", method="PUT")):
            pass
        return {
            "storage_url": f"s3://{name}/some/where",
            "s3_endpoint": self.endpoint,
            "s3_access_key_id": "tests",
            "s3_secret_access_key": "not-a-secret",
        }

    def uploads(self, settings: dict[str, Any]) -> str:
        """The bucket's list of uploads that have not ended, as XML."""
        name = settings["storage_url"].split("/")[2]
        with urlopen(f"{self.endpoint}/{name}?uploads") as answer:
            return answer.read().decode()

    def remove(self) -> None:
        self.process.kill()
        shutil.rmtree(self.folder)

    def _address(self) -> str:
        assert self.process.is_running, self.process.read_log()
        found = re.search(r"Running on (http://[\d.]+:\d+)", self.process.read_log())
        return found[1] if found else ""


def make_settings(folder: Path, chosen: dict[str, Any]) -> Settings:
    """Settings with a data folder, and a bucket's if there is one."""
    return Settings(data_dir=folder, **chosen)
