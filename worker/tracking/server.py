"""A tracking server of MLflow, by its REST interface: runs with parameters, metrics by step, and files.

Everything can be sent twice and is there once, so that whoever does not know whether it arrived sends it again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from process.address_guard import AddressGuard
from process.guarded_http import RequestError, Response, request

SECONDS: Final = 20.0
"""The time limit of a request; of one with a file UPLOAD_SECONDS."""
UPLOAD_SECONDS: Final = 40.0
MAX_METRICS: Final = 1000
MAX_PARAMS: Final = 100
"""The most that the server takes at once."""
MAX_VALUE_CHARS: Final = 500
MAX_ANSWER_BYTES: Final = 2**20
JOB_TAG: Final = "gradus.job_id"
ARTIFACTS: Final = "mlflow-artifacts:"

_ANY_ADDRESS: Final = AddressGuard.from_texts(["0.0.0.0/0", "::/0"])
"""The address is the operator's own, which may be anywhere."""


class TrackingError(Exception):
    """The server did not take what was sent; the message says why."""


class TrackingServer:
    """A tracking server.

    Args:
        url: Its address, such as http://mlflow:5000.
        token: What it knows us by; empty: nothing.
        experiment: The name of the experiment that runs belong to.
    """

    def __init__(self, url: str, token: str, experiment: str) -> None:
        self._url, self._experiment = url.rstrip("/"), experiment
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def open_run(self, job_id: str, name: str, started_ms: int) -> str:
        """The id of the run of a job; it is created if there is none yet."""
        experiment = self._open_experiment()
        found = self._post("runs/search", experiment_ids=[experiment], filter=f"tags.`{JOB_TAG}` = '{job_id}'")
        if runs := found.get("runs"):
            return str(runs[0]["info"]["run_id"])
        tags = [{"key": JOB_TAG, "value": job_id}, {"key": "mlflow.source.name", "value": "gradus"}]
        created = self._post("runs/create", experiment_id=experiment, run_name=name, start_time=started_ms, tags=tags)
        return str(created["run"]["info"]["run_id"])

    def log_params(self, run_id: str, params: Mapping[str, str]) -> None:
        """Log the settings of a run."""
        listed = [{"key": name, "value": value[:MAX_VALUE_CHARS]} for name, value in params.items()]
        for part in _cut(listed, MAX_PARAMS):
            self._post("runs/log-batch", run_id=run_id, params=part)

    def log_metrics(self, run_id: str, metrics: Iterable[Mapping[str, Any]]) -> None:
        """Log metrics: `key`, `value`, `timestamp` and `step` of each."""
        for part in _cut(metrics, MAX_METRICS):
            self._post("runs/log-batch", run_id=run_id, metrics=part)

    def log_tags(self, run_id: str, tags: Mapping[str, str]) -> None:
        """Set the tags of a run."""
        listed = [{"key": name, "value": value} for name, value in tags.items()]
        for part in _cut(listed, MAX_PARAMS):
            self._post("runs/log-batch", run_id=run_id, tags=part)

    def find_artifact_root(self, run_id: str) -> str | None:
        """The path below which files of a run are sent to the server; None if it takes none."""
        answer = self._ask("GET", f"/api/2.0/mlflow/runs/get?run_id={quote(run_id)}")
        uri = str(answer["run"]["info"]["artifact_uri"])
        return uri.removeprefix(ARTIFACTS).lstrip("/") if uri.startswith(ARTIFACTS) else None

    def upload(self, path: str, data: bytes) -> None:
        """Send a file, over one of that path."""
        where = f"/api/2.0/mlflow-artifacts/artifacts/{quote(path)}"
        self._ask("PUT", where, data, "application/octet-stream", UPLOAD_SECONDS)

    def end_run(self, run_id: str, status: str, ended_ms: int) -> None:
        """End a run: FINISHED, FAILED or KILLED."""
        self._post("runs/update", run_id=run_id, status=status, end_time=ended_ms)

    def _open_experiment(self) -> str:
        """The id of the experiment; it is created if there is none yet, be it by another worker meanwhile."""
        path = f"/api/2.0/mlflow/experiments/get-by-name?experiment_name={quote(self._experiment, safe='')}"
        found = self._send("GET", path, None, "", SECONDS)
        if found.status == 404:
            self._send_json("experiments/create", {"name": self._experiment})
            found = self._send("GET", path, None, "", SECONDS)
        if found.status != 200:
            raise TrackingError(_describe(found))
        return str(_read(found)["experiment"]["experiment_id"])

    def _post(self, what: str, **body: Any) -> dict[str, Any]:
        answer = self._send_json(what, body)
        if answer.status >= 300:
            raise TrackingError(f"{what}: {_describe(answer)}")
        return _read(answer)

    def _send_json(self, what: str, body: Mapping[str, Any]) -> Response:
        data = json.dumps(body, allow_nan=False).encode()
        return self._send("POST", f"/api/2.0/mlflow/{what}", data, "application/json", SECONDS)

    def _ask(
        self, method: str, path: str, data: bytes | None = None, kind: str = "", seconds: float = SECONDS
    ) -> dict[str, Any]:
        answer = self._send(method, path, data, kind, seconds)
        if answer.status >= 300:
            raise TrackingError(_describe(answer))
        return _read(answer)

    def _send(self, method: str, path: str, data: bytes | None, kind: str, seconds: float) -> Response:
        headers = {**self._headers, **({"Content-Type": kind} if kind else {})}
        try:
            return request(
                method,
                self._url + path,
                guard=_ANY_ADDRESS,
                seconds=seconds,
                headers=headers,
                body=data,
                max_body_bytes=MAX_ANSWER_BYTES,
            )
        except (RequestError, ValueError) as fault:
            raise TrackingError(str(fault)) from fault


def _cut(listed: Iterable[Any], most: int) -> Iterator[Sequence[Any]]:
    remaining = iter(listed)
    while part := list(islice(remaining, most)):
        yield part


def _read(answer: Response) -> dict[str, Any]:
    try:
        return dict(json.loads(answer.body or b"{}"))
    except (ValueError, TypeError) as fault:
        raise TrackingError("the server answered with something else than JSON") from fault


def _describe(answer: Response) -> str:
    return f"status {answer.status}: {answer.body[:200].decode('utf-8', 'replace')}"
