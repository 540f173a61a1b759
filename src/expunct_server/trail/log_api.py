"""Routes of the log itself: proofs, and the tenant's log in the layout of C2SP tlog-tiles."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from expunct_server.audit.models import SUPER
from expunct_server.audit.stored import entry_of
from expunct_server.errors import FieldError, Invalid, NotFound
from expunct_server.publishing import home
from expunct_server.publishing.log_keys import public_keys
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.tile_store import TileStore
from expunct_server.tenants.auth import Caller, can
from expunct_server.tlog.proof import Proof
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.tiles import parse_tile_path
from expunct_server.trail import proofs
from expunct_server.trail.asked import WAIT, check_names
from expunct_server.web.accepting import VARY, prefers
from expunct_server.web.answers import TEXT, TEXT_TOO, answer
from expunct_server.web.paging import parameter

router = APIRouter(prefix="/audit", tags=["Audit log"])
Auditor = Annotated[Caller, can("audit:read")]


def _asking(*names: str) -> Any:
    """An `Auditor` who asks with no parameters but these and `tenant_id`."""

    def checked(request: Request, caller: Auditor) -> Caller:
        check_names(request.query_params, names)
        return caller

    return Depends(checked)


_Reader = Annotated[Caller, _asking()]
# Whose log it is, headers say as well: no cache may answer with what it keeps of another tenant.
_VARY = {"Vary": "X-API-Key, X-Tenant-ID"}
_FOREVER = _VARY | {"Cache-Control": "private, max-age=31536000, immutable"}  # a tile of one width never changes
_BRIEFLY = _VARY | {"Cache-Control": "private, max-age=60"}
_NEVER = _VARY | {"Cache-Control": "no-cache"}


class ProofView(BaseModel):
    """That an event stands in the log. Hashes are base64; `entry` is the leaf's text; `extra` opens commitments."""

    index: int
    size: int
    hashes: list[str]
    checkpoint: str
    entry: str
    extra: str


class ConsistencyView(BaseModel):
    """That the log of `from` entries is the beginning of that of `to`. Hashes are base64."""

    from_: int = Field(alias="from")
    to: int
    hashes: list[str]


class AnchorView(BaseModel):
    """What the log of logs says of this log. `blind` (base64) shows that `log` in `entry` is this tenant's."""

    index: int
    size: int
    hashes: list[str]
    checkpoint: str
    entry: str
    extra: str
    blind: str


_OPEN = parameter(
    "open", {"type": "string"}, "Values to show with the proof, joined by commas: actor, client, metadata."
)
_SIZE = {"type": "integer", "minimum": 1}


@router.get(
    "/{event_id}/proof",
    response_model=ProofView,
    openapi_extra={"parameters": [WAIT, _OPEN]},
    responses=TEXT_TOO,
)
def get_proof(event_id: str, request: Request, caller: Annotated[Caller, _asking("wait", "open")]) -> Response:
    """The event's inclusion proof: a `.tlog-proof` for who rather accepts `text/plain`, else JSON."""
    waits = proofs.who_waits(caller, request.query_params)
    opened = proofs.parts(request.query_params.get("open"))
    which = proofs.ById(event_id)
    place, log, proof = proofs.proof_of(caller.settings, caller.database, caller.tenant_id, which, opened, waits=waits)
    if prefers(request, "text/plain"):
        name = {"Content-Disposition": f'attachment; filename="{event_id}.tlog-proof"'}
        return Response(proof.encode(), media_type=TEXT, headers=name | VARY)
    return answer(_proof_view(proof, log.checkpoint.size, entry_of(place.event).decode()), headers=VARY)


def _proof_view(proof: Proof, size: int, entry: str) -> dict[str, Any]:
    return {
        "index": proof.index,
        "size": size,
        "hashes": _base64(proof.hashes),
        "checkpoint": proof.checkpoint.decode(),
        "entry": entry,
        "extra": base64.b64encode(proof.extra or b"").decode(),
    }


def _base64(hashes: Any) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


@router.get("/log/checkpoint", response_class=Response, responses=TEXT_TOO)
def get_checkpoint(caller: _Reader) -> Response:
    """The tenant's newest signed checkpoint (C2SP tlog-checkpoint)."""
    return _checkpoint(caller, caller.tenant_id)


