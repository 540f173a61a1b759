"""What keys look like on the wire."""

from typing import Any

from expunct_server import ids
from expunct_server.tenants import service
from expunct_server.tenants.models import ApiKey


def key(row: ApiKey) -> dict[str, Any]:
    """The wire shape of a key."""
    expired = row.expires_at is not None and row.expires_at <= ids.now()
    return {
        "id": row.id,
        "tenant_id": row.tenant_id,
        "name": row.name,
        "prefix": row.list_mask,
        "key_prefix": row.list_mask,
        "created_by": row.created_by,
        "is_active": row.revoked_at is None and not expired,
        "scopes": row.scopes.split(),
        "networks": row.networks.split(),
        "created_at": ids.iso(row.created_at),
        "last_used_at": ids.iso_or_none(row.last_used_at),
        "usage_count": row.usage_count,
        "expires_at": ids.iso_or_none(row.expires_at),
        "revoked_at": ids.iso_or_none(row.revoked_at),
    }


def issued_key(issued: service.IssuedKey) -> dict[str, Any]:
    """The wire shape of a new key, with the key."""
    return key(issued.row) | {"key": issued.key}
