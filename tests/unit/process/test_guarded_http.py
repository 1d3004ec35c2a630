"""Requests to URLs of others: what they reach and what they do not, on real sockets of this machine."""

import socket
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from process import guarded_http
from process.address_guard import AddressGuard
from process.guarded_http import AddressRefused, RequestError, request, require_permitted_peer
from tests.receiver import Receiver, respond_with, serve

ALLOWED = "127.0.0.2"
FORBIDDEN = "127.0.0.1"
GUARD = AddressGuard.from_texts([f"{ALLOWED}/32"])


def resolve_to(*answers: str) -> Callable[..., list[tuple]]:
    """A name that means another address each time that it is looked up, and the last one from then on."""
    left = list(answers)

    def resolve(host: str, port: int, **_: object) -> list[tuple]:
        address = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))]

    return resolve


def post(url: str, guard: AddressGuard = GUARD, seconds: float = 10.0, **more):
    return request("POST", url, guard=guard, seconds=seconds, body=b"{}", **more)


def test_a_request_arrives_whole_and_its_response_comes_back():
    with serve(Receiver(ALLOWED)) as receiver:
        response = post(f"http://{ALLOWED}:{receiver.port}/a?b=c", headers={"X-A": "b"})

    assert response.status == 204
    [arrived] = receiver.requests
    assert (arrived.path, arrived.body) == ("/a?b=c", b"{}")
    assert (arrived.headers["Host"], arrived.headers["X-A"]) == (f"{ALLOWED}:{receiver.port}", "b")


@pytest.mark.parametrize("host", [FORBIDDEN, "localhost", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f.1"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_connection_is_made_to_an_address_that_is_not_permitted(scheme, host):
    with serve(Receiver(FORBIDDEN)) as receiver, pytest.raises(RequestError):
        post(f"{scheme}://{host}:{receiver.port}/")

    assert receiver.connections == 0


def test_a_redirect_to_such_an_address_is_not_followed():
    with serve(Receiver(FORBIDDEN)) as inner, serve(Receiver(ALLOWED)) as receiver:
        receiver.respond = respond_with(307, Location=f"http://{FORBIDDEN}:{inner.port}/")
        assert post(f"http://{ALLOWED}:{receiver.port}/").status == 307

    assert inner.connections == 0


def test_a_name_that_means_another_address_when_it_is_looked_up_again_gains_nothing():
    with serve(Receiver(ALLOWED)) as receiver, serve(Receiver(FORBIDDEN)) as inner:
        url = f"http://rebinding.example:{receiver.port}/"
        assert post(url, resolve=resolve_to(ALLOWED, FORBIDDEN)).status == 204
        with pytest.raises(AddressRefused):
            post(url, resolve=resolve_to(FORBIDDEN, ALLOWED))
        with pytest.raises(AddressRefused):  # a name that would be looked up by the socket
            post(f"http://rebinding.example:{inner.port}/", resolve=resolve_to("localhost"))

    assert inner.connections == 0


def test_the_peer_of_a_connected_socket_is_what_counts():
    with serve(Receiver(FORBIDDEN)) as receiver, socket.create_connection((FORBIDDEN, receiver.port)) as sock:
        with pytest.raises(AddressRefused):
            require_permitted_peer(sock, GUARD)
        require_permitted_peer(sock, AddressGuard.from_texts(["127.0.0.0/8"]))


def test_proxies_of_the_environment_are_not_used(monkeypatch):
    with serve(Receiver(FORBIDDEN)) as proxy, serve(Receiver(ALLOWED)) as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://{FORBIDDEN}:{proxy.port}")
        assert post(f"http://{ALLOWED}:{receiver.port}/").status == 204

    assert proxy.connections == 0


def test_a_receiver_that_trickles_is_cut_off_when_the_time_is_over():
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        for _ in range(200):
            handler.wfile.write(b"H")
            time.sleep(0.05)

    began = time.monotonic()
    with serve(Receiver(ALLOWED, trickle)) as receiver, pytest.raises(RequestError, match=r"no response within 0\.5 s"):
        post(f"http://{ALLOWED}:{receiver.port}/", seconds=0.5)

    assert time.monotonic() - began < 5


def test_a_receiver_that_never_begins_tls_is_cut_off_too():
    with socket.create_server((ALLOWED, 0)) as silent, pytest.raises(RequestError, match=r"no response within 0\.5 s"):
        post(f"https://{ALLOWED}:{silent.getsockname()[1]}/", seconds=0.5)


def test_of_a_body_without_end_only_the_beginning_is_read():
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            pass

    with serve(Receiver(ALLOWED, flood)) as receiver:
        assert post(f"http://{ALLOWED}:{receiver.port}/", max_body_bytes=100).body == b"x" * 100


def test_certificates_are_verified_for_the_name_in_the_url(tmp_path, monkeypatch):
    certificate = create_certificate(tmp_path, "hooks.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    receiver = Receiver(ALLOWED)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    guarded_http.load_tls_context.cache_clear()
    try:
        with serve(receiver):
            resolve = resolve_to(ALLOWED)
            assert post(f"https://hooks.example:{receiver.port}/", resolve=resolve).status == 204
            with pytest.raises(RequestError, match="certificate is not trusted: Hostname mismatch"):
                post(f"https://other.example:{receiver.port}/", resolve=resolve)
            with pytest.raises(RequestError, match="TLS"), serve(Receiver(ALLOWED)) as plain:
                post(f"https://hooks.example:{plain.port}/", resolve=resolve)
    finally:
        guarded_http.load_tls_context.cache_clear()


def test_what_went_wrong_is_said():
    with socket.create_server((ALLOWED, 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(RequestError, match="the connection failed: connection refused"):
        post(f"http://{ALLOWED}:{port}/")
    with pytest.raises(RequestError, match="the name of the host is not known"):
        post("http://no-such-host.invalid/")

    def babble(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"hello there\r\n\r\n")

    with serve(Receiver(ALLOWED, babble)) as receiver, pytest.raises(RequestError, match="the response is not HTTP"):
        post(f"http://{ALLOWED}:{receiver.port}/")


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "a.example", "http://", "http://a b/", "http://ä.example", "http://u:p@a.example", "http://a/#b",
     "http://a:70000/", "http://a:0/", "http://[::1", "http://a\n.example/", "file:///etc/passwd"],
)  # fmt: skip
def test_other_addresses_are_no_urls_for_it(url):
    with pytest.raises(ValueError, match="must"):
        post(url)


def create_certificate(folder: Path, host: str) -> Path:
    """A file with a key and a certificate that it signed itself, for a host and for the allowed address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ip_address(ALLOWED))])
    day = timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - day)
        .not_valid_after(datetime.now(UTC) + day)
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "certificate.pem"
    file.write_bytes(secret + certificate.public_bytes(pem))
    return file
