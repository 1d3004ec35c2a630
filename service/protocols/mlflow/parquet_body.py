"""A body of Parquet as columns of cells: read where uploads are, in a process with limits of time and memory."""

from pathlib import Path
from tempfile import TemporaryDirectory

from service.http.errors import ProblemError
from service.http.strict_json import escape_pointer
from service.protocols.mlflow.scoring_body import Columns
from service.services import Context, IngestTimeout
from tables import MAX_JSON_CELLS, NO_OPTIONS, read_rows


def read_parquet(context: Context) -> Columns:
    """The rows of the request's body.

    Raises:
        UnreadableFile: it is no Parquet file with a row.
        ProblemError: `body-too-large`, if it has too many cells, or cannot be read within the time for a request;
            `invalid`, if it has rows that cannot be read.
    """
    with TemporaryDirectory() as folder:
        source, parquet = Path(folder, "body.parquet"), Path(folder, "table.parquet")
        source.write_bytes(context.raw_body)
        try:
            table = context.services.ingest(source, "parquet", parquet, {}, options=NO_OPTIONS)
        except IngestTimeout:
            raise ProblemError(
                "body-too-large", "The table takes too long to read within a request; send fewer rows, or CSV."
            ) from None
        if (cells := table.rows * len(table.columns)) > MAX_JSON_CELLS:
            detail = f"The table has {cells:,} cells, and {MAX_JSON_CELLS:,} are accepted at once; send fewer rows."
            raise ProblemError("body-too-large", detail, limit=MAX_JSON_CELLS)
        rows: list[dict[str, object]] = []
        while len(rows) < table.rows:
            rows += read_rows(parquet, len(rows), table.rows)
    names = [column.name for column in table.columns]
    columns = {name: [row.get(name) for row in rows] for name in names}
    return Columns(columns, len(rows), lambda row, column: f"#/{row}/{escape_pointer(column)}")
