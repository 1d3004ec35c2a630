"""The trained recommender of the example: better than no taste, the same after its bytes, and its answers."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from learning.errors import CorruptModel, NotForTask, UnusableColumn
from learning.model import Model
from learning.nn.net import NeuralNet
from learning.recommendation.filters import ItemFilter
from learning.training.checkpoint import TrainingCheckpoint
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


@BOTH
def test_a_resumed_training_ends_with_the_same_bits(rated):
    prepared = prepare_books(rated=rated, validation=0.1)
    nets = []
    for stops in (False, True):
        net = NeuralNet(prepared.train.width, SPEC.layers, prepared.train.outputs, seed=0)
        trainer = Trainer(net, prepared.train, prepared.validation, replace(SPEC, epochs=6))
        for event in trainer.run():
            if stops and event.epoch == 3:
                data = b"".join(trainer.checkpoint().to_chunks())
                again = TrainingCheckpoint.from_bytes(memoryview(data), hashlib.sha256(data).hexdigest())
                net = NeuralNet(prepared.train.width, SPEC.layers, prepared.train.outputs, seed=1)
                trainer = Trainer(net, prepared.train, prepared.validation, replace(SPEC, epochs=6))
                trainer.restore(again)
                list(trainer.run())
                break
        nets.append(net.parameters.tobytes())
    assert nets[0] == nets[1]


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


def test_what_judges_single_rows_is_refused_with_the_reason():
    model = train_books(rated=True)[0]
    with pytest.raises(NotForTask, match="learns from all that a user chose"):
        _ = model.encoding
    with pytest.raises(NotForTask):
        model.header.output.create_reader("stars", 1)
