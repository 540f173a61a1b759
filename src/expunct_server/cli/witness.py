"""`expunct-server witness`: watch other deployments' logs and cosign what they publish."""

import logging
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvicorn

from expunct_server.cli import common
from expunct_server.errors import Invalid, NotFound, Unavailable
from expunct_server.tlog.cosignature import ED25519_COSIGNATURE
from expunct_server.tlog.note import VerifierKey, parse_verifier_key
from expunct_server.tlog.policy import MAX_POLICY, parse_policy
from expunct_server.tlog.signer import Signer
from expunct_server.tlog.strict import Rejected
from expunct_server.web.protocol import BoundedHttp
from expunct_server.witness import keys
from expunct_server.witness.app import create_app
from expunct_server.witness.logs import Logs
from expunct_server.witness.service import Witness
from expunct_server.witness.state import State

app = typer.Typer(
    name="witness", help="Watch logs of other deployments: cosign what they publish.", no_args_is_help=True
)
_MAX_CONNECTIONS = 512
_KINDS = {True: "Ed25519", False: "ML-DSA-44"}
T = TypeVar("T")
Data = Annotated[
    Path,
    typer.Option("--data", help="Folder of the witness's key and memory.", envvar="EXPUNCT_SERVER_DATA"),
]
Name = Annotated[
    str | None,
    typer.Option("--name", help="The witness's name, such as witness.example.com/w1; needed once, to make its keys."),
]


@app.command("serve")
def serve(
    name: Name = None,
    logs: Annotated[
        list[str] | None,
        typer.Option("--log", metavar="VKEY", help="The key of a log to cosign. Repeatable."),
    ] = None,
    families: Annotated[
        list[str] | None,
        typer.Option(
            "--any-log-of",
            metavar="VKEY",
            help="A deployment: the log with this key, and every tenant's log that the same key signs. Repeatable.",
        ),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option("--policy", help="A tlog-policy file: the logs that it lists are cosigned.")
    ] = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0: a free one.", min=0, max=65535)] = 8010,
    as_json: common.AsJson = False,
    data: Data = Path("data"),
) -> None:
    """Run a witness (C2SP tlog-witness). Only one data folder may ever belong to a name: what it forgets is lost."""
    settings = common.settings_of(data, None)
    common.log_to_stderr(settings)
    known = _logs(logs or [], families or [], policy)
    signers = _signers(data, name)
    listener = _listen(host, port)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    _announce(url, signers, as_json=as_json)
    config = uvicorn.Config(
        create_app(Witness(signers, known, State(data / "witness" / "logs"))),
        http=BoundedHttp,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_graceful_shutdown=5,
    )
    logging.getLogger(__name__).info("witness on %s", url)
    uvicorn.Server(config).run(sockets=[listener])


@app.command("key")
def key(name: Name = None, as_json: common.AsJson = False, data: Data = Path("data")) -> None:
    """The witness's verifier keys, for policies; made when there are none and --name is given."""
    common.settings_of(data, None)
    shown = _shown(_signers(data, name))
    if as_json:
        common.show_json(shown)
    else:
        for each in shown:
            typer.echo(each["key"])


def _logs(logs: Sequence[str], families: Sequence[str], policy: Path | None) -> Logs:
    """Which logs the options name; at least one."""
    listed: tuple[VerifierKey, ...] = ()
    if policy is not None:
        with policy.open("rb") as file:
            data = file.read(MAX_POLICY + 1)
        listed = tuple(each.key for each in _read("--policy", partial(parse_policy, data)).logs)
    exact = [_read("--log", partial(parse_verifier_key, each)) for each in logs]
    related = [_read("--any-log-of", partial(parse_verifier_key, each)) for each in families]
    found = _read("--log", partial(Logs, (*listed, *exact), related))
    if not found:
        common.wrong("--log", "name a log to cosign, with --log, --any-log-of or --policy")
    return found


def _signers(data: Path, name: str | None) -> list[Signer]:
    """The witness's keys; without a name for new ones, or with another one than theirs, it is wrong usage."""
    try:
        return keys.load(data, name)
    except (NotFound, Invalid) as error:
        common.wrong("--name", error.detail)


def _read(option: str, reader: Callable[[], T]) -> T:
    try:
        return reader()
    except Rejected as error:
        common.wrong(option, str(error))


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Unavailable(f"Cannot listen on {host} port {port}: {error.strerror}.") from None


def _shown(signers: Sequence[Signer]) -> list[dict[str, str]]:
    found = [each.verifier_key for each in signers]
    return [{"kind": _KINDS[each.kind == ED25519_COSIGNATURE], "key": each.encode()} for each in found]


def _announce(url: str, signers: Sequence[Signer], *, as_json: bool) -> None:
    if as_json:
        common.show_json({"url": url, "keys": _shown(signers)})
    else:
        typer.echo(f"Witness {signers[0].verifier_key.name} on {url}")
        for each in _shown(signers):
            typer.echo(f"{each['kind']} key, for policies: {each['key']}")
    sys.stdout.flush()
