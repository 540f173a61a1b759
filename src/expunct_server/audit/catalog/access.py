"""Events of tenants, keys and policies, and of refusals."""

from dataclasses import dataclass, field

from expunct_server.audit.catalog.base import Event, free_text, listed


@listed
@dataclass(frozen=True, kw_only=True)
class PolicyCreated(Event):
    """A policy was made; its first version is 1."""

    event_type = "policy.created"
    resource_type = "policy"

    name: str = free_text()
    version: int


@listed
@dataclass(frozen=True, kw_only=True)
class PolicyUpdated(Event):
    """A policy changed: a new immutable version. `changed` names the fields, never their values."""

    event_type = "policy.updated"
    resource_type = "policy"

    name: str = free_text()
    from_version: int
    version: int
    changed: list[str]


@listed
@dataclass(frozen=True, kw_only=True)
class PolicyDeleted(Event):
    """A policy was closed to new jobs. Its versions stay, for the jobs that ran under them."""

    event_type = "policy.deleted"
    resource_type = "policy"

    name: str = free_text()
    version: int


@listed
@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(Event):
    """An API key was issued. `masked_key` shows prefix, first and last three characters."""

    event_type = "api_key.created"
    resource_type = "api_key"

    name: str = free_text()
    masked_key: str
    scopes: list[str]
    expires_at: str | None = None
    networks: list[str] = field(default_factory=list)


@listed
@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(Event):
    """An API key was revoked; from this commit on no process accepts it."""

    event_type = "api_key.revoked"
    resource_type = "api_key"

    name: str = free_text()
    masked_key: str
    scopes: list[str]


@listed
@dataclass(frozen=True, kw_only=True)
class TenantCreated(Event):
    """A tenant was made."""

    event_type = "tenant.created"
    resource_type = "tenant"

    name: str = free_text()
    plan: str


@listed
@dataclass(frozen=True, kw_only=True)
class TenantUpdated(Event):
    """A tenant's plan changed."""

    event_type = "tenant.updated"
    resource_type = "tenant"

    from_plan: str
    plan: str


@listed
@dataclass(frozen=True, kw_only=True)
class AuthFailed(Event):
    """Requests came without a key that counts (401). Equal refusals within a window are one event with their `count`.

    What was presented is never kept. A key that is unknown belongs to no tenant: the event goes to tenant `system`.
    """

    event_type = "auth.failed"
    resource_type = "api_key"
    outcome = "denied"
    changes = False

    reason: str
    method: str
    route: str
    count: int


@listed
@dataclass(frozen=True, kw_only=True)
class AuthDenied(Event):
    """A valid key asked for what it may not do (403). Equal refusals within a window are one event with a `count`."""

    event_type = "auth.denied"
    resource_type = "api_key"
    outcome = "denied"
    changes = False

    reason: str
    method: str
    route: str
    count: int
