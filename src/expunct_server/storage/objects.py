"""Buckets of S3, Google Cloud Storage and Azure, through obstore; see `storage.base.Store`.

What is tried against real servers: S3 (SeaweedFS, by the tests) and Azure (Azurite, by hand). Google Cloud Storage is
not: no server that can be run from a package answers obstore, so it stands on obstore's own tests and on being the
same code. Listing S3 gives every key, listing the others is obstore's: a key that it cannot handle makes it raise
`KeyUnsupported` there.

A put of more than a part is a multipart upload: what a crash leaves of one is invisible, costs space, and is removed
by a lifecycle rule of the bucket. A put with `if_absent` has to be one request; its bytes are sent from a file without
a name below `scratch`, mapped into memory, so that a big one costs no memory that the kernel cannot take back. It
carries a mark of its own, by which a retry that is refused sees that the first try had won.

obstore follows redirects and cannot be told not to: whoever runs an endpoint is trusted not to send this server
elsewhere. So endpoints besides the providers' own are those that the operator names.
"""

import mmap
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import obstore

from expunct_server.storage import s3_listing
from expunct_server.storage.base import (
    KeyUnsupported,
    Stat,
    StoreChanged,
    StoreDenied,
    StoreError,
    StoreExists,
    StoreMissing,
    StoreUnavailable,
    require_key,
)
from expunct_server.storage.durable import told
from expunct_server.storage.failures import NotUnderstood, StoreBusy, plainly, retried
from expunct_server.storage.providers import Address, checked, client

__all__ = ["Address", "ObjectReader", "ObjectStore"]

_Page = list[Stat]
_PART = 8 << 20
_PIECE = 1 << 20
_MAX_KEY_BYTES = 1024  # of S3 and Google; Azure counts characters
_MARK = "expunctput"
_PUT_SECONDS = 6 * 3600  # of one request: what is sent in one may be big


