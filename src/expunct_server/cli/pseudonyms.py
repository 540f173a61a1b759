"""`expunct-server pseudonyms`: the values behind pseudonyms, and forgetting them, without a key."""

import json
import sys
from typing import Annotated

import typer

from expunct_server.cli import common
from expunct_server.errors import NotFound
from expunct_server.pseudonyms import api, service
from expunct_server.tenants import sealing
from expunct_server.tenants import service as tenants
from expunct_server.verifying.checks import printable

app = typer.Typer(
    name="pseudonyms", help="Undo pseudonyms, or forget what they stand for. Recorded.", no_args_is_help=True
)

Texts = Annotated[list[str] | None, typer.Argument(help="Pseudonyms; from standard input, one a line, without any.")]
Policy = Annotated[str | None, typer.Option("--policy", help="The policy they were made under; any unless told.")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it stands in the event. Name nobody.")]


@app.command("reveal")
def reveal(
    texts: Texts = None,
    tenant: common.Tenant = common.DEFAULT_TENANT,
    policy: Policy = None,
    reason: Reason = "",
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Print the values, one a line, an empty line where there is none. The event is recorded before they are shown.

    What a terminal would not just print stands as an escape; --json shows the values themselves.
    Exit code 1 when one of them is unknown, or stands for several values, which --json shows.
    """
    asked, settings = _asked(texts), common.settings_of(data, database)
    with common.opened(settings) as opened:
        master = sealing.checked_master_key(settings, opened)
        with opened.reading() as session:
            tenants.get_tenant(session, tenant)
            looked = service.look(session, tenant, asked, policy, master)
        with common.acting(opened, tenant) as unit:
            service.record(unit, looked, reason)
    if looked.cause:
        raise NotFound("There is no such policy.")
    shown = [api.shown(each) for each in looked.found]
    if as_json:
        # In ASCII: half of a surrogate pair can be said by an escape alone, and no terminal obeys one.
        typer.echo(json.dumps(shown, indent=2))
    else:
        for each in shown:
            typer.echo(printable(each["value"] or ""))
    missing = [each["reason"] for each in shown if each["reason"]]
    if missing:
        says = f"{missing.count('unknown')} unknown, {missing.count('ambiguous')} ambiguous"
        typer.echo(f"Of {common.counted(len(shown), 'pseudonym')}: {says}.", err=True)
        raise typer.Exit(1)


@app.command("forget")
def forget(
    texts: Texts = None,
    tenant: common.Tenant = common.DEFAULT_TENANT,
    policy: Policy = None,
    reason: Reason = "",
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Destroy what made-up values stand for. Cannot be undone."""
    asked, settings = _asked(texts), common.settings_of(data, database)
    with common.opened(settings) as opened:
        master = sealing.checked_master_key(settings, opened)
        with common.acting(opened, tenant) as unit:
            tenants.get_tenant(unit.session, tenant)
            forgotten = service.forget(unit, asked, policy, reason, master)
        opened.scrub()
    if as_json:
        common.show_json({"id": forgotten.id, "forgotten": forgotten.count, "audit_event_id": forgotten.event.id})
    else:
        typer.echo(f"Forgot {forgotten.count} of {common.counted(len(asked), 'pseudonym')}.", err=True)


def _asked(texts: list[str] | None) -> list[str]:
    found = texts or [line.rstrip("\n") for line in sys.stdin]
    asked = [text for text in found if text]
    if not 0 < len(asked) <= service.MOST:
        common.wrong("TEXTS", f"give 1 to {service.MOST} pseudonyms")
    return asked
