"""Tables of scores for a report: metrics with their intervals beside baselines, and slices where the net is worse.

They are made of what the API answers, so that the report says what the page says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from contract.evaluation import BaselineScoreResponse, EvaluationResponse, SliceResponse, SlicesResponse
from contract.responses import ComparisonResponse, ConfidenceInterval
from learning.insight.formatting import format_number
from learning.insight.verdict import describe_baseline

RESULTS: Final[Mapping[Literal["better", "worse", "tie"], str]] = {
    "better": "net better",
    "worse": "net worse",
    "tie": "tie",
}


@dataclass(frozen=True)
class ScoreTable:
    """The cells of each metric, and the heading of each column of them."""

    headings: list[str]
    rows: Mapping[str, list[str]]
    has_intervals: bool = False


@dataclass(frozen=True)
class SliceTable:
    """Slices in which a net is worse than elsewhere, the most surely worse first."""

    headings: list[str]
    rows: Sequence[list[str]]


def tabulate_scores(measured: EvaluationResponse, tested: EvaluationResponse | None) -> ScoreTable:
    """The metrics on validation and test rows with their intervals, and those of the baselines, the best first."""
    baselines = list(reversed(measured.baselines or []))
    splits = [measured] if tested is None else [measured, tested]
    headings = [f"net, {split.rows:,} {split.split} rows" for split in splits]
    rows = {
        name: [
            *(_format_score(name, split) for split in splits),
            *(_format_baseline(name, baseline) for baseline in baselines),
        ]
        for name in measured.metrics
    }
    has_intervals = measured.intervals is not None
    return ScoreTable([*headings, *(describe_baseline(one.name) for one in baselines)], rows, has_intervals)


def tabulate_worse_slices(found: SlicesResponse) -> SliceTable:
    """The slices in which the net is worse than elsewhere beyond chance."""
    headings = ["column", "value", "rows", found.metric, "elsewhere", "difference"]
    rows = [
        [
            one.column,
            _describe_value(one),
            f"{one.rows:,}",
            f"{format_number(one.score)}{_format_interval(one.interval)}",
            format_number(one.rest),
            _format_difference(one),
        ]
        for one in found.data
        if one.result == "worse"
    ]
    return SliceTable(headings, rows)


def _format_score(name: str, measured: EvaluationResponse) -> str:
    value, interval = measured.metrics.get(name), (measured.intervals or {}).get(name)
    if value is None:
        return ""
    return f"{format_number(value)}{_format_interval(interval) if interval else ''}"


def _format_baseline(name: str, baseline: BaselineScoreResponse) -> str:
    """A baseline's metric, and how the net's compares with it."""
    value, comparison = baseline.metrics.get(name), baseline.comparisons.get(name)
    if value is None:
        return ""
    if comparison is None:
        return format_number(value)
    return f"{format_number(value)}; {RESULTS[comparison.result]}: {_format_difference(comparison)}"


def _format_difference(found: ComparisonResponse | SliceResponse) -> str:
    return f"{_format_signed(found.difference)} ({_format_signed(found.low)} to {_format_signed(found.high)})"


def _format_interval(interval: ConfidenceInterval) -> str:
    return f" ({format_number(interval.low)} to {format_number(interval.high)})"


def _format_signed(value: float) -> str:
    return ("\N{MINUS SIGN}" if value < 0 else "+") + format_number(abs(value))


def _describe_value(one: SliceResponse) -> str:
    """The value of a slice, or its range; days without their midnights."""
    if one.kind == "missing":
        return "missing"
    if one.kind == "value":
        return one.value or ""
    start, stop = (
        end.removesuffix("T00:00:00.000Z") if isinstance(end, str) else format_number(end or 0.0)
        for end in (one.start, one.stop)
    )
    return start if start == stop else f"{start} to {stop}"
