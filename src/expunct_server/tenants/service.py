"""The verbs of tenants and keys."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import ApiKeyCreated, ApiKeyRevoked, TenantCreated, TenantUpdated
from expunct_server.audit.recorder import SYSTEM_TENANT, Actor, Unit
from expunct_server.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from expunct_server.settings import Network
from expunct_server.tenants import keys
from expunct_server.tenants.models import ApiKey, Tenant
from expunct_server.tenants.scopes import OPERATOR, TENANT_SCOPES

PLANS = ("free", "pro", "enterprise")
DEFAULT_PLAN = "enterprise"  # a self-hosted tenant has no limit until its operator sets one
NAME_LENGTH = 200
_YEAR_10000: ids.Micros = 253_402_300_800 * ids.SECOND  # ISO 8601 has four digits for the year


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key and, this once, the key itself."""

    row: ApiKey
    key: str

    def __repr__(self) -> str:
        return f"IssuedKey({self.row.id})"


def checked_tenant_id(tenant_id: str) -> str:
    """The id, if it has the form of one and is not the server's own. Raises `Invalid`."""
    if tenant_id == SYSTEM_TENANT or not ids.is_tenant_id(tenant_id):
        raise Invalid(
            "A tenant id has 1 to 64 letters, digits, dots, dashes or underscores, starts with a letter or digit, and "
            "is not `system`.",
            errors=(FieldError("tenant_id", "has the wrong form"),),
        )
    return tenant_id


def get_tenant(session: Session, tenant_id: str) -> Tenant:
    """The tenant. Raises `NotFound`."""
    tenant = session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound("There is no such tenant. `expunct-server keys create --tenant` makes one.")
    return tenant


def ensure_tenant(unit: Unit, tenant_id: str) -> Tenant:
    """The tenant, made (and recorded) when it is new. Raises `Invalid` for an id without the form of one."""
    return _ensure(unit, checked_tenant_id(tenant_id))


def ensure_system_tenant(unit: Unit) -> Tenant:
    """The tenant whose log holds what belongs to no other; only operator keys can read it, none can belong to it."""
    return _ensure(unit, SYSTEM_TENANT)


def _ensure(unit: Unit, tenant_id: str) -> Tenant:
    tenant = unit.session.get(Tenant, tenant_id)
    if tenant is not None:
        return tenant
    actor = Actor(unit.actor.id, unit.actor.label, tenant_id)
    event = unit.record(TenantCreated(name=tenant_id, plan=DEFAULT_PLAN), resource_id=tenant_id, actor=actor)
    tenant = Tenant(id=tenant_id, plan=DEFAULT_PLAN, created_at=event.created_at, audit_event_id=event.id)
    unit.session.add(tenant)
    unit.session.flush()
    return tenant


def set_plan(unit: Unit, tenant: Tenant, plan: str) -> Tenant:
    """Put the tenant on another plan. Raises `Invalid` for an unknown one."""
    if plan not in PLANS:
        raise Invalid(f"The plans are: {', '.join(PLANS)}.", errors=(FieldError("plan", "is not a plan"),))
    if plan != tenant.plan:
        event = unit.record(TenantUpdated(from_plan=tenant.plan, plan=plan), resource_id=tenant.id)
        tenant.plan, tenant.audit_event_id = plan, event.id
    return tenant


def list_tenants(session: Session) -> list[Tenant]:
    """All tenants, oldest first."""
    return list(session.scalars(select(Tenant).order_by(Tenant.created_at, Tenant.id)))


def issue_key(
    unit: Unit,
    *,
    name: str,
    created_by: str = "",
    scopes: frozenset[str] = TENANT_SCOPES,
    expires_at: ids.Micros | None = None,
    networks: tuple[Network, ...] = (),
    test: bool = False,
) -> IssuedKey:
    """A new key for the acting tenant. Raises `Invalid` when the name is empty or the expiry has passed."""
    if unit.actor.tenant_id == SYSTEM_TENANT:
        raise Invalid("No key can belong to the tenant system.", errors=(FieldError("tenant_id", "is reserved"),))
    name = checked_name(name)
    if expires_at is not None and not ids.now() < expires_at < _YEAR_10000:
        raise Invalid(
            "expires_at must lie in the future and before the year 10000.",
            errors=(FieldError("expires_at", "lies in the past or too far ahead"),),
        )
    key, key_id = keys.generate(test=test), ids.new("key")
    allowed = [str(network) for network in networks]
    event = unit.record(
        ApiKeyCreated(
            name=name,
            masked_key=keys.actor_mask(key),
            scopes=sorted(scopes),
            expires_at=ids.iso_or_none(expires_at),
            networks=allowed,
        ),
        resource_id=key_id,
    )
    row = ApiKey(
        id=key_id,
        tenant_id=unit.actor.tenant_id,
        name=name,
        key_hash=keys.digest(key),
        list_mask=keys.list_mask(key),
        actor_mask=keys.actor_mask(key),
        scopes=" ".join(sorted(scopes)),
        networks=" ".join(allowed),
        created_by=created_by,
        created_at=event.created_at,
        expires_at=expires_at,
        usage_count=0,
        audit_event_id=event.id,
    )
    unit.session.add(row)
    unit.session.flush()
    return IssuedKey(row, key)


