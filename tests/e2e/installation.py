"""A Gradus as a person starts it: `gradus up` in a process of its own, with a fresh data folder and a free port."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

GRADUS = str(Path(sys.executable).with_name("gradus"))
EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE_SECONDS = 120.0
"""The longest wait for what must come: long, since the machine may be busy."""


class Installation:
    """A launcher and all that it started."""

    def __init__(self, data_dir: Path, *options: str, cwd: Path | None = None, **settings: str) -> None:
        self.data_dir = data_dir
        self.log = data_dir.with_name(data_dir.name + ".log")
        self.options = options
        self.cwd = cwd
        self.settings = settings
        self.url = ""
        self.start()

    def start(self) -> None:
        """Start it, or after `close` start it again on the same port."""
        port = self.url.rpartition(":")[2] or "0"
        with self.log.open("ab") as log:
            self.launcher = subprocess.Popen(
                [GRADUS, "up", "--port", port, "--data-dir", str(self.data_dir), *self.options],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=self.cwd,
                env=environment(**self.settings),
            )
        assert self.launcher.stdout is not None
        line = self.launcher.stdout.readline()
        if not line.startswith("ready http://127.0.0.1:"):
            self.launcher.wait()
            raise AssertionError(f"gradus up said {line!r}\n{self.log.read_text()}")
        self.url = line.split()[1]

    def family(self) -> dict[int, str]:
        """The process id and command line of everything under the launcher."""
        parents, commands = processes()
        found = [self.launcher.pid]
        for elder in found:
            found += [pid for pid, parent in parents.items() if parent == elder]
        return {pid: commands[pid] for pid in found[1:]}

    def member(self, part: str) -> int:
        """The one direct child of the launcher whose command line has this in it."""
        parents, commands = processes()
        (pid,) = (p for p, parent in parents.items() if parent == self.launcher.pid and part in commands[p])
        return pid

    def send(self, number: signal.Signals) -> None:
        """Send the launcher a signal."""
        self.launcher.send_signal(number)

    def wait(self) -> int:
        """Wait for the launcher's end; its exit status."""
        return self.launcher.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        """End it, if it has not ended."""
        if self.launcher.poll() is None:
            self.launcher.terminate()
            self.launcher.wait(PATIENCE_SECONDS)
        assert self.launcher.stdout is not None
        self.launcher.stdout.close()


def environment(**more: str) -> dict[str, str]:
    """The environment of this process without anything that steers Gradus; even a busy machine reads tables at once."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRADUS_")}
    return {**kept, "NO_COLOR": "1", "COLUMNS": "120", "GRADUS_INLINE_READ_SECONDS": "10", **more}


def processes() -> tuple[dict[int, int], dict[int, str]]:
    """Of each living process the parent, and the command line."""
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if state != "Z":
            parents[int(folder.name)] = int(parent)
            commands[int(folder.name)] = command
    return parents, commands


def left_of(family: dict[int, str]) -> dict[int, str]:
    """Those of a family that still live."""
    _, commands = processes()
    return {pid: command for pid, command in family.items() if commands.get(pid) == command}


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"it did not happen within {seconds} s"
        time.sleep(0.02)
