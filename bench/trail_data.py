"""Makes trails as a deployment would: a few tenants of very different size, jobs with two to five events each, a few
actors who do most of the work, rare types and one-time actors, 90 days. The same seed gives the same trail.
"""

import random
import types
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from itertools import accumulate
from typing import Any, NamedTuple, Union, get_args, get_origin

from expunct_server import ids
from expunct_server.audit.catalog import CATALOG, Counts, Event
from expunct_server.audit.codec import canonical
from expunct_server.audit.models import key_of
from expunct_server.audit.stored import Stored, entry_of
from expunct_server.publishing.sequencer import MARK_EVERY
from expunct_server.tlog.merkle import Frontier, leaf_hash

DAYS = 90
END = 1_790_000_000 * ids.SECOND
BEGIN = END - DAYS * 86_400 * ids.SECOND
SHARES = {"northwind": 0.70, "contoso": 0.20, "fabrikam": 0.07, "tailspin": 0.02, "wingtip": 0.01}
EVENT_COLUMNS = (*(name for name in Stored._fields if name not in ("commitments", "erased_by")), "unit")
ENTRY_COLUMNS = ("log", "seq", "position", "event_type", "actor", "resource", "created_at")
MARK_COLUMNS = ("log", "number", "latest")

# What begins by itself, by how often; what follows a job's creation comes later, mixed with other jobs' events.
_STARTS = {
    "job.created": 7_500,
    "redaction.performed": 2_000,
    "auth.denied": 200,
    "auth.failed": 150,
    "connector.sync_triggered": 60,
    "policy.updated": 40,
    "audit.exported": 20,
    "api_key.created": 12,
    "policy.created": 9,
    "api_key.revoked": 5,
    "job.purged": 2,
    "policy.deleted": 1,
    "tenant.updated": 1,
}
_FOLLOWS = {  # last first: taken from the end
    ("job.completed",): 25,
    ("job.downloaded", "job.completed"): 40,
    ("job.report_viewed", "job.downloaded", "job.completed"): 20,
    ("job.downloaded", "job.downloaded", "job.report_viewed", "job.completed"): 8,
    ("job.failed",): 6,
    ("job.failed", "job.cancelled"): 1,
}
_ACTORS, _ONCE, _FOLLOW, _EXAMPLES = 2_000, 0.002, 0.62, 64
_BATCH = 20_000
_WORDS = ("EMAIL", "PERSON", "PHONE_NUMBER", "IBAN", "ADDRESS", "DATE_OF_BIRTH", "CREDIT_CARD", "URL")
_AGENTS = ("expunct-python/0.2.0", "expunct-cli/0.2.0 (Linux; x86_64)", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")


class Batch(NamedTuple):
    """Rows for `audit_event`, `audit_entry` and `audit_mark`, by the columns above."""

    events: list[tuple[Any, ...]]
    entries: list[tuple[Any, ...]]
    marks: list[tuple[Any, ...]]


@dataclass(frozen=True)
class Known:
    """What may be asked for in the largest tenant's log."""

    tenant: str
    actors: list[str]  # the busiest ones
    rare_actors: list[str]
    resources: list[str]


@dataclass
class _Job:
    id: str
    key: int
    actor: tuple[str, str, int]
    next: list[str]


@dataclass
class _Tenant:
    name: str
    number: int
    actors: list[tuple[str, str, int]]  # label, id, key
    policies: list[str]
    size: int = 0
    latest: int = 0
    regress: int = 0
    open: list[_Job] = field(default_factory=list)
    frontier: Frontier = field(default_factory=Frontier)


class Trail:
    """`size` events. `hashed`: with the real root of each log, which costs most of the time and no listing reads."""

    def __init__(self, size: int, *, seed: int = 1, shares: dict[str, float] = SHARES, hashed: bool = False) -> None:
        self._size, self._hashed, self._random = size, hashed, random.Random(seed)
        self._tenants = [self._tenant(number, name) for number, name in enumerate(shares, 1)]
        self._shares = list(accumulate(shares.values()))
        self._numbers = {name: number for number, name in enumerate(sorted(CATALOG), 1)}
        self._examples = {name: [self._details(cls) for _ in range(_EXAMPLES)] for name, cls in CATALOG.items()}
        self._zipf = list(accumulate(1 / rank for rank in range(1, _ACTORS + 1)))
        self._rare: list[str] = []
        self._resources: list[str] = []
        self._starts, self._start_weights = list(_STARTS), list(accumulate(_STARTS.values()))
        self._follows, self._follow_weights = list(_FOLLOWS), list(accumulate(_FOLLOWS.values()))
        self._addresses = [f"203.0.{self._random.randrange(256)}.{self._random.randrange(256)}" for _ in range(500)]

    @property
    def types(self) -> list[tuple[int, str, str]]:
        """Rows of `audit_type`."""
        return [(number, name, CATALOG[name].resource_type) for name, number in self._numbers.items()]

    def logs(self, *, published: bool) -> list[dict[str, Any]]:
        """Rows of `audit_log`, once all batches were taken."""
        return [
            {
                "number": each.number,
                "tenant_id": each.name,
                "origin": f"bench.example/{each.name}",
                "blind": self._random.randbytes(32),
                "size": each.size,
                "root": each.frontier.root(),
                "peaks": each.frontier.encode(),
                "latest": each.latest,
                "regress": each.regress,
                "published_size": each.size if published else 0,
                "anchored_size": 0,
            }
            for each in self._tenants
        ]

    def known(self) -> Known:
        """What to ask for, once all batches were taken."""
        first = self._tenants[0]
        return Known(first.name, [label for label, _, _ in first.actors[:5]], self._rare[:200], self._resources)

    def batches(self) -> Iterator[Batch]:
        """All rows, in the order of their positions."""
        for low in range(1, self._size + 1, _BATCH):
            batch = Batch([], [], [])
            for position in range(low, min(low + _BATCH, self._size + 1)):
                self._add(batch, position)
            yield batch

    def _add(self, batch: Batch, position: int) -> None:
        chance = self._random.random
        tenant = self._tenants[min(bisect(self._shares, chance()), len(self._tenants) - 1)]
        at = BEGIN + (END - BEGIN) * position // self._size - int(chance() ** 8 * 2 * ids.SECOND)
        kind, resource, resource_key, (label, actor_id, actor_key) = self._act(tenant, at)
        cls = CATALOG[kind]
        random_bits, details = self._random.getrandbits(56), self._examples[kind][int(chance() * _EXAMPLES)]
        event = (
            position,
            f"evt_{at // 1000:012x}{random_bits:014x}",
            tenant.name,
            kind,
            cls.resource_type,
            resource,
            label,
            actor_id,
            cls.outcome,
            details,
            False,
            cls.schema_version,
            f"req_{at // 1000:012x}{random_bits ^ 0xFFFFFF:014x}",
            self._addresses[random_bits % 500],
            _AGENTS[random_bits % 3],
            at,
            self._random.randbytes(16),
            random_bits,
        )
        batch.events.append(event)
        seq = tenant.size
        if seq % MARK_EVERY == 0:
            batch.marks.append((tenant.number, seq // MARK_EVERY, tenant.latest))
        number = self._numbers[kind]
        batch.entries.append((tenant.number, seq, position, number, actor_key, resource_key, at))
        tenant.size = seq + 1
        tenant.regress, tenant.latest = max(tenant.regress, tenant.latest - at), max(tenant.latest, at)
        if self._hashed:
            tenant.frontier.append(leaf_hash(entry_of(Stored(*event[:-1], None, None))))
        if tenant.number == 1 and position % (self._size // 2000 + 1) == 0 and kind.startswith("job."):
            self._resources.append(resource)

    def _act(self, tenant: _Tenant, at: int) -> tuple[str, str, int, tuple[str, str, int]]:
        """Type, resource and its key, actor."""
        chance = self._random.random
        if tenant.open and chance() < _FOLLOW:
            place = int(chance() * len(tenant.open))
            job = tenant.open[place]
            kind = job.next.pop()
            if not job.next:
                tenant.open[place] = tenant.open[-1]
                tenant.open.pop()
            return kind, job.id, job.key, job.actor
        kind = self._starts[bisect(self._start_weights, chance() * self._start_weights[-1])]
        actor = self._actor(tenant)
        resource = self._resource(tenant, kind, at)
        key = key_of(resource)
        if kind == "job.created":
            follows = self._follows[bisect(self._follow_weights, chance() * self._follow_weights[-1])]
            tenant.open.append(_Job(resource, key, actor, list(follows)))
        return kind, resource, key, actor

    def _resource(self, tenant: _Tenant, kind: str, at: int) -> str:
        family = CATALOG[kind].resource_type
        bits = self._random.getrandbits(56)
        if family in ("policy", "connector"):
            return tenant.policies[bits % len(tenant.policies)].replace("pol", family[:3])
        if family == "api_key":
            return tenant.actors[bits % 50][1]
        return tenant.name if family in ("tenant", "audit") else f"{family[:3]}_{at // 1000:012x}{bits:014x}"

    def _actor(self, tenant: _Tenant) -> tuple[str, str, int]:
        if self._random.random() < _ONCE:
            label = f"cli:visitor-{self._random.getrandbits(40):010x}"
            if tenant.number == 1 and len(self._rare) < 200:
                self._rare.append(label)
            return label, label, key_of(label)
        return tenant.actors[min(bisect(self._zipf, self._random.random() * self._zipf[-1]), _ACTORS - 1)]

    def _tenant(self, number: int, name: str) -> _Tenant:
        bits = self._random.getrandbits
        labels = [f"pk_live_{bits(12):03x}...{bits(12):03x}{rank:04d}" for rank in range(_ACTORS)]
        actors = [(label, f"key_{bits(104):026x}", key_of(label)) for label in labels]
        return _Tenant(name, number, actors, [f"pol_{bits(104):026x}" for _ in range(40)])

    def _details(self, cls: type[Event]) -> str:
        return canonical({each.name: self._value(each.name, each.type) for each in fields(cls)}).decode()

    def _value(self, name: str, kind: Any) -> Any:
        """A value of the size that a field of this name and type has in earnest."""
        number, bits = self._random.randrange, self._random.getrandbits
        if get_origin(kind) in (Union, types.UnionType):
            return None if number(3) == 0 else self._value(name, get_args(kind)[0])
        if kind == Counts:
            return {word: number(1, 40) for word in self._random.sample(_WORDS, number(2, 7))}
        if kind == list[str]:
            return self._random.sample(("language", "entities", "threshold", "method"), number(0, 3))
        if kind in (bool, int):
            return kind(number(1, 50_000))
        if name.endswith("sha256"):
            return f"{bits(256):064x}"
        if name.endswith("_id"):
            return f"{name[:3]}_{bits(104):026x}"
        if name.endswith("uri"):
            return f"s3://archive-{number(9)}/2026/{number(12):02d}/letter-{bits(32):08x}.pdf"
        return {"language": "en", "source": "upload", "engine": "0.1.0", "method": "POST"}.get(
            name, f"{name} {bits(20)}"
        )
