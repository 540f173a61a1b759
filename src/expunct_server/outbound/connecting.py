"""A connection to a host that a caller or operator named: to an address that was checked, over TLS, in bounded time.

The host's name is resolved once; **every** address that came back is checked, and what is connected to is one of those
very addresses. No name is handed to anything that would resolve it again, so an answer of the DNS that changes between
the check and the connection changes nothing. TLS has the host's name to be sure of whom it reached. It is left out for
a host that the operator named with http://, and then no address of the public internet is connected to.

**Time**: one `Deadline` covers all steps. Each step, and each piece that is read or sent, gets what is left of it, so
that a host which drips is cut off like one that is silent.
"""

import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from typing import Any

from expunct_server.outbound.addresses import IPAddress, Rules, Target, check_addresses

CONNECT_SECONDS = 10.0
"""Longest wait for one of a host's addresses, when there is another to try or not."""

MAX_ADDRESSES = 6
"""How many addresses of a host are tried: a name must not make this server knock at a thousand doors."""

TRUST_SECONDS = 600
"""How long certificate authorities are kept in memory: reading them takes 20 ms, and operators renew them."""

Resolver = Callable[..., Iterable[tuple[Any, ...]]]
"""What `socket.getaddrinfo` is."""

_ERRORS = {
    # code: what is said of it, and whether trying again may help though nobody changes anything
    "host_unresolved": ("The name of the host could not be resolved.", True),
    "connect_failed": ("The host could not be connected to, or broke the connection off.", True),
    "tls_failed": (
        "The host has no certificate for its name that this server trusts, or speaks no TLS like it.",
        False,
    ),
    "timeout": ("The host took too long to answer.", True),
    "too_many_redirects": ("The host redirects too often.", False),
    "too_large": ("The host's answer is larger than this server allows.", False),
    "incomplete": ("The host's answer ended too early.", True),
    "bad_response": ("The host's answer is not one that this server understands.", False),
}


class OutboundError(Exception):
    """A request without an answer that counts. `code` is for programs, `detail` one sentence without host or URL.

    The codes: host_unresolved, connect_failed, tls_failed, timeout, too_many_redirects, too_large, incomplete,
    bad_response. Where `passing`, trying again later may help.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.detail, self.passing = _ERRORS[code]
        super().__init__(self.detail)


class Deadline:
    """When all of a request has to be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then. Raises `OutboundError` when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise OutboundError("timeout")
        return left


class Connection(io.RawIOBase):
    """Bytes to and from one host, until the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """What has come, at least one byte; 0 when the host said that it is done and not, over TLS, when cut off."""
        self._sock.settimeout(self._deadline.left())
        try:
            return self._sock.recv_into(buffer)
        except TimeoutError:
            raise OutboundError("timeout") from None
        except OSError:
            raise OutboundError("incomplete") from None

    def send(self, message: bytes) -> None:
        """Send all of the message, however slowly the host takes it."""
        rest = memoryview(message)
        while rest:
            self._sock.settimeout(self._deadline.left())
            try:
                rest = rest[self._sock.send(rest) :]
            except TimeoutError:
                raise OutboundError("timeout") from None
            except OSError:
                raise OutboundError("connect_failed") from None

    def close(self) -> None:
        self._sock.close()
        super().close()


def connect(target: Target, *, rules: Rules, deadline: Deadline, resolver: Resolver) -> Connection:
    """A connection to the target. Raises `OutboundError`; `AddressRefused` when one of its addresses is not allowed."""
    literal = target.literal
    addresses = [literal] if literal else _resolve(target, deadline, resolver)
    check_addresses(addresses, rules, secure=target.secure)
    sock = _reached(addresses, target.port, deadline)
    return Connection(_secured(sock, target.host, deadline) if target.secure else sock, deadline)


def _resolve(target: Target, deadline: Deadline, resolver: Resolver) -> list[IPAddress]:
    """All addresses of the target's name, in the order of the resolver."""
    answers: SimpleQueue[list[str] | None] = SimpleQueue()

    def look_up() -> None:
        found = None
        with suppress(OSError, ValueError):  # ValueError: a name that the resolver cannot encode
            entries = resolver(target.host, target.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found = [entry[4][0] for entry in entries]
        answers.put(found)

    # The resolver cannot be interrupted, only left behind; its own time limit ends the thread.
    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        found = answers.get(timeout=deadline.left())
    except Empty:
        raise OutboundError("timeout") from None
    if not found:
        raise OutboundError("host_unresolved")
    return [ip_address(each) for each in dict.fromkeys(found)]


def _reached(addresses: list[IPAddress], port: int, deadline: Deadline) -> socket.socket:
    """A socket connected to the first of the addresses that answers."""
    for address in addresses[:MAX_ADDRESSES]:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        timeout = min(CONNECT_SECONDS, deadline.left())
        with suppress(OSError):
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(timeout)
                sock.connect((str(address), port))
                sock.setsockopt(
                    socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
                )  # a small request must not wait for an answer
            except BaseException:
                sock.close()
                raise
            return sock
    deadline.left()  # nobody answered, or there was no time to
    raise OutboundError("connect_failed")


def _secured(sock: socket.socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
    """TLS over the socket, with a host that proved to be `host`."""
    try:
        sock.settimeout(deadline.left())
        store = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
        context = _trust(store, int(time.monotonic() / TRUST_SECONDS))
        # A connection that was cut off must not look like an answer that ended.
        return context.wrap_socket(sock, server_hostname=host, suppress_ragged_eofs=False)
    except BaseException as error:
        sock.close()
        if isinstance(error, TimeoutError):
            raise OutboundError("timeout") from None
        # From None: the library's words name the host.
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            raise OutboundError("tls_failed") from None
        if isinstance(error, OSError):
            raise OutboundError("connect_failed") from None
        raise


@lru_cache(maxsize=1)
def _trust(_store: tuple[str | None, str | None], _period: int) -> ssl.SSLContext:
    """What TLS asks for: the system's authorities, or those of SSL_CERT_FILE; certificate and name are checked."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
