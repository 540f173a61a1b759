"""Which way leads to a document, for whom, and with whose credentials: by rules alone, without a network."""

import json
from pathlib import Path
from typing import Any

import pytest

from expunct_server.buckets import reaching
from expunct_server.errors import Forbidden, Invalid, NotFound, Refusal, Unavailable
from expunct_server.settings import Settings
from expunct_server.storage.base import Store, StoreDenied
from tests.buckets.conftest import Keep, MakeReach
from tests.buckets.helpers import HUSH, S3_SECRET, secret_file, toml
from tests.support import canary
from tests.web.helpers import on_sqlite

pytestmark = on_sqlite
ENTRIES = """
[narrow]
provider = "s3"
tenants = ["acme"]
buckets = ["acme-*"]
environment = "NARROW"

[minio]
provider = "s3"
tenants = ["acme", "rival"]
buckets = ["shared", "acme-both"]
endpoint = "http://minio.internal:9000"
region = "eu-west-1"
environment = "MINIO"

[google]
provider = "gcs"
tenants = ["*"]
buckets = ["public"]
environment = "GCP"

[own]
provider = "s3"
tenants = ["*"]
environment = "OWN"
buckets = ["own-store"]
"""


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix in ("NARROW", "MINIO", "OWN"):
        monkeypatch.setenv(f"{prefix}_ACCESS_KEY_ID", prefix)
        monkeypatch.setenv(f"{prefix}_SECRET_ACCESS_KEY", HUSH)


@pytest.fixture
def entries(tmp_path: Path) -> str:
    (tmp_path / "etc").mkdir()
    return toml(tmp_path / "etc", ENTRIES)


def refusal(call: Any, *given: Any, **named: Any) -> Refusal:
    """What is refused, in the shape that callers meet."""
    with pytest.raises(Refusal) as error:
        call(*given, **named)
    found = error.value
    assert len(found.detail) > 20 and not set(found.detail) & set("[]\n")
    assert canary.found_in(found.detail + repr(found.errors)) == []
    return found


def endpoint_of(store: Store) -> Any:
    """Where a store's requests go; None for Amazon's own."""
    endpoint = store._address.endpoint  # type: ignore[attr-defined]
    return None if endpoint in (None, "https://s3.us-east-1.amazonaws.com") else endpoint


def region_of(store: Store) -> Any:
    return store._address.region  # type: ignore[attr-defined]


# --- buckets ----------------------------------------------------------------------------------------------------------


def test_the_operators_entries_open_buckets_for_whom_they_name(reach_with: MakeReach, entries: str) -> None:
    reach = reach_with(credentials_file=entries)
    for tenant, uri, endpoint in (
        ("acme", "s3://acme-in/a/b c.txt", None),
        ("acme", "s3://acme-both/x", None),  # the first of the file
        ("rival", "s3://acme-both/x", "http://minio.internal:9000"),
        ("rival", "s3://shared/x", "http://minio.internal:9000"),
    ):
        reach.check(tenant, uri, "input_uri", to_write=True)
        place = reach.place(tenant, uri)
        assert (place.uri, place.key) == (uri, uri.split("/", 3)[3])
        assert endpoint_of(place.store) == endpoint
    assert region_of(reach.place("rival", "s3://shared/x").store) == "eu-west-1"
    reach.check("default", "gs://public/x", "input_uri")


@pytest.mark.parametrize(
    ("tenant", "uri"),
    [
        ("rival", "s3://acme-in/x"),
        ("default", "s3://shared/x"),
        ("acme", "s3://other/x"),
        ("acme", "gs://shared/x"),
        ("acme", "az://shared/x"),
        ("acme", "gs://acme-in/x"),
    ],
)
def test_without_credentials_for_it_a_bucket_is_refused_and_what_to_do_is_said(
    reach_with: MakeReach, entries: str, tenant: str, uri: str
) -> None:
    reach = reach_with(credentials_file=entries)
    found = refusal(reach.check, tenant, uri, "input_uris.2")
    assert isinstance(found, Invalid) and found.code == "no_credentials"
    assert found.errors[0].field == "input_uris.2"
    assert "Make a connector" in found.detail and "operator" in found.detail
    assert refusal(reach.place, tenant, uri).code == "no_credentials"
    assert refusal(reach_with().check, tenant, uri, "x").detail == found.detail


