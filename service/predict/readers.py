"""Readers of rows to predict, one for each media type of a body."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from learning.encoding.columns import InputColumn
from learning.frame import Frame
from learning.model import Model
from service.http.csv_output import CSV
from service.predict.json_rows import JsonRows
from service.request_bodies.strict_rows import refuse_bad_rows
from service.services import Context
from tables import BadRows, frame_from_csv

JSON: Final = "application/json"

_json_rows: Final[WeakKeyDictionary[Model, JsonRows]] = WeakKeyDictionary()
"""Readers of JSON by their models, as making their decoders takes longer than reading a row."""


@dataclass(frozen=True)
class CsvRows:
    """Reads CSV bodies of rows for one model; `tables` has a fast path of plain numbers and a strict one inside.

    Attributes:
        inputs: The model's columns.
        ignored: Columns that rows may have besides, and that are passed over.
    """

    inputs: Sequence[InputColumn]
    ignored: Collection[str]

    def read(self, body: bytes) -> Frame:
        """The rows below a header.

        Raises:
            ProblemError: `invalid`, with the place of each fault.
            Unreadable: it is no delimited file with at least one row.
        """
        try:
            return frame_from_csv(body, self.inputs, self.ignored)
        except BadRows as bad:
            raise refuse_bad_rows(bad, "#/rows/{}".format) from None


def read_rows(context: Context, model: Model) -> Frame:
    """The rows of a request's body as the columns that a model takes. Raises as the readers do."""
    if context.media_type == CSV:
        return CsvRows(model.inputs, model.ignored).read(context.raw_body)
    reader = _json_rows.get(model)
    if reader is None:
        reader = _json_rows[model] = JsonRows(model.inputs, model.ignored)
    return reader.read(context.raw_body)
