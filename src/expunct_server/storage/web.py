"""One document at an https:// address, read as if it were in a store."""

from expunct_server.outbound.addresses import Rules
from expunct_server.storage.base import Reader, Stat, StoreUnavailable


class WebDocument:
    """What is at `url`. `key` is whatever its user calls it and changes nothing."""

    def __init__(self, url: str, *, rules: Rules, seconds: float, max_bytes: int) -> None:
        self._url = url
        self._rules = rules
        self._seconds = seconds
        self._max_bytes = max_bytes

    def stat(self, key: str) -> Stat:
        """As `open` says it, whose `stat` spares asking twice."""
        raise StoreUnavailable

    def open(self, key: str, *, etag: str | None = None) -> Reader:
        """The document, to be read once from its beginning. Raises `StoreError`."""
        raise StoreUnavailable
