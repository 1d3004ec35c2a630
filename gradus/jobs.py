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
    Problem,
    Progress,
    SplitResponse,
    SplitRow,
    ValidationResponse,
)
from contract.responses.jobs import SplitPart
from contract.specs import JobSpec
from contract.states import TERMINAL, JobStatus
from contract.token_trace import TokenTraceResponse
from contract.training_view import (
    ActivationsResponse,
    JobWeightsResponse,
    LayersResponse,
    ReplayResponse,
    TraceResponse,
)
from gradus.answer_field import AnswerField
from gradus.datasets import Datasets
from gradus.errors import GradusError, JobCancelled, JobFailed
from gradus.events import JobEvent, JobEventStream, list_after_epoch
from gradus.job_options import JobOptions
from gradus.labels import make_label_changes
from gradus.loss_curve import LossCurve
from gradus.model import Model
from gradus.model_methods import Row, list_rows
from gradus.models import Models
from gradus.notebook import find_notebook, render_table
from gradus.transport import A, Resource, Transport, quote_segment


class Job:
    """A training job. Its fields are those of the last response, `answer`; `refresh` fetches them again.

    What its state does not allow raises Conflict: `pause`, `resume`, `finish` and `cancel` of a job that is over,
    `delete` and `reproduce` of one that is not, and `weights`, `replay`, `activations`, `trace` and `trace_token` while
    nothing is kept of its net. The last five raise Invalid for rows that do not fit, and for epochs whose weights are
    not kept; `errors` names them. Of a job of several nets, `net` says of which one to tell, by default the first.
    """

    id = AnswerField[str]()
    status = AnswerField[JobStatus]()
    progress = AnswerField[Progress]()
    latest = AnswerField[Latest | None]()  # the newest epoch
    best = AnswerField[Best | None]()  # the epoch whose weights are kept
    verdict = AnswerField[str | None]()  # its accuracy or error beside those of the baselines, in a sentence
    spec = AnswerField[JobSpec]()  # the requested settings, with all defaults
    warnings = AnswerField[list[str]]()
    error = AnswerField[Problem | None]()

    def __init__(self, transport: Transport, answer: JobResponse) -> None:
        self._transport = transport
        self.answer = answer

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.status}, epoch {self.progress.epoch} of {self.progress.epochs}>"

    def _repr_html_(self) -> str:
        """The job as a notebook shows it."""
        return render_table(
            self.answer, ("id", "status", "verdict", "progress", "best", "model_id", "warnings", "error")
        )

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.status in TERMINAL

    @property
    def model(self) -> Model:
        """The trained model; raises GradusError if there is none, because the job is not over or has failed."""
        if self.answer.model_id is None:
            raise GradusError(f"{self.id} has no model: it is {self.status}")
        return Models(self._transport).get(self.answer.model_id)

    def refresh(self) -> "Job":
        """Fetch its present state; returns itself."""
        return self._update("GET")

    def pause(self) -> "Job":
        """Pause it until it is resumed; then it goes on where it stopped. Pausing twice does no harm."""
        return self._update("POST", "/pause")

    def resume(self) -> "Job":
        """Queue it again after a pause. One that is not paused is left as it is."""
        return self._update("POST", "/resume")

    def finish(self) -> "Job":
        """End it now, with the model of its best epoch so far, of which there must be one; `wait` for that."""
        return self._update("POST", "/finish")

    def cancel(self) -> "Job":
        """Stop it without a model; its recorded epochs stay. Cancelling twice does no harm."""
        return self._update("POST", "/cancel")

    def delete(self) -> None:
        """Delete its record; the model stays."""
        self._transport.request("DELETE", self._path)

    def epochs(self, *, after: int = 0, net: int | None = None) -> Iterator[EpochResponse]:
        """The recorded epochs after number `after`, oldest first."""
        return list_after_epoch(self._transport, EpochResponse, f"{self._path}/epochs", after, net)

    def split(self, part: SplitPart | None = None) -> Iterator[SplitRow]:
        """The part of each row of the dataset, with its line in the file; with `part`, only the rows of that part."""
        after, more = 0, True
        while more:
            params = {"after": after, "limit": 10_000, **({} if part is None else {"part": part})}
            page = self._request(SplitResponse, "GET", "/split", params=params)
            yield from page.data
            after, more = page.after, page.has_more

    def layers(self, *, after: int = 0, net: int | None = None) -> Iterator[LayersResponse]:
        """Statistics of the net's layers after recorded epochs, from the one after number `after`."""
        return list_after_epoch(self._transport, LayersResponse, f"{self._path}/layers", after, net)

    def weights(
        self, epoch: int | Literal["latest"] = "latest", *, units: int = 24, net: int | None = None
    ) -> JobWeightsResponse:
        """The net after a kept epoch, to be drawn: at most this many inputs, and units of each layer."""
        return self._request(JobWeightsResponse, "GET", "/weights", params={"epoch": epoch, "units": units, "net": net})

    def replay(
        self,
        rows: Row | Sequence[Row],
        epochs: Literal["all", "latest"] | Sequence[int] = "all",
        *,
        net: int | None = None,
    ) -> ReplayResponse:
        """The predictions for one row or several after each epoch whose weights are kept, or after some of them."""
        body = {"rows": list_rows(rows), "epochs": epochs if isinstance(epochs, str) else list(epochs)}
        return self._request(ReplayResponse, "POST", "/replay", json=body, params={"net": net})

    def activations(
        self, rows: Row | Sequence[Row], layer: int, unit: int, epoch: int | Literal["latest"] = "latest"
    ) -> ActivationsResponse:
        """The output of a neuron for each row after a kept epoch; layers are counted from 1, neurons from 0."""
        body = {"rows": list_rows(rows), "layer": layer, "unit": unit, "epoch": epoch}
        return self._request(ActivationsResponse, "POST", "/activations", json=body)

    def trace(self, row: Row, epoch: int | Literal["latest"] = "latest", *, net: int | None = None) -> TraceResponse:
        """Every number of a training step with one row, which must have the target."""
        asked = {"row": dict(row), "epoch": epoch}
        return self._request(TraceResponse, "POST", "/trace", json=asked, params={"net": net})

    def trace_token(self, text: str, epoch: int | Literal["latest"] = "latest") -> TokenTraceResponse:
        """A training step of a net that writes on the last token of a text, expected from those before it."""
        return self._request(TokenTraceResponse, "POST", "/token-trace", json={"text": text, "epoch": epoch})

    def follow(self, *, after_epoch: int = 0, timeout: float | None = None) -> Iterator[JobEvent]:
        """Its events until it has ended: a JobResponse at each change of state, an EpochResponse for each epoch.

        Of several nets come the epochs of all, each with its `net`.

        Raises:
            WaitTimeout: `timeout` seconds are over before it.
        """
        for event in JobEventStream(self._transport, self.id, after_epoch=after_epoch, timeout=timeout):
            if isinstance(event, JobResponse):
                self.answer = event
            yield event

    def wait(
        self,
        timeout: float | None = None,
        on_epoch: Callable[[EpochResponse], None] | None = None,
        *,
        show: bool = True,
    ) -> "Job":
        """Wait until it has a model; returns itself. `on_epoch` is called with each epoch, from the first on.

        A notebook shows the loss curve meanwhile, unless `show` is false; elsewhere nothing is printed.

        Raises:
            JobFailed: training ended without a model; the error says why.
            JobCancelled: it was cancelled.
            WaitTimeout: it goes on, but `timeout` is over.
        """
        notebook = find_notebook() if show else None
        curve = None if notebook is None else LossCurve(self.spec.epochs, notebook)
        for event in self.follow(timeout=timeout):
            if notebook is not None and not isinstance(event, EpochResponse) and self.progress.epoch == 0:
                notebook(render_table(event, ("id", "status")))  # until there is a loss to draw
            if isinstance(event, EpochResponse):
                if on_epoch is not None:
                    on_epoch(event)
                if curve is not None:
                    curve.add(event)
        if curve is not None:
            curve.draw()
        if self.status == "failed":
            raise JobFailed(self.answer)
        if self.status == "cancelled":
            raise JobCancelled(self.answer)
        return self

    def diagnostics(self, *, net: int | None = None) -> DiagnosticsResponse:
        """Its diagnosis: problems, the most serious first, each with settings that fix it."""
        return self._request(DiagnosticsResponse, "GET", "/diagnostics", params={"net": net})

    def change(self, *, tags: Mapping[str, str] | None = None, note: str | None = None) -> "Job":
        """Set its tags, all of them, or its note, of which an empty one is removed; what is None stays as it is."""
        self.answer = self._request(JobResponse, "PATCH", json=make_label_changes(tags, note))
        return self

    def report(self, form: Literal["markdown", "html"] = "markdown") -> str:
        """The report of the training, as Markdown or as a single page of HTML."""
        return self._transport.request("GET", f"{self._path}/report", params={"format": form}).text

    def reproduce(self) -> "Job":
        """Train the same again as a new job, without a model; its `answer.reproduction` holds the comparison."""
        return Job(self._transport, self._request(JobResponse, "POST", "/reproduce", creates=True))

    @property
    def _path(self) -> str:
        return f"/v1/jobs/{self.id}"

    def _request(self, shape: type[A], method: str, below: str = "", **request: Any) -> A:
        return self._transport.request_model(shape, method, self._path + below, **request)

    def _update(self, method: str, below: str = "") -> "Job":
        self.answer = self._request(JobResponse, method, below)
        return self


