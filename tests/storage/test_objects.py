"""What only a bucket can do wrong: credentials, regions, odd keys, servers that lie or hang; and big objects."""

import io
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from obstore.exceptions import GenericError

from expunct_server.storage.base import (
    BucketMissing,
    CredentialsRefused,
    KeyUnsupported,
    StoreChanged,
    StoreDenied,
    StoreError,
    StoreExists,
    StoreMissing,
    StoreTimeout,
    StoreUnavailable,
    WrongRegion,
)
from expunct_server.storage.copying import local_copy
from expunct_server.storage.failures import of_obstore
from expunct_server.storage.objects import Address, ObjectStore
from tests.support.liar import Liar, Script, drips, resets, says
from tests.support.seaweedfs import SeaweedFS

Make = Callable[..., ObjectStore]
SECRET = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "hush-hush-hush"}
OBJECT = ('ETag: "abc"', "Last-Modified: Thu, 26 Nov 2026 11:00:00 GMT")


def put(store: ObjectStore, key: str, data: bytes = b"data", **more: Any) -> Any:
    return store.put(key, io.BytesIO(data), **more)


def keys(store: ObjectStore, **more: Any) -> list[str]:
    return [each.key for each in store.list(**more)]


ACTS: dict[str, Callable[[ObjectStore], object]] = {
    "list": lambda store: list(store.list()),
    "stat": lambda store: store.stat("a"),
    "open": lambda store: store.open("a"),
    "put": lambda store: put(store, "a"),
    "put parts": lambda store: put(store, "a", bytes(9 << 20)),
    "put once": lambda store: put(store, "b", if_absent=True),
    "remove": lambda store: store.remove("a"),
}


# --- credentials ------------------------------------------------------------------------------------------------------


def meant(store: ObjectStore) -> dict[str, str]:
    """What each act on a store comes to."""
    found = {}
    for name, act in ACTS.items():
        try:
            act(store)
            found[name] = "done"
        except StoreError as error:
            found[name] = error.code
    return found


def test_each_way_of_not_being_let_in_is_told_apart(s3: SeaweedFS, bucket_store: Make, scratch: Path) -> None:
    name = s3.bucket()
    put(bucket_store(name), "a")
    everything = dict.fromkeys(ACTS, "")
    address = Address("s3", name, s3.endpoint)
    for wrong in ({**s3.secret(), "secret_access_key": "wrong"}, {**s3.secret(), "access_key_id": "wrong"}):
        assert meant(ObjectStore(address, wrong, scratch=scratch)) == dict.fromkeys(everything, "credentials_refused")
    denied = dict.fromkeys(everything, "access_denied")
    assert meant(bucket_store(name, "reader")) == denied | dict.fromkeys(("list", "stat", "open"), "done")
    assert meant(bucket_store(name, "lister")) == denied | {"list": "done"}
    assert meant(bucket_store("not-there")) == dict.fromkeys(everything, "bucket_not_found")
    assert meant(bucket_store(name)) == dict.fromkeys(everything, "done")


@pytest.mark.parametrize(
    ("address", "secret", "error"),
    [
        (Address("s3", "no/bucket"), SECRET, BucketMissing),
        (Address("s3", "../other"), SECRET, BucketMissing),
        (Address("s3", "bucket", region="x.evil.example/"), SECRET, WrongRegion),
        (Address("s3", "bucket", "ftp://example.com"), SECRET, StoreUnavailable),
        (Address("s3", "bucket", "https://user:word@example.com"), SECRET, StoreUnavailable),
        (Address("s3", "bucket", "https://example.com/?x"), SECRET, StoreUnavailable),
        (Address("s3", "bucket"), {"access_key_id": "hush-hush-hush"}, CredentialsRefused),
        (Address("azure", "bucket"), {"account_name": "evil.example/", "account_key": "aHVzaA=="}, CredentialsRefused),
        (Address("azure", "bucket"), {"account_name": "account", "account_key": "hush-hush-hush"}, CredentialsRefused),
        (Address("gcs", "bucket"), {"client_email": "a@b", "private_key": "hush-hush-hush"}, CredentialsRefused),
    ],
)
def test_what_cannot_be_an_address_or_credentials_is_refused(
    address: Address, secret: dict[str, str], error: type[StoreError], tmp_path: Path
) -> None:
    with pytest.raises(error) as refusal:
        ObjectStore(address, secret, scratch=tmp_path)
    assert "hush" not in "".join(traceback.format_exception(refusal.value)) + repr(refusal.value)
    assert refusal.value.__context__ is None


