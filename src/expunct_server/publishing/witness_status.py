"""What the witnesses said last, kept where health finds it: workers ask them, the web application answers for health.

One small file for all workers, `log/.witnesses.json`, written when it changes; its name begins with a dot, since the
folder `log` may be served. Nothing is decided by it: without it, or damaged, health knows less until the next round.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expunct_server import ids
from expunct_server.errors import Unavailable, described
from expunct_server.settings import Settings
from expunct_server.storage.durable import file_lock, write_durably

_PATIENCE_SECONDS = 1.0
_MALFORMED = (ValueError, TypeError, AttributeError, KeyError)  # what a file that others wrote into raises
_NEW: Mapping[str, Any] = {"name": "", "origin": None, "size": None, "time": None, "error": None, "contradicts": []}
_log = logging.getLogger(__name__)
State = Mapping[str, Any]


@dataclass(frozen=True)
class Said:
    """One key of the policy after a round. `origin`, `size` and `time` (POSIX seconds): of its last cosignature.

    `was_asked`: in this round, so that `error` (None after a cosignature) is news. `contradicts`: this round's log.
    """

    name: str
    origin: str | None
    size: int | None
    time: int | None
    error: str | None
    was_asked: bool
    contradicts: bool


@dataclass(frozen=True)
class Round:
    """One checkpoint, and what came of asking for it; by key, every member of the policy.

    `is_met`: whether the policy's quorum cosigned it; None where it was not published.
    """

    origin: str
    size: int
    is_met: bool | None
    said: Mapping[str, Said]


def merged(state: State, told: Round) -> State:
    """What is known after a round. Several processes take turns at the logs, so each adds what it knows better."""
    before = state.get("witnesses", {})
    lacking = dict(state.get("without_quorum", {}))
    if told.is_met is False:
        lacking[told.origin] = told.size
    elif told.is_met:
        lacking.pop(told.origin, None)
    return {
        "judged": state.get("judged", False) or told.is_met is not None,
        "without_quorum": lacking,
        "witnesses": {key: _merged(before.get(key, _NEW), said, told.origin) for key, said in told.said.items()},
    }


def _merged(before: Mapping[str, Any], said: Said, origin: str) -> dict[str, Any]:
    now = {**before, "name": said.name}
    if said.time is not None and said.time >= (before["time"] or 0):
        now |= {"origin": said.origin, "size": said.size, "time": said.time}
    if said.was_asked:
        now["error"] = said.error
    others = [each for each in before["contradicts"] if each != origin]
    return now | {"contradicts": sorted([*others, origin] if said.contradicts else others)}


def shown(state: State) -> dict[str, Any]:
    """For operators. `quorum_met`: of every log's newest checkpoint; None before the first."""
    lacking = state.get("without_quorum", {})
    return {
        "quorum_met": not lacking if state.get("judged") else None,
        "logs_without_quorum": len(lacking),
        "witnesses": [
            {
                "name": each["name"],
                "last_origin": each["origin"],
                "last_size": each["size"],
                "last_cosigned_at": _iso(each["time"]),
                "last_error": each["error"],
                "contradicted_logs": each["contradicts"],
            }
            for each in state.get("witnesses", {}).values()
        ],
    }


def _iso(seconds: int | None) -> str | None:
    try:
        return None if seconds is None else ids.iso(seconds * ids.SECOND)
    except OverflowError:  # a witness may say any time that its signature has room for
        return None


class Board:
    """The file, of which there is one for a data folder. For any number of threads and processes."""

    def __init__(self, data: Path) -> None:
        self._path = data / "log" / ".witnesses.json"

    def tell(self, told: Round) -> None:
        """Keep what a round brought. Where that fails it is said: it is no reason not to publish."""
        busy = Unavailable("Another process has been writing it for too long.")
        try:
            with file_lock(self._path.with_suffix(".lock"), _PATIENCE_SECONDS, busy):
                before = self._read()
                after = merged(before, told)
                if after != before:
                    write_durably(self._path, json.dumps(after).encode())
        except (Unavailable, OSError) as error:
            _log.warning("what the witnesses said could not be kept for health: %s", described(error))

    def shown(self) -> dict[str, Any]:
        """See the function `shown`."""
        return shown(self._read())

    def _read(self) -> State:
        """What was kept, if all of it can be shown."""
        try:
            state: State = json.loads(self._path.read_bytes())
            shown(state)
        except (OSError, *_MALFORMED):
            return {}
        return state


def status(settings: Settings) -> dict[str, Any] | None:
    """What operators are told of the witnesses; None where no policy is configured."""
    return Board(settings.data).shown() if settings.witness_policy else None
