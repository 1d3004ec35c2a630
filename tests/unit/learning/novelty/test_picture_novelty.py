"""How unlike its training pictures a net takes pictures to be: the formulas, the rates of alarms, and the bytes."""

import dataclasses
import json
from functools import cache

import numpy as np
import pytest

from learning.data.prepare import prepare
from learning.data.split_spec import SplitSpec
from learning.encoding.image import ImageEncoder
from learning.errors import CorruptModel
from learning.frame import CategoricalColumn, Frame, ImageColumn, NumericColumn
from learning.image_features import FeatureNet, FeaturesColumn
from learning.insight.ensemble import create_ensemble
from learning.model import Model, create_model
from learning.model_header import ModelHeader
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.novelty.packed_array import PackedArray
from learning.novelty.picture_novelty import MAX_UNFAMILIAR
from learning.novelty.principal_axes import PrincipalAxes
from tests.unit.learning.training.test_images import create_pictures, create_table, new_trainer, train

RANDOM = np.random.default_rng(3)


@cache
def model_of_bars() -> Model:
    return train(create_table(1200), epochs=8)[2]


def predict(pixels, present=None):
    column = ImageColumn(pixels, np.ones(len(pixels), np.bool_) if present is None else present)
    return model_of_bars().predict(Frame({"photo": column}, len(pixels)))