def test_a_tenants_own_bucket_is_opened_with_its_own_credentials_first(
    reach_with: MakeReach, entries: str, keep: Keep
) -> None:
    endpoints = ("https://one.example", "https://two.example")
    reach = reach_with(credentials_file=entries, bucket_endpoints=endpoints)
    for endpoint in endpoints:
        keep(reach, name="acme-in", endpoint=endpoint, secret=S3_SECRET)
        assert endpoint_of(reach.place("acme", "s3://acme-in/x").store) == endpoint  # the newest
    keep(reach, "rival", name="only-rival", secret=S3_SECRET)
    reach.check("rival", "s3://only-rival/x", "input_uri")
    assert refusal(reach.check, "acme", "s3://only-rival/x", "input_uri").code == "no_credentials"
    assert refusal(reach.place, "default", "s3://acme-in/x").code == "no_credentials"
    # An endpoint that the operator took away opens nothing, also where it was kept before.
    later = reach_with(credentials_file=entries, bucket_endpoints=endpoints[:1])
    assert endpoint_of(later.place("acme", "s3://acme-in/x").store) == endpoints[0]
    assert endpoint_of(reach_with(credentials_file=entries).place("acme", "s3://acme-in/x").store) is None
    connector = keep(reach, name="acme-in", endpoint=endpoints[1], secret=S3_SECRET)
    assert refusal(later.bucket, "acme", connector).code == "endpoint_not_allowed"


def test_a_connectors_documents_are_in_its_bucket_and_for_its_tenant(reach_with: MakeReach, keep: Keep) -> None:
    reach = reach_with()
    connector = keep(reach, name="acme-in", secret=S3_SECRET)
    place = reach.place("acme", "s3://acme-in/a", connector_id=connector)
    assert place.key == "a" and place.store is reach.bucket("acme", connector)
    for uri in ("s3://other/a", "gs://acme-in/a", "https://acme-in/a", "file:///acme-in/a"):
        found = refusal(reach.place, "acme", uri, connector_id=connector)
        assert isinstance(found, Forbidden) and found.code == "uri_not_allowed", uri
    for tenant, asked in (("rival", connector), ("default", connector), ("acme", "con_none")):
        for call in (
            lambda t=tenant, a=asked: reach.bucket(t, a),
            lambda t=tenant, a=asked: reach.place(t, "s3://acme-in/a", connector_id=a),
        ):
            assert isinstance(refusal(call), NotFound)


def test_an_entry_of_others_is_as_one_that_does_not_exist(reach_with: MakeReach, entries: str, keep: Keep) -> None:
    reach = reach_with(credentials_file=entries)
    wanted: dict[str, Any] = {
        "provider": "s3",
        "name": "acme-in",
        "endpoint": None,
        "region": None,
        "has_secret": False,
    }
    reach.check_bucket("acme", **wanted, credentials="narrow")
    said = [
        refusal(reach.check_bucket, tenant, **wanted | more)
        for tenant, more in (
            ("rival", {"credentials": "narrow"}),  # another tenant's
            ("rival", {"credentials": "nothing"}),
            ("acme", {"credentials": "narrow", "name": "shared"}),  # not for this bucket
            ("acme", {"credentials": "google"}),  # not for this provider
        )
    ]
    assert {(each.detail, each.code, each.errors) for each in said} == {
        (said[0].detail, "no_credentials", said[0].errors)
    }
    with pytest.raises(Invalid):
        keep(reach, "rival", name="acme-in", credentials="narrow")


def test_what_the_operator_takes_back_opens_nothing_more(
    reach_with: MakeReach, entries: str, keep: Keep, tmp_path: Path
) -> None:
    reach = reach_with(credentials_file=entries)
    connector = keep(reach, name="acme-in", credentials="narrow")
    reach.bucket("acme", connector)
    toml(tmp_path / "etc", ENTRIES.replace('tenants = ["acme"]', 'tenants = ["rival"]'))
    assert refusal(reach.bucket, "acme", connector).code == "no_credentials"
    assert refusal(reach.place, "acme", "s3://acme-in/x").code == "no_credentials"


