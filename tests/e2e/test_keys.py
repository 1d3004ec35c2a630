"""API keys end to end: the first key turns authentication on, and each key has its scopes."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradus import Client
from gradus.errors import Unauthorized
from tests.e2e.installation import GRADUS, Installation, environment


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "data")
    yield installation
    installation.close()


def test_keys_are_created_listed_and_revoked(own: Installation) -> None:
    def gradus(*words: str, key: str = "") -> subprocess.CompletedProcess[str]:
        settings = environment(GRADUS_URL=own.url, GRADUS_API_KEY=key)
        return subprocess.run([GRADUS, *words], env=settings, capture_output=True, text=True, check=False)

    admin = gradus("keys", "create", "me", "--scope", "admin").stdout.strip()
    refused = gradus("models")
    assert refused.returncode == 1
    assert "GRADUS_API_KEY" in refused.stderr

    made = json.loads(gradus("keys", "create", "shop", "--scope", "read", "--owner", "ann", "--json", key=admin).stdout)
    with Client(own.url, made["key"]) as ann:
        assert list(ann.models.list()) == []
        with pytest.raises(Unauthorized, match="scope train"):
            ann.datasets.upload([{"a": 1}], name="t")
        with pytest.raises(Unauthorized, match="scope admin"):
            list(ann.keys.list())

        assert made["id"] in gradus("keys", "list", key=admin).stdout
        assert "me" not in gradus("keys", "list", "--owner", "ann", key=admin).stdout.split()
        assert "did you mean" in gradus("keys", "create", "x", "--scope", "predit", key=admin).stderr.lower()
        gradus("keys", "revoke", made["id"], key=admin)
        with pytest.raises(Unauthorized, match="revoked"):
            list(ann.models.list())
    assert "revoked" in gradus("keys", "list", key=admin).stdout
