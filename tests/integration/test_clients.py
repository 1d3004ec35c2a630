"""The environment of other people's clients: it has those of its lock file."""

import re

from tests.clients.environment import ROOT, run_client


def test_the_clients_are_those_of_the_lock_file() -> None:
    lock = dict(re.findall(r"^(\S+)==(\S+)", (ROOT / "tests/clients/requirements.lock").read_text(), re.MULTILINE))
    found = run_client("versions.py")
    assert found == {name: lock[name] for name in ("mlflow", "tritonclient")}
