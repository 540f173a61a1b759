"""Opening http:// and https:// so that the whole of an answer has come within its time, however slowly it drips.

A socket's own timeout is for each read: a server that sends a byte now and then would never meet it. Connecting is not
bounded as a whole: each address of a name has the time, and so has each read of a TLS handshake. Which server
it is, the operator says, or the provider.
"""

import io
import time
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.request import HTTPErrorProcessor, HTTPHandler, HTTPSHandler, Request, build_opener


class _UntilThen(io.RawIOBase):
    """What comes on a connection, until `end`. Raises `TimeoutError` after that."""

    def __init__(self, raw: io.RawIOBase, sock: Any, end: float) -> None:
        self._raw, self._sock, self._end = raw, sock, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Bounded(HTTPConnection):
    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._end = time.monotonic() + float(self.timeout or 0)

    def response_class(self, sock: Any, *arguments: Any, **more: Any) -> HTTPResponse:  # type: ignore[override]
        """A class in the library, called for each answer: that of a proxy which is asked for a tunnel too."""
        response = HTTPResponse(sock, *arguments, **more)
        response.fp = io.BufferedReader(_UntilThen(response.fp.detach(), sock, self._end))
        return response


class _BoundedTls(HTTPSConnection, _Bounded):
    pass


class _Http(HTTPHandler):
    def http_open(self, request: Request) -> Any:
        return self.do_open(_Bounded, request)


class _Https(HTTPSHandler):
    def https_open(self, request: Request) -> Any:
        return self.do_open(_BoundedTls, request)


class _AnyStatus(HTTPErrorProcessor):
    """Every answer is one, whatever its status; so no redirect is followed either."""

    def http_response(self, request: Request, response: Any) -> Any:  # noqa: ARG002
        return response

    https_response = http_response


_opener = build_opener(_Http, _Https, _AnyStatus)


def opened(request: Request, seconds: float) -> HTTPResponse:
    """The answer, its body still to be read. Raises `URLError`, `HTTPException`, `OSError` (`TimeoutError`).

    `seconds` are for all of it: what reads the body raises `TimeoutError` beyond them.
    """
    response: HTTPResponse = _opener.open(request, timeout=seconds)
    return response
