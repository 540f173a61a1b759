"""Buckets of S3, Google Cloud Storage and Azure, through obstore."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from expunct_server.storage.base import Draft, Reader, Stat


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bucket is. `provider` is s3, gcs or azure; without `endpoint` it is the provider's own."""

    provider: str
    bucket: str
    endpoint: str | None = None
    region: str | None = None


class ObjectStore:
    """A bucket, or what lies below a prefix in it."""

    def __init__(
        self, address: Address, secret: Mapping[str, str], *, scratch: Path, prefix: str = "", seconds: float = 60.0
    ) -> None:
        self._address = address
        self._scratch = scratch

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[Stat]:
        raise NotImplementedError

    def stat(self, key: str) -> Stat:
        raise NotImplementedError

    def open(self, key: str, *, etag: str | None = None) -> Reader:
        raise NotImplementedError

    def put(self, key: str, source: BinaryIO, *, if_absent: bool = False) -> Stat:
        raise NotImplementedError

    def create(self, key: str) -> AbstractContextManager[Draft]:
        raise NotImplementedError

    def remove(self, key: str) -> None:
        raise NotImplementedError
