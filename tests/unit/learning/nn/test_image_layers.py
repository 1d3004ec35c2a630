"""Layers that see pictures: gradients against finite differences, values against sums place by place."""

from dataclasses import replace
from itertools import chain, product

import numpy as np
import pytest

from learning.errors import LayerMisfit
from learning.nn.activations import ACTIVATIONS
from learning.nn.backpropagation import Batch
from learning.nn.image_backpropagation import ImageBackpropagation
from learning.nn.image_plan import ImagePlan, choose_slice_rows
from learning.nn.layers import (
    Conv,
    Dense,
    Dropout,
    Norm,
    Pool,
    Residual,
    count_parameters,
    grouped_products,
    patches,
    place_net,
)
from learning.nn.layers.embedding import Embedding
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.layers.patches import PatchProducts, Window
from learning.nn.layers.pooled_conv import NEVER_FALLING, merge_pooling
from learning.nn.layers.stack import place_layers
from learning.nn.layers.winograd import WinogradProducts
from learning.nn.losses import SquaredError
from learning.nn.net import NeuralNet
from learning.nn.plan import execute
from tests.unit.learning.nn.finite_differences import compare_gradients

ROWS = 5
SHAPE = 2, 7, 6
INPUTS = NetInputs(0, image=ImageInput(SHAPE, (0.5, 0.4), (0.2, 0.3)))
LAYERS = [
    Conv(filters=3, padding="valid", activation="tanh"),
    Conv(filters=3, kernel=2, stride=2, padding="valid", activation="gelu"),
    Conv(filters=2, kernel=5, stride=3, activation="silu"),
    Pool(),
    Pool(kind="mean", size=3),
    Pool(size="global"),
    Pool(kind="mean", size="global"),
    Norm(),
    Dropout(rate=0.3),
    Residual(layers=(Norm(), Conv(filters=2, activation="elu"), Conv(filters=2, kernel=1, activation="linear"))),
    Conv(filters=4, groups=2, activation="silu"),
    Conv(filters=2, groups=2, kernel=2, stride=2, activation="tanh"),
    Norm(groups=2),
]


@pytest.fixture(autouse=True, params=[(2**18, 1), (300, 16)], ids=["winograd", "parts"])
def _products(request, monkeypatch):
    part_bytes, channels = request.param
    monkeypatch.setattr(patches, "MAX_PART_BYTES", part_bytes)
    monkeypatch.setattr(grouped_products, "MIN_WINOGRAD_CHANNELS", channels)


def create_images(rows=ROWS, shape=SHAPE, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (rows, *shape)).astype(np.uint8)


def create_batch(rows=ROWS, shape=SHAPE):
    targets = np.random.default_rng(1).normal(size=(rows, 1))
    return Batch(np.empty((rows, 0)), targets, None, np.empty((rows, 1)), images=create_images(rows, shape))


def compare_all_gradients(net, batch, **options):
    """Compare all gradients of a net with finite differences."""
    net.parameters += np.random.default_rng(2).normal(size=net.parameter_count) * 0.3
    loss = SquaredError()
    compare_gradients(net, loss, ImageBackpropagation(net, loss, len(batch.targets), **options), batch, atol=1e-7)


@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_through_an_image_layer_are_the_limit_of_finite_differences(layer):
    before = Conv(filters=2, kernel=3, activation="softplus")
    compare_all_gradients(NeuralNet(INPUTS, [before, layer], 1, seed=3, dtype=np.float64), create_batch())


