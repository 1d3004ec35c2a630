"""HTTP requests to URLs that others chose: the peer of the connected socket is checked before a byte or TLS goes out.

A host is looked up once, and connected to by the address that was checked, so a name that means another address
by then gains nothing. Redirects are not followed, proxies not used, and the whole request has one time limit.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from process.address_guard import AddressGuard

PORTS: Final = {"http": 80, "https": 443}

Resolver = Callable[..., Sequence[tuple[Any, ...]]]
"""`socket.getaddrinfo`, or what answers like it."""


class RequestError(Exception):
    """No response came; the message says why, without addresses of this network."""


class AddressRefused(RequestError):
    """The host has no address that the guard permits; nothing was sent."""


@dataclass(frozen=True)
class Response:
    """What was answered: status, headers, and the first bytes of the body."""

    status: int
    headers: HTTPMessage
    body: bytes


def request(
    method: str,
    url: str,
    *,
    guard: AddressGuard,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    max_body_bytes: int = 0,
    resolve: Resolver = socket.getaddrinfo,
) -> Response:
    """Send a request and return the response, of any status.

    Args:
        method: such as POST.
        url: an address that `split_url` takes.
        guard: the addresses to which it may connect.
        seconds: the time limit from connecting to the last byte; looking up the name has the system's own besides.
        headers: sent besides Host and Content-Length.
        body: what is sent.
        max_body_bytes: how much is read of the body of the response.
        resolve: looks up a name.

    Raises:
        AddressRefused: the guard permits no address of the host.
        RequestError: there was no response, or not within the time.
        ValueError: it is no such URL.
    """
    parts = split_url(url)
    connection = _GuardedConnection(parts, guard, seconds, resolve)
    timer = threading.Timer(seconds, connection.abort)
    timer.daemon = True
    with closing(connection):
        try:
            timer.start()
            connection.connect()
            connection.request(method, _target(parts), body, dict(headers or {}))
            response = connection.getresponse()
            return Response(response.status, response.headers, response.read(max_body_bytes))
        except (OSError, HTTPException, ValueError) as error:
            raise RequestError(_describe(error, connection, seconds)) from error
        finally:
            timer.cancel()


def split_url(url: str) -> SplitResult:
    """The parts of an address with http or https, a host, and neither user nor fragment.

    Raises:
        ValueError: it is none; the message says what it must be, as the end of a sentence that begins with its name.
    """
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("must be printable ASCII without blanks; write other characters as %C3%A9 and hosts as xn--…")
    try:
        parts = urlsplit(url)
        is_sound = parts.scheme in PORTS and parts.hostname and parts.port != 0
    except ValueError:
        is_sound = False
        parts = SplitResult("", "", "", "", "")
    if not is_sound:
        raise ValueError("must be like https://hooks.example.com/gradus")
    if "@" in parts.netloc or "#" in url:
        raise ValueError("must have neither a user nor a fragment")
    return parts


class _GuardedConnection(HTTPConnection):
    """A connection whose socket's peer the guard permits."""

    def __init__(self, parts: SplitResult, guard: AddressGuard, seconds: float, resolve: Resolver) -> None:
        super().__init__(parts.hostname or "", parts.port or PORTS[parts.scheme])
        self._is_tls = parts.scheme == "https"
        self.default_port = PORTS[parts.scheme]
        self._guard = guard
        self._ends_at = time.monotonic() + seconds
        self._resolve = resolve
        self.is_aborted = False

    def connect(self) -> None:
        """Connect to the first address that is permitted and answers, and begin TLS."""
        self.sock = self._connect_permitted()
        if self._is_tls:
            tls = load_tls_context().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = tls  # where `abort` finds it
            tls.do_handshake()

    def abort(self) -> None:
        """End whatever waits for the peer; called from another thread."""
        self.is_aborted = True
        with suppress(OSError, AttributeError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def _connect_permitted(self) -> socket.socket:
        found = self._resolve(self.host, self.port, type=socket.SOCK_STREAM)
        permitted = [entry for entry in found if self._guard.permits(entry[4][0])]
        if not permitted:
            raise AddressRefused("the host has no public address")
        error: OSError = TimeoutError()
        for family, kind, protocol, _, address in permitted:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(max(self._ends_at - time.monotonic(), 0.001))
                sock.connect(address)
                require_permitted_peer(sock, self._guard)
            except OSError as failure:
                sock.close()
                error = failure
            except AddressRefused:
                sock.close()
                raise
            else:
                return sock
        raise error


def require_permitted_peer(sock: socket.socket, guard: AddressGuard) -> None:
    """Return if the guard permits the address that a socket is connected to.

    Raises:
        AddressRefused: it does not.
    """
    if not guard.permits(sock.getpeername()[0]):
        raise AddressRefused("the host has no public address")


@cache
def load_tls_context() -> ssl.SSLContext:
    """TLS with the certificate authorities of the system, or of SSL_CERT_FILE."""
    return ssl.create_default_context()


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _describe(error: Exception, connection: _GuardedConnection, seconds: float) -> str:
    if connection.is_aborted or isinstance(error, TimeoutError):
        return f"no response within {seconds:g} s"
    match error:
        case socket.gaierror() | UnicodeError():
            return "the name of the host is not known"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return "the host does not speak TLS as it should"
        case OSError():
            return f"the connection failed: {(error.strerror or type(error).__name__).lower()}"
        case _:
            return "the response is not HTTP"
