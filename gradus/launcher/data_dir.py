"""The data directory of an installation, locked by one launcher at a time, and a free address to listen on."""

import errno
import fcntl
import os
import socket
from pathlib import Path

from gradus.errors import LaunchFailed


class DataDirLock:
    """An exclusive lock on the data directory, until `release` or the end of the process.

    Raises:
        LaunchFailed: it cannot be made or written, or another launcher holds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = (path / "gradus.lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise LaunchFailed(
                f"The data folder {path} cannot be used: {error.strerror}. Choose another with --data-dir."
            ) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            holder = self._file.read().strip() or "another process"
            self._file.close()
            raise LaunchFailed(
                f"The data folder {path} is in use by {holder}. Stop it first, or choose another with --data-dir."
            ) from error

    def write_owner(self, url: str) -> None:
        """Write who holds the lock, for the message of the next launcher."""
        self._file.truncate(0)
        self._file.write(f"gradus up, process {os.getpid()}, at {url}\n")
        self._file.flush()

    def release(self) -> None:
        """Release the lock."""
        self._file.truncate(0)
        self._file.close()


def find_free_port(host: str, port: int) -> int:
    """The port, if one can listen there; any free one for 0.

    Raises:
        LaunchFailed: another program listens there already, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as listening:
            return int(listening.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise LaunchFailed(
                f"Port {port} of {host} is in use. Choose another with --port, or stop what listens there."
            ) from error
        why = str(error.strerror or error).partition(" (while")[0]
        raise LaunchFailed(f"Cannot listen on {host}, port {port}: {why}.") from error


def local_url(host: str, port: int) -> str:
    """The URL under which this machine reaches the address."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
