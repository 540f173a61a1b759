"""Carries one request to one witness (C2SP tlog-witness, add-checkpoint) and trusts nothing about the other end.

No redirect is followed and no proxy used; what is read is bounded in bytes, and in time by whoever waits, who calls
`abort`. The connection is kept between requests, as the protocol recommends.
"""

import http.client
import re
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from expunct_server.tlog.strict import Rejected

MAX_ANSWER = 64 * 1024
"""Bytes of an answer that are read: room for some twenty ML-DSA-44 cosignatures."""

_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True)
class Answer:
    """What a witness answered: status, media type without parameters in lower case, body."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Address:
    """Where a witness takes checkpoints: its submission prefix, taken apart."""

    is_https: bool
    host: str
    port: int | None
    path: str


def parse_address(url: bytes) -> Address:
    """The submission prefix `url`; raises Rejected.

    `http://` is for a witness on this machine or in a private network only: what a stranger on the way answers could
    hold the log up (see `witnesses`).
    """
    text = url.decode("latin-1")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Rejected("the address of a witness cannot be read") from None
    if not _VISIBLE.fullmatch(text) or parts.scheme not in ("https", "http") or not host:
        raise Rejected("the address of a witness must start with https:// or http:// and hold visible ASCII only")
    if "@" in parts.netloc or "?" in text or "#" in text:
        raise Rejected("the address of a witness must hold no user, question mark or number sign")
    if parts.scheme == "http" and not _is_private(host):
        raise Rejected("the address of a witness outside of private networks must start with https://")
    return Address(parts.scheme == "https", host, port, parts.path.rstrip("/") + "/add-checkpoint")


def _is_private(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:  # a name: one without a dot has no meaning outside of the network that gives it one
        return "." not in host or host.endswith(_PRIVATE_SUFFIXES)
    return address.is_private or address.is_loopback


class Carrier:
    """The connection to one witness. For one thread at a time, but for `abort`, which any other may call."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: http.client.HTTPConnection | None = None
        self._aborted = threading.Event()

    def post(self, body: bytes, deadline: float) -> Answer:
        """Send one request; raises OSError or http.client.HTTPException when no answer comes or it is too large.

        `deadline` (monotonic) bounds each step; who waits must call `abort` then, for an answer that drips has many.
        """
        self._aborted.clear()
        is_kept = self._connection is not None
        try:
            return self._exchange(body, deadline)
        except (http.client.HTTPException, OSError):
            self.close()
            if not is_kept or self._aborted.is_set():
                raise
        # The kept connection had ended meanwhile. To ask for the same checkpoint twice does no harm.
        try:
            return self._exchange(body, deadline)
        except BaseException:
            self.close()
            raise

    def abort(self) -> None:
        """Make a `post` that another thread waits in fail now, whatever the other end does."""
        self._aborted.set()
        connection = self._connection
        sock = connection.sock if connection is not None else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the connection back; the next `post` makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, body: bytes, deadline: float) -> Answer:
        connection = self._connected(deadline)
        connection.request("POST", self._address.path, body, {"Content-Type": "text/plain; charset=utf-8"})
        response = connection.getresponse()
        read = response.read(MAX_ANSWER + 1)
        if self._aborted.is_set():  # cut off in the middle, a body without a length looks whole
            raise TimeoutError("no whole answer in time")
        if len(read) > MAX_ANSWER:
            raise http.client.HTTPException("the answer is too large")
        if response.will_close:
            self.close()
        content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Answer(response.status, content_type, read)

    def _connected(self, deadline: float) -> http.client.HTTPConnection:
        made, left = self._connection, deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        if made is None:
            made = self._connection = self._new(left)
            made.connect()
        if made.sock is not None:
            made.sock.settimeout(left)
        if self._aborted.is_set():  # while it connected
            raise TimeoutError("no answer in time")
        return made

    def _new(self, timeout: float) -> http.client.HTTPConnection:
        at = self._address
        if not at.is_https:
            return http.client.HTTPConnection(at.host, at.port, timeout=timeout)
        context = ssl.create_default_context()  # certificates and names are checked
        return http.client.HTTPSConnection(at.host, at.port, timeout=timeout, context=context)
