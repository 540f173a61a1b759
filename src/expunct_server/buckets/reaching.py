"""From a URI and a tenant to the store that holds it, opened with credentials that this tenant may use.

Two steps. **Which way**: by rules, rows and the operator's entries alone, without network or secret; a submission is
checked so far. **Opening**: the secret is read, from where it is kept, each time; the store that was opened with it
before is used again unless it changed.

A bucket without a connector is opened by the tenant's own open bucket of that name (newest first), else by the
operator's first entry that permits this tenant and bucket. Where the operator's credentials go is said by the operator
alone; a tenant's go to the provider's own servers, or to one that the operator allows by `bucket_endpoints`.
The bucket that this server keeps its own objects in is nobody's, whatever the credentials would permit.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from expunct_server.buckets import rows, sealed, uris
from expunct_server.buckets.credentials import TELL_OPERATOR, Credentials, Entry, is_region
from expunct_server.buckets.folders import file_below, folder_below, roots_of
from expunct_server.buckets.models import Bucket
from expunct_server.db.session import Database
from expunct_server.errors import FieldError, Forbidden, Invalid, Refusal, Unavailable
from expunct_server.outbound.addresses import AddressRefused, Rules, check_url
from expunct_server.settings import Settings, server_url
from expunct_server.storage.base import Draft, Stat, Store, StoreDenied, StoreError
from expunct_server.storage.folder import FolderStore, own_folder
from expunct_server.storage.objects import Address, ObjectStore
from expunct_server.storage.web import WebDocument
from expunct_server.tenants import sealing

MAX_OPENED = 64
_NO_CREDENTIALS = (
    "This server has no credentials for this bucket that you may use. Make a connector to it with credentials of your "
    "own, or ask the server's operator to allow it."
)


@dataclass(frozen=True, slots=True)
class Place:
    """An object of a store. `uri` is what may be shown."""

    store: Store
    key: str
    uri: str


@dataclass(frozen=True, slots=True)
class _Way:
    """How a bucket is opened: by an entry of the operator's, or by what is sealed in the tenant's own row."""

    address: Address
    entry: Entry | None = None
    bucket: Bucket | None = None

    @property
    def opener(self) -> tuple[str, str]:
        return ("entry", self.entry.name) if self.entry else ("bucket", self.bucket.id if self.bucket else "")


@dataclass(frozen=True, slots=True)
class _Opened:
    secret: Mapping[str, str] = field(repr=False)
    store: Store


class Reach:
    """What tenants may reach, of one process. Thread-safe."""

    def __init__(self, settings: Settings, database: Database) -> None:
        """Reads the credentials file and opens the server's own store.

        Raises `Invalid`, `Unavailable`, in sentences for who starts the process.
        """
        self._settings = settings
        self._database = database
        self._credentials = Credentials(settings.credentials_file, settings.file_roots)
        self._endpoints = frozenset(server_url(each) for each in settings.bucket_endpoints)
        self._rules = Rules(settings.fetch_hosts, settings.private_networks)
        self._opened: OrderedDict[tuple[tuple[str, str], Address, str], _Opened] = OrderedDict()
        self._lock = threading.Lock()
        self._folder = own_folder(settings.data)
        self._own_provider, self._own_bucket, self._own_prefix = _own_place(settings.store)
        try:
            _ = self.own
        except Unavailable as error:
            raise Unavailable(error.detail.removesuffix(TELL_OPERATOR), code=error.code) from None

    @property
    def own(self) -> Store:
        """Where uploads wait and results are kept. Ask anew each time: credentials change. Raises `Unavailable`."""
        if not self._settings.store:
            return self._folder
        entry = self._credentials.named(self._settings.store_credentials)
        if entry is None or not entry.opens(self._own_provider, self._own_bucket):
            raise Unavailable(  # whoever meets it later has done nothing wrong
                "The credentials file has no entry of the name in EXPUNCT_SERVER_STORE_CREDENTIALS for the bucket in "
                f"EXPUNCT_SERVER_STORE.{TELL_OPERATOR}",
                code="bad_setting",
            )
        return self._open(_Way(_address(self._own_provider, self._own_bucket, entry), entry), self._own_prefix)

    def check(self, tenant_id: str, uri: str, field: str, *, to_write: bool = False) -> None:
        """Refuse a URI that cannot be reached, by rules alone: no network, no secret.

        Raises `Invalid`, with `field` in its errors, and `Forbidden` for what the operator does not allow.
        """
        parsed = uris.parse(uri, field)
        if parsed.scheme == "file":
            file_below(parsed.key, self._roots(tenant_id), field)
        elif parsed.scheme == "https":
            if to_write:
                raise Invalid(
                    f"{field} cannot be an https:// URL: results are written to buckets and files.",
                    code="not_writable",
                    errors=(FieldError(field, "is a URL that cannot be written to"),),
                )
            self._check_url(uri, field)
        else:
            self._way(tenant_id, uris.PROVIDERS[parsed.scheme], parsed.bucket, field)

    def place(self, tenant_id: str, uri: str, *, connector_id: str | None = None, query: str | None = None) -> Place:
        """Where the object is, its store opened. `query` belongs to an https:// URI that was kept without it.

        Raises a `Refusal`: `Invalid` with the code no_credentials where nothing opens the bucket, `NotFound` when the
        connector is gone, `Unavailable` when a secret cannot be read. No network is used.
        """
        parsed = uris.parse(uri)
        if connector_id is not None:
            return self._of_connector(tenant_id, connector_id, parsed, uri)
        if parsed.scheme == "file":
            root, key = file_below(parsed.key, self._roots(tenant_id), "input_uri")
            return Place(FolderStore(root), key, uri)
        if parsed.scheme == "https":
            url = uri if query is None else f"{uris.shown(uri)}?{query}"
            return Place(self._page(url), parsed.key, uris.shown(uri))
        way = self._way(tenant_id, uris.PROVIDERS[parsed.scheme], parsed.bucket, "input_uri")
        return Place(self._open(way), parsed.key, uri)

    def bucket(self, tenant_id: str, connector_id: str) -> Store:
        """The whole bucket or folder of a connector. Raises a `Refusal`; no network is used."""
        with self._database.reading() as session:
            bucket = rows.get(session, tenant_id, connector_id)
        return self._store_of(bucket)

    def check_bucket(
        self,
        tenant_id: str,
        *,
        provider: str,
        name: str,
        endpoint: str | None,
        region: str | None,
        credentials: str | None,
        has_secret: bool,
    ) -> None:
        """Refuse a bucket that this tenant's connector may not reach, by rules alone. Raises `Invalid`, `Forbidden`."""
        if provider not in uris.SCHEMES:
            raise _wrong("provider", "must be s3, gcs, azure or folder")
        if credentials is not None and has_secret:
            raise _wrong("credentials", "must be left out where a secret is given: it is one or the other")
        if provider == "folder":
            given = {"endpoint": endpoint, "region": region, "credentials": credentials, "secret": has_secret or None}
            for each in (name for name, value in given.items() if value is not None):
                raise _wrong(each, "must be left out for a folder")
            folder_below(name, self._roots(tenant_id), "bucket")
            return
        uris.check_bucket_name(provider, name, "bucket")
        if region is not None and not is_region(region):
            raise _wrong("region", "must be a region's name: small letters, digits and hyphens")
        wanted = Bucket(
            tenant_id=tenant_id, provider=provider, name=name, endpoint=endpoint, region=region, credentials=credentials
        )
        way = self._way_of(wanted, "bucket", has_secret=has_secret)
        if endpoint is not None and self._endpoint(endpoint) != way.address.endpoint:
            raise _wrong(
                "endpoint", "is not where these credentials are for; leave it out", code="endpoint_not_allowed"
            )

    def seal(self, provider: str, connector_id: str, secret: Mapping[str, str]) -> bytes:
        """A tenant's own secret, checked and sealed for this connector. Raises `Invalid`."""
        return sealed.seal(self._master, provider, connector_id, secret)

    def endpoint(self, endpoint: str | None) -> str | None:
        """A tenant's endpoint in its one spelling. Raises `Invalid` where it is no URL of a server."""
        return None if endpoint is None else self._endpoint(endpoint)

    # --- which way ---

    def _way(self, tenant_id: str, provider: str, name: str, field: str) -> _Way:
        with self._database.reading() as session:
            own = rows.open_buckets(session, tenant_id, provider, name)
        for bucket in own:
            try:
                return self._way_of(bucket, field)
            except Invalid:
                continue  # what the operator no longer permits; another may do
        return self._by_entry(tenant_id, provider, name, None, None, field)

    def _way_of(self, bucket: Bucket, field: str, *, has_secret: bool | None = None) -> _Way:
        """What opens a row of a tenant's. Raises `Invalid`, `Forbidden`."""
        if has_secret is None:
            has_secret = bucket.sealed_secret is not None
        if has_secret:
            self._refuse_own(bucket.provider, bucket.name)
            endpoint = None if bucket.endpoint is None else self._allowed_endpoint(bucket.endpoint)
            return _Way(Address(bucket.provider, bucket.name, endpoint, bucket.region), bucket=bucket)
        if bucket.credentials is None:
            endpoint = self.endpoint(bucket.endpoint)
            return self._by_entry(bucket.tenant_id, bucket.provider, bucket.name, endpoint, bucket.region, field)
        self._refuse_own(bucket.provider, bucket.name)
        entry = self._credentials.named(bucket.credentials)
        if entry is None or not entry.permits(bucket.tenant_id, bucket.provider, bucket.name):
            raise Invalid(  # the same whichever it is: names of others' entries cannot be found out
                "There are no credentials of this name that you may use for this bucket. Ask the server's operator.",
                code="no_credentials",
                errors=(FieldError("credentials", "names nothing that you may use for this bucket"),),
            )
        return _Way(_address(bucket.provider, bucket.name, entry, bucket.region), entry)

    def _by_entry(
        self, tenant_id: str, provider: str, name: str, endpoint: str | None, region: str | None, field: str
    ) -> _Way:
        self._refuse_own(provider, name)
        entry = self._credentials.permitted(tenant_id, provider, name, endpoint)
        if entry is None:
            error = FieldError(field, "is in a bucket that there are no credentials for")
            raise Invalid(_NO_CREDENTIALS, code="no_credentials", errors=(error,))
        return _Way(_address(provider, name, entry, region), entry)

    def _refuse_own(self, provider: str, name: str) -> None:
        """The server's own bucket holds documents of all tenants."""
        if (provider, name) == (self._own_provider, self._own_bucket):
            raise Forbidden("This bucket is the server's own; documents cannot be there.", code="uri_not_allowed")

    def _allowed_endpoint(self, endpoint: str) -> str:
        spelt = self._endpoint(endpoint)
        if spelt not in self._endpoints:
            raise _wrong(
                "endpoint",
                "is not a server that the operator allows; ask them to add it to the bucket endpoints",
                code="endpoint_not_allowed",
            )
        return spelt

    def _endpoint(self, endpoint: str) -> str:
        try:
            return server_url(endpoint)
        except ValueError:
            raise _wrong("endpoint", "must be the URL of a host, without path, user or password") from None

    def _check_url(self, url: str, field: str) -> None:
        try:
            check_url(url, self._rules)
        except AddressRefused as error:
            if error.code in ("host_not_allowed", "address_not_allowed"):
                errors = (FieldError(field, "is at a host or an address that is not allowed"),)
                raise Forbidden(error.detail, code=error.code, errors=errors) from None
            raise Invalid(error.detail, code=error.code, errors=(FieldError(field, "is no URL to fetch"),)) from None

    def _roots(self, tenant_id: str) -> tuple[Path, ...]:
        return roots_of(self._settings.file_roots, tenant_id)

    # --- opening ---

    def _of_connector(self, tenant_id: str, connector_id: str, parsed: uris.Uri, uri: str) -> Place:
        with self._database.reading() as session:
            bucket = rows.get(session, tenant_id, connector_id)
        store = self._store_of(bucket)
        if bucket.provider == "folder" and parsed.scheme == "file":
            folder = folder_below(bucket.name, self._roots(tenant_id), "bucket")
            return Place(store, file_below(parsed.key, (folder,), "input_uri")[1], uri)
        if (uris.SCHEMES[bucket.provider], bucket.name) != (parsed.scheme, parsed.bucket):
            raise Forbidden("This URI is not in the connector's bucket.", code="uri_not_allowed")
        return Place(store, parsed.key, uri)

    def _store_of(self, bucket: Bucket) -> Store:
        if bucket.provider == "folder":
            return FolderStore(folder_below(bucket.name, self._roots(bucket.tenant_id), "bucket"))
        return self._open(self._way_of(bucket, "bucket"))

    def _page(self, url: str) -> Store:
        settings = self._settings
        return _Page(url, rules=self._rules, seconds=settings.fetch_seconds, max_bytes=settings.max_upload_bytes)

    def _open(self, way: _Way, prefix: str = "") -> Store:
        secret = self._secret(way)
        key = (way.opener, way.address, prefix)
        with self._lock:
            opened = self._opened.get(key)
            if opened is None or opened.secret != secret:
                opened = self._opened[key] = _Opened(secret, self._made(way.address, secret, prefix))
            self._opened.move_to_end(key)
            if len(self._opened) > MAX_OPENED:
                self._opened.popitem(last=False)
        return opened.store

    def _made(self, address: Address, secret: Mapping[str, str], prefix: str) -> Store:
        try:
            within = {"read_seconds": self._settings.fetch_seconds}
            return ObjectStore(address, secret, scratch=self._settings.data, prefix=prefix, **within)
        except StoreError as error:  # what no rule of ours saw
            raise Invalid(error.detail, code=error.code) from None

    def _secret(self, way: _Way) -> dict[str, str]:
        if way.entry is not None:
            return self._credentials.secret(way.entry)
        assert way.bucket is not None
        return sealed.opened(self._master, way.bucket)

    @cached_property
    def _master(self) -> bytes:
        return sealing.master_key(self._settings)


