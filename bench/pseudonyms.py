"""What operators cost, one core, beside the plain HMAC-SHA-256 that a keyed hash cannot do without.

Each figure is the best of five rounds over values that all differ, so that nothing is answered from memory. The last
rows are what keeping a made-up value adds: sealing it, and inserting it in the transaction of the redaction.
"""

import hmac
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from expunct_server.audit.recorder import Actor, writing
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database
from expunct_server.pseudonyms import service
from expunct_server.redaction.operators import Numbers, render, reveal
from expunct_server.redaction.vault import Entry, sealed_for
from expunct_server.tenants import service as tenants

COUNT = 20_000
ROUNDS = 5
KEY = bytes(range(32))
_NAMES = [f"Jane{number:x} Doe" for number in range(COUNT)]
_MAILS = [f"jane{number}@corp.example" for number in range(COUNT)]
_PHONES = [f"+1 212 {number // 10_000 + 200} {number % 10_000:04}" for number in range(COUNT)]
_DATES = [f"{1950 + number % 70}-{1 + number % 12:02}-{1 + number % 28:02}" for number in range(COUNT)]
_STREETS = [f"{number} Main Street, Springfield, IL 62704" for number in range(COUNT)]


def main() -> None:
    """Print the table."""
    plain = _per_second(_NAMES, lambda value: hmac.digest(KEY, value.encode(), "sha256"))
    print("## Pseudonyms\n\n| | a second | of plain HMAC |\n|---|---:|---:|")
    _row("HMAC-SHA-256 alone", plain, plain)
    for method in ("hash", "pseudonymize"):
        _row(method, _rendered(method, "PERSON", _NAMES), plain)
    tokens = [render("pseudonymize", "PERSON", value, key=KEY) for value in _NAMES]
    _row("pseudonymize, undone", _per_second(tokens, lambda token: reveal(token, KEY)), plain)
    kinds = {"PERSON": _NAMES, "EMAIL_ADDRESS": _MAILS, "PHONE_NUMBER": _PHONES}
    for kind, values in {**kinds, "DATE_TIME": _DATES, "LOCATION": _STREETS}.items():
        _row(f"realistic, {kind}", _rendered("realistic", kind, values), plain)
    numbers = Numbers()
    _row(
        "number", _per_second(_NAMES, lambda value: render("number", "PERSON", value, key=KEY, numbers=numbers)), plain
    )
    _row("sealed for the vault", _per_second(_NAMES, _entry), plain)
    _row("kept in SQLite", _kept(), plain)


def _row(name: str, rate: float, plain: float) -> None:
    print(f"| {name} | {rate:,.0f} | {rate / plain:.3f} |")


def _rendered(method: str, kind: str, values: Iterable[str]) -> float:
    return _per_second(list(values), lambda value: render(method, kind, value, key=KEY))


def _per_second(values: list[str], work: Callable[[str], object]) -> float:
    best = 0.0
    for _ in range(ROUNDS):
        began = time.process_time()
        for value in values:
            work(value)
        best = max(best, len(values) / (time.process_time() - began))
    return best


def _entry(value: str) -> Entry:
    return sealed_for(value, "PERSON", value, KEY)


def _kept() -> float:
    """Rows a second, in transactions of 5,000 as a job's completion has, the commits included."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        upgrade(database)
        actor = Actor("bench", "bench", "bench")
        with writing(database, actor) as unit:
            tenants.ensure_tenant(unit, "bench")
        entries = [_entry(value) for value in _NAMES]
        began = time.perf_counter()
        for start in range(0, COUNT, 5000):
            with writing(database, actor, alone=True) as unit:
                service.keep(unit, entries[start : start + 5000])
        rate = COUNT / (time.perf_counter() - began)
        database.close()
    return rate


if __name__ == "__main__":
    main()
