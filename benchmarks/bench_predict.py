"""Cost of one prediction within the app: a row of houses over WSGI, beside a route that does nothing.

    .venv/bin/python benchmarks/bench_predict.py

Times are processor time of this process, per request, least of several rounds; the difference is what predicting
costs beyond routing, headers and the log. Of the preset fast is the model `houses`, of the preset balanced `ensemble`:
exit status 0 only if one row of it is predicted at least 0.7 times as often.
"""

import io
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from threadpoolctl import threadpool_limits

from contract.ids import new_id
from contract.settings import Settings
from contract.specs import JobSpec
from learning.data.prepare import prepare
from learning.encoding.numeric_spec import DEFAULT_NUMERIC, NumericSpec
from learning.frame import BooleanColumn, CategoricalColumn, Frame, NumericColumn
from learning.model import Model, create_model
from learning.nn.ensemble import merge_nets
from learning.nn.layers import Dense
from learning.nn.net import NeuralNet
from learning.training.recipe import choose_recipe
from migrations import upgrade
from service.app import create_app
from store import datasets
from store.database import begin_write
from store.jobs import claims, jobs
from store.models.models import NewModel

ROWS = 1000
ROUNDS = 300
NUMBERS = 4
PLAIN = (Dense(units=64), Dense(units=64))
MIN_SHARE = 0.7
ONE = {"sqft": 1200.0, "bedrooms": 3, "age": 12.5, "distance": 4.0, "area": "north", "kind": "flat", "garden": True}


def main() -> int:
    """Measure and print; 1 if the bar does not hold."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):  # as the service does
        data_dir = Path(folder)
        upgrade.apply_migrations(f"sqlite:///{data_dir / 'gradus.sqlite'}")
        app = create_app(Settings(data_dir=data_dir, broker_url="redis+socket:///nowhere.sock", min_free_bytes=0))
        store_model(app, make_model())
        nothing = measure_request(app, "GET", "/healthz", b"", 10)
        print(f"a route that does nothing   {nothing:8.1f} µs")
        recipe = choose_recipe("balanced", ROWS, NUMBERS)
        nets = recipe["nets"].value
        store_model(app, make_model(nets, recipe["layers"].value, recipe["numeric"].value), "ensemble")
        shares: list[float] = []
        for rows, repeats in ((1, 10), (100, 5), (10_000, 1)):
            body, times = json.dumps({"rows": [ONE] * rows}).encode(), dict[str, float]()
            for name in ("houses", "ensemble"):
                times[name] = took = measure_request(app, "POST", f"/v1/models/{name}/predict", body, repeats)
                print(f"{name:9} {rows:6,} rows       {took:8.1f} µs, {took - nothing:.1f} beyond the route")
            shares.append(times["houses"] / times["ensemble"])
            print(f"{nets} nets with bins: {shares[-1]:.2f} times the requests of one net")
        print(f"one row: promised {MIN_SHARE:g}")
        return int(shares[0] < MIN_SHARE)


def measure_request(app: Any, method: str, path: str, body: bytes, repeats: int) -> float:
    """Microseconds of processor time for one request."""

    def ask() -> None:
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
        }
        statuses: list[str] = []
        answer = app(environ, lambda status, *_: statuses.append(status))
        b"".join(answer)
        if not isinstance(answer, list):
            answer.close()
        if statuses != ["200 OK"]:
            raise SystemExit(f"{path} answered {statuses}")

    return min(measure_call(ask, repeats) for _ in range(ROUNDS * 10 // max(10, len(body) // 1000)))


def measure_call(ask: Callable[[], None], repeats: int) -> float:
    """Microseconds of one call."""
    ask()
    began = time.process_time()
    for _ in range(repeats):
        ask()
    return (time.process_time() - began) / repeats * 1e6


def make_model(nets: int = 1, layers: Sequence[Dense] = PLAIN, numeric: NumericSpec = DEFAULT_NUMERIC) -> Model:
    """A model of seven columns and so many nets that became one; what it says does not matter here."""
    chance = np.random.default_rng(0)
    frame = Frame(
        {
            "sqft": NumericColumn(chance.uniform(500, 3000, ROWS)),
            "bedrooms": NumericColumn(chance.integers(1, 6, ROWS).astype(np.float64)),
            "age": NumericColumn(chance.uniform(0, 90, ROWS)),
            "distance": NumericColumn(chance.uniform(0, 40, ROWS)),
            "area": CategoricalColumn(chance.integers(0, 4, ROWS).astype(np.int32), ("east", "north", "south", "west")),
            "kind": CategoricalColumn(chance.integers(0, 2, ROWS).astype(np.int32), ("flat", "house")),
            "garden": BooleanColumn(chance.integers(0, 2, ROWS).astype(np.int8)),
            "price": NumericColumn(chance.uniform(50, 500, ROWS)),
        },
        ROWS,
    )
    prepared = prepare(frame, target="price", numeric=numeric)
    return create_model(
        prepared, merge_nets([NeuralNet(prepared.train.width, layers, 1, seed=seed) for seed in range(nets)])
    )


def store_model(app: Any, model: Model, name: str = "houses", **options: Any) -> None:
    """Put the model of a job with these options where the service finds it."""
    dataset_id, job_id = new_id("ds"), new_id("job")
    spec = JobSpec(dataset_id=dataset_id, target=model.targets[0], model_name=name, **options).model_dump_json()
    with begin_write(app.extensions["services"].sessions) as s:
        datasets.add(s, id=dataset_id, owner="local", name=f"{name}.csv", format="csv", bytes=1, sha256="0", types={})
        jobs.add(s, id=job_id, owner="local", dataset_id=dataset_id, spec_json=spec)
        held = claims.claim(s, "benchmark", 30)
        assert held is not None
        made = NewModel(
            id=new_id("mdl"),
            name=name,
            task=model.task,
            target=model.targets[0],
            classes=None,
            inputs=[asdict(column) for column in model.inputs],
            parameters=model.parameter_count,
            weights_sha256=model.weights_sha256,
            dataset_sha256="0",
            metrics={},
            weights=model.to_bytes(),
        )
        claims.succeed(s, job_id, held.token, made, "all_epochs")


if __name__ == "__main__":
    sys.exit(main())
