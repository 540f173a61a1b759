"""The stores that one suite runs over."""

from collections.abc import Callable
from pathlib import Path

import pytest

from expunct_server.storage.base import Store
from expunct_server.storage.folder import FolderStore, own_folder
from expunct_server.storage.objects import Address, ObjectStore
from tests.support.seaweedfs import SeaweedFS

KINDS = ("folder", "own folder", "s3")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "scratch"


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, scratch: Path) -> Store:
    """An empty store of each kind."""
    if request.param == "s3":
        make: Callable[..., ObjectStore] = request.getfixturevalue("bucket_store")
        return make(prefix="below/here")
    root = tmp_path / "root"
    root.mkdir()
    return own_folder(root) if request.param == "own folder" else FolderStore(root)


@pytest.fixture
def bucket_store(s3: SeaweedFS, scratch: Path) -> Callable[..., ObjectStore]:
    """`bucket_store(bucket, who, prefix=...)`: a store of a bucket of the S3 server, a fresh one unless told."""

    def make(bucket: str = "", who: str = "writer", **more: object) -> ObjectStore:
        address = Address("s3", bucket or s3.bucket(), s3.endpoint, s3.region)
        return ObjectStore(address, s3.secret(who), scratch=scratch, **more)  # type: ignore[arg-type]

    return make
