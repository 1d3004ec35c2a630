"""Learning from pictures: from a table to a model's bytes and its predictions, alone and beside other columns."""

import itertools
import tracemalloc

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from learning.data.arrays import ArrayDataset
from learning.data.augment_spec import AugmentSpec
from learning.data.prepare import prepare
from learning.data.split_spec import SplitSpec
from learning.encoding.table import TableEncoder
from learning.errors import UnusableColumn
from learning.frame import CategoricalColumn, Frame, ImageColumn, NumericColumn
from learning.insight.baselines import fit_baselines
from learning.insight.explanations import explain
from learning.insight.layer_stats import LayerMonitor
from learning.insight.partial_dependence import compute_partial_dependence
from learning.model import Model, create_model
from learning.nn.layers import Conv, Dense, Dropout, Pool
from learning.nn.layers.inputs import ImageInput, NetInputs
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.tasks.classification import ClassTarget
from learning.training.image_spec import ImageSpec
from learning.training.parallel import SUPPORTED
from learning.training.trainer import Epoch
from tests.unit.learning.data.test_prepare_in_chunks import Cut
from tests.unit.learning.training.test_checkpoint import finish_training, reload_checkpoint
from tests.unit.learning.trainings import create_trainer

LAYERS = (Conv(filters=4), Pool(), Dropout(rate=0.1), Dense(units=6, activation="tanh"))


