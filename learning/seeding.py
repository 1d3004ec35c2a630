"""Randomness as a pure function of (seed, purpose, epoch).

No generator is carried from one epoch to the next, so there is no state to lose: a run that goes on after a crash draws
the same numbers as one that was never interrupted.
"""

from hashlib import blake2b

import numpy as np


def rng_for(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """Return a fresh generator; the same three always give the same numbers, any other three unrelated ones."""
    digest = blake2b(f"{seed} {epoch} {purpose}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))
