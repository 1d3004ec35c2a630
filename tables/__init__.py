"""What an uploaded file becomes: typed columns, a profile, and the list of its faults with their line numbers.

Here belongs everything that knows how people write tables down. Here is no training, no SQL and no HTTP.
"""

from tables.errors import BadCell, BadRows, Unreadable
from tables.issues import Issue
from tables.parquet_table import load_frame, load_table, read_rows, rows_at
from tables.predict_csv import frame_of_csv
from tables.predict_rows import CellFrames, frame_of_rows
from tables.profile import ColumnProfile, Top
from tables.threads import start_threads
from tables.upload import Format, Ingested, ingest, ingest_rows

__all__ = [
    "BadCell",
    "BadRows",
    "CellFrames",
    "ColumnProfile",
    "Format",
    "Ingested",
    "Issue",
    "Top",
    "Unreadable",
    "frame_of_csv",
    "frame_of_rows",
    "ingest",
    "ingest_rows",
    "load_frame",
    "load_table",
    "read_rows",
    "rows_at",
    "start_threads",
]
