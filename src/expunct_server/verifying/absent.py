"""Accounts for what a bundle does not show: a part of an event was erased, or is withheld.

A record names, for each erased part, the erasure that touched the event last. What an erasure took it says itself, by
the parts in its metadata: so it stands in the log after the entry, and it or another erasure between the two took this
very part. An erasure names no events, so this shows that parts of this kind were erased then, and not of which events;
but it says how many they were, and no more records name it.
All other parts that are not shown are withheld by whoever made the bundle, and counted as such.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from expunct_server.audit.entry import PARTS
from expunct_server.audit.openings import Openings, read_canonical
from expunct_server.tlog.strict import Rejected
from expunct_server.verifying.checks import Failed

ERASURE: Final = "audit.erased"


def read_claims(said: Any) -> dict[str, str]:
    """The erasure that each part names, from a record; raises Rejected."""
    if not isinstance(said, dict) or not said.keys() <= set(PARTS):
        raise Rejected("erased_by is not an object whose members are among actor, client and metadata")
    if not all(isinstance(each, str) for each in said.values()):
        raise Rejected("erased_by names something that is no event")
    return said


class Absent:
    """Check 26, and how many parts are erased and withheld. Is told each record, in the order of the log."""

    def __init__(self) -> None:
        self.erased = dict.fromkeys(PARTS, 0)
        self.withheld = dict.fromkeys(PARTS, 0)
        # Of each erasure to come and part: the last entry that names it. Where that one is right the others are.
        self._claims: dict[str, dict[str, tuple[int, str]]] = {}
        self._naming: Counter[str] = Counter()  # how many records name it, of each erasure to come
        self._taken = dict.fromkeys(PARTS, -1)  # the index of the last erasure that took this part

    def take(
        self, index: int, said: Mapping[str, Any], opened: Openings, claimed: Mapping[str, str], where: str
    ) -> None:
        """Count what the record at `index` does not show; raises Failed."""
        if said["event_type"] == ERASURE:
            self._erasure(index, said["id"], opened)
        self._naming.update(set(claimed.values()))
        for part in PARTS:
            if part in opened:
                if part in claimed:
                    raise Failed(26, where, f"the part {part} is shown, and said to be erased")
            elif part in claimed:
                self.erased[part] += 1
                self._claims.setdefault(claimed[part], {})[part] = (index, where)
            else:
                self.withheld[part] += 1

    def _erasure(self, index: int, event_id: str, opened: Openings) -> None:
        parts, count = _said(opened)
        for part in parts:
            self._taken[part] = index
        for part, (at, where) in self._claims.pop(event_id, {}).items():
            if self._taken[part] <= at:
                raise Failed(
                    26, where, f"no erasure up to the one that it names, {event_id}, shows that it took a part {part}"
                )

        if (named := self._naming.pop(event_id, 0)) > count:
            raise Failed(
                26, f"entry {index} ({event_id})", f"{named} records name this erasure, which tells of {count}"
            )

    def end(self) -> None:
        """Every erasure that was named came; raises Failed."""
        for event_id, parts in self._claims.items():
            for part, (_, where) in parts.items():
                says = (
                    f"the part {part} is said to be erased by {event_id}, which is no erasure that follows in this log"
                )
                raise Failed(26, where, says)


def _said(opened: Openings) -> tuple[tuple[str, ...], int]:
    """What an erasure took, and of how many events, as far as it shows that: no erasure takes what an erasure says."""
    said = read_canonical(opened["metadata"][1]) if "metadata" in opened else None
    if not isinstance(said, dict):
        return (), 0
    named, count = said.get("parts"), said.get("event_count")
    parts = tuple(part for part in PARTS if isinstance(named, list) and part in named)
    return parts, count if type(count) is int else 0
