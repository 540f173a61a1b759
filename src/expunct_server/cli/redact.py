"""`expunct-server redact`: a document or a folder of them, here and now, recorded like any other."""

import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer

from expunct_server import ids
from expunct_server.buckets.reaching import Reach
from expunct_server.cli import common, encrypted, redact_folder
from expunct_server.db.session import Database
from expunct_server.errors import FieldError, Invalid, NotFound, Refusal, TooLarge
from expunct_server.jobs import passwords, service, views
from expunct_server.jobs.execute import Executor
from expunct_server.jobs.kept import drop, upload_key
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue
from expunct_server.jobs.results import open_undamaged, record_download
from expunct_server.jobs.submission import NewUpload, check_metadata
from expunct_server.jobs.upload import safe_filename
from expunct_server.redaction.operators import OPERATORS
from expunct_server.settings import Settings
from expunct_server.tenants import sealing
from expunct_server.tenants import service as tenants
from expunct_server.web import bodies

app = typer.Typer()
_TAKE_OVER_SECONDS = 3600.0  # a worker finishes the job if this command is killed
_CHUNK = 1 << 20
_Method = Annotated[
    str | None, typer.Option("--method", help=f"{', '.join(OPERATORS)}; the policy's unless told, else mask.")
]
_PreserveLabels = Annotated[
    bool | None,
    typer.Option(
        "--preserve-labels/--no-preserve-labels",
        help="Whether what stands in a finding's place names its type; the policy's unless told.",
    ),
]
_Threshold = Annotated[
    float | None, typer.Option("--threshold", help="What a score must reach, 0 to 1; the policy's unless told.")
]
_TypeThresholds = Annotated[
    list[str] | None,
    typer.Option("--type-threshold", help="The same for one type, as PERSON=0.8. May be given several times."),
]
_Metadata = Annotated[str | None, typer.Option("--metadata", help="A JSON object of your own, which the job shows.")]


