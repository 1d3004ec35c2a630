"""Installations for the fault tests: one of each kind of database per file, with many faults injected in turn."""

import secrets
from collections.abc import Iterator

import pytest

from tests.faults.installation import InstallationUnderFaults

SEED = secrets.randbelow(2**32)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InstallationUnderFaults]:
    """An installation at work, with the results of undisturbed runs."""
    print(f"seed {SEED}")  # pytest shows it when a test fails
    installation = InstallationUnderFaults(request.param, tmp_path_factory.mktemp("installation"), SEED)
    try:
        installation.train_references()
        yield installation
    finally:
        installation.close()
