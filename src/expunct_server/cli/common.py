"""What every command shares: where the data is, who acts, and how things are shown."""

import getpass
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from expunct_server import ids
from expunct_server.audit.recorder import Actor, Origin, Unit, writing
from expunct_server.db.migrate import check, upgrade
from expunct_server.db.session import Database, prepare_folder
from expunct_server.errors import Invalid, NotFound
from expunct_server.jobs.queue import migrate as migrate_queue
from expunct_server.settings import Settings, load
from expunct_server.tenants import service as tenants
from expunct_server.verifying.checks import printable

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of the database and files; `data` unless told.", envvar="EXPUNCT_SERVER_DATA"),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database", help="Database URL; empty: SQLite below the data folder.", envvar="EXPUNCT_SERVER_DATABASE_URL"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PasswordFile = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        help="File with the password of an encrypted document, or - to be asked for it (from a pipe: its first line).",
    ),
]
Tenant = Annotated[str, typer.Option("--tenant", help="The tenant.")]
DEFAULT_TENANT = "default"


def settings_of(data: Path | None, database: str | None, **more: Any) -> Settings:
    """Settings from the command line and the environment; files this process makes are its user's alone."""
    os.umask(0o077)
    settings = load(data=data, database_url=database, **more)
    _sqlite_file(settings)  # a URL that names no database is refused before anything is made
    return settings


def log_to_stderr(settings: Settings) -> None:
    """Plain lines on standard error. What libraries tell of each start is for those who debug."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    for name in ("alembic", "uvicorn.error"):
        logging.getLogger(name).setLevel(level if level == logging.DEBUG else max(level, logging.WARNING))


@contextmanager
def opened(settings: Settings, *, make: bool = False, tell: bool = False) -> Iterator[Database]:
    """The database for a command that writes: migrated, and made when `make`; with `tell` it says so on standard error.

    Raises `NotFound` when there is none and none may be made.
    """
    file = _sqlite_file(settings)
    is_new = file is not None and not file.exists()
    if is_new and not make:
        raise _no_database(settings)
    prepare_folder(settings.url, settings.data)
    with _database(settings) as database:
        upgrade(database)
        migrate_queue(settings.url)
        with writing(database, command_actor("system"), command_origin()) as unit:
            tenants.ensure_system_tenant(unit)
        if is_new and tell and file is not None:
            typer.echo(f"There was no database; made {file.absolute()}.", err=True)
        yield database


@contextmanager
def opened_to_read(settings: Settings) -> Iterator[Database]:
    """The database for a command that only reads: nothing is made and nothing migrated.

    Raises `NotFound` when there is none, `Unavailable` when it is not of this version.
    """
    file = _sqlite_file(settings)
    if file is not None and not file.exists():
        raise _no_database(settings)
    with _database(settings) as database:
        check(database)
        yield database


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.url, busy_timeout_seconds=settings.busy_timeout_seconds, pool_size=settings.pool_size)
    try:
        yield database
    finally:
        database.close()


def _no_database(settings: Settings) -> NotFound:
    return NotFound(
        f"There is no database below {settings.data.absolute()}. Name its folder with --data; `expunct-server serve` "
        "makes a new one."
    )


def _sqlite_file(settings: Settings) -> Path | None:
    """SQLite's file; None for PostgreSQL. Raises `Invalid` for a URL that names no database."""
    try:
        url = make_url(settings.url)
    except (ArgumentError, ValueError):  # its text repeats the URL, which may hold a password
        raise Invalid(
            "The database URL cannot be read; write postgresql://user:password@host/name, with special characters in "
            "the password percent-encoded, or sqlite:///path.",
            code="bad_setting",
        ) from None
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or ":memory:" in url.database:
        raise Invalid("The database must be a file, such as sqlite:///data/expunct.db.", code="bad_setting")
    return Path(url.database)


def password_of(file: str | None, document: str) -> str | None:
    """The password for `document`, of the option `--password-file`; an empty one is none. Raises `NotFound`."""
    if file is None:
        return None
    if file == "-" and document == "-":
        wrong("--password-file", "cannot be standard input too, which the document comes from")
    if file == "-" and sys.stdin.isatty():
        return getpass.getpass() or None
    try:
        said = sys.stdin.readline() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.", code="input_not_readable") from None
    except UnicodeDecodeError:
        wrong("--password-file", "must hold text in UTF-8")
    return said.removesuffix("\n").removesuffix("\r") or None


def wrong(option: str, says: str) -> NoReturn:
    """End as wrong usage (exit code 2): what was given for `option` cannot be used."""
    raise typer.BadParameter(says.rstrip("."), param_hint=option)


def wrong_field(error: Invalid, options: Mapping[str, str]) -> NoReturn:
    """`error` as wrong usage of the option that stands for its first field; as it is when no option does."""
    for each in error.errors[:1]:
        for name, option in options.items():
            if each.field == name or each.field.startswith(f"{name}."):
                wrong(option, each.message)
    raise error


def command_actor(tenant_id: str) -> Actor:
    """The operating system's user, acting for a tenant from the command line."""
    user = getpass.getuser()
    return Actor(f"cli:{user}", f"cli:{user}", tenant_id)


def command_origin() -> Origin:
    """A command has a request id, and neither address nor user agent."""
    return Origin(request_id=ids.new("req"))


@contextmanager
def acting(database: Database, tenant_id: str) -> Iterator[Unit]:
    """A unit of work of the command line's user for a tenant."""
    with writing(database, command_actor(tenant_id), command_origin()) as unit:
        yield unit


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def show_json(value: Any) -> None:
    """JSON on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """A table on standard output; cells are shown as they are, never as markup or as what a terminal obeys."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else printable(str(cell))) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
