"""The trained recommender of the example: better than no taste, the same after its bytes, and its answers."""

import hashlib
import json
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from learning.errors import CorruptModel, NotForTask, UnusableColumn
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.optim.schedules import Plateau
from learning.recommendation.filters import ItemFilter
from learning.training.checkpoint import TrainingCheckpoint
from learning.training.spec import EarlyStopping
from learning.training.trainer import Trainer
from tests.unit.learning.recommendation.books import SPEC, frame_of, prepare_books, read_books, train_books

GENRES = {row["book"]: row["genre"] for row in read_books()}
BOTH = pytest.mark.parametrize("rated", [True, False], ids=["ratings", "choices"])


def test_ratings_are_predicted_better_than_without_taste():
    _, metrics, prepared = train_books(rated=True)
    zeros = np.zeros((len(prepared.test), prepared.test.outputs))
    assert metrics["rmse"] < 0.9 * prepared.test.compute_metrics(zeros)["rmse"]


def test_choices_are_ranked_much_better_than_by_popularity():
    _, metrics, prepared = train_books(rated=False)
    zeros = np.zeros((len(prepared.test), prepared.test.outputs))
    assert metrics["recall_at_10"] > 1.5 * prepared.test.compute_metrics(zeros)["recall_at_10"]


@BOTH
def test_bytes_of_a_model_are_the_same_model(rated):
    model = train_books(rated=rated)[0]
    again = Model.from_bytes(model.to_bytes())
    bag = model.recommender.find_history("reader 1")
    assert again.recommender.recommend(*bag) == model.recommender.recommend(*bag)
    assert again.header == model.header


def create_trainer(prepared, seed=0, **spec):
    net = NeuralNet(prepared.train.width, SPEC.layers, prepared.train.outputs, seed=seed)
    return Trainer(net, prepared.train, prepared.validation, replace(SPEC, **spec))


def finish_training(trainer, epochs):
    trainer.finish()
    return epochs, trainer.net.parameters.tobytes(), trainer.best_epoch, trainer.best_error, trainer.stop_reason


@BOTH
@pytest.mark.parametrize("stop", [1, 4, 12])
def test_a_resumed_training_ends_with_the_same_bits(rated, stop):
    prepared, spec = prepare_books(rated=rated, validation=0.1), {"early_stopping": EarlyStopping(patience=8)}
    whole = create_trainer(prepared, **spec)
    expected = finish_training(whole, list(whole.run()))
    first, second = create_trainer(prepared, **spec), create_trainer(prepared, seed=1, **spec)
    before = list(islice(first.run(), stop))
    data = b"".join(first.checkpoint().to_chunks())
    second.restore(TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest()))
    assert finish_training(second, [*before, *second.run()]) == expected


def test_choices_are_selected_by_their_ranking_and_not_by_the_loss():
    prepared = prepare_books(rated=False, validation=0.2)
    trainer = create_trainer(prepared, epochs=200, early_stopping=EarlyStopping(patience=12))
    epochs = list(trainer.run())
    rankings = [epoch.metrics["ndcg_at_10"] for epoch in epochs]
    best = rankings.index(max(rankings)) + 1
    assert (trainer.selection_metric, trainer.stop_reason) == ("ndcg_at_10", "early_stopping")
    assert (trainer.best_epoch, len(epochs)) == (best, best + 12)
    assert [epoch.epoch for epoch in epochs if epoch.best][-1] == best
    losses = [epoch.validation_loss for epoch in epochs]
    assert best != losses.index(min(losses)) + 1, "the loss would have chosen the same epoch, which shows nothing"
    trainer.finish()
    held_out = prepared.validation
    assert held_out.compute_metrics(trainer.net.forward(held_out.x))["ndcg_at_10"] == max(rankings)


def test_a_plateau_of_rankings_lowers_the_rate():
    prepared = prepare_books(rated=False, validation=0.2)
    schedule = Plateau(patience=1, factor=0.5)
    epochs = list(create_trainer(prepared, epochs=30, schedule=schedule, early_stopping=None).run())
    best, rate = -1.0, SPEC.optimizer.learning_rate
    for epoch in epochs:
        assert epoch.learning_rate == rate
        rate = rate if epoch.metrics["ndcg_at_10"] > best else rate / 2
        best = max(best, epoch.metrics["ndcg_at_10"])
    assert epochs[-1].learning_rate < epochs[0].learning_rate


def test_bytes_with_a_history_that_does_not_fit_are_refused():
    model = train_books(rated=False)[0]
    text = model.header.to_json().decode().replace(model.header.inputs.sizes, "AAAA")
    with pytest.raises(CorruptModel, match="array"):
        type(model.header).from_json(text.encode())


@BOTH
def test_recommendations_of_two_books_are_of_their_genre(rated):
    recommender = train_books(rated=rated)[0].recommender
    liked = ["The Amber Dragon", "The Last Oracle", "The Silent Sword", "no such book"]
    found = recommender.recommend(*recommender.fold_in(liked), limit=5)
    assert len(found) == 5
    assert [GENRES[each.item] for each in found].count("fantasy") >= 4
    assert not {each.item for each in found} & set(liked)
    assert {why.item for each in found for why in each.reasons} <= set(liked)
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)


