"""Speaks with one witness (C2SP tlog-witness, add-checkpoint): what it knows of each log, and whether to ask it now."""

import http.client
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from expunct_server.publishing.witness_http import Address, Answer, Carrier
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.cosignature import Unsupported
from expunct_server.tlog.note import NoteSignature, VerifierKey
from expunct_server.tlog.policy import PolicyWitness
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.witness import SIZE_CONTENT_TYPE, AddCheckpoint, accepted_cosignatures, parse_size

MAX_BACK_OFF_SECONDS = 60.0
Cosignature = tuple[NoteSignature, VerifierKey, int]
Prove = Callable[[int], Sequence[bytes]]


class Contradiction(Exception):
    """The witness says that it cosigned a tree which this one does not continue."""


class Failed(Exception):
    """No cosignature this time. `of_log`: this log is refused, and others may fare better."""

    def __init__(self, text: str, *, of_log: bool = False) -> None:
        super().__init__(text)
        self.of_log = of_log


@dataclass
class _BackOff:
    """1, 2, 4 ... 60 seconds of leaving alone after failures in a row."""

    failures: int = 0
    until: float = 0.0

    def failed(self, now: float) -> None:
        self.until = now + min(2.0**self.failures, MAX_BACK_OFF_SECONDS)
        self.failures = min(self.failures + 1, 10)


@dataclass
class _Log:
    """What is known of one log at this witness. `size`: of the tree it last cosigned; None when unknown."""

    size: int | None = None
    back_off: _BackOff = field(default_factory=_BackOff)
    dispute: str | None = None


@dataclass
class Last:
    """The last cosignature of one key: whose tree, how large, and the time that the witness gave it."""

    origin: str
    size: int
    time: int


