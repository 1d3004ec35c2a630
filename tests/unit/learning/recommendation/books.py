"""The example of made-up readers and books, as a frame and as a trained model."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

from learning.data.split_spec import SplitSpec
from learning.frame import CategoricalColumn, DatetimeColumn, Frame, NumericColumn
from learning.model import create_model
from learning.nn.layers import Dense, Dropout
from learning.nn.net import NeuralNet
from learning.optim import Adam
from learning.recommendation.defaults import choose_training
from learning.recommendation.prepare import prepare_recommendation
from learning.training.spec import TrainingSpec
from learning.training.trainer import Trainer

BOOKS = Path(__file__).parents[4] / "examples/book_ratings.csv"
SPEC = TrainingSpec(
    layers=(Dropout(rate=0.5), Dense(units=64, activation="tanh"), Dropout(rate=0.7)),
    optimizer=Adam(learning_rate=0.003),
    batch_size=32,
    epochs=60,
)
CHOICES = choose_training(users=60, items=80, rows=1000, whole_bags=True)


def read_books():
    with BOOKS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def categorical(values):
    names = sorted(set(values) - {None})
    return CategoricalColumn(
        np.array([names.index(v) if v is not None else -1 for v in values], np.int32), tuple(names)
    )


def frame_of(rows):
    """A frame of dicts with reader, book and, where there are any, genre, stars and date."""
    columns = {
        name: categorical([row[name] for row in rows]) for name in ("reader", "book", "genre") if name in rows[0]
    }
    if "stars" in rows[0]:
        columns["stars"] = NumericColumn(
            np.array([np.nan if row["stars"] is None else float(row["stars"]) for row in rows])
        )
    if "date" in rows[0]:
        days = np.array([row["date"] for row in rows], "datetime64[D]").astype(float)
        columns["date"] = DatetimeColumn(days * 86400)
    return Frame(columns, len(rows))


def prepare_books(*, rated, rows=None, loss="auto", **split):
    rows = read_books() if rows is None else rows
    rows = rows if rated else [row for row in rows if float(row["stars"]) >= 4]
    rating = "stars" if rated else None
    return prepare_recommendation(
        frame_of(rows), user="reader", item="book", rating=rating, split=SplitSpec(**split), seed=0, loss=loss
    )


@cache
def train_books(*, rated):
    """The model of the example, and its test metrics beside those of nobody's taste."""
    prepared = prepare_books(rated=rated, validation=0.1, test=0.2)
    spec = SPEC if rated else CHOICES
    net = NeuralNet(prepared.train.width, spec.layers, prepared.train.outputs, seed=0)
    trainer = Trainer(net, prepared.train, prepared.validation, spec)
    list(trainer.run())
    trainer.finish()
    test = prepared.test
    return create_model(prepared, net), test.compute_metrics(net.forward(test.x)), prepared
