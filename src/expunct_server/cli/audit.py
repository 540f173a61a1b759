"""`expunct-server audit`: read the audit trail where no key is at hand, publish it, verify it, hand it out."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from sqlalchemy import select

from expunct_server import ids
from expunct_server.audit.catalog import AuditRebuilt
from expunct_server.audit.recorder import SYSTEM_TENANT, writing
from expunct_server.cli import common, receipt
from expunct_server.db.session import Database
from expunct_server.errors import Invalid, NotFound, Unavailable
from expunct_server.policies.models import Policy, PolicyVersion
from expunct_server.publishing import home, log_keys, sequencer, witnesses
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.tenants import service as tenants
from expunct_server.tlog.note import MAX_NOTE
from expunct_server.tlog.proof import PROOF_HEADER
from expunct_server.trail import asked as parameters
from expunct_server.trail import query
from expunct_server.trail.records import brief, full
from expunct_server.verifying import bundle as bundles
from expunct_server.verifying import fsck as checking
from expunct_server.verifying import verify_main
from expunct_server.verifying.bundle_files import FolderFiles
from expunct_server.verifying.verify import MAX_STEP_BACK_SECONDS, verify_log
from expunct_server.verifying.verify_bundle import MANIFEST, reader, verify_bundle

app = typer.Typer(name="audit", help="Read, publish, verify and hand out the audit trail.", no_args_is_help=True)


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
            events = [_plain(brief(each)) for each in query.newest(fetch, which, limit=limit, offset=0)]
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
    event = _plain(full(found))
    if as_json:
        common.show_json(event)
    else:
        common.show_table(event_id, ["field", "value"], [[name, value] for name, value in event.items()])


@app.command("publish")
def publish(
    rebuild: Annotated[
        bool,
        typer.Option(
            "--rebuild",
            help="Where files of the log are lost: vouch for the database, write all of them anew. Takes the place of "
            "another data folder that was lost.",
        ),
    ] = False,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Publish what waits, in every log, and end: for scripts. A running server does so by itself, every second."""
    settings = common.settings_of(data, database)
    common.log_to_stderr(settings)
    with common.opened(settings) as opened:
        if not rebuild:
            home.require_for_command(settings, opened, claim=True)
        publisher = Publisher(settings, opened, witnesses.cosigner(settings), may_rebuild=rebuild)
        if rebuild:
            _require_key(settings, opened)
            _vouch(settings, opened)
            publisher.republish()
        for _ in range(_MOST_ROUNDS):  # tenants' logs first, then what the log of logs says of them
            if not publisher.step(now=True):
                break
        logs = bundles.standing(opened)
    if as_json:
        common.show_json(logs)
    else:
        columns = ["tenant", "size", "published", "stopped"]
        rows = [[_named(each), each["size"], each["published_size"], each["stopped"]] for each in logs]
        common.show_table("Audit logs", columns, rows)
    late = [each for each in logs if each["stopped"] or each["published_size"] < each["size"]]
    if late:
        typer.echo(f"expunct-server: {len(late)} logs could not be published; see above.", err=True)
        raise typer.Exit(1)


_MOST_ROUNDS = 20


def _require_key(settings: Settings, opened: Database) -> None:
    """A home that cannot sign is none: what is missing is said before anything is recorded or moved."""
    try:
        log_keys.load(settings, may_make=False)
    except Unavailable as error:
        with opened.reading() as session:
            is_here = home.seen(session, settings).is_here
        if is_here or error.code != "no_log_key":
            raise
        raise Unavailable(
            "The key that signs the audit logs is not here: bring keys/log.key and keys/log.pub of the home that was "
            "lost, or EXPUNCT_SERVER_LOG_KEY. If the key is lost too, make another for this data folder, `openssl "
            "genpkey -algorithm ed25519`, as keys/log.key with mode 0600, and tell those who verify.",
            code="no_log_key",
        ) from None


def _vouch(settings: Settings, opened: Database) -> None:
    """Record that the files are made anew, before they are."""
    known = [each for each in sequencer.heads(opened) if each.published_size]
    gone = [each for each in known if TileStore(log_folder(settings.data, each.tenant_id)).checkpoint() is None]
    event = AuditRebuilt(logs=len(known), without_checkpoint=len(gone))
    with writing(opened, common.command_actor(SYSTEM_TENANT), common.command_origin()) as unit:
        unit.record(event, resource_id=ids.new("art"))


def _named(log: dict[str, Any]) -> str:
    return log["tenant_id"] or "(log of logs)"


