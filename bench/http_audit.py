"""`GET /audit`, 50 events, one process, SQLite: beside a bare Starlette route that returns the same prepared bytes."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx

from expunct_server.audit.catalog import JobDownloaded
from expunct_server.audit.recorder import Actor, Origin, writing
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database
from expunct_server.jobs.queue import migrate as migrate_queue
from expunct_server.tenants import service

EVENTS = 10_000
ROUNDS = 5
WRITES = 20
SECONDS = 3
CONNECTIONS = 8


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        key = fill(data)
        server = start(["-m", "bench.http_audit", "server", str(data)])
        body = httpx.get(f"{server[1]}/api/v1/audit", headers={"X-API-Key": key}).content
        (data / "body.json").write_bytes(body)
        bare = start(["-m", "bench.http_audit", "bare", str(data / "body.json")])
        try:
            report(server, bare, key, len(body), data)
        finally:
            for process, _ in (server, bare):
                process.terminate()
                process.wait(20)


def fill(data: Path) -> str:
    database = Database(f"sqlite:///{data / 'expunct.db'}")
    upgrade(database)
    migrate_queue(database.url)
    actor = Actor("cli:bench", "cli:bench", "default")
    with writing(database, actor) as unit:
        service.ensure_tenant(unit, "default")
        key = service.issue_key(unit, name="bench").key
        for number in range(EVENTS):
            unit.origin = Origin(f"req_{number}", "203.0.113.7", "bench")
            unit.record(JobDownloaded(output_sha256="0" * 64, size_bytes=number), resource_id=f"job_{number % 97}")
    database.close()
    return key


def start(command: list[str]) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, *command, str(port)])
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(url)
            return process, url
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(url)


def report(server: tuple[Any, str], bare: tuple[Any, str], key: str, size: int, data: Path) -> None:
    audit = f"{server[1]}/api/v1/audit"
    quiet, busy = "GET /api/v1/audit", f"GET /api/v1/audit while {WRITES} events/s are recorded"
    targets = {quiet: audit, busy: audit, "bare Starlette route": bare[1]}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in targets}
    for number in range(ROUNDS + 1):  # in turn, so that a machine that slows down slows both; the first is a warm-up
        for name, url in targets.items():
            with recording(data) if name == busy else nullcontext():
                measured = load(url, key)
            if number:
                runs[name].append(measured)
    print(f"## GET /audit, 50 events ({size:,} bytes) of {EVENTS:,}, SQLite, 1 process, {CONNECTIONS} connections\n")
    print("| | requests/s | p50 ms | p99 ms | memory MB |\n|---|---|---|---|---|")
    for (name, measured), (process, _) in zip(runs.items(), (server, server, bare), strict=True):
        figures = [statistics.median(each[what] for each in measured) for what in ("per_second", "p50_ms", "p99_ms")]
        print(
            f"| {name} | {figures[0]:,.0f} | {figures[1]:.2f} | {figures[2]:.2f} | {resident_megabytes(process.pid)} |"
        )
    *ours, theirs = runs.values()
    for name, measured in zip(runs, ours, strict=False):
        ratios = [a["per_second"] / b["per_second"] for a, b in zip(measured, theirs, strict=True)]
        print(f"\n{name}: {statistics.median(ratios):.2f} of the bare route, median of {ROUNDS} pairs (aim: 0.50)")
    print()


@contextmanager
def recording(data: Path) -> Iterator[None]:
    """Another process's writes, as far as the server can tell: so many events a second."""
    stop = threading.Event()
    database = Database(f"sqlite:///{data / 'expunct.db'}")

    def record() -> None:
        while not stop.wait(1 / WRITES):
            with writing(database, Actor("cli:bench", "cli:bench", "default")) as unit:
                unit.record(JobDownloaded(output_sha256="0" * 64, size_bytes=1), resource_id="job_1")

    thread = threading.Thread(target=record)
    thread.start()
    yield
    stop.set()
    thread.join()
    database.close()


def load(url: str, key: str) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.load", url, str(SECONDS), str(CONNECTIONS), key]
    measured: dict[str, float] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60).stdout
    )
    return measured


def resident_megabytes(pid: int) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) // 1024


def serve(app: Any, port: int) -> None:
    import uvicorn

    uvicorn.run(app, port=port, log_config=None, access_log=False, proxy_headers=False, server_header=False)


if __name__ == "__main__":
    kind, target, port = sys.argv[1:]
    os.umask(0o077)
    if kind == "server":
        from expunct_server.app import create_app
        from expunct_server.settings import Settings

        settings = Settings(data=Path(target))
        serve(create_app(settings, Database(settings.url)), int(port))
    else:
        from starlette.applications import Starlette
        from starlette.requests import Request
        from starlette.responses import Response
        from starlette.routing import Route

        body = Path(target).read_bytes()

        async def prepared(_: Request) -> Response:
            return Response(body, media_type="application/json")

        serve(Starlette(routes=[Route("/", prepared)]), int(port))
