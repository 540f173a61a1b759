"""A log with two histories, a witness over it, and servers on real sockets."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from expunct_server.publishing.witness_status import Round, State, merged, shown
from expunct_server.publishing.witnesses import Cosigner
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.merkle import EMPTY_ROOT, Frontier, consistency_proof, leaf_hash
from expunct_server.tlog.policy import parse_policy
from expunct_server.tlog.signer import Ed25519Cosigner, Ed25519Signer, MlDsa44Cosigner, Signer, sign_note
from expunct_server.tlog.witness import AddCheckpoint
from expunct_server.web.protocol import BoundedHttp
from expunct_server.witness.app import create_app
from expunct_server.witness.logs import Logs
from expunct_server.witness.service import Witness
from expunct_server.witness.state import State as Remembered
from tests.tlog.support import node_of

TIME = 1_700_000_000
HOST = "log.example"
ORIGIN = "log.example/acme"
LOG = Ed25519Signer(ORIGIN, b"\x01" * 32)
STRANGER = Ed25519Signer(ORIGIN, b"\x07" * 32)
CLASSIC = Ed25519Cosigner("witness.example/w1", b"\x02" * 32, lambda: TIME)
QUANTUM = MlDsa44Cosigner("witness.example/w1", b"\x03" * 32, lambda: TIME)
TRUE, FORK = "true", "fork"
FORKED_AT = 5
_LEAVES = {
    TRUE: [leaf_hash(b"%d" % each) for each in range(64)],
    FORK: [leaf_hash(b"%d" % each if each < FORKED_AT else b"other %d" % each) for each in range(64)],
}


def checkpoint(size: int, history: str = TRUE, origin: str = ORIGIN) -> Checkpoint:
    frontier = Frontier()
    frontier.extend(_LEAVES[history][:size])
    return Checkpoint(origin, size, frontier.root() if size else EMPTY_ROOT)


def note(size: int, history: str = TRUE, signer: Signer = LOG, origin: str = ORIGIN) -> bytes:
    return sign_note(checkpoint(size, history, origin).encode(), [signer])


def proof(old: int, new: int, history: str = TRUE) -> tuple[bytes, ...]:
    if old in (0, new):
        return ()
    return tuple(consistency_proof(old, new, node_of(_LEAVES[history][:new])))


def request(old: int, new: int, history: str = TRUE, signer: Signer = LOG) -> bytes:
    return AddCheckpoint(old, proof(old, new, history), note(new, history, signer)).encode()


def witness(folder: Path, signers: Sequence[Signer] = (CLASSIC, QUANTUM)) -> Witness:
    return Witness(signers, Logs([LOG.verifier_key]), Remembered(folder))


def empty(origin: str) -> bytes:
    return sign_note(Checkpoint(origin, 0, EMPTY_ROOT).encode(), [Ed25519Signer(origin, b"\x01" * 32)])


def cosign(asking: Cosigner, size: int, history: str = TRUE) -> Any:
    """Have the checkpoint of this size cosigned, as the publisher does."""
    return asking(note(size, history), checkpoint(size, history), lambda old: list(proof(old, size, history)))


def policy_text(*lines: tuple[str, Signer, str], quorum: str = "none") -> bytes:
    """Each line: the name, the key, the address."""
    text = "".join(f"witness {name} {signer.verifier_key.encode()} {url}\n" for name, signer, url in lines)
    return f"{text}quorum {quorum}\n".encode()


def cosigner(*lines: tuple[str, Signer, str], quorum: str = "none", **options: Any) -> "Asking":
    # Long enough for any machine: who answers is never waited for.
    return Asking(parse_policy(policy_text(*lines, quorum=quorum)), empty, **{"timeout": 30.0, **options})


class Asking(Cosigner):
    """What a worker keeps for health in a file, this one keeps itself."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._state: State = {}
        super().__init__(*arguments, tell=self._keep, **options)

    def _keep(self, told: Round) -> None:
        self._state = merged(self._state, told)

    def status(self) -> dict[str, Any]:
        return shown(self._state)


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def serving(asked: Witness, *, port: int = 0, body_seconds: float = 10.0, **options: Any) -> Iterator[str]:
    """The witness over HTTP on a real socket; gives its submission prefix. `options`: those of uvicorn."""
    listener = socket.create_server(("127.0.0.1", port))
    app = create_app(asked, body_seconds)
    config = uvicorn.Config(
        app, http=BoundedHttp, log_config=None, lifespan="off", timeout_graceful_shutdown=1, **options
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def self_signed(folder: Path) -> dict[str, str]:
    """A certificate for `localhost` that nobody trusts, as uvicorn takes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "cert.key").write_bytes(secret)
    return {"ssl_certfile": str(folder / "cert.pem"), "ssl_keyfile": str(folder / "cert.key")}


@contextmanager
def misbehaving(behave: Callable[[socket.socket, threading.Event], None]) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads each request and then does as `behave` says; gives its address and what it heard."""
    heard: list[bytes] = []
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            heard.append(_one_request(connection))
            behave(connection, over)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _one_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or b"0")
    while len(body) < length and (more := connection.recv(65536)):
        body += more
    return head + b"\r\n\r\n" + body


def answering(status: str, body: bytes, content_type: str = "text/plain", more: str = "") -> Callable[..., None]:
    """Behave like a server that gives this answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{more}"

    def behave(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)

    return behave


def sizes(size: int) -> Callable[..., None]:
    """Behave like a witness that knows a tree of this size."""
    return answering("409 Conflict", b"%d\n" % size, "text/x.tlog.size")
