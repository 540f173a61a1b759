"""The verbs of policies. Every change makes a new immutable version; nothing is ever rewritten."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import PolicyCreated, PolicyDeleted, PolicyUpdated
from expunct_server.audit.codec import NotCanonical
from expunct_server.audit.recorder import Unit
from expunct_server.errors import Conflict, Invalid, NotFound
from expunct_server.policies.document import MAX_BYTES, Document
from expunct_server.policies.models import Policy, PolicyVersion
from expunct_server.tenants import sealing

SALT_FIELD = "pseudonymization_salt"


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy at one of its versions."""

    policy: Policy
    version: PolicyVersion

    @property
    def document(self) -> Document:
        return Document.read(self.version.document)


def create(unit: Unit, document: Document, salt: str | None, master: bytes) -> InForce:
    """A new policy at version 1. If it is to be the default, the old one stops being it, by a version of its own."""
    _check_storable(document)
    policy_id = ids.new("pol")
    if document.is_default:
        _retire_default(unit, except_id=policy_id)
    event = unit.record(PolicyCreated(name=document.name, version=1), resource_id=policy_id)
    policy = Policy(
        id=policy_id,
        tenant_id=unit.actor.tenant_id,
        version=1,
        is_default=document.is_default,
        created_at=event.created_at,
        updated_at=event.created_at,
        audit_event_id=event.id,
    )
    unit.session.add(policy)
    with _one_default():
        unit.session.flush()
    sealed = None if salt is None else _seal_salt(master, policy_id, salt)
    return InForce(policy, _add_version(unit, policy, document, sealed))


def update(unit: Unit, policy_id: str, changes: dict[str, Any], master: bytes) -> InForce:
    """Put `changes` (field to value, the salt included) into a new version. No difference, no version, no event.

    Raises `NotFound`; `Invalid` when the result is no valid policy.
    """
    policy = get(unit.session, unit.actor.tenant_id, policy_id, lock=True)
    current = at_version(unit.session, policy, policy.version)
    before = current.document
    salted = SALT_FIELD in changes
    values = {
        name: value for name, value in changes.items() if name != SALT_FIELD and not _echoed(name, changes, before)
    }
    after = before.model_copy(update=values)
    changed = sorted(name for name in values if getattr(after, name) != getattr(before, name))
    if salted:
        changed = sorted([*changed, SALT_FIELD])
    if not changed:
        return current
    _check_storable(after)
    if after.is_default and not before.is_default:
        _retire_default(unit, except_id=policy_id)
    sealed = current.version.sealed_salt
    if salted:
        salt = changes[SALT_FIELD]
        sealed = None if salt is None else _seal_salt(master, policy_id, salt)
    return _new_version(unit, policy, after, sealed, changed)


def _echoed(name: str, changes: dict[str, Any], before: Document) -> bool:
    """Whether it is the threshold that the profile gives, sent back as it was answered: that sets none."""
    return (
        name == "confidence_threshold"
        and before.confidence_threshold is None
        and changes[name] == before.least
        and changes.get("detection_profile", before.detection_profile) == before.detection_profile
    )


def _new_version(unit: Unit, policy: Policy, document: Document, sealed: bytes | None, changed: list[str]) -> InForce:
    version = policy.version + 1
    event = unit.record(
        PolicyUpdated(name=document.name, from_version=policy.version, version=version, changed=changed),
        resource_id=policy.id,
    )
    policy.version, policy.is_default = version, document.is_default
    policy.updated_at, policy.audit_event_id = event.created_at, event.id
    with _one_default():
        unit.session.flush()
    return InForce(policy, _add_version(unit, policy, document, sealed))


def _add_version(unit: Unit, policy: Policy, document: Document, sealed_salt: bytes | None) -> PolicyVersion:
    row = PolicyVersion(
        policy_id=policy.id,
        version=policy.version,
        document=document.canonical().decode(),
        sealed_salt=sealed_salt,
        created_at=policy.updated_at,
        audit_event_id=policy.audit_event_id,
    )
    unit.session.add(row)
    unit.session.flush()
    return row


def _check_storable(document: Document) -> None:
    """Refuse what a caller sent if it cannot be kept. Raises `Invalid`."""
    try:
        size = len(document.canonical())
    except NotCanonical:
        raise Invalid(
            "The policy holds a value that cannot be stored: an integer beyond 2^53 or a key that is not ASCII."
        ) from None
    if size > MAX_BYTES:
        raise Invalid(
            f"The policy is too large: its settings may have {MAX_BYTES} bytes in all.", code="policy_too_large"
        )


def _retire_default(unit: Unit, except_id: str) -> None:
    """The tenant's default policy stops being it. The unique index lets two at once through neither way."""
    query = _of_tenant(unit.actor.tenant_id).where(Policy.is_default, Policy.id != except_id).with_for_update()
    for policy in unit.session.scalars(query):
        current = at_version(unit.session, policy, policy.version)
        document = current.document.model_copy(update={"is_default": False})
        _new_version(unit, policy, document, current.version.sealed_salt, ["is_default"])


@contextmanager
def _one_default() -> Iterator[None]:
    """Two requests that each make another policy the default, at the same moment: the second learns of the first."""
    try:
        yield
    except IntegrityError as error:
        if "uq_policy_default" not in str(error.orig) and "policy.tenant_id" not in str(error.orig):
            raise
        raise Conflict(
            "Another policy became the default at the same moment. Nothing was changed; try again."
        ) from None


