"""The verbs of pseudonyms: keep what was replaced, undo it, forget it."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import PseudonymForgotten, PseudonymRevealed, PseudonymRevealRefused
from expunct_server.audit.recorder import Recorded, Unit
from expunct_server.errors import Invalid, NotFound
from expunct_server.policies import service as policies
from expunct_server.policies.plans import operator_key
from expunct_server.pseudonyms.models import Pseudonym
from expunct_server.redaction import vault
from expunct_server.redaction.operators import NotAPseudonym, fingerprint, opened, unseal
from expunct_server.redaction.vault import DIGEST_BYTES, Entry

_log = logging.getLogger(__name__)

MOST = 100
"""Pseudonyms of one request."""
MOST_KEYS = 200
"""Salts of a tenant's policies that are tried where no policy is named; of a named one, how many at a time."""

# As text, which both databases read: what SQLAlchemy does for each typed value would take most of the time.
_KEEP = text(
    "INSERT INTO pseudonym (tenant_id, fingerprint, digest, entity_type, sealed, first_seen) "
    "VALUES (:tenant_id, :fingerprint, :digest, :entity_type, :sealed, :first_seen) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Found:
    """What one pseudonym stands for: usually one value, none where it is unknown, several where they share it."""

    entity_type: str | None = None
    values: tuple[str, ...] = field(default=(), repr=False)

    def and_also(self, other: "Found") -> "Found":
        """Both; a value that both have counts once."""
        return Found(self.entity_type or other.entity_type, tuple(dict.fromkeys((*self.values, *other.values))))


@dataclass(frozen=True, slots=True)
class Looked:
    """What was asked and found; nothing of it may leave before `record` has been committed."""

    policy_id: str | None
    found: list[Found] = field(repr=False)
    cause: str = ""  # why there was nothing to look for


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many pseudonyms were forgotten, and the event of it."""

    id: str
    count: int
    event: Recorded


def keep(unit: Unit, entries: Iterable[Entry]) -> None:
    """Keep what was made up for what, in the transaction of the redaction; what is there already stays as it is.

    In one order everywhere, so that two redactions of the same values do not wait for each other crosswise.
    """
    rows = {(each.fingerprint, each.sealed[:DIGEST_BYTES]): each for each in entries}
    if not rows:
        return
    now = ids.now()
    unit.session.connection().execute(
        _KEEP,
        [
            {
                "tenant_id": unit.actor.tenant_id,
                "fingerprint": found,
                "digest": digest,
                "entity_type": row.entity_type,
                "sealed": row.sealed,
                "first_seen": now,
            }
            for (found, digest), row in sorted(rows.items())
        ],
    )


def look(session: Session, tenant_id: str, texts: Sequence[str], policy_id: str | None, master: bytes) -> Looked:
    """What the pseudonyms stand for, in their order, under the named policy or any of the tenant's.

    Raises `Invalid` when no policy is named and there are too many salts to try.
    """
    found: dict[str, Found] = {}
    try:
        pages = _pages(session, tenant_id, policy_id, master)
    except NotFound:
        return Looked(None, [Found()] * len(texts), cause="no_such_policy")
    for keys in pages:
        for each, values in _kept(session, tenant_id, texts, keys):
            found[each] = found.get(each, Found()).and_also(values)
        for each in texts:
            found[each] = _token(each, keys) or found.get(each, Found())
    return Looked(policy_id, [found.get(each, Found()) for each in texts])


def record(unit: Unit, looked: Looked, reason: str) -> tuple[str, Recorded]:
    """The event of what is about to be handed out, or of its being refused, and the id of the resource it names."""
    event, reveal_id = _event(looked, reason), ids.new("rvl")
    return reveal_id, unit.record(event, resource_id=reveal_id)


def _event(looked: Looked, reason: str) -> PseudonymRevealed | PseudonymRevealRefused:
    asked, single = len(looked.found), sum(len(each.values) == 1 for each in looked.found)
    known = [each for each in looked.found if each.values]
    if not known:
        cause = looked.cause or "unknown_pseudonyms"
        return PseudonymRevealRefused(asked=asked, cause=cause, reason=reason)
    return PseudonymRevealed(
        policy_id=looked.policy_id,
        asked=asked,
        revealed=single,
        ambiguous=len(known) - single,
        unknown=asked - len(known),
        entity_counts=Counter(each.entity_type for each in known if each.entity_type),
        reason=reason,
    )


def forget(unit: Unit, texts: Sequence[str], policy_id: str | None, reason: str, master: bytes) -> Forgotten:
    """Destroy what made-up values stand for. Tokens hold their value themselves.

    Raises `NotFound` for a policy that is not there, `Invalid` as `look` does.
    """
    tenant_id = unit.actor.tenant_id
    gone = set()
    for keys in _pages(unit.session, tenant_id, policy_id, master):
        for each in dict.fromkeys(texts):
            theirs = Pseudonym.fingerprint.in_([fingerprint(each, key) for key in keys])
            rows = delete(Pseudonym).where(Pseudonym.tenant_id == tenant_id, theirs).returning(Pseudonym.digest)
            if unit.session.execute(rows).all():
                gone.add(each)
    event, forget_id = PseudonymForgotten(asked=len(texts), forgotten=len(gone), reason=reason), ids.new("rvl")
    return Forgotten(forget_id, len(gone), unit.record(event, resource_id=forget_id))


def _pages(session: Session, tenant_id: str, policy_id: str | None, master: bytes) -> Iterable[list[bytes]]:
    """The keys to try, as many at a time as bounds the memory of a policy with any number of salts.

    Without a policy at most one page: `Invalid` where that would not be all. Raises `NotFound` for a policy that is not
    there.
    """
    salts = policies.salts(session, tenant_id, policy_id, master)
    pages = _paged(operator_key(master, tenant_id, salt) for salt in salts)
    if policy_id is not None:
        return pages
    first = next(pages)
    if next(pages, None):
        raise Invalid(
            "The policies of this tenant have had too many salts to try all of them; name one in policy_id.",
            code="name_policy",
        )
    return [first]


def _paged(keys: Iterator[bytes]) -> Iterator[list[bytes]]:
    while page := list(islice(keys, MOST_KEYS)):
        yield page


def _token(token: str, keys: Sequence[bytes]) -> Found | None:
    """The value that a token holds."""
    try:
        label, sealed = opened(token)
    except NotAPseudonym:
        return None
    for key in keys:
        with suppress(NotAPseudonym):
            return Found(label, (unseal(label, sealed, key),))
    return None


def _kept(session: Session, tenant_id: str, texts: Sequence[str], keys: Sequence[bytes]) -> Iterator[tuple[str, Found]]:
    """What made-up values stand for, one value at a time."""
    asked = {fingerprint(each, key): (each, key) for each in texts for key in keys}
    wanted: list[bytes] = list(asked)
    rows: list[Pseudonym] = []
    for start in range(0, len(wanted), 500):  # SQLite takes only so many parameters
        some = Pseudonym.fingerprint.in_(wanted[start : start + 500])
        query = select(Pseudonym).where(Pseudonym.tenant_id == tenant_id, some)
        rows += session.scalars(query.order_by(Pseudonym.first_seen, Pseudonym.digest)).all()
    for row in rows:
        pseudonym, key = asked[row.fingerprint]
        entry = Entry(row.entity_type, row.fingerprint, row.sealed)
        try:
            yield pseudonym, Found(row.entity_type, (vault.opened(entry, row.digest, key),))
        except NotAPseudonym:
            # The fingerprint is of this key, so somebody has changed the row.
            _log.warning("a row of the table of pseudonyms was changed: what it stands for is not told")
