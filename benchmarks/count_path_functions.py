"""Steps of a request between its view and the answer: predict, upload, submit.

    .venv/bin/python benchmarks/count_path_functions.py

A step is a function of ours that somebody reads who follows the path through `service/`: one of the service, or one of
another room that the service calls. What those call within their rooms is listed too, indented, and counted apart. Each
request goes through the WSGI application in this process, once to warm the caches and once under a profiler. The view
is the function that a route names; what the router does before (origin, key, limits, body) is counted apart.
Comprehensions are part of the function that they stand in; what another process does is not counted.
"""

import csv
import io
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from bench_predict import ONE, make_model, store_model

from contract.settings import Settings
from migrations import upgrade
from service.app import create_app
from service.datasets import routes as datasets
from service.jobs import routes as jobs
from service.predict import routes as predict

ROOT = Path(__file__).resolve().parents[1]
MAX_STEPS = {"predict": 12, "upload": 14, "submit": None}
"""The bars. That of a job holds from its view to its first batch, of which this is the part in the service."""


@dataclass
class PathProfile:
    """The functions of a request, in the order in which they were first entered.

    Args:
        view: The code of the route's function.
    """

    view: CodeType
    router: dict[CodeType, None] = field(default_factory=dict[CodeType, None])
    path: dict[CodeType, bool] = field(default_factory=dict[CodeType, bool])
    """The functions after the view, and whether each is a step."""
    has_begun: bool = False
    has_ended: bool = False

    @property
    def steps(self) -> int:
        """How many steps there are after the view."""
        return sum(self.path.values())

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """Record a call; for `sys.setprofile`."""
        code = frame.f_code
        if code is self.view:
            self.has_begun, self.has_ended = True, event == "return"
        elif event != "call" or self.has_ended or not is_ours(code):
            return
        elif self.has_begun:
            self.path[code] = self.path.get(code, False) or room_of(code) == "service" or is_called_by_service(frame)
        else:
            self.router[code] = None


def room_of(code: CodeType) -> str:
    """The room of a function of ours."""
    return Path(code.co_filename).relative_to(ROOT).parts[0]


def is_called_by_service(frame: FrameType) -> bool:
    """Whether the nearest function of ours among the callers is one of the service."""
    caller = frame.f_back
    while caller is not None and not is_ours(caller.f_code):
        caller = caller.f_back
    return caller is not None and room_of(caller.f_code) == "service"


def is_ours(code: CodeType) -> bool:
    """Whether a function stands in a file of this repository, and is neither a comprehension nor of a benchmark."""
    path = Path(code.co_filename)
    inside = path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] not in {".venv", "benchmarks", "tests"}
    return inside and code.co_name not in {"<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>", "<module>"}


def main() -> int:
    """Print the paths; exit status 0 if no bar is broken."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        upgrade.apply_migrations(f"sqlite:///{data_dir / 'gradus.sqlite'}")
        app = create_app(Settings(data_dir=data_dir, broker_url="redis+socket:///nowhere.sock", min_free_bytes=0))
        store_model(app, make_model())
        table = houses(50)
        dataset = json.loads(send(app, "/v1/datasets?name=houses", table, "text/csv"))
        submitted = json.dumps({"dataset_id": dataset["id"], "target": "price"}).encode()
        row = json.dumps({"rows": [{name: ONE[name] for name in ONE}]}).encode()
        paths = [
            profile(app, "predict", predict.predict, "/v1/models/houses/predict", row, "application/json"),
            profile(app, "upload", datasets.upload, "/v1/datasets?name=houses", table, "text/csv"),
            profile(app, "submit", jobs.submit, "/v1/jobs", submitted, "application/json"),
        ]
    return 0 if all(paths) else 1


def profile(app: Any, name: str, view: Callable[..., Any], path: str, body: bytes, media_type: str) -> bool:
    """Print the steps of one request; whether there are no more than its bar allows."""
    send(app, path, body, media_type)
    found = PathProfile(view.__code__)
    sys.setprofile(found)
    try:
        send(app, path, body, media_type)
    finally:
        sys.setprofile(None)
    bar = MAX_STEPS[name]
    print(f"{name}: {found.steps} steps{f' (at most {bar})' if bar else ''}, ", end="")
    print(f"{len(found.path)} functions of all rooms, {len(found.router)} of the router before")
    for code, is_step in found.path.items():
        print(f"{'  ' if is_step else '      '}{Path(code.co_filename).relative_to(ROOT)}: {code.co_qualname}")
    return bar is None or found.steps <= bar


def houses(rows: int) -> bytes:
    """A small table to upload."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["sqft", "bedrooms", "price"])
    table.writerows([[500 + 37 * row % 900, row % 5, 40 + row] for row in range(rows)])
    return text.getvalue().encode()


def send(app: Any, path: str, body: bytes, media_type: str) -> bytes:
    """The body of the answer to a POST.

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
