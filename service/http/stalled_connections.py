"""Stalled connections: shut down when their client neither sends nor reads at a least rate; Linux only.

The server has no time limit for a body or a response, and a client that is gone without a word looks like one that
pauses. The kernel counts the bytes of each connection (`TCP_INFO`, tcp(7)), so those to the service's port are looked
at every few seconds. One whose client does not read is closed. One whose client does not send is closed for reading:
to the server its body has then ended, and the client still gets a response.
"""

import socket
import struct
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.http.connection_slots import MIN_BYTES_PER_SECOND, ConnectionSlots

SCAN_SECONDS: Final = 5.0
MIN_BYTES_PER_SCAN: Final = int(MIN_BYTES_PER_SECOND * SCAN_SECONDS)
MAX_SLOW_SCANS: Final = 3
"""Scans in which a body arrived at less than the least rate."""
MAX_UNREAD_SCANS: Final = 12
"""Scans in a row in which a response was read at less than the least rate."""
MAX_SILENT_SCANS: Final = 60
"""Scans in a row without a byte in either direction, longer than any request waits or computes."""

_TCP_INFO: Final = struct.Struct("=B23xI92xQQ8xI")
"""Of `struct tcp_info`: the state, segments unacknowledged, bytes acknowledged, bytes received, bytes not sent."""
_ESTABLISHED: Final = 1
_CONNECTED_STATES: Final = frozenset({_ESTABLISHED, 8})
"""ESTABLISHED, and CLOSE_WAIT, where the client has ended its side."""


@dataclass(frozen=True)
class Traffic:
    """The bytes of a connection so far, whether the kernel holds some that its client has not read, and its client.

    Attributes:
        address: The client's address, while its side is open; empty once it has ended that.
    """

    received: int
    sent: int
    is_unread: bool
    address: str = ""


@dataclass
class Client:
    """The client of a connection, and for how many scans it was slow."""

    traffic: Traffic
    slow_scans: int = 0
    unread_scans: int = 0
    silent_scans: int = 0

    def find_shutdown(self, now: Traffic) -> int | None:
        """How to shut the connection down after one more scan: `SHUT_RD`, `SHUT_RDWR`, or None, not at all."""
        received, sent = now.received - self.traffic.received, now.sent - self.traffic.sent
        self.traffic = now
        self.unread_scans = self.unread_scans + 1 if now.is_unread and sent < MIN_BYTES_PER_SCAN else 0
        self.silent_scans = 0 if received or sent else self.silent_scans + 1
        if sent or received >= MIN_BYTES_PER_SCAN:
            self.slow_scans = 0
        elif received:
            self.slow_scans += 1
        if self.unread_scans >= MAX_UNREAD_SCANS:
            return socket.SHUT_RDWR
        if self.slow_scans >= MAX_SLOW_SCANS or self.silent_scans >= MAX_SILENT_SCANS:
            return socket.SHUT_RD
        return None


class ConnectionWatch:
    """The connections of this process to a port, by their file descriptors.

    Args:
        port: the port that the service listens on.
        slots: are told when a connection was shut down.
    """

    def __init__(self, port: int, slots: ConnectionSlots) -> None:
        self._port = port
        self._slots = slots
        self._clients: dict[int, Client] = {}

    def run(self) -> None:
        """Scan until the process ends. Scans are counted, not seconds: a suspended process makes no client slow."""
        while not self._slots.is_ending():
            time.sleep(SCAN_SECONDS)
            self.scan()

    def scan(self) -> None:
        """Look at every connection once, and shut down those that are stalled."""
        clients: dict[int, Client] = {}
        for descriptor in _list_descriptors():
            if (traffic := _measure_traffic(descriptor, self._port)) is None:
                continue
            client = self._clients.get(descriptor)
            if client is None or traffic.received < client.traffic.received or traffic.sent < client.traffic.sent:
                client = Client(traffic)  # another connection than at the scan before
            clients[descriptor] = client
            if (how := client.find_shutdown(traffic)) is not None:
                self._slots.stalled_at = time.monotonic()
                _shut_down(descriptor, how)
                clients[descriptor] = Client(traffic)
        self._clients = clients

    def has_sender(self, address: str, received: int) -> bool:
        """Whether some client at an address, with its side open, has sent at least so many bytes.

        The server takes a connection that broke off for the end of a chunked body; this tells them apart.
        """
        found = (_measure_traffic(descriptor, self._port) for descriptor in _list_descriptors())
        address = _plain_address(address)
        return any(traffic and traffic.address == address and traffic.received >= received for traffic in found)


def is_supported() -> bool:
    """Whether this system counts the bytes of connections as Linux does."""
    return sys.platform == "linux"


def _list_descriptors() -> list[int]:
    return [int(path.name) for path in Path("/proc/self/fd").iterdir()]


def _measure_traffic(descriptor: int, port: int) -> Traffic | None:
    """The traffic of a connection to the port; None for all other files."""
    try:
        with _borrow_socket(descriptor) as connection:
            if connection.getsockname()[1:2] != (port,):
                return None
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            address = _plain_address(connection.getpeername()[0])
    except OSError:
        return None
    state, unacknowledged, sent, received, unsent = _TCP_INFO.unpack(info)
    if state not in _CONNECTED_STATES:
        return None
    return Traffic(received, sent, bool(unacknowledged or unsent), address if state == _ESTABLISHED else "")


def _plain_address(address: str) -> str:
    """An address without what is before one of IPv4 among those of IPv6."""
    return address.removeprefix("::ffff:")


def _shut_down(descriptor: int, how: int) -> None:
    with suppress(OSError), _borrow_socket(descriptor) as connection:
        connection.shutdown(how)


@contextmanager
def _borrow_socket(descriptor: int) -> Generator[socket.socket]:
    """The socket of a descriptor, which stays open: to close even a copy of a database's would release its locks."""
    borrowed = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, descriptor)
    try:
        yield borrowed
    finally:
        borrowed.detach()
