"""`expunct-server serve`, `worker` and `migrate`."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn

from expunct_server import __version__
from expunct_server import worker as worker_process
from expunct_server.app import create_app
from expunct_server.cli import common
from expunct_server.db.migrate import grant
from expunct_server.db.session import Database
from expunct_server.errors import Invalid, Unavailable
from expunct_server.jobs.queue import migrate as migrate_queue
from expunct_server.settings import PREFIX as ENVIRONMENT
from expunct_server.settings import Settings, written
from expunct_server.tenants import sealing
from expunct_server.tenants import service as tenants
from expunct_server.web.handling import PREFIX
from expunct_server.web.protocol import BoundedHttp


def _setting_help(name: str, default: Any, unit: str, text: str) -> str:
    shown = f"{written(default)} {unit}".strip() if written(default) else "none"
    return f"{ENVIRONMENT}{name.upper()} (default: {shown}): {text}"


app = typer.Typer()
_SETTINGS_HELP = "Settings from the environment:\n\n" + "\n\n".join(
    _setting_help(each.name, each.default, each.metadata["unit"], each.metadata["help"]) for each in fields(Settings)
)
_RESTART_SECONDS = 1.0
_STOP_SECONDS = 40.0


@app.command(epilog=_SETTINGS_HELP)
def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to listen on; 0 takes a free one.", min=0, max=65535)
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", help="Worker processes to keep alive.", min=0)] = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Run the API and its workers. On an empty data folder: makes the database, tenant `default` and one API key."""
    settings = common.settings_of(data, database, host=host, port=port, workers=workers)
    common.log_to_stderr(settings)
    with common.opened(settings, make=True) as opened:
        sealing.checked_master_key(settings, opened)
        app = create_app(settings, opened)  # first: what it refuses is told before there is a key or a banner
        listener = _listen(settings)
        first_key = _bootstrap(opened)
        url = f"http://{_shown(settings.host)}:{listener.getsockname()[1]}"
        _announce(url, settings.data.absolute(), first_key, as_json=as_json)
        supervisor = _Supervisor(settings)
        supervisor.start()
        try:
            # uvicorn drains, then raises the signal again for whoever had it before. By default that would end this
            # process at once, while its workers still drain; as an exception it lets them finish below.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            config = uvicorn.Config(
                app,
                http=BoundedHttp,
                log_config=None,
                access_log=False,
                proxy_headers=False,  # who is believed about addresses is our setting, see web.context
                server_header=False,
                timeout_graceful_shutdown=15,
            )
            server = uvicorn.Server(config)
            app.state.is_closing = lambda: server.should_exit
            refused: list[str] = []
            app.state.refuse = partial(_end_server, server, refused)
            server.run(sockets=[listener])
            if refused:
                raise Invalid(refused[0], code="bad_setting")
        finally:
            supervisor.stop()


def _end_server(server: uvicorn.Server, refused: list[str], reason: str) -> None:
    """The models that settings name cannot be loaded: texts would be refused one by one, and every worker ends."""
    refused.append(reason)
    server.should_exit = True


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise Unavailable(f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}.") from None
    listener.listen(2048)
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _bootstrap(database: Database) -> str | None:
    """The tenant `default` and, when there is no key in the whole database, a first one."""
    with common.acting(database, common.DEFAULT_TENANT) as unit:
        tenants.ensure_tenant(unit, common.DEFAULT_TENANT)
        if tenants.any_key(unit.session):
            return None
        return tenants.issue_key(unit, name="first key", created_by=unit.actor.label).key


def _announce(url: str, data: Path, first_key: str | None, *, as_json: bool) -> None:
    if as_json:
        common.show_json({"url": url, "api_key": first_key})
        return
    typer.echo(f"Expunct Server {__version__} on {url}")
    typer.echo(f"Data folder: {data}")
    if first_key is not None:
        typer.echo(f"API key of tenant {common.DEFAULT_TENANT}, shown this once: {first_key}")
        typer.echo(f"Try: curl -H 'X-API-Key: {first_key}' {url}{PREFIX}/audit")
    else:
        typer.echo(f"Make an API key with: expunct-server keys create --name NAME --data {shlex.quote(str(data))}")
    sys.stdout.flush()


class _Supervisor:
    """Keeps worker processes alive for as long as the API runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._keep_one, daemon=True) for _ in range(settings.workers)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)

    def _keep_one(self) -> None:
        command = [sys.executable, "-m", "expunct_server", "worker", "--until-stdin-closes"]
        env = dict(os.environ, **{f"{ENVIRONMENT}DATA": str(self._settings.data)})
        if self._settings.database_url:
            env[f"{ENVIRONMENT}DATABASE_URL"] = self._settings.database_url
        while not self._stop.is_set():
            # The worker drains and ends when its standard input closes: also when this process is killed.
            try:
                process = subprocess.Popen(
                    command, env=env, stdin=subprocess.PIPE, stdout=sys.stderr, start_new_session=True
                )
            except OSError as error:  # no memory or no process to spare just now
                typer.echo(f"A worker could not be started: {error.strerror}. Trying again.", err=True)
                self._stop.wait(_RESTART_SECONDS)
                continue
            while process.poll() is None and not self._stop.wait(0.2):
                pass
            if process.stdin is not None:
                process.stdin.close()
            if self._stop.is_set():
                _end(process)
            else:
                typer.echo(f"A worker ended with code {process.returncode}; starting another.", err=True)
                self._stop.wait(_RESTART_SECONDS)


def _end(process: Any) -> None:
    try:
        process.wait(_STOP_SECONDS - 5)
    except subprocess.TimeoutExpired:
        process.kill()


@app.command(epilog=_SETTINGS_HELP)
def worker(
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Run jobs. As many as you like, on one machine or, with PostgreSQL and a bucket as the store, on many."""
    settings = common.settings_of(data, database)
    common.log_to_stderr(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if until_stdin_closes:
        threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    with common.opened(settings, make=True) as opened:
        is_idle = worker_process.run(settings, opened, stop)
    if not is_idle:
        os._exit(1)  # a job outlasted the wait: its thread would keep the interpreter; another worker takes it up


def _stop_at_end_of_input(stop: threading.Event) -> None:
    # Not through sys.stdin: a thread that waits in it holds its lock, and the interpreter would abort at its end.
    while os.read(0, 4096):
        pass
    stop.set()


@app.command()
def migrate(
    role: Annotated[
        str | None, typer.Option("--role", help="PostgreSQL: give this existing role what the running server needs.")
    ] = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Bring the database to the schema of this version; made when there is none."""
    settings = common.settings_of(data, database)
    with common.opened(settings, make=True) as opened:
        if role is not None:
            if opened.dialect != "postgresql":
                raise Invalid("--role is for PostgreSQL; SQLite has no roles.")
            grant(opened, role)
            migrate_queue(settings.url, role)
        kind = opened.dialect
    if as_json:
        common.show_json(
            {"status": "up to date", "database": kind, "data": str(settings.data.absolute()), "role": role}
        )
    else:
        typer.echo("The database is up to date.", err=True)
