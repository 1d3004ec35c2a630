"""Pictures and archives made by enemies: each to a prediction and in an upload, and what it costs the service."""

import json
import time
from typing import Final

from benchmarks.edge.installation import EdgeInstallation, ServingProcess
from benchmarks.pictures.single import PictureConnection
from tests.hostile_archives import HOSTILE_ARCHIVES
from tests.hostile_pictures import HOSTILE_PICTURES
from tests.pictures import png, zip_of

MAX_CPU_SECONDS: Final = 1.0
_PATIENCE: Final = 300.0


def measure_hostile(installation: EdgeInstallation) -> bool:
    """True if nothing is answered with 5xx or costs the service a second, and every upload ends with its reason."""
    serving = ServingProcess(installation.service)
    costs: dict[str, float] = {}
    faults: list[str] = []
    for name, (make, code) in HOSTILE_PICTURES.items():
        data, before = make(), serving.cpu_seconds()
        status = PictureConnection(installation).predict(data)
        costs[f"predict: {name}"] = serving.cpu_seconds() - before
        if status not in ({200, 422} if code is None else {422}):  # fewer pixels are decoded to predict
            faults.append(f"predict: {name}: {status}")
    archives = {name: (form, make, end) for name, (form, make, end) in HOSTILE_ARCHIVES.items()}
    for name, (make, code) in HOSTILE_PICTURES.items():
        rows = "1" if code else "2"
        archives[name] = ("zip", lambda make=make: zip_of({"a/hostile.jpg": make(), "b/good.png": png(5)}, 0), rows)
    for name, (form, make, end) in archives.items():
        data, before = make(), serving.cpu_seconds()
        found = _upload(installation, data, form)
        costs[f"upload: {name}"] = serving.cpu_seconds() - before
        if found not in {end, "not-a-table"}:  # what begins like no archive is taken for text
            faults.append(f"upload: {name}: {found} instead of {end}")
    worst = sorted(costs, key=lambda name: -costs[name])
    for name in worst[:3]:
        print(f"hostile   {costs[name]:6.2f} s  {name}")
    for fault in faults:
        print(f"hostile   {fault}")
    print(f"hostile   {len(costs)} requests; bar: {MAX_CPU_SECONDS:g} s of the service's processor time", flush=True)
    return not faults and costs[worst[0]] < MAX_CPU_SECONDS


def _upload(installation: EdgeInstallation, data: bytes, form: str) -> str:
    """The rows of an upload, or the kind of problem that refuses it."""
    media_type = {"zip": "application/zip", "tar": "application/x-tar"}[form]
    headers = {"Content-Type": media_type, "Authorization": f"Bearer {installation.hostile.key}"}
    answer = installation.service.ask("POST", "/v1/datasets?name=hostile", data, headers, seconds=_PATIENCE)
    body = json.loads(answer.body)
    until = time.monotonic() + _PATIENCE
    while answer.status == 201 and body["status"] == "processing" and time.monotonic() < until:
        time.sleep(0.05)
        body = installation.hostile.ask("GET", f"/v1/datasets/{body['id']}")[1]
    if body.get("status") == "ready":
        return str(body["rows"])
    problem = body.get("error") or body
    return f"{answer.status}" if answer.status >= 500 else str(problem["type"]).rpartition("/")[2]
