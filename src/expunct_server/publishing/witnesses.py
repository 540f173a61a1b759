"""Has every checkpoint cosigned by the witnesses of a policy (C2SP tlog-policy and tlog-witness).

A witness that is down costs a cosignature and never the publishing: all are asked at once, for two seconds together,
and one that fails is left alone for 1, 2, 4 ... 60 seconds.

**The rule for stopping.** A log stops (`Stopped`) as soon as *one* witness of the policy contradicts it: knows a larger
tree, another root at this size, or a tree that this one does not continue. So it stays until that witness cosigns the
log again, or this process is started without it. No quorum is asked for, and none of those who agree outweigh it: a
witness that was away when the newest checkpoint was signed agrees with any restored backup, so one that remembers is
worth more than all that do not. The protocol has no proof of such an answer, so a witness that lies can stop the log.
That is the smaller harm, and is bounded: who may say so is who the operator wrote into the policy (over TLS, or within
a private network); events are recorded on, only publishing waits; and deleting one line of the policy ends it. A fork
that was signed can never be taken back.

For the same reason no witness is shown a tree before all that can be reached have said how large the one is that they
know: each is first asked, once a process and log, to cosign the empty tree, which is no fork of anything. Otherwise a
witness that was away would learn the fork, and contradict the right database for ever after.

The quorum is not needed to publish, it is for those who verify. When it is not met this is logged, and after each round
health is told (`publishing.witness_status`).
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

from expunct_server.errors import Invalid, described
from expunct_server.publishing import log_keys
from expunct_server.publishing.promised import Stopped
from expunct_server.publishing.publisher import Cosign
from expunct_server.publishing.witness_client import Contradiction, Cosignature, Failed, Prove, Witness, ahead
from expunct_server.publishing.witness_http import parse_address
from expunct_server.publishing.witness_status import Board, Round, Said
from expunct_server.settings import PREFIX, Settings
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.merkle import EMPTY_ROOT
from expunct_server.tlog.note import NoteSignature, Opened
from expunct_server.tlog.policy import Policy, PolicyWitness, parse_policy
from expunct_server.tlog.signer import sign_note
from expunct_server.tlog.strict import Rejected

TIMEOUT_SECONDS = 2.0
_SAY_AGAIN_SECONDS = 60.0
_log = logging.getLogger(__name__)
T = TypeVar("T")


def cosigner(settings: Settings) -> "Cosigner | None":
    """What asks the witnesses of the configured policy; None when none is configured.

    Raises `Invalid` when the policy cannot be used.
    """
    if not settings.witness_policy:
        return None
    policy = read_policy(Path(settings.witness_policy))

    def empty(origin: str) -> bytes:
        signer = log_keys.load(settings, may_make=False).signer(origin)
        return sign_note(Checkpoint(origin, 0, EMPTY_ROOT).encode(), [signer])

    return Cosigner(policy, empty, tell=Board(settings.data).tell, timeout=TIMEOUT_SECONDS)


def read_policy(path: Path) -> Policy:
    """The tlog-policy in a file. Raises `Invalid`, saying what is wrong."""
    try:
        return parse_policy(path.read_bytes())
    except OSError as error:
        says = f"cannot be read ({error.strerror})"
    except Rejected as error:
        says = f"is no tlog-policy: {error}"
    raise Invalid(f"The file {path}, named by {PREFIX}WITNESS_POLICY, {says}.", code="bad_setting")


class Cosigner(Cosign):
    """Asks all witnesses of a policy that have an address. For any number of threads.

    `empty`: the signed checkpoint of the empty tree of the log with this origin. `tell` hears of every round. Raises
    `Invalid` for a policy with no address, or one that cannot be used.
    """

    def __init__(
        self,
        policy: Policy,
        empty: Callable[[str], bytes],
        *,
        tell: Callable[[Round], None],
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Which logs the policy lists is for those who verify: here it is always one of ours.
        self._policy = replace(policy, logs=())
        self._empty = empty
        self._tell = tell
        self._timeout = timeout
        self._clock = clock
        self._witnesses = _witnesses(policy, clock)
        self._lock = threading.Lock()
        self._said_at = -math.inf

    def __call__(self, note: bytes, checkpoint: Checkpoint, prove: Prove) -> list[NoteSignature]:
        """The cosignatures that could be had, verified. Raises `Stopped` by the rule above.

        `note`: the signed checkpoint; `prove(old)` is the consistency proof from a tree of `old` leaves.
        """
        if not checkpoint.size:
            return []
        deadline = time.monotonic() + self._timeout
        ready = [each for each in self._witnesses if each.is_ready(checkpoint.origin)]
        is_met = None
        try:
            accepted = self._asked(ready, note, checkpoint, prove, deadline)
            is_met = self._judge(checkpoint, accepted)
        finally:
            self._tell(self._round(ready, checkpoint, is_met))
        return [line for line, _, _ in accepted]

    def _asked(
        self, ready: Sequence[Witness], note: bytes, checkpoint: Checkpoint, prove: Prove, deadline: float
    ) -> list[Cosignature]:
        origin = checkpoint.origin
        self._look(ready, checkpoint, deadline - self._timeout / 2)
        known = [each for each in ready if (size := each.size(origin)) is not None and size <= checkpoint.size]
        # First of all those that are not asked now: what they once said stands until they say otherwise.
        _stop_if_contradicted(origin, [each for each in self._witnesses if each not in known])
        proving = _one_at_a_time(prove)
        heard = _together(
            known, lambda each, token: each.cosign(note, checkpoint, proving, deadline, token), origin, deadline
        )
        _stop_if_contradicted(origin, known)
        return [each for cosignatures in heard for each in cosignatures]

    def _round(self, ready: Sequence[Witness], checkpoint: Checkpoint, is_met: bool | None) -> Round:
        said = {
            member.key.encode(): _said(each, member, checkpoint.origin, was_asked=each in ready)
            for each in self._witnesses
            for member in each.members
        }
        return Round(checkpoint.origin, checkpoint.size, is_met, said)

    def _look(self, ready: Sequence[Witness], checkpoint: Checkpoint, deadline: float) -> None:
        """Learn what the witnesses know that were not asked yet, and again from those that know more than we have."""
        origin = checkpoint.origin
        asked = [each for each in ready if (known := each.size(origin)) is None or known > checkpoint.size]
        if not asked:
            return
        empty = self._empty(origin)

        def look(each: Witness, token: object) -> None:
            each.look(origin, empty, deadline, token)
            if (known := each.size(origin)) is not None and known > checkpoint.size:
                raise ahead(known, checkpoint.size)

        _together(asked, look, origin, deadline)

    def _judge(self, checkpoint: Checkpoint, accepted: Sequence[Cosignature]) -> bool:
        """Whether the policy's quorum is met; says so when it is not, at most once a minute."""
        is_met = self._policy.satisfied(Opened(checkpoint.encode(), tuple((key, at) for _, key, at in accepted)))
        with self._lock:
            if is_met or self._clock() - self._said_at < _SAY_AGAIN_SECONDS:
                return is_met
            self._said_at = self._clock()
        errors = "; ".join(f"{each.name} {each.error}" for each in self._witnesses if each.error)
        _log.warning(
            "the checkpoint of %s at size %d is published without its quorum of witnesses (%s)",
            checkpoint.origin,
            checkpoint.size,
            errors or "too few were asked",
        )
        return False


