"""STARTTLS against a real server (aiosmtpd), throw-away certificates: encrypted towards the right one, or not sent."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mailings.transports.base import Lost
from mailings.transports.line import Line
from mailings.transports.smtp import SmtpTransport
from tests.mailings.ways import Told, make_mail

pytestmark = pytest.mark.once


def certificate(folder: Path, *names: x509.GeneralName) -> Path:
    """A self-signed certificate for these names, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.example.org")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Keeper:
    """What the server took, and whether the line was encrypted then; `asked` counts every MAIL command."""

    def __init__(self) -> None:
        self.asked = 0
        self.taken: list[tuple[str, bool]] = []

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:
        self.asked += 1
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.taken.append((envelope.rcpt_tos[0], session.ssl is not None))
        return "250 2.0.0 Ok: queued as ABC123"


@contextmanager
def server(pem: Path | None) -> Iterator[tuple[Keeper, int]]:
    keeper, context = Keeper(), None
    if pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(keeper, hostname="127.0.0.1", port=port, tls_context=context, require_starttls=bool(pem))
    controller.start()
    try:
        yield keeper, port
    finally:
        controller.stop()


@contextmanager
def wrapped(pem: Path) -> Iterator[int]:
    """A server that speaks TLS from the first byte, as on port 465; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    controller = Controller(Keeper(), hostname="127.0.0.1", port=0, ssl_context=context)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        controller.port = free.getsockname()[1]
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


@pytest.fixture
def far_away(monkeypatch) -> None:
    """Towards this machine no encryption is asked for; here it plays a server elsewhere."""
    monkeypatch.setattr("mailings.transports.smtp.is_loopback", lambda host: False)


THIS = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
OTHER = x509.DNSName("elsewhere.example.org")


def send(port: int, **options: object) -> Told:
    transport, told = SmtpTransport(host="127.0.0.1", port=port, **options), Told()
    try:
        transport.deliver([make_mail(1)], told)
    finally:
        transport.close()
    return told


def test_a_trusted_server_gets_the_mail_encrypted(far_away, tmp_path, monkeypatch):
    pem = certificate(tmp_path, THIS)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with server(pem) as (keeper, port):
        assert send(port).kinds == {1: "accepted"}
    assert keeper.taken == [("m1@example.com", True)]


def test_a_server_nobody_vouches_for_gets_nothing(far_away, tmp_path):
    with server(certificate(tmp_path, THIS)) as (keeper, port), pytest.raises(Lost):
        send(port)
    assert (keeper.asked, keeper.taken) == (0, [])


def test_a_server_with_somebody_elses_certificate_gets_nothing(far_away, tmp_path, monkeypatch):
    pem = certificate(tmp_path, OTHER)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with server(pem) as (keeper, port), pytest.raises(Lost):
        send(port)
    assert (keeper.asked, keeper.taken) == (0, [])


def test_a_server_without_starttls_gets_nothing(far_away):
    with server(None) as (keeper, port), pytest.raises(Lost) as lost:
        send(port)
    assert lost.value.reason == "server_refuses"
    assert (keeper.asked, keeper.taken) == (0, [])


def test_where_encryption_is_optional_it_is_used_when_offered(far_away, tmp_path):
    with server(certificate(tmp_path, THIS)) as (keeper, port):
        send(port, starttls_required=False)
    with server(None) as (plain, port):
        send(port, starttls_required=False)
    assert keeper.taken == [("m1@example.com", True)]
    assert plain.taken == [("m1@example.com", False)]


@pytest.mark.parametrize(("trusted", "name", "sent"), [(True, THIS, True), (False, THIS, False), (True, OTHER, False)])
def test_encryption_from_the_start_asks_who_it_is_too(tmp_path, monkeypatch, trusted, name, sent):
    pem = certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with wrapped(pem) as port:
        if sent:
            assert send(port, tls_from_start=True).kinds == {1: "accepted"}
        else:
            with pytest.raises(Lost):
                send(port, tls_from_start=True)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_server_that_reads_late_gets_every_byte(tmp_path, encrypted):
    ours, theirs = socket.socketpair()
    if encrypted:
        pem = certificate(tmp_path, THIS)
        there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        there.load_cert_chain(pem)
        here = ssl.create_default_context(cafile=str(pem))
        with ThreadPoolExecutor(1) as pool:
            shaken = pool.submit(there.wrap_socket, theirs, server_side=True)
            ours = here.wrap_socket(ours, server_hostname="127.0.0.1")
            theirs = shaken.result()
    large = bytes(range(256)) * 16_384  # 4 MB, more than any buffer on the way
    line = Line(ours, frozenset())
    with theirs, ours, ThreadPoolExecutor(1) as pool:
        with pytest.raises(BlockingIOError if not encrypted else ssl.SSLWantReadError):
            ours.recv(1)
        writing = pool.submit(line.write, large)
        assert not wait([writing], timeout=0.2).done  # it waits for room
        with theirs.makefile("rb") as reader:
            assert reader.read(len(large)) == large
        writing.result(10)
        line.receive()  # and never for something to read
