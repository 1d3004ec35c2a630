"""Exported weights: other programs read them with the same bits."""

import io
import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from learning.export.npz import write_npz
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
    with np.load(io.BytesIO(write_npz(ARRAYS)), allow_pickle=False) as found:
        assert set(found) == set(ARRAYS)
        assert all(np.array_equal(found[name], array) for name, array in ARRAYS.items())


def test_safetensors_has_the_same_bits() -> None:
    found, metadata = read_safetensors(write_safetensors(ARRAYS, {"model": "houses:1"}))

    assert metadata == {"model": "houses:1"}
    assert list(found) == list(ARRAYS)
    assert all(found[name].tobytes() == array.tobytes() for name, array in ARRAYS.items())


def test_the_header_begins_with_a_brace_and_ends_at_a_multiple_of_eight() -> None:
    data = write_safetensors(ARRAYS, {})

    assert data[8:9] == b"{"
    assert (8 + int.from_bytes(data[:8], "little")) % 8 == 0


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)), st.text())
def test_any_shape_and_text_survives(array: np.ndarray, text: str) -> None:
    found, metadata = read_safetensors(write_safetensors({"x": array.T}, {"about": text}))

    assert metadata == {"about": text}
    assert found["x"].shape == array.T.shape
    assert found["x"].tobytes() == np.ascontiguousarray(array.T).tobytes()
