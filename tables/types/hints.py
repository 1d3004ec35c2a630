"""What is known about a column besides its cells."""

from dataclasses import dataclass

from learning.column_format import ColumnFormat
from learning.format_terms import DateOrder
from learning.frame import ColumnType
from tables.options import NO_OPTIONS, ReadOptions
from tables.types.date_inference import DateHints


@dataclass(frozen=True)
class ColumnHints:
    """What is known about a column besides its cells.

    Attributes:
        type: The type set by the owner, if any.
        format: The format by which it is to be read, if any.
        options: What the owner knows about the whole file.
        prefer_comma: Whether other columns of the file have a decimal comma.
        points_group: Whether points separate thousands as a rule in files such as this.
        name: The name of the column.
        date_order: The order of day and month in other columns of the file.
    """

    type: ColumnType | None = None
    format: ColumnFormat | None = None
    options: ReadOptions = NO_OPTIONS
    prefer_comma: bool = False
    points_group: bool = False
    name: str = ""
    date_order: DateOrder | None = None

    @property
    def dates(self) -> DateHints:
        """What is known if it is a column of dates."""
        order = self.options.dates
        return DateHints(self.name, order, self.date_order, requested=self.type == "datetime")
