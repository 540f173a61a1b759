"""Routes of connectors."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, create_model
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server.audit.recorder import Unit
from expunct_server.buckets.reaching import Reach
from expunct_server.buckets.waiting import Place, waiting
from expunct_server.connectors import runs, service, sync, trying, views
from expunct_server.connectors.document import READ_ONLY, Document, NewConnector
from expunct_server.errors import FieldError, Forbidden, Invalid
from expunct_server.tenants import idempotency, sealing
from expunct_server.tenants.auth import Caller, can
from expunct_server.web import bodies
from expunct_server.web.answers import Detail, answer, listing
from expunct_server.web.paging import PARAMETERS, paging

router = APIRouter(prefix="/connectors", tags=["Connectors"])
Connectors = Annotated[Caller, can("connectors")]

# A partial change: every field of a new connector, none required; the values are checked as part of the whole.
ConnectorChange: type[BaseModel] = create_model(
    "ConnectorChange",
    __doc__="A change: what is left out stays as it is.",
    **{  # type: ignore[call-overload]
        name: (each.annotation, Field(None, description=each.description))
        for name, each in NewConnector.model_fields.items()
    },
)
_NEW = {
    "name": "Letters", "provider": "s3", "bucket": "acme-letters", "region": "eu-central-1", "prefix": "incoming/",
    "output_prefix": "clean/", "schedule_cron": "0 3 * * *", "schedule_timezone": "Europe/Berlin",
    "credentials": "acme-archive",
}  # fmt: skip
_CHANGE = {"schedule_cron": "0 4 * * MON-FRI", "policy_id": None}


class _Beside(BaseModel):
    """What a change says beside the connector's own fields."""

    tenant_id: bodies.Id | None = None
    secret: dict[str, str] | None = None


@router.post(
    "", status_code=201, response_model=views.ConnectorView, openapi_extra=bodies.described(NewConnector, _NEW)
)
async def create_connector(request: Request, caller: Connectors) -> Response:
    """Make a connector to a bucket or folder. Its secret, if one is sent, is kept sealed and never shown."""
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_create, request, caller, bodies.validated(NewConnector, value), raw)


def _create(request: Request, caller: Caller, new: NewConnector, raw: bytes) -> Response:
    caller = caller.acting_for(new.tenant_id)
    reach: Reach = request.app.state.reach
    document = Document.model_construct(**new.model_dump(include=set(Document.model_fields)))
    _check_reach(caller, reach, document, has_secret=new.secret is not None)

    def act(unit: Unit) -> dict[str, Any]:
        made = service.create(unit, reach, document, new.secret)
        return views.connectors(unit.session, [made])[0]

    return idempotency.create(caller, request, raw, act)


def _check_reach(caller: Caller, reach: Reach, document: Document, *, has_secret: bool) -> None:
    """Refuse, and record it, a bucket that this tenant may not reach; before the transaction, which cannot."""
    try:
        reach.check_bucket(
            caller.tenant_id,
            provider=document.provider,
            name=document.bucket,
            endpoint=document.endpoint,
            region=document.region,
            credentials=document.credentials,
            has_secret=has_secret,
        )
    except Forbidden as error:
        caller.refuse(error.code, error)


@router.get("", response_model=list[views.ConnectorView], openapi_extra={"parameters": PARAMETERS})
def list_connectors(request: Request, caller: Connectors) -> Response:
    """The tenant's connectors, newest first."""
    page = paging(request.query_params)
    with caller.reading() as session:
        found = service.list_connectors(session, caller.tenant_id, limit=page.limit, offset=page.offset)
        total = service.count(session, caller.tenant_id) if page.page or page.count else None
        return listing(page, "connectors", views.connectors(session, found), total)


@router.get("/{connector_id}", response_model=views.ConnectorView)
def get_connector(connector_id: str, caller: Connectors) -> Response:
    """One connector."""
    with caller.reading() as session:
        found = service.get(session, caller.tenant_id, connector_id)
        return answer(views.connectors(session, [found])[0])


@router.put(
    "/{connector_id}", response_model=views.ConnectorView, openapi_extra=bodies.described(ConnectorChange, _CHANGE)
)
async def update_connector(connector_id: str, request: Request, caller: Connectors) -> Response:
    """Change the fields that are sent; everything else stays. To switch a connector off ends its sync.

    A `secret` takes the place of credentials that were named, and null destroys the sealed one.
    """
    value, _ = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_update, connector_id, request, caller, value)


