"""Signature Version 4: what shows an S3 server that a request comes from someone who has the secret key."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


def signed(
    method: str,
    url: str,
    secret: Mapping[str, str],
    region: str,
    now: datetime,
    *,
    body_sha256: str = EMPTY_SHA256,
    headers: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The headers of a signed request: those given, and what the signature adds.

    The path of `url` is percent-encoded already, its query made by `query_text`. `secret` holds access_key_id,
    secret_access_key and perhaps session_token.
    """
    parts = urlsplit(url)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    sent = {**(headers or {}), "host": parts.netloc, "x-amz-content-sha256": body_sha256, "x-amz-date": stamp}
    if secret.get("session_token"):
        sent["x-amz-security-token"] = secret["session_token"]
    names = ";".join(sorted(sent))
    lines = [f"{name}:{sent[name]}\n" for name in sorted(sent)]
    request = "\n".join((method, parts.path, parts.query, "".join(lines), names, body_sha256))
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{secret['secret_access_key']}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    credential = f"{secret['access_key_id']}/{scope}"
    sent["authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"
    return sent


def query_text(query: Mapping[str, str]) -> str:
    """A query in the one form that can be signed: sorted, everything but letters, digits and `-_.~` encoded."""
    return "&".join(f"{quote(name, safe='')}={quote(query[name], safe='')}" for name in sorted(query))
