"""Parts of the launcher: child processes, the lock of the data folder, a free address."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.settings import Settings
from gradus.errors import LaunchFailed
from gradus.launcher import broker
from gradus.launcher.commands import MALLOC, service_environment, share_memory
from gradus.launcher.data_dir import DataDirLock, find_free_port, local_url
from gradus.launcher.managed_process import ManagedProcess, describe_exit

PYTHON = [sys.executable, "-c"]


def wait_until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def read_output(child: ManagedProcess, until: Callable[[list[str]], bool]) -> list[str]:
    lines: list[str] = []

    def enough() -> bool:
        lines.extend(child.read_lines())
        return until(lines)

    wait_until(enough)
    return lines


def test_both_outputs_of_a_child_are_read_line_by_line() -> None:
    code = "import sys; print('one'); sys.stdout.flush(); print('two', file=sys.stderr); print('no end', end='')"
    child = ManagedProcess("c", [*PYTHON, code], os.environ)
    child.start()
    assert read_output(child, lambda heard: len(heard) == 3) == ["one", "two", "no end"]
    wait_until(child.has_ended)
    assert child.reap() == 0


def test_reaping_a_child_ends_its_orphaned_descendants() -> None:
    code = "import subprocess; print(subprocess.Popen(['sleep', '100']).pid, flush=True)"
    child = ManagedProcess("c", [*PYTHON, code], os.environ)
    child.start()
    grandchild = int(read_output(child, bool)[0])
    wait_until(child.has_ended)
    assert is_running(grandchild)
    child.reap()
    wait_until(lambda: not is_running(grandchild))


def test_a_child_can_be_terminated() -> None:
    child = ManagedProcess("c", ["sleep", "100"], os.environ)
    child.start()
    child.stop()
    wait_until(child.has_ended)
    assert describe_exit(child.reap()) == "was ended by SIGTERM"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of their parent's death")
def test_a_child_ends_with_its_launcher_even_when_that_is_killed() -> None:
    code = (
        "import os, time; from gradus.launcher.managed_process import ManagedProcess\n"
        "child = ManagedProcess('c', ['sleep', '100'], os.environ);"
        "child.start(); print(child.pid, flush=True); time.sleep(100)"
    )
    launcher = subprocess.Popen([*PYTHON, code], stdout=subprocess.PIPE, text=True)
    with launcher:
        assert launcher.stdout is not None
        child = int(launcher.stdout.readline())
        assert is_running(child)
        launcher.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_running(child))


def test_a_locked_data_folder_names_the_process_of_its_launcher(tmp_path: Path) -> None:
    first = DataDirLock(tmp_path / "made" / "for it")
    first.write_owner("http://127.0.0.1:1")
    with pytest.raises(LaunchFailed, match=rf"in use by gradus up, process {os.getpid()}, at http://127\.0\.0\.1:1\."):
        DataDirLock(tmp_path / "made" / "for it")
    first.release()
    DataDirLock(tmp_path / "made" / "for it").release()


def test_an_unusable_data_folder_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LaunchFailed, match=r"file/data cannot be used: Not a directory\. Choose another"):
        DataDirLock(tmp_path / "file" / "data")


def test_a_port_in_use_is_refused_and_zero_finds_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = listening.getsockname()[1]
        with pytest.raises(LaunchFailed, match=rf"Port {taken} of 127\.0\.0\.1 is in use"):
            find_free_port("127.0.0.1", taken)
        assert find_free_port("127.0.0.1", 0) not in {0, taken}


def test_an_address_of_another_machine_is_refused_with_the_reason() -> None:
    with pytest.raises(LaunchFailed, match=r"Cannot listen on 192\.0\.2\.1, port 0"):
        find_free_port("192.0.2.1", 0)


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_an_address_becomes_a_url_that_this_machine_can_open(host: str, url: str) -> None:
    assert local_url(host, 80) == url


@pytest.mark.parametrize("name", ["plain", "with a space", "x" * 120, "später"])
def test_the_broker_starts_in_any_data_folder(tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / name
    data_dir.mkdir()
    path = broker.socket_path(data_dir)
    assert path == broker.socket_path(data_dir)
    assert (path.parent == data_dir) is (name == "plain" and len(str(path)) < 100)
    child = ManagedProcess("broker", broker.broker_command(path), os.environ)
    child.start()
    try:
        wait_until(lambda: broker.is_answering(path))
        assert path.stat().st_mode & 0o077 == 0
    finally:
        child.reap()
    assert not broker.is_answering(path)
    broker.remove_socket(path, data_dir)
    assert not path.exists()
    assert list(data_dir.iterdir()) == []


def test_an_allocator_setting_of_the_operator_is_not_replaced() -> None:
    environment = service_environment({"MALLOC_ARENA_MAX": "4", "HOME": "/home/ada"})

    assert environment == {**MALLOC, "MALLOC_ARENA_MAX": "4", "HOME": "/home/ada"}


def test_the_trainers_of_all_workers_share_the_memory() -> None:
    alone = share_memory(Settings(concurrency=1), workers=1)

    assert share_memory(Settings(concurrency=2), workers=3) == alone // 6
    assert share_memory(Settings(concurrency=2, trainer_memory_bytes=5), workers=3) == 5
