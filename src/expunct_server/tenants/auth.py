"""Who is calling, what they may do, and the transaction they may do it in.

A route says `caller: Annotated[Caller, can("policies")]`. It gets a `Caller` only for a key that counts, for a tenant
that key may act for, with the scope in hand and within its rate; anything else was refused, and the refusal recorded,
before the route ran. `caller.writing()` is a route's only way to change anything, so nothing is ever written without a
named actor. The transaction begins where the route asks for it and not before: on SQLite it holds the one write lock,
which an upload must not do while it streams.
"""

import hmac
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple, NoReturn

from fastapi import Depends, Request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.recorder import SYSTEM_TENANT, Actor, Origin, Unit, origin, writing
from expunct_server.db.prepared import Prepared
from expunct_server.db.session import Database, Fetch
from expunct_server.errors import BadRequest, Forbidden, NotFound, Refusal, Unauthenticated
from expunct_server.settings import Network, Settings
from expunct_server.tenants import keys, rates
from expunct_server.tenants.models import ApiKey, Tenant
from expunct_server.tenants.refusals import UNKNOWN, Refusals, Refused, network_of
from expunct_server.tenants.scopes import OPERATOR
from expunct_server.tenants.usage import Usage
from expunct_server.web.context import RequestContext


class _Key(NamedTuple):
    """A key's row, as far as letting its holder in goes."""

    id: str
    tenant_id: str
    key_hash: bytes
    actor_mask: str
    scopes: str
    networks: str
    expires_at: ids.Micros | None
    revoked_at: ids.Micros | None
    plan: str


_FIND_KEY = Prepared(
    select(*(getattr(ApiKey, name) for name in _Key._fields[:-1]), Tenant.plan)
    .join(Tenant, Tenant.id == ApiKey.tenant_id)
    .where(ApiKey.key_hash == bindparam("digest"))
)


_HOLD_KEY = (
    select(ApiKey.revoked_at, ApiKey.expires_at).where(ApiKey.id == bindparam("key_id")).with_for_update(read=True)
)


@dataclass(frozen=True)
class Gate:
    """What an API process holds to let callers in; lives in `app.state.gate`."""

    settings: Settings
    database: Database
    refusals: Refusals
    usage: Usage


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that counts, acting for `tenant_id`. Immutable; made by `authenticate` alone."""

    gate: Gate
    key_id: str
    home_tenant_id: str
    scopes: frozenset[str]
    actor: Actor
    origin: Origin
    method: str
    route: str
    api_key: str = field(repr=False)  # for sealing what only this caller may read again; never stored
    revoked_at: ids.Micros | None = None
    expires_at: ids.Micros | None = None
    networks: tuple[Network, ...] = ()
    tenant_named: bool = False

    @property
    def tenant_id(self) -> str:
        return self.actor.tenant_id

    @property
    def database(self) -> Database:
        return self.gate.database

    @property
    def settings(self) -> Settings:
        return self.gate.settings

    def reading(self) -> AbstractContextManager[Session]:
        """A read-only session."""
        return self.database.reading()

    @contextmanager
    def writing(self, *, alone: bool = False) -> Iterator[Unit]:
        """A unit of work in this caller's name; committed when the block ends. `alone`: it may take long.

        The key is looked at again, and held, inside the transaction: a body can take its time to arrive, and a key
        that was revoked or has expired meanwhile acts no more. Raises `Unauthenticated` then, and `Forbidden` for the
        tenant `system`, which only the server itself writes to.
        """
        if self.tenant_id == SYSTEM_TENANT:
            self.refuse("system_tenant", Forbidden("The tenant system can be read and nothing else.", code="read_only"))
        try:
            with writing(self.database, self.actor, self.origin, alone=alone) as unit:
                held = unit.session.execute(_HOLD_KEY, {"key_id": self.key_id}).one()
                _check_standing(held.revoked_at, held.expires_at)
                yield unit
        except _Lapsed as lapsed:
            _refuse_key(self, lapsed.reason)

    def acting_for(self, tenant_id: str | None) -> "Caller":
        """This caller for the tenant that a body or form names; None changes nothing.

        Raises `BadRequest` when the query or header named another, `Forbidden` when this key may not act for it,
        `NotFound` when there is no such tenant.
        """
        if not tenant_id or tenant_id == self.tenant_id:
            return self
        if self.tenant_named:
            raise _CONTRADICTION
        if OPERATOR not in self.scopes:
            self.refuse(
                "tenant_not_allowed", Forbidden("This API key may not act for that tenant.", code="wrong_tenant")
            )
        with self.reading() as session:
            if session.get(Tenant, tenant_id) is None:
                raise NotFound("There is no such tenant. `expunct-server keys create --tenant` makes one.")
        actor = Actor(self.actor.id, self.actor.label, tenant_id)
        return replace(self, actor=actor, tenant_named=True)

    def require(self, scope: str) -> None:
        """Raise `Forbidden`, and record it, unless this key has the scope."""
        if scope not in self.scopes:
            self.refuse("missing_scope", Forbidden(f"This API key lacks the scope {scope}.", code="missing_scope"))

    def refuse(self, reason: str, error: Refusal) -> NoReturn:
        """Record that this caller was denied, in the log of the key's own tenant, then raise `error`."""
        actor = Actor(self.actor.id, self.actor.label, self.home_tenant_id)
        network = network_of(self.origin.ip_address)
        kind = Refused(403, actor, self.key_id, reason, self.method, self.route, network)
        self.gate.refusals.record(kind, self.origin)
        raise error


