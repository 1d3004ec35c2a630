"""Files of ONNX, run by onnxruntime: they say what the models say, also of odd cells."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from learning.data.prepare import prepare
from learning.encoding.embedding_spec import EmbeddingSpec
from learning.encoding.numeric_spec import NumericSpec
from learning.errors import NotExportable
from learning.export.onnx.coverage import describe_coverage
from learning.export.onnx.file import write_onnx
from learning.frame import CategoricalColumn, Column, DatetimeColumn, Frame, ImageColumn, NumericColumn
from learning.image_features import FeaturesColumn
from learning.model import Model, create_model
from learning.nn.layers import Attention, Conv, Dense, Dropout, Layer, Norm, Pool, Residual, TokenEmbedding
from learning.nn.net import NeuralNet
from learning.tasks.conformal import ConformalScores
from tables import BadCells, find_feature_graph, find_feature_net, frame_from_rows, load_feature_net, use_net_file
from tests.pictures import has_package
from tests.tiny_onnx import write_net
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
from tests.unit.tables.python_export.exports import EXAMPLES, TARGETS, make_odd, read_rows
from tests.unit.tables.python_export.exports import build_model as build_model_of_file

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


@pytest.mark.parametrize("name", TARGETS)
def test_examples_are_predicted_alike_also_where_cells_are_missing_or_unseen(tmp_path: Path, name: str) -> None:
    path = EXAMPLES / f"{name}.csv"
    model = build_model_of_file(tmp_path, path, TARGETS[name])
    columns = [column.name for column in model.inputs]
    rows = [{name: row[name] for name in columns} for row in make_odd(read_rows(path, 200), seed=1)]
    bad = BadCells(is_allowed=True)
    frame = frame_from_rows(rows, model.inputs, bad=bad)

    compare(model, frame.take(np.setdiff1d(np.arange(len(rows)), list(bad.rows))))


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


def test_a_text_that_no_operator_cuts_is_refused_with_its_column_and_what_has_it() -> None:
    table = create_frame(note=create_text(["sunny flat", "dark flat"] * 30), y=create_numeric(range(60)))

    with pytest.raises(NotExportable, match=r"'note' holds texts.*python or mlflow"):
        write_onnx(finish(prepare(table, target="y"), LAYERS), {})


@pytest.mark.parametrize("rated", [True, False])
def test_users_and_items_are_scored_alike(rated: bool) -> None:
    model = train_books(rated=rated)[0]
    assert model.recommender is not None
    catalogue, users = model.recommender.catalogue, (*model.recommender.encoder.users[:5], "nobody", "")
    session = onnxruntime.InferenceSession(write_onnx(model, {}))
    pairs = [(user, item) for user in users for item in (*catalogue.items[:5], "nothing", "")]
    feeds = {name: np.array([[each[place]] for each in pairs], object) for place, name in enumerate(("reader", "book"))}

    value, scores = session.run(["value", "scores"], feeds)

    rows = [{"reader": user or None, "book": item or None} for user, item in pairs]
    expected = model.predict(frame_of_pairs(rows))[0].numbers
    np.testing.assert_allclose(value, expected, atol=1e-5)
    items = json.loads(session.get_modelmeta().custom_metadata_map["items"])
    assert items == list(catalogue.items)
    history = model.recommender.find_history(users[0])
    assert history is not None
    best = model.recommender.recommend(*history, limit=5, exclude_seen=False)
    order = np.argsort(-scores[0], kind="stable")[:5]
    assert [items[each] for each in order] == [each.item for each in best]
    told = catalogue.clip(scores[0, order])
    np.testing.assert_allclose(told, [each.score for each in best], atol=1e-5)


def frame_of_pairs(rows: Sequence[dict[str, Any]]) -> Frame:
    """A frame of users and items."""
    return Frame({name: create_categorical([row[name] for row in rows]) for name in ("reader", "book")}, len(rows))


@pytest.mark.parametrize(
    ("target", "options"),
    [("price", {}), (("price", "other"), {}), ("price", {"quantiles": (0.1, 0.5, 0.8)}), ("kind", {})],
)
def test_intervals_and_sets_are_those_of_90_percent(target: Any, options: dict[str, Any]) -> None:
    model = build_model(target, **options)
    scores = np.abs(np.random.default_rng(2).normal(size=(50, 2 if isinstance(target, tuple) else 1)))
    kept = ConformalScores.create(scores / 4 if model.classes else scores, "test")
    model = Model(replace(model.header, conformal=kept), model.parameters)

    found, predicted = run(model, TABLE), model.predict(TABLE, coverage=0.9)[0]

    assert predicted.bounds is not None
    if model.classes:
        np.testing.assert_array_equal(found["set"], predicted.bounds)
    else:
        bounds = np.hstack([found[name] for name in predicted.bound_columns])
        np.testing.assert_allclose(bounds, predicted.bounds, rtol=1e-5)
    assert "coverage" not in describe_coverage(build_model(target, **options))
    facts = describe_coverage(model)
    assert facts["coverage"] == "0.9"
    reaches = json.loads(facts["coverages"])
    assert list(reaches) == ["0.5", "0.8", "0.9", "0.95"]  # 50 rows do not promise 99 %
    if target == "price" and not options:
        other = model.predict(TABLE, coverage=0.5)[0]
        assert other.bounds is not None
        np.testing.assert_allclose(found["predicted_value"][:, 0] - reaches["0.5"][0], other.bounds[:, 0], rtol=1e-4)
    if model.classes:
        other = model.predict(TABLE, coverage=0.5)[0]
        best = found["probabilities"] == found["probabilities"].max(axis=1, keepdims=True)
        np.testing.assert_array_equal((found["probabilities"] >= reaches["0.5"]) | best, other.bounds)


@pytest.mark.skipif(not has_package(), reason="the extra `images` is not installed")
def test_features_of_pictures_are_made_alike() -> None:
    net = find_feature_net(33)
    values = RANDOM.normal(0, 0.3, (60, net.features)).astype(np.float32)
    columns: dict[str, Column] = {
        "picture": FeaturesColumn(values, RANDOM.random(60) > 0.2, net),
        "size": create_numeric(RANDOM.normal(size=60)),
    }
    kinds = create_categorical(RANDOM.choice(["cat", "dog", "cow"], 60).tolist())
    model = finish(prepare(Frame({**columns, "kind": kinds}, 60), target="kind"), LAYERS)
    with pytest.raises(NotExportable, match=r"'picture'.*python"):
        write_onnx(model, {})
    session = onnxruntime.InferenceSession(write_onnx(model, {}, find_feature_graph(model.inputs)))
    pixels = RANDOM.integers(0, 256, (3, *net.image_shape), np.uint8)

    found = session.run(["probabilities"], {"picture": pixels, "size": np.array([[1.0], [-2.0], [np.nan]])})[0]

    features = np.stack([load_feature_net(net).compute(each) for each in pixels])
    seen = FeaturesColumn(features, np.ones(3, np.bool_), net)
    frame = Frame({"picture": seen, "size": create_numeric([1.0, -2.0, None])}, 3)
    np.testing.assert_allclose(found, model.predict(frame)[0].numbers, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 3, "height", "width"), ("rows", 32, 32, 3)])
@pytest.mark.parametrize("is_map", [False, True])
def test_features_of_a_net_that_an_operator_named_are_made_alike(
    tmp_path: Path, shape: tuple[int | str, ...], is_map: bool
) -> None:
    (tmp_path / "net.onnx").write_bytes(write_net(shape, scaling="imagenet", is_map=is_map))
    use_net_file(tmp_path / "net.onnx")
    try:
        net = find_feature_net(32)
        kinds = create_categorical(RANDOM.choice(["cat", "dog", "cow"], 60).tolist())
        values = RANDOM.normal(0, 0.3, (60, net.features)).astype(np.float32)
        pictures = FeaturesColumn(values, np.ones(60, np.bool_), net)
        model = finish(prepare(Frame({"picture": pictures, "kind": kinds}, 60), target="kind"), LAYERS)
        written = write_onnx(model, {}, find_feature_graph(model.inputs))
        pixels = RANDOM.integers(0, 256, (3, *net.image_shape), np.uint8)
        seen = np.stack([load_feature_net(net).compute(each) for each in pixels])
    finally:
        use_net_file(None)

    found = onnxruntime.InferenceSession(written).run(["probabilities"], {"picture": pixels})[0]

    expected, _ = model.predict(Frame({"picture": FeaturesColumn(seen, np.ones(3, np.bool_), net)}, 3))
    np.testing.assert_allclose(found, expected.numbers, atol=1e-5)
