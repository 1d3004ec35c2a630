"""Terms in which the format of a column's cells is described."""

from typing import Literal

DecimalStyle = Literal["point", "comma"]
DateOrder = Literal["day_first", "month_first"]
NumberMark = Literal["magnitude", "bound", "approximate", "brackets", "trailing_minus", "footnote"]
"""A sign around a number: `12k`, `<0.05` or `10+`, `~12`, `(12.5)` and `12.5-` for -12.5, `12*` or `12[1]`."""