def delete(unit: Unit, policy_id: str) -> None:
    """Close the policy to new jobs. Its versions stay for the jobs that ran under them. Raises `NotFound`."""
    policy = get(unit.session, unit.actor.tenant_id, policy_id, lock=True)
    name = at_version(unit.session, policy, policy.version).document.name
    event = unit.record(PolicyDeleted(name=name, version=policy.version), resource_id=policy_id)
    policy.deleted_at, policy.audit_event_id = event.created_at, event.id


def get(session: Session, tenant_id: str, policy_id: str, *, lock: bool = False, deleted: bool = False) -> Policy:
    """The tenant's policy. Raises `NotFound`, also when it is deleted, unless `deleted` asks for those too."""
    query = select(Policy).where(Policy.id == policy_id, Policy.tenant_id == tenant_id)
    policy = session.scalar(query.with_for_update() if lock else query)
    if policy is None or (policy.deleted_at is not None and not deleted):
        raise NotFound("There is no such policy.")
    return policy


def at_version(session: Session, policy: Policy, version: int) -> InForce:
    """The policy as it was at `version`."""
    row = session.get_one(PolicyVersion, (policy.id, version))
    return InForce(policy, row)


def in_force(session: Session, tenant_id: str, policy_id: str | None) -> InForce | None:
    """The policy a new job runs under: the one named, else the tenant's default, else none. Raises `NotFound`."""
    if policy_id is not None:
        policy: Policy | None = get(session, tenant_id, policy_id)
    else:
        policy = session.scalar(_of_tenant(tenant_id).where(Policy.is_default))
    return None if policy is None else at_version(session, policy, policy.version)


def list_policies(session: Session, tenant_id: str, *, limit: int, offset: int) -> list[InForce]:
    """The tenant's policies at their current versions, newest first."""
    newest = _of_tenant(tenant_id).order_by(Policy.created_at.desc(), Policy.id.desc())
    query = newest.join(
        PolicyVersion, (PolicyVersion.policy_id == Policy.id) & (PolicyVersion.version == Policy.version)
    ).add_columns(PolicyVersion)
    return [InForce(policy, version) for policy, version in session.execute(query.limit(limit).offset(offset))]


def count(session: Session, tenant_id: str) -> int:
    """How many policies the tenant has."""
    return session.scalar(select(func.count()).select_from(_of_tenant(tenant_id).subquery())) or 0


def versions(session: Session, policy: Policy, *, limit: int, offset: int) -> list[InForce]:
    """Versions of the policy, newest first."""
    query = select(PolicyVersion).where(PolicyVersion.policy_id == policy.id).order_by(PolicyVersion.version.desc())
    return [InForce(policy, row) for row in session.scalars(query.limit(limit).offset(offset))]


def count_versions(session: Session, policy: Policy) -> int:
    """How many versions the policy has."""
    query = select(func.count()).select_from(PolicyVersion).where(PolicyVersion.policy_id == policy.id)
    return session.scalar(query) or 0


def document_sha256(session: Session, policy_id: str | None, version: int | None) -> str | None:
    """SHA-256 of a version's canonical document, in hexadecimal; None where there is no policy."""
    if policy_id is None or version is None:
        return None
    return hashlib.sha256(session.get_one(PolicyVersion, (policy_id, version)).document.encode()).hexdigest()


def open_salt(in_force: InForce, master: bytes) -> bytes | None:
    """The policy's salt. Raises `Unavailable` when the master key is not the one it was sealed with."""
    return _unseal_salt(master, in_force.policy.id, in_force.version.sealed_salt)


def salts(session: Session, tenant_id: str, policy_id: str | None, master: bytes) -> Iterator[bytes | None]:
    """Every salt that a policy has had, a deleted one too; without an id all of the tenant's, and that of no policy.

    Each once, None for having none, which is read first. Raises `NotFound` when the tenant has no such policy, before
    the first is read, and `Unavailable` as `open_salt`, with the first that cannot be opened.
    """
    query = select(PolicyVersion.policy_id, PolicyVersion.sealed_salt).distinct()
    query = query.join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.tenant_id == tenant_id)
    if policy_id is not None:
        query = query.where(Policy.id == get(session, tenant_id, policy_id, deleted=True).id)
    is_unsalted = policy_id is None or session.scalar(query.where(PolicyVersion.sealed_salt.is_(None)).limit(1))
    rows = session.execute(query.where(PolicyVersion.sealed_salt.is_not(None)).order_by(PolicyVersion.policy_id)).all()
    return _unsealed(rows, master, [None] if is_unsalted else [])


def _unsealed(rows: Iterable[Any], master: bytes, before: list[bytes | None]) -> Iterator[bytes | None]:
    """`before`, then what the rows hold, each once: policies that were given one salt hold it sealed differently."""
    seen = set(before)
    yield from before
    for policy_id, sealed in rows:
        salt = _unseal_salt(master, policy_id, sealed)
        if salt not in seen:
            seen.add(salt)
            yield salt


def _unseal_salt(master: bytes, policy_id: str, sealed: bytes | None) -> bytes | None:
    return None if sealed is None else sealing.unseal(sealing.derive(master, "policy-salt"), sealed, policy_id.encode())


def _seal_salt(master: bytes, policy_id: str, salt: str) -> bytes:
    return sealing.seal(sealing.derive(master, "policy-salt"), salt.encode(), policy_id.encode())


def _of_tenant(tenant_id: str) -> Any:
    return select(Policy).where(Policy.tenant_id == tenant_id, Policy.deleted_at.is_(None))
