"""What every command shares: where the data is, who acts, and how things are shown."""

import getpass
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from expunct_server import ids
from expunct_server.audit.recorder import Actor, Origin, Unit, writing
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database, prepare_folder
from expunct_server.errors import NotFound
from expunct_server.jobs.queue import migrate as migrate_queue
from expunct_server.settings import Settings, load
from expunct_server.tenants import service as tenants

Data = Annotated[
    Path | None, typer.Option("--data", help="Folder of the database and files.", envvar="EXPUNCT_SERVER_DATA")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database", help="Database URL; empty: SQLite below the data folder.", envvar="EXPUNCT_SERVER_DATABASE_URL"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Tenant = Annotated[str, typer.Option("--tenant", help="The tenant.")]
DEFAULT_TENANT = "default"


def settings_of(data: Path | None, database: str | None, **more: Any) -> Settings:
    """Settings from the command line and the environment; files this process makes are its user's alone."""
    os.umask(0o077)
    return load(data=data, database_url=database, **more)


def log_to_stderr(settings: Settings) -> None:
    """Plain lines on standard error."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )


@contextmanager
def opened(settings: Settings, *, make: bool = False) -> Iterator[Database]:
    """The database; migrated, and made when `make`. Raises `NotFound` when there is none and none may be made."""
    database = Database(settings.url, busy_timeout_seconds=settings.busy_timeout_seconds)
    if database.dialect == "sqlite" and not make and not _sqlite_file(settings).exists():
        raise NotFound(f"There is no database below {settings.data}. `expunct-server serve` makes one.")
    prepare_folder(settings.url, settings.data)
    try:
        upgrade(database)
        migrate_queue(settings.url)
        with writing(database, command_actor("system"), command_origin()) as unit:
            tenants.ensure_system_tenant(unit)
        yield database
    finally:
        database.close()


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.url.removeprefix("sqlite:///"))


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


def show_json(value: Any) -> None:
    """JSON on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """A table on standard output; cells are shown as they are, never as markup."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    console.print(table)