def _update(connector_id: str, request: Request, caller: Caller, value: Any) -> Response:
    beside = bodies.validated(_Beside, value)
    caller = caller.acting_for(beside.tenant_id)
    reach: Reach = request.app.state.reach
    changes = {name: each for name, each in value.items() if name not in READ_ONLY | {"secret"}}
    secret = _checked_secret(beside)
    with caller.reading() as session:
        found = service.get(session, caller.tenant_id, connector_id)
    after = service.changed(found, changes, has_secret=secret is not None)
    forget = found.bucket.sealed_secret is not None and "secret" in value and secret is None
    # Else what is no longer allowed could not be switched off.
    if secret is not None or forget or service.changes_bucket(found, after):
        has_secret = secret is not None or service.keeps_secret(found, after, forget=forget)
        _check_reach(caller, reach, after, has_secret=has_secret)
    with caller.writing() as unit:
        found = service.update(unit, reach, connector_id, changes, secret, forget_secret=forget)
        return answer(views.connectors(unit.session, [found])[0])


def _checked_secret(beside: _Beside) -> dict[str, str] | None:
    """A secret within the bounds of a new connector's. Raises `Invalid`."""
    if beside.secret is not None and (len(beside.secret) > 20 or any(len(v) > 10_000 for v in beside.secret.values())):
        raise Invalid("secret: is too large.", errors=(FieldError("secret", "is too large"),))
    return beside.secret


@router.delete("/{connector_id}", response_model=Detail)
def delete_connector(connector_id: str, caller: Connectors) -> Response:
    """Close a connector and destroy its secret. A sync ends; jobs that have not ended lose their way to the bucket."""
    with caller.writing(alone=True) as unit:
        service.delete(unit, connector_id)
    return answer({"detail": "Connector deleted"})


@router.post("/{connector_id}/test", response_model=views.TestView)
async def test_connector(connector_id: str, request: Request, caller: Connectors) -> Response:
    """Try a connector and say exactly what is missing. Writes and removes a small object below its output_prefix.

    503 `buckets_busy` while too many requests of the tenant, or of all tenants, wait for buckets.
    """
    return await waiting(caller, partial(_test, connector_id, request, caller))


def _test(connector_id: str, request: Request, caller: Caller, place: Place) -> Response:
    with caller.writing() as unit:
        found = trying.record(unit, connector_id)
    return answer(views.test(connector_id, trying.carry_out(place, request.app.state.reach, found)))


@router.post("/{connector_id}/sync", status_code=202, response_model=views.SyncView)
async def sync_connector(connector_id: str, request: Request, caller: Connectors) -> Response:
    """Start a sync: a job for each object that is new or changed. 409 while another sync of the connector runs.

    `job_count` counts the jobs that were made by now; of a large bucket the server goes on listing. 503
    `buckets_busy` while too many requests of the tenant, or of all tenants, wait for buckets.
    """
    return await waiting(caller, partial(_sync, connector_id, request, caller))


def _sync(connector_id: str, request: Request, caller: Caller, place: Place) -> Response:
    state = request.app.state
    means = sync.Means(caller.settings, caller.database, state.queue, state.reach, sealing.master_key(caller.settings))

    def act(unit: Unit) -> dict[str, Any]:
        started = sync.start(means, unit, connector_id, first)
        return views.syncs(unit.session, [started])[0]

    first = sync.first_page(means, caller.tenant_id, connector_id, place)
    return idempotency.create(caller, request, b"", act, status=202)


@router.get("/{connector_id}/syncs", response_model=list[views.SyncView], openapi_extra={"parameters": PARAMETERS})
def list_syncs(connector_id: str, request: Request, caller: Connectors) -> Response:
    """The connector's syncs, newest first."""
    page = paging(request.query_params)
    with caller.reading() as session:
        service.get(session, caller.tenant_id, connector_id)
        found = runs.list_runs(session, connector_id, limit=page.limit, offset=page.offset)
        total = runs.count(session, connector_id) if page.page or page.count else None
        return listing(page, "syncs", views.syncs(session, found), total)


@router.get("/{connector_id}/syncs/{sync_id}", response_model=views.SyncView)
def get_sync(connector_id: str, sync_id: str, caller: Connectors) -> Response:
    """One sync and how far it is."""
    with caller.reading() as session:
        service.get(session, caller.tenant_id, connector_id)
        found = runs.get(session, caller.tenant_id, connector_id, sync_id)
        return answer(views.syncs(session, [found])[0])


@router.post("/{connector_id}/syncs/{sync_id}/cancel", response_model=views.SyncView)
def cancel_sync(connector_id: str, sync_id: str, caller: Connectors) -> Response:
    """End a sync that has not ended. The jobs that it made go on; each can be cancelled by itself. 409 when it has."""
    with caller.writing() as unit:
        found = runs.cancel(unit, connector_id, sync_id)
        return answer(views.syncs(unit.session, [found])[0])
