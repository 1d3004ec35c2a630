"""`python benchmarks/check_readings.py FOLDER …`: public tables, read by the service and by a careful reader.

Every CSV file in the folders is ingested, and read once more by the standard library's `csv`, cell by cell. A column is
listed if a cell that is written became another value, or none, and no issue names the column; or if its type is not the
one that nearly all its cells look like. Exit status 0 only if no column is listed.
"""

import csv
import gzip
import io
import math
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tables import IngestedTable, UnreadableFile, ingest

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MONEY, _UNIT = r"(?:[$€£¥]|[A-Z]{3} )", r"(?:[ ]?(?!st$|nd$|rd$|th$)[A-Za-z%°$€£¥]{1,6})"
NUMBER_WITHIN = re.compile(rf"[(\[<>~≈≤≥=]*\s*{_MONEY}?\s*[+\u2013\u2212-]?\d(?:[\d.']*\d)?(?:,\d+)?{_UNIT}?[+*†)\]-]*")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|\d{4}[-/](?:0?[1-9]|1[0-2])|\d{4}[ -]?[qQ][1-4]|[qQ][1-4][ -]?\d{4}"
    rf"|(?:\w+, )?\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}.*|{_MONTH}[ -]\d{{1,2}},?[ -]\d{{2,4}}.*|{_MONTH}[ -]\d{{4}}"
    rf"|\d{{4}} {_MONTH}|\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?: ?[AaPp][Mm])?"
)
MARKERS = frozenset(["", "na", "n/a", "nan", "null", "#n/a", "<na>", "?", ".", "-", "none", "missing", "nil"])
CLEAR_MARKERS = frozenset(["", "na", "n/a", "nan", "null"])
MAX_SHOWN = 3
MIN_ALIKE_SHARE = {"numbers": 0.7, "dates": 0.95}


@dataclass(frozen=True)
class Difference:
    """A column whose reading may surprise, and why."""

    file: str
    column: str
    reason: str


def find_files(folders: list[str]) -> Iterator[Path]:
    """The CSV files below the folders, in order."""
    for folder in folders:
        yield from sorted(path for path in Path(folder).rglob("*") if path.name.endswith((".csv", ".csv.gz")))


def compare(name: str, text: str, table: IngestedTable, parquet: Path) -> Iterator[Difference]:
    """The columns of a table whose cells are not what is written, without an issue."""
    dialect = "," if text.split("\n", 1)[0].count(",") >= text.split("\n", 1)[0].count(";") else ";"
    escape = "\\" if '\\"' in text else None
    rows = [
        row
        for row in csv.reader(
            io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n")), delimiter=dialect, escapechar=escape
        )
        if row
    ]
    typed = pl.read_parquet(parquet, glob=False)
    told = {issue.column for issue in table.issues}
    header = [cell.strip() for cell in rows[0]]
    if len(header) < len(rows[-1]):
        header = ["", *header]
    if len(rows) - 1 != typed.height:
        if not table.issues:
            yield Difference(name, "*", f"{len(rows) - 1} rows became {typed.height}")
        return
    for column in table.columns:
        if column.name in told or column.name not in header:
            continue
        place = header.index(column.name)
        cells = [row[place].strip() if place < len(row) else "" for row in rows[1:]]
        yield from compare_column(name, column.name, column.type, cells, typed[column.name])


def compare_column(file: str, name: str, kind: str, cells: list[str], values: pl.Series) -> Iterator[Difference]:
    """Reasons to list a column of this type, with the cells as written and the values as read."""
    pairs = list(zip(cells, values.to_list(), strict=True))
    if lost := [cell for cell, value in pairs if value is None and cell.lower() not in CLEAR_MARKERS]:
        yield Difference(file, name, f"{kind}; {len(lost)} cells became empty: {lost[:MAX_SHOWN]}")
    if changed := [pair for pair in pairs if pair[1] is not None and is_changed(kind, *pair)]:
        yield Difference(file, name, f"{kind}; {changed[0][0]!r} became {changed[0][1]!r}")
    present = Counter(cell for cell in cells if cell.lower() not in MARKERS)
    for what, pattern in (("numbers", NUMBER_WITHIN), ("dates", DATE)) if kind in {"categorical", "text"} else ():
        alike = sum(count for cell, count in present.items() if pattern.fullmatch(cell))
        if alike > MIN_ALIKE_SHARE[what] * present.total():
            shown = [cell for cell, _ in present.most_common(MAX_SHOWN)]
            yield Difference(file, name, f"{kind}; {alike} of {present.total()} look like {what}: {shown}")
            return


def is_changed(kind: str, cell: str, value: object) -> bool:
    """Whether a cell became another value than a careful reader takes it for."""
    if kind == "numeric":
        plain = cell.replace("\N{EN DASH}", "-", 1)
        number = NUMBER.fullmatch(plain)
        return not (number and isinstance(value, float) and math.isclose(float(plain), value, rel_tol=1e-12))
    if kind == "datetime":
        return not DATE.fullmatch(cell)
    return kind in {"categorical", "text"} and str(value).strip('"') != cell.strip('"')


def main() -> int:
    """Read, compare, list."""
    files = columns = 0
    differences: list[Difference] = []
    refused: list[str] = []
    with tempfile.TemporaryDirectory(prefix="gradus-bench-") as folder:
        source, parquet = Path(folder) / "table.csv", Path(folder) / "table.parquet"
        for path in find_files(sys.argv[1:]):
            data = path.read_bytes()
            data = gzip.decompress(data) if path.suffix == ".gz" else data
            source.write_bytes(data)
            files += 1
            try:
                table = ingest(source, "csv", parquet)
            except UnreadableFile as error:
                refused.append(f"{path.name}: {error}")
                continue
            columns += len(table.columns)
            differences += compare("/".join(path.parts[-3:]), data.decode("utf-8", "replace"), table, parquet)
    for difference in differences:
        print(f"{difference.file}: {difference.column}: {difference.reason}")
    for text in refused:
        print(f"refused: {text}")
    print(f"{files} files, {columns} columns; {len(differences)} listed, {len(refused)} files refused")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
