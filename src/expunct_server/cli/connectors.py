"""`expunct-server connectors`: make, look at, try and sync connectors without a key."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from expunct_server.audit.recorder import Unit
from expunct_server.buckets.reaching import Reach
from expunct_server.buckets.waiting import Place
from expunct_server.cli import common
from expunct_server.connectors import runs, service, sync, trying, views
from expunct_server.connectors.document import Document, NewConnector
from expunct_server.connectors.models import Connector, ConnectorSync
from expunct_server.db.session import Database
from expunct_server.errors import Invalid, NotFound
from expunct_server.jobs import service as jobs
from expunct_server.jobs import workers
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue
from expunct_server.settings import Settings
from expunct_server.tenants import sealing
from expunct_server.tenants import service as tenants
from expunct_server.web import bodies

app = typer.Typer(
    name="connectors", help="Make, change, try and sync connectors to buckets and folders.", no_args_is_help=True
)
_POLL_SECONDS = 0.5
_FAILED_SHOWN = 20

ConnectorId = Annotated[str, typer.Argument(help="The id, as `connectors list` shows it (con_...).")]
_OPTIONS = {
    "provider": "--provider",
    "bucket": "--bucket",
    "prefix": "--prefix",
    "output_prefix": "--output-prefix",
    "schedule_cron": "--cron",
    "schedule_timezone": "--timezone",
    "policy_id": "--policy",
    "language": "--language",
    "name": "--name",
    "endpoint": "--endpoint",
    "region": "--region",
    "credentials": "--credentials",
    "secret": "--secret-file",
}
Provider = Annotated[str | None, typer.Option("--provider", help="s3, gcs, azure or folder.")]
Bucket = Annotated[str | None, typer.Option("--bucket", help="The bucket or container; of a folder its path.")]
Prefix = Annotated[str | None, typer.Option("--prefix", help="Only objects below this folder.")]
OutputPrefix = Annotated[str | None, typer.Option("--output-prefix", help="Results go below it; redacted/ at first.")]
Cron = Annotated[str | None, typer.Option("--cron", help="Five fields, such as '0 3 * * *'; '' for none.")]
Timezone = Annotated[str | None, typer.Option("--timezone", help="An IANA time zone; UTC at first.")]
Policy = Annotated[str | None, typer.Option("--policy", help="The policy's id; '' for the tenant's default.")]
Language = Annotated[str | None, typer.Option("--language", help="The documents' language; '' for the policy's.")]
Name = Annotated[str | None, typer.Option("--name", help="What it is for.")]
Endpoint = Annotated[str | None, typer.Option("--endpoint", help="A storage server that the operator allows.")]
Region = Annotated[str | None, typer.Option("--region", help="The bucket's region.")]
Credentials = Annotated[
    str | None, typer.Option("--credentials", help="Name of an entry of the operator's credentials file.")
]
SecretFile = Annotated[
    str | None,
    typer.Option("--secret-file", help="JSON file with credentials to seal, or - for standard input; '' for none."),
]
Active = Annotated[bool | None, typer.Option("--active/--inactive", help="Whether it may be synced.")]


@app.command("create")
def create(
    provider: Provider = None,
    bucket: Bucket = None,
    prefix: Prefix = None,
    output_prefix: OutputPrefix = None,
    cron: Cron = None,
    timezone: Timezone = None,
    policy: Policy = None,
    language: Language = None,
    name: Name = None,
    endpoint: Endpoint = None,
    region: Region = None,
    credentials: Credentials = None,
    secret_file: SecretFile = None,
    active: Active = None,
    tenant: common.Tenant = common.DEFAULT_TENANT,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Make a connector and print its id, alone. The tenant is made when it is new."""
    asked = _asked(
        provider=provider, bucket=bucket, prefix=prefix, output_prefix=output_prefix, schedule_cron=cron,
        schedule_timezone=timezone, policy_id=policy, language=language, name=name, endpoint=endpoint, region=region,
        credentials=credentials, active=active,
    )  # fmt: skip
    settings = common.settings_of(data, database)
    with _in_options(), common.opened(settings, make=True, tell=True) as opened:
        new = bodies.validated(NewConnector, asked | _secret(secret_file))
        document = Document.model_construct(**new.model_dump(include=set(Document.model_fields)))
        reach = _reach(settings, opened)
        with common.acting(opened, tenant) as unit:
            tenants.ensure_tenant(unit, tenant)
            made = service.create(unit, reach, document, new.secret)
            view = views.connectors(unit.session, [made])[0]
    if as_json:
        common.show_json(view)
    else:
        typer.echo(view["id"])


