"""What others named reaches no terminal unescaped: neither through a log nor through the command line."""

import io
import json
import subprocess
import sys

import pytest

from contract.doctor import PartCheck
from gradus.cli.errors import print_error
from gradus.cli.output import print_file, print_items, print_json, print_list, print_next, print_text
from gradus.launcher.log_multiplexer import LogMultiplexer
from process.printable import escape_unprintable, escape_unprintable_json
from service.http.request_log import RequestLog

HOSTILE = "a\x1b[31m\x9b31m\u202eb\x7f\u2028\U000e0041\ud800"
HARMLESS = "Zürich 東京 🏠\xa01\u3000000"
OBEYED = frozenset(HOSTILE) - frozenset("a[31mb")
ITEM = PartCheck(part=HOSTILE.replace("\ud800", ""), state="ok", found=HARMLESS)
LOGS = """
from process import logs
logs.configure("info", {form!r})
name = {name!r}
logger = logs.get_logger("test")
logger.info(name, name=name)
try:
    raise ValueError(name)
except ValueError:
    logger.error("failed", exc_info=True)
import logging
logging.getLogger("library").warning(name)
"""


def test_unprintable_characters_are_escaped_and_others_kept() -> None:
    assert escape_unprintable(HARMLESS) == HARMLESS
    assert escape_unprintable("\x9b\u202e\n", keep="\n") == "\\x9b\\u202e\n"
    escaped = escape_unprintable_json(json.dumps({"name": HOSTILE + HARMLESS}, indent=2, ensure_ascii=False))
    assert json.loads(escaped) == {"name": HOSTILE + HARMLESS}
    assert not OBEYED & set(escaped)


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_of_a_name_in_a_log_is_obeyed_by_a_terminal(form: str) -> None:
    program = LOGS.format(form=form, name=HOSTILE)
    written = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stderr
    assert written.count("x9b31m" if form == "text" else "u009b31m") == 4
    assert not OBEYED & set(written)


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_of_a_request_is_obeyed_by_a_terminal(*, as_json: bool) -> None:
    stream = io.StringIO()
    log = RequestLog(stream, as_json=as_json)
    log.log_response(method="GET", path=f"/v1/{HOSTILE}", status=404, ms=1.0, request_id="req_1", fields={})
    log.log_response(method=HOSTILE, path="/", status=404, ms=1.0, request_id="req_1", fields={"problem": "not-found"})
    assert stream.getvalue().count("9b31m") == 2
    assert not OBEYED & set(stream.getvalue())


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_that_a_process_writes_is_obeyed_by_the_launchers_terminal(
    capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    LogMultiplexer(as_json=as_json, names=["service"]).write_lines("service", [HOSTILE])
    written = capsys.readouterr().err
    assert "9b31m" in written
    assert not OBEYED & set(written)


def test_nothing_that_a_command_prints_is_obeyed_by_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_text(HOSTILE, bold=True)
    print_next(HOSTILE)
    print_error(HOSTILE, HOSTILE)
    print_json(ITEM)
    print_list([ITEM], {}, as_json=True, if_empty="")
    print_items([ITEM], {"part": lambda item: item.part})
    written = "".join(capsys.readouterr())
    assert written.count("9b31m") == 7
    assert not OBEYED & set(written)


def test_a_file_is_escaped_on_a_terminal_only(
    capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = f"name\r\n{ITEM.part}\r\n".encode()
    print_file(content)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    print_file(content)
    written = capfdbinary.readouterr().out
    assert written.startswith(content)
    assert not OBEYED & set(written[len(content) :].decode())