class ObjectReader:
    """The body of one answer, read as it comes."""

    def __init__(self, result: Any, stat: Stat) -> None:
        self.stat = stat
        self._pieces: Iterator[bytes] = iter(result.stream(min_chunk_size=1))  # as they come
        self._rest = memoryview(b"")
        self._came = 0

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, fewer only at the end. Raises `StoreUnavailable` when that comes too early or late."""
        found: list[bytes | memoryview] = []
        wanted = size
        while wanted and (self._rest or self._next()):
            taken = self._rest if wanted < 0 else self._rest[:wanted]
            self._rest = self._rest[len(taken) :]
            found.append(taken)
            wanted = wanted if wanted < 0 else wanted - len(taken)
        return b"".join(found)

    def read1(self, size: int, /) -> bytes:
        """What has come, `size` bytes at most; none at the end only. Raises as `read` does."""
        while size and not self._rest and self._next():
            pass
        return self.read(min(size, len(self._rest)))

    def _next(self) -> bool:
        piece = plainly(lambda: next(self._pieces, None))
        self._came += len(piece or b"")
        if self._came > self.stat.size or (piece is None and self._came < self.stat.size):
            raise StoreUnavailable
        self._rest = memoryview(piece or b"")
        return piece is not None

    def close(self) -> None:
        """End the answer, read or not."""
        self._pieces, self._rest = iter(()), memoryview(b"")
        self._came = self.stat.size


class ObjectDraft:
    """A file of this machine that becomes an object when published."""

    def __init__(self, store: "ObjectStore", key: str, file: BinaryIO) -> None:
        self.file = file
        self._store, self._key = store, key

    def publish(self, *, if_absent: bool = False) -> Stat:
        """Put the bytes under the key."""
        self.file.flush()
        self.file.seek(0)
        return self._store.put(self._key, self.file, if_absent=if_absent)


class ObjectStore:
    """A bucket, or what lies below the folder `prefix` in it: keys are relative to that.

    A server has `seconds` for each step, and `read_seconds` until an object has been read. Making one asks nobody.
    Raises `StoreError` for an address or credentials that cannot be ones.
    """

    def __init__(
        self,
        address: Address,
        secret: Mapping[str, str],
        *,
        scratch: Path,
        prefix: str = "",
        seconds: float = 60.0,
        read_seconds: float = 300.0,
    ) -> None:
        self._address = checked(address)
        self._client = client(self._address, secret, seconds, whole=max(seconds, read_seconds))
        self._putting = client(self._address, secret, seconds, whole=_PUT_SECONDS)
        self._secret = dict(secret)
        self._scratch = scratch
        self._prefix = _folder(prefix)
        self._seconds = seconds

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[Stat]:
        """Objects below the folder `prefix`, in the server's order, which is that of keys. Raises `StoreError`."""
        folder = self._prefix + _folder(prefix)
        start = self._prefix + after if after else ""
        for page in self._pages(folder, start):
            for found in page:
                if found.key.startswith(folder) and found.key != folder:
                    yield Stat(found.key[len(self._prefix) :], found.size, found.etag, found.modified_at)

    def stat(self, key: str) -> Stat:
        """What is under the key. Raises `StoreMissing`, `BucketMissing`, `StoreDenied`, `CredentialsRefused`."""
        full = self._full(key)
        try:
            return self._stat(key, self._asked(lambda: obstore.head(self._client, full)))
        except (StoreMissing, StoreDenied, NotUnderstood):
            # The answer to HEAD has no body that says why: of key and bucket, or credentials and rights, which.
            return self.open(key).stat

    def open(self, key: str, *, etag: str | None = None) -> ObjectReader:
        """One answer, to be read once. Raises as `stat` does, and `StoreChanged`."""
        full = self._full(key)
        options: dict[str, Any] = {} if etag is None else {"if_match": etag}
        result = self._asked(lambda: obstore.get(self._client, full, options=options))  # type: ignore[arg-type]
        found = self._stat(key, result.meta)
        if etag is not None and found.etag != etag:  # a server that does not know the condition
            raise StoreChanged
        return ObjectReader(result, found)

    def put(self, key: str, source: BinaryIO, *, if_absent: bool = False) -> Stat:
        """All of `source`, or nothing. `modified_at` is this machine's time. Raises `StoreExists`, and as `stat`."""
        full = self._full(key)
        if if_absent:
            return self._put_once(key, full, source)
        head = source.read(_PART)
        more = source.read(1) if len(head) == _PART else b""
        if not more:
            result = self._asked(lambda: obstore.put(self._client, full, head, use_multipart=False))
            return self._put_stat(key, len(head), result)
        return self._put_parts(key, full, _Counted(head + more, source))

    @contextmanager
    def create(self, key: str) -> Iterator[ObjectDraft]:
        """A draft in a file without a name. Raises `Unavailable` when the disk of this machine is full."""
        self._full(key)
        with self._temporary() as file:
            yield ObjectDraft(self, key, file)

    def remove(self, key: str) -> None:
        """Remove what is under the key, if anything is; where the bucket keeps versions, it keeps them."""
        full = self._full(key)
        try:
            self._asked(lambda: obstore.delete(self._client, full), on=StoreUnavailable)
        except StoreMissing:
            return

    # --- asking ---

    def _asked(self, act: Callable[[], Any], *, on: type[StoreError] = StoreBusy) -> Any:
        return retried(lambda: plainly(act), self._seconds, on=on)

    def _full(self, key: str) -> str:
        full = self._prefix + key
        require_key(full)
        if len(full.encode()) > _MAX_KEY_BYTES:
            raise KeyUnsupported
        if self._address.provider == "azure" and ("\\" in key or any(part.endswith(".") for part in key.split("/"))):
            raise KeyUnsupported  # it would become another key there
        return full

    def _pages(self, folder: str, start: str) -> Iterator[_Page]:
        if self._address.provider == "s3":
            url = f"{self._address.endpoint}/{self._address.bucket}"
            region = self._address.region or ""
            yield from s3_listing.pages(url, self._secret, region, prefix=folder, after=start, seconds=self._seconds)
            return
        found = iter(obstore.list(self._client, folder or None, offset=start or None, chunk_size=1000))
        beyond = start.encode(errors="surrogatepass")
        while page := plainly(lambda: next(found, None)):
            # Where a server knows no offset (Azurite, older ones of Azure) obstore gives everything.
            yield [self._stat(each["path"], each) for each in page if each["path"].encode() > beyond]

    # --- putting ---

    def _put_parts(self, key: str, full: str, source: "_Counted") -> Stat:
        pieces, more = iter(source), {"use_multipart": True, "chunk_size": _PART, "max_concurrency": 2}
        result = plainly(lambda: obstore.put(self._putting, full, pieces, **more))  # type: ignore[arg-type]
        return self._put_stat(key, source.count, result)

    def _put_once(self, key: str, full: str, source: BinaryIO) -> Stat:
        mark = secrets.token_hex(16)
        with self._temporary() as file:
            with told():
                shutil.copyfileobj(source, file, _PIECE)
                file.flush()
            size = file.tell()
            with _mapped(file, size) as body:
                try:
                    result = self._asked(
                        lambda: obstore.put(
                            self._putting, full, body, mode="create", use_multipart=False, attributes={_MARK: mark}
                        ),
                        on=StoreUnavailable,  # obstore itself would not try a second time
                    )
                except StoreExists:
                    return self._own_first_try(key, full, mark)
        return self._put_stat(key, size, result)

    def _own_first_try(self, key: str, full: str, mark: str) -> Stat:
        """What is there, when an earlier try of the same put has written it. Raises `StoreExists` else."""
        try:
            found = self._asked(lambda: obstore.get(self._client, full, options={"head": True}))
        except StoreError:
            raise StoreExists from None
        if found.attributes.get(_MARK) != mark:
            raise StoreExists
        return self._stat(key, found.meta)

    @contextmanager
    def _temporary(self) -> Iterator[BinaryIO]:
        with told():
            self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self._scratch) as file:
                yield file

    # --- saying ---

    def _put_stat(self, key: str, size: int, result: Any) -> Stat:
        return Stat(key, size, _etag(result), time.time_ns() // 1000, result["version"])

    def _stat(self, key: str, meta: Any) -> Stat:
        changed: datetime = meta["last_modified"]
        return Stat(key, meta["size"], _etag(meta), int(changed.timestamp() * 1_000_000), meta["version"])


class _Counted:
    """A source in pieces, with what was read of it already, and how much it was."""

    def __init__(self, head: bytes, source: BinaryIO) -> None:
        self._head, self._source = head, source
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        piece = self._head
        while piece:
            self.count += len(piece)
            yield piece
            piece = self._source.read(_PIECE)


def _etag(meta: Any) -> str:
    """The one form of an etag: Azure's lists leave out the quotes."""
    etag: str = meta["e_tag"] or ""
    return etag if not etag or etag.endswith('"') else f'"{etag}"'


def _folder(prefix: str) -> str:
    """A prefix as keys begin with it: `a/b/`, or nothing."""
    folder = prefix.rstrip("/")
    if folder:
        require_key(folder)
    return f"{folder}/" if folder else ""


@contextmanager
def _mapped(file: BinaryIO, size: int) -> Iterator[Any]:
    """The file's bytes; nothing can be mapped of an empty one."""
    if not size:
        yield b""
        return
    mapped = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    try:
        yield mapped
    finally:
        with suppress(BufferError):  # obstore still holds it: unmapped when it lets go
            mapped.close()
