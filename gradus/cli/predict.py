"""The command `predict`: for one row on the command line, or for a file of rows."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import AsJson, format_count, format_number, print_json

if TYPE_CHECKING:
    from contract.responses import PredictionResponse


def predict(
    ctx: typer.Context,
    model: Annotated[str, typer.Argument(help="An id, a name, name:3, or name@alias.")],
    cells: Annotated[
        list[str] | None, typer.Argument(metavar="[COLUMN=VALUE]...", help="More cells of the row.")
    ] = None,
    *,
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="COLUMN=VALUE", help="The row, cell by cell.")
    ] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="A CSV file of rows.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write the predictions of --csv to.")] = None,
    as_json: AsJson = False,
) -> None:
    """Predict for a row, or for a CSV file of rows.

    A row: `gradus predict houses --row sqft=1200 location=harbour`. A file: `gradus predict houses --csv new.csv`.
    """
    typed_cells = [*(row or []), *(cells or [])]
    if bool(typed_cells) == (table is not None):
        raise UsageError("Give one row as --row COLUMN=VALUE COLUMN=VALUE …, or a file as --csv FILE.")
    if out is not None and table is None:
        raise UsageError("--out: needs --csv FILE.")
    with open_client(ctx) as client:
        if table is None or as_json:
            answer = client.models.predict(model, table if table is not None else _make_csv(typed_cells))
            print_json(answer) if as_json else print_prediction(answer)
            return
        predicted = client.models.predict_csv(model, table)
    if out is None:
        typer.echo(predicted, nl=False)
    else:
        out.write_bytes(predicted)
        rows = len(predicted.splitlines()) - 1
        typer.echo(f"{out}: {format_count(rows, 'prediction')}")


def print_prediction(answer: "PredictionResponse") -> None:
    """Print predictions, each class with its probability."""
    from contract.responses import PredictedValue

    for prediction in answer.predictions:
        if isinstance(prediction, PredictedValue):
            typer.secho(format_number(prediction.value, digits=6), bold=True)
        else:
            typer.secho(prediction.label, bold=True)
            for label, probability in sorted(prediction.probabilities.items(), key=lambda item: -item[1]):
                typer.echo(f"  {probability:6.1%}  {label}")
    for warning in answer.warnings:
        typer.secho(f"note: {warning.column}: {warning.detail}", fg="yellow", err=True)


def parse_row(cells: list[str]) -> dict[str, str]:
    """The cells of a row by column, as text."""
    pairs: dict[str, str] = {}
    for cell in cells:
        column, equals, value = cell.partition("=")
        if not equals or not column:
            raise UsageError(f"{cell}: write it as COLUMN=VALUE, such as sqft=1200")
        pairs[column] = value
    return pairs


def _make_csv(cells: list[str]) -> bytes:
    """One row as CSV, so that its cells are read as those of a file are."""
    pairs, text = parse_row(cells), io.StringIO()
    csv.writer(text).writerows([list(pairs), list(pairs.values())])
    return text.getvalue().encode()