def strange_pictures():
    noise = RANDOM.integers(0, 256, (200, 1, 8, 8), dtype=np.uint8)
    bars = create_pictures(200, seed=9)[0].pixels
    spot = RANDOM.integers(0, 90, (200, 1, 8, 8), dtype=np.uint8)
    spot[:, :, 2:5, 2:5] += 120
    even = np.broadcast_to(RANDOM.integers(0, 256, (200, 1, 1, 1)), noise.shape).astype(np.uint8)
    return {"noise": noise, "inverted": 255 - bars, "spots": spot, "even": even, "shaded": bars // 2}


def test_strange_pictures_are_unfamiliar_and_unseen_ones_of_the_same_kind_are_not():
    unseen = predict(create_pictures(2000, seed=9)[0].pixels)[0].typicality
    false_alarms = float((unseen <= MAX_UNFAMILIAR).mean())
    rates = {
        name: float((predict(pixels)[0].typicality <= MAX_UNFAMILIAR).mean())
        for name, pixels in strange_pictures().items()
    }
    assert false_alarms <= 0.025  # of 2,000, beside 240 held-out ones: p has a deviation of 0.6% of its own
    assert min(rates.values()) > 0.9, rates


def test_typicality_is_uniform_where_pictures_are_like_the_held_out_ones():
    unseen = predict(create_pictures(2000, seed=10)[0].pixels)[0].typicality
    shares = [(unseen <= level).mean() for level in (0.1, 0.25, 0.5, 0.75)]
    np.testing.assert_allclose(shares, [0.1, 0.25, 0.5, 0.75], atol=0.08)


def test_a_warning_says_which_picture_is_strange_and_a_missing_one_has_no_typicality():
    usual = create_pictures(100, seed=9)[0].pixels
    usual = usual[[np.argmax(predict(usual)[0].typicality)]]
    pixels = np.concatenate([usual, strange_pictures()["noise"][:2]])

    predictions, warnings = predict(pixels, np.array([True, True, False]))

    assert predictions.typicality is not None
    assert predictions.typicality[0] > 0.9
    assert np.isnan(predictions.typicality[2])
    (warning,) = [warning for warning in warnings if warning.code == "unlike_training"]
    assert (warning.row, warning.column) == (1, "photo")
    assert "more unusual than all 240 held-out pictures" in warning.detail


def test_rows_in_pieces_have_the_typicality_that_they_have_at_once(monkeypatch: pytest.MonkeyPatch):
    pixels = np.concatenate([strange_pictures()["noise"][:10], create_pictures(60, seed=9)[0].pixels])
    whole, warnings = predict(pixels)
    monkeypatch.setitem(vars(model_of_bars()), "_piece_rows", 16)

    parts, part_warnings = predict(pixels)

    np.testing.assert_allclose(parts.typicality, whole.typicality, atol=0.005)
    assert [(each.row, each.code) for each in part_warnings] == [(each.row, each.code) for each in warnings]


def test_distance_is_that_of_the_covariance_written_out():
    rows = RANDOM.normal(size=(300, 6)) @ RANDOM.normal(size=(6, 6))
    axes = PrincipalAxes.fit(rows)
    directions, variances = axes.axes.values, axes.variances.values
    kept = len(directions)
    covariance = directions.T @ np.diag(variances[:-1]) @ directions
    covariance += variances[-1] * (np.eye(6) - directions.T @ directions)
    centred = rows - rows.mean(axis=0)
    expected = np.einsum("ij,jk,ik->i", centred, np.linalg.inv(covariance), centred)
    np.testing.assert_allclose(np.exp(axes.measure_log_distance(rows)), expected, rtol=1e-3)
    largest = np.linalg.eigvalsh(centred.T @ centred / len(rows))[::-1][:kept]
    np.testing.assert_allclose(variances[:-1], largest, rtol=1e-4)


def test_rows_that_are_all_the_same_have_finite_distances():
    axes = PrincipalAxes.fit(np.full((40, 5), 0.5))
    assert axes.axes.shape[0] == 0
    assert np.isfinite(axes.measure_log_distance(np.array([[0.5] * 5, [9.0] * 5]))).all()


def test_the_header_keeps_it_and_one_of_an_older_model_has_none():
    header = model_of_bars().header
    assert ModelHeader.from_json(header.to_json()) == header
    plain = json.loads(header.to_json())
    del plain["novelty"]
    assert ModelHeader.from_json(json.dumps(plain).encode()).novelty is None
    assert "novelty" not in json.loads(dataclasses.replace(header, novelty=None).to_json())


@pytest.mark.parametrize(
    "harm",
    [
        {"held_out": {"shape": [2], "data": ""}},
        {"held_out": {"shape": [1], "data": "AADAfw=="}},
        {"held_out": {"shape": [1], "data": "no base64"}},
        {"mean": {"shape": [1], "data": "AAAAAA=="}},
        {"whitening": {"shape": [1], "data": "AAAAAA=="}},
    ],
)
def test_a_header_with_wrong_arrays_is_refused(harm):
    plain = json.loads(model_of_bars().header.to_json())
    plain["novelty"] |= harm
    with pytest.raises(CorruptModel):
        ModelHeader.from_json(json.dumps(plain).encode())


def test_an_array_is_packed_as_it_is():
    values = RANDOM.normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_array_equal(PackedArray.pack(values).values, values)


def test_too_few_held_out_pictures_tell_nothing():
    assert train(create_table(40), epochs=1)[2].header.novelty is None


def test_of_an_ensemble_pictures_of_each_fold_are_held_out_from_those_of_the_others():
    random, rows = np.random.default_rng(8), 90

    def make(count: int) -> FeaturesColumn:
        values = random.normal(size=(count, 40)).astype(np.float32)
        return FeaturesColumn(values, np.ones(count, np.bool_), FeatureNet("ab", 40, 32))

    label = CategoricalColumn(np.arange(rows, dtype=np.int32) % 2, ("no", "yes"))
    split = SplitSpec(folds=3)
    prepared = prepare(Frame({"photo": make(rows), "label": label}, rows), target="label", split=split, all_folds=True)
    nets = [NeuralNet(prepared.inputs.net_inputs, [Dense(units=4)], 1, seed=seed) for seed in range(3)]
    ensemble = create_ensemble(dict(enumerate(nets)), prepared)
    novelty = create_model(ensemble.prepared, ensemble.net).header.novelty
    assert novelty is not None
    assert novelty.held_out.shape == (rows,)
    unseen = novelty.measure_typicality(None, make(2000).values)
    shares = [(unseen <= level).mean() for level in (0.1, 0.25, 0.5)]
    assert (np.array(shares) <= np.array([0.1, 0.25, 0.5]) + 0.05).all(), shares


def test_features_of_another_net_tell_it_too():
    feature_net, rows = FeatureNet("ab", 12, 32), 400
    mixed = RANDOM.normal(size=(4, 12))

    def make(count: int) -> FeaturesColumn:
        values = RANDOM.normal(size=(count, 4)) @ mixed + RANDOM.normal(scale=0.1, size=(count, 12))
        return FeaturesColumn(values.astype(np.float32), np.ones(count, np.bool_), feature_net)

    photos = make(rows)
    label = CategoricalColumn((photos.values[:, 0] > 0).astype(np.int32), ("no", "yes"))
    table = Frame({"size": NumericColumn(RANDOM.normal(size=rows)), "photo": photos, "label": label}, rows)
    prepared, trainer = new_trainer(table, layers=(Dense(units=4),))
    list(trainer.run())
    model = Model.from_bytes(create_model(prepared, trainer.net).to_bytes())
    strange = FeaturesColumn(photos.values[::-1, ::-1].copy(), photos.present, feature_net)

    rates = []
    for column in (make(rows), strange):
        frame = Frame({"size": NumericColumn(np.zeros(rows)), "photo": column}, rows)
        rates.append((model.predict(frame)[0].typicality <= 0.05).mean())
    assert rates[0] < 0.12
    assert rates[1] > 0.9, rates


def test_missing_rows_are_found():
    encoder = ImageEncoder.fit("photo", create_pictures(40)[0])
    assert isinstance(encoder, ImageEncoder)
    column = ImageColumn(np.zeros((3, 1, 8, 8), np.uint8), np.array([True, False, True]))
    assert encoder.find_missing(column).tolist() == [1]