class Witness:
    """One address, and the keys that the policy names for it. All methods may be called by any thread.

    One request is under way at a time; `clock` (monotonic) is what back-offs are measured by.
    """

    def __init__(self, address: Address, members: Sequence[PolicyWitness], clock: Callable[[], float]) -> None:
        self.members = tuple(members)
        self.name = " and ".join(each.name.decode("utf-8", "replace") for each in members)
        self.last: dict[VerifierKey, Last] = {}
        self.error: str | None = None
        self._keys = [each.key for each in members]
        self._clock = clock
        self._carrier = Carrier(address)
        self._turn = threading.Lock()  # held by the thread that speaks with it
        self._lock = threading.Lock()  # held for moments, around what is below
        self._speaker: object = None
        self._logs: dict[str, _Log] = {}
        self._back_off = _BackOff()

    # --- what is known -----------------------------------------------------------------------------------------------

    def is_ready(self, origin: str) -> bool:
        """Whether to ask it now, or leave it alone a while longer."""
        with self._lock:
            return self._clock() >= max(self._back_off.until, self._log(origin).back_off.until)

    def size(self, origin: str) -> int | None:
        """Leaves of the largest tree of this log that it is known to have cosigned; None before it was asked."""
        with self._lock:
            return self._log(origin).size

    def disputes(self) -> dict[str, str]:
        """Logs whose history it contradicts, and how."""
        with self._lock:
            return {origin: log.dispute for origin, log in self._logs.items() if log.dispute is not None}

    def dispute(self, origin: str, text: str) -> None:
        """Remember a contradiction until it cosigns this log again."""
        with self._lock:
            self._log(origin).dispute = self.error = text

    def failed(self, origin: str, failure: Failed) -> None:
        """Leave it alone for a while, for this log or for all."""
        with self._lock:
            back_off = self._log(origin).back_off if failure.of_log else self._back_off
            back_off.failed(self._clock())
            self.error = str(failure)

    def _log(self, origin: str) -> _Log:
        return self._logs.setdefault(origin, _Log())

    def _learn(self, origin: str, size: int) -> None:
        with self._lock:
            self._log(origin).size = size

    def _cosigned(self, checkpoint: Checkpoint, accepted: Sequence[Cosignature]) -> None:
        with self._lock:
            log = self._log(checkpoint.origin)
            log.dispute, log.back_off, self._back_off, self.error = None, _BackOff(), _BackOff(), None
            for _, key, at in accepted:
                self.last[key] = Last(checkpoint.origin, checkpoint.size, at)

    # --- speaking with it --------------------------------------------------------------------------------------------

    def look(self, origin: str, empty: bytes, deadline: float, token: object) -> None:
        """Learn the size of the tree that it knows, by having it cosign the empty tree. Raises `Failed`.

        The checkpoint of the empty tree is true of every log, whatever became of its database. So the answer is had
        before a tree that might be a fork is shown to anyone.
        """
        answer = self._post(AddCheckpoint(0, (), empty), deadline, token)
        if answer.status == 409:
            self._learn(origin, _told(answer))
        elif answer.status in (403, 404, 429) or answer.status >= 500:
            raise _refused(answer)
        else:  # one that cosigns no empty trees says its size when asked for more
            self._learn(origin, 0)

    def cosign(
        self, note: bytes, checkpoint: Checkpoint, prove: Prove, deadline: float, token: object
    ) -> list[Cosignature]:
        """Its cosignatures, one a key, verified. Raises `Contradiction` and `Failed`."""
        old = self.size(checkpoint.origin) or 0
        for _ in range(2):
            answer = self._post(AddCheckpoint(old, _proof(prove, old, checkpoint.size), note), deadline, token)
            if answer.status == 200:
                self._learn(checkpoint.origin, checkpoint.size)
                return self._accepted(note, checkpoint, answer)
            old = self._other_size(answer, old, checkpoint)
        raise Failed("says another size each time it is asked", of_log=True)

    def _other_size(self, answer: Answer, old: int, checkpoint: Checkpoint) -> int:
        """The old size to ask with instead, from an answer that is no cosignature. Raises as `cosign`."""
        if answer.status == 422 and old:
            raise Contradiction(f"cosigned another tree of {old} entries than this one began with")
        if answer.status != 409:
            raise _refused(answer)
        if old == checkpoint.size and (answer.content_type != SIZE_CONTENT_TYPE or _told(answer) == old):
            raise Contradiction(f"cosigned another tree of {old} entries than this one")
        told = _told(answer)
        self._learn(checkpoint.origin, told)
        if told > checkpoint.size:
            raise ahead(told, checkpoint.size)
        if told == old:
            raise Failed("answers 409 to the size that it knows", of_log=True)
        return told

    def _accepted(self, note: bytes, checkpoint: Checkpoint, answer: Answer) -> list[Cosignature]:
        try:
            found = accepted_cosignatures(note, answer.body, self._keys)
        except (Rejected, Unsupported) as error:
            raise Failed(f"its answer does not verify: {error}", of_log=True) from None
        # One a key: a witness that answers with many would make the checkpoint too large to be read.
        accepted = list({key: (line, key, at) for line, key, at in found}.values())
        self._cosigned(checkpoint, accepted)
        return accepted

    def _post(self, request: AddCheckpoint, deadline: float, token: object) -> Answer:
        """Wait for the turn, send, receive. Raises `Failed`."""
        if not self._turn.acquire(timeout=max(deadline - time.monotonic(), 0.0)):
            raise Failed("has not answered an earlier request yet")
        try:
            self._speaker = token
            return self._carrier.post(request.encode(), deadline)
        except TimeoutError:
            raise Failed("does not answer in time") from None
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"cannot be reached, or gives no answer ({type(error).__name__})") from None
        finally:
            self._speaker = None
            self._turn.release()

    def abort(self, token: object) -> None:
        """End the request of whoever came with `token`, if it is still under way."""
        if self._speaker is token:
            self._carrier.abort()


def ahead(known: int, ours: int) -> Contradiction:
    """The contradiction of a witness that knows a larger tree."""
    return Contradiction(f"knows a larger tree ({known}): this database, with {ours} entries, is older")


def _told(answer: Answer) -> int:
    if answer.content_type != SIZE_CONTENT_TYPE:
        raise Failed("answers 409 without a size", of_log=True)
    try:
        return parse_size(answer.body)
    except Rejected as error:
        raise Failed(f"answers 409 without a size: {error}", of_log=True) from None


def _refused(answer: Answer) -> Failed:
    hint = {403: ": it does not accept the key of this log", 404: ": it does not know this log"}.get(answer.status, "")
    return Failed(f"answers {answer.status}{hint}", of_log=answer.status != 429 and answer.status < 500)


def _proof(prove: Prove, old: int, size: int) -> tuple[bytes, ...]:
    if old in (0, size):
        return ()
    try:
        return tuple(prove(old))
    except (Rejected, OSError) as error:
        raise Failed(f"was not asked: no proof could be made ({type(error).__name__})", of_log=True) from None
