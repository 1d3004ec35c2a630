"""What an exported model that recommends offers: `recommend`, `similar`, `predict(rows)`, and a command line."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from learning.export.python.runtime.recommender import BagRecommender
from learning.export.python.runtime.weights import read_weights
from tables.python_export.cells.cell_error import CellError
from tables.python_export.cells.row_reader import Row, RowReader, spell_whole
from tables.python_export.command_line import create_parser, predict_file
from tables.python_export.data import ABOUT, WEIGHTS


class PairPredictor:
    """A model that recommends.

    Attributes:
        recommender: Its items, and who chose them.
    """

    def __init__(self, about: dict[str, Any], weights: str) -> None:
        self.recommender = BagRecommender(about["header"], read_weights(weights.split()))
        inputs = about["header"]["inputs"]
        self.names = inputs["user"], inputs["item"]
        known = dict(zip(self.names, (self.recommender.users, self.recommender.numbers), strict=True))
        self.reader = RowReader(about["rules"], known, (*about["ignored"], *about["targets"]))

    def predict_values(self, rows: Iterable[Row]) -> Iterator[float]:
        """The rating, or the probability of a choice, of each row's user and item."""
        return self.recommender.predict(
            [(self._spell(row[self.names[0]]), self._spell(row[self.names[1]])) for row in self.reader.read(rows)]
        )

    def predict_lines(self, rows: Iterable[Row]) -> Iterator[list[object]]:
        """The cells of each row's line in a table of predictions."""
        return ([value] for value in self.predict_values(rows))

    @staticmethod
    def _spell(value: str | float | None) -> str | None:
        return value if isinstance(value, str) else spell_whole(value)


@lru_cache(maxsize=1)
def load_pairs() -> PairPredictor:
    """The model of this file."""
    return PairPredictor(json.loads(ABOUT), WEIGHTS)


def predict(rows: Row | Iterable[Row]) -> list[dict[str, Any]]:
    """Predict the rating, or the probability of a choice, of the user and item of rows, or of one: `{"value": …}`.

    Raises:
        CellError: a column is unknown, or a cell does not fit its column; it is a ValueError.
    """
    listed = cast("Iterable[Row]", [rows] if isinstance(rows, Mapping) else rows)
    return [{"value": value} for value in load_pairs().predict_values(listed)]


def recommend(
    user: str | None = None,
    *,
    liked: Collection[str] | Mapping[str, float] = (),
    limit: int = 10,
    exclude: Collection[str] = (),
    exclude_seen: bool = True,
) -> list[dict[str, Any]]:
    """Recommend items to a user, or to somebody who liked some: `{"item": …, "score": …}`, the best first.

    Args:
        user: A user of the training rows; another one gets what most like.
        liked: What somebody liked, in place of a user; a mapping gives ratings.
        limit: The maximum number of items.
        exclude: Items to leave out.
        exclude_seen: Whether to leave out what was chosen.
    """
    recommender = load_pairs().recommender
    bag = recommender.fold_in(liked) if user is None else recommender.find_history(user)
    return recommender.recommend(bag, limit, exclude, exclude_seen=exclude_seen)


def similar(item: str, limit: int = 10) -> list[dict[str, Any]]:
    """The items that are most like another one: `{"item": …, "similarity": …}`, the most similar first.

    Raises:
        CellError: there is no such item; it is a ValueError.
    """
    recommender = load_pairs().recommender
    if item not in recommender.numbers:
        raise CellError(f"{item!r} is no item of the training rows")
    return recommender.find_similar(item, limit)


def main() -> None:
    """Recommend to a user, or predict the users and items of a CSV file."""
    parser = create_parser(json.loads(ABOUT)["title"])
    parser.add_argument("--user", help="recommend items to this user, and read no file")
    parser.add_argument("--liked", help="recommend items to somebody who liked these, with commas between them")
    parser.add_argument("--limit", type=int, default=10, help="the maximum number of items")
    arguments = parser.parse_args()
    if arguments.user is None and arguments.liked is None:
        predict_file(arguments, ["value"], load_pairs().predict_lines)
        return
    liked = [name.strip() for name in (arguments.liked or "").split(",")]
    for found in recommend(arguments.user, liked=liked, limit=arguments.limit):
        print(f"{found['item']}\t{found['score']:.6g}")  # noqa: T201 - a command prints