_CONTRADICTION = BadRequest("The request names two different tenants; name one.", code="two_tenants")


def can(scope: str) -> Any:
    """A route's dependency: the `Caller`, if its key has `scope`."""

    def caller(request: Request) -> Caller:
        return authenticate(request, scope)

    return Depends(caller)


def authenticate(request: Request, scope: str) -> Caller:
    """Let the request's caller in, or record and raise why not. Reads; writes only to count a limited plan's requests.

    Raises `Unauthenticated`, `Forbidden`, `BadRequest`, `NotFound` (a tenant an operator named), `RateLimited`.
    """
    gate: Gate = request.app.state.gate
    context: RequestContext = request.scope["state"]["context"]
    presented = _presented(request)
    with gate.database.snapshot() as fetch:
        row = _find(fetch, presented)
    if row is None:
        _refuse_unknown(gate, _origin(context), request.method, _route(request), presented)
    caller = _caller(gate, context, request, row, presented)
    _check_key(caller)
    said = [*request.query_params.getlist("tenant_id"), *request.headers.getlist("x-tenant-id")]
    named = {value for value in said if value}
    if len(named) > 1:
        raise _CONTRADICTION
    for tenant_id in named:
        caller = replace(caller.acting_for(tenant_id), tenant_named=True)
    rates.count(gate.database, gate.settings, row.id, row.plan, context)  # first: a refusal costs the server a write
    caller.require(scope)
    gate.usage.count(row.id)
    return caller


def admitted_at_once(request: Request, scope: str, fetch: Fetch) -> Caller | None:
    """The caller, where letting it in takes one look at its key and writes nothing; None: ask `authenticate`.

    For the event loop's own thread, which may neither wait for a lock nor refuse anyone.
    """
    gate: Gate = request.app.state.gate
    presented = _presented(request)
    row = _find(fetch, presented)
    if row is None or row.revoked_at is not None or row.expires_at is not None or row.networks:
        return None
    if row.plan in rates.LIMITED_PLANS or "x-tenant-id" in request.headers or "tenant_id" in request.query_params:
        return None
    caller = _caller(gate, request.scope["state"]["context"], request, row, presented)
    if scope not in caller.scopes:
        return None
    gate.usage.count(row.id)
    return caller


def recognized(request: Request, fetch: Fetch) -> Caller | None:
    """The caller, if its key counts, whatever it may do; None otherwise. Neither refuses nor records."""
    try:
        presented = _presented(request)
    except BadRequest:
        return None
    row = _find(fetch, presented)
    if row is None:
        return None
    caller = _caller(request.app.state.gate, request.scope["state"]["context"], request, row, presented)
    try:
        _check_standing(caller.revoked_at, caller.expires_at)
    except _Lapsed:
        return None
    outside = caller.networks and not _within(caller.origin.ip_address, caller.networks)
    return None if outside else caller


