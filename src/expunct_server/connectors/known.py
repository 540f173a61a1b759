"""What is known of a bucket's objects: what was seen of each, and which of them are results of this server.

Names of objects can be personal data, and an etag is often a hash of the content. So both are kept as hashes, by a key
of each connector's own.
"""

import hmac
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from expunct_server.buckets.models import Bucket
from expunct_server.connectors.models import Connector, ConnectorObject
from expunct_server.jobs.models import Job
from expunct_server.storage.base import Stat
from expunct_server.tenants import sealing

ETAG_LENGTH = 200  # of an etag, in a job's row
# How a job ends by its document's own fault, or by that of its policy with this document: the next sync makes none of
# an object that did not change. After any other end it does, whatever it was: rather once too often than never.
OF_THE_DOCUMENT = frozenset(
    {"binary_content", "detection_failed", "empty_file", "invalid_encoding", "invalid_json", "pattern_timeout"}
    | {"recognizer_failed", "residue_found", "span_too_long", "too_large", "too_many_findings", "unsupported_format"}
    | {"encrypted", "nested_too_deep", "reader_crashed", "took_too_long", "too_many_values", "too_much_memory"}
    | {"unreadable", "unreadable_text", "worker_lost"}
)


@dataclass(frozen=True, slots=True)
class Seen:
    """An object as it was listed, by the hashes that are kept of it, and the job that is made of it."""

    key_hash: bytes
    etag_hash: bytes
    job_id: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What makes the hashes of one connector."""

    _key: bytes = field(repr=False)

    def of(self, text: str) -> bytes:
        """The hash of a key or an etag."""
        return hmac.digest(self._key, text.encode(errors="surrogateescape"), "sha256")


def marks(master: bytes, connector_id: str) -> Marks:
    """What makes the hashes of this connector."""
    return Marks(sealing.derive(master, f"object-keys:{connector_id}"))


def last_seen(session: Session, connector_id: str, hashes: Collection[bytes]) -> dict[bytes, Any]:
    """What was last seen of the objects with these hashes, and how the job that was made of each stands."""
    query = (
        select(ConnectorObject.key_hash, ConnectorObject.etag_hash)
        .add_columns(Job.outcome, Job.error_code, Job.input_etag, Job.output_etag)
        .join(Job, Job.id == ConnectorObject.job_id)
        .where(ConnectorObject.connector_id == connector_id, ConnectorObject.key_hash.in_(hashes))
    )
    return {row.key_hash: row for row in session.execute(query)}


def is_unchanged(known: Any, stat: Stat, etag_hash: bytes) -> bool:
    """Whether there is nothing to do for an object of which this is known."""
    if known.outcome is None:  # the job reads what is there when it begins; the next sync compares with that
        return True
    if known.outcome != "completed" and known.error_code not in OF_THE_DOCUMENT:
        return False
    if known.input_etag is not None:
        return bool(known.input_etag == stat.etag[:ETAG_LENGTH])
    return hmac.compare_digest(known.etag_hash, etag_hash)


def note(session: Session, connector_id: str, seen: Collection[Seen]) -> None:
    """Keep what was seen of these objects, in place of what was before."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(ConnectorObject)
    same = ["connector_id", "key_hash"]
    changed = {"etag_hash": statement.excluded.etag_hash, "job_id": statement.excluded.job_id}
    session.execute(
        statement.on_conflict_do_update(index_elements=same, set_=changed),
        [
            {"connector_id": connector_id, "key_hash": each.key_hash, "etag_hash": each.etag_hash}
            | {"job_id": each.job_id}
            for each in seen
        ],
    )


# --- results ----------------------------------------------------------------------------------------------------------


def output_prefixes(session: Session, bucket: Bucket) -> tuple[str, ...]:
    """Where the tenant's connectors write in this bucket, or wrote before they were deleted, as prefixes of its keys.

    Whatever the endpoint, for one server has many names; and of folders also where one lies within another.
    """
    query = select(Bucket.name, Connector.output_prefix).join(Bucket, Bucket.id == Connector.id)
    query = query.where(Bucket.tenant_id == bucket.tenant_id, Bucket.provider == bucket.provider)
    if bucket.provider != "folder":
        return tuple(row.output_prefix for row in session.execute(query.where(Bucket.name == bucket.name).distinct()))
    root = _root(bucket.provider, bucket.name)
    places = [_root("folder", row.name) + row.output_prefix for row in session.execute(query.distinct())]
    inside = {place.removeprefix(root) for place in places if place.startswith(root)}
    return ("",) if any(root.startswith(place) for place in places) else tuple(inside)


def written_by_others(session: Session, master: bytes, bucket: Bucket, objects: Sequence[Stat]) -> set[str]:
    """Keys of the objects that a connector of another tenant wrote: two that share a bucket would feed each other.

    Only what it did write, to the very etag. Were it enough to say where one writes, a tenant could have another's
    documents passed over.
    """
    query = select(Bucket.name, Connector.id, Connector.prefix, Connector.output_prefix)
    query = query.join(Bucket, Bucket.id == Connector.id).where(Connector.deleted_at.is_(None))
    query = query.where(Bucket.tenant_id != bucket.tenant_id, Bucket.provider == bucket.provider)
    if bucket.provider != "folder":
        query = query.where(Bucket.name == bucket.name)
    root = _root(bucket.provider, bucket.name)
    found: set[str] = set()
    for other in session.execute(query):
        place = _root(bucket.provider, other.name) + other.output_prefix
        if place.startswith(root) or root.startswith(place):
            below = [each for each in objects if (root + each.key).startswith(place)]
            found |= _written(session, marks(master, other.id), other, {root + each.key: each for each in below}, place)
    return found


def _written(session: Session, by: Marks, other: Any, objects: dict[str, Stat], place: str) -> set[str]:
    """Which of these objects below the place of its results the connector wrote: it notes what it makes them of."""
    inputs = {by.of(other.prefix + path.removeprefix(place)): stat for path, stat in objects.items()}
    known = last_seen(session, other.id, inputs.keys()) if inputs else {}
    return {
        stat.key
        for key_hash, stat in inputs.items()
        if key_hash in known and known[key_hash].output_etag == stat.etag[:ETAG_LENGTH]
    }


def _root(provider: str, name: str) -> str:
    """What the keys of a bucket begin with, to be compared with those of another; links of folders are followed."""
    return f"{os.path.realpath(name).rstrip('/')}/" if provider == "folder" else ""