def test_where_the_operators_credentials_go_is_for_the_operator_to_say(
    reach_with: MakeReach, entries: str, keep: Keep
) -> None:
    reach = reach_with(credentials_file=entries, bucket_endpoints=("https://allowed.example",))
    for given in ({"credentials": "narrow"}, {"credentials": "minio", "name": "shared"}, {"name": "acme-in"}):
        wanted = {"name": "acme-in", "endpoint": "https://allowed.example"} | given
        with pytest.raises(Invalid) as error:
            keep(reach, **wanted)
        assert error.value.code in ("endpoint_not_allowed", "no_credentials")
    connector = keep(reach, name="shared", credentials="minio", endpoint="HTTP://minio.internal:9000/", region="other")
    assert endpoint_of(reach.bucket("acme", connector)) == "http://minio.internal:9000"
    assert region_of(reach.bucket("acme", connector)) == "eu-west-1"
    without = keep(reach, name="shared")
    assert endpoint_of(reach.bucket("acme", without)) == "http://minio.internal:9000"


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"provider": "ftp"}, "provider", "invalid"),
        ({"name": "Bad_Name"}, "bucket", "bad_bucket_name"),
        ({"name": ""}, "bucket", "bad_bucket_name"),
        ({"name": "a/../b"}, "bucket", "bad_bucket_name"),
        ({"region": "x.evil.example/"}, "region", "invalid"),
        ({"region": "EU"}, "region", "invalid"),
        ({"region": ""}, "region", "invalid"),
        ({"region": "x@y"}, "region", "invalid"),
        ({"endpoint": "https://evil.example"}, "endpoint", "endpoint_not_allowed"),
        ({"endpoint": "http://169.254.169.254"}, "endpoint", "endpoint_not_allowed"),
        ({"endpoint": "https://allowed.example:444"}, "endpoint", "endpoint_not_allowed"),
        ({"endpoint": "http://allowed.example"}, "endpoint", "endpoint_not_allowed"),
        ({"endpoint": "https://allowed.example/path"}, "endpoint", "invalid"),
        ({"endpoint": "https://allowed.example@evil.example"}, "endpoint", "invalid"),
        ({"endpoint": "allowed.example"}, "endpoint", "invalid"),
        ({"endpoint": ""}, "endpoint", "invalid"),
        ({"credentials": "narrow"}, "credentials", "invalid"),  # and a secret
        ({"secret": {}}, "secret.access_key_id", "bad_secret"),
        ({"secret": S3_SECRET | {"endpoint": "http://x"}}, "secret", "bad_secret"),
        ({"secret": S3_SECRET | {"secret_access_key": f"{HUSH} x"}}, "secret.secret_access_key", "bad_secret"),
        ({"provider": "folder", "name": "/x", "secret": None, "endpoint": "https://a.example"}, "endpoint", "invalid"),
        ({"provider": "folder", "name": "/x", "secret": None, "region": "eu"}, "region", "invalid"),
        ({"provider": "folder", "name": "/x", "secret": None, "credentials": "a"}, "credentials", "invalid"),
        ({"provider": "folder", "name": "/x"}, "secret", "invalid"),
        ({"provider": "folder", "name": "relative", "secret": None}, "bucket", "invalid"),
        ({"provider": "folder", "name": "/a/../b", "secret": None}, "bucket", "invalid"),
        ({"provider": "folder", "name": "/a\n", "secret": None}, "bucket", "invalid"),
    ],
)  # fmt: skip
def test_a_bucket_that_cannot_be_is_refused_by_the_field(
    reach_with: MakeReach, entries: str, keep: Keep, given: dict[str, Any], field: str, code: str
) -> None:
    reach = reach_with(credentials_file=entries, bucket_endpoints=("https://allowed.example",))
    found = refusal(keep, reach, **{"name": "good-name", "secret": S3_SECRET} | given)
    assert isinstance(found, Invalid) and (found.errors[0].field, found.code) == (field, code)


def test_the_servers_own_bucket_is_nobodys(reach_with: MakeReach, entries: str, keep: Keep) -> None:
    before = reach_with(credentials_file=entries)
    connector = keep(before, name="own-store", credentials="own")
    sealed = keep(before, name="own-store", secret=S3_SECRET)
    reach = reach_with(credentials_file=entries, store="s3://own-store/x", store_credentials="own")
    assert reach.own._address.bucket == "own-store"  # type: ignore[attr-defined]
    for tenant in ("acme", "default"):
        for uri in ("s3://own-store/x/results/job_1.a", "s3://own-store/elsewhere"):
            found = refusal(reach.check, tenant, uri, "input_uri")
            assert isinstance(found, Forbidden) and found.code == "uri_not_allowed"
            assert refusal(reach.place, tenant, uri).code == "uri_not_allowed"
    for each in (connector, sealed):
        assert refusal(reach.bucket, "acme", each).code == "uri_not_allowed"
    for given in ({"credentials": "own"}, {"secret": S3_SECRET}, {}):
        assert refusal(keep, reach, name="own-store", **given).code == "uri_not_allowed"


