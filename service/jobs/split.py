"""The route of a job's split: which rows of the dataset, and lines of the file, are in which part."""

from collections.abc import Iterator
from typing import Final, get_args

import numpy as np
from flask import Response
from numpy.typing import NDArray
from pydantic import Field

from contract.responses import SplitResponse, SplitRow
from contract.responses.jobs import SplitPart
from learning.data.split import RowParts, decode_parts
from service.http.csv_output import CSV, Cell, encode_csv, prefers_csv
from service.http.errors import ProblemError
from service.http.routing import Routes
from service.net_choice import NetQuery, load_net_row
from service.services import Context
from store import datasets
from store.errors import FileNotFound
from store.files import table_key
from store.jobs import jobs
from tables import read_lines

routes = Routes("split", "Which rows a job learned from, and which it held out.")

PARTS: Final[tuple[SplitPart, ...]] = get_args(SplitPart)
NUMBERS: Final[dict[SplitPart, int]] = {"train": 1, "validation": 2, "test": 3, "left_out": 0}
"""The number of each part in `learning.data.split.encode_parts`."""
NAMES: Final[dict[int, SplitPart]] = {number: part for part, number in NUMBERS.items()}
COLUMNS: Final = ["row", "line", "part", "fold"]
MAX_ROWS_PER_PAGE: Final = 10_000
LINES_AT_ONCE: Final = 2**16
"""Rows whose lines are read at a time."""


class SplitQuery(NetQuery):
    """Which rows of the split."""

    part: SplitPart | None = Field(default=None, description="Only the rows of this part.")
    after: int = Field(default=0, ge=0, le=2**53, description="Only rows after this number.")
    limit: int | None = Field(
        default=None, ge=1, le=MAX_ROWS_PER_PAGE, description="Maximum number; by default 1,000 as JSON and all as CSV."
    )


@routes.get(
    "/v1/jobs/{job_id}/split",
    scope="read",
    summary="The split of a job",
    response_model=SplitResponse,
    produces=("application/json", CSV),
    problems=("not-found", "no-split"),
)
def split(context: Context, job_id: str, query: SplitQuery) -> SplitResponse | Response:
    """The part of each row of the dataset, as the job was trained: its number, and its line in the uploaded file.

    With `Accept: text/csv` all rows come as CSV. Where the rows are divided into folds, each has its fold, too. The
    split is there once a job trains, and as long as its dataset.
    """
    with context.begin_read() as s:
        job = load_net_row(s, context, job_id, query.net)
        stored = jobs.get_parts(s, job.id)
        if not datasets.exists(s, context.owner, job.dataset_id):
            raise _dataset_deleted()
    if stored is None:
        raise ProblemError("no-split", "The job has not begun to train, or is older than this version.")
    stored_parts = decode_parts(stored)
    parts = stored_parts.parts
    wanted = np.arange(query.after, len(parts)) if query.after < len(parts) else np.empty(0, np.intp)
    if query.part is not None:
        wanted = wanted[parts[wanted] == NUMBERS[query.part]]
    limit = query.limit or (len(wanted) if prefers_csv(context.request) else 1000)
    found = _read_rows(context, job.dataset_id, stored_parts, wanted[:limit])
    if prefers_csv(context.request):
        names = COLUMNS if (stored_parts.folds >= 0).any() else COLUMNS[:-1]
        rows = (row[: len(names)] for row in found)
        return Response(encode_csv(names, _open(rows)), content_type=CSV)
    data = [SplitRow(row=row, line=line, part=part, fold=fold) for row, line, part, fold in found]
    counts = np.bincount(parts, minlength=len(PARTS))
    return SplitResponse(
        counts={part: int(counts[NUMBERS[part]]) for part in PARTS},
        data=data,
        has_more=len(wanted) > limit,
        after=data[-1].row if data else query.after,
    )


def _read_rows(
    context: Context, dataset_id: str, stored: RowParts, numbers: NDArray[np.intp]
) -> Iterator[tuple[int, int | None, SplitPart, int | None]]:
    """The number from 1, line, part and fold of the rows with these numbers from 0."""
    if not len(numbers):
        return
    try:
        with context.services.files.local_copy(table_key(dataset_id)) as path:
            for start in range(int(numbers[0]), int(numbers[-1]) + 1, LINES_AT_ONCE):
                first, last = np.searchsorted(numbers, (start, start + LINES_AT_ONCE)).tolist()
                lines = read_lines(path, start, start + LINES_AT_ONCE) if first < last else []
                for number in numbers[first:last].tolist():
                    part, fold = NAMES[int(stored.parts[number])], int(stored.folds[number])
                    yield number + 1, lines[number - start], part, None if fold < 0 else fold
    except FileNotFound:
        raise _dataset_deleted() from None


def _open(rows: Iterator[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
    """The rows, after the first was read: a missing file is found before the response begins."""
    first = next(rows, None)

    def go_on() -> Iterator[tuple[Cell, ...]]:
        if first is not None:
            yield first
            yield from rows

    return go_on()


def _dataset_deleted() -> ProblemError:
    return ProblemError("no-split", "The dataset of this job was deleted, and with it its rows and lines.")
