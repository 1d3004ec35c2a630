"""The command that tells how a model does in use: accuracy over time, and drift."""

from typing import TYPE_CHECKING, Annotated

import typer

from gradus.cli.context import AsJson, ModelRef, open_client
from gradus.cli.output import (
    Columns,
    format_count,
    format_metric_name,
    format_number,
    print_json,
    print_list,
    print_text,
)
from gradus.cli.references import ask_model

if TYPE_CHECKING:
    from contract.monitoring import AccuracyResponse, ColumnDriftResponse, MonitoringResponse


def monitor(
    ctx: typer.Context,
    model: ModelRef,
    *,
    days: Annotated[float, typer.Option(metavar="DAYS", min=0.01, max=3650, help="Accuracy of so many days.")] = 30.0,
    rows: Annotated[
        int, typer.Option(metavar="ROWS", min=1, max=100_000, help="Drift of so many of the newest predictions.")
    ] = 1000,
    as_json: AsJson = False,
) -> None:
    """Show how a model does in use: accuracy over time, and whether what it gets has drifted.

    It tells of predictions made with `gradus predict MODEL --record`, or with record=true over HTTP.
    """
    with open_client(ctx) as client:
        found = ask_model(client, model, lambda ref: client.models.monitor(ref, days=days, rows=rows))
    if as_json:
        print_json(found)
        return
    count = format_count(found.predictions, "recorded prediction")
    print_text(f"{found.name}:{found.version}: {count}; of {found.outcomes:,} it is known what came true")
    if found.predictions:
        _print_accuracy(found)
        _print_drift(found)
    else:
        print_text("Record predictions with gradus predict MODEL --record, or record=true over HTTP.")


def _print_accuracy(found: "MonitoringResponse") -> None:
    columns: Columns[AccuracyResponse] = {
        "from": lambda part: part.start[:16].replace("T", " "),
        "predictions": lambda part: str(part.predictions),
        "outcomes": lambda part: str(part.outcomes),
    }
    for name in found.baseline:
        columns[format_metric_name(name)] = lambda part, name=name: (
            format_number(part.metrics[name]) if name in part.metrics else "-"
        )
    print_list(found.accuracy, columns, as_json=False, if_empty="No predictions in this time.")
    known = [f"{format_metric_name(name)} {format_number(value)}" for name, value in found.baseline.items() if value]
    if known:
        print_text(f"on held-out rows: {', '.join(known)}")


def _print_drift(found: "MonitoringResponse") -> None:
    if found.unavailable:
        print_text(found.unavailable)
        return
    columns: Columns[ColumnDriftResponse] = {
        "column": lambda each: each.column,
        "kind": lambda each: "predicted" if each.kind == "output" else each.statistic,
        "psi": lambda each: "-" if each.psi is None else format_number(each.psi),
        "threshold": lambda each: "-" if each.threshold is None else format_number(each.threshold),
        "drift": lambda each: "drifted" if each.has_drifted else "too few rows" if each.psi is None else "no",
    }
    print_list(found.drift, columns, as_json=False, if_empty="There is no column to compare.")
    count = sum(each.has_drifted for each in found.drift)
    what = f"{format_count(count, 'column')} drifted" if count else "nothing has drifted"
    if found.recent_rows < found.test.min_rows:
        what = f"too few to tell drift, which takes {found.test.min_rows}"
    print_text(f"the newest {format_count(found.recent_rows, 'row')}: {what}", bold=bool(count))
