"""The rows that a model gets wrong as they are shown to people: as they stand in the uploaded file, with their lines.

A net sees encoded numbers; whoever is to mend a typing error must see it where it stands.
"""

from collections.abc import Sequence
from typing import Final

from learning.data.prepare import PreparedData
from learning.encoding.targets import ClassTarget
from learning.insight.eval_sample import SplitName
from learning.insight.hard_examples import MAX_HARD_EXAMPLES, HardExample, Kind
from store.files.files import FileStore
from store.files.keys import table_key
from store.tables import DatasetRow, JsonObject
from tables import read_rows_at

MAX_CELLS: Final = 2**16
MIN_HARD_EXAMPLES: Final = 10
MAX_TEXT_CHARACTERS: Final = 1000
SHORT_TYPES: Final = frozenset({"numeric", "boolean", "datetime"})


def max_hard_examples(columns: int) -> int:
    """How many rows of each kind and part are kept: a hundred, fewer if they have many columns."""
    return min(max(MAX_CELLS // max(columns, 1), MIN_HARD_EXAMPLES), MAX_HARD_EXAMPLES)


class HardExampleRows:
    """Rows that a net gets wrong, and those that are like them.

    Args:
        prepared: The rows as the net sees them.
        found: The rows to show.
    """

    def __init__(self, prepared: PreparedData, examples: Sequence[HardExample]) -> None:
        self._prepared = prepared
        self._examples = examples
        self._raw: dict[int, JsonObject] = {}

    def load(self, files: FileStore, dataset: DatasetRow) -> None:
        """Fetch the rows as they were uploaded.

        Raises:
            FileNotFound: the dataset's file is gone.
            StorageUnavailable: the storage cannot be reached.
        """
        numbers = {self._row_index(mistake.split, mistake.index) for mistake in self._examples}
        numbers |= {self._row_index("train", near.index) for mistake in self._examples for near in mistake.nearest}
        may_be_long = [column["name"] for column in dataset.columns or [] if column["type"] not in SHORT_TYPES]
        with files.local_copy(table_key(dataset.id)) as path:
            for number, (line, cells) in read_rows_at(path, numbers).items():
                expected = cells.pop(self._prepared.target)
                cells |= {name: _clip_text(cells[name]) for name in may_be_long if name in cells}
                self._raw[number] = {"line": line, "row": number + 1, "given": cells, "expected": expected}

    def to_responses(self) -> dict[tuple[Kind, SplitName], list[JsonObject]]:
        """What is kept of them, by kind and part, with the fields of `contract.model_insight.MistakeResponse`."""
        told: dict[tuple[Kind, SplitName], list[JsonObject]] = {}
        for mistake in self._examples:
            told.setdefault((mistake.kind, mistake.split), []).append(
                {
                    **self._row(mistake.split, mistake.index),
                    **vars(mistake.prediction),
                    "split": mistake.split,
                    "loss": mistake.loss,
                    "score": mistake.score,
                    "nearest": [
                        {**self._row("train", near.index), "distance": near.distance} for near in mistake.nearest
                    ],
                }
            )
        return told

    def _row(self, part: SplitName, place: int) -> JsonObject:
        number, output = self._row_index(part, place), self._prepared.output
        row = self._raw[number]
        if isinstance(output, ClassTarget):
            return {**row, "expected": output.classes[int(getattr(self._prepared, part).y[place])]}
        return row

    def _row_index(self, part: SplitName, place: int) -> int:
        """The number in the dataset, from 0, of the row at this place of a part."""
        return int(getattr(self._prepared.rows, part)[place])


def _clip_text(cell: object) -> object:
    return f"{cell[:MAX_TEXT_CHARACTERS]}…" if isinstance(cell, str) and len(cell) > MAX_TEXT_CHARACTERS else cell
