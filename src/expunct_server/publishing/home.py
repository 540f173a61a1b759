"""Which data folder has the files of the logs: the home, one of a deployment, whose processes alone publish.

The folder says who it is in `log/home`, a random name made once; the database says which name is the home
(`audit_home`). The first folder to publish claims it: of many processes one wins. Where logs were published already, by
a version that knew no home, only a folder that holds a checkpoint may. A backup of the folder brings its name along; a
home that is lost for good is followed by another that an operator names (`audit publish --rebuild`).

This says where files are, not what is true: a log is signed only after a look at what was signed last (`publisher`),
and two copies of one home sign the same tree, which is that of the database.
"""

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.models import AuditHome, AuditLog
from expunct_server.audit.recorder import system_actor, writing
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.publishing.promised import Stopped, log_folder
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.storage.durable import create_once

_ACTOR = system_actor("publisher")
_NAME = re.compile(r"[0-9a-f]{32}\n?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Home:
    """Where the logs' files are. `is_here`: in this data folder, or nowhere yet, so that they can come to be here.

    `since`: when the folder became the home; None while none is.
    """

    is_here: bool
    since: int | None


def seen(session: Session, settings: Settings) -> Home:
    """The home as this data folder sees it. Changes nothing."""
    row = session.execute(select(AuditHome.home, AuditHome.since).where(AuditHome.number == 1)).one_or_none()
    if row is not None:
        return Home(row.home == _name(settings), row.since)
    published = session.scalars(select(AuditLog.tenant_id).where(AuditLog.published_size > 0)).all()
    return Home(not published or any(_has_checkpoint(settings, each) for each in published), None)


def require_here(settings: Settings, database: Database) -> None:
    """Raise `Unavailable` where this data folder does not hold the logs' files."""
    with database.reading() as session:
        is_here = seen(session, settings).is_here
    if not is_here:
        raise elsewhere()


def elsewhere() -> Unavailable:
    """What callers are told where the files are not."""
    return Unavailable(
        "This server does not hold the files of the audit log; ask the one that publishes them.",
        code="log_elsewhere",
        retry_after=60,
    )


def require_for_command(settings: Settings, database: Database, *, claim: bool = False) -> None:
    """As `require_here`, in words for an operator; with `claim` this data folder becomes the home where none is."""
    with database.reading() as session:
        is_here = seen(session, settings).is_here
    if not is_here or (claim and not claimed(settings, database)):
        raise Unavailable(
            "The audit logs are published from another data folder, their home, which alone holds their files: run "
            "this there. If that folder is lost for good, `expunct-server audit publish --rebuild` goes on from here.",
            code="log_elsewhere",
        )


def claimed(settings: Settings, database: Database) -> bool:
    """Whether this data folder is the home. It becomes it where there is none and it may.

    Raises `Unavailable` when the database or the disk cannot just now, or `log/home` is damaged.
    """
    with database.reading() as session:
        home = seen(session, settings)
    if home.since is not None or not home.is_here:
        return home.is_here
    insert = sqlite.insert if database.dialect == "sqlite" else postgresql.insert
    row = insert(AuditHome).values(number=1, home=_made_name(settings), since=ids.now())
    with writing(database, _ACTOR) as unit:
        unit.session.execute(row.on_conflict_do_nothing())
    with database.reading() as session:  # another may have been first
        return seen(session, settings).is_here


def take_over(settings: Settings, database: Database) -> None:
    """Make this data folder the home, whichever was. An operator says so: the other's files are lost or given up."""
    insert = sqlite.insert if database.dialect == "sqlite" else postgresql.insert
    mine = {"home": _made_name(settings), "since": ids.now()}
    row = insert(AuditHome).values(number=1, **mine)
    row = row.on_conflict_do_update(index_elements=["number"], set_=mine, where=AuditHome.home != mine["home"])
    with writing(database, _ACTOR) as unit:
        unit.session.execute(row)


def _path(settings: Settings) -> Path:
    return settings.data / "log" / "home"


def _name(settings: Settings) -> str | None:
    """What this data folder is called; None where it has no name, or a damaged one."""
    try:
        text = _path(settings).read_text("ascii")
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None
    return text.strip() if _NAME.match(text) else None


def _made_name(settings: Settings) -> str:
    create_once(_path(settings), f"{secrets.token_hex(16)}\n".encode())
    if (name := _name(settings)) is None:
        raise Unavailable(
            "The file log/home is damaged. Restore it from a backup; if there is none, remove it and run "
            "`expunct-server audit publish --rebuild`.",
            code="bad_home",
        )
    return name


def _has_checkpoint(settings: Settings, tenant_id: str) -> bool:
    try:
        return TileStore(log_folder(settings.data, tenant_id)).checkpoint() is not None
    except Stopped:  # written into the database past the server: the publisher says so
        return False
