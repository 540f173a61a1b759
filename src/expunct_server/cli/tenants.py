"""`expunct-server tenants`: who there is, and on which plan."""

from typing import Annotated

import typer

from expunct_server import ids
from expunct_server.cli import common
from expunct_server.tenants import service
from expunct_server.tenants.models import Tenant

app = typer.Typer(name="tenants", help="List tenants and set their plans.", no_args_is_help=True)


@app.command("list")
def list_tenants(as_json: common.AsJson = False, data: common.Data = None, database: common.DatabaseUrl = None) -> None:
    """All tenants."""
    with common.opened_to_read(common.settings_of(data, database)) as opened, opened.reading() as session:
        rows = [_view(each) for each in service.list_tenants(session)]
    if as_json:
        common.show_json(rows)
    else:
        common.show_table("Tenants", ["id", "plan", "created_at"], [list(row.values()) for row in rows])


@app.command("plan")
def set_plan(
    tenant: Annotated[str, typer.Argument(help="The tenant.")],
    plan: Annotated[str, typer.Argument(help=f"One of {', '.join(service.PLANS)}.")],
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Put a tenant on a plan: its limit of requests a minute and key."""
    with common.opened(common.settings_of(data, database)) as opened, common.acting(opened, tenant) as unit:
        shown = _view(service.set_plan(unit, service.get_tenant(unit.session, tenant), plan))
    if as_json:
        common.show_json(shown)
    else:
        typer.echo(f"{tenant} is on the plan {plan}.", err=True)


def _view(tenant: Tenant) -> dict[str, str]:
    return {"id": tenant.id, "plan": tenant.plan, "created_at": ids.iso(tenant.created_at)}
