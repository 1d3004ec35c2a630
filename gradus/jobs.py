"""Jobs: request a training, wait for it or watch it, and take its model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Unpack

from contract.diagnosis import DiagnosticsResponse
from contract.responses import (
    Best,
    DatasetResponse,
    EpochResponse,
    JobResponse,
    Latest,
    ModelResponse,
    Problem,
    Progress,
    ValidationResponse,
)
from contract.specs import JobSpec
from contract.states import TERMINAL, JobStatus
from contract.training_view import JobWeightsResponse, LayersResponse, ReplayResponse, TraceResponse
from gradus.datasets import Datasets
from gradus.errors import GradusError, JobCancelled, JobFailed
from gradus.events import JobEvent, JobEventStream, list_after_epoch, list_epochs
from gradus.job_options import JobOptions
from gradus.transport import Transport, quote_segment


class Job:
    """A training job. Its fields are those of the last response; `refresh` fetches them again."""

    def __init__(self, transport: Transport, answer: JobResponse) -> None:
        self._transport = transport
        self.answer = answer

    def __repr__(self) -> str:
        done = self.answer.progress
        return f"<Job {self.id} {self.status}, epoch {done.epoch} of {done.epochs}>"

    @property
    def id(self) -> str:
        """Such as `job_06bq2…`."""
        return self.answer.id

    @property
    def status(self) -> JobStatus:
        """queued, running, paused, succeeded, failed or cancelled."""
        return self.answer.status

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status in TERMINAL

    @property
    def progress(self) -> Progress:
        """Its progress: epochs, speed, time left."""
        return self.answer.progress

    @property
    def latest(self) -> Latest | None:
        """The newest epoch."""
        return self.answer.latest

    @property
    def best(self) -> Best | None:
        """The epoch whose weights are kept."""
        return self.answer.best

    @property
    def verdict(self) -> str | None:
        """Its accuracy or error beside those of the baselines, in a sentence."""
        return self.answer.verdict

    @property
    def spec(self) -> JobSpec:
        """The requested settings, with all defaults."""
        return self.answer.spec

    @property
    def warnings(self) -> list[str]:
        """What the server warns of."""
        return self.answer.warnings

    @property
    def error(self) -> Problem | None:
        """Why it failed."""
        return self.answer.error

    @property
    def model(self) -> ModelResponse:
        """The trained model.

        Raises:
            GradusError: there is no model, because the job is not over or has failed.
        """
        if self.answer.model_id is None:
            raise GradusError(f"{self.id} has no model: it is {self.status}")
        return self._transport.request_model(ModelResponse, "GET", f"/v1/models/{self.answer.model_id}")

    def refresh(self) -> "Job":
        """Fetch its present state; returns itself."""
        self.answer = self._transport.request_model(JobResponse, "GET", f"/v1/jobs/{self.id}")
        return self

    def pause(self) -> "Job":
        """Pause it until it is resumed; then it goes on where it stopped. Pausing twice does no harm.

        Raises:
            Conflict: it is over already.
        """
        return self._request_action("pause")

    def resume(self) -> "Job":
        """Queue it again after a pause. One that is not paused is left as it is.

        Raises:
            Conflict: it is over already.
        """
        return self._request_action("resume")

    def finish(self) -> "Job":
        """End it now, with the model of its best epoch so far; `wait` for that.

        Raises:
            Conflict: it is over already, or has no epoch yet.
        """
        return self._request_action("finish")

    def cancel(self) -> "Job":
        """Stop it without a model; its recorded epochs stay. Cancelling twice does no harm.

        Raises:
            Conflict: it is over already.
        """
        return self._request_action("cancel")

    def delete(self) -> None:
        """Delete its record; the model stays.

        Raises:
            Conflict: it is not over.
        """
        self._transport.request("DELETE", f"/v1/jobs/{self.id}")

    def epochs(self, *, after: int = 0) -> Iterator[EpochResponse]:
        """The recorded epochs after number `after`, oldest first."""
        return list_epochs(self._transport, self.id, after)

    def layers(self, *, after: int = 0) -> Iterator[LayersResponse]:
        """Statistics of the net's layers after recorded epochs, from the one after number `after`."""
        return list_after_epoch(self._transport, LayersResponse, f"/v1/jobs/{self.id}/layers", after)

    def weights(self, epoch: int | Literal["latest"] = "latest", *, units: int = 24) -> JobWeightsResponse:
        """The net after a kept epoch, to be drawn: at most so many inputs, and units of each layer.

        Raises:
            Conflict: nothing is kept of its net, or not yet.
            Invalid: the weights of this epoch are not kept.
        """
        params = {"epoch": epoch, "units": units}
        return self._transport.request_model(JobWeightsResponse, "GET", f"/v1/jobs/{self.id}/weights", params=params)

    def replay(
        self,
        rows: Mapping[str, object] | Sequence[Mapping[str, object]],
        epochs: Literal["all", "latest"] | Sequence[int] = "all",
    ) -> ReplayResponse:
        """The predictions for one row or several after each epoch whose weights are kept, or after some of them.

        Raises:
            Conflict: nothing is kept of its net, or not yet.
            Invalid: a row does not fit, or an epoch is not kept; `errors` names them.
        """
        listed = [rows] if isinstance(rows, Mapping) else rows
        epoch_list = epochs if isinstance(epochs, str) else list(epochs)
        body = {"rows": [dict(row) for row in listed], "epochs": epoch_list}
        return self._transport.request_model(ReplayResponse, "POST", f"/v1/jobs/{self.id}/replay", json=body)

    def trace(self, row: Mapping[str, object], epoch: int | Literal["latest"] = "latest") -> TraceResponse:
        """Every number of a training step with one row, which must have the target.

        Raises:
            Conflict: nothing is kept of its net, or not yet.
            Invalid: the row does not fit, or the epoch is not kept; `errors` names what.
        """
        body = {"row": dict(row), "epoch": epoch}
        return self._transport.request_model(TraceResponse, "POST", f"/v1/jobs/{self.id}/trace", json=body)

    def follow(self, *, after_epoch: int = 0, timeout: float | None = None) -> Iterator[JobEvent]:
        """Its events until it has ended: a JobResponse at each change of state, an EpochResponse for each epoch.

        Raises:
            WaitTimeout: `timeout` seconds are over before it.
        """
        for event in JobEventStream(self._transport, self.id, after_epoch=after_epoch, timeout=timeout):
            if isinstance(event, JobResponse):
                self.answer = event
            yield event

    def wait(self, timeout: float | None = None, on_epoch: Callable[[EpochResponse], None] | None = None) -> "Job":
        """Wait until it has a model; returns itself.

        Args:
            timeout: the largest number of seconds to wait; by default no limit.
            on_epoch: called with each epoch as it is recorded, from the first on.

        Raises:
            JobFailed: training ended without a model; the error says why.
            JobCancelled: it was cancelled.
            WaitTimeout: it goes on, but `timeout` is over.
        """
        for event in self.follow(timeout=timeout):
            if on_epoch is not None and isinstance(event, EpochResponse):
                on_epoch(event)
        if self.status == "failed":
            raise JobFailed(self.answer)
        if self.status == "cancelled":
            raise JobCancelled(self.answer)
        return self

    def diagnostics(self) -> DiagnosticsResponse:
        """Its diagnosis: problems, the gravest first, each with settings that fix it."""
        return self._transport.request_model(DiagnosticsResponse, "GET", f"/v1/jobs/{self.id}/diagnostics")

    def report(self, form: Literal["markdown", "html"] = "markdown") -> str:
        """The report of the training, as Markdown or as a single page of HTML."""
        return self._transport.request("GET", f"/v1/jobs/{self.id}/report", params={"format": form}).text

    def reproduce(self) -> "Job":
        """Train the same again as a new job, without a model; its `answer.reproduction` holds the comparison.

        Raises:
            Conflict: it is not over, or its dataset is gone.
        """
        answer = self._transport.request_model(JobResponse, "POST", f"/v1/jobs/{self.id}/reproduce", creates=True)
        return Job(self._transport, answer)

    def _request_action(self, action: str) -> "Job":
        self.answer = self._transport.request_model(JobResponse, "POST", f"/v1/jobs/{self.id}/{action}")
        return self