def test_secrets_and_keys_are_shown_nowhere(tmp_path: Path) -> None:
    with Liar(says("403 Forbidden", b"<Error><Code>AccessDenied</Code><Key>folder/hush-name</Key></Error>")) as liar:
        store = ObjectStore(Address("s3", "bucket", liar.url), SECRET, scratch=tmp_path)
        key = "folder/hush-name"
        with pytest.raises(StoreDenied) as error:
            store.open(key)
        assert b"AKIDEXAMPLE" in liar.asked[0]
    assert error.value.__context__ is None
    shown = repr(store) + str(error.value) + "".join(traceback.format_exception(error.value, chain=True))
    assert "hush" not in shown and "127.0.0.1" not in shown


# --- the environment --------------------------------------------------------------------------------------------------


def test_nothing_is_taken_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, s3: SeaweedFS, bucket_store: Make
) -> None:
    """Neither credentials nor addresses nor habits: everything works as without."""
    name = s3.bucket()
    with Liar(says("500 Not me")) as liar:
        others = {
            **dict.fromkeys(("ENDPOINT", "ENDPOINT_URL", "ENDPOINT_URL_S3", "METADATA_ENDPOINT"), liar.url),
            **dict.fromkeys(("CONTAINER_CREDENTIALS_FULL_URI", "STS_ENDPOINT", "PROXY_URL"), liar.url),
            **dict.fromkeys(("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "TOKEN"), "hush"),
            **dict.fromkeys(("REGION", "DEFAULT_REGION", "BUCKET", "BUCKET_NAME", "ROLE_ARN"), "other"),
            **dict.fromkeys(("SKIP_SIGNATURE", "S3_EXPRESS", "VIRTUAL_HOSTED_STYLE_REQUEST", "REQUEST_PAYER"), "true"),
            **dict.fromkeys(("UNSIGNED_PAYLOAD", "IMDSV1_FALLBACK", "ALLOW_INVALID_CERTIFICATES"), "true"),
            "CHECKSUM_ALGORITHM": "sha256",
            "SERVER_SIDE_ENCRYPTION": "aws:kms",
            "SSE_KMS_KEY_ID": "other",
            "CONDITIONAL_PUT": "other",
            "COPY_IF_NOT_EXISTS": "other",
            "TIMEOUT": "1ms",
            "CONNECT_TIMEOUT": "1ms",
            "WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "none"),
            "SSE_CUSTOMER_KEY_BASE64": "aHVzaA==",
        }
        for variable, value in others.items():
            monkeypatch.setenv(f"AWS_{variable}", value)
        store = bucket_store(name)
        put(store, "a")
        put(store, "b", bytes(9 << 20))
        put(store, "c", if_absent=True)
        assert store.open("a").read() == b"data" and keys(store) == ["a", "b", "c"]
        store.remove("b")
        assert meant(ObjectStore(Address("s3", name, s3.endpoint), SECRET, scratch=tmp_path))["stat"] != "done"
        assert liar.asked == []


def test_azure_and_google_take_nothing_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (
        Liar(says("404 Not Found", b"<Error><Code>BlobNotFound</Code></Error>")) as liar,
        Liar(says("500 No")) as other,
    ):
        for variable in ("STORAGE_ENDPOINT", "ENDPOINT", "MSI_ENDPOINT", "AUTHORITY_HOST", "PROXY_URL"):
            monkeypatch.setenv(f"AZURE_{variable}", other.url)
        for variable in ("STORAGE_TOKEN", "STORAGE_SAS_KEY", "CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
            monkeypatch.setenv(f"AZURE_{variable}", "hush")
        for variable in ("STORAGE_USE_EMULATOR", "SKIP_SIGNATURE", "USE_AZURE_CLI"):
            monkeypatch.setenv(f"AZURE_{variable}", "true")
        address = Address("azure", "container", f"{liar.url}/account")
        secret = {"account_name": "account", "account_key": "a2V5"}
        with pytest.raises(StoreMissing):
            ObjectStore(address, secret, scratch=tmp_path).open("a")
        with pytest.raises(StoreMissing):
            ObjectStore(address, {"account_name": "account", "sas_token": "?sv=1&sig=x"}, scratch=tmp_path).open("a")
        assert b"SharedKey account:" in liar.asked[0] and b"sig=x" in liar.asked[1] and b"hush" not in liar.asked[1]
        assert other.asked == []
    for variable in ("SERVICE_ACCOUNT", "APPLICATION_CREDENTIALS", "SERVICE_ACCOUNT_PATH"):
        monkeypatch.setenv(f"GOOGLE_{variable}", str(tmp_path / "none"))
    monkeypatch.setenv("GOOGLE_SKIP_SIGNATURE", "true")
    with Liar(says("404 Not Found", b"<Error><Code>NoSuchBucket</Code></Error>")) as liar:
        store = ObjectStore(Address("gcs", "bucket", liar.url), service_account(), scratch=tmp_path)
        with pytest.raises(BucketMissing):
            store.open("a")
        assert liar.asked[0].startswith(b"GET /bucket/a ") and b"uthorization: Bearer ey" in liar.asked[0]


def service_account() -> dict[str, str]:
    """A service account of nobody, with an address that must not be believed."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

    key = generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "client_email": "nobody@example.com",
        "private_key": key.decode(),
        "private_key_id": "1",
        "token_uri": "http://127.0.0.1:1/",
        "gcs_base_url": "http://127.0.0.1:1/",
    }


# --- what a real server does ------------------------------------------------------------------------------------------


def test_a_versioned_bucket_tells_versions_and_a_removed_object_is_gone(s3: SeaweedFS, bucket_store: Make) -> None:
    store = bucket_store(s3.bucket(versioned=True))
    first, second = put(store, "a", b"one"), put(store, "a", b"two")
    assert first.version and second.version and first.version != second.version
    reader = store.open("a", etag=second.etag)
    assert (reader.read(), reader.stat.version) == (b"two", second.version)
    assert keys(store) == ["a"]
    store.remove("a")
    assert keys(store) == []
    with pytest.raises(StoreMissing):
        store.stat("a")
    put(store, "a", b"three", if_absent=True)
    with pytest.raises(StoreChanged):
        store.open("a", etag=first.etag)


def test_what_is_more_than_a_part_goes_in_parts(bucket_store: Make) -> None:
    store = bucket_store()
    assert put(store, "a", bytes(20 << 20)).etag.endswith('-3"')
    assert store.stat("a").size == 20 << 20


def test_odd_keys_are_listed_and_refused_one_by_one(s3: SeaweedFS, bucket_store: Make) -> None:
    name = s3.bucket()
    store = bucket_store(name)
    put(store, "a")
    for path in ("folder/", "%01", "tab%09"):
        s3.request("PUT", f"/{name}/{path}", b"")
    put(store, "folder/z")
    assert keys(store) == ["\x01", "a", "folder/", "folder/z", "tab\t"]
    for key in ("\x01", "folder/", "tab\t"):
        with pytest.raises(KeyUnsupported):
            store.open(key)
    assert keys(store, prefix="folder") == ["folder/z"]
    assert keys(bucket_store(name, prefix="folder/")) == ["z"]


def test_a_prefix_is_a_wall(s3: SeaweedFS, bucket_store: Make) -> None:
    name = s3.bucket()
    whole, inner = bucket_store(name), bucket_store(name, prefix="inner")
    for key in ("inner", "inner-not", "other/a"):
        put(whole, key)
    put(inner, "a/b")
    assert keys(inner) == keys(inner, prefix="a") == ["a/b"] and "inner/a/b" in keys(whole)
    for key in ("../other/a", "/other/a", "a/../../other/a"):
        with pytest.raises(KeyUnsupported):
            inner.open(key)


@pytest.fixture(scope="module")
def many(s3: SeaweedFS, tmp_path_factory: pytest.TempPathFactory) -> ObjectStore:
    """A bucket of 2,500 objects: three pages."""
    address = Address("s3", s3.bucket(), s3.endpoint)
    store = ObjectStore(address, s3.secret("writer"), scratch=tmp_path_factory.mktemp("many"))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: put(store, f"in/{number:05}", b""), range(2500)))
    return store


def test_many_objects_are_listed_page_by_page(many: ObjectStore) -> None:
    wanted = [f"in/{number:05}" for number in range(2500)]
    assert keys(many) == wanted
    for point in (0, 1, 998, 999, 1000, 1001, 2498, 2499):
        assert keys(many, after=wanted[point]) == wanted[point + 1 :]
    listing = many.list("in")
    assert [next(listing).key for _ in range(3)] == wanted[:3]  # lazily


# --- servers that do not ----------------------------------------------------------------------------------------------


@pytest.fixture
def lied(tmp_path: Path) -> Iterator[Callable[..., tuple[ObjectStore, Liar]]]:
    started: list[Liar] = []

    def start(*scripts: Script, seconds: float = 1.0, **more: float) -> tuple[ObjectStore, Liar]:
        started.append(Liar(*scripts).__enter__())
        address = Address("s3", "bucket", started[-1].url)
        return ObjectStore(address, SECRET, scratch=tmp_path, seconds=seconds, **more), started[-1]

    yield start
    for each in started:
        each.__exit__()


Lied = Callable[..., tuple[ObjectStore, Liar]]


@pytest.mark.parametrize("name", ACTS)
def test_a_server_that_resets_is_unavailable(lied: Lied, name: str) -> None:
    store, liar = lied(resets)
    with pytest.raises(StoreUnavailable) as error:
        ACTS[name](store)
    assert error.value.passing and len(liar.asked) > 1  # tried again


@pytest.mark.parametrize("name", ACTS)
def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(StoreUnavailable):
        ACTS[name](ObjectStore(Address("s3", "bucket", url), SECRET, scratch=tmp_path, seconds=0.5))


@pytest.mark.parametrize("name", ["list", "stat", "open", "put", "remove"])
def test_a_server_that_hangs_takes_too_long(lied: Lied, name: str) -> None:
    hanging = threading.Event()
    store, _ = lied(lambda _: hanging.wait(30) and None, seconds=0.3)
    with pytest.raises(StoreTimeout) as error:
        ACTS[name](store)
    hanging.set()
    assert error.value.passing


HEAD = b"HTTP/1.1 200 OK\r\n"
REFUSED = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n"  # else what drips after HEAD would answer the next request
LONG = b"Content-Length: 100000\r\n\r\n"


@pytest.mark.parametrize("said", [b"", HEAD + b"X: ", HEAD + LONG, HEAD + b"\r\n", REFUSED + LONG])
def test_a_list_that_drips_takes_too_long(lied: Lied, said: bytes) -> None:
    store, _ = lied(drips(said), seconds=0.3)
    with pytest.raises(StoreTimeout):
        keys(store)


@pytest.mark.parametrize("said", [HEAD + b"X: ", REFUSED + LONG])
@pytest.mark.parametrize("name", ["stat", "open", "put", "remove"])
def test_an_answer_that_drips_takes_too_long(lied: Lied, name: str, said: bytes) -> None:
    store, _ = lied(drips(said), seconds=0.3, read_seconds=0.3)
    with pytest.raises(StoreTimeout):
        ACTS[name](store)


def test_a_body_that_drips_is_given_up_in_time(lied: Lied, tmp_path: Path) -> None:
    """By whoever copies it, between any two bytes; and by the store, whoever reads."""
    head = HEAD + "\r\n".join(OBJECT).encode() + b"\r\n" + LONG
    store, _ = lied(drips(head), seconds=5)
    with closing(store.open("a")) as reader, pytest.raises(StoreTimeout):
        local_copy(reader, tmp_path, max_bytes=1 << 20, seconds=0.3)
    store, _ = lied(drips(head), seconds=0.3, read_seconds=0.3)
    with closing(store.open("a")) as reader, pytest.raises(StoreTimeout):
        reader.read()


@pytest.mark.parametrize(("length", "then"), [(100, "end"), (100, "hang"), (5, "end")])
def test_a_body_is_never_short(lied: Lied, length: int, then: str) -> None:
    """Whatever a server says of its length: the bytes that it said, or an error."""
    hanging = threading.Event()
    answer = says("200 OK", b"0123456789", *OBJECT, length=length)

    def script(connection: socket.socket) -> None:
        answer(connection)
        if then == "hang":
            hanging.wait(30)

    store, _ = lied(script, seconds=0.3)
    reader = store.open("a")
    if length == 5:
        assert reader.stat.size == 5 and reader.read() == b"01234"
        return
    with pytest.raises(StoreUnavailable) as error:
        reader.read()
    hanging.set()
    assert isinstance(error.value, StoreTimeout) is (then == "hang")


def test_a_body_that_breaks_goes_on_where_it_broke(lied: Lied) -> None:
    broken = says("200 OK", b"01234", *OBJECT, length=10)
    rest = says("206 Partial Content", b"56789", *OBJECT, "Content-Range: bytes 5-9/10")
    store, liar = lied(broken, rest, seconds=5)
    assert store.open("a").read() == b"0123456789"
    assert b"ange: bytes=5-9" in liar.asked[1]


def test_a_body_that_breaks_and_is_another_then_is_not_mixed(lied: Lied) -> None:
    broken = says("200 OK", b"01234", *OBJECT, length=10)
    other = says("206 Partial Content", b"xxxxx", 'ETag: "other"', OBJECT[1], "Content-Range: bytes 5-9/10")
    store, _ = lied(broken, other, seconds=1)
    with pytest.raises(StoreError) as error:
        store.open("a").read()
    assert error.value.passing


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Slow Down", "500 Internal Server Error"])
@pytest.mark.parametrize("name", ["list", "open", "put"])
def test_what_passes_is_tried_again(lied: Lied, status: str, name: str) -> None:
    listing = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    well = says("200 OK", listing if name == "list" else b"data", *OBJECT)
    store, liar = lied(says(status), says(status), well, seconds=10)
    ACTS[name](store)
    assert len(liar.asked) == 3


def test_a_retry_that_meets_its_own_first_try_has_won(lied: Lied) -> None:
    """The first put was written, but its answer was lost: the retry is refused, and finds its own mark."""
    marks: list[bytes] = []

    def lost(connection: socket.socket) -> None:
        marks.append(next(line for line in liar.asked[-1].splitlines() if b"x-amz-meta-" in line.lower()))

    def written(connection: socket.socket) -> None:
        says("200 OK", b"", *OBJECT, marks[0].decode(), length=4)(connection)

    store, liar = lied(lost, says("412 Precondition Failed"), written, seconds=10)
    assert put(store, "a", if_absent=True).etag == '"abc"'
    assert b"if-none-match: *" in liar.asked[0].lower() and liar.asked[2].startswith(b"HEAD ")
    store, _ = lied(says("412 Precondition Failed"), says("200 OK", b"", *OBJECT, "x-amz-meta-expunctput: other"))
    with pytest.raises(StoreExists):
        put(store, "a", if_absent=True)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        ("301 Moved Permanently", "PermanentRedirect", WrongRegion),
        ("400 Bad Request", "AuthorizationHeaderMalformed", WrongRegion),
        ("400 Bad Request", "ExpiredToken", CredentialsRefused),
        ("403 Forbidden", "RequestTimeTooSkewed", CredentialsRefused),
        ("404 Not Found", "NoSuchBucket", BucketMissing),
        ("400 Bad Request", "Whatever", StoreUnavailable),
    ],
)
@pytest.mark.parametrize("name", ["list", "stat", "put", "remove"])
def test_codes_of_servers_are_understood(
    lied: Lied, status: str, code: str, error: type[StoreError], name: str
) -> None:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    def script(connection: socket.socket) -> None:
        is_head = liar.asked[-1].startswith(b"HEAD")
        says(status, b"" if is_head else body)(connection)

    store, liar = lied(script, seconds=0.3)
    with pytest.raises(error):
        ACTS[name](store)


@pytest.mark.parametrize(
    "body",
    [
        b"no xml",
        b"<Other/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>',
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>'.encode("utf-16"),
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>'.encode("utf-16-be"),
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><ListBucketResult>&a;</ListBucketResult>'.encode("utf-16-le"),
        b"<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>",
        b"<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"
        b"</ListBucketResult>",
    ],
)
def test_a_listing_that_is_none_or_never_ends_is_unavailable(lied: Lied, body: bytes) -> None:
    store, _ = lied(says("200 OK", body), seconds=0.3)
    with pytest.raises(StoreUnavailable):
        keys(store)
    store, _ = lied(says("200 OK", b"<ListBucketResult>", length=1000), seconds=0.3)
    with pytest.raises(StoreUnavailable):
        keys(store)


def test_listing_follows_no_redirect(lied: Lied) -> None:
    with Liar(says("200 OK", b"<ListBucketResult/>")) as other:
        store, _ = lied(says("302 Found", b"", f"Location: {other.url}/x"), seconds=0.3)
        with pytest.raises(StoreUnavailable):
            keys(store)
        assert other.asked == []


def test_a_list_of_azure_is_like_the_others(tmp_path: Path) -> None:
    """Its etags have no quotes there, and a server that knows no offset gives what was before it too."""
    blob = "<Blob><Name>%s</Name><Properties><Last-Modified>Thu, 26 Nov 2026 11:00:00 GMT</Last-Modified>"
    blob += "<Content-Length>1</Content-Length><Content-Type>x/y</Content-Type><Etag>0x1</Etag></Properties></Blob>"
    blobs = "".join(blob % name for name in ("in/a", "in/b", "in/c"))
    body = f"<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>".encode()
    secret = {"account_name": "account", "account_key": "a2V5"}
    with Liar(says("200 OK", body)) as liar:
        store = ObjectStore(Address("azure", "container", liar.url), secret, scratch=tmp_path, prefix="in")
        assert [(each.key, each.etag) for each in store.list(after="a")] == [("b", '"0x1"'), ("c", '"0x1"')]
        for key in ("a\\b", "a./b", "..."):
            with pytest.raises(KeyUnsupported):
                store.open(key)


def test_what_azure_says_of_a_removal_is_understood() -> None:
    """As Azurite answers: a batch in which one fails, of which obstore tells in its own words."""
    said = "Object at location a not found: Bulk delete request failed for key a: Not here. (code: %s)"
    assert of_obstore(FileNotFoundError(said % "404")) is StoreMissing
    assert of_obstore(GenericError(said % "403")) is StoreDenied


def test_the_path_is_the_key_whatever_is_in_it(lied: Lied) -> None:
    store, liar = lied(says("200 OK", b"data", *OBJECT))
    for key in ("a b", "a\\b", "a%2Fb", "a?b#c", "ü", "a+b"):
        store.open(key)
    paths = [each.split(b" ")[1].decode() for each in liar.asked]
    assert paths == [f"/bucket/{each}" for each in ("a%20b", "a%5Cb", "a%252Fb", "a%3Fb%23c", "%C3%BC", "a%2Bb")]
