"""Questions about wide tables and their models, whose answers are as large as an answer may be."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from tests.hostile_requests.request import HostileRequest, post_json
from tests.hostile_requests.targets import Targets


def wide_datasets(targets: Targets) -> Iterator[HostileRequest]:
    """A table of many columns, and the rows of it."""
    path = f"/v1/datasets/{targets.wide_dataset}"
    yield HostileRequest("GET a wide dataset", "GET", path)
    yield HostileRequest("GET a page of datasets", "GET", "/v1/datasets?limit=100")
    for limit in (20, 1000):
        yield HostileRequest(f"GET {limit} wide rows", "GET", f"{path}/rows?limit={limit}")


def wide_models(targets: Targets) -> Iterator[HostileRequest]:
    """All that there is to know about a model of many inputs."""
    path = f"/v1/models/{targets.wide_model}"
    for part in ("", "/schema", "/evaluation", "/mistakes?limit=100", "/importance", "/weights", "/weights?format=npz"):
        yield HostileRequest(f"GET a wide model{part}", "GET", f"{path}{part}")
    for name, column in {
        "a column": targets.columns[1],
        "an unknown column": targets.columns[1][:-1],
        "a long name": "m" * 50_000,
        "emoji": "\U0001f600" * 1000,
    }.items():
        yield HostileRequest(
            f"GET the partial dependence on {name}", "GET", f"{path}/partial-dependence?column={quote(column)}"
        )
    yield post_json("evaluate on the wide table", f"{path}/evaluate", lambda: {"dataset_id": targets.wide_dataset})
    yield post_json(
        "evaluate the categorical model on the wide table",
        f"/v1/models/{targets.categorical_model}/evaluate",
        lambda: {"dataset_id": targets.wide_dataset},
    )
    for rows in (1, 20, 100):
        yield post_json(
            f"explain: {rows} full rows",
            f"{path}/explain",
            lambda rows=rows: {"rows": [dict.fromkeys(targets.columns[1:], 1)] * rows},
        )


def wide_jobs(targets: Targets) -> Iterator[HostileRequest]:
    """All that there is to know about the training of a model of many inputs."""
    path = f"/v1/jobs/{targets.wide_job}"
    for part in (
        "",
        "/epochs?limit=1000",
        "/diagnostics",
        "/report",
        "/report?format=markdown",
        "/layers?limit=100",
        "/weights",
        "/weights?units=100000000",
        "/weights?epoch=999999999",
    ):
        yield HostileRequest(f"GET a wide job{part}", "GET", f"{path}{part}")
    yield post_json(
        "replay: 100 full rows",
        f"{path}/replay",
        lambda: {"rows": [dict.fromkeys(targets.columns[1:], 1)] * 100, "epochs": "all"},
    )
    yield post_json(
        "trace: a full row", f"{path}/trace", lambda: {"row": dict.fromkeys(targets.columns, 1), "epoch": "latest"}
    )


FAMILIES: Final = (wide_datasets, wide_models, wide_jobs)
