"""Encoder of datetime columns: a trend, and sine and cosine of the month, the weekday and the hour.

Sales follow the weekday and heating the month: seconds since 1970 show neither, points on a circle show both, and put
December beside January. A column of times of day, which are all on 1970-01-01, is a circle only: a trend would put
23:59 far from 00:01.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from annotated_types import MaxLen
from numpy.typing import NDArray

from learning.encoding.columns import InputColumn, WarningList, require_type
from learning.encoding.eligibility import (
    SkippedColumn,
)
from learning.encoding.numeric import NumericEncoder
from learning.encoding.numeric_block import NumericBlockEncoder
from learning.frame import Column, DatetimeColumn

Cycle = Literal["month", "weekday", "hour", "time of day"]

_CYCLE_LENGTHS: dict[Cycle, int] = {"month": 12, "weekday": 7, "hour": 24, "time of day": 24}
_DATE_CYCLES: tuple[Cycle, ...] = ("month", "weekday", "hour")
_DAY_SECONDS = 86_400.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MIN_SECONDS = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds()
_MAX_SECONDS = (datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH).total_seconds()


@dataclass(frozen=True, kw_only=True)
class DatetimeEncoder:
    """Encodes a datetime column: a trend, and sine and cosine of those cycles that vary in training.

    A missing moment is encoded as the median's trend and as the centre of each circle, equally far from all points.
    The trend of times of day is not encoded, but for its flag of missing values and its bins.
    """

    type: Literal["datetime"] = "datetime"
    name: str
    trend: NumericEncoder
    cycles: Annotated[tuple[Cycle, ...], MaxLen(len(_CYCLE_LENGTHS))]

    @classmethod
    def fit(cls, name: str, column: Column, bins: int = 0) -> "DatetimeEncoder | SkippedColumn":
        """Fit to the training rows, with about so many bins."""
        seconds = require_type(column, DatetimeColumn, name).values
        trend = NumericEncoder.fit(name, seconds, bins)
        if isinstance(trend, SkippedColumn):
            return trend
        present = seconds[~np.isnan(seconds)]
        if 0.0 <= trend.minimum < trend.maximum < _DAY_SECONDS:
            return cls(name=name, trend=trend, cycles=("time of day",))
        cycles: tuple[Cycle, ...] = tuple(
            cycle for cycle in _DATE_CYCLES if np.ptp(_cycle_position(cycle, present)) > 0.0
        )
        return cls(name=name, trend=trend, cycles=cycles)

    @property
    def bins(self) -> range:
        """The inputs of the column that are bins."""
        stop = len(self._trend_names)
        return range(stop - max(len(self.trend.edges) - 1, 0), stop)

    @property
    def width(self) -> int:
        """The number of inputs of the column."""
        return len(self._trend_names) + 2 * len(self.cycles)

    @property
    def output_names(self) -> list[str]:
        """The name of each input."""
        circles = [f"{self.name}, {wave} of the {cycle}" for cycle in self.cycles for wave in ("sine", "cosine")]
        return [*self._trend_names, *circles]

    @property
    def typical_value(self) -> str:
        """The median moment, RFC 3339; of times of day a time."""
        return _format_time(self.trend.median) if self._is_time_of_day else _format_seconds(self.trend.median)

    @property
    def _is_time_of_day(self) -> bool:
        return "time of day" in self.cycles

    @property
    def _trend_names(self) -> list[str]:
        """The names of the inputs before those of the circles."""
        return self._trend.output_names[self._is_time_of_day :]

    def describe(self) -> InputColumn:
        """The description of the column for callers of predict."""
        return InputColumn(self.name, "datetime", minimum=self.trend.minimum, maximum=self.trend.maximum)

    def encode(self, column: Column, out: NDArray[np.float32], warnings: WarningList | None = None) -> None:
        """Encode the column into `out` (rows, width), and add warnings about its rows to `warnings`."""
        seconds = require_type(column, DatetimeColumn, self.name).values
        first = len(self._trend_names)
        if self._is_time_of_day:
            seconds = seconds % _DAY_SECONDS
            trend = np.empty((len(seconds), self._trend.width), np.float32)
            self._trend.encode([seconds], None, trend, warnings)
            out[:, :first] = trend[:, 1:]
        else:
            self._trend.encode([seconds], None, out[:, :first], warnings)
        missing = np.isnan(seconds)
        present = np.where(missing, 0.0, seconds)
        for number, cycle in enumerate(self.cycles, start=1):
            angle = _cycle_position(cycle, present) * (2.0 * np.pi / _CYCLE_LENGTHS[cycle])
            end = first + 2 * number
            out[:, end - 2] = np.where(missing, 0.0, np.sin(angle))
            out[:, end - 1] = np.where(missing, 0.0, np.cos(angle))

    def grid(self, _encoded: NDArray[np.floating], points: int) -> tuple[list[float], Column]:
        """Equally spaced moments of the trained range, to vary the column over."""
        moments = np.linspace(self.trend.minimum, self.trend.maximum, points)
        return moments.tolist(), DatetimeColumn(moments)

    @cached_property
    def _trend(self) -> NumericBlockEncoder:
        return NumericBlockEncoder([self.trend], _format_time if self._is_time_of_day else _format_seconds)


def _cycle_position(cycle: Cycle, seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The position of each moment in the cycle: month 0 … 11, weekday 0 (Monday) … 6, hour of the day 0 … 24, UTC."""
    seconds = np.clip(seconds, _MIN_SECONDS, _MAX_SECONDS)
    day = np.floor(seconds / _DAY_SECONDS)
    if cycle in {"hour", "time of day"}:
        return (seconds - day * _DAY_SECONDS) / 3600.0
    if cycle == "weekday":
        return (day + 3.0) % 7.0  # 1970 began on a Thursday
    return (day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12).astype(np.float64)


def _format_seconds(seconds: float) -> str:
    moment = _EPOCH + timedelta(seconds=min(max(seconds, _MIN_SECONDS), _MAX_SECONDS))
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _format_time(seconds: float) -> str:
    """A time of day as text, such as 18:30:00."""
    return (_EPOCH + timedelta(seconds=seconds % _DAY_SECONDS)).strftime("%H:%M:%S")
