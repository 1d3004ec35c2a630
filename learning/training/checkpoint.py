"""Checkpoints: the state of a training and its bytes, with which it resumes to the same bits.

Randomness is a function of seed and epoch, so there is no generator's state: only vectors, and a few numbers.
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
from learning.optim.plateau import PatienceState
from learning.serialization import from_json, to_json

MAGIC: Final = b"GRADUSC\x01"
MAX_HEADER_BYTES: Final = 2**20
CHUNK_BYTES: Final = 2**20
_LENGTH_BYTES = 8

Count = Annotated[int, Ge(0)]


@dataclass(frozen=True, kw_only=True)
class Position:
    """The position of a training: the epoch from 1 (after the last, one more), and sums over the rows of it so far.

    Attributes:
        rows: The training rows of this epoch that were trained on.
        losses: The sum of their losses.
        norms: The sum of the gradient norms of their batches.
    """

    epoch: Annotated[int, Ge(1)] = 1
    rows: Count = 0
    losses: float = 0.0
    norms: float = 0.0


@dataclass(frozen=True, kw_only=True)
class TrainingState:
    """The state of a training besides its vectors.

    Attributes:
        full_rate: The learning rate before the schedule's factor; a plateau lowers it.
        patience: The state of early stopping.
        plateau: The state of a plateau schedule; None with another.
        best_epoch: The epoch with the lowest monitored error, 0 before the first.
        lowest: That error, a loss or minus a metric; None before the first.
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
    """The state and the vectors of a training, all of one dtype.

    The vectors of a new checkpoint are the training's own, and valid only until it continues.
    """

    state: TrainingState
    vectors: Sequence[NDArray[np.floating]]

    def to_chunks(self) -> Iterator[bytes]:
        """Serialize the checkpoint in chunks of a mebibyte, without a copy of the whole.

        The format is a magic number, the length of the header (8 bytes, little-endian), the header in JSON, and the
        vectors one after another, little-endian.
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
        """Deserialize a checkpoint of this SHA-256 (hexadecimal); its vectors are views into the data.

        Raises:
            CorruptCheckpoint: if these are not the bytes of a checkpoint, or not of this SHA-256.
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
