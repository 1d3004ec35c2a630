"""Preparing a training: nets that are refused before they take memory, and pictures that stay in a file."""

import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from learning.column_format import ColumnFormat
from learning.data import table_chunks
from learning.data.prepare import prepare
from learning.errors import LearningError
from learning.frame import CategoricalColumn, Frame, ImageColumn
from learning.model import compute_weights_sha256
from learning.nn.layers import Conv, Pool
from learning.nn.net import NeuralNet
from tests.integration.worker.tables_to_learn import sums
from tests.running import Installation
from tests.unit.learning.trainings import create_trainer
from tests.unit.worker.conftest import claim_again
from tests.unit.worker.training.test_checkpointer import make_trainer
from worker.context import WorkerContext
from worker.training.row_storage import ArrayAllocator


def test_a_net_whose_model_cannot_be_stored_is_refused_with_both_numbers(
    installation: Installation, context: WorkerContext
):
    layers = [{"type": "dense", "units": 16_384}] * 2
    installation.submit(installation.add_dataset(sums()), "y", layers=layers)

    with pytest.raises(LearningError, match=r"1,\d\d\d,\d\d\d,\d\d\d bytes, and a model of at most 932,891,136"):
        make_trainer(context, claim_again(context))


class Album:
    """A table of pictures, light or dark, which are made when they are read."""

    rows, side, size, formats = 2000, 32, 100, dict[str, ColumnFormat]()

    def __iter__(self) -> Iterator[str]:
        return iter(("photo", "shade"))

    def chunks(self, names: Sequence[str]) -> Iterator[Frame]:
        for start in range(0, self.rows, self.size):
            random = np.random.default_rng(start)
            shades = random.integers(0, 2, self.size).astype(np.int32)
            noise = random.integers(0, 250, (self.size, 1, self.side, self.side), np.uint8)
            photos = ImageColumn(noise // 2 + 60 * shades[:, None, None, None].astype(np.uint8), shades >= 0)
            columns = {"photo": photos, "shade": CategoricalColumn(shades, ("dark", "light"))}
            yield Frame({name: columns[name] for name in names}, self.size)


def test_pictures_larger_than_the_memory_are_trained_on_from_a_file_to_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(table_chunks, "SAMPLE_PIXEL_BYTES", 2**16)
    pixels, hashes = Album.rows * Album.side**2, list[str]()
    for memory_bytes in (0, 2 * pixels):
        tracemalloc.start()
        prepared = prepare(Album(), target="shade", allocate=ArrayAllocator(tmp_path, memory_bytes))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert (peak > pixels) == (memory_bytes > 0)
        assert peak - memory_bytes < 0.4 * pixels
        layers = [Conv(filters=2), Pool(size="global")]
        net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.train.outputs, seed=0)
        list(create_trainer(net, prepared.train, prepared.validation, epochs=1).run())
        hashes.append(compute_weights_sha256(net.parameters))
    assert hashes[0] == hashes[1]
