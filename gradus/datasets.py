"""Datasets: upload a table, read its profile, rows and issues.

A dataset can be trained on once it is `ready`; `upload` waits for that by default.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from contract.responses import DatasetResponse, IssueResponse, RowsResponse
from gradus.dataframes import Library, make_frame, read_columns
from gradus.errors import DatasetFailed, WaitTimeout
from gradus.labels import make_label_changes
from gradus.transport import Resource, quote_segment
from gradus.upload import ProgressCallback, UploadSource, make_upload

MAX_POLL_SECONDS = 20.0  # of a request that waits for a change of state
READING_SECONDS = 1.0

ReadingCallback = Callable[[DatasetResponse], None]


class Datasets(Resource):
    """The uploaded tables of one owner; an unknown id raises NotFound."""

    def upload(
        self,
        source: UploadSource,
        *,
        name: str | None = None,
        types: Mapping[str, str] | None = None,
        format: str | None = None,  # noqa: A002 - its name in the API
        missing_values: Sequence[str] | None = None,
        decimal: str | None = None,
        dates: str | None = None,
        header_line: int | None = None,
        encoding: str | None = None,
        sheet: str | int | None = None,
        reuse: bool = False,
        wait: bool = True,
        timeout: float | None = None,
        on_progress: ProgressCallback | None = None,
        on_reading: ReadingCallback | None = None,
    ) -> DatasetResponse:
        """Upload a table: a path, a file open for reading bytes, a data frame of pandas or polars, rows, or pictures.

        Args:
            source: CSV, TSV, NDJSON or Parquet, the text ones also gzipped (`.gz`), or rows; of pictures a ZIP or tar
                archive with a folder a class, or the path of such a folder.
            name: the dataset's name; by default the file's name.
            types: a type for each column that the server should not guess, such as `{"zip": "categorical"}`.
            format: csv, tsv, ndjson, parquet, zip, tar, or text, of which each line is a row; by default by the
                file's ending.
            missing_values: the only texts that stand for a missing value, besides empty cells.
            decimal: point or comma, the decimal sign of all numbers.
            dates: day_first or month_first, for dates such as 3/4/2019.
            header_line: the line with the names of the columns, counted from 1; 0 if there is none.
            encoding: the encoding of text, such as shift_jis.
            sheet: the sheet of a workbook, by name or by number from 1; by default the first.
            reuse: return the dataset of the same file, name and options, if there is one.
            wait: whether to return only when the table is read.
            timeout: the largest number of seconds to wait; by default no limit.
            on_progress: called with the bytes sent and the total (None if unknown), during the upload.
            on_reading: called with the dataset about once a second, while a worker reads it.

        Raises:
            DatasetFailed: the file could not be read as a table.
            WaitTimeout: it is not read yet, and `timeout` is over.
        """
        upload = make_upload(source, format=format, on_progress=on_progress)
        params = {
            "name": name or upload.name,
            "types": json.dumps(dict(types)) if types else None,
            "missing_values": None if missing_values is None else json.dumps(list(missing_values)),
            "decimal": decimal,
            "dates": dates,
            "header_line": header_line,
            "encoding": encoding,
            "sheet": sheet,
            "reuse": "true" if reuse else None,
        }
        dataset = self._transport.request_model(
            DatasetResponse,
            "POST",
            "/v1/datasets",
            params=params,
            headers=upload.headers,
            body=upload.body,
            creates=True,
            extra_seconds=600.0,
        )
        return self.wait(dataset, timeout=timeout, on_reading=on_reading) if wait else dataset

    def wait(
        self,
        dataset: DatasetResponse | str,
        *,
        timeout: float | None = None,
        on_reading: ReadingCallback | None = None,
    ) -> DatasetResponse:
        """A dataset once it is ready; `on_reading` is called with it about once a second until then.

        Raises:
            DatasetFailed: the file could not be read as a table.
            WaitTimeout: it is not read yet, and `timeout` seconds are over.
        """
        answer = self.get(dataset) if isinstance(dataset, str) else dataset
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        while answer.status == "processing":
            if on_reading is not None:
                on_reading(answer)
            left = min(MAX_POLL_SECONDS if on_reading is None else READING_SECONDS, deadline - time.monotonic())
            if left <= 0:
                raise WaitTimeout(f"{answer.name} ({answer.id}) is not read yet; ask again with datasets.wait()")
            answer = self._transport.request_model(
                DatasetResponse,
                "GET",
                f"/v1/datasets/{answer.id}",
                headers={"Prefer": f"wait={max(1, round(left))}"},
                extra_seconds=left,
            )
        if answer.status == "failed":
            raise DatasetFailed(answer)
        return answer

    def list(self, *, tag: str | None = None, q: str | None = None) -> Iterator[DatasetResponse]:
        """All datasets, newest first: those with a tag, or with the words of `q`."""
        return self._transport.paginate(DatasetResponse, "/v1/datasets", tag=tag, q=q)

    def change(
        self,
        id: str,  # noqa: A002 - its name in the API
        *,
        name: str | None = None,
        tags: Mapping[str, str] | None = None,
        note: str | None = None,
    ) -> DatasetResponse:
        """Set its name, its tags, all of them, or its note, of which an empty one is removed; None changes nothing."""
        changes = {**make_label_changes(tags, note), **({} if name is None else {"name": name})}
        return self._transport.request_model(
            DatasetResponse, "PATCH", f"/v1/datasets/{quote_segment(id)}", json=changes
        )

    def get(self, id: str) -> DatasetResponse:  # noqa: A002 - its name in the API
        """One dataset, with the profile of its columns."""
        return self._transport.request_model(DatasetResponse, "GET", f"/v1/datasets/{quote_segment(id)}")

    def find(self, name: str) -> DatasetResponse | None:
        """The newest usable dataset of that name, or None."""
        found = self._transport.paginate(DatasetResponse, "/v1/datasets", name=name, status="ready,processing")
        return next(found, None)

    def delete(self, id: str) -> None:  # noqa: A002 - its name in the API
        """Delete a dataset and its file, or raise Conflict if a job uses it; models trained on it stay."""
        self._transport.request("DELETE", f"/v1/datasets/{quote_segment(id)}")

    def rows(self, id: str) -> Iterator[dict[str, Any]]:  # noqa: A002 - its name in the API
        """The accepted rows, as jobs train on them; missing cells are None."""
        return self._list(id, "rows", limit=1000)

    def to_pandas(self, id: str) -> Any:  # noqa: A002 - its name in the API
        """The accepted rows as a pandas DataFrame, moments in UTC; raises GradusError if pandas is not installed."""
        return self._make_frame("pandas", id)

    def to_polars(self, id: str) -> Any:  # noqa: A002 - its name in the API
        """The same as a polars DataFrame."""
        return self._make_frame("polars", id)

    def issues(self, id: str) -> Iterator[IssueResponse]:  # noqa: A002 - its name in the API
        """The issues found in the file, in the order of its lines."""
        return (IssueResponse.model_validate(issue, extra="ignore") for issue in self._list(id, "issues", limit=100))

    def _make_frame(self, library: Library, dataset_id: str) -> Any:
        types = {column.name: column.type for column in self.get(dataset_id).columns or []}
        return make_frame(library, read_columns(self.rows(dataset_id), types))

    def _list(self, dataset_id: str, what: str, **params: int) -> Iterator[dict[str, Any]]:
        path = f"/v1/datasets/{quote_segment(dataset_id)}/{what}"
        while True:
            page = self._transport.request_model(RowsResponse, "GET", path, params=params)
            yield from page.data
            if not page.has_more:
                return
            params["after"] = page.after
