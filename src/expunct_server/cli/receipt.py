"""`expunct-server receipt`: check a redaction's receipt against the document in hand, offline."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from expunct_server.cli import common
from expunct_server.tlog.cosignature import Unsupported
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.policy import MAX_POLICY, Policy, parse_policy
from expunct_server.tlog.proof import MAX_PROOF
from expunct_server.tlog.strict import Rejected
from expunct_server.verifying import verify_main
from expunct_server.verifying.checks import Failed, printable
from expunct_server.verifying.verify import Receipt, check_document, verify_receipt

app = typer.Typer(name="receipt", help="Verify receipts of redactions.", no_args_is_help=True)

Keys = Annotated[
    list[str] | None,
    typer.Option("--key", help="A verifier key of the log (name+id+base64), or a file with such; may be repeated."),
]
Role = Literal["input", "output"]


@app.callback()
def _group() -> None:
    """Verify receipts of redactions."""


@app.command("verify")
def verify(
    file: Annotated[
        Path, typer.Argument(help="The document: what was redacted, or what came out.", dir_okay=False, exists=True)
    ],
    receipt: Annotated[Path, typer.Argument(help="Its receipt (.tlog-proof).", dir_okay=False, exists=True)],
    key: Keys = None,
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="A tlog-policy: which log and witnesses to trust.", dir_okay=False, exists=True),
    ] = None,
    role: Annotated[
        Role | None, typer.Option("--role", help="What the file must be; both are tried unless told.")
    ] = None,
    as_json: common.AsJson = False,
) -> None:
    """Verify that a receipt is signed, stands in the log, and is of this very file. Needs no server and no database."""
    keys, trusted = keys_of(key), _policy(policy)
    if not keys and (trusted is None or not trusted.logs):
        common.wrong("--key", "a receipt is verified with the key of its log: give it here or in a --policy")

    def run() -> dict[str, Any]:
        found = verify_receipt(verify_main.read_file(receipt, MAX_PROOF), keys, policy=trusted)
        return verify_main.receipt_told(found) | {"matches": _matching(found, file, role)}

    show_verdict(run, as_json)


def _matching(receipt: Receipt, file: Path, role: Role | None) -> Role:
    """Which of the receipt's documents the file is; raises Failed where it is none."""
    roles: tuple[Role, ...] = ("input", "output") if role is None else (role,)
    for each in roles:
        try:
            with file.open("rb") as opened:
                check_document(receipt, each, opened)
        except Failed as failed:
            wrong = failed
        else:
            return each
    if role is None and "is not the" in wrong.says:
        raise Failed(9, wrong.where, "this is neither the input nor the output file of the receipt")
    raise wrong


def _policy(path: Path | None) -> Policy | None:
    try:
        return None if path is None else parse_policy(verify_main.read_file(path, MAX_POLICY))
    except Rejected as error:
        common.wrong("--policy", str(error))


def keys_of(given: list[str] | None) -> tuple[VerifierKey, ...]:
    """The keys that were given; one that cannot be read is wrong usage."""
    try:
        return verify_main.keys_of(given or ())
    except Rejected as error:
        common.wrong("--key", str(error))
    except OSError as error:
        common.wrong("--key", f"it is neither a verifier key nor a file with such ({error.strerror})")


def show_verdict(run: Callable[[], dict[str, Any]], as_json: bool) -> None:
    """Show what was verified, or end with exit code 1 and the check that failed."""
    try:
        told = run()
    except (Rejected, Unsupported) as error:
        if as_json:
            number, where = (error.number, error.where) if isinstance(error, Failed) else (None, "")
            _show({"verified": False, "check": number, "where": where, "error": str(error)})
        typer.echo(f"expunct-server: NOT VERIFIED: {printable(str(error))}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        _show({"verified": True} | told)
    else:
        typer.echo("\n".join(verify_main.lines(told)))


def _show(told: dict[str, Any]) -> None:
    """JSON in ASCII: what was verified strangers wrote, and a terminal obeys some of what lies beyond."""
    typer.echo(json.dumps(told, indent=2))
