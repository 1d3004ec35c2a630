"""An owner at work: a thread that uploads, trains, pauses, cancels, deletes, predicts and reads, chosen by chance.

Each request is sent again until it is answered, so that in the end nothing is in doubt; what creates something carries
an idempotency key, and what was answered stands in the journal.
"""

import json
import threading
import time
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any, Final
from uuid import UUID

from contract.states import TERMINAL
from tests.faults.chaos.installation import QUESTIONS, ChaosInstallation, model_name
from tests.faults.chaos.journal import Journal, SentDataset, SentJob
from tests.faults.training_kinds import KINDS, TABLES, file_name, job_body

MAX_UNFINISHED: Final = 4
MAX_DATASETS: Final = 8
MAX_PAUSE_SECONDS: Final = 0.2
REQUEST_TIMEOUT_SECONDS: Final = 30.0
LAST_ANSWER_SECONDS: Final = 300.0
"""The longest wait for an answer after the last fault."""


class NoResponse(Exception):
    """No answer came, long after the last fault."""


class Owner(threading.Thread):
    """One owner with a key of its own.

    Args:
        name: the owner's.
        key: with which it calls.
        seed: what its chance follows from.
    """

    def __init__(self, name: str, key: str, seed: int, installation: ChaosInstallation, journal: Journal) -> None:
        super().__init__(name=name, daemon=True)
        self._key = key
        self._random = Random(seed)
        self._installation = installation
        self._port = installation.port
        self._journal = journal
        self._kinds = list(installation.references)
        self._jobs: dict[str, SentJob] = {}
        self._datasets: dict[str, SentDataset] = {}
        self._paused: set[str] = set()
        self._leaving = threading.Event()
        self._gives_up_at: float | None = None

    def leave(self) -> None:
        """Have it resume what it paused, and end."""
        self._gives_up_at = time.monotonic() + LAST_ANSWER_SECONDS
        self._leaving.set()

    def run(self) -> None:
        """Act until told to leave."""
        weights = {
            self._submit: 30, self._predict: 30, self._read: 15, self._upload: 8, self._pause: 8, self._resume: 8,
            self._cancel: 6, self._finish: 4, self._delete_job: 5, self._delete_dataset: 3, self._download: 4,
        }  # fmt: skip
        actions = list(weights)
        try:
            while not self._leaving.wait(self._random.uniform(0.0, MAX_PAUSE_SECONDS)):
                self._random.choices(actions, list(weights.values()))[0]()
            for job_id in list(self._paused):
                self._change(job_id, "resume")
        except NoResponse as error:
            self._journal.add_violation(f"{self.name}: no answer to {error}")
        except Exception as error:  # a client that stops would hide what it would have found
            self._journal.add_violation(f"{self.name} stopped: {error!r}")

    def _request(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any, bool]:
        """Send a request until it is answered; status, body, and whether an answer may have been lost before."""
        sent = {"Authorization": f"Bearer {self._key}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        was_lost = False
        while self._gives_up_at is None or time.monotonic() < self._gives_up_at:
            connection = HTTPConnection("127.0.0.1", self._port, timeout=REQUEST_TIMEOUT_SECONDS)
            try:
                connection.request(method, path, body or None, sent)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, HTTPException):
                was_lost = True
                self._journal.count("lost")
                time.sleep(0.1)
                continue
            finally:
                connection.close()
            self._journal.count(str(answer.status))
            if answer.status == 503:
                was_lost = True  # the commit may have been lost on its way back
                time.sleep(0.2)
                continue
            if answer.status >= 500 or answer.status in {401, 403, 429}:
                self._journal.add_violation(f"{method} {path} answered {answer.status}: {content[:300]!r}")
            is_json = "json" in (answer.headers["Content-Type"] or "")
            return answer.status, json.loads(content) if is_json else content, was_lost
        raise NoResponse(f"{method} {path}")

    def _post_once(self, path: str, body: bytes, content_type: str) -> tuple[int, Any]:
        key = str(UUID(int=self._random.getrandbits(128)))
        status, answer, _ = self._request("POST", path, body, Content_Type=content_type, Idempotency_Key=key)
        return status, answer

    def _expect(self, is_right: bool, what: str, status: int, answer: Any) -> None:
        if not is_right:
            self._journal.add_violation(f"{self.name}: {what} answered {status}: {str(answer)[:300]}")

    def _live(self, *, ended: bool | None = None) -> list[str]:
        return [i for i, job in self._jobs.items() if not job.is_deleted and ended in {None, bool(job.has_ended)}]

    def _choose(self, ids: list[str]) -> str | None:
        return self._random.choice(ids) if ids else None

    def _upload(self) -> None:
        live = [dataset_id for dataset_id, dataset in self._datasets.items() if not dataset.is_deleted]
        if len(live) >= MAX_DATASETS:
            return
        table = self._random.choice(list(TABLES))
        status, answer = self._post_once(
            f"/v1/datasets?name={file_name(table)}", TABLES[table], "application/octet-stream"
        )
        self._expect(status == 201, "an upload", status, answer)
        if status == 201:
            self._datasets[answer["id"]] = SentDataset(table)
            self._journal.datasets[answer["id"]] = self._datasets[answer["id"]]

    def _submit(self) -> None:
        if len(self._live(ended=False)) >= MAX_UNFINISHED:
            return
        kind = self._random.choice(self._kinds)
        ready = [i for i, d in self._datasets.items() if d.is_ready and not d.is_deleted and d.table == KINDS[kind][0]]
        dataset_id = self._choose(ready)
        if dataset_id is None:
            self._look_at_datasets()
            self._upload()
            return
        is_early = self._random.random() < 0.2
        name = "early" if is_early else model_name(kind)
        status, answer = self._post_once("/v1/jobs", job_body(kind, dataset_id, model_name=name), "application/json")
        self._expect(status == 202, "a job", status, answer)
        if status == 202:
            self._jobs[answer["id"]] = SentJob(kind, dataset_id, is_early)
            self._journal.jobs[answer["id"]] = self._jobs[answer["id"]]

    def _look_at_datasets(self) -> None:
        for dataset_id, dataset in self._datasets.items():
            if dataset.is_ready or dataset.is_deleted:
                continue
            status, answer, _ = self._request("GET", f"/v1/datasets/{dataset_id}")
            is_fine = status == 200 and answer["status"] in {"ready", "processing"}
            self._expect(is_fine, f"acknowledged dataset {dataset_id}", status, answer)
            dataset.is_ready = is_fine and answer["status"] == "ready"

    def _read(self) -> None:
        for job_id in self._live(ended=False):
            self._look(job_id)

    def _look(self, job_id: str) -> None:
        job = self._jobs[job_id]
        status, answer, _ = self._request("GET", f"/v1/jobs/{job_id}")
        self._expect(status == 200, f"acknowledged job {job_id}", status, answer)
        if status == 200:
            epoch, state = answer["progress"]["epoch"], answer["status"]
            self._expect(epoch >= job.epoch, f"{job_id} went back from epoch {job.epoch}", status, answer["progress"])
            self._expect(job.has_ended in {"", state}, f"{job_id} was {job.has_ended}", status, answer)
            job.epoch, job.has_ended = epoch, state if state in TERMINAL else ""

    def _change(self, job_id: str, action: str) -> bool:
        """Ask for a change of a job; whether it was acknowledged. If not, the job must have ended."""
        status, answer, _ = self._request("POST", f"/v1/jobs/{job_id}/{action}")
        self._expect(status in {200, 409}, f"{action} of {job_id}", status, answer)
        if status == 200:
            self._journal.count(action)
            (self._paused.add if action == "pause" else self._paused.discard)(job_id)
        if status == 409 and action != "finish":
            self._look(job_id)
            self._expect(bool(self._jobs[job_id].has_ended), f"{action} of {job_id}, which goes on,", status, answer)
            self._paused.discard(job_id)  # it was resumed by a request whose answer was lost
        return status == 200

    def _pause(self) -> None:
        if job_id := self._choose(self._live(ended=False)):
            self._change(job_id, "pause")

    def _resume(self) -> None:
        if job_id := self._choose(sorted(self._paused)):
            self._change(job_id, "resume")

    def _cancel(self) -> None:
        if (job_id := self._choose(self._live(ended=False))) and self._change(job_id, "cancel"):
            self._jobs[job_id].is_cancelled, self._jobs[job_id].has_ended = True, "cancelled"

    def _finish(self) -> None:
        early = [job_id for job_id in self._live(ended=False) if self._jobs[job_id].is_early]
        if job_id := self._choose(early):
            self._change(job_id, "finish")

    def _delete_job(self) -> None:
        if job_id := self._choose(self._live(ended=True)):
            status, answer, was_lost = self._request("DELETE", f"/v1/jobs/{job_id}")
            self._expect(status == 200 or (status == 404 and was_lost), f"deletion of {job_id}", status, answer)
            self._jobs[job_id].is_deleted = status in {200, 404}

    def _delete_dataset(self) -> None:
        if dataset_id := self._choose([i for i, dataset in self._datasets.items() if not dataset.is_deleted]):
            status, answer, was_lost = self._request("DELETE", f"/v1/datasets/{dataset_id}")
            is_right = status in {200, 409} or (status == 404 and was_lost)
            self._expect(is_right, f"deletion of {dataset_id}", status, answer)
            self._datasets[dataset_id].is_deleted = status in {200, 404}

    def _predict(self) -> None:
        kind = self._random.choice(self._kinds)
        question = QUESTIONS[KINDS[kind][0]]
        path = f"/v1/models/{model_name(kind)}/{question.action}"
        status, answer, _ = self._request("POST", path, question.body, Content_Type="application/json")
        if status == 404 and not any(
            job.has_ended == "succeeded" for job in self._jobs.values() if job.kind == kind and not job.is_early
        ):
            return
        expected = self._installation.references[kind].answer
        is_right = status == 200 and answer[question.part] == expected
        self._expect(is_right, f"a prediction of {kind}, expected {expected},", status, answer)
        if is_right:
            self._journal.count("predicted")

    def _download(self) -> None:
        dataset_id = self._choose([i for i, dataset in self._datasets.items() if not dataset.is_deleted])
        if dataset_id is not None:
            status, content, _ = self._request("GET", f"/v1/datasets/{dataset_id}/content")
            is_right = status == 200 and content == TABLES[self._datasets[dataset_id].table]
            self._expect(is_right, f"the content of {dataset_id}", status, content)