def create_pictures(rows=400, side=8, seed=0, channels=1):
    """Pictures of noise with a bright bar, which lies across in the class of row."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 90, (rows, channels, side, side)).astype(np.uint8)
    across = random.random(rows) < 0.5
    for picture, is_across, place in zip(pixels, across, random.integers(0, side, rows), strict=True):
        if is_across:
            picture[:, place] += 120
        else:
            picture[:, :, place] += 120
    return ImageColumn(pixels, np.ones(rows, np.bool_)), across


def create_table(rows=400, **options):
    photos, across = create_pictures(rows, **options)
    label = CategoricalColumn(across.astype(np.int32), ("down", "over"))
    return Frame({"photo": photos, "label": label}, rows)


def new_trainer(table, layers=LAYERS, augment=None, **settings):
    prepared = prepare(table, target="label", seed=1)
    net = NeuralNet(prepared.inputs.net_inputs, layers, prepared.train.outputs, seed=1)
    usual = {"optimizer": Adam(learning_rate=0.01), "epochs": 3, "batch_size": 50, "seed": 1}
    usual["image"] = ImageSpec(augment=augment)
    return prepared, create_trainer(net, prepared.train, prepared.validation, **{**usual, **settings})


def train(table, **options):
    prepared, trainer = new_trainer(table, **options)
    for _ in trainer.run():
        pass
    trainer.finish()
    return prepared, trainer, Model.from_bytes(create_model(prepared, trainer.net).to_bytes())


def test_a_model_of_pictures_tells_lying_bars_from_standing_ones_after_its_bytes_were_read_again():
    prepared, trainer, model = train(create_table(), epochs=25)
    photos, across = create_pictures(200, seed=9)
    predictions, warnings = model.predict(Frame({"photo": photos}, 200))
    assert (predictions.numbers.argmax(axis=1) == across).mean() > 0.95
    assert {warning.code for warning in warnings} <= {"unlike_training"}
    assert len(warnings) < 0.1 * 200
    alone = [model.predict(Frame({"photo": photos.take(slice(row, row + 1))}, 1))[0].numbers for row in range(5)]
    np.testing.assert_allclose(np.concatenate(alone), predictions.numbers[:5], rtol=1e-4)
    (column,) = model.inputs
    assert (column.type, column.image_shape) == ("image", (1, 8, 8))
    names = model.header.name_joined(model.net.inputs)
    assert (len(names), names[0], names[-1]) == (4 * 4 * 4, "map 1 (1, 1)", "map 4 (4, 4)")
    linear = fit_baselines(prepared.train, trainer.monitored_data).linear
    assert linear.metrics["accuracy"] < 0.8  # bars lie anywhere, and no single pixel tells


def test_pictures_and_other_columns_are_learned_from_together():
    table, random = create_table(), np.random.default_rng(3)
    size = random.normal(size=400)
    is_large = size > 0
    label = CategoricalColumn((table.columns["label"].codes + 2 * is_large).astype(np.int32), tuple("abcd"))
    table = Frame({"photo": table.columns["photo"], "size": NumericColumn(size), "label": label}, 400)
    prepared, _, model = train(table, epochs=25)
    assert [encoder.name for encoder in prepared.inputs.columns] == ["photo", "size"]
    photos, across = create_pictures(200, seed=9)
    sizes = random.normal(size=200)
    frame = Frame({"photo": photos, "size": NumericColumn(sizes)}, 200)
    found = model.predict(frame)[0].numbers.argmax(axis=1)
    assert (found == across + 2 * (sizes > 0)).mean() > 0.9
    x = model.encode(frame)
    first = model.header.inputs.encode_arrays(frame).take(np.arange(4))
    explanations = explain(model.net, model.encoding, first, x.mean(axis=0), found[:4])
    for explanation in explanations:
        assert explanation.contributions.keys() == {"photo", "size"}
        difference = explanation.output - explanation.baseline_output
        assert sum(explanation.contributions.values()) == pytest.approx(difference, abs=5e-3)
        assert all(explanation.contributions.values())
    with pytest.raises(UnusableColumn, match="pictures"):
        compute_partial_dependence(model.net, model.encoding, x, "photo", 0)


@pytest.mark.parametrize("validation", [True, False])
def test_training_on_varied_pictures_resumes_with_the_same_bits(validation):
    augment, table = AugmentSpec(flip=True, shift=0.2, rotate=10), create_table(130)

    def create():
        trainer = new_trainer(table, augment=augment)[1]
        if not validation:
            prepared = prepare(table, target="label", split=SplitSpec(validation=0.0), seed=1)
            net = NeuralNet(prepared.inputs.net_inputs, LAYERS, 1, seed=1)
            image = ImageSpec(augment=augment)
            trainer = create_trainer(net, prepared.train, None, epochs=3, batch_size=50, seed=1, image=image)
        return trainer

    whole = create()
    expected = finish_training(whole, whole.run())
    first, second = create(), create()
    before = list(itertools.islice(first.run(), 1))
    second.restore(reload_checkpoint(first.checkpoint()))
    assert finish_training(second, [*before, *second.run()]) == expected
    plain = new_trainer(table)[1]
    assert finish_training(plain, plain.run())[1] != expected[1]


@pytest.mark.skipif(not SUPPORTED, reason="parallel training needs Linux on x86-64")
def test_workers_that_share_batches_of_pictures_train_to_the_same_bits_and_nearly_those_of_one():
    table, found = create_table(330, side=12), []
    with threadpool_limits(1):
        for cores in (2, 2, 1):
            augment = AugmentSpec(shift=0.2)
            trainer = new_trainer(
                table, layers=(Conv(filters=32), Pool(), Dense(units=8)), augment=augment, batch_size=128, cores=cores
            )[1]
            assert trainer.workers == cores
            found.append([moment.validation_loss for moment in trainer.run() if isinstance(moment, Epoch)])
    assert found[0] == found[1]
    np.testing.assert_allclose(found[0], found[2], rtol=1e-3)


def test_layers_are_measured_without_a_change_of_bits():
    trainers = [new_trainer(create_table(200))[1] for _ in range(2)]
    monitor, found = LayerMonitor(trainers[0]), []
    for moment in trainers[0].run():
        if isinstance(moment, Epoch):
            found = monitor.measure(trainers[0].net.parameters, trainers[0].state.before)
    list(trainers[1].run())
    assert trainers[0].net.parameters.tobytes() == trainers[1].net.parameters.tobytes()
    assert [(layer.layer, layer.type, layer.units) for layer in found] == [
        (1, "conv", 4),
        (2, "dense", 6),
        (3, "dense", 1),
    ]
    assert all(layer.gradient_norm > 0 and 0 < layer.update_ratio < 1 for layer in found)


def test_the_channels_of_convolutions_are_measured_at_every_place_of_the_sample():
    """Statistics against those of all outputs at once, gradients against finite differences of the mean loss."""
    table, layers = (
        create_table(90, side=6),
        [Conv(filters=3), Conv(filters=2, activation="tanh"), Pool(), Dense(units=3)],
    )
    images = table.columns["photo"].pixels
    target, inputs = ClassTarget(classes=("a", "b")), NetInputs(0, image=ImageInput((1, 6, 6), (0.3,), (0.2,)))
    y = np.asarray(table.columns["label"].codes, np.int64)
    data = ArrayDataset(np.empty((90, 0)), y, target, images=images)
    net = NeuralNet(inputs, layers, 1, seed=3, dtype=np.float64)
    first, second = (placed.cut_parameters(net.parameters) for placed in net.placed[:2])
    first["weights"][..., 1], first["bias"][1] = 0.0, -1.0  # never positive
    second["weights"][..., 0], second["bias"][0] = 0.0, 9.0  # tanh 9 is all but 1
    trainer = create_trainer(net, data, optimizer=Adam())
    monitor = LayerMonitor(trainer)
    before = net.parameters[: net.layer_parameter_count] + 0.01
    conv, tanh, _, _ = found = monitor.measure(net.parameters.copy(), before)

    assert [(each.layer, each.type, each.units) for each in found[:3]] == [
        (1, "conv", 3),
        (2, "conv", 2),
        (3, "dense", 3),
    ]
    assert [len(dead) for dead in monitor.dead] == [3, 1]
    for count, each in ((1, conv), (2, tanh)):
        part = NeuralNet(inputs, layers[:count], 1, seed=0, dtype=np.float64)
        stretch = net.placed[count - 1].stretch
        part.parameters[: stretch.stop] = net.parameters[: stretch.stop]
        outputs = part.join(np.empty((90, 0)), images=images).reshape(90, each.units, 36)
        assert (each.activation_mean, each.activation_std) == pytest.approx((outputs.mean(), outputs.std()))
        assert each.weight_norm == pytest.approx(np.linalg.norm(net.parameters[stretch]))
        assert each.update_ratio == pytest.approx(0.01 * np.sqrt(stretch.stop - stretch.start) / each.weight_norm)
        assert each.gradient_norm == pytest.approx(np.linalg.norm(monitor.gradients[stretch]))
        dead = (outputs == 0).all(axis=(0, 2)).mean() if each is conv else 0.0
        assert each.dead_share == dead
        assert each.saturated_share == ((np.abs(outputs) > 0.99).mean() if each is tanh else 0.0)
    assert conv.dead_share >= 1 / 3
    assert tanh.saturated_share >= 1 / 2

    other = NeuralNet(inputs, layers, 1, seed=0, dtype=np.float64)

    def loss(weights):
        other.parameters[...] = weights
        logits = other.forward(np.empty((90, 0)), images=images)
        return trainer.loss.total(logits, trainer.rows.targets, None) / 90

    convs = np.arange(net.placed[1].stretch.stop)
    steps = (1e-5 * (np.arange(net.parameter_count) == place) for place in convs)
    numeric = [(loss(net.parameters + step) - loss(net.parameters - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(monitor.gradients[convs], numeric, atol=1e-8)


def test_a_table_of_pictures_in_pieces_is_encoded_as_a_whole_one():
    table = create_table(90)
    whole, cut = (prepare(each, target="label", seed=4) for each in (table, Cut(table, 25)))
    for prepared in (whole, cut):
        for part, rows in zip(("train", "validation"), prepared.rows.parts, strict=False):
            np.testing.assert_array_equal(getattr(prepared, part).images, table.columns["photo"].pixels[rows])
    assert whole.inputs.image_encoder.shape == cut.inputs.image_encoder.shape == (1, 8, 8)


def test_pixels_are_scaled_by_mean_and_deviation_and_a_missing_picture_has_the_mean_colour():
    photos, _ = create_pictures(50, channels=3)
    present = np.arange(50) % 10 != 0
    column = ImageColumn(photos.pixels * present[:, None, None, None], present)
    encoder, skipped = TableEncoder.fit(Frame({"photo": column, "other": photos}, 50), ["photo", "other"])
    assert [name for name, _ in skipped] == ["other"]
    assert "one picture a row" in skipped[0].reason
    (image,) = encoder.columns
    there = photos.pixels[present] / 255
    np.testing.assert_allclose(image.means, there.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(image.deviations, there.std(axis=(0, 2, 3)))
    numbers, _, images, *_ = encoder.encode_arrays(Frame({"photo": column}, 50))
    assert numbers[:, 0].tolist() == (~present).tolist()
    np.testing.assert_array_equal(images[present], column.pixels[present])
    colour = np.rint(np.multiply(image.means, 255))
    np.testing.assert_array_equal(images[~present], np.broadcast_to(colour[:, None, None], (5, 3, 8, 8)))
    assert TableEncoder.from_json(encoder.to_json()) == encoder


def test_pictures_that_cannot_be_learned_from_are_left_out_or_refused():
    nothing = ImageColumn(np.zeros((4, 1, 8, 8), np.uint8), np.zeros(4, np.bool_))
    grey = ImageColumn(np.full((4, 1, 8, 8), 7, np.uint8), np.ones(4, np.bool_))
    _, skipped = TableEncoder.fit(Frame({"no": nothing, "grey": grey}, 4), ["no", "grey"])
    assert [reason.split(":")[1] for _, reason in skipped] == [
        " it has no value in any training row.",
        " it is a picture of one colour in every training row.",
    ]
    encoder, _ = TableEncoder.fit(Frame({"photo": create_pictures(20)[0]}, 20), ["photo"])
    with pytest.raises(UnusableColumn, match=r"1 x 9 x 9 .* 1 x 8 x 8"):
        encoder.encode_arrays(Frame({"photo": create_pictures(20, side=9)[0]}, 20))


def test_a_linear_model_of_large_pictures_converts_only_the_pixels_that_it_learns_from():
    pixels = np.random.default_rng(0).integers(100, 156, (600, 3, 64, 64)).astype(np.uint8)
    bright = np.arange(600) % 2 == 0
    pixels[:, 1, 20:30, 20:30] = np.where(bright, 250, 5)[:, None, None]
    label = CategoricalColumn(bright.astype(np.int32), ("dark", "bright"))
    table = Frame({"photo": ImageColumn(pixels, np.ones(600, np.bool_)), "label": label}, 600)
    prepared = prepare(table, target="label", seed=1)
    tracemalloc.start()
    linear = fit_baselines(prepared.train, prepared.validation).linear
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert linear.metrics["accuracy"] == 1.0
    assert peak < 4 * prepared.train.images.size  # of all pixels as float32, without any copy
