"""Routes of the audit trail. Read-only: every other verb is 405."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import Response

from expunct_server.db.session import Fetch
from expunct_server.errors import NotFound
from expunct_server.tenants.auth import Caller, Gate, admitted_at_once, asked_by, authenticate
from expunct_server.trail import asked as parameters
from expunct_server.trail import proofs, query
from expunct_server.trail.asked import Asked
from expunct_server.trail.cursor import Place, cursors_of
from expunct_server.trail.follow import stream, wants_stream
from expunct_server.trail.pages import Kept, Pages
from expunct_server.trail.records import EventView, FullEventView, brief, full, listed
from expunct_server.web.accepting import VARY
from expunct_server.web.answers import answer

router = APIRouter(prefix="/audit", tags=["Audit"])
_AT_ONCE = frozenset({"limit", "fields"})  # a request with no other parameter is answered without changing threads
_BEGINS = frozenset({"cursor", "offset"})  # what a next cursor takes the place of


@router.get("", response_model=list[EventView], openapi_extra={"parameters": parameters.PARAMETERS})
async def list_events(request: Request) -> Response:
    """The tenant's events, newest first. With page or page_size: `{audit_logs, total, page, page_size}`."""
    # The newest page is what pollers and consoles ask for. On SQLite it costs less than a change of threads, so it is
    # answered here; whatever could take long (a refusal to record, a far offset, a filter, another host) goes to one.
    gate: Gate = request.app.state.gate
    version = gate.database.version()
    if version is None or not _AT_ONCE.issuperset(request.query_params.keys()):
        if wants_stream(request):
            return await stream(request)
        return await run_in_threadpool(_list, request)
    kept: Pages = request.app.state.pages
    question = (asked_by(request), request.scope["query_string"])
    if (found := kept.find(version, question)) is not None:
        gate.usage.count(found.key_id)
        return Response(found.body, headers=found.headers, media_type="application/json")
    with gate.database.snapshot(on_loop=True) as fetch:
        if (caller := admitted_at_once(request, "audit:read", fetch)) is not None:
            response = _listed(caller, request.query_params, fetch)
            kept.keep(question, Kept(caller.key_id, bytes(response.body), _link_of(response)))
            return response
    return await run_in_threadpool(_list, request)


def _link_of(response: Response) -> dict[str, str]:
    link = response.headers.get("link")
    return {} if link is None else {"Link": link}


def _list(request: Request) -> Response:
    caller = authenticate(request, "audit:read")
    with caller.database.snapshot() as fetch:
        return _listed(caller, request.query_params, fetch)


def _listed(caller: Caller, params: QueryParams, fetch: Fetch) -> Response:
    asked = parameters.read(params)
    which, page = asked.which(caller.tenant_id), asked.page
    span = query.Span(page.limit, page.offset, asked.ascending, asked.as_of, _place(caller, asked))
    head = query.read_head(fetch, caller.tenant_id)
    if page.page is None and not asked.is_full:
        found = query.listed(fetch, which, span, head, query.BRIEF)
        items = [brief(row) for row in found.rows]
    else:
        found = query.listed(fetch, which, span, head)
        shape = full if asked.is_full else listed
        items = [shape(query.Found._make((*row, head.published_size))) for row in found.rows]
    link = _next(caller, asked, params, found) | (VARY if asked.follow else {})
    if not (page.page or page.count):
        return answer(items, headers=link)
    total, is_exact = query.count(fetch, which, span, head)
    if page.page is not None:
        return answer(page.envelope("audit_logs", items, total) | {"total_is_exact": is_exact}, headers=link)
    counted = {"X-Total-Count": str(total), "X-Total-Count-Exact": "true" if is_exact else "false"}
    return answer(items, headers=counted | link)


def _place(caller: Caller, asked: Asked) -> Place | None:
    if asked.cursor is None:
        return None
    return cursors_of(caller.settings).read(asked.cursor, asked.question(caller.tenant_id))


def _next(caller: Caller, asked: Asked, params: QueryParams, found: query.Listing) -> dict[str, str]:
    """The header that says where the list goes on, relative to the URL that was asked for. It never holds a key."""
    is_full = len(found.rows) == asked.page.limit
    if found.resume is None or not (is_full or asked.follow):
        return {}
    kept: list[tuple[str, Any]]
    if asked.page.page is not None:
        kept = [each for each in params.multi_items() if each[0] != "page"]
        kept.append(("page", asked.page.page + 1))
    else:
        kept = [each for each in params.multi_items() if each[0] not in _BEGINS]
        kept.append(("cursor", cursors_of(caller.settings).write(found.resume, asked.question(caller.tenant_id))))
    return {"Link": f'<?{urlencode(kept)}>; rel="next"'}


@router.get("/{event_id}", response_model=FullEventView, openapi_extra={"parameters": [parameters.WAIT]})
async def get_event(event_id: str, request: Request) -> Response:
    """One event: the full record and its state, which after ten seconds of waiting may still be what it was."""
    return await run_in_threadpool(_get, event_id, request)


def _get(event_id: str, request: Request) -> Response:
    caller = authenticate(request, "audit:read")
    parameters.check_names(request.query_params, ("wait",))
    if (waits := proofs.who_waits(caller, request.query_params)) is not None:
        proofs.place_of(caller.database, caller.tenant_id, proofs.ById(event_id), waits)
    with caller.database.snapshot() as fetch:
        found = query.find(fetch, event_id, caller.tenant_id)
    if found is None:
        raise NotFound("There is no such audit event.")
    return answer(full(found))
