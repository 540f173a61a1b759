"""Making obstore's client of a bucket, from what is given alone.

obstore reads environment variables (AWS_*, GOOGLE_*, AZURE_*) whatever it is given, and would ask the machine's
metadata service for credentials. So everything that could come from there is said here, or, where nothing can be said,
taken out of the environment. What stays is HTTPS_PROXY and its like: the operator's way out.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, S3Store

from expunct_server.storage.base import BucketMissing, CredentialsRefused, StoreUnavailable, WrongRegion

_BUCKET = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._-]{1,221}\Z", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]{1,40}\Z", re.ASCII)
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}\Z", re.ASCII)
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[\w./-]*)?\Z|https?://\[[0-9a-fA-F:]+\](:\d{1,5})?/?\Z")
_CANNOT_BE_SAID = (
    *("AWS_CHECKSUM_ALGORITHM", "AWS_SERVER_SIDE_ENCRYPTION", "AWS_SSE_KMS_KEY_ID", "AWS_SSE_BUCKET_KEY_ENABLED"),
    *("AWS_SSE_CUSTOMER_KEY_BASE64", "AZURE_ENCRYPTION_KEY", "GOOGLE_SERVICE_ACCOUNT", "GOOGLE_SERVICE_ACCOUNT_PATH"),
    *("GOOGLE_SERVICE_ACCOUNT_KEY", "GOOGLE_APPLICATION_CREDENTIALS"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bucket is. `provider` is s3, gcs or azure; without `endpoint` it is the provider's own."""

    provider: str
    bucket: str
    endpoint: str | None = None
    region: str | None = None


def checked(address: Address) -> Address:
    """The address with its endpoint and region, where they are the provider's own. It may come from a tenant.

    Raises `BucketMissing`, `WrongRegion` or `StoreUnavailable` for what could lead to another host or path.
    """
    if not _BUCKET.match(address.bucket):
        raise BucketMissing
    region = address.region or "us-east-1"
    if not _REGION.match(region):
        raise WrongRegion
    if address.endpoint is not None and not _ENDPOINT.match(address.endpoint):
        raise StoreUnavailable
    endpoint = address.endpoint.rstrip("/") if address.endpoint else None
    if address.provider == "s3" and endpoint is None:
        endpoint = f"https://s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
    return Address(address.provider, address.bucket, endpoint, region)


def client(address: Address, secret: Mapping[str, str], seconds: float, *, whole: float) -> Any:
    """obstore's client. `address` is checked. Raises `CredentialsRefused` for credentials that cannot be ones.

    `seconds` are for each read of an answer, `whole` for one request from its beginning to the last byte.
    """
    for name in _CANNOT_BE_SAID:
        os.environ.pop(name, None)
    more: dict[str, Any] = {
        "client_options": {
            "allow_http": (address.endpoint or "").startswith("http://"),
            "allow_invalid_certificates": False,
            "connect_timeout": timedelta(seconds=min(10, seconds)),
            "read_timeout": timedelta(seconds=seconds),
            "timeout": timedelta(seconds=whole),
            "user_agent": "expunct-server",
        },
        "retry_config": {
            "max_retries": 5,
            "retry_timeout": timedelta(seconds=min(30, seconds)),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=3), "base": 2},
        },
    }
    refused = False
    try:
        return _MAKERS[address.provider](address, secret, more)
    except (BaseError, ValueError, KeyError):
        refused = True
    if refused:  # outside of the block above: what is raised has no context that could quote a secret
        raise CredentialsRefused
    raise AssertionError


def _s3(address: Address, secret: Mapping[str, str], more: dict[str, Any]) -> S3Store:
    given = {
        "access_key_id": secret["access_key_id"],
        "secret_access_key": secret["secret_access_key"],
        "token": secret.get("session_token") or None,
        "expires_at": None,
    }
    return S3Store(
        address.bucket,
        credential_provider=lambda: given,  # type: ignore[arg-type]
        region=address.region or "",
        default_region=address.region or "",
        endpoint=address.endpoint or "",
        aws_endpoint_url_s3=address.endpoint or "",
        virtual_hosted_style_request=False,
        skip_signature=False,
        unsigned_payload=False,
        s3_express=False,
        request_payer=False,
        imdsv1_fallback=False,
        disable_tagging=True,
        disable_bulk_delete=True,
        conditional_put="etag",
        copy_if_not_exists="multipart",
        **more,
    )


def _gcs(address: Address, secret: Mapping[str, str], more: dict[str, Any]) -> GCSStore:
    # Of a tenant's service account only these fields: no address in it is believed.
    account = {name: secret[name] for name in ("client_email", "private_key", "private_key_id")}
    account |= {"type": "service_account"}
    if address.endpoint:
        account["gcs_base_url"] = address.endpoint
    return GCSStore(address.bucket, service_account_key=json.dumps(account), skip_signature=False, **more)


def _azure(address: Address, secret: Mapping[str, str], more: dict[str, Any]) -> AzureStore:
    account = secret["account_name"]
    if not _ACCOUNT.match(account):  # it becomes part of a host's name
        raise ValueError
    given: dict[str, Any] = (
        {"account_key": secret["account_key"], "credential_type": "access_key"}
        if secret.get("account_key")
        else {"sas_key": secret["sas_token"].removeprefix("?"), "credential_type": "sas_token"}
    )
    return AzureStore(
        address.bucket,
        account_name=account,
        endpoint=address.endpoint or f"https://{account}.blob.core.windows.net",
        skip_signature=False,
        use_emulator=False,
        use_fabric_endpoint=False,
        use_azure_cli=False,
        disable_tagging=True,
        **given,
        **more,
    )


_MAKERS = {"s3": _s3, "gcs": _gcs, "azure": _azure}
