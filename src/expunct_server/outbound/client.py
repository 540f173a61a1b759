"""Requests to hosts that a caller or the operator named: documents to fetch, webhooks to deliver, models to ask.

What is asked is checked at every hop anew (`addresses`), and reached as it was checked (`connecting`). Nothing is sent
along that the host could not know from the URL: no cookies, no credentials, no Referer, and no proxy is used. What is
answered is taken strictly, for it may be a stranger's: an answer that can be read in two ways is none. It is bounded in
bytes at every point, and in time from the first look-up to the last byte.
"""

import io
import re
import socket
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType

from expunct_server.outbound.addresses import Rules, check_url, redirected
from expunct_server.outbound.connecting import Connection, Deadline, OutboundError, Resolver, connect

__all__ = ["OutboundError", "Response", "ask", "get", "post"]

MAX_HEAD = 64 * 1024
"""Bytes of status and headers, those of interim answers (1xx) together with the last one's."""

MAX_REPLY = 64 * 1024
"""Bytes of the answer to a POST that are read, so that the host can end in peace."""

_PIECE = 64 * 1024
_OWN_HEADERS = {
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "expect",
    "te",
    "upgrade",
}
_REDIRECTS = (301, 302, 303, 307, 308)

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_STATUS = re.compile(r"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
_HEADER = re.compile(rf"({_NAME}):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)\r?\n")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LENGTH = re.compile(r"[0-9]{1,18}")
_SENDABLE = re.compile(r"[\x20-\x7e]*")


class Response:
    """An answer whose body has not been read. Whoever got it MUST close it; it is its own context.

    `headers` have their names in lower case; what came more than once is joined by commas. `size` is that of the body,
    None when the host did not say it.
    """

    def __init__(self, connection: Connection, max_bytes: int) -> None:
        self._stream = io.BufferedReader(connection)
        self._max_bytes = max_bytes
        self._given = 0  # bytes of the body so far
        self._spent = 0  # bytes of chunks' frames so far
        self._is_over = False
        self.status, self.headers = _read_head(self._stream)
        self._is_chunked, self.size = _framing(self.status, self.headers)
        self._left = 0 if self._is_chunked else self.size  # of the body or of this chunk; None: until the host ends

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes of the body, or all; fewer at its end only. Raises `OutboundError`."""
        pieces: list[bytes] = []
        missing = size if size >= 0 else self._max_bytes + 1
        while missing and (piece := self._piece(min(missing, _PIECE))):
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """End the connection."""
        self._stream.close()

    def __enter__(self) -> "Response":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _piece(self, most: int) -> bytes:
        if self._is_chunked and self._left == 0 and not self._is_over:
            self._begin_chunk()
        if self._is_over or self._left == 0:
            return b""
        piece = self._stream.read1(most if self._left is None else min(most, self._left))
        if not piece and self._left is not None:
            raise OutboundError("incomplete")
        self._is_over = not piece
        self._given += len(piece)
        if self._given > self._max_bytes:
            raise OutboundError("too_large")
        if self._left is not None:
            self._left -= len(piece)
            if self._is_chunked and self._left == 0 and self._frame() != b"\r\n":
                raise OutboundError("bad_response")
        return piece

    def _begin_chunk(self) -> None:
        match = _CHUNK.fullmatch(self._frame())
        if match is None:
            raise OutboundError("bad_response")
        self._left = int(match[1], 16)
        self._is_over = self._left == 0
        while self._is_over and self._frame() != b"\r\n":
            pass  # trailers say nothing that is asked for

    def _frame(self) -> bytes:
        """A line around the bytes of a chunked body. All together may not be much more than the body."""
        line = _line(self._stream, MAX_HEAD + 8 * self._given - self._spent)
        self._spent += len(line)
        return line


def get(
    url: str,
    *,
    rules: Rules,
    seconds: float,
    max_bytes: int,
    max_redirects: int = 5,
    resolver: Resolver = socket.getaddrinfo,
) -> Response:
    """The answer to GET, whatever its status, redirects followed. It has to be read within the `seconds` too.

    Raises `OutboundError`: `too_large` when a document (status 200) says that it is larger than `max_bytes`,
    `bad_response` when it is compressed, which was not asked for. Raises `AddressRefused` for a hop not allowed.
    """
    deadline = Deadline(seconds)
    for _ in range(max_redirects + 1):
        response = _exchange("GET", url, b"", {}, rules, deadline, max_bytes, resolver)
        try:
            if response.status not in _REDIRECTS:
                _check_document(response, max_bytes)
                return response
            url = redirected(url, response.headers.get("location", ""))
        except BaseException:
            response.close()
            raise
        response.close()
    raise OutboundError("too_many_redirects")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    rules: Rules,
    seconds: float,
    resolver: Resolver = socket.getaddrinfo,
) -> int:
    """The status of the answer to POST; a redirect is an answer like others. What the host says beyond it is dropped.

    Raises `OutboundError` and `AddressRefused`; ValueError when a header is not plain ASCII or not the caller's to set.
    """
    with ask(url, body, headers, rules=rules, seconds=seconds, max_bytes=MAX_REPLY, resolver=resolver) as response:
        with suppress(OutboundError):  # the host has heard it and said what it thinks of it
            response.read()
        return response.status


def ask(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    rules: Rules,
    seconds: float,
    max_bytes: int,
    resolver: Resolver = socket.getaddrinfo,
) -> Response:
    """The answer to POST, whatever its status; redirects are not followed. It has to be read within the `seconds` too.

    Raises `OutboundError` and `AddressRefused`; ValueError as `post` does.
    """
    return _exchange("POST", url, body, headers, rules, Deadline(seconds), max_bytes, resolver)


def _exchange(
    method: str,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    rules: Rules,
    deadline: Deadline,
    max_bytes: int,
    resolver: Resolver,
) -> Response:
    """One request to where `url` itself leads."""
    target = check_url(url, rules)
    message = _request(method, target.authority, target.path, body, headers)
    connection = connect(target, rules=rules, deadline=deadline, resolver=resolver)
    try:
        connection.send(message)
        return Response(connection, max_bytes)
    except BaseException:
        connection.close()
        raise


def _request(method: str, authority: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    sent = {"Host": authority, "Connection": "close", "Accept-Encoding": "identity"}
    if "user-agent" not in {name.lower() for name in headers}:
        sent["User-Agent"] = "expunct-server"
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS or not re.fullmatch(_NAME, name) or not _SENDABLE.fullmatch(value):
            raise ValueError("this header cannot be sent")
        sent[name] = value
    if method == "POST":
        sent["Content-Length"] = str(len(body))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _read_head(stream: "io.BufferedReader[Connection]") -> tuple[int, dict[str, str]]:
    """Status and headers of the first answer that is not an interim one."""
    budget = MAX_HEAD
    while True:
        lines = []
        while (line := _line(stream, budget)) not in (b"\r\n", b"\n"):
            lines.append(line.decode("latin-1"))
            budget -= len(line)
        status = _STATUS.fullmatch(lines[0]) if lines else None
        if status is None:
            raise OutboundError("bad_response")
        if status[1].startswith("1") and status[1] != "101":  # 101 changes the protocol, which nobody asked for
            continue
        return int(status[1]), _headers(lines[1:])


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        match = _HEADER.fullmatch(line)
        if match is None:
            raise OutboundError("bad_response")
        name, value = match[1].lower(), match[2].rstrip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _line(stream: "io.BufferedReader[Connection]", most: int) -> bytes:
    line = stream.readline(max(most, 0) + 1)
    if len(line) > most:
        raise OutboundError("bad_response")
    if not line.endswith(b"\n"):
        raise OutboundError("incomplete")
    return line


def _framing(status: int, headers: dict[str, str]) -> tuple[bool, int | None]:
    """Whether the body comes in chunks, and its size where that was said. One that is framed in two ways is refused."""
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise OutboundError("bad_response")
        return True, None
    if length is not None and not _LENGTH.fullmatch(length):
        raise OutboundError("bad_response")
    if status in (204, 304):
        return False, 0
    return False, None if length is None else int(length)


def _check_document(response: Response, max_bytes: int) -> None:
    if response.status != 200:
        return
    if response.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise OutboundError("bad_response")
    if response.size is not None and response.size > max_bytes:
        raise OutboundError("too_large")
