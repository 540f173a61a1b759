"""One document at an https:// address, read as if it were in a store.

Whatever is asked of it is one GET, under the rules for addresses that callers name (`outbound`). An address that gives
something else, or nothing, on another day is the caller's affair: `open` with an `etag` is how to be sure.
"""

from expunct_server.outbound import client
from expunct_server.outbound.addresses import AddressRefused, Rules
from expunct_server.outbound.client import OutboundError
from expunct_server.storage.base import (
    Reader,
    Stat,
    StoreChanged,
    StoreDenied,
    StoreError,
    StoreMissing,
    StoreTimeout,
    StoreUnavailable,
)


class UrlNotAllowed(StoreError):
    code = "url_not_allowed"
    detail = "The address, or one that the host redirects to, is not a plain https:// URL."


class HostNotAllowed(StoreError):
    code = "host_not_allowed"
    detail = "The server's operator does not allow this host or port, or one that it redirects to."


class AddressNotAllowed(StoreError):
    code = "address_not_allowed"
    detail = "The host, or one that it redirects to, is in a private or special network that is not allowed."


class HostUnresolved(StoreUnavailable):
    code, detail = "host_unresolved", "The name of the host could not be resolved."


class ConnectFailed(StoreUnavailable):
    code, detail = "connect_failed", "The host could not be connected to, or broke the connection off."


class TlsFailed(StoreError):
    code = "tls_failed"
    detail = "The host has no certificate for its name that this server trusts, or speaks no TLS like it."


class FetchTimeout(StoreTimeout):
    code, detail = "fetch_timeout", "The document took too long to be fetched."


class TooManyRedirects(StoreError):
    code, detail = "too_many_redirects", "The host redirects too often."


class DocumentTooLarge(StoreError):
    code, detail = "too_large", "The document is larger than this server allows."


class FetchIncomplete(StoreUnavailable):
    code, detail = "fetch_incomplete", "The document ended too early."


class BadResponse(StoreError):
    code, detail = "bad_response", "The host's answer is not a document: not status 200, compressed, or malformed."


class WebMissing(StoreMissing):
    detail = "The host has no document at this address."


class WebDenied(StoreDenied):
    detail = "The host does not give this document without credentials, or not with those in the address."


class HostUnavailable(StoreUnavailable):
    detail = "The host cannot give the document now; try again."


_ERRORS: dict[str, type[StoreError]] = {
    # what `outbound` calls it
    "url_malformed": UrlNotAllowed,
    "scheme_not_allowed": UrlNotAllowed,
    "host_not_allowed": HostNotAllowed,
    "address_not_allowed": AddressNotAllowed,
    "host_unresolved": HostUnresolved,
    "connect_failed": ConnectFailed,
    "tls_failed": TlsFailed,
    "timeout": FetchTimeout,
    "too_many_redirects": TooManyRedirects,
    "too_large": DocumentTooLarge,
    "incomplete": FetchIncomplete,
    "bad_response": BadResponse,
}
_STATUSES: dict[int, type[StoreError]] = {
    401: WebDenied,
    403: WebDenied,
    404: WebMissing,
    410: WebMissing,
    429: HostUnavailable,
}


class WebDocument:
    """What is at `url`, at most `max_bytes` of it. `seconds` are for one reading, from the look-up to the last byte."""

    def __init__(self, url: str, *, rules: Rules, seconds: float, max_bytes: int) -> None:
        self._url = url
        self._rules = rules
        self._seconds = seconds
        self._max_bytes = max_bytes

    def stat(self, key: str) -> Stat:
        """What a reading would say. It asks for the document, for signed addresses permit GET alone, and drops it.

        Raises `StoreError`. Whoever reads anyway has this from `open` already.
        """
        reader = self.open(key)
        reader.close()
        return reader.stat

    def open(self, key: str, *, etag: str | None = None) -> Reader:
        """The document, to be read once from its beginning; `key` only names it in the `Stat`. Raises `StoreError`.

        Its size is -1 when the host did not say it, its etag empty when there is none, its time unknown and 0.
        """
        try:
            response = client.get(self._url, rules=self._rules, seconds=self._seconds, max_bytes=self._max_bytes)
        except (AddressRefused, OutboundError) as error:
            raise _ERRORS[error.code] from None
        found = response.headers.get("etag", "")
        refusal = _refusal(response.status) or (StoreChanged if etag and etag != found else None)
        if refusal is not None:
            response.close()
            raise refusal
        size = -1 if response.size is None else response.size
        return _WebReader(response, Stat(key, size, found, modified_at=0))


class _WebReader:
    def __init__(self, response: client.Response, stat: Stat) -> None:
        self._response = response
        self.stat = stat

    def read(self, size: int = -1, /) -> bytes:
        """The next `size` bytes, or all; fewer at the end only. Raises `StoreError`."""
        try:
            return self._response.read(size)
        except OutboundError as error:
            raise _ERRORS[error.code] from None

    def read1(self, size: int, /) -> bytes:
        """As `read`, which takes no longer than `seconds` either."""
        return self.read(size)

    def close(self) -> None:
        self._response.close()


def _refusal(status: int) -> type[StoreError] | None:
    if status == 200:
        return None
    return HostUnavailable if 500 <= status < 600 else _STATUSES.get(status, BadResponse)
