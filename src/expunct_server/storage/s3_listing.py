"""Listing a bucket by S3's own protocol, since obstore fails on a page with a key that it cannot handle and shows
`folder/` as `folder`.

The server may be anyone's: its answer is bounded in bytes and time, redirects are not followed.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse
from urllib.error import URLError
from urllib.parse import unquote_plus
from urllib.request import Request
from xml.etree import ElementTree

from expunct_server.storage.base import Stat, StoreTimeout, StoreUnavailable
from expunct_server.storage.bounded import opened
from expunct_server.storage.failures import meaning, retried
from expunct_server.storage.signing import query_text, signed

_MAX_PAGE_BYTES = 16 << 20
_MAX_REFUSAL_BYTES = 64 << 10  # of which the code is near the beginning
_MICROSECONDS = 1_000_000


def pages(
    url: str, secret: Mapping[str, str], region: str, *, prefix: str, after: str, seconds: float
) -> Iterator[list[Stat]]:
    """Objects of the bucket at `url` whose keys begin with `prefix`, beyond `after`, a page of up to 1,000 at a time.

    Raises `StoreError`. What fails for a passing reason is tried again for some seconds.
    """
    query = {"list-type": "2", "encoding-type": "url", "max-keys": "1000", "prefix": prefix}
    if after:
        query["start-after"] = after
    while True:
        body = retried(
            lambda: _get(f"{url}?{query_text(query)}", secret, region, seconds), seconds, on=StoreUnavailable
        )
        page, token = _parsed(body)
        yield page
        if token is None:
            return
        if token == query.get("continuation-token"):  # a server that would go on for ever
            raise StoreUnavailable
        query["continuation-token"] = token


def _get(url: str, secret: Mapping[str, str], region: str, seconds: float) -> bytes:
    headers = signed("GET", url, secret, region, datetime.now(UTC))
    failure: type[Exception]
    try:
        # Only http and https: the address was checked when the store was made.
        with opened(Request(url, headers=headers), seconds) as response:  # noqa: S310
            if response.status == 200:
                return _read(response)
            failure = meaning(response.status, response.read(_MAX_REFUSAL_BYTES).decode(errors="replace"))
    except TimeoutError:
        failure = StoreTimeout
    except URLError as error:
        failure = StoreTimeout if isinstance(error.reason, TimeoutError) else StoreUnavailable
    except (HTTPException, OSError):
        failure = StoreUnavailable
    raise failure


def _read(response: HTTPResponse) -> bytes:
    pieces, length = [], 0
    while piece := response.read1(64 << 10):
        pieces.append(piece)
        length += len(piece)
        if length > _MAX_PAGE_BYTES:
            raise StoreUnavailable
    if response.length:  # it ended before it should have
        raise StoreUnavailable
    return b"".join(pieces)


def _parsed(body: bytes) -> tuple[list[Stat], str | None]:
    """Objects of a page, and what the next one is asked for with."""
    try:
        text = body.decode()
        # No answer of S3 declares anything, so no entity is expanded. Nothing hides from this line in UTF-16: given as
        # text it is believed to be that only by its NULs.
        if "<!" in text or "\0" in text:
            raise StoreUnavailable
        root = ElementTree.fromstring(text)  # noqa: S314 -- nothing is declared in it
        space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
        found = [_stat(each, space) for each in root.iter(f"{space}Contents")]
    except (ElementTree.ParseError, ValueError, OverflowError):
        raise StoreUnavailable from None
    if not root.tag.endswith("ListBucketResult"):
        raise StoreUnavailable
    more = root.findtext(f"{space}IsTruncated") == "true"
    return found, (root.findtext(f"{space}NextContinuationToken") or "" if more else None)


def _stat(contents: ElementTree.Element, space: str) -> Stat:
    key = unquote_plus(contents.findtext(f"{space}Key") or "", errors="replace")
    changed = datetime.fromisoformat(contents.findtext(f"{space}LastModified") or "")
    micros = int(changed.timestamp() * _MICROSECONDS)
    size = int(contents.findtext(f"{space}Size") or "")
    return Stat(key, size, contents.findtext(f"{space}ETag") or "", micros)
