"""What an attempt writes down while it works: how far it is, and what it found."""

import json
import time
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import insert, update

from expunct_server import ids
from expunct_server.audit.recorder import Unit, writing
from expunct_server.db.session import Database
from expunct_server.jobs.attempt import Attempt, CannotSucceed, Superseded
from expunct_server.jobs.models import Job, JobFinding
from expunct_server.pseudonyms import service as pseudonyms
from expunct_server.redaction.findings import Finding, mask_value
from expunct_server.redaction.plan import Plan
from expunct_server.redaction.vault import Entry, entry

MAX_FINDINGS = 500_000  # of one job: they are committed together, and SQLite has one writer
_INSERT_ROWS = 5000
_VAULT = "vault"  # no column of a finding's
_INSERT_FINDING = insert(JobFinding)
_EVERY_SECONDS = 1.0
_LARGE = 1 << 20  # bytes; what is smaller is mostly done before anyone looks


class Progress:
    """Writes how far the job is, at most once a second, and notices when the job is no longer this attempt's."""

    def __init__(self, database: Database, attempt: Attempt, size: int, media_type: str) -> None:
        self._database, self._attempt, self._size, self._media_type = database, attempt, size, media_type
        self._last = time.monotonic() if size < _LARGE else 0.0
        self._percent = 0

    def report(self, consumed: int) -> None:
        """`consumed` source bytes are done; what is shown never falls. Raises `Superseded`."""
        if time.monotonic() - self._last < _EVERY_SECONDS:
            return
        self._last = time.monotonic()
        self._percent = max(self._percent, min(99, consumed * 100 // self._size))
        mine = update(Job).where(Job.id == self._attempt.job.id, Job.runner == self._attempt.name)
        with writing(self._database, self._attempt.actor) as unit:
            changed = unit.session.execute(
                mine.values(progress_pct=self._percent, media_type=self._media_type, updated_at=ids.now()).returning(
                    Job.id
                )
            ).all()
        if not changed:
            raise Superseded


class Spool:
    """Findings on their way to the completion, in a file."""

    def __init__(self, file: Any, plan: Plan) -> None:
        self._file, self._plan = file, plan
        self._count = 0

    def keep(self, finding: Finding) -> None:
        """Write one down, its value masked, or sealed where it can be asked for again.

        Raises `CannotSucceed` beyond what one job may hold.
        """
        self._count += 1
        if self._count > MAX_FINDINGS:
            raise CannotSucceed(
                "too_many_findings", f"The document holds more than {MAX_FINDINGS} findings; send it in parts."
            )
        row = {
            "entity_type": finding.entity_type,
            "span_start": finding.start,
            "span_end": finding.end,
            "score": round(finding.score, 4),
            "recognizer": finding.recognizer,
            "check_passed": finding.check,
            "location": finding.location,
            "masked": mask_value(finding.text),
            "redacted": finding.replacement,
            _VAULT: _written(entry(finding, self._plan)),
        }
        self._file.write(json.dumps(row) + "\n")


def insert_findings(unit: Unit, job_id: str, spool: Any) -> None:
    """All of them in the completion's transaction, by the driver's fastest way: on SQLite it holds the write lock.

    With them goes what made-up values stand for.
    """
    spool.seek(0)
    rows = ({"job_id": job_id, "ordinal": ordinal, **orjson.loads(line)} for ordinal, line in enumerate(spool))
    connection = unit.session.connection()
    while some := list(islice(rows, _INSERT_ROWS)):
        kept = [Entry(row["entity_type"], *map(bytes.fromhex, sealed)) for row in some if (sealed := row.pop(_VAULT))]
        pseudonyms.keep(unit, kept)
        connection.execute(_INSERT_FINDING, some)


def _written(kept: Entry | None) -> list[str] | None:
    return None if kept is None else [kept.fingerprint.hex(), kept.sealed.hex()]
