"""Commands about tables: send one, list them, look at one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import client_of
from gradus.cli.errors import Mistyped
from gradus.cli.output import AsJson, count, moment, number, print_json, print_json_list, print_next, print_table, size

if TYPE_CHECKING:
    from contract.responses import ColumnResponse, DatasetResponse, IssueResponse
    from gradus.client import Client

MANY_ISSUES = 10

Types = Annotated[
    list[str] | None, typer.Option("--type", metavar="COLUMN=TYPE", help="Decide a column's type; may be repeated.")
]


def upload(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, TSV, NDJSON or Parquet; the text ones also as .gz.")],
    name: Annotated[str | None, typer.Option(help="What to call it; by default the file's name.")] = None,
    types: Types = None,
    as_json: AsJson = False,
) -> None:
    """Upload a table, and show what was understood of it."""
    with client_of(ctx) as client:
        dataset = send(client, file, name, types)
        if as_json:
            print_json(dataset)
            return
        describe(client, dataset)
        print_next(f"gradus train {dataset.name} --target COLUMN")


def list_datasets(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the datasets."""
    with client_of(ctx) as client:
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
                    number(d.rows),
                    number(len(d.columns or [])),
                    size(d.bytes),
                    moment(d.created_at),
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
    """Show a dataset: its columns, and the faults that were found."""
    with client_of(ctx) as client:
        found = named(client, dataset)
        if as_json:
            print_json(found)
        else:
            describe(client, found)


def send(client: "Client", file: Path, name: str | None, types: list[str] | None) -> "DatasetResponse":
    """Upload a file with a progress bar, and wait until it is read."""
    from gradus.cli.progress import sending

    if not file.is_file():
        raise Mistyped(f"There is no file {file}.")
    with sending(file.stat().st_size) as on_progress:
        return client.datasets.upload(file, name=name, types=_types(types), on_progress=on_progress)


def named(client: "Client", ref: str) -> "DatasetResponse":
    """The dataset of that id, or the newest of that name."""
    if ref.startswith("ds_"):
        return client.datasets.get(ref)
    found = client.datasets.find(ref)
    if found is None:
        raise Mistyped(f"There is no dataset named {ref}; see: gradus datasets")
    return found


def describe(client: "Client", dataset: "DatasetResponse") -> None:
    """What was understood of a table, and what was not."""
    columns = dataset.columns or []
    shape = f"{count(dataset.rows or 0, 'row')}, {count(len(columns), 'column')}, {size(dataset.bytes)}"
    typer.secho(f"{dataset.name}  {dataset.id}  {shape}", bold=True)
    print_table(
        ["column", "type", "missing", "values"], [[c.name, c.type, number(c.missing), _values(c)] for c in columns]
    )
    faults = dataset.issue_counts
    if faults is None or faults.error + faults.warning == 0:
        return
    typer.echo(
        f"{count(faults.error, 'error')}, {count(faults.warning, 'warning')}; "
        f"{count(dataset.rows_rejected or 0, 'row')} left out:"
    )
    first = [issue for issue, _ in zip(client.datasets.issues(dataset.id), range(MANY_ISSUES), strict=False)]
    print_table(["line", "column", "value", "what", "done"], [_issue(issue) for issue in first])
    more = faults.error + faults.warning - len(first)
    if more > 0:
        typer.echo(f"… and {more:,} more")


def _types(pairs: list[str] | None) -> dict[str, str]:
    types: dict[str, str] = {}
    for pair in pairs or []:
        column, equals, kind = pair.rpartition("=")
        if not equals:
            raise Mistyped(f"--type {pair}: write it as COLUMN=TYPE, such as --type zip=categorical")
        types[column] = kind
    return types


def _values(column: "ColumnResponse") -> str:
    if column.type in {"numeric", "datetime"}:
        mean = f", mean {number(column.mean)}" if column.mean is not None else ""
        return f"{number(column.min)} to {number(column.max)}{mean}"
    if column.true is not None:
        return f"{column.true:,} true"
    top = ", ".join(f"{value.value} {value.count:,}" for value in (column.top or [])[:4])
    more = (column.distinct or 0) - 4
    return f"{top}, and {more:,} more" if more > 0 and top else top


def _issue(issue: "IssueResponse") -> list[str]:
    what = issue.code.replace("_", " ")
    hint = f"; {issue.suggestion}" if issue.suggestion else ""
    value = (issue.value or "")[:40]
    return [number(issue.line), issue.column or "-", value or "-", what + hint, issue.action.replace("_", " ")]
