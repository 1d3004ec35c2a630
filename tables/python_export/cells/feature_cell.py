"""Features of pictures for an exported model: those that EfficientNet-Lite0 makes, whose weights the file has."""

import json
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from learning.export.python.runtime.weights import WeightReader, read_weights
from tables.images.feature_nets.efficientnet import EfficientNetLite0
from tables.python_export.cells.picture_cell import Pictures
from tables.python_export.data import FEATURE_NET


class FeaturePictures(Pictures):
    """How an exported model sees pictures: another net makes features of them."""

    @staticmethod
    def create_encode(column: dict[str, Any]) -> Callable[[Any], list[float]]:
        """The encoding of a picture: its features, each minus its mean, by its deviation, and perhaps a flag."""
        means, deviations = (np.array(column[name], np.float32) for name in ("means", "deviations"))
        flag = column["flag"]

        def encode(pixels: Any) -> list[float]:
            if pixels is None:
                return [0.0] * len(means) + [1.0] * flag
            return ((load_features().compute(pixels) - means) / deviations).tolist() + [0.0] * flag

        return encode


@lru_cache(maxsize=1)
def load_features() -> EfficientNetLite0:
    """The net that makes features: a line of JSON with the shape of each tensor, and then their numbers."""
    head, *lines = FEATURE_NET.split("\n")
    reader, shapes = WeightReader(read_weights(filter(None, lines))), dict[str, list[int]](json.loads(head)["shapes"])
    tensors = {name: np.asarray(reader.take(math.prod(shape))).reshape(shape) for name, shape in shapes.items()}
    return EfficientNetLite0(tensors, "")
