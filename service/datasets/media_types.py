"""Media types of uploads: those of a format, and those that say nothing, for which the bytes and the name tell."""

from typing import Final

from tables import FileFormat

FORMATS: Final[dict[str, FileFormat]] = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "text/html": "html",
    "text/x-arff": "arff",
    "text/markdown": "text",
    "application/zip": "zip",
    "application/x-tar": "tar",
}
PLAIN: Final = "text/plain"
FORM: Final = "multipart/form-data"
JSON: Final = "application/json"
BYTES: Final = "application/octet-stream"
MEDIA_TYPES: Final = (*FORMATS, PLAIN, BYTES, FORM, JSON)
MEDIA_TYPE_ALIASES: Final = {
    **dict.fromkeys(("application/csv", "text/x-csv", "application/x-csv", "text/comma-separated-values"), "text/csv"),
    **dict.fromkeys(("application/jsonl", "application/x-jsonlines", "application/ndjson"), "application/x-ndjson"),
    **dict.fromkeys(("application/parquet", "application/x-parquet"), "application/vnd.apache.parquet"),
    **dict.fromkeys(
        (
            "application/vnd.ms-excel.sheet.macroenabled.12",
            "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        ),
        "application/vnd.ms-excel",
    ),
    "text/x-markdown": "text/markdown",
    "application/xhtml+xml": "text/html",
    "application/x-zip-compressed": "application/zip",
    **dict.fromkeys(("application/x-compressed-tar", "application/x-gtar"), "application/x-tar"),
    **dict.fromkeys(
        (
            "",
            "application/download",
            "application/force-download",
            "application/gzip",
            "application/x-download",
            "application/x-gzip",
            "application/x-www-form-urlencoded",  # what curl says of any file
            "binary/octet-stream",
        ),
        BYTES,
    ),
}
"""Media types of files that say as much as one of `MEDIA_TYPES`; those that say nothing are read by their bytes."""
