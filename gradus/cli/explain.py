"""Commands that look into a model: its mistakes, and the explanation of a prediction."""

from contextlib import suppress
from typing import Annotated, Literal

import typer

from gradus.cli.context import open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import AsJson, format_number, print_json, print_json_list, print_table
from gradus.cli.predict import parse_row

Ref = Annotated[str, typer.Argument(metavar="MODEL", help="An id, a name, name:3, or name@alias.")]


def mistakes(
    ctx: typer.Context,
    model: Ref,
    *,
    kind: Annotated[
        Literal["worst", "uncertain", "suspect_label"],
        typer.Option(help="Largest errors, least certain predictions, or labels that may be wrong."),
    ] = "worst",
    split: Annotated[
        Literal["validation", "test", "train", "all"] | None,
        typer.Option(help="Which rows; by default all for suspect_label, else validation."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Largest number of rows to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show the worst mistakes, with their lines in the file."""
    with open_client(ctx) as client:
        found = client.models.mistakes(model, kind=kind, split=split, limit=limit)
    if as_json:
        print_json_list(found)
    elif not found:
        typer.echo("No such rows.")
    else:
        print_table(
            ["line", "split", "actual", "predicted", "confidence", "score", "row"],
            [
                [
                    "" if row.line is None else str(row.line),
                    row.split,
                    _format_cell(row.expected),
                    _format_cell(row.predicted),
                    "" if row.confidence is None else f"{row.confidence:.1%}",
                    format_number(row.score),
                    _clip(" ".join(f"{column}={_format_cell(cell)}" for column, cell in row.given.items())),
                ]
                for row in found
            ],
        )


def explain(
    ctx: typer.Context,
    model: Ref,
    cells: Annotated[
        list[str] | None, typer.Argument(metavar="[COLUMN=VALUE]...", help="More cells of the row.")
    ] = None,
    *,
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="COLUMN=VALUE", help="The row to explain, cell by cell.")
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Class whose probability to explain; by default the predicted one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a prediction by the contribution of each column.

    For example: `gradus explain houses --row sqft=1200 location=harbour`.
    """
    cells_by_column = parse_row([*(row or []), *(cells or [])])
    if not cells_by_column:
        raise UsageError("Give a row as --row COLUMN=VALUE COLUMN=VALUE …")
    with open_client(ctx) as client:
        numeric = {column.name for column in client.models.get(model).inputs if column.type == "numeric"}
        values = {column: _parse_cell(cell) if column in numeric else cell for column, cell in cells_by_column.items()}
        answer = client.models.explain(model, values, label=label)
    if as_json:
        print_json(answer)
        return
    (one,) = answer.explanations
    typer.secho(_format_cell(one.predicted), bold=True)
    of = "" if one.label is None else f" probability of {one.label}"
    typer.echo(f"{format_number(one.output)}{of}, and {format_number(one.baseline_output)} for an average row:")
    print_table(
        ["column", "value", "contribution"],
        [[part.column, _format_cell(part.value), f"{part.contribution:+.4g}"] for part in one.contributions],
    )


def _parse_cell(cell: str) -> float | str:
    """A number that was typed; what is none is left for the server to refuse."""
    with suppress(ValueError):
        return float(cell)
    return cell


def _format_cell(value: object) -> str:
    return "" if value is None else format_number(value) if isinstance(value, float) else str(value)


def _clip(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
