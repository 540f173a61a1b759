"""URIs of documents: how they are read, shown and compared, and where a result goes unless told.

    s3://bucket/key   gs://bucket/key   az://container/key   https://host/path?query   file:///folder/name

Keys of the first three are literal text: `%41`, `?` and `#` stand for themselves, as in the providers' own tools. Paths
of file:// are percent-decoded. Schemes are written in small letters. Everything here looks at texts alone.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit

from expunct_server.errors import FieldError, Invalid

SCHEMES = {"s3": "s3", "gcs": "gs", "azure": "az", "folder": "file"}  # of each provider
PROVIDERS = {scheme: provider for provider, scheme in SCHEMES.items()}
MAX_LENGTH = 4000
_MAX_KEY_BYTES = 1024
_MARK = ".redacted"
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_GCS_LABEL = r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAMES = {
    "s3": re.compile(rf"(?=.{{3,63}}\Z){_LABEL}(?:\.{_LABEL})*\Z", re.ASCII),
    "gcs": re.compile(rf"(?=.{{3,222}}\Z){_GCS_LABEL}(?:\.{_GCS_LABEL})*\Z", re.ASCII),
    "azure": re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(?:-[a-z0-9]+)*\Z", re.ASCII),
}
_RESERVED = re.compile(r"xn--|sthree-|.*(?:--ol-s3|--x-s3|--table-s3|\.mrap)\Z", re.ASCII)  # of S3: other protocols
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # and halves of characters, which are no UTF-8


@dataclass(frozen=True, slots=True)
class Uri:
    """A URI in its parts. `bucket` is the host of https:// and empty for file://, whose `key` is the decoded path."""

    scheme: str
    bucket: str
    key: str
    query: str | None = field(default=None, repr=False)  # of https:// alone: it may hold a signature


def parse(text: str, name: str = "input_uri") -> Uri:
    """The parts of a URI. `name` is the field it stands in, for the error. Raises `Invalid`."""
    scheme, found, rest = text.partition("://")
    if not found or scheme not in ("https", *PROVIDERS):
        raise Invalid(
            f"{name} must begin with s3://, gs://, az://, https:// or file://, in small letters.",
            code="unsupported_scheme",
            errors=(FieldError(name, "has a scheme that is not available"),),
        )
    if len(text) > MAX_LENGTH or _CONTROL.search(text):
        raise _malformed(name, f"is longer than {MAX_LENGTH} characters or holds a control character")
    if scheme == "file":
        return Uri("file", "", _file_path(text, name))
    if scheme == "https":
        return _web(text, name)
    bucket, _, key = rest.partition("/")
    check_bucket_name(PROVIDERS[scheme], bucket, name)
    _check_key(key, name)
    return Uri(scheme, bucket, key)


def shown(text: str) -> str:
    """A URI as it may be kept and shown: without the query of https://, which may hold a signature."""
    return text.partition("?")[0] if text.startswith("https://") else text


def of_object(provider: str, bucket: str, key: str) -> str:
    """The URI of an object of a bucket, or of a file of the folder `bucket`."""
    if provider == "folder":
        return "file://" + quote(f"{bucket.rstrip('/')}/{key}")
    return f"{SCHEMES[provider]}://{bucket}/{key}"


def default_output(text: str) -> str | None:
    """Where the result of this input goes unless told: beside it in its bucket; None for https:// and file://.

    `a/b.txt` becomes `a/b.redacted.txt`, and `b` becomes `b.redacted`. Raises `Invalid`, also when that is too long.
    """
    uri = parse(text)
    if uri.scheme in ("https", "file"):
        return None
    key = output_key(uri.key)
    if len(key.encode()) > _MAX_KEY_BYTES:
        raise Invalid(
            "The key of input_uri is too long for a name beside it; give output_uri.",
            errors=(FieldError("output_uri", "is needed, as the input's key is very long"),),
        )
    return f"{uri.scheme}://{uri.bucket}/{key}"


def output_key(key: str) -> str:
    """The key beside `key` for its result."""
    folder, slash, name = key.rpartition("/")
    stem, dot, suffix = name.rpartition(".")
    if not stem or not suffix:  # no suffix, a hidden file such as .env, or a dot at the end
        return f"{key}{_MARK}"
    return f"{folder}{slash}{stem}{_MARK}{dot}{suffix}"


def is_output(key: str) -> bool:
    """Whether `output_key` makes such keys: a sync leaves them alone, or results would be redacted again and again."""
    name = key.rpartition("/")[2]
    stem, _, suffix = name.rpartition(".")
    marked = name if f".{suffix}" == _MARK else stem
    return marked.endswith(_MARK) and marked != _MARK


def same_place(one: str, other: str) -> bool:
    """Whether two URIs name the same object, as far as their texts tell: links between files are not followed."""
    return parse(one) == parse(other)


def check_bucket_name(provider: str, bucket: str, name: str) -> None:
    """Refuse what cannot be a bucket's name with this provider. Raises `Invalid` about the field `name`."""
    is_name = _NAMES[provider].match(bucket) is not None and not _is_address(bucket)
    if provider == "s3" and _RESERVED.match(bucket):
        is_name = False
    if provider == "gcs" and (bucket.startswith("goog") or "google" in bucket):
        is_name = False
    if not is_name:
        kind = "container" if provider == "azure" else "bucket"
        raise Invalid(
            f"{name} holds no valid {kind} name: 3 to 63 small letters, digits and hyphens, by the provider's rules.",
            code="bad_bucket_name",
            errors=(FieldError(name, f"holds no valid {kind} name"),),
        )


def _check_key(key: str, name: str) -> None:
    if not key or key.endswith("/"):
        raise _malformed(name, "names no object: after the bucket comes its key, which does not end with a slash")
    if len(key.encode()) > _MAX_KEY_BYTES:
        raise _malformed(name, f"has a key of more than {_MAX_KEY_BYTES} bytes")
    if any(part in ("", ".", "..") for part in key.split("/")):
        raise Invalid(
            f"{name} has a key that cannot be used: it holds an empty part, or . or .. as a part.",
            code="key_not_supported",
            errors=(FieldError(name, "has a key that cannot be used"),),
        )


def _file_path(text: str, name: str) -> str:
    try:
        parts = urlsplit(text)
        path = unquote(parts.path, errors="strict")
    except ValueError:  # half a host in brackets, escapes that are no UTF-8
        raise _malformed(name, "is not a usable file URI") from None
    if parts.netloc not in ("", "localhost") or "?" in text or "#" in text or not path.startswith("/") or "\0" in path:
        raise _malformed(name, "is not a usable file URI: it looks like file:///folder/name, without query or fragment")
    if path.rpartition("/")[2] in ("", ".", ".."):
        raise _malformed(
            name, "names no file: its path ends with a file's name, not with a slash or a dot for a folder"
        )
    return path


def _web(text: str, name: str) -> Uri:
    try:
        parts = urlsplit(text)
        is_usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # half a host in brackets, a port that is no number
        is_usable = False
    if not is_usable or "@" in parts.netloc or "#" in text:
        raise _malformed(name, "is not a usable https URL: it has a host, no user or password and no fragment")
    return Uri("https", parts.netloc.lower(), parts.path, parts.query if "?" in text else None)


def _is_address(bucket: str) -> bool:
    try:
        ip_address(bucket)
    except ValueError:
        return False
    return True


def _malformed(name: str, message: str) -> Invalid:
    return Invalid(f"{name} {message}.", errors=(FieldError(name, message),))
