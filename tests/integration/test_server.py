"""The real HTTP server: start, streaming uploads in bounded memory, latency of quick calls, shutdown."""

import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from gradus import Client
from migrations import upgrade
from tests.running import Broker, Installation, Process, find_readable, wait_for
from tests.servers import free_port

TABLE = b"a,b\n1,x\n2,y\n"


@cache
def empty_database() -> bytes:
    """A database file with all tables and no rows."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "gradus.sqlite"
        upgrade.apply_migrations(f"sqlite:///{path}")
        return path.read_bytes()


def prepare(folder: Path) -> None:
    """Make a data folder with a database."""
    folder.mkdir(exist_ok=True)
    (folder / "gradus.sqlite").write_bytes(empty_database())


class Server(Process):
    """A running `python -m service` on a free port."""

    def __init__(self, folder: Path, *, prepared: bool = False, **settings: object) -> None:
        if not prepared:
            prepare(folder)
        chosen = {
            "data_dir": folder,
            "port": 0,
            "min_free_bytes": 0,
            "log_format": "json",
            "service_threads": 8,
            "inline_read_seconds": 10,
        } | settings
        environment = {f"GRADUS_{name.upper()}": str(value) for name, value in chosen.items()}
        super().__init__([sys.executable, "-P", "-m", "service"], folder / "log", environment)
        wait_for(lambda: self.is_answering() or not self.is_running, "the server")
        assert self.is_running, self.read_log()

    def lines(self) -> list[dict[str, Any]]:
        """Its log."""
        whole = self.read_log().rpartition("\n")[0]  # the last line may be half written
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    @property
    def port(self) -> int:
        (address,) = [line["address"] for line in self.lines() if line["event"] == "listening"]
        return int(address.rsplit(":", 1)[1])

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def process_ids(self) -> list[int]:
        """The ids of the processes that serve."""
        return [int(word) for word in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]

    def is_answering(self) -> bool:
        """Whether it answers."""
        try:
            return self.ask("GET", "/healthz")[0] == 200
        except (OSError, ValueError):
            return False


@pytest.fixture(scope="module")
def server(joint_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"), database_url=joint_database)
    yield server
    server.kill()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] not in "ZX"
    except FileNotFoundError:
        return False


def test_the_rows_of_an_uploaded_table_are_served(server: Server) -> None:
    status, dataset = server.ask("POST", "/v1/datasets?name=t", TABLE, {"Content-Type": "text/csv"})

    assert (status, dataset["status"], dataset["rows"]) == (201, "ready", 2)
    rows = server.ask("GET", f"/v1/datasets/{dataset['id']}/rows")[1]["data"]
    assert rows == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a connection that broke off")
@pytest.mark.parametrize("how", ["ended", "reset"])
def test_a_chunked_upload_that_breaks_off_leaves_nothing(server: Server, how: str) -> None:
    head = b"POST /v1/datasets?name=torn HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
    piece = b"a,b\n" + b"1,2\n" * 20_000
    with server.connect() as connection:
        connection.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(piece), piece))
        if how == "ended":
            connection.shutdown(socket.SHUT_WR)
            answer = connection.makefile("rb").read()
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b"broke off after 80004 bytes" in answer
        else:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_for(lambda: '"status": 400' in server.read_log() or how == "ended", "the end of the request")
    assert server.ask("GET", "/v1/datasets?name=torn")[1]["data"] == []


def test_a_chunked_body_needs_no_length_and_another_does(server: Server) -> None:
    chunked = server.ask("POST", "/v1/datasets", iter([TABLE[:3], TABLE[3:]]), {"Content-Type": "text/csv"})
    with server.connect() as bare:
        bare.sendall(b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n\r\n")
        answer = bare.recv(1000)

    assert (chunked[0], chunked[1]["rows"]) == (201, 2)
    assert answer.startswith(b"HTTP/1.1 411 ")


def test_a_body_that_is_too_large_is_refused_before_it_comes(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(
            b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            b"Content-Length: 99999999999\r\n\r\na,b"
        )
        answer = connection.recv(1000)

    assert answer.startswith(b"HTTP/1.1 413 ")


def test_an_upload_past_the_quota_of_its_owner_is_cut_off_and_leaves_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", upload_bytes_per_hour=3 * 2**20, inline_read_bytes=0)
    megabyte = (b"1,2\n" * 2**18)[: 2**20]
    try:
        assert server.ask("POST", "/v1/datasets", megabyte * 2, {"Content-Type": "text/csv"})[0] == 201
        begun = b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
        with server.connect() as declared, server.connect() as chunked:
            declared.sendall(begun + b"Content-Length: 1100000\r\n\r\na,b")
            chunked.sendall(begun + b"Transfer-Encoding: chunked\r\n\r\n140000\r\n" + (megabyte * 2)[:0x140000])
            answers = [connection.recv(4000).lower() for connection in (declared, chunked)]

        for answer in answers:
            assert answer.startswith(b"http/1.1 429 ")
            assert b"retry-after: " in answer
        assert len(server.ask("GET", "/v1/datasets")[1]["data"]) == 1
        datasets = tmp_path / "data" / "files" / "datasets"
        assert [path.name for path in datasets.rglob("*") if path.is_file()] == ["original"]
    finally:
        server.kill()


@pytest.mark.parametrize("form", [False, True])
def test_memory_stays_flat_during_uploads(server: Server, form: bool) -> None:
    megabytes = 80
    block = (b"1.25,2.5,some words\n" * 60_000)[: 2**20]

    def body() -> Iterator[bytes]:
        if form:
            yield b'--X\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n'
        yield from (block for _ in range(megabytes))
        if form:
            yield b"\r\n--X--\r\n"

    (serving,) = server.process_ids()
    before = peak(serving)

    status, dataset = server.ask(
        "POST", "/v1/datasets", body(), {"Content-Type": "multipart/form-data; boundary=X" if form else "text/csv"}
    )

    assert (status, dataset["bytes"], dataset["status"]) == (201, megabytes * 2**20, "processing")
    assert peak(serving) - before < 50 * 2**20
    server.ask("DELETE", f"/v1/datasets/{dataset['id']}")


def peak(pid: int) -> int:
    """The most memory that a process ever held, in bytes."""
    (line,) = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def test_many_idle_and_slow_clients_do_not_block_the_server(server: Server) -> None:
    begun = b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 1000\r\n\r\na,"
    with ExitStack() as connections:
        for number in range(300):
            connection = connections.enter_context(server.connect())
            if number % 3:
                connection.sendall(begun)

        assert server.ask("GET", "/healthz")[0] == 200
        assert server.ask("GET", "/v1/datasets?limit=1")[0] == 200
    assert wait_for(lambda: server.ask("POST", "/v1/datasets", TABLE, {"Content-Type": "text/csv"})[0] == 201, "room")


def test_the_log_names_requests_and_never_data(server: Server) -> None:
    server.ask("POST", "/v1/datasets?name=secret", TABLE, {"Content-Type": "text/csv", "X-Request-Id": "mine"})

    (line,) = wait_for(lambda: [line for line in server.lines() if line.get("request_id") == "mine"], "the line")
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "POST", "/v1/datasets", 201)
    assert line["ms"] > 0
    assert "secret" not in json.dumps(line)


def test_a_shutdown_answers_waiting_calls_and_cuts_off_slow_ones(installation: Installation) -> None:
    settings = {"database_url": installation.database_url, "inline_read_bytes": 0, "service_processes": 2}
    server = Server(installation.folder, prepared=True, **settings)
    dataset = server.ask("POST", "/v1/datasets", TABLE, {"Content-Type": "text/csv"})[1]
    serving = server.process_ids()
    assert len(serving) == 2
    with server.connect() as waiting, server.connect() as slow:
        waiting.sendall(
            f"GET /v1/datasets/{dataset['id']} HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=60\r\n\r\n".encode()
        )
        slow.sendall(
            b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 9\r\n\r\na"
        )
        assert server.ask("GET", "/healthz")[0] == 200

        server.send(signal.SIGTERM)

        assert waiting.recv(1000).startswith(b"HTTP/1.1 200 ")
        assert server.wait() == 0
    assert not any(map(is_alive, serving))
    assert list((installation.folder / "files").rglob("*.part")) == []


def test_the_last_request_before_a_shutdown_is_in_the_log(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.ask("GET", "/v1/datasets", headers={"X-Request-Id": "last"})

    server.send(signal.SIGTERM)

    assert server.wait() == 0
    assert [line["status"] for line in server.lines() if line.get("request_id") == "last"] == [200]


def test_a_dead_process_is_replaced_and_all_end_with_the_server(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    (first,) = server.process_ids()

    os.kill(first, signal.SIGKILL)

    wait_for(lambda: server.process_ids() not in ([], [first]) and server.is_answering(), "another one")
    serving = server.process_ids()
    server.kill()
    wait_for(lambda: not any(map(is_alive, serving)), "their end")


def start_refused(folder: Path, **settings: object) -> tuple[int, str]:
    """The exit status and the words of a server that does not start."""
    chosen = {"data_dir": folder, "port": 0} | settings
    environment = {f"GRADUS_{name.upper()}": str(value) for name, value in chosen.items()}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "service"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def test_a_host_that_is_no_address_is_an_error_of_one_line(tmp_path: Path) -> None:
    status, output = start_refused(tmp_path, host="example.org")

    assert (status, len(output.splitlines())) == (2, 1)
    assert "GRADUS_HOST must be an IP address" in output


def test_an_address_that_others_can_reach_needs_a_key_first(tmp_path: Path) -> None:
    prepare(tmp_path)
    status, output = start_refused(tmp_path, host="0.0.0.0")
    assert (status, len(output.splitlines())) == (2, 1)
    assert "python -m service first-key" in output

    key = first_key(tmp_path, tmp_path / "admin.key")
    server = Server(tmp_path, prepared=True, host="0.0.0.0")
    try:
        assert server.ask("GET", "/v1/models")[0] == 401
        assert server.ask("GET", "/v1/models", headers={"Authorization": f"Bearer {key}"})[0] == 200
    finally:
        server.kill()


def test_other_users_can_read_nothing_that_serve_and_work_write(tmp_path: Path, broker: Broker) -> None:
    data, log = tmp_path / "new" / "data", tmp_path / "log"
    settings = {"DATA_DIR": data, "BROKER_URL": broker.unused_url(), "PORT": free_port(), "MIN_FREE_BYTES": 0}
    settings |= {"INLINE_READ_BYTES": 0, "CHECKPOINT_SECONDS": 1e-3}
    environment = {f"GRADUS_{name}": str(value) for name, value in settings.items()}
    gradus = Path(sys.executable).with_name("gradus")
    commands = [["sh", "-c", f"umask 022; exec {gradus} {role}"] for role in ("serve", "work")]
    started = [Process(command, log, environment) for command in commands]
    try:
        with Client(f"http://127.0.0.1:{settings['PORT']}", retries=100) as client:
            dataset = client.datasets.upload([{"x": n, "y": 2 * n} for n in range(100)], name="line")
            job = client.jobs.create(dataset=dataset, target="y", preset="fast", epochs=100_000, early_stopping=None)
            wait_for(lambda: list((data / "files").glob("checkpoints/*/*")), "a checkpoint")
            readable = find_readable(data)
            job.cancel()
    finally:
        for process in started:
            process.kill()
    assert readable == []
    assert "other users of this machine have access" not in log.read_text()


def first_key(folder: Path, file: Path) -> str:
    """The key that `python -m service first-key` wrote."""
    command = [sys.executable, "-P", "-m", "service", "first-key", "--file", str(file)]
    environment = {**os.environ, "GRADUS_DATA_DIR": str(folder)}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert str(file) in made.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    key = file.read_text().strip()
    assert key not in made.stdout
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert "nothing was made" in again.stdout
    assert file.read_text().strip() == key
    return key


def test_a_port_in_use_is_an_error(tmp_path: Path) -> None:
    prepare(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, output = start_refused(tmp_path, port=taken.getsockname()[1])

    assert status == 2
    assert "Address already in use" in output


def test_a_database_without_its_tables_is_an_error(tmp_path: Path) -> None:
    status, output = start_refused(tmp_path)

    assert status == 3
    assert "python -m migrations upgrade" in output


def test_files_of_metrics_are_deleted_at_the_end_or_by_the_next_start(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path / "tmp"))
        first = Server(tmp_path / "first")
        second = Server(tmp_path / "second")
        assert len(folders := list((tmp_path / "tmp").glob("gradus-counts-*"))) == 2
        first.kill()
        third = Server(tmp_path / "third")
    try:
        left = list((tmp_path / "tmp").glob("gradus-counts-*"))
        assert (len(left), len(set(left) & set(folders))) == (2, 1)
        assert all(list(folder.glob("*.db")) for folder in left)
        for server in (second, third):
            server.send(signal.SIGTERM)
        assert [second.wait(), third.wait()] == [0, 0]
        assert list((tmp_path / "tmp").iterdir()) == []
    finally:
        second.kill()
        third.kill()


@pytest.mark.parametrize(
    ("program", "settings", "words"),
    [
        ("worker", {"STORAGE_URL": "s3://bucket"}, "set GRADUS_S3_ACCESS_KEY_ID and GRADUS_S3_SECRET_ACCESS_KEY too"),
        ("service", {"BROKER_URL": "redis://:hush@hush/hush@host/0"}, "GRADUS_BROKER_URL must be a URL such as"),
        ("migrations", {"BROKER_URL": "redis://:hush#hush@host:6379/0"}, "GRADUS_BROKER_URL must be a URL such as"),
    ],
)
def test_errors_in_settings_are_one_line_without_the_password(
    tmp_path: Path, program: str, settings: dict[str, str], words: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", program, *(["current"] if program == "migrations" else [])],
        env={
            **os.environ,
            "GRADUS_DATA_DIR": str(tmp_path),
            **{f"GRADUS_{name}": text for name, text in settings.items()},
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == (1 if program == "migrations" else 2)
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
    assert "hush" not in done.stdout + done.stderr
