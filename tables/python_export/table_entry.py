"""What an exported model of a table offers: `predict(rows)`, and a command line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from learning.export.python.runtime.table_net import TableNet
from learning.export.python.runtime.weights import read_weights
from tables.python_export.command_line import create_parser, predict_file
from tables.python_export.data import ABOUT, WEIGHTS
from tables.python_export.row_reader import Row, RowReader, spell_whole


class TablePredictor:
    """A model of a table.

    Attributes:
        answers: What its numbers mean.
        header: The columns of a table of predictions.
    """

    def __init__(self, about: dict[str, Any], weights: str) -> None:
        self.net = TableNet(about["header"], read_weights(weights.split()))
        self.answers = self.net.answers
        known = {
            each["name"]: dict.fromkeys((*each["kept"], *each["pooled"])) for each in self.net.columns if "kept" in each
        }
        self.reader = RowReader(about["rules"], known, (*about["ignored"], *about["targets"]))
        self.ids = {
            each["name"] for each in self.net.columns if each["type"] == "embedding" and each["kind"] == "numeric"
        }
        self.header = [*(["label"] if self.answers.labels else []), *self.answers.columns]

    def predict_numbers(self, rows: Iterable[Row]) -> Iterator[list[float]]:
        """All numbers of each row, as `answers` describes them."""
        yield from self.net.predict(map(self._name_ids, self.reader.read(rows)))

    def predict_lines(self, rows: Iterable[Row]) -> Iterator[list[object]]:
        """The cells of each row's line in a table of predictions."""
        for numbers in self.predict_numbers(rows):
            yield [*([self.answers.describe(numbers)["label"]] if self.answers.labels else []), *numbers]

    def _name_ids(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values of a row with numbers that are ids as texts."""
        return values | {name: spell_whole(values[name]) for name in self.ids}


@lru_cache(maxsize=1)
def load_table() -> TablePredictor:
    """The model of this file."""
    return TablePredictor(json.loads(ABOUT), WEIGHTS)


def predict(rows: Row | Iterable[Row]) -> list[dict[str, Any]]:
    """Predict rows, or one: mappings of columns to cells, in which None, or nothing, is missing.

    The answers are those of the service: `{"value": …}`, or `{"label": …, "probabilities": {…}}`.

    Raises:
        CellError: a column is unknown, or a cell does not fit its column; it is a ValueError.
    """
    model, listed = load_table(), cast("Iterable[Row]", [rows] if isinstance(rows, Mapping) else rows)
    return [model.answers.describe(numbers) for numbers in model.predict_numbers(listed)]


def main() -> None:
    """Predict the rows of a CSV file."""
    model = load_table()
    predict_file(create_parser(json.loads(ABOUT)["title"]).parse_args(), model.header, model.predict_lines)
