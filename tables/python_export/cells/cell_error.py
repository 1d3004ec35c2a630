"""The error of an exported model about a cell, or about a column, that it cannot take."""


class CellError(ValueError):
    """A cell that does not fit its column, or a column that the model has not; the message says what to do."""