@app.command("verify")
def verify(
    path: Annotated[Path, typer.Argument(help="A bundle (folder or .tar) or the folder of a log.", exists=True)],
    key: receipt.Keys = None,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since", help="A checkpoint kept from before, which the log must extend.", dir_okay=False, exists=True
        ),
    ] = None,
    max_step_back: Annotated[
        float, typer.Option("--max-step-back", help="Seconds by which created_at may step back.", min=0)
    ] = MAX_STEP_BACK_SECONDS,
    as_json: common.AsJson = False,
) -> None:
    """Verify a bundle or a published log as a stranger would: from its files and a key, without the database.

    Without --key a bundle is verified with its own keys: that shows it is consistent, not who signed it.
    """
    keys = receipt.keys_of(key)
    _refuse_receipt(path)

    def run() -> dict[str, Any]:
        kept = verify_main.read_file(since, MAX_NOTE) if since else None
        if path.is_dir() and not (path / MANIFEST).exists():
            if not keys:
                common.wrong("--key", "a log is verified with its key; `expunct-server keys log` shows it")
            read = reader(FolderFiles(path))
            return verify_main.log_told(verify_log(read, keys, None, since=kept, max_step_back=max_step_back))
        report = verify_bundle(path, keys, since=kept, max_step_back=max_step_back)
        for warning in verify_main.warnings(report):
            typer.echo(warning, err=True)
        return verify_main.bundle_told(report)

    receipt.show_verdict(run, as_json)


def _refuse_receipt(path: Path) -> None:
    """A receipt is easily taken for a bundle; its own command wants the document besides."""
    header = PROOF_HEADER.encode()
    if path.is_file() and path.open("rb").read(len(header)) == header:
        common.wrong("PATH", "this is the proof of one event; `expunct-server receipt verify` checks it")


@app.command("fsck")
def fsck(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Look at the log of this tenant alone.")] = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Compare the database with itself and with the published files; changes nothing. Exit code 1: problems, listed."""
    settings = common.settings_of(data, database)
    with common.opened_to_read(settings) as opened:
        home.require_for_command(settings, opened)
        if tenant is not None and tenant not in {each.tenant_id for each in sequencer.heads(opened)}:
            with opened.reading() as session:
                tenants.get_tenant(session, tenant)
        report = checking.check(opened, settings, tenant)
    if as_json:
        common.show_json(
            {"problems": report.problems, "problem_count": report.count, "logs": report.logs, "events": report.events}
        )
    for problem in () if as_json else report.problems:
        typer.echo(problem)
    more = f" (the first {len(report.problems)} are shown)" if report.count > len(report.problems) else ""
    typer.echo(f"{report.events} events in {report.logs} logs: {report.count} problems{more}.", err=True)
    if report.count:
        raise typer.Exit(1)


@app.command("bundle")
def bundle(
    out: Annotated[Path, typer.Option("--out", help="What to make: a tar file where it ends in .tar, else a folder.")],
    tenant: common.Tenant = common.DEFAULT_TENANT,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Write the auditor's bundle of a tenant's published log: all that is needed to verify it without this server.

    It shows who did what, from where: treat it as you treat the log. The export is itself an event.
    """
    if not out.absolute().parent.is_dir():
        common.wrong("--out", f"there is no folder {out.parent}; make it first")
    settings = common.settings_of(data, database)
    with common.opened(settings) as opened:
        with opened.reading() as session:
            tenants.get_tenant(session, tenant)
        made = bundles.write_bundle(
            opened,
            settings,
            tenant,
            out,
            actor=common.command_actor(tenant),
            origin=common.command_origin(),
            policies=_policies(opened, tenant),
        )
        [origin] = [each.origin for each in sequencer.heads(opened) if each.tenant_id == tenant]
    if as_json:
        told = {"path": str(made.path), "event_id": made.event_id, "events": made.size, "files": made.files}
        common.show_json(told | {"bytes": made.bytes})
    else:
        key = log_keys.public_keys(settings).verifiers(origin)[0].encode()
        command = shlex.join(["expunct-server", "audit", "verify", str(made.path), "--key", key])
        typer.echo(f"{made.path}: {made.size} events, {made.files} files. Verify it:\n{command}", err=True)


def _policies(database: Database, tenant: str) -> Iterator[tuple[str, bytes]]:
    """Every version of the tenant's policies, as canonical JSON; the salts are no part of it."""
    query = select(PolicyVersion.policy_id, PolicyVersion.version, PolicyVersion.document)
    query = query.join(Policy, Policy.id == PolicyVersion.policy_id).where(Policy.tenant_id == tenant)
    ordered = query.order_by(PolicyVersion.policy_id, PolicyVersion.version).execution_options(yield_per=100)
    with database.reading() as session:
        for policy_id, number, document in session.execute(ordered):
            yield f"{policy_id}/{number}.json", document.encode()


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
        return query.Filter(tenant_id=tenant, **parameters.filters(asked))
    except Invalid as error:
        option = _OPTIONS[error.errors[0].field]
        common.wrong(option, error.detail.removeprefix(error.errors[0].field).strip())
