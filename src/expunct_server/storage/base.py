"""The contract of a store of bytes: a folder, or a bucket of a provider. One conformance suite runs over all of them.

A store holds objects under keys: texts with `/` between their parts, compared by their UTF-8 bytes.

- `list(prefix, after=...)` gives what is there below the folder `prefix`, in ascending order of keys, those after
  `after` only. It reads page by page, in constant memory. An object that comes, changes or goes meanwhile may or may
  not be given; every other one is, exactly once. A server that sorts otherwise (SeaweedFS sorts each folder by itself)
  gives its own order, and `after` a key that it gave goes on behind that one: so a cursor is the last key that was
  given, and never compared. A key that is given may be one that cannot be used (`KeyUnsupported`), `folder/` say.
- `stat(key)` says what is there without reading it.
- `open(key)` reads **one** state of an object, from its beginning to its end: what is written meanwhile is never mixed
  in. With `etag` it MUST be that state, else `StoreChanged`. An object that ends before its size does raises
  `StoreUnavailable`. Whoever opens MUST close.
- `put(key, source)` is **atomic**: under the key is what was there or all of `source`, whatever crashes, and nobody
  sees half of it. When it returns the bytes are durable. With `if_absent` exactly one of several writers wins, the
  others get `StoreExists`. It reads `source` from where it stands to its end, in constant memory.
- `create(key)` is a put whose bytes come piece by piece: they are written to the draft's `file`, and `publish` puts
  them. A draft that is not published leaves nothing under the key.
- `remove(key)` MUST NOT fail when there is nothing to remove.

**Retried** by the store itself, for some seconds: what failed on the way or by the provider's fault (connections, 429,
5xx). A `put` too, since it is whole or nothing; with `if_absent` a retry that meets its own first try says so as
success. What a caller of the store does about an error: `passing` ones may be tried again later; after any other,
trying again does not help until someone changes something.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, ClassVar, Protocol

_NO_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class StoreError(Exception):
    """What a store could not do. `code` is for programs, `detail` one sentence for people, without keys or secrets."""

    code: ClassVar[str]
    detail: ClassVar[str]
    passing: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__(self.detail)


class StoreMissing(StoreError):
    code, detail = "not_found", "There is no object under this key."


class BucketMissing(StoreError):
    code, detail = "bucket_not_found", "The bucket or folder does not exist."


class NotAFolder(BucketMissing):
    code, detail = "not_a_folder", "What is at the path of the folder is a file; name the folder that it lies in."


class StoreDenied(StoreError):
    code = "access_denied"
    detail = "Reading or writing this is not permitted; allow it in the bucket's policy or the folder's permissions."


class OutsideFolder(StoreDenied):
    code, detail = "uri_not_allowed", "This location is not below a folder that the server's operator allows."


class CredentialsRefused(StoreError):
    code, detail = "credentials_refused", "The storage server does not accept these credentials."


class WrongRegion(StoreError):
    code, detail = "wrong_region", "The bucket is in another region than the one that was named."


class StoreExists(StoreError):
    code, detail = "already_exists", "There is an object under this key already."


class StoreChanged(StoreError):
    code, detail, passing = "object_changed", "The object changed while it was read.", True


class NotAFile(StoreError):
    code, detail = "not_a_file", "What is under this key is not a regular file."


class KeyUnsupported(StoreError):
    code = "key_not_supported"
    detail = "This key cannot be used: a part of it is empty or `.` or `..`, or it is too long or no plain text."


class StoreUnavailable(StoreError):
    code, detail, passing = "store_unavailable", "The storage server did not answer as it should; try again.", True


class StoreTimeout(StoreUnavailable):
    code, detail = "store_timeout", "The storage server took too long to answer."


def require_key(key: str) -> None:
    """Raise `KeyUnsupported` for what no store takes, since some would take it for another key."""
    parts = key.split("/")
    if not key or any(part in ("", ".", "..") for part in parts) or _NO_TEXT.search(key):
        raise KeyUnsupported


@dataclass(frozen=True, slots=True)
class Stat:
    """What is said of one state of an object. `etag` differs when the bytes do; its form is the provider's."""

    key: str
    size: int
    etag: str
    modified_at: int  # microseconds since 1970
    version: str | None = None


class Reader(Protocol):
    """An object being read. `read` gives `size` bytes, fewer at the end only; `read1` what has come, none at the end.

    So whoever has no time to lose asks `read1`, and looks at the clock between.
    """

    stat: Stat

    def read(self, size: int = -1, /) -> bytes: ...
    def read1(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class Draft(Protocol):
    """Bytes on their way in."""

    file: BinaryIO

    def publish(self) -> Stat:
        """Make the bytes durable and visible under the key, all at once."""


class Store(Protocol):
    """Where documents come from, results go to, uploads wait."""

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[Stat]: ...
    def stat(self, key: str) -> Stat: ...
    def open(self, key: str, *, etag: str | None = None) -> Reader: ...
    def put(self, key: str, source: BinaryIO, *, if_absent: bool = False) -> Stat: ...
    def create(self, key: str) -> AbstractContextManager[Draft]: ...
    def remove(self, key: str) -> None: ...