class Jobs:
    """The jobs of one owner."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        *,
        target: str,
        dataset_id: str | None = None,
        dataset: DatasetResponse | str | None = None,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Submit a job. Only the dataset and the target are required.

        Args:
            target: the column to predict.
            dataset_id: the dataset's id.
            dataset: instead of the id, the dataset itself or its name (the newest of that name).
            options: the other fields of a job: epochs, layers, optimizer and so on.

        Raises:
            Invalid: each of its `errors` names a field or column and what to change; an unknown `dataset_id` is one.
            GradusError: there is no dataset of that name.
        """
        spec = self._make_spec(target, dataset_id, dataset, options)
        return Job(
            self._transport, self._transport.request_model(JobResponse, "POST", "/v1/jobs", json=spec, creates=True)
        )

    def validate(
        self,
        *,
        target: str,
        dataset_id: str | None = None,
        dataset: DatasetResponse | str | None = None,
        **options: Unpack[JobOptions],
    ) -> ValidationResponse:
        """Validate a job, and estimate its size and time, without training anything."""
        spec = self._make_spec(target, dataset_id, dataset, options)
        return self._transport.request_model(ValidationResponse, "POST", "/v1/jobs/validate", json=spec)

    def list(self, *, status: str | None = None, dataset_id: str | None = None) -> Iterator[Job]:
        """All jobs, newest first; `status` may name several between commas."""
        answers = self._transport.paginate(JobResponse, "/v1/jobs", status=status, dataset_id=dataset_id)
        return (Job(self._transport, answer) for answer in answers)

    def get(self, id: str) -> Job:  # noqa: A002 - its name in the API
        """One job.

        Raises:
            NotFound: there is none with this id.
        """
        return Job(self._transport, self._transport.request_model(JobResponse, "GET", f"/v1/jobs/{quote_segment(id)}"))

    def _make_spec(
        self, target: str, dataset_id: str | None, dataset: DatasetResponse | str | None, options: JobOptions
    ) -> dict[str, Any]:
        if (dataset_id is None) == (dataset is None):
            raise TypeError("give one of dataset_id and dataset")
        if isinstance(dataset, str):
            newest = Datasets(self._transport).find(dataset)
            if newest is None:
                raise GradusError(f"there is no dataset named {dataset!r}; upload it first")
            dataset = newest
        dataset_ref = dataset_id if dataset is None else dataset.id
        return {**options, "dataset_id": dataset_ref, "target": target}
