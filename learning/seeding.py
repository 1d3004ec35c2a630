"""Randomness as a pure function of (seed, purpose, epoch).

No generator's state outlives an epoch, so a training that resumes from a checkpoint draws the same numbers as one that
was never interrupted.
"""

from hashlib import blake2b

import numpy as np


def derive_seed(seed: int, purpose: str) -> int:
    """Return a seed of another training, such as of another net; below 2**53, as a double can hold."""
    return int.from_bytes(blake2b(f"{seed} {purpose}".encode(), digest_size=8).digest(), "little") % 2**53


def rng_for(seed: int, purpose: str, epoch: int = 0) -> np.random.Generator:
    """Return a new generator; equal arguments give equal numbers, others independent ones."""
    digest = blake2b(f"{seed} {epoch} {purpose}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))
