"""Sweeps: searches for better settings of a job, by many trials."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Unpack

from contract.responses import DatasetResponse
from contract.sweeps import Sampler, SweepResponse, TrialResponse, TrialsResponse
from gradus.errors import GradusError, WaitTimeout
from gradus.job_options import JobOptions
from gradus.jobs import Job, Jobs, make_job_spec
from gradus.transport import Resource, Transport, quote_segment

MAX_POLL_SECONDS = 20.0  # of a request that waits for a change


class Sweep:
    """A search for better settings, as of its last response in `answer`."""

    def __init__(self, transport: Transport, answer: SweepResponse) -> None:
        self._transport = transport
        self.answer = answer

    @property
    def id(self) -> str:
        """Its id."""
        return self.answer.id

    @property
    def job(self) -> Job | None:
        """The job that trains the best settings once more; None until all trials have ended."""
        return None if self.answer.job_id is None else Jobs(self._transport).get(self.answer.job_id)

    def trials(self) -> list[TrialResponse]:
        """Its trials, the best first."""
        path = f"{self._path}/trials"
        return self._transport.request_model(TrialsResponse, "GET", path).data

    def wait(self, timeout: float | None = None, on_change: Callable[[SweepResponse], None] | None = None) -> "Sweep":
        """Wait until all trials have ended; returns itself. `on_change` is called as trials end.

        Raises:
            GradusError: it failed or was cancelled; the error says why.
            WaitTimeout: it goes on, but `timeout` seconds are over.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while self.answer.status == "running":
            left = MAX_POLL_SECONDS if until is None else min(MAX_POLL_SECONDS, until - time.monotonic())
            if left <= 0:
                raise WaitTimeout(f"{self.id} goes on: {self.answer.trials.running} trials run")
            headers = {"Prefer": f"wait={max(round(left), 1)}"}
            self.answer = self._transport.request_model(SweepResponse, "GET", self._path, headers=headers)
            if on_change is not None:
                on_change(self.answer)
        if self.answer.status != "succeeded":
            reason = self.answer.error.detail if self.answer.error else "it was cancelled"
            raise GradusError(f"{self.id} has {self.answer.status}: {reason}")
        return self

    def finish(self) -> "Sweep":
        """Start no further trial, and train the best settings so far."""
        return self._update("/finish")

    def cancel(self) -> "Sweep":
        """End it and its trials, without a model. Cancelling twice does no harm."""
        return self._update("/cancel")

    def delete(self) -> None:
        """Delete it and its trials; the model stays."""
        self._transport.request("DELETE", self._path)

    def _update(self, action: str) -> "Sweep":
        self.answer = self._transport.request_model(SweepResponse, "POST", self._path + action)
        return self

    @property
    def _path(self) -> str:
        return f"/v1/sweeps/{quote_segment(self.id)}"


class Sweeps(Resource):
    """The sweeps of one owner; an unknown id raises NotFound."""

    def create(
        self,
        *,
        dataset_id: str | None = None,
        dataset: DatasetResponse | str | None = None,
        space: Mapping[str, Any] | None = None,
        trials: int = 40,
        metric: str = "auto",
        sampler: Sampler = "random",
        stop_early: Literal["asha"] | None = "asha",
        sweep_seed: int = 0,
        sweep_seconds: float | None = None,
        **options: Unpack[JobOptions],
    ) -> Sweep:
        """Start a sweep. The dataset and the options are those of a job, which the trials vary.

        Without a `space` the trials choose what is sensible for the task. `sweep_seed` and `sweep_seconds` are the
        seed of what they choose, and the time after which none starts any more.

        Raises:
            Invalid: each of its `errors` names a field and what to change.
            GradusError: there is no dataset of that name.
        """
        body = {
            "base": make_job_spec(self._transport, dataset_id, dataset, options),
            "space": None if space is None else dict(space),
            "trials": trials,
            "metric": metric,
            "sampler": sampler,
            "stop_early": stop_early,
            "seed": sweep_seed,
            "time_limit_seconds": sweep_seconds,
        }
        answer = self._transport.request_model(SweepResponse, "POST", "/v1/sweeps", json=body, creates=True)
        return Sweep(self._transport, answer)

    def list(self, *, status: str | None = None) -> Iterator[Sweep]:
        """All sweeps, newest first; `status` may name several between commas."""
        answers = self._transport.paginate(SweepResponse, "/v1/sweeps", status=status)
        return (Sweep(self._transport, answer) for answer in answers)

    def get(self, id: str) -> Sweep:  # noqa: A002 - its name in the API
        """One sweep."""
        path = f"/v1/sweeps/{quote_segment(id)}"
        return Sweep(self._transport, self._transport.request_model(SweepResponse, "GET", path))
