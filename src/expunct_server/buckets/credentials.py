"""The operator's credentials: a TOML file that names them, says who may use them and where each secret is.

    [acme-archive]
    provider = "s3"
    tenants = ["acme"]
    buckets = ["acme-*"]
    environment = "ACME"

The file holds no secret. It is read strictly, at the start and again when it changed; a secret is read whenever it is
needed, so that one can be replaced without a restart. Who may not use an entry is told what is told when there is none.
"""

import logging
import re
import threading
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from expunct_server import ids
from expunct_server.buckets import secret_sources
from expunct_server.buckets.secret_fields import BadSecret
from expunct_server.errors import Invalid, Unavailable
from expunct_server.settings import server_url

_log = logging.getLogger(__name__)
PROVIDERS = ("s3", "gcs", "azure")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}\Z", re.ASCII)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}\Z", re.ASCII)
_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z", re.ASCII)
_SOURCES = ("environment", "profile", "file")
_KEYS = frozenset({"provider", "tenants", "buckets", "endpoint", "region", "profile_file", *_SOURCES})
_PROFILE_FILE = "~/.aws/credentials"
TELL_OPERATOR = " Tell the server's operator."
"""How sentences end that callers read; at the start of a process the operator reads them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Credentials by name. `reference` says where in its `source` the secret is; the secret itself is not here."""

    name: str
    provider: str
    tenants: tuple[str, ...]
    buckets: tuple[str, ...]
    endpoint: str | None
    region: str | None
    source: str
    reference: str
    profile_file: str

    @property
    def file(self) -> str | None:
        """The file that its secret is in."""
        return {"file": self.reference, "profile": self.profile_file}.get(self.source)

    def permits(self, tenant_id: str, provider: str, bucket: str) -> bool:
        """Whether this tenant may open this bucket with it."""
        is_for = "*" in self.tenants or tenant_id in self.tenants
        return is_for and self.opens(provider, bucket)

    def opens(self, provider: str, bucket: str) -> bool:
        """Whether it is for this bucket, whoever asks."""
        return provider == self.provider and any(fnmatchcase(bucket, each) for each in self.buckets)


class Credentials:
    """The entries of one file. Thread-safe."""

    def __init__(self, path: str, file_roots: tuple[Path, ...] = ()) -> None:
        """Reads the file. Raises `Invalid`, naming the entry and what is wrong in it."""
        self._path = Path(path).expanduser() if path else None
        self._roots = file_roots
        self._lock = threading.Lock()
        self._seen = self._signature()
        self._entries = self._read()
        self._broken = False

    def entries(self) -> tuple[Entry, ...]:
        """What the file says now, in its order. Raises `Unavailable` when it was changed to what cannot be read."""
        with self._lock:
            seen = self._signature()
            if seen != self._seen:
                self._seen, self._broken = seen, True
                try:
                    self._entries = self._read()
                    self._broken = False
                except Invalid as error:
                    _log.error("%s Nobody may use an entry until it is mended.", error.detail)
            if self._broken:  # not the old entries: what was taken out of the file must not be used on
                raise Unavailable(
                    "The server's credentials file cannot be read; tell its operator.", code="bad_credentials_file"
                )
            return self._entries

    def named(self, name: str) -> Entry | None:
        """The entry of this name, whoever may use it. Raises `Unavailable`."""
        return next((each for each in self.entries() if each.name == name), None)

    def permitted(self, tenant_id: str, provider: str, bucket: str, endpoint: str | None = None) -> Entry | None:
        """The first entry that this tenant may open this bucket with; at this endpoint if one is given."""
        for each in self.entries():
            if each.permits(tenant_id, provider, bucket) and endpoint in (None, each.endpoint):
                return each
        return None

    def secret(self, entry: Entry) -> dict[str, str]:
        """The entry's secret as it is now. Raises `Unavailable`, naming the entry and what is missing."""
        try:
            return _secret(entry)
        except BadSecret as error:
            what = f"{error.field} {error.message}"
            raise Unavailable(
                f"The credentials {entry.name} cannot be used: {what}.{TELL_OPERATOR}",
                code="credentials_unreadable",
            ) from None

    def _signature(self) -> tuple[int, int, int] | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _read(self) -> tuple[Entry, ...]:
        if self._path is None:
            return ()
        try:
            tables = tomllib.loads(self._path.read_bytes().decode())
        except OSError as error:
            raise _bad(f"{self._path} cannot be opened: {error.strerror}") from None
        except tomllib.TOMLDecodeError as error:  # its text may quote the file
            line = re.search(r"\(at line (\d+)", str(error))
            raise _bad(f"is no TOML{f', in line {line[1]}' if line else ''}") from None
        except UnicodeDecodeError:
            raise _bad("is no TOML: it is not UTF-8") from None
        entries = tuple(_entry(name, table) for name, table in tables.items())
        for each in entries:
            if each.file is not None and any(_is_below(each.file, root) for root in self._roots):
                raise _bad("names a file below a folder of file_roots, where callers may read it", each.name)
        return entries


