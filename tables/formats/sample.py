"""The first rows of a file, by which its layout is found, and what their cells look like."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tables.types.missing import TYPED_MARKERS, UNKNOWN_WORDS

MAX_ROWS: Final = 300
"""The most rows by which a layout is found."""

COMMENT_MARKS: Final = ("#", "%", "//", ";")
_MAX_NUMBER_CHARS: Final = 40
_MAX_UNIT_CHARS: Final = 24
_MIN_NUMBERS: Final = 0.8
_MIN_ROWS_BELOW_LABELS: Final = 3
_MIN_LABEL_LETTERS: Final = 3
_MISSING_WORDS: Final = TYPED_MARKERS | UNKNOWN_WORDS
_NUMBER: Final = re.compile(r"[+-]?[$€£¥]?[+-]?[.,]?\d[\d.,:/ T-]*(?:[eE][+-]?\d+)?[%Z]?")
_YEAR: Final = re.compile(r"(?:1[89]|20)\d\d")
_UNITS: Final = frozenset(
    """
    - % ‰ # ° $ € £ ¥ a c f k m v w g t s h d n l j cm mm km nm µm um kg mg µg ug ng lb lbs oz ms min hr hrs yr yrs sec
    days hours years months weeks in ft mi yd m2 m3 m² m³ cm2 cm3 km2 km² ha ml dl cl gal °c °f degc degf deg rad pa hpa
    kpa mpa mbar bar atm psi mv kv ma kw mw kwh mwh wh kj kcal cal hz khz mhz ghz rpm mph kph kmh knots kn ppm ppb ppt
    mol mmol usd eur gbp jpy count counts number unit units string str text int integer float double date cfs lux db dba
    pct percent
    """.split()  # noqa: SIM905 - a list would take a line for each
)
_UNIT: Final = re.compile(r"[\[(].*[\])]|[^\W\d_]{1,5}\s?/\s?[^\W_]{1,6}(?:[\^²³]\d?)?|\d{1,3}[sdn]")
_RULE: Final = re.compile(r":?[-=]{2,}:?(?:[+|][-=]+)*")


@dataclass(frozen=True)
class SampleRow:
    """A row of the beginning of a file that is not blank: its cells, its first line, and the line after it."""

    cells: list[str]
    line: int
    end: int


def is_number(cell: str) -> bool:
    """Whether a cell is written with digits, as numbers, dates and times are."""
    return len(cell) <= _MAX_NUMBER_CHARS and _NUMBER.fullmatch(cell.strip()) is not None


def is_year(cell: str) -> bool:
    """Whether a cell is a year, as names of columns often are."""
    return _YEAR.fullmatch(cell.strip()) is not None


def are_names(numbers: list[str]) -> bool:
    """Whether numbers in a header are names: years, or numbers in even steps."""
    if numbers and all(map(is_year, numbers)):
        return True
    if len(numbers) < 3:
        return False
    try:
        values = [float(number) for number in numbers]
    except ValueError:
        return False
    steps = [after - before for before, after in pairwise(values)]
    return steps[0] != 0 and all(abs(step - steps[0]) <= 1e-6 * abs(steps[0]) for step in steps)


def is_comment(row: Sequence[str]) -> bool:
    """Whether a row begins with a mark of comments."""
    return bool(row) and row[0].lstrip().startswith(COMMENT_MARKS)


def find_number_columns(rows: Sequence[SampleRow]) -> set[int]:
    """The columns in which nearly all cells that are not empty are numbers or dates, by index."""
    numbers, others = Counter[int](), Counter[int]()
    for row in rows[:MAX_ROWS]:
        for index, cell in enumerate(row.cells):
            if cell.strip().lower() not in TYPED_MARKERS:
                (numbers if is_number(cell) else others)[index] += 1
    return {index for index, count in numbers.items() if count >= _MIN_NUMBERS * (count + others[index])}


def _is_unit(cell: str) -> bool:
    if cell.lower() in _UNITS:
        return True
    is_number_in_brackets = cell[1:-1].strip() not in _UNITS and not any(map(str.isalpha, cell))
    return not is_number_in_brackets and len(cell) <= _MAX_UNIT_CHARS and _UNIT.fullmatch(cell) is not None


def is_units_row(rows: Sequence[SampleRow], index: int) -> bool:
    """Whether a row has a unit, or nothing, in each column of numbers; or is a rule below the names."""
    cells = [cell.strip() for cell in rows[index].cells]
    if all(_RULE.fullmatch(cell) for cell in cells if cell):
        return True
    numbers = find_number_columns(rows[index + 1 :])
    units = [cells[column] for column in numbers if column < len(cells) and cells[column]]
    words = [cell for column, cell in enumerate(cells) if column not in numbers and cell]
    if not units or 2 * len(units) < len(numbers) or all(unit == "-" for unit in units):
        return False
    if len(units) == 1 and units[0].lower() in UNKNOWN_WORDS:  # such as (D)
        return False
    in_brackets = all(unit[0] in "[(" for unit in units)
    return all(map(_is_unit, units)) and (in_brackets or (len(units) > 1 and all(map(_is_unit, words))))


def is_label_row(rows: Sequence[SampleRow], index: int) -> bool:
    """Whether a row has words in all columns of numbers, such as the questions whose short names are above it."""
    cells, below = [cell.strip() for cell in rows[index].cells], rows[index + 1 : index + 1 + MAX_ROWS]
    later = [row for row in below if not any(cell.startswith("{") for cell in row.cells)]
    numbers = find_number_columns(later)
    words = [cells[column] for column in numbers if column < len(cells)]
    others = [column for column, cell in enumerate(cells) if column not in numbers and cell]
    return (
        len(later) >= _MIN_ROWS_BELOW_LABELS
        and len(words) == len(numbers) > 1
        and len(set(words)) == len(words)
        and all(map(_is_label, words))
        and not any(cells[column] == cell_at(row, column) for column in others for row in below)
    )


def _is_label(cell: str) -> bool:
    """Whether a cell has words, and neither a number nor a mark of a missing one."""
    return (
        sum(map(str.isalpha, cell)) >= _MIN_LABEL_LETTERS and not is_number(cell) and cell.lower() not in _MISSING_WORDS
    )


def most_common_width(rows: Sequence[SampleRow]) -> int:
    """The number of cells that most rows have, the larger one of two as frequent; 0 without rows."""
    counts = Counter(len(row.cells) for row in rows[:MAX_ROWS])
    return max(counts, key=lambda width: (counts[width], width)) if counts else 0


def count_filled(row: SampleRow) -> int:
    """The number of cells that are not blank."""
    return sum(bool(cell.strip()) for cell in row.cells)


def cell_at(row: SampleRow, column: int) -> str:
    """The cell of a column, without blanks around it; empty where the row has none."""
    return row.cells[column].strip() if column < len(row.cells) else ""
