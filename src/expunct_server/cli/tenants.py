"""`expunct-server tenants`: who there is, and on which plan."""

from typing import Annotated

import typer

from expunct_server import ids
from expunct_server.cli import common
from expunct_server.tenants import service

app = typer.Typer(help="List tenants and set their plans.", no_args_is_help=True)


@app.command("list")
def list_tenants(as_json: common.AsJson = False, data: common.Data = None, database: common.DatabaseUrl = None) -> None:
    """All tenants."""
    with common.opened(common.settings_of(data, database)) as opened, opened.reading() as session:
        found = service.list_tenants(session)
        rows = [{"id": each.id, "plan": each.plan, "created_at": ids.iso(each.created_at)} for each in found]
    if as_json:
        common.show_json(rows)
    else:
        common.show_table("Tenants", ["id", "plan", "created_at"], [list(row.values()) for row in rows])


@app.command("plan")
def set_plan(
    tenant: Annotated[str, typer.Argument(help="The tenant.")],
    plan: Annotated[str, typer.Argument(help=f"One of {', '.join(service.PLANS)}.")],
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Put a tenant on a plan: its limit of requests a minute and key."""
    with common.opened(common.settings_of(data, database)) as opened, common.acting(opened, tenant) as unit:
        service.set_plan(unit, service.get_tenant(unit.session, tenant), plan)
    typer.echo(f"{tenant} is on the plan {plan}.", err=True)
