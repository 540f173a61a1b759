"""The contract of a store of bytes, as far as jobs need it.

- `create(key)` gives a draft. Its bytes MUST NOT be seen under the key before `publish`, and all of them MUST be there
  after it, whatever crashes; a draft that is not published leaves nothing under the key.
- `open(key)` gives the published bytes, seekable; `StoreMissing` when there are none.
- `remove(key)` MUST NOT fail when there is nothing to remove.
- A full or failing disk raises `Unavailable`; nothing was published then.
"""

from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol


class StoreMissing(Exception):
    """Nothing is published under this key."""


class Draft(Protocol):
    """Bytes on their way in."""

    file: BinaryIO

    def publish(self) -> None:
        """Make the bytes durable and visible under the key, all at once."""


class Store(Protocol):
    """Where uploads wait and results are kept."""

    def create(self, key: str) -> AbstractContextManager[Draft]: ...
    def open(self, key: str) -> BinaryIO: ...
    def remove(self, key: str) -> None: ...
    def keys(self, prefix: str) -> list[tuple[str, float]]:
        """Published keys under `prefix` and the seconds since each was published."""
        ...