@app.command()
def redact(
    file: Annotated[str, typer.Argument(help="The document, a folder, or - for standard input.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Write here, not to standard output. Needed for a folder: the results' folder."
        ),
    ] = None,
    tenant: common.Tenant = common.DEFAULT_TENANT,
    policy: Annotated[
        str | None, typer.Option("--policy", help="The policy's id; the tenant's default unless told.")
    ] = None,
    types: Annotated[str, typer.Option("--types", help="Entity types, comma-separated.")] = "",
    method: _Method = None,
    preserve_labels: _PreserveLabels = None,
    profile: Annotated[
        str | None, typer.Option("--profile", help="balanced, strict or fast; the policy's unless told.")
    ] = None,
    threshold: _Threshold = None,
    type_threshold: _TypeThresholds = None,
    metadata: _Metadata = None,
    language: Annotated[
        str | None, typer.Option("--language", help="The document's language; the policy's unless told, else en.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", help="File name to record; helps with standard input.")] = None,
    password_file: common.PasswordFile = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Redact a document and print the result. Recorded as a job with its events, like any other.

    Of a folder every file below it is redacted, into the same place below the folder that -o names; hidden files and
    links are left out. What cannot be redacted is listed at the end (exit code 1), and nothing of it is written.
    """
    settings = common.settings_of(data, database)
    password = common.password_of(password_file, file)
    config = {
        "pii_types": types.replace(",", " ").split() or None,
        "redaction_method": method,
        "preserve_labels": preserve_labels,
        "detection_profile": profile,
        "confidence_threshold": threshold,
        "confidence_thresholds": _thresholds(type_threshold or []),
    }
    more = {} if metadata is None else {"metadata": _object(metadata)}
    asked = _Asked(_fields({"config": config, "language": language, "password": password, **more}), policy, tenant)
    if file != "-" and Path(file).is_dir():
        results = redact_folder.check_places(Path(file), output, name)
        with _at_work(settings, asked) as here:
            redact_folder.redact_all(Path(file), results, partial(_redact_into, here), as_json=as_json)
    else:
        with _at_work(settings, asked) as here:
            _redact_one(here, file, name, output, as_json=as_json)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be done with each document, and for whom."""

    fields: NewUpload
    policy_id: str | None
    tenant: str


@dataclass(frozen=True, slots=True)
class _Here:
    """What the documents of one command share."""

    settings: Settings
    database: Database
    reach: Reach
    queue: Queue
    executor: Executor
    asked: _Asked


@contextmanager
def _at_work(settings: Settings, asked: _Asked) -> Iterator[_Here]:
    with common.opened(settings, make=True, tell=True) as database:
        reach, queue = Reach(settings, database), Queue(settings.url)
        try:
            executor = Executor(settings, database, reach, sealing.checked_master_key(settings, database))
            yield _Here(settings, database, reach, queue, executor, asked)
        finally:
            queue.close()


def _redact_one(here: _Here, file: str, name: str | None, output: Path | None, *, as_json: bool) -> None:
    job_id = ids.new("job")
    _keep(here, job_id, file)
    job = _carry_out(here, job_id, file, safe_filename(name or ("stdin.txt" if file == "-" else file)))
    if as_json:
        with here.database.reading() as session:
            common.show_json(views.detail(job, service.findings(session, job_id)))
    if job.outcome != "completed":
        raise Refusal(f"{encrypted.told(job.error_message or '')} (error code {job.error_code}, job {job_id})")
    if not as_json or output is not None:
        _deliver(here, job, output)
    for note in views.kept(job).get("notes", []):
        typer.echo(f"Note: {note}", err=True)
    typer.echo(f"{common.counted(job.findings_count, 'finding')} removed; job {job_id}", err=True)


def _redact_into(here: _Here, path: Path, target: Path) -> redact_folder.Done:
    """Redact one file of a folder. Its result appears whole or not at all. Raises `redact_folder.Failed`."""
    job_id = ids.new("job")
    with _failing(NotFound, Invalid, TooLarge):
        _keep(here, job_id, str(path))
    job = _carry_out(here, job_id, str(path), safe_filename(path.name))
    if job.outcome != "completed":
        raise redact_folder.Failed(job.error_code or "", encrypted.told(job.error_message or ""), job_id)
    draft = target.with_name(f".{job_id}.part")
    with _failing(Refusal, job_id=job_id):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(here, job, draft)
            draft.replace(target)
        except OSError as error:
            raise _not_written(target, error) from None
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
    kept = views.kept(job)
    return redact_folder.Done(job.findings_count, kept["entity_counts"], kept["notes"])


@contextmanager
def _failing(*errors: type[Refusal], job_id: str | None = None) -> Iterator[None]:
    """These errors are about the one file: the others go on."""
    try:
        yield
    except errors as error:
        raise redact_folder.Failed(error.code, error.detail, job_id) from None


_OPTIONS = {
    "config.pii_types": "--types",
    "config.redaction_method": "--method",
    "config.detection_profile": "--profile",
    "config.confidence_thresholds": "--type-threshold",
    "config.confidence_threshold": "--threshold",
    "metadata": "--metadata",
    "language": "--language",
    "password": "--password-file",
}


def _fields(said: dict[str, Any]) -> NewUpload:
    """What an upload with the same fields would ask for; a wrong one is wrong usage."""
    try:
        new = bodies.validated(NewUpload, said)
        check_metadata(new.metadata)
    except Invalid as error:
        common.wrong_field(error, _OPTIONS)
    return new


def _thresholds(said: list[str]) -> dict[str, str] | None:
    """Thresholds by type, which are looked at later; None where none was given."""
    pairs = [each.partition("=") for each in said]
    if not all(equals for _, equals, _ in pairs):
        common.wrong("--type-threshold", "must be a type, = and a number, as in PERSON=0.8")
    return {name.strip(): number.strip() for name, _, number in pairs} or None


def _object(said: str) -> object:
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        common.wrong("--metadata", "must be a JSON object")


def _keep(here: _Here, job_id: str, file: str) -> None:
    """Copy the document to where an upload waits."""
    try:
        source: BinaryIO = sys.stdin.buffer if file == "-" else Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.", code="input_not_readable") from None
    size, max_bytes = 0, here.settings.max_upload_bytes
    with source, here.reach.own.create(upload_key(job_id)) as draft:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > max_bytes:
                raise TooLarge(f"The document is larger than the limit of {max_bytes} bytes.")
            draft.file.write(chunk)
        if size == 0:
            raise Invalid("The document is empty.", code="empty_file", errors=(FieldError("file", "is empty"),))
        draft.publish()


def _carry_out(here: _Here, job_id: str, file: str, filename: str) -> Job:
    """The job as it ended. Raises `NotFound` for a policy that is not there, `Invalid` for a language that is none."""
    new = service.NewJob(
        id=job_id,
        source="command",
        input_uri="stdin://" if file == "-" else Path(file).resolve().as_uri(),
        filename=filename,
        language=here.asked.fields.language,
        overrides=here.asked.fields.config,
        metadata=here.asked.fields.metadata,
        policy_id=here.asked.policy_id,
        password=passwords.sealed(here.settings, job_id, here.asked.fields.password),
    )
    tenant, retries = here.asked.tenant, here.settings.max_retries
    try:
        with common.acting(here.database, tenant) as unit:
            tenants.ensure_tenant(unit, tenant)
            service.submit(unit, here.queue, new, max_retries=retries, after_seconds=_TAKE_OVER_SECONDS)
    except (NotFound, Invalid):
        drop(here.reach.own, upload_key(job_id))
        raise
    while (pause := here.executor.run(job_id)) is not None:
        typer.echo(f"Not yet done; trying again in {pause:.0f} seconds.", err=True)
        time.sleep(pause)
    here.queue.cancel(job_id)  # its place in the queue was for the worker that would have taken over
    with here.database.reading() as session:
        return service.get(session, tenant, job_id)


def _deliver(here: _Here, job: Job, output: Path | None) -> None:
    """Hand out the result: only if it is the one that was written, and recorded before it leaves."""
    if output is not None:
        try:
            _write(here, job, output)
        except OSError as error:
            raise _not_written(output, error) from None
        return
    with open_undamaged(here.reach, here.settings, job) as result:
        _record(here.database, job)
        shutil.copyfileobj(result, sys.stdout.buffer, _CHUNK)
        sys.stdout.buffer.flush()


def _write(here: _Here, job: Job, output: Path) -> None:
    with open_undamaged(here.reach, here.settings, job) as result, output.open("wb") as target:
        _record(here.database, job)
        shutil.copyfileobj(result, target, _CHUNK)


def _not_written(output: Path, error: OSError) -> NotFound:
    return NotFound(
        f"{output} cannot be written: {error.strerror}. The result stays below the data folder.",
        code="output_not_writable",
    )


def _record(database: Database, job: Job) -> None:
    with common.acting(database, job.tenant_id) as unit:
        record_download(unit, job)
