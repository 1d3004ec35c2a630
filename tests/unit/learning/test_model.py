"""The model: predictions survive serialization, and bytes that are no model are refused."""

import hashlib
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.data.prepare import prepare
from learning.errors import CorruptModel, UnusableColumn
from learning.frame import Frame
from learning.model import MAGIC, Model, create_model
from learning.nn.layers import Dense, Dropout, Layer, Norm, Residual
from learning.nn.net import NeuralNet
from tests.unit.learning.frames import (
    create_boolean,
    create_categorical,
    create_datetime,
    create_frame,
    create_numeric,
    create_text,
)

RANDOM = np.random.default_rng(0)
ROWS = 60
TABLE = create_frame(
    sqft=create_numeric(RANDOM.integers(300, 3000, ROWS)),
    zone=create_categorical(RANDOM.choice(["old town", "harbour", "hill"], ROWS).tolist()),
    garden=create_boolean((RANDOM.random(ROWS) > 0.5).tolist()),
    built=create_datetime([f"20{year:02}-03-01" for year in RANDOM.integers(0, 24, ROWS)]),
    notes=create_text(RANDOM.choice(["sunny flat", "dark flat", "sunny house"], ROWS).tolist()),
    always=create_categorical(["x"] * ROWS),
    price=create_numeric(RANDOM.normal(200_000.0, 30_000.0, ROWS)),
    sold=create_boolean((RANDOM.random(ROWS) > 0.5).tolist()),
)
LAYERS = (Dense(units=8), Dropout(rate=0.25), Dense(units=4, activation="tanh"))


def model(target: str, table: Frame = TABLE, layers: tuple[Layer, ...] = LAYERS) -> Model:
    prepared = prepare(table, target=target)
    return create_model(prepared, NeuralNet(prepared.inputs.net_inputs, layers, prepared.output.outputs, seed=1))


PRICE, SOLD, ZONE = model("price"), model("sold"), model("zone")


def test_numbers_are_predicted_in_the_units_of_the_target():
    prepared = prepare(TABLE, target="price")
    net = NeuralNet(prepared.inputs.net_inputs, LAYERS, 1, seed=1)
    net.weights[-1][:] = 0.0
    values = create_model(prepared, net).predict(TABLE)[0].numbers
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, prepared.output.mean)


@pytest.mark.parametrize(("of", "classes"), [(SOLD, ("false", "true")), (ZONE, ("harbour", "hill", "old town"))])
def test_classes_are_predicted_as_probabilities_and_the_likeliest_label(of: Model, classes: tuple[str, ...]):
    predictions = of.predict(TABLE)[0]
    probabilities = predictions.numbers
    assert of.classes == predictions.labels == classes
    assert probabilities.shape == (ROWS, len(classes))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    assert predictions.list_predicted() == [classes[i] for i in probabilities.argmax(axis=1)]


def test_a_row_is_predicted_alone_as_among_others():
    together = PRICE.predict(TABLE)[0].numbers[:, 0]
    for row in range(0, ROWS, 7):
        alone = PRICE.predict(TABLE.take(np.array([row])))[0].numbers[0, 0]
        np.testing.assert_allclose(alone, together[row], rtol=1e-6)


def test_a_model_does_not_change_when_its_net_trains_on():
    prepared = prepare(TABLE, target="price")
    net = NeuralNet(prepared.inputs.net_inputs, LAYERS, 1, seed=1)
    kept = create_model(prepared, net)
    before, sha256 = kept.predict(TABLE)[0].numbers, kept.weights_sha256
    net.parameters += 1.0
    np.testing.assert_array_equal(kept.predict(TABLE)[0].numbers, before)
    assert create_model(prepared, net).weights_sha256 != sha256


@pytest.mark.parametrize("of", [PRICE, SOLD, ZONE])
def test_a_model_comes_back_from_its_bytes_with_the_same_bits(of: Model):
    again = Model.from_bytes(of.to_bytes())
    assert (again.task, again.targets, again.classes, again.inputs) == (of.task, of.targets, of.classes, of.inputs)
    assert (again.ignored, again.parameter_count, again.layers) == (of.ignored, of.parameter_count, of.layers)
    assert again.weights_sha256 == of.weights_sha256
    assert again.to_bytes() == of.to_bytes()
    first, second = of.predict(TABLE)[0], again.predict(TABLE)[0]
    np.testing.assert_array_equal(first.numbers, second.numbers)


