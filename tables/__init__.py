"""Tables: an uploaded file becomes typed columns in Parquet, a profile, and a list of its issues with line numbers.

Rows to predict from become frames here, too. `FastRows` and the fast path of `frame_from_csv` take rows in which every
number is a plain one; `frame_from_rows` and the strict path of `frame_from_csv` take all others, and name each bad
cell. Here is no training, no SQL and no HTTP.
"""

from tables.formats.detection import EXTENSIONS, HEAD_BYTES, FileFormat, detect_format
from tables.images.feature_nets import (
    MissingFeatureNet,
    find_feature_graph,
    find_feature_net,
    find_net_file,
    load_feature_net,
    use_net_file,
)
from tables.images.pixels import (
    MIN_SIDE,
    FeatureReader,
    ImageReader,
    encode_png,
    image_readers,
    make_features,
    pixel_readers,
    read_picture,
    resize_picture,
)
from tables.images.small_picture import MAX_STORED_SIDE
from tables.issues import Issue, UnreadableFile
from tables.options import NO_OPTIONS, ReadOptions
from tables.parquet_table import (
    count_rows_before,
    load_frame,
    load_sample,
    load_table,
    read_lines,
    read_rows,
    read_rows_at,
)
from tables.predict_columns import Cells, ColumnFrames
from tables.predict_csv import frame_from_csv
from tables.predict_faults import MAX_JSON_CELLS, BadCell, BadCells, BadRows, RowLimit, TooManyRows, count_cells
from tables.predict_rows import FastRows, frame_from_rows
from tables.prediction_blocks import join_blocks, read_block, read_block_cells, write_block
from tables.profile import ColumnProfile, TopValue
from tables.read_plan import ReadPlan, check_read_plan, make_read_plan, target_as_learned
from tables.upload import IngestedTable, ingest, ingest_rows

__all__ = [
    "EXTENSIONS",
    "HEAD_BYTES",
    "MAX_JSON_CELLS",
    "MAX_STORED_SIDE",
    "MIN_SIDE",
    "NO_OPTIONS",
    "BadCell",
    "BadCells",
    "BadRows",
    "Cells",
    "ColumnFrames",
    "ColumnProfile",
    "FastRows",
    "FeatureReader",
    "FileFormat",
    "ImageReader",
    "IngestedTable",
    "Issue",
    "MissingFeatureNet",
    "ReadOptions",
    "ReadPlan",
    "RowLimit",
    "TooManyRows",
    "TopValue",
    "UnreadableFile",
    "check_read_plan",
    "count_cells",
    "count_rows_before",
    "detect_format",
    "encode_png",
    "find_feature_graph",
    "find_feature_net",
    "find_net_file",
    "frame_from_csv",
    "frame_from_rows",
    "image_readers",
    "ingest",
    "ingest_rows",
    "join_blocks",
    "load_feature_net",
    "load_frame",
    "load_sample",
    "load_table",
    "make_features",
    "make_read_plan",
    "pixel_readers",
    "read_block",
    "read_block_cells",
    "read_lines",
    "read_picture",
    "read_rows",
    "read_rows_at",
    "resize_picture",
    "target_as_learned",
    "use_net_file",
    "write_block",
]
