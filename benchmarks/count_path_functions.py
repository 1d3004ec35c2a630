"""Functions on the paths of the service: from a view to its answer, and from the view of a job to its first batch.

    .venv/bin/python benchmarks/count_path_functions.py

A step is a function that a reader of the path has to open: one of another module than its caller's, called by code of
`service/`, for a job also of `worker/`. Helpers in the same module are part of the function that calls them. What a
called room does inside itself is listed, indented, and counted apart; so is what the checks of a spec call, which
together are one step, what pydantic calls, which is part of the model, and a stream, which is part of the function that
reads it. A step that is taken again is counted once.

The path of a job is long, since it begins in one process and goes on in another. It is counted by its milestones: the
spec is checked, the job is stored, the hint is sent; the job is claimed, its table loaded, its rows prepared, its
trainer created, its checkpoint restored, its start recorded, its first batch trained. A step is a function of another
module than its caller's that is running when a milestone is reached; what was called and has returned before, or has
no milestone in it, is listed and no step.

Each request goes through the WSGI application in this process with an API key, once to warm the caches and once under a
profiler. The view is the function that a route names; what the router does before (origin, key, limits, body) is
counted apart. The job is then trained in this process by the function of the Celery task.
"""

import contextlib
import csv
import inspect
import io
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, cast
from unittest import mock

import pydantic.main
import pydantic.root_model
from bench_keeping import open_context
from bench_predict import ONE, make_model, store_model
from billiard import current_process

from contract.settings import Settings
from contract.tasks import TRAIN, WAKE
from learning.data.prepare import prepare
from learning.training.train_step import TrainStep
from learning.training.trainer import Trainer
from process.shared_flags import BusyFlags
from service.app import create_app
from service.datasets import routes as datasets
from service.hints import Hints
from service.http import auth
from service.jobs import routes as jobs
from service.jobs import validation
from service.predict import routes as predict
from store import keys
from store.database import begin_write
from store.jobs import claims
from store.jobs import jobs as store_jobs
from tables.parquet_table import load_table
from worker import tasks
from worker.app import create_celery_app
from worker.context import WorkerContext
from worker.training.checkpointer import Checkpointer
from worker.training.layer_recorder import LayerRecorder

ROOT = Path(__file__).resolve().parents[1]
BROKER = "redis+socket:///nowhere.sock"
MAX_STEPS = {"predict": 12, "upload": 14, "job": 22}
"""Bars."""
Functions = tuple[Callable[..., object], ...]
FIRST_BATCH = inspect.unwrap(TrainStep.run_block)
MILESTONES_OF_SUBMITTING: Functions = (validation.check_job, store_jobs.add, Hints.send)
MILESTONES_OF_TRAINING: Functions = (
    *(claims.claim, load_table, prepare, Trainer.__init__, Checkpointer.restore, LayerRecorder.write_start),
    FIRST_BATCH,
)
"""Milestones of a job, from its view to its first batch."""
VALIDATORS = {pydantic.main.__file__, pydantic.root_model.__file__}
"""Whatever these call are the validators of a model."""
CHECKS = validation.__file__
"""The checks of a spec, which are one step."""


