"""The command `predict`: predictions for a row, for a file of rows, or for pictures."""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gradus.cli.batches import is_large, predict_batch
from gradus.cli.context import AsJson, ModelRef, open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import (
    format_count,
    format_number,
    print_file,
    print_json,
    print_text,
)
from gradus.cli.references import ask_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract.responses import PredictedClass, PredictedValue, PredictedValues, PredictionResponse
    from contract.responses.predictions import Interval


def predict(
    ctx: typer.Context,
    model: ModelRef,
    cells: Annotated[
        list[str] | None, typer.Argument(metavar="COLUMN=VALUE|PICTURE", help="More cells of the row, or pictures.")
    ] = None,
    *,
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="COLUMN=VALUE", help="The row, cell by cell.")
    ] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="A CSV file of rows; - for stdin.")] = None,
    out: Annotated[Path | None, typer.Option(help="CSV file to write the predictions of --csv to.")] = None,
    unknown: Annotated[
        Literal["refuse", "ignore"],
        typer.Option(help="Columns that the model has not: refuse the rows, or ignore them."),
    ] = "refuse",
    bad_rows: Annotated[
        Literal["refuse", "skip"],
        typer.Option(help="Rows with a cell that cannot be read: refuse all, or skip and list them."),
    ] = "refuse",
    interval: Annotated[
        float | None,
        typer.Option(metavar="COVERAGE", help="Such as 0.9: an interval or a set that holds the truth as often."),
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Keep each prediction under an id, for feedback and gradus monitor.")
    ] = False,
    batch: Annotated[
        bool | None,
        typer.Option(
            "--batch/--no-batch",
            help="Let the workers predict the file, however long; with --out the default from 32 MB on.",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Column of the file to keep in the output of a batch.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Predict for a row, for a CSV file of rows, or for pictures.

    A row: `gradus predict houses --row sqft=1200 location=harbour`. A file: `gradus predict houses --csv new.csv`.
    Pictures: `gradus predict animals cat.jpg dog.jpg`.
    """
    from gradus.photo_folder import READ_KINDS, is_picture

    typed_cells = [*(row or []), *(cells or [])]
    if typed_cells and table is None and all("=" not in cell and is_picture(cell) for cell in typed_cells):
        with open_client(ctx) as client:
            answer = ask_model(
                client,
                model,
                lambda ref: client.models.predict_pictures(
                    ref, typed_cells, bad_rows=bad_rows, interval=interval, record=record
                ),
            )
        print_json(answer) if as_json else _print_prediction(answer, typed_cells)
        return
    if unread := next((cell for cell in typed_cells if "=" not in cell and Path(cell).exists()), None):
        what = "a folder: name its pictures" if Path(unread).is_dir() else f"no picture that is read: {READ_KINDS}"
        raise UsageError(f"{unread} is {what}. A file of rows is given as --csv FILE.")
    if bool(typed_cells) == (table is not None):
        raise UsageError("Give one row as --row COLUMN=VALUE COLUMN=VALUE …, or a file as --csv FILE.")
    if out is not None and table is None:
        raise UsageError("--out: needs --csv FILE.")
    if table is not None and (batch or (batch is None and out is not None and is_large(table))):
        with open_client(ctx) as client:
            predict_batch(client, model, table, out, columns=keep or (), interval=interval)
        return
    if batch or keep:
        raise UsageError("--batch and --keep: need a file, as --csv FILE --batch --out FILE.")
    with open_client(ctx) as client:
        rows = _make_csv(typed_cells) if table is None else sys.stdin.buffer.read() if str(table) == "-" else table
        if table is None or as_json:
            answer = ask_model(
                client,
                model,
                lambda ref: client.models.predict(
                    ref, rows, unknown=unknown, bad_rows=bad_rows, interval=interval, record=record
                ),
            )
            print_json(answer) if as_json else _print_prediction(answer)
            return
        predicted = ask_model(
            client,
            model,
            lambda ref: client.models.predict_csv(
                ref, rows, unknown=unknown, bad_rows=bad_rows, interval=interval, record=record
            ),
        )
    skipped = _find_skipped(predicted) if bad_rows == "skip" else {}
    if out is None:
        print_file(predicted)
    else:
        out.write_bytes(predicted)
        count = format_count(len(predicted.splitlines()) - 1 - len(skipped), "prediction")
        print_text(f"{out}: {count}" + (f", {format_count(len(skipped), 'row')} skipped" if skipped else ""))
    for number, reason in skipped.items():
        print_text(f"row {number}: {reason}", colour="red", err=True)


def _print_prediction(answer: "PredictionResponse", names: "Sequence[str]" = ()) -> None:
    """Print predictions, each class with its probability; if there are several, below the names of what they are of."""
    for number, prediction in enumerate(answer.predictions):
        if len(names) > 1:
            print_text(f"{names[number]}:")
        _print_one(prediction)
        if answer.ids is not None and answer.ids[number] is not None:
            print_text(f"  id {answer.ids[number]}")
    if answer.coverage is not None:
        print_text(f"coverage: {answer.coverage.detail}", err=True)
    for error in answer.errors:
        print_text(f"row {error.row + 1}: {error.column or 'the row'}: {error.detail}", colour="red", err=True)
    for warning in answer.warnings:
        print_text(f"note: {warning.column}: {warning.detail}", colour="yellow", err=True)


def _print_one(prediction: "PredictedValue | PredictedValues | PredictedClass | None") -> None:
    from contract.responses import PredictedValue, PredictedValues

    if prediction is None:
        print_text("no prediction")
    elif isinstance(prediction, PredictedValue):
        value = format_number(prediction.value, digits=6)
        ranges = _format_quantiles(prediction.quantiles) + _format_interval(prediction.interval)
        print_text(f"{value}{ranges}", bold=True)
    elif isinstance(prediction, PredictedValues):
        for name, value in prediction.values.items():
            quantiles = None if prediction.quantiles is None else prediction.quantiles[name]
            interval = None if prediction.interval is None else prediction.interval[name]
            ranges = _format_quantiles(quantiles) + _format_interval(interval)
            print_text(f"{name}  {format_number(value, digits=6)}{ranges}", bold=True)
    else:
        print_text(prediction.label, bold=True)
        for label, probability in sorted(prediction.probabilities.items(), key=lambda item: -item[1]):
            is_in = "  in the set" if label in (prediction.set or ()) else ""
            print_text(f"  {probability:6.1%}  {label}{is_in}")


def _format_quantiles(quantiles: dict[str, float] | None) -> str:
    """Quantiles behind a value, in brackets."""
    if not quantiles:
        return ""
    listed = [f"{quantile}: {format_number(value, digits=6)}" for quantile, value in quantiles.items()]
    return f"  ({', '.join(listed)})"


def _format_interval(interval: "Interval | None") -> str:
    """An interval behind a value."""
    if interval is None:
        return ""
    return f"  from {format_number(interval.low, digits=6)} to {format_number(interval.high, digits=6)}"


def _find_skipped(predicted: bytes) -> dict[int, str]:
    """The reasons of rows without a prediction in a CSV file of predictions, by their numbers from 1."""
    csv.field_size_limit(max(csv.field_size_limit(), len(predicted)))  # a reason names each cell of its row
    _, *rows = csv.reader(io.StringIO(predicted.decode(), newline=""))
    return {
        number: reason or "has a cell that cannot be read"
        for number, (prediction, *_, reason) in enumerate(rows, 1)
        if not prediction
    }


def parse_row(cells: list[str]) -> dict[str, str]:
    """The cells of a row by column, as text."""
    pairs: dict[str, str] = {}
    for cell in cells:
        column, equals, value = cell.partition("=")
        if not equals or not column:
            files = "; name a file of rows as --csv FILE, and each picture by itself" if Path(cell).exists() else ""
            raise UsageError(f"{cell}: write it as COLUMN=VALUE, such as sqft=1200{files}")
        pairs[column] = value
    return pairs


def _make_csv(cells: list[str]) -> bytes:
    """One row as CSV, so that its cells are read as those of a file are."""
    pairs, text = parse_row(cells), io.StringIO()
    csv.writer(text).writerows([list(pairs), list(pairs.values())])
    return text.getvalue().encode()