@router.get("/log/tile/{path:path}", response_class=Response)
def get_tile(path: str, caller: _Reader) -> Response:
    """A tile or, below `entries/`, a bundle of entries (C2SP tlog-tiles)."""
    return _tile(caller, caller.tenant_id, path)


@router.get("/log/key", response_class=Response, responses=TEXT_TOO)
def get_log_key(caller: _Reader) -> Response:
    """The verifier keys of the tenant's log, one a line, the current one first."""
    log = proofs.published(caller.settings, caller.database, caller.tenant_id)
    return _keys(caller, log.checkpoint.origin)


@router.get(
    "/log/consistency",
    response_model=ConsistencyView,
    openapi_extra={
        "parameters": [
            parameter("from", _SIZE, "The smaller tree size.") | {"required": True},
            parameter("to", _SIZE, "The larger tree size.") | {"required": True},
        ]
    },
)
def get_consistency(request: Request, caller: Annotated[Caller, _asking("from", "to")]) -> Response:
    """The proof that the log only grew between two sizes (RFC 9162 section 2.1.4)."""
    sizes = [_size(request, name) for name in ("from", "to")]
    log = proofs.published(caller.settings, caller.database, caller.tenant_id)
    hashes = proofs.consistency(log, *sizes)
    return answer({"from": sizes[0], "to": sizes[1], "hashes": _base64(hashes)})


@router.get("/log/anchor", response_model=AnchorView, responses=TEXT_TOO)
def get_anchor(request: Request, caller: _Reader) -> Response:
    """The newest root of this log in the log of logs, proven. Text or JSON, as with the proof of an event."""
    found = proofs.anchor(caller.settings, caller.database, caller.tenant_id)
    if prefers(request, "text/plain"):
        return Response(found.proof.encode(), media_type=TEXT, headers=VARY)
    view = _proof_view(found.proof, found.size, found.entry)
    return answer(view | {"blind": base64.b64encode(found.blind).decode()}, headers=VARY)


@router.get("/log/super/checkpoint", response_class=Response, responses=TEXT_TOO)
def get_super_checkpoint(caller: _Reader) -> Response:
    """The newest signed checkpoint of the log of logs."""
    return _checkpoint(caller, SUPER)


@router.get("/log/super/tile/{path:path}", response_class=Response)
def get_super_tile(path: str, caller: _Reader) -> Response:
    """A tile or bundle of the log of logs."""
    return _tile(caller, SUPER, path)


@router.get("/log/super/key", response_class=Response, responses=TEXT_TOO)
def get_super_key(caller: _Reader) -> Response:
    """The verifier keys of the log of logs."""
    return _keys(caller, proofs.published(caller.settings, caller.database, SUPER).checkpoint.origin)


def _checkpoint(caller: Caller, tenant_id: str) -> Response:
    home.require_here(caller.settings, caller.database)
    note = TileStore(log_folder(caller.settings.data, tenant_id)).checkpoint()
    if note is None:
        raise NotFound("Nothing of this log is published yet.", code="not_published")
    return Response(note, media_type=TEXT, headers=_NEVER)


def _tile(caller: Caller, tenant_id: str, path: str) -> Response:
    try:
        tile = parse_tile_path(f"tile/{path}")
    except Rejected:
        raise NotFound("This is not the path of a tile; see c2sp.org/tlog-tiles.", code="bad_tile_path") from None
    home.require_here(caller.settings, caller.database)
    try:
        data = TileStore(log_folder(caller.settings.data, tenant_id)).tile(tile)
    except Rejected:  # a narrower one is cut from it, and it is not whole
        raise proofs.damaged(tenant_id) from None
    if data is None:
        raise NotFound("The log has no such tile.", code="no_such_tile")
    return Response(data, media_type="application/octet-stream", headers=_FOREVER)


def _keys(caller: Caller, origin: str) -> Response:
    keys = public_keys(caller.settings).verifiers(origin)
    return Response("".join(f"{each.encode()}\n" for each in keys), media_type=TEXT, headers=_BRIEFLY)


def _size(request: Request, name: str) -> int:
    raw = request.query_params.get(name, "")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20):
        raise Invalid(f"{name} must be a tree size.", errors=(FieldError(name, "must be a whole number"),))
    return int(raw)
