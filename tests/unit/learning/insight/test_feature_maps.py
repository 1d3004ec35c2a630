"""What a net sees in a picture: filters and maps against sums of products, saliency against differences and laws."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from learning.data.prepare import Encoding
from learning.encoding.image import ImageEncoder
from learning.encoding.numeric import NumericEncoder
from learning.encoding.table import TableEncoder
from learning.insight import explanations
from learning.insight.attribution import PictureOutput
from learning.insight.explanations import explain
from learning.insight.feature_maps import compute_feature_maps, find_first_filters
from learning.nn.layers import Conv, Dense, Dropout, Layer, Norm, Pool, Residual
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.inputs import ImageInput, NetInputs, RowArrays
from learning.nn.net import NeuralNet
from learning.tasks import Target
from learning.tasks.classification import ClassTarget
from learning.tasks.regression import RegressionTarget

SHAPE = 2, 7, 6
MEANS, DEVIATIONS = (0.5, 0.4), (0.2, 0.3)
IMAGE = ImageInput(SHAPE, MEANS, DEVIATIONS)
MIXED = NetInputs(2, (Embedding(ids=4, units=3),), IMAGE)
NUMBER = RegressionTarget(mean=7.0, scale=2.0)
CLASSES = ClassTarget(classes=("a", "b", "c"))
NETS: dict[str, list[Layer]] = {
    "none": [],
    "dense": [Dense(units=5, activation="tanh")],
    "conv": [Conv(filters=3, activation="gelu"), Pool(kind="mean"), Dropout(rate=0.5), Dense(units=4)],
    "strided": [Conv(filters=3, kernel=2, stride=2, padding="valid", activation="silu"), Pool(), Dense(units=4)],
    "groups": [Conv(filters=4, groups=2), Pool(), Conv(filters=6, groups=2), Dense(units=4)],
    "residual": [
        Pool(),
        Norm(),
        Residual(layers=(Conv(filters=2, activation="elu"), Conv(filters=2, kernel=1, activation="tanh"))),
        Pool(size="global"),
    ],
}


def make_net(layers: list[Layer], target: Target, inputs: NetInputs = MIXED, dtype: type = np.float64) -> NeuralNet:
    net = NeuralNet(inputs, layers, target.outputs, seed=1, dtype=dtype)
    net.parameters += np.random.default_rng(2).normal(0.0, 0.3, net.parameter_count).astype(dtype)
    return net


def draw_rows(count: int, seed: int = 0) -> RowArrays:
    chance = np.random.default_rng(seed)
    images = chance.integers(0, 256, (count, *SHAPE)).astype(np.uint8)
    return RowArrays(chance.normal(size=(count, 2)), chance.integers(0, 4, (count, 1)).astype(np.int32), images)


def scale(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    return (images / 255 - np.array(MEANS)[:, None, None]) / np.array(DEVIATIONS)[:, None, None]


@pytest.mark.parametrize("layers", NETS.values(), ids=NETS)
@pytest.mark.parametrize("target", [NUMBER, CLASSES], ids=["number", "classes"])
def test_slopes_by_pixels_are_those_of_finite_differences(layers: list[Layer], target: Target) -> None:
    output = PictureOutput(make_net(layers, target), target)
    output.net.slice_rows = 3  # of which there is also a part
    rows, classes = draw_rows(4), np.array([0, 1, 2, 0]) % max(target.outputs, 1)
    x = output.join(rows)

    found = output.input_gradients(x, classes)

    np.testing.assert_allclose(x[:, 5:].reshape(4, *SHAPE), scale(rows.images), rtol=1e-12, atol=1e-12)  # type: ignore[arg-type] - there are some
    for place in [*range(5), *range(5, output.inputs, 7)]:
        step = 1e-6 * np.eye(output.inputs)[place]
        expected = (output.evaluate(x + step, classes) - output.evaluate(x - step, classes)) / 2e-6
        np.testing.assert_allclose(found[:, place], expected, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("layers", NETS.values(), ids=NETS)
def test_an_output_by_pixels_is_that_of_the_net(layers: list[Layer]) -> None:
    output, rows = PictureOutput(make_net(layers, CLASSES), CLASSES), draw_rows(5)
    classes = np.array([0, 1, 2, 0, 1])

    expected = CLASSES.scalar_values(output.net.forward(*rows), classes)

    np.testing.assert_allclose(output.evaluate(output.join(rows), classes), expected, rtol=1e-9)


def encode_pictures() -> tuple[Encoding, RowArrays]:
    """An encoding of a number and a picture, and rows of it."""
    number = NumericEncoder.fit("n", np.arange(20.0))
    picture = ImageEncoder(
        name="p", channels=2, height=7, image_width=6, means=MEANS, deviations=DEVIATIONS, flag=False
    )
    rows = draw_rows(3)
    assert isinstance(number, NumericEncoder)
    encoding = Encoding(TableEncoder((number, picture)), CLASSES)
    return encoding, RowArrays(rows.numbers[:, : encoding.inputs.width].astype(np.float32), None, rows.images)


@pytest.mark.parametrize("name", NETS)
def test_contributions_of_pixels_add_up_to_the_difference_and_the_gap_is_reported(name: str) -> None:
    encoding, rows = encode_pictures()
    net = make_net(NETS[name], CLASSES, encoding.inputs.net_inputs, np.float32)
    mean, classes = np.full(net.inputs, 0.1, np.float32), np.array([0, 1, 2])

    found = explain(net, encoding, rows, mean, classes)

    missing = encoding.inputs.image_encoder.means  # type: ignore[union-attr] - it has one
    grey = np.empty_like(rows.images, np.float64)
    grey[...] = np.multiply(missing, 255)[:, None, None]
    start = net.forward(np.repeat(mean[:1, None], 3, axis=0), None, grey)  # type: ignore[arg-type] - no whole pixels
    ends = CLASSES.scalar_values(net.forward(*rows), classes)
    starts = CLASSES.scalar_values(start, classes)
    for number, one in enumerate(found):
        assert list(one.contributions) == ["n", "p"]
        assert one.saliency is not None
        assert one.saliency.shape == SHAPE[1:]
        assert one.saliency.sum() == pytest.approx(one.contributions["p"], abs=1e-6)
        assert (one.output, one.baseline_output) == pytest.approx((ends[number], starts[number]), abs=1e-5)
        gap = abs(sum(one.contributions.values()) - (one.output - one.baseline_output))
        assert one.misses_by == pytest.approx(gap, abs=1e-6)
        # the norm of a picture of one colour jumps with its first pixel of another
        assert gap < (0.05 if name == "residual" else 2e-3)


def test_a_net_that_takes_long_is_integrated_in_fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    encoding, rows = encode_pictures()
    net = make_net(NETS["conv"], CLASSES, encoding.inputs.net_inputs, np.float32)
    mean, classes = np.zeros(net.inputs, np.float32), np.zeros(3, np.intp)
    monkeypatch.setattr(explanations, "MAX_PICTURE_MULTIPLICATIONS", 5.0 * 3 * 3 * net.products)
    counted = list[int]()
    integrate = explanations._integrate_gradients  # pyright: ignore[reportPrivateUsage] - to count its steps

    def count(*arguments: Any) -> NDArray[np.float64]:
        counted.append(arguments[-1])
        return integrate(*arguments)

    monkeypatch.setattr(explanations, "_integrate_gradients", count)

    found = explain(net, encoding, rows, mean, classes)

    assert counted == [5]
    assert all(one.misses_by < 0.1 for one in found)


def test_the_saliency_of_a_linear_net_is_each_pixel_times_its_weight() -> None:
    encoding, rows = encode_pictures()
    encoding = Encoding(encoding.inputs, NUMBER)
    net = make_net([], NUMBER, encoding.inputs.net_inputs, np.float32)

    found = explain(net, encoding, rows, np.zeros(net.inputs, np.float32), np.zeros(3, np.intp))

    weights = net.weights[0][1:-1, 0].reshape(SHAPE)
    for one, image in zip(found, scale(rows.images), strict=True):  # type: ignore[arg-type] - there are some
        np.testing.assert_allclose(one.saliency, 2.0 * (weights * image).sum(axis=0), rtol=1e-3, atol=1e-5)  # type: ignore[arg-type] - there is one


@pytest.mark.parametrize("groups", [1, 2])
def test_a_feature_map_is_the_activated_sum_of_a_filter_over_the_pixels_around_each_place(groups: int) -> None:
    net, row = make_net([Conv(filters=4, groups=groups), Pool(), Norm(), Dense(units=3)], CLASSES), draw_rows(1)

    found = compute_feature_maps(net, row)

    filters = find_first_filters(net)
    assert (filters.type, filters.weights.shape) == ("conv", (4, 2, 3, 3))
    padded = np.pad(scale(row.images)[0], ((0, 0), (1, 1), (1, 1)))  # type: ignore[arg-type] - there are some
    bias = net.placed[0].cut_parameters(net.parameters)["bias"]
    (kind, maps), (pool, pooled) = found.maps
    assert (kind, maps.shape, pool, pooled.shape) == ("conv", (4, 7, 6), "pool", (4, 3, 3))
    for filter_number, y, x in np.ndindex(maps.shape):
        total = (filters.weights[filter_number] * padded[:, y : y + 3, x : x + 3]).sum() + bias[filter_number]
        assert maps[filter_number, y, x] == pytest.approx(max(total, 0.0))
    np.testing.assert_array_equal(pooled[1, 0, 2], maps[1, 0:2, 4:6].max())
    assert [len(units) for units in found.units] == [3, 3]
    np.testing.assert_allclose(found.units[-1], net.forward(*row)[0])


@pytest.mark.parametrize("name", NETS)
def test_maps_end_in_the_logits_of_a_prediction(name: str) -> None:
    net, row = make_net(NETS[name], CLASSES, dtype=np.float32), draw_rows(1)

    found = compute_feature_maps(net, RowArrays(row.numbers.astype(np.float32), row.ids, row.images))

    np.testing.assert_allclose(found.units[-1], net.forward(*row)[0], rtol=1e-5, atol=1e-6)
    kinds = {"conv": ["conv", "pool"], "strided": ["conv", "pool"], "residual": ["pool", "conv", "conv", "pool"]}
    kinds["groups"] = ["conv", "pool", "conv"]
    assert [kind for kind, _ in found.maps] == kinds.get(name, [])


def test_filters_of_a_net_without_convolutions_are_the_weights_of_its_units() -> None:
    net = make_net([Pool(), Dense(units=4)], CLASSES)

    found = find_first_filters(net)

    assert (found.type, found.weights.shape) == ("dense", (4, 2, 3, 3))
    assert found.weights[2, 1, 0, 2] == net.weights[0][5 + 9 + 2, 2]
    with pytest.raises(ValueError, match="sees no pictures"):
        find_first_filters(NeuralNet(5, [], 1, seed=0))