def test_seen_excluded_and_filtered_books_are_left_out():
    recommender = train_books(rated=True)[0].recommender
    bag = recommender.find_history("reader 1")
    seen = {recommender.catalogue.items[number] for number in bag[0]}
    every = [each.item for each in recommender.recommend(*bag, limit=1000)]
    assert not set(every) & seen
    assert set(every) | seen == set(recommender.catalogue.items)
    assert {each.item for each in recommender.recommend(*bag, limit=1000, exclude_seen=False)} >= seen
    assert every[0] not in {each.item for each in recommender.recommend(*bag, excluded=[every[0]])}
    crime = recommender.recommend(*bag, limit=1000, filters={"genre": ItemFilter(values=("crime",))})
    assert {GENRES[each.item] for each in crime} == {"crime"}
    with pytest.raises(UnusableColumn, match="Did you mean 'genre'"):
        recommender.recommend(*bag, filters={"genres": ItemFilter(values=("crime",))})
    with pytest.raises(UnusableColumn, match="no bounds"):
        recommender.recommend(*bag, filters={"genre": ItemFilter(minimum=1)})


def test_similar_books_are_of_the_same_genre():
    recommender = train_books(rated=False)[0].recommender
    right = [
        GENRES[near.item] == genre for book, genre in GENRES.items() for near in recommender.find_similar(book, limit=3)
    ]
    assert np.mean(right) > 0.8
    assert recommender.find_similar("no such book") is None


@BOTH
def test_predictions_of_rows_are_the_scores_of_their_bags(rated):
    model = train_books(rated=rated)[0]
    recommender = model.recommender
    rows = [{"reader": f"reader {n}", "book": book} for n in (2, 1, 2) for book in list(GENRES)[:2]]
    predictions, warnings = model.predict(frame_of([*rows, {"reader": "nobody", "book": "nothing"}]))
    assert [(each.row, each.column) for each in warnings] == [(6, "book"), (6, "reader")]
    for row, value in zip(rows, predictions.list_predicted(), strict=False):
        dense = np.zeros((1, recommender.encoder.width), np.float32)
        encoded, levels = recommender.catalogue.encode_bags(
            recommender.encoder.histories.take(np.array([recommender.encoder.numbers[row["reader"]]]))
        )
        encoded.write_dense(np.array([0]), dense)
        scores = recommender.catalogue.decode(model.net.forward(dense), levels)
        expected = recommender.catalogue.clip(scores)[0, recommender.catalogue.numbers[row["book"]]]
        assert value == pytest.approx(expected, rel=1e-4)


@BOTH
def test_told_scores_are_those_that_are_predicted_of_rows(rated):
    model = train_books(rated=rated)[0]
    found = model.recommender.recommend(*model.recommender.find_history("reader 1"), limit=20)
    rows = [{"reader": "reader 1", "book": each.item} for each in found]
    predicted = model.predict(frame_of(rows))[0].list_predicted()
    np.testing.assert_allclose([each.score for each in found], predicted, rtol=1e-4)


def test_choices_of_a_softmax_are_probabilities_and_have_the_header_of_earlier_versions():
    prepared = prepare_books(rated=False, loss="cross_entropy", validation=0.1)
    net = NeuralNet(prepared.train.width, SPEC.layers, prepared.train.outputs, seed=0)
    model = create_model(prepared, net)
    assert not {"squared", "predicts_new"} & set(json.loads(model.header.to_json())["inputs"]["catalogue"])
    scores = model.recommender.score_bags(model.recommender.encoder.histories)
    np.testing.assert_allclose(scores.sum(axis=1), 1, rtol=1e-6)


def test_what_judges_single_rows_is_refused_with_the_reason():
    model = train_books(rated=True)[0]
    with pytest.raises(NotForTask, match="learns from all that a user chose"):
        _ = model.encoding
    with pytest.raises(NotForTask):
        model.header.output.create_reader("stars", 1)


def test_reasons_of_many_items_among_many_are_found_in_pieces(monkeypatch):
    recommender = train_books(rated=False)[0].recommender
    liked = recommender.fold_in(recommender.catalogue.items[:30])
    whole = recommender.recommend(*liked, limit=40)
    sizes, compare = [], recommender._compare_items

    def record(one, others):
        sizes.append(len(one) * len(others))
        return compare(one, others)

    monkeypatch.setattr(recommender, "_compare_items", record)
    monkeypatch.setattr("learning.recommendation.recommender.MAX_SCORES", 100)

    def name_reasons(found):
        return [(each.item, [reason.item for reason in each.reasons]) for each in found]

    assert name_reasons(recommender.recommend(*liked, limit=40)) == name_reasons(whole)
    assert len(sizes) > 1
    assert max(sizes) <= 100
    for found in whole:
        number = recommender.catalogue.numbers[found.item]
        cosines = dict(zip(liked[0].tolist(), compare(np.array([number]), liked[0])[0].tolist(), strict=True))
        best = sorted(cosines, key=lambda each: -cosines[each])[:3]
        assert [reason.item for reason in found.reasons] == [
            recommender.catalogue.items[each] for each in best if cosines[each] > 0
        ]


def test_an_unknown_item_is_predicted_alone_as_among_others():
    recommender = train_books(rated=False)[0].recommender
    users = recommender.encoder.users[:3]
    frame = frame_of([{"reader": user, "book": "nothing"} for user in users])
    together = recommender.predict(frame)[0].numbers
    alone = [recommender.predict(frame.take(np.array([row])))[0].numbers[0] for row in range(len(users))]
    np.testing.assert_allclose(together, alone)
