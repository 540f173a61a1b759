"""The command `expunct-server`.

What a script needs goes to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 usage.
"""

import gc
import sys
from importlib import import_module
from typing import Final

import typer

from expunct_server import __version__
from expunct_server.errors import Refusal, described
from expunct_server.redaction.unseen import unseen

# Each command's module, in the order of the help. Loading all of them takes longer than most commands do.
_MODULES: Final = {
    "serve": "serve",
    "worker": "serve",
    "migrate": "serve",
    "redact": "redact",
    "detect": "detect",
    "models": "models",
    "doctor": "doctor",
    "keys": "keys",
    "tenants": "tenants",
    "connectors": "connectors",
    "pseudonyms": "pseudonyms",
    "audit": "audit",
    "witness": "witness",
    "receipt": "receipt",
}


def command_line(first: str = "") -> typer.Typer:
    """The command line: whole, or as much of it as `first`, the first word behind its name, needs."""
    app = typer.Typer(
        name="expunct-server",
        help="Finds and removes personal data, and proves what it did.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)
    if first == "--version":
        return app
    for module in [_MODULES[first]] if first in _MODULES else dict.fromkeys(_MODULES.values()):
        app.add_typer(import_module(f"{__name__}.{module}").app)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def main() -> None:
    """Run the command line. What goes wrong is one line on standard error: exit code 1, or 2 for wrong usage."""
    unseen()  # first: settings are in the environment, and may be secret
    gc.disable()  # what is loaded stays; to go through it again and again takes a quarter of the time
    try:
        run = command_line(*sys.argv[1:2])
        gc.freeze()
        gc.enable()
        code = run(standalone_mode=False)
    except Exception as error:
        code = _told(error)
    sys.exit(code if isinstance(code, int) else 0)


def _told(error: Exception) -> int:
    """Say what went wrong, and never a traceback; the exit code."""
    if isinstance(error, BrokenPipeError):  # the reader of a pipe had enough
        return 0
    if type(error).__name__ == "NoArgsIsHelpError":  # the help is the answer
        error.show()  # type: ignore[attr-defined]
        return 2
    if isinstance(error, typer.TyperException):
        code = getattr(error, "exit_code", 1)
        says = error.format_message() if hasattr(error, "format_message") else "Aborted"
        hint = " See --help." if code == 2 else ""
        says = f"{says.rstrip('.')}.{hint}"
    else:
        code, says = 1, _sentence(error)
    typer.echo(f"expunct-server: {' '.join(says.split())}", err=True)
    return code


def _sentence(error: Exception) -> str:
    from sqlalchemy.exc import DBAPIError  # here: not for the many commands that end well

    if isinstance(error, Refusal):
        return error.detail
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        named = error.filename or "A file"
        return f"{named}: {reason}. Choose a folder that this user may write with --data, or make room."
    if isinstance(error, DBAPIError):  # its text may hold the statement's values
        kind = type(error.orig).__name__
        return f"The database cannot be used ({kind}). Check --data and --database: is it one of this server?"
    return f"An unexpected error: {described(error)}. Please report this line."