class _Page(WebDocument):
    """A document of the web: beside it nothing can be listed, and nothing written."""

    def list(self, *_: Any, **__: Any) -> Iterator[Stat]:
        raise StoreDenied

    def put(self, *_: Any, **__: Any) -> Stat:
        raise StoreDenied

    def create(self, *_: Any, **__: Any) -> AbstractContextManager[Draft]:
        raise StoreDenied

    def remove(self, *_: Any, **__: Any) -> None:
        raise StoreDenied


def _own_place(store: str) -> tuple[str, str, str]:
    """Provider, bucket and prefix of `settings.store`; empty without one."""
    if not store:
        return "", "", ""
    scheme, _, rest = store.partition("://")
    bucket, _, prefix = rest.partition("/")
    provider = uris.PROVIDERS[scheme]
    try:
        uris.check_bucket_name(provider, bucket, "EXPUNCT_SERVER_STORE")
    except Refusal as error:
        raise Invalid(error.detail, code="bad_setting") from None
    return provider, bucket, prefix.strip("/")


def _address(provider: str, name: str, entry: Entry, region: str | None = None) -> Address:
    return Address(provider, name, entry.endpoint, entry.region or region)


def _wrong(field: str, message: str, *, code: str | None = None) -> Invalid:
    return Invalid(f"{field} {message}.", code=code, errors=(FieldError(field, message),))
