"""`expunct-server audit`: read the audit trail where no key is at hand."""

from typing import Annotated, Any

import orjson
import typer

from expunct_server.cli import common
from expunct_server.errors import Invalid, NotFound
from expunct_server.tenants import service as tenants
from expunct_server.trail import api, query

app = typer.Typer(help="Read the audit trail.", no_args_is_help=True)


@app.command("list")
def list_events(
    tenant: common.Tenant = common.DEFAULT_TENANT,
    event_type: Annotated[str | None, typer.Option("--event-type", help="Such as job.completed.")] = None,
    resource_type: Annotated[str | None, typer.Option("--resource-type", help="Such as job.")] = None,
    resource_id: Annotated[str | None, typer.Option("--resource-id", help="The id of one resource.")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="The masked key or user as events show it.")] = None,
    from_date: Annotated[str | None, typer.Option("--from", help="ISO 8601; events at or after it.")] = None,
    to_date: Annotated[str | None, typer.Option("--to", help="ISO 8601; events before it.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many, newest first.")] = 50,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """A tenant's events, newest first. Tenant `system` holds refusals of unknown keys."""
    asked = {
        "event_type": event_type,
        "resource_type": resource_type,
        "resource_id": resource_id,
        "actor": actor,
        "from_date": from_date,
        "to_date": to_date,
    }
    which = _filter(tenant, {name: value for name, value in asked.items() if value is not None})
    with common.opened_to_read(common.settings_of(data, database)) as opened:
        with opened.reading() as session:
            tenants.get_tenant(session, tenant)
        with opened.snapshot() as fetch:
            events = [_plain(api.brief(each)) for each in query.newest(fetch, which, limit=limit, offset=0)]
    if as_json:
        common.show_json(events)
        return
    columns = ["created_at", "event_type", "resource_id", "actor", "metadata"]
    rows = [[event["metadata"] if c == "metadata" else event[c] for c in columns] for event in events]
    common.show_table(f"Audit trail of {tenant}", columns, rows)


@app.command("show")
def show(
    event_id: Annotated[str, typer.Argument(help="The id of an event (evt_...).")],
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """One event with everything that is known of it."""
    with common.opened_to_read(common.settings_of(data, database)) as opened, opened.snapshot() as fetch:
        found = query.find(fetch, event_id)
    if found is None:
        raise NotFound("There is no event with this id.")
    event = _plain(api.full(found))
    if as_json:
        common.show_json(event)
    else:
        common.show_table(event_id, ["field", "value"], [[name, value] for name, value in event.items()])


def _plain(event: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(event))
    return plain


_OPTIONS = {
    "event_type": "--event-type",
    "resource_type": "--resource-type",
    "resource_id": "--resource-id",
    "actor": "--actor",
    "from_date": "--from",
    "to_date": "--to",
}


def _filter(tenant: str, asked: dict[str, str]) -> query.Filter:
    """What the API would make of the same parameters; a wrong one is wrong usage."""
    try:
        return query.Filter(
            tenant_id=tenant,
            event_type=api._type(asked, "event_type"),
            resource_type=api._type(asked, "resource_type"),
            resource_id=api._name(asked, "resource_id"),
            actor=api._name(asked, "actor"),
            since=api._moment(asked, "from_date"),
            until=api._moment(asked, "to_date"),
        )
    except Invalid as error:
        option = _OPTIONS[error.errors[0].field]
        common.wrong(option, error.detail.removeprefix(error.errors[0].field).strip())
