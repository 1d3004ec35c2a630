"""The command that tells where a model is worse than elsewhere: on which values and ranges of its table's columns."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from gradus.cli.context import AsJson, ModelRef, open_client
from gradus.cli.output import (
    Columns,
    format_count,
    format_metric_name,
    format_moments,
    format_number,
    print_items,
    print_json,
    print_paragraph,
    print_text,
)
from gradus.cli.references import ask_model

if TYPE_CHECKING:
    from contract.evaluation import SliceResponse, SlicesResponse

MAX_SLICES: Final = 100
"""As many as are kept."""

RESULTS: Final = {"worse": "worse", "better": "better", "tie": "no clear difference"}


def slices(
    ctx: typer.Context,
    model: ModelRef,
    *,
    split: Annotated[Literal["validation", "test"], typer.Option(help="Of which held-out rows.")] = "validation",
    limit: Annotated[int, typer.Option(min=1, max=MAX_SLICES, help="Largest number of slices to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show where a model is worse than elsewhere, by the values and ranges of each column.

    The most surely worse slice of the held-out rows comes first.
    """
    with open_client(ctx) as client:
        found = ask_model(
            client, model, lambda ref: client.models.slices(ref, split=split, limit=limit if as_json else MAX_SLICES)
        )
    if as_json:
        print_json(found)
        return
    if not found.data:
        print_text(f"None of the columns has a value or a range with enough of the {found.rows:,} held-out rows.")
        return
    print_paragraph(_summarize(found))
    metric = found.metric
    columns: Columns[SliceResponse] = {
        "column": lambda one: one.column,
        "value": _describe_value,
        "rows": lambda one: f"{one.rows:,}",
        format_metric_name(metric): lambda one: _format_score(metric, one.score),
        "elsewhere": lambda one: _format_score(metric, one.rest),
        "difference": lambda one: _format_difference(metric, one),
        "result": lambda one: RESULTS[one.result],
    }
    print_items(found.data[:limit], columns)
    if len(found.data) > limit:
        print_text(f"These are {limit} of {len(found.data)}; more with --limit.")


def _summarize(found: "SlicesResponse") -> str:
    """How many of the listed slices are worse than elsewhere beyond chance."""
    worse = sum(one.result == "worse" for one in found.data)
    count = f"{worse or 'None'} of {format_count(found.compared, 'slice')} {'are' if worse > 1 else 'is'} worse"
    return f"{count} beyond chance, on {found.rows:,} held-out rows; all intervals hold together with 95% (Bonferroni)."


def _describe_value(one: "SliceResponse") -> str:
    """The value of a slice, or its range."""
    if one.kind == "missing":
        return "missing"
    if one.start == one.stop and isinstance(one.start, float):
        return format_number(one.start)
    if isinstance(one.start, str) and isinstance(one.stop, str):
        return format_moments(*(datetime.fromisoformat(end).timestamp() for end in (one.start, one.stop)))
    if isinstance(one.start, float) and isinstance(one.stop, float):
        return f"{format_number(one.start)} to {format_number(one.stop)}"
    return one.value or ""


def _format_score(metric: str, value: float) -> str:
    return f"{value:.1%}" if metric == "accuracy" else format_number(value)


def _format_difference(metric: str, one: "SliceResponse") -> str:
    """The difference with its bounds, of accuracies in percentage points."""
    if metric == "accuracy":
        return f"{100 * one.difference:+.1f} pp ({100 * one.low:+.1f} to {100 * one.high:+.1f})"
    return f"{_format_signed(one.difference)} ({_format_signed(one.low)} to {_format_signed(one.high)})"


def _format_signed(value: float) -> str:
    return f"{'-' if value < 0 else '+'}{format_number(abs(value), 3)}"
