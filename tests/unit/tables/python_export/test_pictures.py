"""Exported files of models that see pictures: the same numbers for files of all kinds, by pixels and by features."""

import base64
import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from learning.data.prepare import prepare
from learning.errors import NotExportable
from learning.frame import Column, Frame, ImageColumn
from learning.image_features import FeaturesColumn
from learning.model import Model, create_model
from learning.nn.layers import Conv, Dense, Layer, Norm, Pool, Residual
from learning.nn.net import NeuralNet
from tables import BadCells, find_feature_net, frame_from_rows, use_net_file
from tests.pictures import has_package
from tests.tiny_onnx import write_net
from tests.unit.learning.frames import create_categorical, create_numeric
from tests.unit.tables.python_export.exports import EXAMPLES, run_export, write_export

ROWS = 60
DEEP = (
    Conv(filters=16, activation="leaky_relu"),
    Norm(),
    Conv(filters=16, kernel=5, stride=2),
    Residual(layers=(Conv(filters=16, activation="gelu", groups=4), Norm(groups=2))),
    Pool(kind="mean"),
    Conv(filters=8, kernel=2, padding="valid", activation="silu"),
    Pool(size="global"),
    Dense(units=8),
)
FLAT = (Conv(filters=4, stride=3), Pool(), Dense(units=4))
FILES = [
    ("L", (90, 120), "PNG"),
    ("RGB", (40, 30), "PNG"),
    ("RGB", (300, 200), "JPEG"),
    ("RGBA", (64, 64), "PNG"),
    ("P", (31, 77), "GIF"),
    ("RGB", (200, 150), "WEBP"),
    ("RGB", (70, 20), "BMP"),
]


def train_on(pictures: Column, layers: Sequence[Layer], target: str = "kind") -> Model:
    """A model of pictures, a number and a target, with its first weights."""
    drawn = np.random.default_rng(1)
    sizes, kinds = drawn.normal(size=ROWS), drawn.choice(["cat", "dog", "cow"], ROWS)
    columns: dict[str, Column] = {"picture": pictures, "size": create_numeric(sizes)}
    prepared = prepare(Frame({**columns, "kind": create_categorical(kinds.tolist())}, ROWS), target=target)
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.output.outputs, seed=1)
    net.parameters[net.placed[-1].stretch] *= 4
    return create_model(prepared, net)


def draw_pixels(channels: int) -> ImageColumn:
    drawn = np.random.default_rng(0)
    return ImageColumn(drawn.integers(0, 256, (ROWS, channels, 13, 11), np.uint8), drawn.random(ROWS) > 0.2)


def draw_file(mode: str, size: tuple[int, int], kind: str, seed: int = 0) -> bytes:
    channels = {"L": 1, "P": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1] // 8, size[0] // 8, channels), np.uint8)
    image, file = Image.fromarray(pixels.squeeze()).resize(size), io.BytesIO()
    (image.convert("P") if mode == "P" else image).save(file, kind)
    return file.getvalue()


def list_rows() -> list[dict[str, Any]]:
    """Rows with files of all kinds in base64, one turned by Exif, one broken, one without a picture, and drawings."""
    files = [draw_file(*each, seed=number) for number, each in enumerate(FILES)]
    drawings = [next(path.iterdir()).read_bytes() for path in sorted((EXAMPLES / "drawings").iterdir())]
    turned, file = Image.open(io.BytesIO(files[2])), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(file, "JPEG", exif=exif)
    texts = [
        base64.b64encode(data).decode() for data in (*files, *drawings, file.getvalue(), files[1][:90], b"no picture")
    ]
    cells = [texts[0], *(f"data:image/any;base64,{text}" for text in texts[1:]), None, ""]
    return [{"picture": cell, "size": number if number % 2 else None} for number, cell in enumerate(cells)]


PREDICT = """
result = [], []
for number, row in enumerate({rows}):
    try:
        result[0].extend(load_table().predict_numbers([row]))
    except CellError:
        result[1].append(number)
"""


def compare(folder: Path, model: Model) -> Path:
    """That the exported file says of rows what the model says, or refuses them as it does; returns the file."""
    rows, bad = list_rows(), BadCells(is_allowed=True)
    expected = model.predict(frame_from_rows(rows, model.inputs, bad=bad))[0].numbers
    good = [number for number in range(len(rows)) if number not in bad.rows]
    assert len(good) == len(rows) - 2
    exported = write_export(folder, model)
    numbers, refused = run_export(exported, PREDICT.format(rows=rows), plain=False)
    assert refused == sorted(bad.rows)
    np.testing.assert_allclose(numbers, expected[good], atol=1e-6)
    return exported


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("layers", [DEEP, FLAT, (Dense(units=5),)])
def test_pixels_are_seen_alike(tmp_path: Path, channels: int, layers: Sequence[Layer]) -> None:
    compare(tmp_path, train_on(draw_pixels(channels), layers))


def test_files_are_predicted_by_a_command_and_by_their_paths(tmp_path: Path) -> None:
    exported, files = write_export(tmp_path, train_on(draw_pixels(3), FLAT)), [tmp_path / "a.png", tmp_path / "b.jpg"]
    for path, each in zip(files, FILES[1:3], strict=True):
        path.write_bytes(draw_file(*each))

    command = [sys.executable, str(exported), "--pictures", *map(str, files)]
    header, *lines = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    first, second = (f"Path({str(path)!r})" for path in files)
    code = f"result = predict([{{'picture': {first}}}, {{'picture': {second}.read_bytes()}}])"
    said = run_export(exported, code, plain=False)

    assert header == "label,probability_cat,probability_cow,probability_dog"
    assert [line.split(",")[0] for line in lines] == [each["label"] for each in said]
    broken = subprocess.run([*command[:-1], str(exported)], capture_output=True, check=False, text=True)
    assert broken.returncode == 1
    assert "row 1, column 'picture'" in broken.stderr


@pytest.mark.skipif(not has_package(), reason="the extra `images` is not installed")
def test_features_are_made_alike(tmp_path: Path) -> None:
    net, drawn = find_feature_net(32), np.random.default_rng(0)
    values = drawn.normal(0, 0.3, (ROWS, net.features)).astype(np.float32)

    exported = compare(tmp_path, train_on(FeaturesColumn(values, drawn.random(ROWS) > 0.2, net), (Dense(units=6),)))

    assert "Apache License 2.0" in exported.read_text(encoding="utf-8")[:900]


def test_features_of_a_net_that_an_operator_named_are_refused(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(write_net((1, 3, 32, 32)))
    use_net_file(tmp_path / "net.onnx")
    try:
        net = find_feature_net()
        values = np.random.default_rng(0).normal(size=(ROWS, net.features)).astype(np.float32)
        model = train_on(FeaturesColumn(values, np.ones(ROWS, np.bool_), net), (Dense(units=6),))
        with pytest.raises(NotExportable, match="operator named"):
            write_export(tmp_path, model)
    finally:
        use_net_file(None)
