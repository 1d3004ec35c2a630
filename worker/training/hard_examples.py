"""The rows that a model gets wrong as they are shown to people: as they stand in the uploaded file, with their lines.

A net sees encoded numbers; whoever is to mend a typing error must see it where it stands.
"""

from collections.abc import Sequence
from typing import Final

from learning.data.prepare import PreparedData
from learning.encoding.targets import ClassTarget
from learning.insight.eval_sample import Part
from learning.insight.hard_examples import MOST_MISTAKES, Kind, Mistake
from store.files.files import FileStore
from store.rows import DatasetRow, JsonObject
from tables import read_rows_at
from worker.context import table_key

MOST_CELLS: Final = 2**16
FEWEST_MISTAKES: Final = 10
LONGEST_TEXT: Final = 1000
SHORT_TYPES: Final = frozenset({"numeric", "boolean", "datetime"})


def most_mistakes(columns: int) -> int:
    """How many rows of each kind and part are kept: a hundred, fewer if they have many columns."""
    return min(max(MOST_CELLS // max(columns, 1), FEWEST_MISTAKES), MOST_MISTAKES)


class Mistaken:
    """Rows that a net gets wrong, and those that are like them.

    Args:
        prepared: The rows as the net sees them.
        found: The rows to show.
    """

    def __init__(self, prepared: PreparedData, found: Sequence[Mistake]) -> None:
        self._prepared = prepared
        self._found = found
        self._raw: dict[int, JsonObject] = {}

    def read(self, files: FileStore, dataset: DatasetRow) -> None:
        """Fetch the rows as they were uploaded.

        Raises:
            FileNotFound: the dataset's file is gone.
            StorageUnavailable: the storage cannot be reached.
        """
        numbers = {self._number(mistake.part, mistake.place) for mistake in self._found}
        numbers |= {self._number("train", near.place) for mistake in self._found for near in mistake.nearest}
        may_be_long = [column["name"] for column in dataset.columns or [] if column["type"] not in SHORT_TYPES]
        with files.local_copy(table_key(dataset.id)) as path:
            for number, (line, cells) in read_rows_at(path, numbers).items():
                expected = cells.pop(self._prepared.target)
                cells |= {name: _shown(cells[name]) for name in may_be_long if name in cells}
                self._raw[number] = {"line": line, "row": number + 1, "given": cells, "expected": expected}

    def told(self) -> dict[tuple[Kind, Part], list[JsonObject]]:
        """What is kept of them, by kind and part, with the fields of `contract.model_insight.MistakeResponse`."""
        told: dict[tuple[Kind, Part], list[JsonObject]] = {}
        for mistake in self._found:
            told.setdefault((mistake.kind, mistake.part), []).append(
                {
                    **self._row(mistake.part, mistake.place),
                    **vars(mistake.said),
                    "split": mistake.part,
                    "loss": mistake.loss,
                    "score": mistake.score,
                    "nearest": [
                        {**self._row("train", near.place), "distance": near.distance} for near in mistake.nearest
                    ],
                }
            )
        return told

    def _row(self, part: Part, place: int) -> JsonObject:
        number, output = self._number(part, place), self._prepared.output
        row = self._raw[number]
        if isinstance(output, ClassTarget):
            return {**row, "expected": output.classes[int(getattr(self._prepared, part).y[place])]}
        return row

    def _number(self, part: Part, place: int) -> int:
        """The number in the dataset, from 0, of the row at this place of a part."""
        return int(getattr(self._prepared.rows, part)[place])


def _shown(cell: object) -> object:
    return f"{cell[:LONGEST_TEXT]}…" if isinstance(cell, str) and len(cell) > LONGEST_TEXT else cell
