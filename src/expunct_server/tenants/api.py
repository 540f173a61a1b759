"""Routes of API keys."""

from ipaddress import ip_network
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server.tenants import idempotency, scopes, service, views
from expunct_server.tenants.auth import Caller, can
from expunct_server.web import bodies, times
from expunct_server.web.answers import Detail, answer, listing
from expunct_server.web.paging import PARAMETERS, paging

router = APIRouter(prefix="/api-keys", tags=["API keys"])
Keys = Annotated[Caller, can("api_keys")]


class NewKey(BaseModel):
    """What a key is made of. Only `name` is required."""

    name: str = Field(max_length=service.NAME_LENGTH)
    tenant_id: bodies.Id | None = Field(None, description="The tenant to make it for; operator keys only.")
    created_by: str = Field("", max_length=200, description="Your own label; the audit actor is the calling key.")
    scopes: list[str] | None = Field(None, description="At most those of the calling key, which is also the default.")
    expires_at: int | None = Field(
        None, description="ISO 8601; never when left out.", json_schema_extra={"type": "string"}
    )
    networks: list[str] = Field([], max_length=50, description="CIDR networks it may be used from; all when empty.")
    test: bool = Field(False, description="Make a pk_test_ key.")

    @field_validator("expires_at", mode="before")
    @classmethod
    def _moment(cls, value: Any) -> Any:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError("must be an ISO 8601 date and time")
        try:
            return times.parse(value)
        except ValueError:
            raise ValueError("must be an ISO 8601 date and time") from None

    @field_validator("created_by")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must hold printable characters only")
        return value

    @field_validator("networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        try:
            return [str(ip_network(each)) for each in value]
        except ValueError:
            raise ValueError("must hold networks such as 10.0.0.0/8 or single addresses") from None


class KeyView(BaseModel):
    """An API key as it is listed: never the key itself."""

    id: str
    tenant_id: str
    name: str
    prefix: str
    key_prefix: str
    created_by: str
    is_active: bool
    scopes: list[str]
    networks: list[str]
    created_at: str
    last_used_at: str | None
    usage_count: int
    expires_at: str | None
    revoked_at: str | None


class IssuedKeyView(KeyView):
    """A new API key; `key` is shown this once."""

    key: str


@router.post("", status_code=201, response_model=IssuedKeyView, openapi_extra=bodies.described(NewKey))
async def create_key(request: Request, caller: Keys) -> Response:
    """Issue an API key. The key itself is in this answer and never again."""
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_create, request, caller, bodies.validated(NewKey, value), raw)


def _create(request: Request, caller: Caller, new: NewKey, raw: bytes) -> Response:
    caller = caller.acting_for(new.tenant_id)
    asked = None if new.scopes is None else scopes.checked(new.scopes)
    wanted = tuple(ip_network(each) for each in new.networks)
    try:
        granted = service.grantable(caller.scopes, asked)
        expires_at, networks = service.within_limits(new.expires_at, wanted, caller.expires_at, caller.networks)
    except service.Escalation as error:
        caller.refuse("scope_escalation", error)
    return idempotency.create(
        caller,
        request,
        raw,
        lambda unit: views.issued_key(
            service.issue_key(
                unit,
                name=new.name,
                created_by=new.created_by,
                scopes=granted,
                expires_at=expires_at,
                networks=networks,
                test=new.test,
            )
        ),
    )


@router.get("", response_model=list[KeyView], openapi_extra={"parameters": PARAMETERS})
def list_keys(request: Request, caller: Keys) -> Response:
    """The tenant's keys, newest first; revoked ones stay listed."""
    page = paging(request.query_params)
    caller.gate.usage.flush()
    with caller.reading() as session:
        rows = service.list_keys(session, caller.tenant_id, limit=page.limit, offset=page.offset)
        total = service.count_keys(session, caller.tenant_id) if page.page or page.count else None
    return listing(page, "api_keys", [views.key(row) for row in rows], total)


@router.delete("/{key_id}", response_model=Detail)
def revoke_key(key_id: str, caller: Keys) -> Response:
    """Revoke a key: no process accepts it from this answer on."""
    with caller.writing() as unit:
        service.revoke_key(unit, key_id)
    return answer({"detail": "API key revoked"})
