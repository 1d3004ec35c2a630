"""`EmbeddingSpec`: from how many repeated values on a column's values get vectors that are learned, and how long."""

from dataclasses import dataclass, field
from typing import Annotated, Final

from annotated_types import Ge, Le

from learning.descriptions import describe

MAX_DIMENSIONS: Final = 256 * 16
"""The maximum numbers in the vector of a value in a model, which 16 nets may have become."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingSpec:
    """Embeddings: each value of a column with many values gets a vector, which is learned."""

    min_categories: Annotated[int, Ge(1), Le(1_000_000)] = field(
        default=65,
        metadata=describe(
            "Values that repeat in the training rows from which on a column gets embeddings; one with fewer is one-hot."
        ),
    )
    dimensions: Annotated[int, Ge(1), Le(256)] = field(
        default=8, metadata=describe("Numbers in the vector of each value.")
    )


DEFAULT_EMBEDDING = EmbeddingSpec()
