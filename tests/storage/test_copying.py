"""A document as a file that can be read from anywhere in it, and big ones in constant memory."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from expunct_server.errors import TooLarge
from expunct_server.storage.base import Stat, Store, StoreTimeout, StoreUnavailable
from expunct_server.storage.copying import local_copy
from expunct_server.storage.objects import ObjectStore
from tests.support.seaweedfs import SeaweedFS


class Body:
    """A reader of `data` that says `size`."""

    def __init__(self, data: bytes, size: int) -> None:
        self.stat = Stat("a", size, "etag", 0)
        self._data = io.BytesIO(data)

    def read(self, size: int = -1, /) -> bytes:
        return self._data.read(size)

    def read1(self, size: int, /) -> bytes:
        return self._data.read1(size)

    def close(self) -> None:
        self._data.close()


def test_any_document_can_be_read_from_anywhere(store: Store, scratch: Path) -> None:
    data = bytes(range(256)) * 10_000
    store.put("a", io.BytesIO(data))
    reader = store.open("a")
    with local_copy(reader, scratch, max_bytes=len(data), seconds=10) as file:
        assert file.read(5) == data[:5]
        file.seek(-3, 2)
        assert file.read() == data[-3:]
        assert not scratch.exists() or list(scratch.iterdir()) == []
    reader.close()


def test_more_than_is_allowed_is_refused(store: Store, scratch: Path) -> None:
    store.put("a", io.BytesIO(b"12345"))
    reader = store.open("a")
    with pytest.raises(TooLarge):
        local_copy(reader, scratch, max_bytes=4, seconds=10)
    reader.close()
    with pytest.raises(TooLarge):  # it comes to more than it said
        local_copy(Body(b"12345", 4), scratch, max_bytes=4, seconds=10)


@pytest.mark.parametrize(
    ("data", "seconds", "error"),
    [
        (b"1234", 10, StoreUnavailable),
        (b"", 10, StoreUnavailable),
        (b"123456", 10, StoreUnavailable),
        (b"12345", -1, StoreTimeout),
    ],
)
def test_a_body_that_is_short_or_slow_is_none(
    data: bytes, seconds: float, error: type[Exception], scratch: Path
) -> None:
    with pytest.raises(error) as said:
        local_copy(Body(data, 5), scratch, max_bytes=10, seconds=seconds)
    assert type(said.value) is error
    assert list(scratch.iterdir()) == []


_PROGRAM = """
import json, os, sys, tempfile
from pathlib import Path
from expunct_server.storage.copying import local_copy
from expunct_server.storage.objects import Address, ObjectStore

def memory(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) << 10

address, secret, scratch, size = json.loads(sys.stdin.read())
store = ObjectStore(Address(*address), secret, scratch=Path(scratch))
with store.create("warm") as draft:
    draft.file.write(bytes(9 << 20))
    draft.publish()
store.open("warm").close()
before = memory("VmHWM")
with store.create("big") as draft:
    draft.file.truncate(size)
    draft.publish()
reader = store.open("big")
with local_copy(reader, Path(scratch), max_bytes=size, seconds=60) as file:
    came = file.seek(0, 2)
reader.close()
grown = memory("VmHWM") - before
with tempfile.TemporaryFile() as source:
    source.truncate(size)
    store.put("once", source, if_absent=True)
print(json.dumps([came, grown, store.stat("once").size]))
"""


def test_a_big_object_goes_both_ways_in_constant_memory(
    s3: SeaweedFS, bucket_store: Callable[..., ObjectStore], scratch: Path
) -> None:
    size = 100 << 20
    given = [["s3", s3.bucket(), s3.endpoint, s3.region], s3.secret(), str(scratch), size]
    found = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    came, grown, once = json.loads(found.stdout)
    assert came == once == size
    assert grown < 40 << 20, grown
