"""Installations for the fault tests: one per file, of its database, with many faults injected in turn."""

import secrets
from collections.abc import Generator, Iterator

import pytest

from tests.faults.installation import InstallationUnderFaults

SEED = secrets.randbelow(2**32)
LOG_LETTERS = 4000


@pytest.fixture(scope="module")
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[InstallationUnderFaults]:
    """An installation at work, with the results of undisturbed runs."""
    print(f"seed {SEED}")  # pytest shows it when a test fails
    installation = InstallationUnderFaults(request.module.DATABASE, tmp_path_factory.mktemp("installation"), SEED)
    try:
        installation.train_references()
        yield installation
    finally:
        installation.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the running workers wrote last to the report of a failed test."""
    report = yield
    installation = getattr(item, "funcargs", {}).get("installation")
    if report.failed and isinstance(installation, InstallationUnderFaults):
        for worker in installation.workers():
            title = f"worker {worker.pid} with trainers {worker.trainers()}"
            report.sections.append((title, worker.read_log()[-LOG_LETTERS:]))
    return report
