"""What nobody chose yet: new films recommended by genre and year, and to new users by age, occupation and sex.

MovieLens 100K, as in `bench_recommend.py`; ratings of 4 and more are choices. A tenth of the films and a tenth of the
users are new: none of their choices is learned. New films are ranked among each other, for users whose choices are
known, beside their order at random and by how popular films with such columns are; films for new users beside the most
popular. Nothing was tuned on it.

    .venv/bin/python benchmarks/bench_new_items.py
"""

import io
from dataclasses import replace
from typing import Final

import numpy as np
from bench_recommend import LIKED, RATINGS, download_files, number_column
from numpy.typing import NDArray

from learning.frame import CategoricalColumn, Frame, NumericColumn
from learning.model import create_model
from learning.nn.net import NeuralNet
from learning.recommendation.bags import Bags
from learning.recommendation.defaults import choose_training
from learning.recommendation.prepare import prepare_recommendation
from learning.recommendation.ranking import compute_ranking_metrics
from learning.recommendation.recommender import Recommender
from learning.training.trainer import Trainer

SEEDS: Final = (0, 1, 2)
NEW_SHARE: Final = 0.1
FOLDER: Final = RATINGS.rpartition("ml-100k.")[0]


class Films:
    """Choices of films by users, and the columns of both."""

    def __init__(self) -> None:
        inter, items, users = download_files(*[f"{FOLDER}ml-100k.{name}" for name in ("inter", "item", "user")])
        rows = np.loadtxt(io.BytesIO(inter), skiprows=1)
        rows = rows[rows[:, 2] >= LIKED]
        self.items = [line.split("\t") for line in items.decode().splitlines()[1:]]
        self.users = [line.split("\t") for line in users.decode().splitlines()[1:]]
        item_numbers = {int(item[0]): number for number, item in enumerate(self.items)}
        user_numbers = {int(user[0]): number for number, user in enumerate(self.users)}
        self.chosen = np.array([item_numbers[int(item)] for item in rows[:, 1]])
        self.choosers = np.array([user_numbers[int(user)] for user in rows[:, 0]])

    def create_frame(self, choosers: NDArray[np.intp], chosen: NDArray[np.intp]) -> Frame:
        """A table of choices; a user of -1 is missing."""
        years = [float(item[2]) if item[2].strip().isdigit() else np.nan for item in self.items]
        ages = [float(user[1]) for user in self.users]
        columns = {
            "user": CategoricalColumn(choosers.astype(np.int32), number_column(np.arange(len(self.users))).categories),
            "item": CategoricalColumn(chosen.astype(np.int32), number_column(np.arange(len(self.items))).categories),
            "genres": categorical([item[3] for item in self.items], chosen),
            "year": NumericColumn(np.array(years)[chosen]),
            "age": NumericColumn(np.where(choosers >= 0, np.array(ages)[choosers], np.nan)),
            "occupation": categorical([user[3] for user in self.users], choosers),
            "sex": categorical([user[2] for user in self.users], choosers),
        }
        return Frame(columns, len(chosen))


def categorical(texts: list[str], rows: NDArray[np.intp]) -> CategoricalColumn:
    """The text of each row's number; missing where that is -1."""
    names, codes = np.unique(texts, return_inverse=True)
    return CategoricalColumn(np.where(rows >= 0, codes[rows], -1).astype(np.int32), tuple(map(str, names)))


def train(frame: Frame, seed: int, films: Films) -> Recommender:
    """The recommender of the default spec."""
    counts = {"users": len(films.users), "items": len(films.items), "rows": frame.rows}
    spec = replace(choose_training(**counts, whole_bags=True), seed=seed)
    prepared = prepare_recommendation(frame, user="user", item="item", rating=None, split=spec.split, seed=seed)
    net = NeuralNet(prepared.train.width, spec.layers, prepared.train.outputs, seed=seed)
    trainer = Trainer(net, prepared.train, prepared.validation, spec)
    for _ in trainer.run():
        pass
    trainer.finish()
    recommender = create_model(prepared, net).recommender
    if recommender is None:
        raise SystemExit("The model does not recommend.")
    return recommender


def measure(seed: int, films: Films) -> dict[str, float]:
    """The ndcg at 10 of each ranking, for one choice of what is new."""
    random = np.random.default_rng(seed)
    items, users = random.permutation(len(films.items)), random.permutation(len(films.users))
    items, users = items[: int(NEW_SHARE * len(items))], users[: int(NEW_SHARE * len(users))]
    is_new_item, is_new_user = np.isin(films.chosen, items), np.isin(films.choosers, users)
    known = ~is_new_item & ~is_new_user
    described = np.full(len(items), -1)
    frame = films.create_frame(np.append(films.choosers[known], described), np.append(films.chosen[known], items))
    recommender = train(frame, seed, films)
    encoder, catalogue = recommender.encoder, recommender.catalogue
    places = np.array([catalogue.numbers[str(item)] for item in items])
    names = [int(name) for name in encoder.users]
    scores = recommender.score_bags(encoder.histories)[:, places]
    levels = np.broadcast_to(catalogue.item_levels[places].astype(float), scores.shape)
    is_asked = is_new_item & ~is_new_user & np.isin(films.choosers, names)
    rows, columns = _find(names, films.choosers[is_asked]), _find(items.tolist(), films.chosen[is_asked])
    found = {
        "new_items": _rank(scores, rows, columns),
        "new_items_by_level": _rank(levels, rows, columns),
        "new_items_at_random": _rank(random.random(scores.shape), rows, columns),
    }
    bags = [
        encoder.expect_bag({"age": user[1], "occupation": user[3], "sex": user[2]})[0]
        for user in [films.users[number] for number in users]
    ]
    scores = recommender.compute_logits(Bags.concat(bags)) + catalogue.item_levels
    is_asked = is_new_user & ~is_new_item & np.isin(films.chosen, [int(name) for name in catalogue.items])
    rows = _find(users.tolist(), films.choosers[is_asked])
    columns = np.array([catalogue.numbers[str(item)] for item in films.chosen[is_asked]])
    found["new_users"] = _rank(scores, rows, columns)
    found["new_users_by_popularity"] = _rank(np.broadcast_to(catalogue.item_counts, scores.shape), rows, columns)
    return found


def _find(names: list[int], wanted: NDArray[np.intp]) -> NDArray[np.intp]:
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[number] for number in wanted.tolist()])


def _rank(scores: NDArray[np.floating], rows: NDArray[np.intp], columns: NDArray[np.intp]) -> float:
    """The ndcg at 10 of scores (users, items), where these cells were chosen and nothing was seen."""
    nothing = np.empty(0, np.intp)
    chosen, seen = (
        Bags.group(owners, each, np.ones(len(each)), len(scores))
        for owners, each in ((rows, columns), (nothing, nothing))
    )
    return compute_ranking_metrics(scores, chosen, seen)["ndcg_at_10"] or 0.0


def main() -> None:
    """Print the figures, and fail where columns do not help."""
    films = Films()
    found = [measure(seed, films) for seed in SEEDS]
    means = {name: float(np.mean([each[name] for each in found])) for name in found[0]}
    for name, value in means.items():
        print(f"ndcg, {name:24} {value:8.4f}   {'  '.join(f'{each[name]:.4f}' for each in found)}")
    if means["new_items"] <= 1.2 * max(means["new_items_by_level"], means["new_items_at_random"]):
        raise SystemExit("missed: the columns of new items do not help")
    if means["new_users"] <= means["new_users_by_popularity"]:
        raise SystemExit("missed: the columns of new users do not help")


if __name__ == "__main__":
    main()
