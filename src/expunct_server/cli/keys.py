"""`expunct-server keys`: issue, list and revoke API keys without one."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

import typer

from expunct_server import ids
from expunct_server.audit.catalog import AuditKeyRotated
from expunct_server.audit.recorder import SYSTEM_TENANT, writing
from expunct_server.cli import common
from expunct_server.errors import Invalid, NotFound
from expunct_server.publishing import home, log_keys, sequencer, witnesses
from expunct_server.publishing.log_keys import PublicKeys
from expunct_server.publishing.publisher import Publisher
from expunct_server.tenants import scopes, service, views
from expunct_server.tenants.models import ApiKey
from expunct_server.web import times

app = typer.Typer(
    name="keys", help="Issue, list and revoke API keys; show and rotate the key of the log.", no_args_is_help=True
)

_NAMED = " and ".join(each for each in scopes.SCOPES if each not in scopes.TENANT_SCOPES)  # given by name only


@app.command("create")
def create(
    name: Annotated[str, typer.Option("--name", help="What the key is for.")],
    tenant: common.Tenant = common.DEFAULT_TENANT,
    scope: Annotated[
        str,
        typer.Option("--scopes", help=f"Comma-separated: {', '.join(scopes.SCOPES)}. All but {_NAMED} unless told."),
    ] = "",
    expires: Annotated[str, typer.Option("--expires", help="ISO 8601; never unless told.")] = "",
    network: Annotated[list[str] | None, typer.Option("--network", help="Only from here; may be repeated.")] = None,
    test: Annotated[bool, typer.Option("--test", help="Make a pk_test_ key.")] = False,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Issue an API key and print it, alone. The tenant is made when it is new."""
    granted = _scopes(scope) if scope else scopes.TENANT_SCOPES
    networks = tuple(_network(each) for each in network or [])
    expires_at = _moment(expires) if expires else None
    settings = common.settings_of(data, database)
    with common.opened(settings, make=True, tell=True) as opened, common.acting(opened, tenant) as unit:
        service.ensure_tenant(unit, tenant)
        issued = service.issue_key(
            unit,
            name=name,
            created_by=unit.actor.label,
            scopes=granted,
            expires_at=expires_at,
            networks=networks,
            test=test,
        )
    if as_json:
        common.show_json(views.issued_key(issued))
    else:
        typer.echo(issued.key)


@app.command("list")
def list_keys(
    tenant: common.Tenant = common.DEFAULT_TENANT,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """The tenant's keys, revoked ones too; never the keys themselves."""
    with common.opened_to_read(common.settings_of(data, database)) as opened, opened.reading() as session:
        service.get_tenant(session, tenant)
        rows = [views.key(row) for row in service.list_keys(session, tenant, limit=10_000, offset=0)]
    if as_json:
        common.show_json(rows)
        return
    columns = ["id", "name", "prefix", "is_active", "usage_count", "last_used_at", "created_at"]
    common.show_table(f"API keys of {tenant}", columns, [[row[column] for column in columns] for row in rows])


@app.command("revoke")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id, as `keys list` shows it (key_...).")],
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Revoke a key, at once and for good."""
    with common.opened(common.settings_of(data, database)) as opened:
        with opened.reading() as session:
            row = session.get(ApiKey, key_id)
        if row is None:
            raise NotFound("There is no API key with this id; `expunct-server keys list` shows the ids.")
        with common.acting(opened, row.tenant_id) as unit:
            revoked = service.revoke_key(unit, key_id)
    if as_json:
        common.show_json(views.key(revoked))
    else:
        typer.echo(f"{key_id} is revoked.", err=True)


def _scopes(text: str) -> frozenset[str]:
    try:
        return scopes.checked(text.replace(",", " ").split())
    except Invalid as error:
        common.wrong("--scopes", error.detail)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        common.wrong("--network", "must look like 10.0.0.0/8 or be one address")


def _moment(text: str) -> int:
    try:
        moment = times.parse(text)
    except ValueError:
        common.wrong("--expires", "must be an ISO 8601 date or time")
    if moment <= ids.now():
        common.wrong("--expires", "must lie in the future")
    return moment


@app.command("log")
def show_log_keys(
    tenant: Annotated[
        str | None, typer.Option("--tenant", help="Only this tenant's log; `*` for the log of logs.")
    ] = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """The verifier keys of the logs, the current one of each first. Give them to whoever verifies, by a safe way."""
    settings = common.settings_of(data, database)
    with common.opened_to_read(settings) as opened:
        home.require_for_command(settings, opened)
        heads = [each for each in sequencer.heads(opened) if tenant in (None, each.tenant_id)]
    if tenant is not None and not heads:
        raise NotFound("Nothing of this tenant's log is published yet; `expunct-server audit publish` does it now.")
    keys = log_keys.public_keys(settings)
    found = [(each.tenant_id, key.encode()) for each in heads for key in keys.verifiers(each.origin)]
    if as_json:
        common.show_json([{"tenant_id": tenant_id, "verifier_key": key} for tenant_id, key in found])
    else:
        for _, key in found:
            typer.echo(key)


@app.command("rotate-log")
def rotate_log_key(
    as_json: common.AsJson = False, data: common.Data = None, database: common.DatabaseUrl = None
) -> None:
    """Replace the key that signs checkpoints. The old one stays published: what it signed stays verifiable.

    After a theft this is not enough: docs/operating.md says what else is to be done.
    """
    settings = common.settings_of(data, database)
    with common.opened(settings) as opened:
        home.require_for_command(settings, opened, claim=True)

        def record(new: PublicKeys, old: PublicKeys) -> None:
            event = AuditKeyRotated(key_id=_current(new), previous_key_id=_current(old))
            with writing(opened, common.command_actor(SYSTEM_TENANT), common.command_origin()) as unit:
                unit.record(event, resource_id=ids.new("art"))

        log_keys.rotate(settings, record)
        publisher = Publisher(settings, opened, witnesses.cosigner(settings))
        publisher.step(now=True)
        republished = publisher.republish()
    if as_json:
        common.show_json({"logs_signed": republished})
    else:
        typer.echo(f"{republished} logs are signed with the new key. `keys log` shows it.", err=True)


def _current(keys: PublicKeys) -> str:
    """The id of the key that signs, as the event of a rotation has it; empty when there is none."""
    return "".join(each.key_id.hex() for each in keys.verifiers("log")[:1])
