"""Any net that makes features of pictures, as a file of ONNX that an operator names, computed by ONNX Runtime."""

from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learning.training.image_spec import MAX_SIZE, MIN_SIZE

SCALING_KEY: Final = "image_scaling"
"""The metadata of the file that says how pixels are scaled: one of SCALINGS; by default `imagenet`."""

SCALINGS: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "imagenet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "signed": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "unit": ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "bytes": ((0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255)),
}
"""Mean and deviation of red, green and blue, of pixels / 255, by which a net wants them scaled."""

OUTPUT: Final = "features"
"""The output that is taken, where there are several; without it, the first."""

DEFAULT_SIZE: Final = 224


class UnusableNet(Exception):
    """The file is no net that makes features of pictures; the message says why."""


class OnnxNet:
    """A net of ONNX: one input, pictures (pictures, 3, height, width) or (pictures, height, width, 3) as floats.

    Its output has a row of numbers, or a map of them, whose means are taken.

    Attributes:
        sha256: The SHA-256 of its file.
        features: How many numbers it makes of a picture.
        only_size: The only width and height in pixels that it takes; None if it takes any.
        input, output: The names of its input, and of the output that is taken.
        is_channels_last: Whether it takes (pictures, height, width, 3).
        scale, offset: What pixels (3, height, width) are multiplied by, and then made less by: (3, 1, 1).

    Raises:
        UnusableNet: it is none, or ONNX Runtime is not installed.
    """

    def __init__(self, data: bytes, sha256: str) -> None:
        self.sha256 = sha256
        try:
            runtime: Any = import_module("onnxruntime")
        except ImportError as error:
            raise UnusableNet("ONNX Runtime is not installed: make setup EXTRAS=onnx-features") from error
        try:
            options = runtime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.enable_cpu_mem_arena = False
            options.log_severity_level = 3
            self._session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library raises kinds of its own
            raise UnusableNet(f"ONNX Runtime cannot read it: {str(error)[:200]}") from error
        inputs: list[Any] = self._session.get_inputs()
        outputs: list[Any] = self._session.get_outputs()
        shape: list[Any] = inputs[0].shape if len(inputs) == 1 and inputs[0].type == "tensor(float)" else []
        if len(shape) != 4 or 3 not in {shape[1], shape[3]}:
            described = ", ".join(f"{each.name} {each.type} {each.shape}" for each in inputs)
            raise UnusableNet(f"it takes {described or 'nothing'}, and not pictures [1, 3, height, width] of floats")
        self.input, self.is_channels_last = str(inputs[0].name), bool(shape[1] != 3)
        height, width = shape[1:3] if self.is_channels_last else shape[2:4]
        self.only_size: int | None = height if isinstance(height, int) else None
        if self.only_size is not None and (width != height or not MIN_SIZE <= self.only_size <= MAX_SIZE):
            raise UnusableNet(f"it takes pictures of {width} x {height}, and not squares of {MIN_SIZE} to {MAX_SIZE}")
        names: list[str] = [each.name for each in outputs]
        self.output = OUTPUT if OUTPUT in names else names[0]
        scaling = self._session.get_modelmeta().custom_metadata_map.get(SCALING_KEY, "imagenet")
        if scaling not in SCALINGS:
            raise UnusableNet(f"its {SCALING_KEY} is {scaling!r}, and must be one of {', '.join(SCALINGS)}")
        mean, deviation = (np.array(values, np.float32)[:, None, None] for values in SCALINGS[scaling])
        self.scale, self.offset = 1 / (255 * deviation), mean / deviation
        size = self.only_size or DEFAULT_SIZE
        self.features = len(self.compute(np.zeros((3, size, size), np.uint8)))

    def compute(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The features (features,) of a picture (3, size, size).

        Raises:
            UnusableNet: it fails, or what it makes are no features.
        """
        scaled = (pixels * self.scale - self.offset).astype(np.float32)
        batch = np.ascontiguousarray(scaled.transpose(1, 2, 0) if self.is_channels_last else scaled)[None]
        try:
            made = np.asarray(self._session.run([self.output], {self.input: batch})[0], np.float32)
        except Exception as error:  # the library raises kinds of its own
            raise UnusableNet(f"it fails on a picture: {str(error)[:200]}") from error
        if made.ndim == 4:
            made = made.mean(axis=(1, 2) if self.is_channels_last else (2, 3))
        if made.ndim > 2 or not made.size or len(made) != 1 or not np.isfinite(made).all():
            raise UnusableNet(f"its output {self.output} {list(made.shape)} is no row of finite numbers")
        return made[0]
