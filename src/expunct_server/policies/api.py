"""Routes of policies."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, create_model
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server import ids
from expunct_server.errors import FieldError, Invalid
from expunct_server.policies import asking, service
from expunct_server.policies.document import READ_ONLY, Document
from expunct_server.tenants import idempotency, sealing
from expunct_server.tenants.auth import Caller, can
from expunct_server.web import bodies
from expunct_server.web.answers import Detail, answer, listing
from expunct_server.web.paging import PARAMETERS, paging

router = APIRouter(prefix="/policies", tags=["Policies"])
Policies = Annotated[Caller, can("policies")]


class NewPolicy(Document):
    """A policy to make. Only `name` is required."""

    tenant_id: bodies.Id | None = None
    pseudonymization_salt: str | None = Field(None, min_length=8, max_length=1000, description="Write-only.")


class PolicyView(Document):
    """A policy at one version. `pseudonymization_salt` is always null."""

    id: str
    tenant_id: str
    version: int
    confidence_threshold: float = Field(description="In force: what was set, else the detection profile's.")
    pseudonymization_salt: None = None
    created_at: str
    updated_at: str


# A partial change: every field of a new policy, none required; the values are checked as part of the whole.
PolicyChange: type[BaseModel] = create_model(
    "PolicyChange",
    **{name: (each.annotation, None) for name, each in NewPolicy.model_fields.items()},  # type: ignore[call-overload]
)


def view(in_force: service.InForce) -> dict[str, Any]:
    """The wire shape of a policy."""
    return in_force.document.model_dump() | {
        "confidence_threshold": in_force.document.least,
        "id": in_force.policy.id,
        "tenant_id": in_force.policy.tenant_id,
        "version": in_force.version.version,
        "pseudonymization_salt": None,
        "created_at": ids.iso(in_force.policy.created_at),
        "updated_at": ids.iso(in_force.version.created_at),
    }


@router.post("", status_code=201, response_model=PolicyView, openapi_extra=bodies.described(NewPolicy))
async def create_policy(request: Request, caller: Policies) -> Response:
    """Make a policy, at version 1."""
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_create, request, caller, value, raw)


def _create(request: Request, caller: Caller, value: Any, raw: bytes) -> Response:
    new = bodies.validated(NewPolicy, value)  # here, for its expressions take time that the event loop does not have
    caller = caller.acting_for(new.tenant_id)
    document = Document.model_construct(**new.model_dump(include=set(Document.model_fields)))
    asking.llm_of(document, caller.settings)
    master = sealing.master_key(caller.settings)
    return idempotency.create(
        caller, request, raw, lambda unit: view(service.create(unit, document, new.pseudonymization_salt, master))
    )


@router.get("", response_model=list[PolicyView], openapi_extra={"parameters": PARAMETERS})
def list_policies(request: Request, caller: Policies) -> Response:
    """The tenant's policies, newest first."""
    page = paging(request.query_params)
    with caller.reading() as session:
        found = service.list_policies(session, caller.tenant_id, limit=page.limit, offset=page.offset)
        total = service.count(session, caller.tenant_id) if page.page or page.count else None
    return listing(page, "policies", [view(each) for each in found], total)


@router.get("/{policy_id}", response_model=PolicyView)
def get_policy(policy_id: str, caller: Policies) -> Response:
    """One policy at its current version."""
    with caller.reading() as session:
        policy = service.get(session, caller.tenant_id, policy_id)
        return answer(view(service.at_version(session, policy, policy.version)))


@router.put("/{policy_id}", response_model=PolicyView, openapi_extra=bodies.described(PolicyChange))
async def update_policy(policy_id: str, request: Request, caller: Policies) -> Response:
    """Change the fields that are sent; everything else stays. Each change makes a new version."""
    value, _ = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_update, policy_id, caller, value)


def _update(policy_id: str, caller: Caller, value: Any) -> Response:
    if not isinstance(value, dict):
        raise Invalid("The body must be a JSON object.")
    sent = {name: field for name, field in value.items() if name not in READ_ONLY}
    if sent.get("name", "") is None:
        raise Invalid("name: must not be null.", errors=(FieldError("name", "must not be null"),))
    checked = bodies.validated(NewPolicy, {"name": "unchanged", **value})
    caller = caller.acting_for(checked.tenant_id)
    changes = {name: getattr(checked, name) for name in sent}
    with caller.writing() as unit:
        changed = service.update(unit, policy_id, changes, sealing.master_key(caller.settings))
        asking.llm_of(changed.document, caller.settings)  # what is refused here is not committed
        return answer(view(changed))


@router.delete("/{policy_id}", response_model=Detail)
def delete_policy(policy_id: str, caller: Policies) -> Response:
    """Close a policy to new jobs. Its versions and the jobs that ran under them stay."""
    with caller.writing() as unit:
        service.delete(unit, policy_id)
    return answer({"detail": "Policy deleted"})


@router.get("/{policy_id}/versions", response_model=list[PolicyView], openapi_extra={"parameters": PARAMETERS})
def list_versions(policy_id: str, request: Request, caller: Policies) -> Response:
    """Every version of a policy, newest first, also of a deleted one."""
    page = paging(request.query_params)
    with caller.reading() as session:
        policy = service.get(session, caller.tenant_id, policy_id, deleted=True)
        found = service.versions(session, policy, limit=page.limit, offset=page.offset)
        total = service.count_versions(session, policy) if page.page or page.count else None
    return listing(page, "versions", [view(each) for each in found], total)
