"""Commands for datasets: upload, list, show."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import (
    AsJson,
    format_count,
    format_number,
    format_size,
    format_time,
    print_json,
    print_json_list,
    print_next,
    print_table,
)

if TYPE_CHECKING:
    from contract.responses import ColumnResponse, DatasetResponse, IssueResponse
    from gradus.client import Client

MAX_ISSUES_SHOWN = 10

Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="COLUMN=TYPE", help="Column type, such as zip=categorical; may be repeated."),
]


def upload(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, TSV, NDJSON or Parquet; text formats also gzipped (.gz).")],
    name: Annotated[str | None, typer.Option(help="Name of the dataset; by default that of the file.")] = None,
    types: Types = None,
    as_json: AsJson = False,
) -> None:
    """Upload a table, and show its columns and problems."""
    with open_client(ctx) as client:
        dataset = upload_file(client, file, name, types)
        if as_json:
            print_json(dataset)
            return
        print_dataset(client, dataset)
        print_next(f"gradus train {dataset.name} --target COLUMN")


def list_datasets(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the datasets."""
    with open_client(ctx) as client:
        found = list(client.datasets.list())
    if as_json:
        print_json_list(found)
    elif found:
        print_table(
            ["dataset", "name", "status", "rows", "columns", "size", "uploaded"],
            [
                [
                    d.id,
                    d.name,
                    d.status,
                    format_number(d.rows),
                    format_number(len(d.columns or [])),
                    format_size(d.bytes),
                    format_time(d.created_at),
                ]
                for d in found
            ],
        )
    else:
        typer.echo("There are no datasets yet.")
        print_next("gradus upload FILE")


def dataset(
    ctx: typer.Context,
    dataset: Annotated[str, typer.Argument(help="The dataset's id or name.")],
    as_json: AsJson = False,
) -> None:
    """Show a dataset: its columns, and the problems found in it."""
    with open_client(ctx) as client:
        found = find_dataset(client, dataset)
        if as_json:
            print_json(found)
        else:
            print_dataset(client, found)


def upload_file(client: "Client", file: Path, name: str | None, types: list[str] | None) -> "DatasetResponse":
    """Upload a file with a progress bar, and wait until it is read."""
    from gradus.cli.progress import show_upload

    if not file.is_file():
        raise UsageError(f"There is no file {file}.")
    with show_upload(file.stat().st_size) as on_progress:
        return client.datasets.upload(file, name=name, types=_parse_types(types), on_progress=on_progress)


def find_dataset(client: "Client", ref: str, kind: str = "dataset") -> "DatasetResponse":
    """The dataset of an id, or the newest of a name.

    Raises:
        UsageError: there is none; `kind` is what was looked for.
    """
    if ref.startswith("ds_"):
        return client.datasets.get(ref)
    found = client.datasets.find(ref)
    if found is None:
        raise UsageError(f"There is no {kind} named {ref}; see: gradus datasets")
    return found


def print_dataset(client: "Client", dataset: "DatasetResponse") -> None:
    """Print a dataset: its columns, and the first problems found in it."""
    columns = dataset.columns or []
    rows, width = format_count(dataset.rows or 0, "row"), format_count(len(columns), "column")
    shape = f"{rows}, {width}, {format_size(dataset.bytes)}"
    typer.secho(f"{dataset.name}  {dataset.id}  {shape}", bold=True)
    print_table(
        ["column", "type", "missing", "values"],
        [[c.name, c.type, format_number(c.missing), _format_values(c)] for c in columns],
    )
    faults = dataset.issue_counts
    if faults is None or faults.error + faults.warning == 0:
        return
    typer.echo(
        f"{format_count(faults.error + faults.warning, 'problem')} found; "
        f"{format_count(dataset.rows_rejected or 0, 'row')} skipped:"
    )
    first = [issue for issue, _ in zip(client.datasets.issues(dataset.id), range(MAX_ISSUES_SHOWN), strict=False)]
    print_table(["line", "column", "value", "problem", "action"], [_issue_row(issue) for issue in first])
    more = faults.error + faults.warning - len(first)
    if more > 0:
        typer.echo(f"… and {more:,} more")


def _parse_types(pairs: list[str] | None) -> dict[str, str]:
    types: dict[str, str] = {}
    for pair in pairs or []:
        column, equals, kind = pair.rpartition("=")
        if not equals:
            raise UsageError(f"--type {pair}: write it as COLUMN=TYPE, such as --type zip=categorical")
        types[column] = kind
    return types


def _format_values(column: "ColumnResponse") -> str:
    if column.type in {"numeric", "datetime"}:
        mean = f", mean {format_number(column.mean)}" if column.mean is not None else ""
        return f"{format_number(column.min)} to {format_number(column.max)}{mean}"
    if column.true is not None:
        return f"{column.true:,} true"
    top = ", ".join(f"{value.value} {value.count:,}" for value in (column.top or [])[:4])
    more = (column.distinct or 0) - 4
    return f"{top}, and {more:,} more" if more > 0 and top else top


def _issue_row(issue: "IssueResponse") -> list[str]:
    what = issue.code.replace("_", " ")
    hint = f"; {issue.suggestion}" if issue.suggestion else ""
    value = (issue.value or "")[:40]
    return [format_number(issue.line), issue.column or "-", value or "-", what + hint, issue.action.replace("_", " ")]
