"""Commands for datasets: upload, list, show."""

import shlex
import shutil
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import AsJson, DatasetRef, open_client
from gradus.cli.errors import UsageError, name_options
from gradus.cli.output import (
    Columns,
    format_count,
    format_moments,
    format_number,
    format_size,
    format_time,
    print_items,
    print_json,
    print_list,
    print_next,
    print_paragraph,
    print_text,
)
from gradus.cli.references import find_dataset
from gradus.cli.upload_options import UploadFlags, with_upload_options

if TYPE_CHECKING:
    from contract.responses import ColumnResponse, DatasetResponse, IssueResponse, Top
    from gradus.client import Client

MAX_ISSUES_SHOWN = 10
SHOWN_VALUES = 4

LABEL = "label"
"""The column with the names of the folders that pictures lie in."""


@with_upload_options
def upload(
    ctx: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, Excel, Parquet, JSON or another table, also gzipped; - for stdin. Of pictures a folder, ZIP or "
            "tar, with a folder a class."
        ),
    ],
    *,
    name: Annotated[str | None, typer.Option(help="Name of the dataset; by default that of the file.")] = None,
    flags: UploadFlags,
    as_json: AsJson = False,
) -> None:
    """Upload a table, and show its columns and problems."""
    with open_client(ctx) as client:
        dataset = upload_file(client, file, flags, name)
        _print_dataset(client, dataset, as_json=as_json)
    if not as_json:
        target = "" if has_labels(dataset) else " --target COLUMN"
        print_next(f"gradus train {shlex.quote(dataset.name)}{target}")


def has_labels(dataset: "DatasetResponse") -> bool:
    """Whether it has pictures with the names of their folders, so that these are what to predict."""
    columns = {column.name: column.type for column in dataset.columns or []}
    return "image" in columns.values() and LABEL in columns