@pytest.mark.parametrize(("first", "second"), list(product(LAYERS, LAYERS)))
def test_gradients_pass_through_every_pair_of_image_layers(first, second):
    try:
        net = NeuralNet(INPUTS, [first, second, Dense(units=2)], 1, seed=3, dtype=np.float64)
    except LayerMisfit:
        return
    compare_all_gradients(net, create_batch())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_convolution_is_the_activated_sum_of_weights_over_pixels_at_every_place(activation):
    layer = Conv(filters=4, kernel=3, stride=2, activation=activation)
    net = NeuralNet(INPUTS, [layer], 1, seed=0, dtype=np.float64)
    (placed,) = net.placed[:1]
    views = placed.cut_parameters(net.parameters)
    views["bias"][...] = [0.1, -0.2, 0.3, 0.4]
    x = (create_images() / 255 - [[[[0.5]], [[0.4]]]]) / [[[[0.2]], [[0.3]]]]
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 1)))
    expected = np.empty((ROWS, 4, 4, 3))
    for row, column in product(range(4), range(3)):
        patch = padded[:, :, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
        expected[:, :, row, column] = np.einsum("nchw,hwcf->nf", patch, views["weights"]) + views["bias"]
    flat = expected.reshape(ROWS, -1).T.copy()
    execute(ACTIVATIONS[activation](flat.shape, np.float64).forward(flat))
    np.testing.assert_allclose(net.join(np.empty((ROWS, 0)), images=create_images()), flat.T, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("same", "shape"), [(True, (24, 14, 15)), (False, (24, 13, 9)), (True, (24, 1, 2))])
def test_winograds_products_are_as_good_as_those_of_patches(same, shape):
    """In float32 both are off by about its precision; the sums of patches in float64 say by how much."""
    random, found = np.random.default_rng(6), []
    window = Window.of(shape, 3, 1, same=same)
    x, weights = random.normal(size=(*shape, 5)), random.normal(size=(3, 3, 24, 16))
    by_sums = random.normal(size=(16, window.height, window.width, 5))
    for kind, dtype in [(PatchProducts, np.float64), (PatchProducts, np.float32), (WinogradProducts, np.float32)]:
        sums, by_weights = np.empty(by_sums.shape, dtype), np.empty(weights.shape, dtype)
        values = x.astype(dtype), weights.astype(dtype), sums, (by_sums.astype(dtype), by_weights)
        execute(chain(*kind(window, shape, 16, 5, np.dtype(dtype)).plan(*values)))
        found.append((sums, by_weights))
    for exact, plain, fast in zip(*found, strict=True):
        off, off_fast = (np.abs(each - exact).max() / np.abs(exact).max() for each in (plain, fast))
        assert off < 1e-6
        assert off_fast < 3e-6


def test_pooling_keeps_the_largest_or_the_mean_of_each_square():
    images = create_images()
    x = (images / 255 - [[[[0.5]], [[0.4]]]]) / [[[[0.2]], [[0.3]]]]
    squares = x[:, :, :6].reshape(ROWS, 2, 3, 2, 3, 2)
    for layer, expected in [
        (Pool(), squares.max(axis=(3, 5))),
        (Pool(kind="mean"), squares.mean(axis=(3, 5))),
        (Pool(size="global"), x.max(axis=(2, 3))),
        (Pool(kind="mean", size="global"), x.mean(axis=(2, 3))),
    ]:
        net = NeuralNet(INPUTS, [layer], 1, seed=0, dtype=np.float64)
        found = net.join(np.empty((ROWS, 0)), images=images)
        np.testing.assert_allclose(found, expected.reshape(ROWS, -1), rtol=1e-10)


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize("activation", sorted(NEVER_FALLING))
def test_maxima_before_the_activation_are_those_behind_it_to_the_bit(activation, size):
    random, image = np.random.default_rng(9), INPUTS.require_image()
    layers = [Conv(filters=3, activation=activation), Pool(size=size), Conv(filters=2, activation="gelu"), Pool()]
    layers = layers if size == 2 else layers[:2]
    parameters = random.normal(size=place_layers(layers, SHAPE)[-1].stretch.stop)
    found = []
    for each in (layers, merge_pooling(layers)):
        gradients = np.empty_like(parameters)
        plan = ImagePlan(image, each, parameters, gradients, ROWS)
        features = np.empty((np.prod(plan.size[:-1]), ROWS))
        by_features = np.random.default_rng(8).normal(size=features.shape)
        execute([*plan.plan_pixels(create_images()), *plan.plan_layers(features)])
        values = features.copy()
        execute(plan.plan_gradients(features, by_features))
        found.append((len(plan.stack.layers), values, gradients))
    assert found[1][0] == len(layers) - 1  # gelu falls, and stays before its maxima
    np.testing.assert_array_equal(found[0][1], found[1][1])
    np.testing.assert_allclose(found[0][2], found[1][2], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("size", [2, "global"])
def test_equal_maxima_share_no_more_than_the_whole_gradient(size):
    net = NeuralNet(INPUTS, [Conv(filters=1, activation="linear"), Pool(size=size)], 1, seed=0, dtype=np.float64)
    net.parameters[...] = 0
    net.parameters[net.joined_stretch] = 1
    batch = replace(create_batch(), targets=np.full((ROWS, 1), -0.5))
    execute(ImageBackpropagation(net, SquaredError(), ROWS).plan_step(batch))
    pooled = 9 if size == 2 else 1
    (bias,) = net.placed[0].cut_parameters(net.gradients)["bias"]
    assert bias == pytest.approx(2 * 1.5 * pooled)


@pytest.mark.parametrize(("filters", "rows"), [(1, 32), (16, 16), (32, 8), (1024, 8)])
def test_pictures_of_wider_layers_pass_in_smaller_slices(filters, rows):
    inputs = NetInputs(0, image=ImageInput((1, 28, 28), (0.5,), (0.2,)))
    assert choose_slice_rows(place_net(inputs, (Conv(filters=filters), Pool()), 1).image) == rows


def test_slices_of_a_batch_have_the_gradients_of_the_whole():
    inputs = NetInputs(2, (Embedding(ids=4, units=3),), INPUTS.image)
    layers = [Conv(filters=3, activation="tanh"), Pool(), Dense(units=4, activation="gelu")]
    random, found = np.random.default_rng(4), []
    numbers, ids = random.normal(size=(11, 2)), random.integers(0, 4, (11, 1))
    batch = replace(create_batch(11), x=numbers, ids=ids, weights=random.uniform(0.5, 2, (11, 1)))
    for slice_rows in (11, 4, 1):
        net = NeuralNet(inputs, layers, 1, seed=3, dtype=np.float64)
        execute(ImageBackpropagation(net, SquaredError(), 11, slice_rows=slice_rows).plan_step(batch))
        found.append(np.concatenate([net.gradients, net.table_gradients[0].values.reshape(-1), batch.logits[:, 0]]))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-10, atol=1e-13)
    compare_all_gradients(net, batch, slice_rows=4)


def test_pictures_are_joined_with_numbers_and_vectors_at_the_first_dense_layer():
    inputs = NetInputs(2, (Embedding(ids=4, units=3),), INPUTS.image)
    net = NeuralNet(inputs, [Conv(filters=3), Pool(), Norm(), Dense(units=4)], 2, seed=3)
    assert net.inputs == 2 + 3 + 3 * 3 * 3
    images = create_images(70)
    numbers, ids = np.ones((70, 2), np.float32), np.zeros((70, 1), np.int32)
    joined = net.join(numbers, ids, images)
    assert (joined[:, :2] == 1).all()
    np.testing.assert_array_equal(joined[:, 2:5], np.repeat(net.tables[0][:1], 70, 0))
    np.testing.assert_allclose(net.forward(joined), net.forward(numbers, ids, images), rtol=1e-6)
    np.testing.assert_allclose(
        net.forward(numbers, ids, images)[33], net.forward(numbers[33:34], ids[33:34], images[33:34])[0], rtol=1e-4
    )


def test_parameters_of_image_layers_are_counted_once_however_large_the_picture_is():
    for side in (8, 32):
        inputs = NetInputs(0, image=ImageInput((3, side, side), (0.5,) * 3, (0.2,) * 3))
        layers = [Conv(filters=16), Norm(), Pool(size="global")]
        assert count_parameters(inputs, layers, 10) == (27 * 16 + 16) + 32 + 17 * 10
        placed = place_net(inputs, layers, 10)
        assert placed.products == (27 * 16 + 16) * side**2 + 32 + 17 * 10


@pytest.mark.parametrize(
    ("layers", "place", "words"),
    [
        ([Dense(units=4), Conv(filters=2)], "1", "4 values in one list"),
        ([Pool(), Pool(), Pool()], "2", "at least 2 x 2 pixels, and gets one of 1 x 1"),
        ([Conv(filters=2, kernel=9, padding="valid")], "0", "at least 9 x 9 pixels, and gets one of 7 x 6"),
        (
            [Residual(layers=(Conv(filters=3),))],
            "0",
            "and its layers make values in the shape 3 x 7 x 6",
        ),
        ([Residual(layers=(Conv(filters=3), Dense(units=3)))], "0/layers/0", "84 values in one list"),
    ],
)
def test_layers_that_do_not_fit_are_refused_with_their_place_and_both_shapes(layers, place, words):
    with pytest.raises(LayerMisfit) as misfit:
        NeuralNet(INPUTS, layers, 1, seed=0)
    assert misfit.value.place == place
    assert words in misfit.value.reason


def test_a_net_without_pictures_refuses_layers_that_see_them():
    with pytest.raises(LayerMisfit, match="column of pictures"):
        NeuralNet(5, [Conv(filters=2)], 1, seed=0)


def test_a_net_without_pictures_takes_none():
    net = NeuralNet(5, [], 1, seed=0)
    with pytest.raises(ValueError, match="sees no pictures"):
        net.forward(np.ones((ROWS, 5), np.float32), images=create_images())