@dataclass
class PathProfile:
    """The functions of a path, in the order in which they were first entered.

    Args:
        entry: The code of the function with which the path begins.
        rooms: Those whose calls are steps.
        end: The code of the function with which the path ends; by default it ends with the entry.
        milestones: Functions whose callers are the steps; None: calls into other modules are.
        path: The functions on the path so far, and whether each is a step.
    """

    entry: CodeType
    rooms: set[str]
    end: CodeType | None = None
    milestones: set[CodeType] | None = None
    path: dict[CodeType, bool] = field(default_factory=dict[CodeType, bool])
    router: dict[CodeType, None] = field(default_factory=dict[CodeType, None])
    has_begun: bool = False
    has_ended: bool = False

    @property
    def steps(self) -> int:
        """The number of steps."""
        return sum(self.path.values())

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Record a call; for `sys.setprofile`."""
        code = frame.f_code
        if code is self.entry:
            self.has_begun, self.has_ended = True, event == "return"
        elif event != "call" or self.has_ended or not is_ours(code):
            return
        elif self.has_begun and self.milestones is not None:
            self.path.setdefault(code, False)
            if code in self.milestones:
                self.path |= dict.fromkeys(self.list_running(frame), True)
            self.has_ended = code is self.end
        elif self.has_begun:
            self.path[code] = self.path.get(code, False) or self.is_step(frame)
            self.has_ended = code is self.end
        else:
            self.router[code] = None

    def list_running(self, frame: FrameType) -> list[CodeType]:
        """The functions of ours that are running and were called from another module, up to the entry."""
        running: list[CodeType] = []
        above: FrameType | None = frame
        while above is not None and above.f_code is not self.entry:
            if is_ours(above.f_code):
                running.append(above.f_code)
            above = above.f_back
        files = [code.co_filename for code in running] + [self.entry.co_filename]
        return [code for code, caller in zip(running, files[1:], strict=True) if code.co_filename != caller]

    def is_step(self, frame: FrameType) -> bool:
        """Whether a call leads into another module, and only code of the rooms and no check stands above it."""
        callers: list[str] = []
        above = frame.f_back
        if is_stream(frame) or (above is not None and above.f_code.co_filename in VALIDATORS):
            return False
        while above is not None:
            if is_stream(above) or above.f_code.co_filename in VALIDATORS:
                return False
            if is_ours(above.f_code):
                callers.append(above.f_code.co_filename)
            above = None if above.f_code is self.entry else above.f_back
        called = frame.f_code.co_filename
        if called == CHECKS and any(code.co_filename == CHECKS and step for code, step in self.path.items()):
            return False
        return called != callers[0] and all(room_of(file) in self.rooms and file != CHECKS for file in callers)


def is_stream(frame: FrameType) -> bool:
    """Whether a function of ours is a generator that another one reads, and not that of a `with` block."""
    is_generator = bool(frame.f_code.co_flags & inspect.CO_GENERATOR) and is_ours(frame.f_code)
    return is_generator and frame.f_back is not None and frame.f_back.f_code.co_filename != contextlib.__file__


def code_of(functions: Functions) -> set[CodeType]:
    """The code of functions."""
    return {function.__code__ for function in functions}


def room_of(file: str) -> str:
    """The room of a file of ours."""
    return Path(file).relative_to(ROOT).parts[0]


def is_ours(code: CodeType) -> bool:
    """Whether a function stands in a file of this repository, and is neither a comprehension nor of a benchmark."""
    path = Path(code.co_filename)
    inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] not in {".venv", "benchmarks", "tests"}
    return inside and code.co_name not in {"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>", "<module>"}


def main() -> int:
    """Print the paths; exit status 0 if no bar is broken."""
    with tempfile.TemporaryDirectory() as name, mock.patch.object(auth, "REFRESH_SECONDS", 3600.0):  # no key is cold
        folder = Path(name)
        context = open_context(folder)
        app = create_app(Settings(data_dir=folder, broker_url=BROKER, min_free_bytes=0, log_level="warning"))
        store_model(app, make_model())
        with begin_write(context.sessions) as s:
            _, key = keys.add(s, id="key", owner="local", name="paths", scopes=["admin"])

        def ask(path: str, body: bytes, media_type: str) -> bytes:
            return send(app, key, path, body, media_type)

        def profile_view(
            view: Callable[..., Any], path: str, body: bytes, media_type: str, milestones: Functions | None = None
        ) -> PathProfile:
            found = PathProfile(view.__code__, {"service"}, milestones=milestones and code_of(milestones))
            record(found, lambda: ask(path, body, media_type))
            return found

        table = houses(50)
        dataset = json.loads(ask("/v1/datasets?name=flats", table, "text/csv"))
        job = json.dumps({"dataset_id": dataset["id"], "target": "price", "preset": "fast", "epochs": 1}).encode()
        row = json.dumps({"rows": [{name: ONE[name] for name in ONE}]}).encode()
        wake = create_wake_task(context)
        ask("/v1/models/houses/predict", row, "application/json")
        ask("/v1/jobs", job, "application/json")
        wake(TRAIN)
        paths = {
            "predict": profile_view(predict.predict, "/v1/models/houses/predict", row, "application/json"),
            "upload": profile_view(datasets.upload, "/v1/datasets?name=flats", table, "text/csv"),
            "job": profile_view(jobs.submit, "/v1/jobs", job, "application/json", MILESTONES_OF_SUBMITTING),
        }
        training = PathProfile(wake.run.__code__, {"worker"}, FIRST_BATCH.__code__, code_of(MILESTONES_OF_TRAINING))
        record(training, lambda: wake(TRAIN))
        paths["job"].path |= {wake.run.__code__: True} | training.path
    for name, found in paths.items():
        bar, others = MAX_STEPS[name], len(found.path) - found.steps
        print(f"{name}: {found.steps} functions (at most {bar}), {others} inside them, {len(found.router)} before")
        for code, is_step in found.path.items():
            print(f"{'  ' if is_step else '      '}{Path(code.co_filename).relative_to(ROOT)}: {code.co_qualname}")
    return 0 if all(found.steps <= MAX_STEPS[name] for name, found in paths.items()) else 1


def create_wake_task(context: WorkerContext) -> Any:
    """The Celery task of a trainer that this process becomes."""
    celery = create_celery_app(BROKER)
    cast("Any", current_process()).index = 0
    tasks.register(celery, lambda: context, BusyFlags(1))
    return celery.tasks[WAKE]


def record(profile: PathProfile, call: Callable[[], object]) -> None:
    """Make a call under a profiler."""
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)


def houses(rows: int) -> bytes:
    """A small table to upload."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["sqft", "bedrooms", "price"])
    table.writerows([[500 + 37 * row % 900, row % 5, 40 + row] for row in range(rows)])
    return text.getvalue().encode()


def send(app: Any, key: str, path: str, body: bytes, media_type: str) -> bytes:
    """The body of the response to a POST with a key.

    Raises:
        SystemExit: it was refused.
    """
    path, _, query = path.partition("?")
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_AUTHORIZATION": f"Bearer {key}",
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
    }
    statuses: list[str] = []
    answer = app(environ, lambda status, *_: statuses.append(status))
    text = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not statuses[0].startswith("2"):
        raise SystemExit(f"{path} answered {statuses[0]}: {text.decode()}")
    return text


if __name__ == "__main__":
    sys.exit(main())
