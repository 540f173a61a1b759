"""Servers on this machine that speak TLS and then do as they please, and an authority whose certificates they show."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

PATIENCE = 20.0
"""Seconds until a server gives a client up that does nothing: only a test that fails waits for so long."""


class Authority:
    """A certificate authority of its own; `root` is the file that SSL_CERT_FILE names to trust it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority for tests")])
        self._made: dict[tuple[tuple[str, ...], int], Path] = {}
        self.root = folder / "root.pem"
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        builder = self._builder(self._name, self._key.public_key(), 1).add_extension(constraints, critical=True)
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
        self.root.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))

    def server(self, *names: str, days: int = 1) -> ssl.SSLContext:
        """What a server of these names or addresses needs, valid for `days` from now; expired when negative."""
        if (names, days) not in self._made:
            self._made[names, days] = self._certified(names, days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._made[names, days])
        return context

    def _certified(self, names: tuple[str, ...], days: int) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternative = x509.SubjectAlternativeName([_general(each) for each in names])
        builder = self._builder(subject, key.public_key(), days).add_extension(alternative, critical=False)
        file = self._folder / f"server-{len(self._made)}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(secret + builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))
        return file

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        mine = self._key.public_key()
        return (
            x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(mine), critical=False)
        )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass
class Conversation:
    """One connection, as the server sees it: what was asked, and the means to answer."""

    connection: socket.socket
    request: bytes
    over: threading.Event  # set when the test is

    def say(self, *pieces: bytes) -> None:
        """Send, and end as TLS asks for."""
        for piece in pieces:
            self.connection.sendall(piece)
        if isinstance(self.connection, ssl.SSLSocket):
            with suppress(OSError):
                self.connection.unwrap()

    def break_off(self, said: bytes) -> None:
        """Send, and end as if a wire was cut."""
        self.connection.sendall(said)
        self.connection.shutdown(socket.SHUT_RDWR)

    def repeat(self, piece: bytes) -> None:
        """Send without end."""
        while not self.over.is_set():
            self.connection.sendall(piece)

    def drip(self, piece: bytes) -> None:
        """Send a byte now and then, without end."""
        while not self.over.wait(0.02):
            for each in piece:
                self.connection.sendall(bytes([each]))

    def be_silent(self) -> None:
        """Keep the connection and say nothing."""
        self.over.wait(PATIENCE)


Behaviour = Callable[[Conversation], None]


@dataclass
class Hostile:
    """A running server: how often it was connected to, what it was asked, by which names (of TLS) it was called."""

    port: int
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"


@contextmanager
def serving(
    context: ssl.SSLContext | None, behave: Behaviour, *, host: str = "127.0.0.1", port: int = 0, is_deaf: bool = False
) -> Iterator[Hostile]:
    """A server that reads each request, then behaves; when deaf, or without a context and TLS, it reads nothing first.

    A context is for one server.
    """
    listener = socket.create_server((host, port))
    server = Hostile(listener.getsockname()[1])
    over = threading.Event()
    threads: list[threading.Thread] = []

    def converse(raw: socket.socket) -> None:
        raw.settimeout(PATIENCE)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with raw, suppress(OSError):
            if context is None:
                return behave(Conversation(raw, b"", over))
            with context.wrap_socket(raw, server_side=True) as connection:
                request = b"" if is_deaf else _one_request(connection)
                server.requests.append(request)
                return behave(Conversation(connection, request, over))

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                server.connections += 1
                threads.append(threading.Thread(target=converse, args=(connection,), daemon=True))
                threads[-1].start()

    if context is not None:
        context.sni_callback = lambda _socket, name, _context: server.names.append(name)  # type: ignore[assignment]
    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield server
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listener.close()
        for each in threads:
            each.join()


def _one_request(connection: socket.socket) -> bytes:
    """The head of a request and as much of its body as it promises."""
    read = b""
    while b"\r\n\r\n" not in read:
        piece = connection.recv(65536)
        if not piece:
            return read
        read += piece
    head, _, body = read.partition(b"\r\n\r\n")
    promised = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while promised and len(body) < int(promised[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