def is_region(region: str) -> bool:
    """Whether it can be a region's name: it becomes part of a host's, so it holds neither dots nor slashes."""
    return _REGION.match(region) is not None


def _bad(message: str, name: str | None = None) -> Invalid:
    if name is None:
        return Invalid(f"The credentials file {message}.", code="bad_setting")
    shown = name if _NAME.match(name) else "with an unusable name"
    return Invalid(f"The entry {shown} of the credentials file {message}.", code="bad_setting")


def _entry(name: str, table: Any) -> Entry:
    if not _NAME.match(name):
        raise _bad("has a name with other characters than letters, digits, dots, hyphens and underscores", name)
    if not isinstance(table, dict):
        raise _bad("must be a table of its own", name)
    for key in table.keys() - _KEYS:
        raise _bad(f"has the unknown key {key}" if _NAME.match(key) else "has an unknown key", name)
    if table.get("provider") not in PROVIDERS:
        raise _bad("needs provider: s3, gcs or azure", name)
    source, reference = _source(name, table)
    return Entry(
        name=name,
        provider=table["provider"],
        tenants=_tenants(name, table),
        buckets=_texts(name, table, "buckets", ["*"]),
        endpoint=_endpoint(name, table),
        region=_region(name, table),
        source=source,
        reference=reference,
        profile_file=_profile_file(name, table),
    )


def _source(name: str, table: dict[str, Any]) -> tuple[str, str]:
    given = [each for each in _SOURCES if each in table]
    if len(given) != 1:
        raise _bad("needs exactly one of environment, profile and file", name)
    source, reference = given[0], table[given[0]]
    if not isinstance(reference, str) or not reference or not reference.isprintable():
        raise _bad(f"needs a text as {source}", name)
    if source == "environment" and not _VARIABLE.match(reference):
        raise _bad("has an environment that is no name in capital letters, such as ACME", name)
    if (table["provider"], reference) == ("gcs", "GOOGLE"):  # GOOGLE_SERVICE_ACCOUNT is read by the library itself
        raise _bad("has the environment GOOGLE, which is Google's own; take another name", name)
    if source == "profile" and table["provider"] != "s3":
        raise _bad("has a profile, which is for s3 alone", name)
    if source == "file" and not _is_absolute(reference):
        raise _bad("has a file that is not given from the root, such as /run/secrets/acme.json", name)
    return source, reference


def _profile_file(name: str, table: dict[str, Any]) -> str:
    file = table.get("profile_file", _PROFILE_FILE)
    if not isinstance(file, str) or not _is_absolute(file):
        raise _bad("has a profile_file that is not given from the root", name)
    if "profile_file" in table and "profile" not in table:
        raise _bad("has a profile_file without a profile", name)
    return file


def _tenants(name: str, table: dict[str, Any]) -> tuple[str, ...]:
    tenants = _texts(name, table, "tenants", None)
    if not all(each == "*" or ids.is_tenant_id(each) for each in tenants):
        raise _bad('has tenants that are neither ids nor "*"', name)
    return tenants


def _texts(name: str, table: dict[str, Any], key: str, default: list[str] | None) -> tuple[str, ...]:
    value = table.get(key, default)
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        raise _bad(f"needs a list of texts as {key}", name)
    return tuple(value)


def _endpoint(name: str, table: dict[str, Any]) -> str | None:
    endpoint = table.get("endpoint")
    try:
        return None if endpoint is None else server_url(endpoint)
    except (ValueError, TypeError, AttributeError):
        raise _bad("has an endpoint that is no URL of a host, such as https://minio.example.com:9000", name) from None


def _region(name: str, table: dict[str, Any]) -> str | None:
    region = table.get("region")
    if region is not None and (not isinstance(region, str) or not is_region(region)):
        raise _bad("has a region that is no name in small letters, digits and hyphens", name)
    return region


def _secret(entry: Entry) -> dict[str, str]:
    if entry.source == "environment":
        return secret_sources.from_environment(entry.provider, entry.reference)
    if entry.source == "profile":
        return secret_sources.from_profile(entry.reference, entry.profile_file)
    return secret_sources.from_file(entry.provider, entry.reference)


def _is_absolute(file: str) -> bool:
    return file.startswith(("/", "~/")) and file.isprintable()


def _is_below(file: str, root: Path) -> bool:
    """What stands before a `{tenant}` is as far as any tenant's root can reach up."""
    outer = Path(str(root).partition("{tenant}")[0])
    try:
        return Path(file).expanduser().resolve().is_relative_to(outer.resolve())
    except RuntimeError:  # ~ of a user without a home: it cannot be read either
        return False