class Jobs(Resource):
    """The jobs of one owner; an unknown id raises NotFound."""

    def create(
        self,
        *,
        dataset_id: str | None = None,
        dataset: DatasetResponse | str | None = None,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Submit a job. Only the dataset and the target column, or `targets`, several of numbers, are required.

        A recommendation takes `user` and `item`, and no target where every row is something that a user chose.

        The dataset is given by its id, by itself, or by its name (the newest of that name).

        Raises:
            Invalid: each of its `errors` names a field or column and what to change; an unknown `dataset_id` is one.
            GradusError: there is no dataset of that name.
        """
        spec = make_job_spec(self._transport, dataset_id, dataset, options)
        answer = self._transport.request_model(JobResponse, "POST", "/v1/jobs", json=spec, creates=True)
        return Job(self._transport, answer)

    def validate(
        self,
        *,
        dataset_id: str | None = None,
        dataset: DatasetResponse | str | None = None,
        **options: Unpack[JobOptions],
    ) -> ValidationResponse:
        """Validate a job, and estimate its size and time, without training anything."""
        spec = make_job_spec(self._transport, dataset_id, dataset, options)
        return self._transport.request_model(ValidationResponse, "POST", "/v1/jobs/validate", json=spec)

    def list(
        self,
        *,
        status: str | None = None,
        dataset_id: str | None = None,
        sweep_id: str | None = None,
        task: str | None = None,
        tag: str | None = None,
        q: str | None = None,
        sort: str | None = None,
    ) -> Iterator[Job]:
        """All jobs, newest first; `status` may name several between commas. Trials are listed of one sweep.

        `q` has words to search for, `tag` is a name or `name=value`, and `sort` another order: `score`, the best first,
        `name` or `status`, each also downwards as `-name`.
        """
        filters = {"status": status, "dataset_id": dataset_id, "sweep_id": sweep_id}
        filters |= {"task": task, "tag": tag, "q": q, "sort": sort}
        answers = self._transport.paginate(JobResponse, "/v1/jobs", **filters)
        return (Job(self._transport, answer) for answer in answers)

    def get(self, id: str) -> Job:  # noqa: A002 - its name in the API
        """One job."""
        return Job(self._transport, self._transport.request_model(JobResponse, "GET", f"/v1/jobs/{quote_segment(id)}"))


def make_job_spec(
    transport: Transport, dataset_id: str | None, dataset: DatasetResponse | str | None, options: JobOptions
) -> dict[str, Any]:
    """The spec of a job on a dataset, which is given by its id, by itself, or by its name (the newest of that name).

    Raises:
        GradusError: there is no dataset of that name.
    """
    if (dataset_id is None) == (dataset is None):
        raise TypeError("give one of dataset_id and dataset")
    if isinstance(dataset, str):
        newest = Datasets(transport).find(dataset)
        if newest is None:
            raise GradusError(f"there is no dataset named {dataset!r}; upload it first")
        dataset = newest
    return {**options, "dataset_id": dataset_id if dataset is None else dataset.id}
