"""A training in the middle of its way, as bytes: all that is needed to go on as if it had never been interrupted.

Randomness is a function of seed and epoch, so no generator is in it: only vectors, and a few numbers.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import numpy as np
from annotated_types import Ge, MaxLen
from numpy.typing import NDArray

from learning.errors import CorruptCheckpoint
from learning.serialization import from_json, to_json

MAGIC: Final = b"GRADUSC\x01"
MAX_HEADER_BYTES: Final = 2**20
CHUNK_BYTES: Final = 2**20
_LENGTH_BYTES = 8

Count = Annotated[int, Ge(0)]


@dataclass(frozen=True, kw_only=True)
class Position:
    """How far a training is: the epoch it is in, and what it has of it.

    Attributes:
        epoch: Counted from 1; one more than the epochs that were to be trained, after the last.
        rows: How many training rows of this epoch were learned from.
        losses: The sum of their losses.
        norms: The sum of the gradient norms of their batches.
    """

    epoch: Annotated[int, Ge(1)] = 1
    rows: Count = 0
    losses: float = 0.0
    norms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class PatienceState:
    """How long a loss has not fallen, and the lowest that counted; None before the first."""

    lowest: float | None
    waited: Count


@dataclass(frozen=True, kw_only=True)
class TrainingState:
    """What a training knows besides its vectors.

    Attributes:
        place: How far it is.
        full_rate: The learning rate before the schedule's part of it; a plateau lowers it.
        patience: How long it has waited for a lower loss.
        plateau: The same of a plateau schedule; None with another.
        best_epoch: The epoch with the lowest watched loss, 0 before the first.
        lowest: That loss; None before the first.
    """

    place: Position
    full_rate: float
    patience: PatienceState
    plateau: PatienceState | None
    best_epoch: Count
    lowest: float | None


@dataclass(frozen=True, kw_only=True)
class _Header:
    state: TrainingState
    dtype: Literal["<f4", "<f8"]
    sizes: Annotated[tuple[Count, ...], MaxLen(65_536)]


@dataclass(frozen=True)
class TrainingCheckpoint:
    """A training at one moment.

    Attributes:
        state: Its numbers.
        vectors: Its vectors, all of one dtype. They are the training's own where it was just taken, and hold only until
            it goes on.
    """

    state: TrainingState
    vectors: Sequence[NDArray[np.floating]]

    def to_chunks(self) -> Iterator[bytes]:
        """The snapshot as bytes, about a mebibyte at a time, so that it costs no memory of its own.

        They are a magic number, the length of the header (8 bytes, little-endian), the header in JSON, and the vectors
        one after the other, little-endian.
        """
        dtype: Literal["<f4", "<f8"] = "<f4" if self.vectors[0].dtype == np.float32 else "<f8"
        sizes = tuple(vector.size for vector in self.vectors)
        header = json.dumps(
            to_json(_Header(state=self.state, dtype=dtype, sizes=sizes)), separators=(",", ":"), allow_nan=False
        ).encode()
        yield MAGIC + len(header).to_bytes(_LENGTH_BYTES, "little") + header
        for vector in self.vectors:
            flat = np.ascontiguousarray(vector, dtype).reshape(-1).view(np.uint8)
            for start in range(0, len(flat), CHUNK_BYTES):
                yield flat[start : start + CHUNK_BYTES].tobytes()

    @classmethod
    def from_bytes(cls, data: memoryview, sha256: str) -> "TrainingCheckpoint":
        """The snapshot again; its vectors are views into the data.

        Args:
            data: All of its bytes.
            sha256: Their SHA-256 in hexadecimal, kept elsewhere when they were written.

        Raises:
            TornSnapshot: if these are not the bytes that were written, or not those of a snapshot.
        """
        if hashlib.sha256(data).hexdigest() != sha256:
            raise CorruptCheckpoint("These bytes were cut or changed since they were written: their checksum differs.")
        start = len(MAGIC) + _LENGTH_BYTES
        if bytes(data[: len(MAGIC)]) != MAGIC or len(data) < start:
            raise CorruptCheckpoint("These bytes do not begin as a snapshot of this version does.")
        length = int.from_bytes(data[len(MAGIC) : start], "little")
        if length > min(MAX_HEADER_BYTES, len(data) - start):
            raise CorruptCheckpoint(f"The snapshot's header claims {length} bytes.")
        try:
            header = from_json(_Header, json.loads(bytes(data[start : start + length])))
        except (ValueError, RecursionError) as fault:
            raise CorruptCheckpoint(f"The snapshot's header cannot be read: {fault}") from fault
        dtype, rest = np.dtype(header.dtype), data[start + length :]
        if len(rest) != dtype.itemsize * sum(header.sizes):
            raise CorruptCheckpoint(f"The snapshot's vectors have {len(rest)} bytes, not those that its header claims.")
        numbers = np.frombuffer(rest, dtype)
        return cls(header.state, np.split(numbers, np.cumsum(header.sizes)[:-1]))
