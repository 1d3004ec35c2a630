"""The part of a file that a request with `Range` asks for, so that a broken download goes on where it stopped."""

from flask import Request

from service.http.errors import ProblemError
from store.tables import DatasetRow


def parse_range(request: Request, row: DatasetRow) -> tuple[int, int]:
    """The requested bytes of a dataset's file: the first, and the one after the last; all of them by default.

    Raises:
        ProblemError: `range-not-satisfiable`: the file is shorter.
    """
    wanted, condition = request.range, request.if_range
    if wanted is None or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return 0, row.bytes
    if request.headers.get("If-Range") and condition.etag != row.sha256:
        return 0, row.bytes
    byte_range = wanted.range_for_length(row.bytes)
    if byte_range is None:
        headers = {"Content-Range": f"bytes */{row.bytes}"}
        raise ProblemError("range-not-satisfiable", f"The file has {row.bytes:,} bytes.", headers=headers)
    return byte_range