def asked_by(request: Request) -> bytes:
    """Who asks and for whom, as far as headers say: equal for requests that would be answered alike."""
    return keys.digest(f"{_presented(request)} {request.headers.getlist('x-tenant-id')}")


def _presented(request: Request) -> str:
    """The key that was sent, empty without one. Raises `BadRequest` for two that differ."""
    sent = {each.strip() for each in request.headers.getlist("x-api-key")} - {""}
    if len(sent) > 1:
        raise BadRequest("The request has two different API keys; send one.", code="two_keys")
    return sent.pop() if sent else ""


def _route(request: Request) -> str:
    """The template of the route, never the path that was asked for."""
    return getattr(request.scope.get("route"), "path", "(unknown)")


def _origin(context: RequestContext) -> Origin:
    return origin(context.request_id, context.ip_address, context.user_agent)


def _caller(gate: Gate, context: RequestContext, request: Request, row: _Key, presented: str) -> Caller:
    return Caller(
        gate=gate,
        key_id=row.id,
        home_tenant_id=row.tenant_id,
        scopes=frozenset(row.scopes.split()),
        actor=Actor(row.id, row.actor_mask, row.tenant_id),
        origin=_origin(context),
        method=request.method,
        route=_route(request),
        api_key=presented,
        revoked_at=row.revoked_at,
        expires_at=row.expires_at,
        networks=tuple(ip_network(each) for each in row.networks.split()),
    )


def _find(fetch: Fetch, presented: str) -> _Key | None:
    if not keys.well_formed(presented):
        return None
    digest = keys.digest(presented)
    rows = fetch(_FIND_KEY, {"digest": digest})
    # The index found it by its hash; comparing again in constant time costs nothing and leaves no timing to measure.
    row = _Key._make(rows[0]) if rows else None
    return row if row is not None and hmac.compare_digest(row.key_hash, digest) else None


def _check_key(caller: Caller) -> None:
    try:
        _check_standing(caller.revoked_at, caller.expires_at)
    except _Lapsed as lapsed:
        _refuse_key(caller, lapsed.reason)
    if caller.networks and not _within(caller.origin.ip_address, caller.networks):
        caller.refuse(
            "address_not_allowed", Forbidden("This API key is not allowed from this address.", code="wrong_address")
        )


class _Lapsed(Exception):
    """The key no longer counts, for this `reason`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _check_standing(revoked_at: ids.Micros | None, expires_at: ids.Micros | None) -> None:
    if revoked_at is not None:
        raise _Lapsed("revoked")
    if expires_at is not None and expires_at <= ids.now():
        raise _Lapsed("expired")


def _within(address: str | None, networks: tuple[Network, ...]) -> bool:
    return address is not None and any(ip_address(address) in network for network in networks)


_LAPSED = {"revoked": "This API key was revoked; use another.", "expired": "This API key has expired; use another."}


def _refuse_key(caller: Caller, reason: str) -> NoReturn:
    network = network_of(caller.origin.ip_address)
    actor = Actor(caller.actor.id, caller.actor.label, caller.home_tenant_id)
    kind = Refused(401, actor, caller.key_id, reason, caller.method, caller.route, network)
    caller.gate.refusals.record(kind, caller.origin)
    raise Unauthenticated(_LAPSED[reason], code=f"key_{reason}")


def _refuse_unknown(gate: Gate, came_from: Origin, method: str, route: str, presented: str) -> NoReturn:
    reason = "unknown_key" if presented else "no_key"
    nobody = Actor("anonymous", "anonymous", SYSTEM_TENANT)
    kind = Refused(401, nobody, UNKNOWN, reason, method, route, network_of(came_from.ip_address))
    gate.refusals.record(kind, came_from)
    if presented:
        raise Unauthenticated("The API key is not valid.", code="unknown_key")
    raise Unauthenticated("Send your API key in the header X-API-Key.", code="no_key")
