"""The request log: its format, and that it never blocks a request."""

import io
import json
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from service.http.request_log import MAX_BUFFERED_LINES, WRITE_SECONDS, LineBuffer, RequestLog

SAYS = """
from process import logs
logs.configure("info", "{form}")
for _ in range(1000):
    logs.get_logger("test").info("request", path="/v1/jobs")
print("answered")
"""
FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize("form", ["json", "text"])
def test_on_a_full_disk_only_the_log_line_is_lost(form: str) -> None:
    with FULL.open("w") as full:
        says = [sys.executable, "-c", SAYS.format(form=form)]
        run = subprocess.run(says, stdout=subprocess.PIPE, stderr=full, text=True, check=False)

    assert run.stdout == "answered\n"


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
def test_on_a_full_disk_requests_are_answered_without_their_log_line() -> None:
    full = FULL.open("w", buffering=1)
    RequestLog(full, as_json=False).info("request", method="GET", path="/")
    with pytest.raises(OSError, match="No space"):
        full.close()


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
def test_on_a_full_disk_buffered_lines_are_lost_and_nothing_is_raised() -> None:
    full = FULL.open("w", buffering=1)
    lines = LineBuffer(full)
    lines.write("lost\n")
    lines.flush()
    with pytest.raises(OSError, match="No space"):
        full.close()


def test_buffered_lines_are_written_in_order_within_a_moment() -> None:
    stream = io.StringIO()
    lines = LineBuffer(stream)
    threading.Thread(target=lines.run, daemon=True).start()
    expected = ""
    for round_ in range(3):
        for number in range(1000):
            lines.write(f"{round_} {number}\n")
            expected += f"{round_} {number}\n"
        deadline = time.monotonic() + 30
        while stream.getvalue() != expected and time.monotonic() < deadline:
            time.sleep(WRITE_SECONDS / 10)
        assert stream.getvalue() == expected


def test_a_flush_returns_when_the_lines_that_another_thread_writes_are_written_too() -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    class SlowStream(io.StringIO):
        def write(self, text: str, /) -> int:
            if text:
                begun.set()
                may_go_on.wait(30)
            return super().write(text)

    stream = SlowStream()
    lines = LineBuffer(stream)
    lines.write("late\n")
    threading.Thread(target=lines.flush, daemon=True).start()
    assert begun.wait(30)
    threading.Timer(0.05, may_go_on.set).start()
    lines.flush()
    assert stream.getvalue() == "late\n"


def test_of_lines_that_a_stream_does_not_take_the_last_ones_are_kept() -> None:
    stream = io.StringIO()
    lines = LineBuffer(stream)
    for number in range(MAX_BUFFERED_LINES + 2):
        lines.write(f"{number}\n")
    lines.flush()
    assert stream.getvalue().split()[0] == "2"
    assert stream.getvalue().count("\n") == MAX_BUFFERED_LINES


def test_request_log_lines_have_the_format_of_all_lines() -> None:
    fields = {"path": "/v1/a b", "status": 200, "ms": 0.5, "empty": "", "quoted": 'say "yes"'}
    ours, theirs = io.StringIO(), io.StringIO()
    renderer = structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)

    RequestLog(ours, as_json=False).info("request", **fields)
    theirs.write(renderer(None, "info", {"event": "request", "level": "info", "timestamp": "now", **fields}))

    assert ours.getvalue().partition(" ")[2] == theirs.getvalue().partition(" ")[2] + "\n"


@pytest.mark.parametrize("method", ["POST", "P'T"])
@pytest.mark.parametrize("path", ["/v1/models/houses/predict", "/v1/a b"])
@pytest.mark.parametrize("more", [{}, {"problem": "not-found"}, {"location": "/v1/jobs/job_1"}])
@pytest.mark.parametrize("for_machines", [False, True])
def test_requests_are_logged_through_the_same_logger_as_events(
    method: str, path: str, more: dict[str, str], *, for_machines: bool
) -> None:
    quick, usual = io.StringIO(), io.StringIO()

    RequestLog(quick, as_json=for_machines).log_response(
        method=method, path=path, status=201, ms=0.4, request_id="req_0:1", fields=more
    )
    RequestLog(usual, as_json=for_machines).info(
        "request", method=method, path=path, status=201, ms=0.4, request_id="req_0:1", **more
    )

    def without_time(line: str) -> object:
        if not for_machines:
            time, _, rest = line.partition(" ")
            assert datetime.fromisoformat(time).tzinfo is not None
            return rest
        return {name: value for name, value in json.loads(line).items() if name != "timestamp"}

    assert without_time(quick.getvalue()) == without_time(usual.getvalue())


def test_request_log_lines_are_valid_json_for_any_content() -> None:
    stream = io.StringIO()
    RequestLog(stream, as_json=True).info("request", path='/v1/"\n', status=404)

    line = json.loads(stream.getvalue())
    assert datetime.fromisoformat(line.pop("timestamp")).tzinfo is not None
    assert line == {"event": "request", "level": "info", "path": '/v1/"\n', "status": 404}


def test_requests_that_succeed_are_left_out_where_only_problems_are_logged() -> None:
    stream = io.StringIO()
    log = RequestLog(stream, as_json=False, min_status=400)
    for status in (200, 202, 304, 404, 500):
        log.log_response(method="GET", path="/", status=status, ms=1.0, request_id="r", fields={})
    assert [line.rpartition("=")[2] for line in stream.getvalue().splitlines()] == ["404", "500"]
