"""Commands that ask why and where a model is wrong: `mistakes` and `explain`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gradus.cli.context import AsJson, ModelRef, open_client
from gradus.cli.errors import UsageError
from gradus.cli.output import Columns, format_count, format_number, print_json, print_list, print_table, print_text
from gradus.cli.predict import parse_row
from gradus.cli.references import ask_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from contract.model_insight import MistakeResponse
    from gradus.client import Client


def mistakes(
    ctx: typer.Context,
    model: ModelRef,
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
        model = ask_model(client, model, client.models.get).id
        found = client.models.mistakes(model, kind=kind, split=split, limit=limit)
        summary = None if as_json or kind != "worst" else _summarize_mistakes(client, model, found)
    columns: Columns[MistakeResponse] = {
        "line": lambda row: _format_cell(row.line),
        "split": lambda row: row.split,
        **({"target": lambda row: row.target or ""} if any(row.target for row in found) else {}),
        "actual": lambda row: _format_cell(row.expected),
        "predicted": lambda row: _format_cell(row.predicted),
        "confidence": lambda row: "" if row.confidence is None else f"{row.confidence:.1%}",
        "score": lambda row: format_number(row.score),
        "row": lambda row: _clip(" ".join(f"{name}={_format_cell(cell)}" for name, cell in row.given.items())),
    }
    if summary is not None:
        print_text(summary, bold=True)
    print_list(found, columns, as_json=as_json, if_empty="No such rows.")


def _summarize_mistakes(client: "Client", model: str, rows: "Sequence[MistakeResponse]") -> str | None:
    """How many of the listed rows are mistakes, which come first; None for numbers, or if all are."""
    if not rows or not all(isinstance(row.expected, str) for row in rows):
        return None
    wrong = sum(row.expected != row.predicted for row in rows)
    if wrong == len(rows):
        return None
    if wrong:
        verb = "is a mistake" if wrong == 1 else "are mistakes"
        return f"{wrong} of these {len(rows)} rows {verb}; the others are the closest calls:"
    if {row.split for row in rows} != {"validation"}:
        return "No mistakes. The closest calls:"
    count = client.models.evaluation(model).rows
    return f"No mistakes on {format_count(count, 'held-out row')}. The closest calls:"


def explain(
    ctx: typer.Context,
    model: ModelRef,
    cells: Annotated[
        list[str] | None, typer.Argument(metavar="COLUMN=VALUE|PICTURE", help="More cells of the row, or a picture.")
    ] = None,
    *,
    row: Annotated[
        list[str] | None, typer.Option("--row", metavar="COLUMN=VALUE", help="The row to explain, cell by cell.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="PNG file to write the saliency map of a picture to.")] = None,
    label: Annotated[
        str | None, typer.Option(help="Class whose probability to explain; by default the predicted one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain a prediction by the contribution of each column, or of each pixel of a picture.

    For example: `gradus explain houses --row sqft=1200 location=harbour`. A picture's saliency map, which is
    transparent but for the pixels that matter: `gradus explain animals cat.jpg --out why.png`.
    """
    from gradus.photo_folder import is_picture

    if cells and not row and len(cells) == 1 and "=" not in cells[0] and is_picture(cells[0]):
        if out is None:
            raise UsageError("Of a picture the answer is one, too: give --out FILE.png to write it to.")
        with open_client(ctx) as client:
            out.write_bytes(ask_model(client, model, lambda ref: client.models.saliency(ref, cells[0], label=label)))
        print_text(f"{out}: blue pixels raise the probability, amber ones lower it; lay it over the picture")
        return
    cells_by_column = parse_row([*(row or []), *(cells or [])])
    if not cells_by_column:
        raise UsageError("Give a row as --row COLUMN=VALUE COLUMN=VALUE …")
    with open_client(ctx) as client:
        answer = ask_model(client, model, lambda ref: client.models.explain(ref, cells_by_column, label=label))
    if as_json:
        print_json(answer)
        return
    (one,) = answer.explanations
    print_text(_format_cell(one.predicted), bold=True)
    of = "" if one.target is None else f" of {one.target}"
    of = of if one.label is None else f" probability of {one.label}"
    print_text(f"{format_number(one.output)}{of}, and {format_number(one.baseline_output)} for an average row:")
    print_table(
        ["column", "value", "contribution"],
        [[part.column, _format_cell(part.value), f"{part.contribution:+.4g}"] for part in one.contributions],
    )


def _format_cell(value: object) -> str:
    return "" if value is None else format_number(value) if isinstance(value, float) else str(value)


def _clip(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