def test_the_weights_hash_is_that_of_the_little_endian_vector():
    vector = b"".join(
        np.vstack([PRICE.weight_arrays()[f"layer{i}.weights"], PRICE.weight_arrays()[f"layer{i}.bias"]])
        .astype("<f4")
        .tobytes()
        for i in (1, 2, 3)
    )
    vector += PRICE.weight_arrays()["embedding1.vectors"].astype("<f4").tobytes()
    assert hashlib.sha256(vector).hexdigest() == PRICE.weights_sha256


def test_the_arrays_and_nothing_else_compute_the_prediction():
    arrays = PRICE.weight_arrays()
    layers = [f"layer{i}.{part}" for i in (1, 2, 3) for part in ("weights", "bias")]
    assert list(arrays) == [*layers, "embedding1.vectors"]
    assert sum(array.size for array in arrays.values()) == PRICE.parameter_count
    prepared = prepare(TABLE, target="price")
    terms = prepared.inputs.encode_terms(TABLE)
    sums = [
        weights @ arrays["embedding1.vectors"][ids] for ids, weights in zip(terms["id"], terms["weight"], strict=True)
    ]
    x = np.hstack([prepared.inputs.encode(TABLE), sums])
    y = np.maximum(x @ arrays["layer1.weights"] + arrays["layer1.bias"], 0)
    y = np.tanh(y @ arrays["layer2.weights"] + arrays["layer2.bias"])
    y = y @ arrays["layer3.weights"] + arrays["layer3.bias"]
    values = y[:, 0] * prepared.output.scale + prepared.output.mean
    np.testing.assert_allclose(PRICE.predict(TABLE)[0].numbers[:, 0], values, rtol=1e-5)


DEEP_LAYERS = (
    Dense(units=6),
    Residual(layers=(Norm(), Dense(units=4, activation="gelu"), Dropout(rate=0.5), Dense(units=6))),
    Norm(),
)


def test_a_model_with_layers_within_layers_comes_back_with_the_same_predictions():
    of = model("zone", layers=DEEP_LAYERS)
    again = Model.from_bytes(of.to_bytes())
    assert again.layers == DEEP_LAYERS
    predictions = [each.predict(TABLE)[0].numbers for each in (of, again)]
    np.testing.assert_array_equal(*predictions)
    shapes = {name: array.shape for name, array in of.weight_arrays().items() if not name.startswith("layer1.")}
    assert shapes == {
        "layer2.1.gain": (6,),
        "layer2.1.shift": (6,),
        "layer2.2.weights": (6, 4),
        "layer2.2.bias": (4,),
        "layer2.4.weights": (4, 6),
        "layer2.4.bias": (6,),
        "layer3.gain": (6,),
        "layer3.shift": (6,),
        "layer4.weights": (6, 3),
        "layer4.bias": (3,),
        "embedding1.vectors": (of.header.inputs.terms_encoders[0].bag.ids, 8),
    }


def test_a_model_describes_its_inputs_and_its_ignored_columns():
    by_name = {column.name: column for column in PRICE.inputs}
    assert list(by_name) == ["sqft", "zone", "garden", "built", "notes", "sold"]
    assert [column.type for column in PRICE.inputs] == [
        "numeric",
        "categorical",
        "boolean",
        "datetime",
        "text",
        "boolean",
    ]
    assert by_name["zone"].categories == ("harbour", "hill", "old town")
    train = TABLE["sqft"].values[prepare(TABLE, target="price").rows.train]
    assert (by_name["sqft"].minimum, by_name["sqft"].maximum) == (train.min(), train.max())
    assert PRICE.ignored == ("always", "price")


def test_the_example_row_is_a_likely_row_in_json():
    row = PRICE.create_example_row()
    assert json.loads(json.dumps(row)) == row
    assert list(row) == [column.name for column in PRICE.inputs]
    assert isinstance(row["garden"], bool)
    assert row["zone"] in {"old town", "harbour", "hill"}
    assert str(row["built"]).endswith("T00:00:00Z")
    assert str(row["notes"]).split()[0] in {"sunny", "flat"}


def test_rows_that_are_wholly_missing_are_predicted():
    nothing = create_frame(
        sqft=create_numeric([None]), zone=create_categorical([None]),
        garden=create_boolean([None]), built=create_datetime([None]), notes=create_text([None]),
        sold=create_boolean([None]),
    )  # fmt: skip
    values = PRICE.predict(nothing)[0].numbers
    assert values is not None
    assert np.isfinite(values).all()


