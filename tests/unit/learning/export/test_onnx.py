"""Files of ONNX, run by onnxruntime: they say what the models say, also of odd cells."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from learning.data.prepare import prepare
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import NumericSpec
from learning.errors import NotExportable
from learning.export.onnx.file import write_onnx
from learning.frame import CategoricalColumn, Column, DatetimeColumn, Frame, ImageColumn, NumericColumn
from learning.model import Model, create_model
from learning.nn.layers import Attention, Conv, Dense, Dropout, Layer, Norm, Pool, Residual, TokenEmbedding
from learning.nn.net import NeuralNet
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)
from tests.unit.learning.language.test_prepare import prepare as prepare_text
from tests.unit.learning.recommendation.books import train_books

RANDOM = np.random.default_rng(0)
ROWS = 240


def draw(values: Sequence[Any], *, missing: float = 0.1) -> list[Any]:
    return [None if RANDOM.random() < missing else RANDOM.choice(values) for _ in range(ROWS)]


TABLE = create_frame(
    sqft=create_numeric(RANDOM.integers(300, 3000, ROWS)),
    value=create_numeric([None if i % 7 == 0 else float(x) for i, x in enumerate(RANDOM.lognormal(3, 2, ROWS))]),
    zone=create_categorical(draw(["old town", "harbour", "hill", "Ä\"'", *(f"rare {i}" for i in range(9))])),
    garden=create_boolean([None if i % 9 == 0 else bool(x) for i, x in enumerate(RANDOM.random(ROWS) > 0.5)]),
    built=create_datetime(
        [
            f"{year}-{month:02}-11T{hour:02}:20:00"
            for year, month, hour in zip(
                RANDOM.integers(1500, 2300, ROWS),
                RANDOM.integers(1, 13, ROWS),
                RANDOM.integers(0, 24, ROWS),
                strict=True,
            )
        ]
    ),
    at=DatetimeColumn(np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.integers(0, 86400, ROWS)).astype(float)),
    street=create_categorical(draw([f"street {i}" for i in range(40)])),
    tenant_id=create_numeric(RANDOM.integers(1000, 1030, ROWS)),
    price=create_numeric(RANDOM.normal(200_000.0, 30_000.0, ROWS)),
    other=create_numeric(RANDOM.normal(5.0, 2.0, ROWS)),
    kind=create_categorical(RANDOM.choice(["flat", "house", "other"], ROWS).tolist()),
)
FEATURES = ["sqft", "value", "zone", "garden", "built", "at", "street", "tenant_id"]
ODD: dict[str, Column] = {
    "sqft": create_numeric([None, 1e9, -5.0, 1e308]),
    "value": create_numeric([None, -1e12, 0.0, 1e30]),
    "zone": create_categorical([None, "nowhere", "rare 3", "hill"]),
    "garden": create_boolean([None, True, False, None]),
    "built": create_datetime([None, "0001-03-01", "9998-12-31T23:59:00", "2024-02-29"]),
    "at": DatetimeColumn(np.array([np.nan, 90_000.0, -60.0, 86_399.0])),
    "street": create_categorical([None, "nowhere", "street 7", "street 3"]),
    "tenant_id": create_numeric([None, 99.0, 1003.0, 1003.5]),
}
LAYERS = (Dense(units=16, activation="silu"), Dense(units=8, activation="tanh"))


def build_model(target: Any, layers: Sequence[Layer] = LAYERS, bins: int = 0, **options: Any) -> Model:
    prepared = prepare(
        TABLE,
        target=target,
        features=FEATURES,
        numeric=NumericSpec(bins=bins),
        embedding=EmbeddingSpec(min_categories=20),
        **options,
    )
    return finish(prepared, layers)


def finish(prepared: Any, layers: Sequence[Layer]) -> Model:
    """A model with its first weights, whose outputs are as large as those of a trained one."""
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.output.outputs, seed=1)
    net.parameters[net.placed[-1].stretch] *= 10
    net.parameters[net.layer_parameter_count :] *= 10
    return create_model(prepared, net)


def to_tensor(column: Column) -> np.ndarray:
    """A column as an input of the graph."""
    if isinstance(column, NumericColumn | DatetimeColumn):
        return column.values[:, None]
    if isinstance(column, ImageColumn):
        return column.pixels
    if isinstance(column, CategoricalColumn):
        return np.array([[column.cell(row) or ""] for row in range(len(column))], object)
    return np.array([[np.nan if (cell := column.cell(row)) is None else float(cell)] for row in range(len(column))])


def run(model: Model, frame: Frame) -> dict[str, np.ndarray]:
    data = write_onnx(model, {"model": "houses:1"})
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = onnxruntime.InferenceSession(data)
    assert session.get_modelmeta().custom_metadata_map["model"] == "houses:1"
    names = [each.name for each in session.get_outputs()]
    feeds = {column.name: to_tensor(frame.column(column.name)) for column in model.inputs}
    return dict(zip(names, session.run(None, feeds), strict=True))


def compare(model: Model, frame: Frame) -> None:
    found, expected = run(model, frame), model.predict(frame)[0]
    if expected.labels:
        assert found["label"].tolist() == expected.list_predicted()
        np.testing.assert_allclose(found["probabilities"], expected.numbers, atol=1e-5)
        return
    scale = float(np.max(model.header.output.scales))
    inputs = {column.name for column in model.inputs}
    names = [f"predicted_{name}" if name in inputs else name for name in expected.columns]
    numbers = np.hstack([found[name] for name in names])
    np.testing.assert_allclose(numbers, expected.numbers, rtol=1e-5, atol=1e-5 * scale)


DEEP = (
    Dense(units=12, activation="gelu"),
    Residual(layers=(Norm(), Dense(units=24, activation="elu"), Dropout(rate=0.1), Dense(units=12, activation="relu"))),
    Norm(groups=3),
    Dense(units=8, activation="leaky_relu"),
    Dense(units=8, activation="softplus", groups=2),
    Dense(units=8, activation="sigmoid"),
)


@pytest.mark.parametrize(
    ("target", "layers", "bins", "options"),
    [
        ("price", LAYERS, 0, {}),
        ("price", DEEP, 7, {}),
        ("price", (), 3, {"quantiles": (0.1, 0.5, 0.9)}),
        (("price", "other"), LAYERS, 0, {}),
        (("price", "other"), LAYERS, 0, {"quantiles": (0.25, 0.75)}),
        ("kind", LAYERS, 5, {}),
        ("kind", DEEP, 0, {}),
    ],
)
def test_tables_are_predicted_alike(target: Any, layers: Sequence[Layer], bins: int, options: dict[str, Any]) -> None:
    model = build_model(target, layers, bins, **options)

    compare(model, TABLE)
    compare(model, Frame(ODD, 4))


def test_two_classes_have_both_probabilities() -> None:
    prepared = prepare(TABLE, target="garden", features=["sqft", "built", "zone"])

    compare(finish(prepared, LAYERS), TABLE)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_seen_alike(channels: int) -> None:
    pixels = RANDOM.integers(0, 256, (60, channels, 13, 11), np.uint8)
    table = Frame(
        {
            "picture": ImageColumn(pixels, np.ones(60, np.bool_)),
            "size": create_numeric(RANDOM.normal(size=60)),
            "kind": create_categorical(RANDOM.choice(["cat", "dog", "cow"], 60).tolist()),
        },
        60,
    )
    layers = (
        Conv(filters=16, activation="leaky_relu"),
        Norm(),
        Conv(filters=16, kernel=5, stride=2),
        Residual(layers=(Conv(filters=16, activation="gelu", groups=4), Norm(groups=2))),
        Pool(kind="mean"),
        Conv(filters=8, kernel=2, padding="valid", activation="silu"),
        Pool(size="global"),
        Dense(units=8),
    )

    compare(finish(prepare(table, target="kind"), layers), table)
    compare(finish(prepare(table, target="size"), (Conv(filters=4, stride=3), Pool(), Dense(units=4))), table)


@pytest.mark.parametrize("run_length", [1, 3])
@pytest.mark.parametrize("alibi", [False, True])
def test_texts_are_expected_alike(alibi: bool, run_length: int) -> None:
    prepared = prepare_text(context=16)
    vocabulary = prepared.inputs.tokenizer.vocabulary
    layers = (
        TokenEmbedding(units=16, positions=not alibi, run=run_length, buckets=512),
        Residual(layers=(Norm(), Attention(heads=4, alibi=alibi))),
        Residual(layers=(Norm(), Dense(units=32, activation="gelu"), Dense(units=16, activation="linear"))),
        Norm(),
    )
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.output.outputs, seed=1)
    net.parameters[...] += RANDOM.normal(0, 0.05, net.parameter_count).astype(np.float32)
    model = create_model(prepared, net)
    session = onnxruntime.InferenceSession(write_onnx(model, {}))
    tokens = RANDOM.integers(0, vocabulary, (3, 17))

    logits = session.run(["logits"], {"tokens": tokens[:, :-1]})[0]

    z = logits.astype(np.float64)
    z -= np.log(np.exp(z - z.max(-1, keepdims=True)).sum(-1, keepdims=True)) + z.max(-1, keepdims=True)
    expected = model.net.forward(np.empty((3, 0), np.float32), tokens=tokens.astype(np.int32))[:, :16]
    found = np.take_along_axis(z, tokens[:, 1:, None], 2)[..., 0]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    short = session.run(["logits"], {"tokens": tokens[:, :5]})[0]
    np.testing.assert_allclose(short, logits[:, :5], atol=1e-5)


def test_what_onnx_has_nothing_for_is_refused_with_what_has() -> None:
    table = create_frame(note=create_text(["sunny flat", "dark flat"] * 30), y=create_numeric(range(60)))
    noted = finish(prepare(table, target="y"), LAYERS)

    for model in (noted, train_books(rated=True)[0]):
        with pytest.raises(NotExportable, match="python"):
            write_onnx(model, {})