@app.command("update")
def update(
    connector_id: ConnectorId,
    prefix: Prefix = None,
    output_prefix: OutputPrefix = None,
    cron: Cron = None,
    timezone: Timezone = None,
    policy: Policy = None,
    language: Language = None,
    name: Name = None,
    endpoint: Endpoint = None,
    region: Region = None,
    credentials: Credentials = None,
    secret_file: SecretFile = None,
    active: Active = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Change what is named; everything else stays."""
    asked = _asked(
        prefix=prefix, output_prefix=output_prefix, schedule_cron=cron, schedule_timezone=timezone, policy_id=policy,
        language=language, name=name, endpoint=endpoint, region=region, credentials=credentials, active=active,
    )  # fmt: skip
    settings = common.settings_of(data, database)
    with _in_options(), common.opened(settings) as opened:
        secret = _secret(secret_file).get("secret")
        forget = secret_file == ""
        reach = _reach(settings, opened)
        with common.acting(opened, _tenant_of(opened, connector_id)) as unit:
            found = service.update(unit, reach, connector_id, asked, secret, forget_secret=forget)
            view = views.connectors(unit.session, [found])[0]
    _show(view, as_json, f"{connector_id} is changed.")


def _asked(**options: Any) -> dict[str, Any]:
    """The fields that were named; what is empty and may be nothing is nothing."""
    may_be_nothing = set(_OPTIONS) - {"provider", "bucket", "prefix", "output_prefix", "schedule_timezone"}
    return {
        name: None if value == "" and name in may_be_nothing else value
        for name, value in options.items()
        if value is not None
    }


def _secret(file: str | None) -> dict[str, Any]:
    """The secret in a file, as a field of a connector."""
    if not file:
        return {}
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text()
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.") from None
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        common.wrong("--secret-file", "must hold a JSON object of texts, such as access_key_id and secret_access_key")
    return {"secret": found}


def _reach(settings: Settings, database: Database) -> Reach:
    """What reaches buckets, with this deployment's master key, by which it seals and opens secrets, and no other."""
    sealing.checked_master_key(settings, database)
    return Reach(settings, database)


@contextmanager
def _in_options() -> Iterator[None]:
    """A field that is wrong is told as its option."""
    try:
        yield
    except Invalid as error:
        common.wrong_field(error, _OPTIONS)


@app.command("list")
def list_connectors(
    tenant: common.Tenant = common.DEFAULT_TENANT,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """The tenant's connectors, newest first."""
    with common.opened_to_read(common.settings_of(data, database)) as opened, opened.reading() as session:
        tenants.get_tenant(session, tenant)
        rows = views.connectors(session, service.list_connectors(session, tenant, limit=10_000, offset=0))
    if as_json:
        common.show_json(rows)
        return
    columns = ["id", "name", "provider", "bucket", "prefix", "schedule_cron", "active", "last_sync_at", "next_run_at"]
    common.show_table(f"Connectors of {tenant}", columns, [[row[column] for column in columns] for row in rows])


@app.command("show")
def show(
    connector_id: ConnectorId,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """One connector."""
    with common.opened_to_read(common.settings_of(data, database)) as opened:
        tenant_id = _tenant_of(opened, connector_id)
        with opened.reading() as session:
            view = views.connectors(session, [service.get(session, tenant_id, connector_id)])[0]
    if as_json:
        common.show_json(view)
    else:
        common.show_table(connector_id, ["field", "value"], [[name, value] for name, value in view.items()])


@app.command("delete")
def delete(
    connector_id: ConnectorId,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Close a connector and destroy its sealed secret. A sync ends; its jobs that have not ended fail."""
    with (
        common.opened(common.settings_of(data, database)) as opened,
        common.acting(opened, _tenant_of(opened, connector_id)) as unit,
    ):
        service.delete(unit, connector_id)
    _show({"id": connector_id, "deleted": True}, as_json, f"{connector_id} is deleted.")


@app.command("test")
def try_out(
    connector_id: ConnectorId,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Try a connector and say exactly what is missing. Exit code 1 when something is."""
    settings = common.settings_of(data, database)
    with common.opened(settings) as opened:
        reach = _reach(settings, opened)
        with common.acting(opened, _tenant_of(opened, connector_id)) as unit:
            found = trying.record(unit, connector_id)
        with Place() as place:
            view = views.test(connector_id, trying.carry_out(place, reach, found))
    if as_json:
        common.show_json(view)
    else:
        rows = [[each["check"], "ok" if each["ok"] else each["code"], each["detail"]] for each in view["checks"]]
        common.show_table(f"Test of {connector_id}", ["check", "result", "detail"], rows)
    if not view["ok"]:
        raise typer.Exit(1)


@app.command("syncs")
def list_syncs(
    connector_id: ConnectorId,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 20,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """The connector's syncs, newest first."""
    with common.opened_to_read(common.settings_of(data, database)) as opened:
        _tenant_of(opened, connector_id)
        with opened.reading() as session:
            rows = views.syncs(session, runs.list_runs(session, connector_id, limit=limit, offset=0))
    if as_json:
        common.show_json(rows)
        return
    columns = ["id", "trigger", "status", "seen", "unchanged", "skipped", "job_count", "completed_jobs", "failed_jobs"]
    columns += ["started_at", "ended_at", "error_code"]
    common.show_table(f"Syncs of {connector_id}", columns, [[row[column] for column in columns] for row in rows])


@app.command("sync")
def start_sync(
    connector_id: ConnectorId,
    watch: Annotated[bool, typer.Option("--watch", help="Wait until it has ended, and show how far it is.")] = False,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Start a sync and print its id. With --watch exit code 1 when it, or a job of it, failed."""
    settings = common.settings_of(data, database)
    with common.opened(settings) as opened:
        view = _started(settings, opened, connector_id)
        if watch or not as_json:  # before it waits: whoever stops waiting knows what to cancel
            typer.echo(view["id"], err=as_json)
        if watch:
            view = _watched(settings, opened, view)
            _tell_failed(opened, view)
    if as_json:
        common.show_json(view)
    if watch and (view["status"] == "failed" or view["failed_jobs"]):
        raise typer.Exit(1)


@app.command("cancel")
def cancel(
    sync_id: Annotated[str, typer.Argument(help="The id, as `connectors syncs` shows it (syn_...).")],
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """End a sync that has not ended. The jobs that it made go on."""
    with common.opened(common.settings_of(data, database)) as opened:
        with opened.reading() as session:
            found = session.get(ConnectorSync, sync_id)
        if found is None:
            raise NotFound("There is no sync with this id; `expunct-server connectors syncs` shows the ids.")
        with common.acting(opened, found.tenant_id) as unit:
            view = _view(unit, runs.cancel(unit, found.connector_id, sync_id))
    _show(view, as_json, f"{sync_id} is cancelled.")


def _started(settings: Settings, database: Database, connector_id: str) -> dict[str, Any]:
    tenant_id = _tenant_of(database, connector_id)
    queue = Queue(settings.url)
    try:
        master = sealing.checked_master_key(settings, database)
        means = sync.Means(settings, database, queue, Reach(settings, database), master)
        with Place() as place:
            first = sync.first_page(means, tenant_id, connector_id, place)
        with common.acting(database, tenant_id) as unit:
            return _view(unit, sync.start(means, unit, connector_id, first))
    finally:
        queue.close()


def _view(unit: Unit, started: Any) -> dict[str, Any]:
    return views.syncs(unit.session, [started])[0]


def _watched(settings: Settings, database: Database, view: dict[str, Any]) -> dict[str, Any]:
    """The sync as it ended. The workers carry it out; this looks on."""
    with database.reading() as session:
        if not workers.alive(session, settings.worker_lost_seconds):
            typer.echo("No worker lives just now; `expunct-server serve` or `worker` starts one.", err=True)
    with _shown_progress() as report:
        while True:
            with database.reading() as session:
                found = runs.get(session, view["tenant_id"], view["connector_id"], view["id"])
                view = views.syncs(session, [found])[0]
            report(view)
            if view["status"] in ("completed", "failed"):
                return view
            time.sleep(_POLL_SECONDS)


def _tell_failed(database: Database, view: dict[str, Any]) -> None:
    """Some of the jobs that ended without a result, and where all of them are told."""
    if not view["failed_jobs"]:
        return
    failed: list[Job] = []
    with database.reading() as session:
        for status in ("error", "failed"):
            wanted, left = jobs.Wanted(status=status, sync_id=view["id"]), _FAILED_SHOWN - len(failed)
            failed += jobs.list_jobs(session, view["tenant_id"], wanted, limit=left, offset=0)
    for job in failed:
        typer.echo(f"{job.id}: {job.error_code}, {job.input_uri}", err=True)
    typer.echo(
        f"All that failed: GET /jobs?sync_id={view['id']}&status=error, and status=failed for those that were tried "
        "too often.",
        err=True,
    )


@contextmanager
def _shown_progress() -> Iterator[Callable[[dict[str, Any]], None]]:
    """A bar on a terminal's standard error and a line at the end, else a line whenever something changed."""
    console, last = Console(stderr=True), [""]
    if not console.is_terminal:

        def line(view: dict[str, Any]) -> None:
            if (says := _summary(view)) != last[0]:
                last[0] = says
                typer.echo(says, err=True)

        yield line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("listing", total=None)

        def bar(view: dict[str, Any]) -> None:
            last[0] = _summary(view)
            short = f"{view['status']}, {view['job_count']} jobs {view['last_error_code'] or ''}"
            total = None if view["progress_pct"] is None else 100
            progress.update(task, description=short, total=total, completed=view["progress_pct"] or 0)

        yield bar
    typer.echo(last[0], err=True)


def _summary(view: dict[str, Any]) -> str:
    ended = view["completed_jobs"] + view["failed_jobs"]
    says = f"{view['status']}: {view['seen']} objects seen, {view['unchanged']} unchanged, {view['skipped']} skipped, "
    says += f"{ended} of {view['job_count']} jobs ended, {view['failed_jobs']} of them failed"
    if view["error_code"]:
        return f"{says}. {view['error_message']} (error code {view['error_code']})"
    if view["last_error_code"]:
        until = f"it is tried again at {view['next_attempt_at']}"
        return f"{says}. {view['last_error_message']} (error code {view['last_error_code']}; {until})"
    return f"{says}."


def _tenant_of(database: Database, connector_id: str) -> str:
    """Whose connector it is. Raises `NotFound`."""
    with database.reading() as session:
        row = session.get(Connector, connector_id)
    if row is None or row.deleted_at is not None:
        raise NotFound("There is no connector with this id; `expunct-server connectors list` shows the ids.")
    return row.tenant_id


def _show(view: dict[str, Any], as_json: bool, says: str) -> None:
    if as_json:
        common.show_json(view)
    else:
        typer.echo(says, err=True)