@given(st.lists(st.floats(), min_size=1, max_size=9))
def test_predicted_numbers_are_finite_whatever_comes(sqft: list[float]):
    rows = TABLE.take(np.zeros(len(sqft), dtype=np.intp))
    values = PRICE.predict(Frame({**rows.columns, "sqft": create_numeric(sqft)}, len(sqft)))[0].numbers
    assert values is not None
    assert np.isfinite(values).all()


def test_even_a_net_that_overflows_predicts_a_finite_number():
    prepared = prepare(TABLE, target="price")
    net = NeuralNet(prepared.inputs.net_inputs, LAYERS, 1, seed=1)
    net.parameters *= np.float32(1e30)
    values = create_model(prepared, net).predict(TABLE)[0].numbers
    assert np.isfinite(values).all()


def test_a_missing_column_is_refused():
    with pytest.raises(UnusableColumn, match="no column 'sqft'"):
        PRICE.predict(create_frame(zone=create_categorical(["hill"])))


def test_there_are_no_warnings_about_rows_like_those_trained_on():
    rows = prepare(TABLE, target="price").rows.train
    _, warnings = PRICE.predict(TABLE.take(rows))
    assert warnings == []


def test_values_unseen_in_training_are_warned_of_by_row_and_column():
    rows = TABLE.take(np.zeros(5, dtype=np.intp))
    odd = Frame(
        {
            **rows.columns,
            "sqft": create_numeric([1000.0, 9e9, 1000.0, None, -5.0]),
            "zone": create_categorical(["hill", "hill", "moon", "hill", None]),
            "built": create_datetime(["2010-01-01", "2010-01-01", "2010-01-01", "2099-01-01", "2010-01-01"]),
        },
        5,
    )
    _, warnings = PRICE.predict(odd)
    assert [(row, column, code) for row, column, code, _ in warnings] == [
        (1, "sqft", "outside_trained_range"),
        (2, "zone", "unseen_category"),
        (3, "built", "outside_trained_range"),
        (3, "sqft", "missing_imputed"),
        (4, "sqft", "outside_trained_range"),
        (4, "zone", "missing_imputed"),
    ]
    assert "'moon' did not occur in training" in warnings[1].detail
    assert warnings[0].detail.startswith("9e+09 is outside the trained range, ")
    assert warnings[2].detail.startswith("2099-01-01T00:00:00Z is outside the trained range, 20")
    assert PRICE.predict(odd, max_warnings=2)[1] == warnings[:2]


def test_many_threads_predict_the_same():
    expected = ZONE.predict(TABLE)[0].numbers

    def predict_often(_: int) -> bool:
        return all(np.array_equal(ZONE.predict(TABLE)[0].numbers, expected) for _ in range(50))

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(predict_often, range(8)))


# ---- torn bytes

BYTES = PRICE.to_bytes()


@settings(max_examples=200)
@given(st.integers(0, len(BYTES) - 1))
def test_cut_off_anywhere_it_is_corrupt(length: int):
    with pytest.raises(CorruptModel):
        Model.from_bytes(BYTES[:length])


@settings(max_examples=300)
@given(st.integers(0, len(BYTES) - 1), st.integers(1, 255))
def test_with_any_byte_flipped_it_is_corrupt(place: int, flip: int):
    changed = bytearray(BYTES)
    changed[place] ^= flip
    with pytest.raises(CorruptModel):
        Model.from_bytes(bytes(changed))


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_bytes_that_are_no_model_are_corrupt(noise: bytes, more: bytes):
    for data in (
        noise,
        MAGIC + noise,
        BYTES + more + b"\0",
        append_checksum(MAGIC + noise),
        append_checksum(BYTES[:-32] + more + b"\0"),
    ):
        with pytest.raises(CorruptModel):
            Model.from_bytes(data)


def append_checksum(body: bytes) -> bytes:
    return body + hashlib.sha256(body).digest()


def with_header(header: object) -> bytes:
    length = int.from_bytes(BYTES[8:16], "little")
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return append_checksum(MAGIC + len(text).to_bytes(8, "little") + text + BYTES[16 + length : -32])


def header() -> dict[str, object]:
    return json.loads(BYTES[16 : 16 + int.from_bytes(BYTES[8:16], "little")])