def checked_name(name: str) -> str:
    """The name without outer white space, 1 to 200 printable characters. Raises `Invalid`."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise Invalid(
            f"A name has 1 to {NAME_LENGTH} printable characters.", errors=(FieldError("name", "has the wrong form"),)
        )
    return name


class Escalation(Forbidden):
    """A key tried to hand on a scope that it does not have."""


def grantable(own: frozenset[str], asked: frozenset[str] | None) -> frozenset[str]:
    """The scopes a key may hand on: those asked for, all its own; by default all but the operator's.

    Raises `Escalation`.
    """
    granted = own - {OPERATOR} if asked is None else asked
    if granted - own:
        raise Escalation("A key cannot issue a key with scopes it does not have itself.", code="scope_escalation")
    return granted


def within_limits(
    asked_expiry: ids.Micros | None, asked: tuple[Network, ...], own_expiry: ids.Micros | None, own: tuple[Network, ...]
) -> tuple[ids.Micros | None, tuple[Network, ...]]:
    """Expiry and networks of a key that a key with `own_expiry` and `own` networks issues: its own unless asked.

    Raises `Escalation` when more is asked than the key has itself.
    """
    if own_expiry is not None and asked_expiry is not None and asked_expiry > own_expiry:
        raise Escalation("A key cannot issue a key that outlives it.", code="scope_escalation")
    if own and not all(any(_inside(each, mine) for mine in own) for each in asked):
        raise Escalation("A key cannot issue a key for networks it may not be used from.", code="scope_escalation")
    return (own_expiry if asked_expiry is None else asked_expiry), asked or own


def _inside(network: Network, other: Network) -> bool:
    return network.version == other.version and network.subnet_of(other)  # type: ignore[arg-type]


def get_key(session: Session, tenant_id: str, key_id: str) -> ApiKey:
    """The tenant's key, revoked or not. Raises `NotFound`."""
    row = session.get(ApiKey, key_id)
    if row is None or row.tenant_id != tenant_id:
        raise NotFound("There is no such API key.")
    return row


def any_key(session: Session) -> bool:
    """Whether the deployment has any key at all, of whatever tenant, revoked or not."""
    return session.scalar(select(ApiKey.id).limit(1)) is not None


def list_keys(session: Session, tenant_id: str, *, limit: int, offset: int) -> list[ApiKey]:
    """The tenant's keys, newest first; revoked ones stay listed."""
    query = select(ApiKey).where(ApiKey.tenant_id == tenant_id).order_by(ApiKey.created_at.desc(), ApiKey.id.desc())
    return list(session.scalars(query.limit(limit).offset(offset)))


def count_keys(session: Session, tenant_id: str) -> int:
    """How many keys the tenant has, revoked ones included."""
    return session.scalar(select(func.count()).select_from(ApiKey).where(ApiKey.tenant_id == tenant_id)) or 0


def revoke_key(unit: Unit, key_id: str) -> ApiKey:
    """Revoke the key at once and for good. Raises `NotFound`, and `Conflict` when it is revoked already."""
    row = get_key(unit.session, unit.actor.tenant_id, key_id)
    unit.session.refresh(row, with_for_update=True)  # two revocations at once: the second sees the first
    if row.revoked_at is not None:
        raise Conflict("This API key is already revoked.", code="already_revoked")
    event = unit.record(
        ApiKeyRevoked(name=row.name, masked_key=row.actor_mask, scopes=row.scopes.split()), resource_id=row.id
    )
    row.revoked_at, row.audit_event_id = event.created_at, event.id
    return row
