"""The service's log never stands in the way of what it tells of."""

import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from service.edge.request_log import RequestLog

SAYS = """
from service import logs
logs.configure("info", "{form}")
for _ in range(1000):
    logs.logger("test").info("request", path="/v1/jobs")
print("answered")
"""
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("form", ["json", "text"])
def test_a_line_for_which_the_disk_has_no_room_is_lost_and_nothing_else(form: str) -> None:
    with FULL.open("w") as full:
        says = [sys.executable, "-c", SAYS.format(form=form)]
        run = subprocess.run(says, stdout=subprocess.PIPE, stderr=full, text=True, check=False)

    assert run.stdout == "answered\n"


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
def test_a_request_whose_line_finds_no_room_is_answered_all_the_same() -> None:
    full = FULL.open("w")
    RequestLog(full, for_machines=False).info("request", method="GET", path="/")
    with pytest.raises(OSError, match="No space"):
        full.close()


def test_the_line_of_a_request_looks_as_every_other_line_does() -> None:
    said = {"path": "/v1/a b", "status": 200, "ms": 0.5, "empty": "", "quoted": 'say "yes"'}
    ours, theirs = io.StringIO(), io.StringIO()
    renderer = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)

    RequestLog(ours, for_machines=False).info("request", **said)
    theirs.write(renderer(None, "info", {"event": "request", "level": "info", "timestamp": "now", **said}))

    assert ours.getvalue().partition(" ")[2] == theirs.getvalue().partition(" ")[2] + "\n"


def test_the_line_of_a_request_is_json_for_machines_whatever_stands_in_it() -> None:
    stream = io.StringIO()
    RequestLog(stream, for_machines=True).info("request", path='/v1/"\n', status=404)

    line = json.loads(stream.getvalue())
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo is not None
    assert line == {"event": "request", "level": "info", "path": '/v1/"\n', "status": 404}