def _witnesses(policy: Policy, clock: Callable[[], float]) -> list[Witness]:
    """One for each address: a witness that signs with two keys answers with both at once."""
    found: dict[bytes, list[PolicyWitness]] = {}
    for each in policy.witnesses:
        if each.url is not None:
            found.setdefault(each.url.rstrip(b"/"), []).append(each)
    if not found:
        raise Invalid("The witness policy names no witness with an address to ask.", code="bad_setting")
    try:
        return [Witness(parse_address(url), members, clock) for url, members in found.items()]
    except Rejected as error:
        raise Invalid(f"The witness policy cannot be used: {error}.", code="bad_setting") from None


def _one_at_a_time(prove: Prove) -> Prove:
    """`prove` reads tiles through a cache that is not made for threads."""
    lock = threading.Lock()

    def proving(old: int) -> Sequence[bytes]:
        with lock:
            return prove(old)

    return proving


def _together(
    witnesses: Sequence[Witness], ask: Callable[[Witness, object], T], origin: str, deadline: float
) -> list[T]:
    """What they answer to `ask`, each asked by a thread of its own; who contradicts, fails or is late is marked so.

    The threads are daemons: one that the name service holds up must keep no process from ending.
    """
    box: SimpleQueue[tuple[Witness, T | Contradiction | Failed]] = SimpleQueue()
    waiting = {each: object() for each in witnesses}

    def run(each: Witness, token: object) -> None:
        try:
            box.put((each, ask(each, token)))
        except (Contradiction, Failed) as said:
            box.put((each, said))
        except Exception as error:
            _log.warning("witness %s could not be asked: %s", each.name, described(error))
            box.put((each, Failed(f"could not be asked ({type(error).__name__})")))

    for each, token in waiting.items():
        threading.Thread(target=run, args=(each, token), name=f"witness {each.name}", daemon=True).start()
    heard: list[T] = []
    while waiting:
        try:
            each, said = box.get(timeout=max(deadline - time.monotonic(), 0.0))
        except Empty:
            break
        del waiting[each]
        if isinstance(said, Contradiction):
            each.dispute(origin, str(said))
        elif isinstance(said, Failed):
            each.failed(origin, said)
        else:
            heard.append(said)
    for each, token in waiting.items():
        each.abort(token)
        each.failed(origin, Failed("does not answer in time"))
    return heard


def _stop_if_contradicted(origin: str, witnesses: Sequence[Witness]) -> None:
    says = [f"witness {each.name} {dispute}" for each in witnesses if (dispute := each.disputes().get(origin))]
    if says:
        raise Stopped(
            f"{'; '.join(says)}. An old backup was restored, or the log was edited. Restore the newest database; "
            "nothing is published until then. Only if you are sure that the witness is wrong, take it out of the "
            "witness policy and restart."
        )


def _said(witness: Witness, member: PolicyWitness, origin: str, *, was_asked: bool) -> Said:
    last = witness.last.get(member.key)
    return Said(
        name=member.name.decode("utf-8", "replace"),
        origin=None if last is None else last.origin,
        size=None if last is None else last.size,
        time=None if last is None else last.time,
        error=witness.error,
        was_asked=was_asked,
        contradicts=origin in witness.disputes(),
    )
