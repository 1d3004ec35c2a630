"""Files that are shared beside the checkout; tests of them are skipped where they are not there."""

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]


def find_shared_case(name: str) -> Path:
    """The path of a case file: in the folder that GRADUS_SHARED names, or in `shared` beside the checkout."""
    for folder in (os.environ.get("GRADUS_SHARED"), CHECKOUT.parent / "shared", CHECKOUT.parents[1] / "shared"):
        path = Path(folder or "") / "cases" / name
        if folder and path.exists():
            return path
    pytest.skip(f"the shared case {name} is not here")
