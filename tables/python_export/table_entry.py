"""What an exported model of a table offers: `predict(rows)`, and a command line."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from learning.export.python.runtime.table_net import TableNet
from learning.export.python.runtime.thresholds import find_thresholds
from learning.export.python.runtime.weights import read_weights
from tables.python_export.cells.row_reader import Row, RowReader, spell_whole
from tables.python_export.command_line import create_parser, predict_file
from tables.python_export.data import ABOUT, PICTURES, WEIGHTS


class TablePredictor:
    """A model of a table.

    Attributes:
        answers: What its numbers mean.
        header: The columns of a table of predictions.
    """

    def __init__(self, about: dict[str, Any], weights: str, pictures: Any = None) -> None:
        self.net, read_picture = TableNet(about["header"], read_weights(weights.split()), pictures), None
        if pictures is not None:
            read_picture = pictures.read
        self.answers = self.net.answers
        known = {
            each["name"]: dict.fromkeys((*each["kept"], *each["pooled"])) for each in self.net.columns if "kept" in each
        }
        self.reader = RowReader(about["rules"], known, (*about["ignored"], *about["targets"]), read_picture)
        self.picture = next((name for name, rule in about["rules"].items() if rule["type"] == "image"), None)
        self.ids = {
            each["name"] for each in self.net.columns if each["type"] == "embedding" and each["kind"] == "numeric"
        }
        self.header = [*(["label"] if self.answers.labels else []), *self.answers.columns]
        self.conformal: dict[str, Any] | None = about["header"]["conformal"]

    def predict_numbers(self, rows: Iterable[Row]) -> Iterator[list[float]]:
        """All numbers of each row, as `answers` describes them."""
        yield from self.net.predict(map(self._name_ids, self.reader.read(rows)))

    def predict_lines(self, rows: Iterable[Row], thresholds: Sequence[float] | None = None) -> Iterator[list[object]]:
        """The cells of each row's line in a table of predictions, with thresholds those of its interval or set, too."""
        for numbers in self.predict_numbers(rows):
            label = [self.answers.describe(numbers)["label"]] if self.answers.labels else []
            bounds = self.answers.find_bounds(numbers, thresholds) if thresholds else ()
            yield [*label, *numbers, *bounds]

    def list_columns(self, thresholds: Sequence[float] | None) -> list[str]:
        """The columns of a table of predictions, with thresholds those of intervals or sets, too."""
        return [*self.header, *(self.answers.bound_columns if thresholds is not None else ())]

    def describe(self, numbers: Sequence[float], thresholds: Sequence[float] | None) -> dict[str, Any]:
        """The answer for a row, with thresholds that of its interval or set, too."""
        answer = self.answers.describe(numbers)
        if thresholds is not None:
            bounds: list[Any] = [*self.answers.find_bounds(numbers, thresholds)]
            answer |= self.answers.describe_bounds(bounds)
        return answer

    def find_thresholds(self, interval: float | None) -> list[float] | None:
        """The thresholds of a coverage, if one is wanted.

        Raises:
            ValueError: it is no coverage, or the model has too few rows that it could rest on.
        """
        return None if interval is None else find_thresholds(self.conformal, interval)

    def _name_ids(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values of a row with numbers that are ids as texts."""
        return values | {name: spell_whole(values[name]) for name in self.ids}


@lru_cache(maxsize=1)
def load_table() -> TablePredictor:
    """The model of this file."""
    return TablePredictor(json.loads(ABOUT), WEIGHTS, PICTURES)


def predict(rows: Row | Iterable[Row], interval: float | None = None) -> list[dict[str, Any]]:
    """Predict rows, or one: mappings of columns to cells, in which None, or nothing, is missing.

    A picture is a path, or a file's bytes, as they are or in base64. The answers are those of the service:
    `{"value": …}`, or `{"label": …, "probabilities": {…}}`; with an interval, a coverage such as 0.9, also
    `{"interval": {"low": …, "high": …}}` or `{"set": […]}`, which hold the truth as often.

    Raises:
        CellError: a column is unknown, or a cell does not fit its column; it is a ValueError.
        ValueError: the model cannot promise the coverage.
    """
    model, listed = load_table(), cast("Iterable[Row]", [rows] if isinstance(rows, Mapping) else rows)
    thresholds = model.find_thresholds(interval)
    return [model.describe(numbers, thresholds) for numbers in model.predict_numbers(listed)]


def main() -> None:
    """Predict the rows of a CSV file, or files of pictures."""
    model, parser = load_table(), create_parser(json.loads(ABOUT)["title"])
    parser.add_argument(
        "--interval", type=float, help="a coverage, such as 0.9: an interval or a set that holds as often"
    )
    if model.picture is not None:
        parser.add_argument("--pictures", nargs="+", type=Path, metavar="FILE", help="predict these, and read no CSV")
    arguments = parser.parse_args()
    try:
        thresholds = model.find_thresholds(arguments.interval)
    except ValueError as fault:
        parser.error(str(fault))
    predict_lines = partial(model.predict_lines, thresholds=thresholds)
    rows = [{model.picture or "": path} for path in getattr(arguments, "pictures", None) or ()]
    predict_file(arguments, model.list_columns(thresholds), predict_lines, rows)
