"""Hypothesis without deadlines, and random generators of modules reset before each test."""

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def same_chance(request: pytest.FixtureRequest) -> None:
    """Begin each test with the same random numbers, whichever tests ran before it in this process."""
    for name in ("CHANCE", "RANDOM"):
        if (chance := getattr(request.module, name, None)) is not None:
            chance.bit_generator.state = np.random.default_rng(3).bit_generator.state
