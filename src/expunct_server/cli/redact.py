"""`expunct-server redact`: one document, here and now, recorded like any other."""

import shutil
import sys
import time
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from expunct_server import ids
from expunct_server.cli import common
from expunct_server.db.session import Database
from expunct_server.errors import FieldError, Invalid, NotFound, Refusal, TooLarge
from expunct_server.jobs import service, views
from expunct_server.jobs.execute import Executor, upload_key
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue
from expunct_server.jobs.results import open_undamaged, record_download
from expunct_server.jobs.submission import NewUpload
from expunct_server.jobs.upload import safe_filename
from expunct_server.settings import Settings
from expunct_server.storage.folder import FolderStore
from expunct_server.tenants import sealing
from expunct_server.tenants import service as tenants
from expunct_server.web import bodies

_TAKE_OVER_SECONDS = 3600.0  # a worker finishes the job if this command is killed
_CHUNK = 1 << 20


def redact(
    file: Annotated[str, typer.Argument(help="The document, or - for standard input.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here, not to standard output.")] = None,
    tenant: common.Tenant = common.DEFAULT_TENANT,
    policy: Annotated[
        str | None, typer.Option("--policy", help="The policy's id; the tenant's default unless told.")
    ] = None,
    types: Annotated[str, typer.Option("--types", help="Entity types, comma-separated.")] = "",
    method: Annotated[str | None, typer.Option("--method", help="mask, hash or pseudonymize.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="The document's language; the policy's unless told, else en.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="File name to record; helps with standard input.")] = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Redact one document and print the result. Recorded as a job with its events, like any other."""
    settings = common.settings_of(data, database)
    asked = _asked(types, method, language)
    filename = safe_filename(name or ("stdin.txt" if file == "-" else file))
    with common.opened(settings, make=True, tell=True) as opened:
        store = FolderStore(settings.data)
        job_id = ids.new("job")
        _keep(store, job_id, file, settings.max_upload_bytes)
        new = service.NewJob(
            id=job_id,
            source="command",
            input_uri="stdin://" if file == "-" else Path(file).resolve().as_uri(),
            filename=filename,
            language=asked.language,
            overrides=asked.config,
            policy_id=policy,
        )
        job = _carry_out(settings, opened, store, new, tenant)
        if as_json:
            with opened.reading() as session:
                common.show_json(views.detail(job, service.findings(session, job_id)))
        if job.outcome != "completed":
            raise Refusal(f"{job.error_message} (error code {job.error_code}, job {job_id})")
        if not as_json or output is not None:
            _deliver(opened, store, job, output)
        notes: list[str] = views.report(job)["notes"]
    for note in notes:
        typer.echo(f"Note: {note}", err=True)
    typer.echo(f"{job.findings_count} findings removed; job {job_id}", err=True)


_OPTIONS = {"config.pii_types": "--types", "config.redaction_method": "--method", "language": "--language"}


def _asked(types: str, method: str | None, language: str | None) -> NewUpload:
    """What an upload with the same fields would ask for; a wrong one is wrong usage."""
    config = {"pii_types": types.replace(",", " ").split() or None, "redaction_method": method}
    try:
        return bodies.validated(NewUpload, {"language": language, "config": config})
    except Invalid as error:
        common.wrong_field(error, _OPTIONS)


def _keep(store: FolderStore, job_id: str, file: str, max_bytes: int) -> None:
    """Copy the document to where an upload waits."""
    try:
        source: BinaryIO = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.") from None
    size = 0
    with source, store.create(upload_key(job_id)) as draft:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise TooLarge(f"The document is larger than the limit of {max_bytes} bytes.")
            draft.file.write(chunk)
        if size == 0:
            raise Invalid("The document is empty.", errors=(FieldError("file", "is empty"),))
        draft.publish()


def _carry_out(settings: Settings, database: Database, store: FolderStore, new: service.NewJob, tenant: str) -> Job:
    queue = Queue(settings.url)
    try:
        try:
            with common.acting(database, tenant) as unit:
                tenants.ensure_tenant(unit, tenant)
                service.submit(unit, queue, new, max_retries=settings.max_retries, after_seconds=_TAKE_OVER_SECONDS)
        except (NotFound, Invalid):
            store.remove(upload_key(new.id))
            raise
        executor = Executor(settings, database, store, sealing.master_key(settings))
        while (pause := executor.run(new.id)) is not None:
            typer.echo(f"Not yet done; trying again in {pause:.0f} seconds.", err=True)
            time.sleep(pause)
    finally:
        queue.close()
    with database.reading() as session:
        return service.get(session, tenant, new.id)


def _deliver(database: Database, store: FolderStore, job: Job, output: Path | None) -> None:
    """Hand out the result: only if it is the one that was written, and recorded before it leaves."""
    with open_undamaged(store, job) as result:
        if output is None:
            _record(database, job)
            shutil.copyfileobj(result, sys.stdout.buffer, _CHUNK)
            sys.stdout.buffer.flush()
            return
        try:
            with output.open("wb") as target:
                _record(database, job)
                shutil.copyfileobj(result, target, _CHUNK)
        except OSError as error:
            raise NotFound(
                f"{output} cannot be written: {error.strerror}. The result stays below the data folder."
            ) from None


def _record(database: Database, job: Job) -> None:
    with common.acting(database, job.tenant_id) as unit:
        record_download(unit, job)
