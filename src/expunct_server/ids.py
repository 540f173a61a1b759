"""Prefixed identifiers and the only clock.

An identifier is `<prefix>_` and 26 lower-case Crockford base-32 characters: 48 bits of milliseconds since 1970, then
80 bits from a CSPRNG. Neighbours in time are neighbours in an index, and none can be guessed from another. Nothing may
rely on their order: clocks step.

A time is an integer: microseconds since 1970-01-01T00:00:00Z. It is what the database stores and what comparisons use;
ISO 8601 exists at the edges alone.
"""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

Prefix = Literal[
    "evt", "job", "pol", "con", "key", "rev", "batch", "tenant", "art", "whk", "dlv", "syn", "red", "req", "ers", "rvl"
]
Micros = int

SECOND: Micros = 1_000_000
MINUTE: Micros = 60 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TENANT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z", re.ASCII)
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # two characters, ten bits, at a time


def new(prefix: Prefix) -> str:
    """A fresh identifier such as `job_01k8z3m5v7c2d4e6f8g0h1j2k3`."""
    bits = (time.time_ns() // 1_000_000) << 80 | _random_80_bits()
    return prefix + "_" + "".join([_PAIRS[bits >> shift & 1023] for shift in range(120, -10, -10)])


_drawn: list[bytes] = []  # random bytes not used yet: one call of the kernel for many identifiers


def _random_80_bits() -> int:
    try:
        return int.from_bytes(_drawn.pop())  # atomic: no two threads are given the same
    except IndexError:
        fresh = os.urandom(10 * 64)
        _drawn.extend(fresh[start : start + 10] for start in range(10, len(fresh), 10))
        return int.from_bytes(fresh[:10])


os.register_at_fork(after_in_child=_drawn.clear)  # or parent and child would give the same


def now() -> Micros:
    """Microseconds since 1970, UTC, from the system's wall clock."""
    return time.time_ns() // 1_000


def is_tenant_id(text: str) -> bool:
    """Whether this can be a tenant's id, which its operator gives: also a folder's name, and the end of an origin."""
    return _TENANT_ID.match(text) is not None


def iso(moment: Micros) -> str:
    """`2026-01-31T23:59:59.000001Z`: ISO 8601, UTC, always six fractional digits, so that text order is time order."""
    seconds, micros = divmod(moment, SECOND)
    return f"{_iso_second(seconds)}.{micros:06d}Z"


def iso_or_none(moment: Micros | None) -> str | None:
    return None if moment is None else iso(moment)


@lru_cache(maxsize=4096)
def _iso_second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()


def micros(moment: datetime) -> Micros:
    """An aware datetime as microseconds since 1970, exactly (no float on the way)."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
