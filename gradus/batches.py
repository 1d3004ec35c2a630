"""Batches: predictions of all rows of a dataset, made by the workers, and their download."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from contract.responses import BatchErrorsResponse, BatchResponse, DatasetResponse
from contract.states import BatchFormat
from gradus.errors import GradusError, WaitTimeout
from gradus.transport import Resource, quote_segment

MAX_POLL_SECONDS = 20.0
SHOW_SECONDS = 1.0


class BatchFailed(GradusError):
    """A batch ended without output: `batch` has the reason."""

    def __init__(self, batch: BatchResponse) -> None:
        reason = batch.error.detail if batch.error else f"it was {batch.status}"
        super().__init__(f"{batch.id}: {reason}")
        self.batch = batch


class Batches(Resource):
    """The batches of one owner; an unknown id raises NotFound."""

    def create(
        self,
        ref: str,
        dataset: DatasetResponse | str,
        *,
        columns: Sequence[str] = (),
        interval: float | None = None,
        format: BatchFormat = "csv",  # noqa: A002 - its name in the API
    ) -> BatchResponse:
        """Predict all rows of a dataset with a model, and return at once.

        Args:
            ref: the model.
            dataset: the dataset, or its id.
            columns: its columns that stand before the predictions, such as an id.
            interval: a coverage, such as 0.9: numbers get an interval, classes a set.
            format: csv, ndjson or parquet.
        """
        dataset_id = dataset if isinstance(dataset, str) else dataset.id
        spec = {"dataset_id": dataset_id, "columns": list(columns), "interval": interval, "format": format}
        path = f"/v1/models/{quote_segment(ref)}/batches"
        return self._transport.request_model(BatchResponse, "POST", path, json=spec, creates=True)

    def list(self, *, status: str | None = None, model_id: str | None = None) -> Iterator[BatchResponse]:
        """All batches, those in states such as `queued,running`, or those of a model; newest first."""
        return self._transport.paginate(BatchResponse, "/v1/batches", status=status, model_id=model_id)

    def get(self, id: str) -> BatchResponse:  # noqa: A002 - its name in the API
        """A batch as it stands now."""
        return self._transport.request_model(BatchResponse, "GET", _path(id))

    def wait(
        self,
        batch: BatchResponse | str,
        *,
        timeout: float | None = None,
        on_progress: Callable[[BatchResponse], None] | None = None,
    ) -> BatchResponse:
        """A batch once it has succeeded; `on_progress` is called with it about once a second until then.

        Raises:
            BatchFailed: it failed, or was cancelled.
            WaitTimeout: it has not ended, and `timeout` seconds are over.
        """
        answer = self.get(batch) if isinstance(batch, str) else batch
        deadline = time.monotonic() + (math.inf if timeout is None else timeout)
        while answer.finished_at is None:
            if on_progress is not None:
                on_progress(answer)
            left = min(MAX_POLL_SECONDS if on_progress is None else SHOW_SECONDS, deadline - time.monotonic())
            if left <= 0:
                raise WaitTimeout(f"{answer.id} has not ended yet; ask again with batches.wait()")
            headers = {"Prefer": f"wait={max(1, round(left))}"}
            answer = self._transport.request_model(
                BatchResponse, "GET", _path(answer.id), headers=headers, extra_seconds=left
            )
        if answer.status != "succeeded":
            raise BatchFailed(answer)
        return answer

    def download(self, id: str, out: str | PathLike[str]) -> None:  # noqa: A002 - its name in the API
        """Write the output of a batch that has succeeded to a file."""
        path = f"{_path(id)}/output"
        with (
            self._transport.stream(path, headers={}, read_timeout=self._transport.timeout) as response,
            Path(out).open("wb") as file,
        ):
            file.writelines(response.iter_bytes())

    def errors(self, id: str) -> Iterator[dict[str, Any]]:  # noqa: A002 - its name in the API
        """The faults of the file that left rows without a prediction, or changed one; the first thousand."""
        after = 0
        while True:
            page = self._transport.request_model(
                BatchErrorsResponse, "GET", f"{_path(id)}/errors", params={"after": after, "limit": 1000}
            )
            yield from page.data
            if not page.has_more:
                return
            after = page.after

    def cancel(self, id: str) -> BatchResponse:  # noqa: A002 - its name in the API
        """End a batch now; it has no output."""
        return self._transport.request_model(BatchResponse, "POST", f"{_path(id)}/cancel")

    def delete(self, id: str) -> None:  # noqa: A002 - its name in the API
        """Delete a batch that has ended, with its output."""
        self._transport.request("DELETE", _path(id))


def _path(batch_id: str) -> str:
    return f"/v1/batches/{quote_segment(batch_id)}"