def test_an_own_store_that_cannot_be_opened_is_refused_at_the_start(
    reach_with: MakeReach, entries: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store, name in (
        ("s3://other", "own"),
        ("gs://own-store", "own"),
        ("s3://own-store", "none"),
        ("s3://a_b", "own"),
    ):
        with pytest.raises(Refusal) as error:
            reach_with(credentials_file=entries, store=store, store_credentials=name)
        assert error.value.code == "bad_setting"
    monkeypatch.delenv("OWN_SECRET_ACCESS_KEY")
    with pytest.raises(Unavailable, match="the variable OWN_SECRET_ACCESS_KEY is missing"):
        reach_with(credentials_file=entries, store="s3://own-store", store_credentials="own")


def test_an_opened_store_is_used_again_until_its_credentials_change(
    reach_with: MakeReach, keep: Keep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret_file(tmp_path, S3_SECRET)
    folder = tmp_path / "etc"
    folder.mkdir()
    text = f'[a]\nprovider = "s3"\ntenants = ["acme"]\nfile = "{tmp_path}/secret.json"\n'
    reach = reach_with(credentials_file=toml(folder, text))
    first = reach.place("acme", "s3://bucket/x").store
    assert reach.place("acme", "s3://bucket/y").store is first
    assert reach.place("acme", "s3://other-bucket/y").store is not first
    secret_file(tmp_path, S3_SECRET | {"access_key_id": "NEXT"})
    second = reach.place("acme", "s3://bucket/x").store
    assert second is not first
    assert canary.found_in(repr(vars(reach)) + repr(second)) == []
    monkeypatch.setattr(reaching, "MAX_OPENED", 2)
    for name in ("aaa", "bbb", "ccc"):
        reach.place("acme", f"s3://{name}/x")
    assert len(reach._opened) == 2
    (tmp_path / "secret.json").unlink()
    found = refusal(reach.place, "acme", "s3://bucket/x")
    assert isinstance(found, Unavailable) and found.code == "credentials_unreadable"
    reach.check("acme", "s3://bucket/x", "input_uri")  # reads no secret


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(settings: Settings) -> Path:
    """The allowed folder, with what leads out of it."""
    root = settings.file_roots[0]
    (root / "sub").mkdir()
    (root / "letter.txt").write_text("hello")
    (root / "inside").symlink_to(root / "letter.txt")
    (root / "outside").symlink_to("/etc/hostname")
    (root / "outside-folder").symlink_to("/etc")
    (root / "circle").symlink_to(root / "circle")
    return root


def test_files_below_the_root_are_reached(reach_with: MakeReach, files: Path) -> None:
    reach = reach_with()
    for path in ("letter.txt", "./sub/../letter.txt", "lette%72.txt", "inside"):
        reach.check("acme", f"file://{files}/{path}", "input_uri")
        place = reach.place("acme", f"file://{files}/{path}")
        reader = place.store.open(place.key)
        assert reader.read() == b"hello" and place.key == "letter.txt"
        reader.close()
    assert reach.place("acme", f"file://{files}/to/come.txt").key == "to/come.txt"


def test_what_is_not_below_the_root_is_refused(reach_with: MakeReach, files: Path) -> None:
    reach = reach_with()
    for uri in (
        "file:///etc/hostname", f"file://{files}/../expunct.db", f"file://{files}/%2e%2e/expunct.db", f"file://{files}",
        f"file://{files}-sibling/x", f"file://{files}/outside", f"file://{files}/outside-folder/x",
        f"file://{files}/sub/../../keys/master.key", "file:///proc/self/environ",
    ):  # fmt: skip
        for to_write in (False, True):
            found = refusal(reach.check, "acme", uri, "input_uri", to_write=to_write)
            assert isinstance(found, Forbidden) and found.code == "uri_not_allowed", uri
        assert refusal(reach.place, "acme", uri).code == "uri_not_allowed"
    assert refusal(reach_with(file_roots=()).check, "acme", f"file://{files}/letter.txt", "x").code == "uri_not_allowed"
    assert refusal(reach.check, "acme", f"file://{files}/circle", "output_uri").errors[0].field == "output_uri"


def test_a_link_that_was_swapped_in_leads_nowhere(reach_with: MakeReach, files: Path) -> None:
    place = reach_with().place("acme", f"file://{files}/letter.txt")
    (files / "letter.txt").unlink()
    (files / "letter.txt").symlink_to("/etc/hostname")
    with pytest.raises(StoreDenied):
        place.store.open(place.key)


def test_tenants_have_folders_of_their_own(reach_with: MakeReach, keep: Keep, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    for tenant in ("acme", "rival"):
        (shared / tenant / "in").mkdir(parents=True)
        (shared / tenant / "in" / "a.txt").write_text(tenant)
    (shared / "acme" / "to-rival").symlink_to(shared / "rival")
    reach = reach_with(file_roots=(shared / "{tenant}",))
    mine = keep(reach, provider="folder", name=f"{shared}/acme/in")
    whole = keep(reach, provider="folder", name=f"{shared}/acme")
    assert [each.key for each in reach.bucket("acme", mine).list()] == ["a.txt"]
    assert "in/a.txt" in [each.key for each in reach.bucket("acme", whole).list()]
    for connector, key in ((mine, "a.txt"), (whole, "in/a.txt")):
        assert reach.place("acme", f"file://{shared}/acme/in/a.txt", connector_id=connector).key == key
    for name in (f"{shared}/rival/in", f"{shared}", f"{shared}/acme/to-rival", "/etc", "/", f"{shared}/acme-2"):
        assert refusal(keep, reach, provider="folder", name=name).code == "uri_not_allowed"
    for uri in (f"file://{shared}/rival/in/a.txt", f"file://{shared}/acme/to-rival/in/a.txt"):
        assert refusal(reach.check, "acme", uri, "input_uri").code == "uri_not_allowed"
        assert refusal(reach.place, "acme", uri, connector_id=whole).code == "uri_not_allowed"
    (shared / "acme" / "b.txt").write_text("beside")
    assert refusal(reach.place, "acme", f"file://{shared}/acme/b.txt", connector_id=mine).code == "uri_not_allowed"
    # A folder that turned into a link, and a root that the operator took away.
    (shared / "acme" / "in" / "a.txt").unlink()
    (shared / "acme" / "in").rmdir()
    (shared / "acme" / "in").symlink_to(shared / "rival" / "in")
    assert refusal(reach.bucket, "acme", mine).code == "uri_not_allowed"
    assert refusal(reach_with(file_roots=()).bucket, "acme", whole).code == "uri_not_allowed"


# --- the web ----------------------------------------------------------------------------------------------------------


def test_urls_are_checked_by_the_rules_of_fetching_and_never_written_to(reach_with: MakeReach) -> None:
    reach = reach_with(fetch_hosts=("a.example", "10.0.0.1"))
    reach.check("acme", "https://a.example/x?sig=1", "input_uri")
    for uri, code in (
        ("https://b.example/x", "host_not_allowed"),
        ("https://a.example:8443/x", "host_not_allowed"),
        ("https://10.0.0.1/x", "address_not_allowed"),
    ):
        found = refusal(reach.check, "acme", uri, "input_uri")
        assert isinstance(found, Forbidden) and found.code == code
    found = refusal(reach.check, "acme", "https://a.example/ü", "input_uri")
    assert isinstance(found, Invalid) and found.code == "url_malformed" and found.errors[0].field == "input_uri"
    written = refusal(reach.check, "acme", "https://a.example/x", "output_uri", to_write=True)
    assert isinstance(written, Invalid) and (written.code, written.errors[0].field) == ("not_writable", "output_uri")
    assert (
        refusal(reach_with(fetch_hosts=()).check, "acme", "https://a.example/x", "input_uri").code == "host_not_allowed"
    )


def test_a_document_of_the_web_is_read_alone_and_its_query_is_not_shown(reach_with: MakeReach) -> None:
    place = reach_with().place("acme", "https://a.example/x/y.txt", query=f"sig={HUSH}")
    assert (place.uri, place.key) == ("https://a.example/x/y.txt", "/x/y.txt")
    assert place.store._url == f"https://a.example/x/y.txt?sig={HUSH}"  # type: ignore[attr-defined]
    assert canary.found_in(repr(place)) == []
    for call in (lambda: place.store.put("x", None), lambda: place.store.create("x"), lambda: place.store.remove("x")):  # type: ignore[arg-type]
        with pytest.raises(StoreDenied):
            call()
    assert json.dumps(reach_with().place("acme", f"https://a.example/?{HUSH}").uri) == '"https://a.example/"'
