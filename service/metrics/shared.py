"""Where the processes of one service keep what they count, so that whichever of them is asked can answer for all.

Prometheus' client chooses where to count when it is loaded; so this is named before, and does not load it.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def counting_together() -> Generator[None]:
    """Let the processes started in this block count together; what they counted is forgotten at its end."""
    with TemporaryDirectory(prefix="gradus-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[VARIABLE] = folder
        try:
            yield
        finally:
            del os.environ[VARIABLE]


def folder() -> str | None:
    """Where this process counts together with others; None if it counts alone."""
    return os.environ.get(VARIABLE)