def list_paths(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inner for place in list_paths(part, (*path, key)))]


@settings(max_examples=300)
@given(
    st.sampled_from(list_paths(header())[1:]),
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**400), 10**400),
        st.floats(),
        st.text(max_size=3),
        st.lists(st.integers(), max_size=3),
        st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    ),
)
def test_a_forged_header_with_a_true_checksum_is_corrupt_or_a_model_that_works(path: tuple[object, ...], value: object):
    forged = header()
    part = forged
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    try:
        again = Model.from_bytes(with_header(forged))
    except CorruptModel:
        return
    again.create_example_row()
    assert len(again.inputs) == 6


def test_a_header_that_asks_for_more_memory_than_its_bytes_is_corrupt():
    forged = header()
    forged["layers"] = [{"type": "dense", "units": 16384, "activation": "relu", "initializer": "auto"}] * 64
    with pytest.raises(CorruptModel, match="needs 4 times"):
        Model.from_bytes(with_header(forged))


@pytest.mark.parametrize("text", [b"[" * 100_000, b"9" * 5000, b"\xff\xfe", b"NaN", b"", b'{"a":1'])
def test_json_that_breaks_parsers_is_corrupt(text: bytes):
    with pytest.raises(CorruptModel):
        Model.from_bytes(with_header(text))


def test_weights_that_are_not_finite_are_corrupt():
    body = bytearray(BYTES[:-32])
    body[-4:] = np.array(np.nan, dtype="<f4").tobytes()
    with pytest.raises(CorruptModel, match="not finite"):
        Model.from_bytes(append_checksum(bytes(body)))


def test_many_rows_are_predicted_in_pieces_with_the_same_bits_and_warnings(monkeypatch: pytest.MonkeyPatch):
    count, width, chunk = 40_000, PRICE.header.inputs.width, PRICE.net.chunk_rows
    assert count > 2 * chunk
    sqft = create_numeric([9e9 if row % 2000 == 7 else 900.0 for row in range(count)])
    odd = Frame({**TABLE.take(np.arange(count) % ROWS).columns, "sqft": sqft}, count)
    monkeypatch.setattr("learning.model.MAX_ENCODED_CELLS", count * width)
    whole, warnings = Model.from_bytes(PRICE.to_bytes()).predict(odd, max_warnings=15)
    monkeypatch.setattr("learning.model.MAX_ENCODED_CELLS", chunk * width)
    in_pieces, same = Model.from_bytes(PRICE.to_bytes()).predict(odd, max_warnings=15)
    assert [warning.row for warning in warnings] == list(range(7, 30_000, 2000))
    assert same == warnings
    np.testing.assert_array_equal(in_pieces.numbers, whole.numbers)


def test_rows_take_memory_for_a_piece_of_them_however_wide_the_net_is():
    names = [f"c{number}" for number in range(2000)]
    values = np.random.default_rng(0).normal(size=(2001, 20))
    table = create_frame(**{name: create_numeric(column) for name, column in zip([*names, "y"], values, strict=True)})
    prepared = prepare(table, target="y")
    wide = create_model(prepared, NeuralNet(prepared.inputs.net_inputs, [], 1, seed=0))
    missing = create_numeric([None]).repeat(20_000)
    nothing = Frame(dict.fromkeys(names, missing), 20_000)
    wide.predict(nothing.slice(0, 1))
    tracemalloc.start()
    try:
        wide.predict(nothing, max_warnings=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2**26 < 4 * 2000 * 20_000


def test_a_model_is_written_and_read_with_its_weights_in_memory_once():
    prepared = prepare(TABLE, target="price")
    large = create_model(
        prepared, NeuralNet(prepared.inputs.net_inputs, [Dense(units=1000), Dense(units=1000)], 1, seed=0)
    )
    size = 4 * large.parameter_count
    tracemalloc.start()
    try:
        data = large.to_bytes()
        written = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        read = Model.from_bytes(data)
        arrays = read.weight_arrays()
        peak = tracemalloc.get_traced_memory()[1] - len(data) - read.net.gradients.nbytes
    finally:
        tracemalloc.stop()
    assert written < 1.1 * size
    assert peak < 0.1 * size
    assert np.shares_memory(arrays["layer2.weights"], np.frombuffer(data, np.uint8))
    assert read.weights_sha256 == large.weights_sha256
