"""Randomness as a pure function of (seed, purpose, epoch).

No generator's state outlives an epoch, so a training that resumes from a checkpoint draws the same numbers as one that
was never interrupted.
"""

from hashlib import blake2b

import numpy as np


def rng_for(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """Return a new generator; equal arguments give equal numbers, others independent ones."""
    digest = blake2b(f"{seed} {epoch} {purpose}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))
