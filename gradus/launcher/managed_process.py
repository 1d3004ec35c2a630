"""A child process of the launcher: its output goes through the launcher, and it never outlives it.

Each child leads a process group of its own, so that what it started can be ended with it, and asks the kernel to be
killed when the launcher is. Children are started from the launcher's only thread: the kernel ties them to that thread.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import IO, Final, cast

from process.parent_death import terminate_with_parent

MAX_LINE_BYTES: Final = 64 * 1024


class ManagedProcess:
    """A command, the process that runs it at the moment, if any, and when the supervisor starts it again.

    Its lines in the log begin with its name. Times are those of `time.monotonic`.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._unfinished = b""
        self.started_at = 0.0
        self.failures = 0
        self.restart_at = 0.0

    def start(self) -> None:
        """Start the process."""
        self.started_at = time.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - the command is ours
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=partial(terminate_with_parent, os.getpid()),  # noqa: PLW1509 - the launcher has one thread only
        )
        os.set_blocking(self.output.fileno(), False)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._running.pid

    @property
    def output(self) -> IO[bytes]:
        """Its output, standard and error."""
        return cast("IO[bytes]", self._running.stdout)

    @property
    def is_started(self) -> bool:
        """Whether there is a process, running or ended, that was not yet reaped."""
        return self._process is not None

    def read_lines(self) -> list[str]:
        """Its output since the last call, in whole lines; never blocks."""
        try:
            read = os.read(self.output.fileno(), MAX_LINE_BYTES)
        except BlockingIOError:
            return []
        *whole, self._unfinished = (self._unfinished + read).split(b"\n")
        if not read or len(self._unfinished) > MAX_LINE_BYTES:
            whole.append(self._unfinished)
            self._unfinished = b""
        return [line.decode(errors="replace").rstrip("\r") for line in whole if line]

    def has_ended(self) -> bool:
        """Whether the process is over; it is not reaped yet, so its id still belongs to it."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def stop(self) -> None:
        """Ask the process to end."""
        if not self.has_ended():
            os.kill(self.pid, signal.SIGTERM)

    def reap(self) -> int:
        """End the process and all that it started, at once; returns its exit status.

        The group's id is the process's, and stays taken until the process is waited for: no stranger can be hit.
        """
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        status = self._running.wait()
        self.output.close()
        self._process = None
        return status

    @property
    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise RuntimeError(f"{self.name} is not started")
        return self._process


def describe_exit(status: int) -> str:
    """A sentence's end about an exit status."""
    return f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
