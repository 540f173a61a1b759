"""Each way of giving credentials opens a real bucket; a wrong one, and one that changed, are told apart."""

import io
from pathlib import Path
from typing import Any

import pytest

from expunct_server.buckets.reaching import Reach
from expunct_server.storage.base import CredentialsRefused, Store, StoreDenied, StoreMissing
from tests.buckets.conftest import Keep, MakeReach
from tests.buckets.helpers import secret_file, toml
from tests.support.seaweedfs import SeaweedFS
from tests.web.helpers import on_sqlite

pytestmark = on_sqlite
WAYS = ("environment", "profile", "file", "sealed")


@pytest.fixture
def reach_by(reach_with: MakeReach, keep: Keep, s3: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`reach_by(way, bucket, secret)`: a reach, and the connector of acme for the bucket where the way needs one."""

    def by(way: str, bucket: str, secret: dict[str, str], **changed: Any) -> tuple[Reach, str | None]:
        folder = tmp_path / "etc"
        folder.mkdir(exist_ok=True)
        monkeypatch.setenv("ACME_ACCESS_KEY_ID", secret["access_key_id"])
        monkeypatch.setenv("ACME_SECRET_ACCESS_KEY", secret["secret_access_key"])
        secret_file(folder, secret)
        secret_file(folder, "[acme]\n" + "".join(f"aws_{name}={value}\n" for name, value in secret.items()), name="aws")
        source = {
            "environment": 'environment = "ACME"',
            "profile": f'profile = "acme"\nprofile_file = "{folder}/aws"',
            "file": f'file = "{folder}/secret.json"',
        }
        if way == "sealed":
            reach = reach_with(bucket_endpoints=(s3.endpoint,), **changed)
            return reach, keep(reach, name=bucket, endpoint=s3.endpoint, region=s3.region, secret=secret)
        head = f'[acme]\nprovider = "s3"\ntenants = ["acme"]\nendpoint = "{s3.endpoint}"\nregion = "{s3.region}"\n'
        return reach_with(credentials_file=toml(folder, head + source[way]), **changed), None

    return by


def text_of(store: Store, key: str) -> str:
    reader = store.open(key)
    try:
        return reader.read().decode()
    finally:
        reader.close()


@pytest.mark.parametrize("way", WAYS)
def test_a_bucket_is_written_and_read(reach_by: Any, s3: SeaweedFS, way: str) -> None:
    bucket = s3.bucket()
    reach, connector = reach_by(way, bucket, s3.secret())
    uri = f"s3://{bucket}/in/a b%41?.txt"
    reach.check("acme", uri, "output_uri", to_write=True)
    place = reach.place("acme", uri)
    place.store.put(place.key, io.BytesIO(b"hello"))
    assert text_of(reach.place("acme", uri, connector_id=connector).store, "in/a b%41?.txt") == "hello"
    with pytest.raises(StoreMissing):
        text_of(place.store, "in/a bA")
    if connector:
        assert [each.key for each in reach.bucket("acme", connector).list()] == ["in/a b%41?.txt"]


@pytest.mark.parametrize("way", WAYS)
def test_credentials_that_do_not_count_are_told_apart_from_rights_that_lack(
    reach_by: Any, s3: SeaweedFS, way: str
) -> None:
    bucket = s3.bucket()
    reach, _ = reach_by(way, bucket, s3.secret("reader"))
    with pytest.raises(StoreDenied):
        reach.place("acme", f"s3://{bucket}/x").store.put("x", io.BytesIO(b"x"))
    wrong, _ = reach_by(way, bucket, s3.secret() | {"secret_access_key": "wrong"})
    with pytest.raises(CredentialsRefused):
        wrong.place("acme", f"s3://{bucket}/x").store.stat("x")


def test_credentials_are_replaced_without_a_restart(reach_by: Any, s3: SeaweedFS, tmp_path: Path) -> None:
    bucket = s3.bucket()
    reach, _ = reach_by("file", bucket, s3.secret() | {"secret_access_key": "old"})
    with pytest.raises(CredentialsRefused):
        reach.place("acme", f"s3://{bucket}/x").store.stat("x")
    secret_file(tmp_path / "etc", s3.secret())
    place = reach.place("acme", f"s3://{bucket}/x")
    assert place.store.put(place.key, io.BytesIO(b"new")).size == 3


def test_the_servers_own_store_is_a_prefix_of_a_bucket(reach_by: Any, s3: SeaweedFS) -> None:
    bucket = s3.bucket()
    reach, _ = reach_by("file", bucket, s3.secret(), store=f"s3://{bucket}/own/x/", store_credentials="acme")
    with reach.own.create("results/job_1.a") as draft:
        draft.file.write(b"result")
        draft.publish()
    assert text_of(reach.own, "results/job_1.a") == "result"
    assert [each.key for each in reach.own.list("results")] == ["results/job_1.a"]
    whole, _ = reach_by("file", bucket, s3.secret())
    assert (
        text_of(whole.place("acme", f"s3://{bucket}/own/x/results/job_1.a").store, "own/x/results/job_1.a") == "result"
    )
