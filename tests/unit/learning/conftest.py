"""Random generators of modules, reset before each test."""

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def same_chance(request: pytest.FixtureRequest) -> None:
    """Begin each test with the same random numbers, whichever tests ran before it in this process."""
    for name in ("CHANCE", "RANDOM"):
        if (chance := getattr(request.module, name, None)) is not None:
            chance.bit_generator.state = np.random.default_rng(3).bit_generator.state
