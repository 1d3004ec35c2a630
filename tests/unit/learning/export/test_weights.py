"""Exported weights: other programs read them with the same bits."""

import io
import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from learning.export.npz import write_npz
from learning.export.pieces import PIECE_BYTES
from learning.export.safetensors import write_safetensors

RANDOM = np.random.default_rng(0)
ARRAYS = {
    "layer1.weights": RANDOM.normal(size=(5, 3)).astype(np.float32),
    "layer1.bias": np.zeros(3, np.float32),
}


def read_safetensors(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Read as the format's page describes it."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__")
    body = data[8 + length :]
    ends = [0]
    arrays: dict[str, np.ndarray] = {}
    for name, about in header.items():
        begin, end = about["data_offsets"]
        assert about["dtype"] == "F32"
        assert begin == ends[-1]
        ends.append(end)
        arrays[name] = np.frombuffer(body[begin:end], "<f4").reshape(about["shape"])
    assert ends[-1] == len(body)
    return arrays, metadata


def test_npz_is_read_by_numpy_without_pickle() -> None:
    with np.load(io.BytesIO(b"".join(write_npz(ARRAYS))), allow_pickle=False) as found:
        assert set(found) == set(ARRAYS)
        assert all(np.array_equal(found[name], array) for name, array in ARRAYS.items())


def test_safetensors_has_the_same_bits() -> None:
    found, metadata = read_safetensors(b"".join(write_safetensors(ARRAYS, {"model": "houses:1"})))

    assert metadata == {"model": "houses:1"}
    assert list(found) == list(ARRAYS)
    assert all(found[name].tobytes() == array.tobytes() for name, array in ARRAYS.items())


def test_the_header_begins_with_a_brace_and_ends_at_a_multiple_of_eight() -> None:
    data = b"".join(write_safetensors(ARRAYS, {}))

    assert data[8:9] == b"{"
    assert (8 + int.from_bytes(data[:8], "little")) % 8 == 0


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)), st.text())
def test_any_shape_and_text_survives(array: np.ndarray, text: str) -> None:
    found, metadata = read_safetensors(b"".join(write_safetensors({"x": array.T}, {"about": text})))

    assert metadata == {"about": text}
    assert found["x"].shape == array.T.shape
    assert found["x"].tobytes() == np.ascontiguousarray(array.T).tobytes()


@pytest.mark.parametrize("write", [write_npz, lambda arrays: write_safetensors(arrays, {})], ids=["npz", "safetensors"])
def test_large_weights_are_written_in_pieces(write: Callable[[Mapping[str, np.ndarray]], Iterator[bytes]]) -> None:
    large = {"layer1.weights": RANDOM.normal(size=(1000, 2000)).astype(np.float32)}
    tracemalloc.start()
    try:
        sizes = [len(piece) for piece in write(large)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert sum(sizes) > large["layer1.weights"].nbytes
    assert max(sizes) < 2 * PIECE_BYTES
    assert peak < large["layer1.weights"].nbytes / 4


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)))
def test_any_shape_survives_as_npz(array: np.ndarray) -> None:
    with np.load(io.BytesIO(b"".join(write_npz({"x": array.T, "y": array}))), allow_pickle=False) as found:
        assert found["x"].tobytes() == np.ascontiguousarray(array.T).tobytes()
        assert found["y"].shape == array.shape