def list_datasets(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the datasets."""
    with open_client(ctx) as client:
        found = list(client.datasets.list())
    columns: Columns[DatasetResponse] = {
        "name": lambda dataset: dataset.name,
        "status": lambda dataset: dataset.status,
        "rows": lambda dataset: format_number(dataset.rows),
        "columns": lambda dataset: format_number(len(dataset.columns or [])),
        "size": lambda dataset: format_size(dataset.bytes),
        "uploaded": lambda dataset: format_time(dataset.created_at),
        "dataset": lambda dataset: dataset.id,
    }
    print_list(found, columns, as_json=as_json, if_empty="There are no datasets yet.", following="gradus upload FILE")


def dataset(
    ctx: typer.Context,
    dataset: DatasetRef,
    as_json: AsJson = False,
) -> None:
    """Show a dataset: its columns, and the problems found in it."""
    with open_client(ctx) as client:
        _print_dataset(client, find_dataset(client, dataset), as_json=as_json)


def upload_file(client: "Client", file: Path, flags: UploadFlags, name: str | None = None) -> "DatasetResponse":
    """Upload a file with a progress bar, and wait until it is read; the dataset that is there already, if it is."""
    from gradus.cli.progress import show_upload
    from gradus.photo_folder import describe_unread

    if file.is_dir() and (unread := describe_unread(file)):
        print_text(f"left out: {unread}", colour="yellow", err=True)
    with open_input(file) as path, show_upload(_measure(path)) as (on_progress, on_reading):
        return client.datasets.upload(
            path, name=name, reuse=True, on_progress=on_progress, on_reading=on_reading, **flags
        )


@contextmanager
def open_input(file: Path) -> Generator[Path]:
    """The path of a file to upload; of `-` that of a copy of standard input, for as long as it is needed."""
    if str(file) != "-":
        check_file(file)
        yield file
        return
    with TemporaryDirectory(prefix="gradus-") as folder:
        copy = Path(folder) / "stdin.csv"
        with copy.open("wb") as opened:
            shutil.copyfileobj(sys.stdin.buffer, opened)
        yield copy


def _measure(path: Path) -> int:
    """The bytes of a file, or of the pictures in a folder."""
    from gradus.photo_folder import measure_photos

    return measure_photos(path) if path.is_dir() else path.stat().st_size


def check_file(file: Path) -> None:
    """Raise UsageError unless the path is that of a file whose bytes can be read again, or of a folder."""
    if not file.exists():
        raise UsageError(f"There is no file {file}.")
    if not file.is_file() and not file.is_dir():
        raise UsageError(f"{file} is not a regular file; write its content into one, and name that.")


def _print_dataset(client: "Client", dataset: "DatasetResponse", *, as_json: bool) -> None:
    """Print a dataset: its columns, and the first problems found in it."""
    if as_json:
        print_json(dataset)
        return
    columns = dataset.columns or []
    rows, width = format_count(dataset.rows or 0, "row"), format_count(len(columns), "column")
    shape = f"{rows}, {width}, {format_size(dataset.bytes)}"
    print_text(f"{dataset.name}  {dataset.id}  {shape}", bold=True)
    print_items(columns, COLUMN_COLUMNS)
    found = describe_problems(dataset)
    if not found:
        return
    print_text(f"{found}:")
    first = list(islice(client.datasets.issues(dataset.id), MAX_ISSUES_SHOWN))
    print_items(first, ISSUE_COLUMNS)
    _print_suggestions(first)
    if (number := _count_problems(dataset)) > len(first):
        print_text(f"… and {number - len(first):,} more")


def describe_problems(dataset: "DatasetResponse") -> str:
    """How many problems were found in the file of a dataset, and how many rows were skipped; empty if none were."""
    number = _count_problems(dataset)
    skipped = format_count(dataset.rows_rejected or 0, "row")
    return f"{format_count(number, 'problem')} found; {skipped} skipped" if number else ""


def _count_problems(dataset: "DatasetResponse") -> int:
    return dataset.issue_counts.error + dataset.issue_counts.warning if dataset.issue_counts else 0


def _format_values(column: "ColumnResponse") -> str:
    if column.type == "datetime" and isinstance(column.min, str) and isinstance(column.max, str):
        return format_moments(*(datetime.fromisoformat(end).timestamp() for end in (column.min, column.max)))
    if column.type == "numeric":
        mean = f", mean {format_number(column.mean)}" if column.mean is not None else ""
        return f"{format_number(column.min)} to {format_number(column.max)}{mean}"
    if column.true is not None:
        return f"{column.true:,} true"
    if column.text is not None:
        length = f"{column.text.words:,} words, {format_count(column.text.characters, 'character')}"
        words = _list_top(column.text.top)
        return f"{length}; most frequent: {words}" if words else length
    top = _list_top(column.top or [])
    more = (column.distinct or 0) - SHOWN_VALUES
    return f"{top}, and {more:,} more" if more > 0 and top else top


def _list_top(top: "Sequence[Top]") -> str:
    """The first of the most frequent values or words, each with how often it is there."""
    return ", ".join(f"{value.value} {value.count:,}" for value in top[:SHOWN_VALUES])


def _format_problem(issue: "IssueResponse") -> str:
    return issue.code.replace("windows_1252", "Windows-1252").replace("_", " ")


def _print_suggestions(issues: "Sequence[IssueResponse]") -> None:
    """Print what may be done about problems, each suggestion once, with the columns that it is for."""
    columns: dict[str, dict[str, None]] = {}
    for issue in issues:
        if issue.suggestion:
            columns.setdefault(issue.suggestion, {})[issue.column or ""] = None
    for suggestion, names in columns.items():
        named = ", ".join(name for name in names if name)
        print_paragraph(f"{named}: {name_options(suggestion)}" if named else name_options(suggestion))


COLUMN_COLUMNS: "Columns[ColumnResponse]" = {
    "column": lambda column: column.name,
    "type": lambda column: column.type,
    "missing": lambda column: format_number(column.missing),
    "values": _format_values,
}
ISSUE_COLUMNS: "Columns[IssueResponse]" = {
    "line": lambda issue: format_number(issue.line),
    "column": lambda issue: issue.column or "-",
    "value": lambda issue: (issue.value or "-")[:40],
    "problem": _format_problem,
    "action": lambda issue: issue.action.replace("_", " "),
}
