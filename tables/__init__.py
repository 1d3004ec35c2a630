"""What an uploaded file becomes: typed columns, a profile, and the list of its faults with their line numbers.

Here belongs everything that knows how people write tables down. Here is no training, no SQL and no HTTP.
"""

from tables.errors import BadCell, BadRows, UnreadableFile
from tables.issues import Issue
from tables.parquet_table import load_frame, load_table, read_rows, read_rows_at
from tables.predict_csv import frame_from_csv
from tables.predict_rows import FastRows, frame_from_rows
from tables.profile import ColumnProfile, TopValue
from tables.upload import FileFormat, IngestedTable, ingest, ingest_rows

__all__ = [
    "BadCell",
    "BadRows",
    "ColumnProfile",
    "FastRows",
    "FileFormat",
    "IngestedTable",
    "Issue",
    "TopValue",
    "UnreadableFile",
    "frame_from_csv",
    "frame_from_rows",
    "ingest",
    "ingest_rows",
    "load_frame",
    "load_table",
    "read_rows",
    "read_rows_at",
]
