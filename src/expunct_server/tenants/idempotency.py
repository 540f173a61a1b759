"""Idempotency-Key: the same request again gets the first answer back, and nothing is made twice.

The first answer is stored with the act it answers, in the same transaction, for a day. It is sealed under a key derived
from the caller's own API key, which this server does not keep: a stolen database shows no answers, not even that of a
key's creation. What tells whether a request is the same is an HMAC under another such key: whoever has a guess at a
body (an erasure's says little more than the address that was erased) cannot test it. An answer repeats values that an
erasure may have to destroy, so each erasure blanks those of its tenant: a retry is then told so, and still makes
nothing twice.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from expunct_server import ids
from expunct_server.audit.recorder import Unit, system_actor, writing
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, FieldError, Invalid
from expunct_server.tenants import sealing
from expunct_server.tenants.auth import Caller
from expunct_server.tenants.models import IdempotentAnswer
from expunct_server.web.answers import encoded

KEPT: ids.Micros = 24 * 60 * ids.MINUTE
_FORM = re.compile(r"[\x21-\x7e]{1,255}\Z", re.ASCII)


def create(
    caller: Caller,
    request: Request,
    fingerprint: bytes,
    act: Callable[[Unit], Any],
    status: int = 201,
    *,
    alone: bool = False,
    lasts: bool = False,
) -> Response:
    """Carry out `act` in one unit of work and answer with what it returns; once for each Idempotency-Key.

    `fingerprint` is whatever makes two requests the same (the body's bytes, or an upload's hash and fields). `alone`:
    the act may take long (see `db.turns`). `lasts`: the answer repeats no value of any event, so no erasure blanks it.
    Raises `Conflict` when the key was used for another request, or its answer was erased.
    """
    header = request.headers.get("idempotency-key")
    if header is None:
        with caller.writing(alone=alone) as unit:
            body = encoded(act(unit))
        return _answer(body, status)
    once = _Once(caller, header, request.url.path, fingerprint, lasts=lasts)
    try:
        with caller.writing(alone=alone) as unit:
            if (first := once.find(unit)) is not None:
                return once.replay(first)
            body = encoded(act(unit))
            once.keep(unit, status, body)
    except (IntegrityError, Conflict):  # perhaps by the same request, in another transaction that committed first
        with caller.writing() as unit:
            if (first := once.find(unit)) is None:
                raise
            return once.replay(first)
    return _answer(body, status)


def forget_answers(unit: Unit) -> None:
    """Blank what was answered to requests for the unit's tenant, whoever's keys sent them.

    The rows stay, so that no retry repeats an act. What told whether a retry is the same request goes as well: whoever
    has the API key, too, could compare a guess at the body with it.
    """
    answers = update(IdempotentAnswer).where(IdempotentAnswer.erased_with == unit.actor.tenant_id)
    unit.session.execute(answers.values(sealed_body=b"", request_hash=bytes(32)))


def sweep(database: Database) -> None:
    """Remove the answers that are older than a day. For the workers, every minute."""
    old = IdempotentAnswer.created_at < ids.now() - KEPT
    with database.reading() as session:  # mostly there are none: that is no reason to take SQLite's write lock
        if not session.scalar(select(exists().where(old))):
            return
    with writing(database, system_actor("idempotency")) as unit:
        unit.session.execute(delete(IdempotentAnswer).where(old))


class _Once:
    """One Idempotency-Key of one API key."""

    def __init__(self, caller: Caller, header: str, path: str, fingerprint: bytes, *, lasts: bool) -> None:
        if not _FORM.match(header):
            raise Invalid(
                "Idempotency-Key must be 1 to 255 visible ASCII characters.",
                errors=(FieldError("Idempotency-Key", "has the wrong form"),),
            )
        self.key_id = caller.key_id
        self.erased_with = None if lasts else caller.tenant_id
        hashing_key = sealing.derive(caller.api_key.encode(), "idempotent-request")
        request = (caller.tenant_id.encode(), path.encode(), hashlib.sha256(fingerprint).digest())
        self.hash = hmac.digest(hashing_key, b"header\0" + header.encode(), "sha256")
        self.request_hash = hmac.digest(hashing_key, b"request\0" + b"\0".join(request), "sha256")
        self.sealing_key = sealing.derive(caller.api_key.encode(), "idempotent-answer")

    def find(self, unit: Unit) -> IdempotentAnswer | None:
        row = unit.session.get(IdempotentAnswer, (self.key_id, self.hash))
        if row is not None and row.created_at < ids.now() - KEPT:
            unit.session.delete(row)
            unit.session.flush()
            return None
        return row

    def keep(self, unit: Unit, status: int, body: bytes) -> None:
        unit.session.add(
            IdempotentAnswer(
                key_id=self.key_id,
                idempotency_hash=self.hash,
                request_hash=self.request_hash,
                status=status,
                sealed_body=sealing.seal(self.sealing_key, body, self.hash),
                created_at=ids.now(),
                erased_with=self.erased_with,
            )
        )
        unit.session.flush()

    def replay(self, first: IdempotentAnswer) -> Response:
        if not first.sealed_body:
            raise Conflict(
                "The request with this Idempotency-Key was carried out, but its answer was erased since; look up what"
                " it made.",
                code="answer_erased",
            )
        if not hmac.compare_digest(first.request_hash, self.request_hash):
            raise Conflict(
                "This Idempotency-Key was used for a different request; use a new one.", code="idempotency_mismatch"
            )
        body = sealing.unseal(self.sealing_key, first.sealed_body, self.hash)
        return _answer(body, first.status, {"Idempotency-Replayed": "true"})


def _answer(body: bytes, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, headers, "application/json")
