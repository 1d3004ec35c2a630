"""Hard examples with the cells and line numbers of their rows in the uploaded file.

A net has only encoded numbers; to correct a typing error, a person needs the cell and its line.
"""

from collections.abc import Sequence
from typing import Final

from learning.data.prepare import PreparedData
from learning.insight.eval_sample import SplitName
from learning.insight.hard_examples import MAX_HARD_EXAMPLES, HardExample, Kind
from store.files import table_key
from store.files.files import FileStore
from store.tables import DatasetRow, JsonObject
from tables import read_rows_at

MAX_CELLS: Final = 2**16
MIN_HARD_EXAMPLES: Final = 10
MAX_TEXT_CHARACTERS: Final = 1000
SHORT_TYPES: Final = frozenset({"numeric", "boolean", "datetime"})


def max_hard_examples(columns: int) -> int:
    """The maximum number of stored rows of each kind and split: a hundred, fewer for many columns."""
    return min(max(MAX_CELLS // max(columns, 1), MIN_HARD_EXAMPLES), MAX_HARD_EXAMPLES)


def load_hard_examples(
    prepared: PreparedData, examples: Sequence[HardExample], files: FileStore, dataset: DatasetRow
) -> dict[tuple[Kind, SplitName], list[JsonObject]]:
    """Hard examples and their nearest rows, by kind and split, in the form of `contract.model_insight`.

    Raises:
        FileNotFound: the dataset's file was deleted.
        StorageUnavailable: the storage cannot be reached.
    """
    if not examples:
        return {}

    def find_number(part: SplitName, index: int) -> int:
        """The index in the dataset of a row of a split."""
        return int(getattr(prepared.rows, part)[index])

    def describe_row(part: SplitName, index: int, column: int) -> JsonObject:
        number, y = find_number(part, index), getattr(prepared, part).y[index]
        return {**rows[number], "expected": prepared.output.describe_expected(expected[number][column], y)}

    numbers = {find_number(example.split, example.index) for example in examples}
    numbers |= {find_number("train", near.index) for example in examples for near in example.nearest}
    may_be_long = [column["name"] for column in dataset.columns or [] if column["type"] not in SHORT_TYPES]
    rows: dict[int, JsonObject] = {}
    expected: dict[int, list[object]] = {}
    with files.local_copy(table_key(dataset.id)) as path:
        for number, (line, cells) in read_rows_at(path, numbers).items():
            expected[number] = [cells.pop(name) for name in prepared.targets]
            cells |= {name: _clip_text(cells[name]) for name in may_be_long if name in cells}
            rows[number] = {"line": line, "row": number + 1, "given": cells}
    described: dict[tuple[Kind, SplitName], list[JsonObject]] = {}
    for example in examples:
        described.setdefault((example.kind, example.split), []).append(
            {
                **describe_row(example.split, example.index, example.column),
                **vars(example.prediction),
                "target": prepared.targets[example.column] if len(prepared.targets) > 1 else None,
                "split": example.split,
                "loss": example.loss,
                "score": example.score,
                "nearest": [
                    {**describe_row("train", near.index, example.column), "distance": near.distance}
                    for near in example.nearest
                ],
            }
        )
    return described


def _clip_text(cell: object) -> object:
    return f"{cell[:MAX_TEXT_CHARACTERS]}…" if isinstance(cell, str) and len(cell) > MAX_TEXT_CHARACTERS else cell
