"""Requests over https:// to hosts that a caller named."""

import socket
from collections.abc import Callable, Mapping
from http.client import HTTPMessage
from types import TracebackType
from typing import Any

from expunct_server.outbound.addresses import Rules

Resolver = Callable[..., list[tuple[Any, ...]]]

_ERRORS = {
    # code: what is said of it, and whether trying again may help though nobody changes anything
    "host_unresolved": ("The name of the host could not be resolved.", True),
    "connect_failed": ("The host could not be connected to, or broke the connection off.", True),
    "tls_failed": (
        "The host has no certificate for its name that this server trusts, or no TLS that it speaks.",
        False,
    ),
    "timeout": ("The host took too long to answer.", True),
    "too_many_redirects": ("The host redirects too often.", False),
    "too_large": ("The host's answer is larger than is allowed.", False),
    "incomplete": ("The host's answer ended too early.", True),
    "bad_response": ("The host did not answer as HTTP asks for.", False),
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


class Response:
    """An answer whose body has not been read. Whoever got it MUST close it; it is its own context."""

    status: int
    headers: HTTPMessage
    size: int | None  # of the body, when the host said it

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes of the body; none at its end. Raises `OutboundError`."""
        raise NotImplementedError

    def close(self) -> None:
        """End the connection."""
        raise NotImplementedError

    def __enter__(self) -> "Response":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def get(
    url: str,
    *,
    rules: Rules,
    seconds: float,
    max_bytes: int,
    max_redirects: int = 5,
    resolver: Resolver = socket.getaddrinfo,
) -> Response:
    """The answer to GET, redirects followed. Raises `OutboundError`, and `AddressRefused` for a hop not allowed."""
    raise OutboundError("connect_failed")


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    rules: Rules,
    seconds: float,
    resolver: Resolver = socket.getaddrinfo,
) -> int:
    """The status of the answer to POST; redirects are not followed. Raises `OutboundError` and `AddressRefused`."""
    raise OutboundError("connect_failed")
