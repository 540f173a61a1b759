"""The command `expunct-server`.

What a script needs goes to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 usage.
"""

import sys

import typer
from sqlalchemy.exc import DBAPIError

from expunct_server import __version__
from expunct_server.cli import audit, keys, redact, serve, tenants
from expunct_server.errors import Refusal

app = typer.Typer(
    name="expunct-server",
    help="Finds and removes personal data, and proves what it did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve", epilog=serve.SETTINGS_HELP)(serve.serve)
app.command("worker", epilog=serve.SETTINGS_HELP)(serve.worker)
app.command("migrate")(serve.migrate)
app.command("redact")(redact.redact)
app.add_typer(keys.app, name="keys")
app.add_typer(tenants.app, name="tenants")
app.add_typer(audit.app, name="audit")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def main() -> None:
    """Run the command line. What goes wrong is one line on standard error and exit code 1."""
    try:
        app()
    except Refusal as error:
        typer.echo(f"expunct-server: {error.detail}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe had enough
        sys.exit(0)
    except OSError as error:
        typer.echo(f"expunct-server: {error.filename or 'A file'}: {error.strerror or type(error).__name__}.", err=True)
        sys.exit(1)
    except DBAPIError as error:  # its text may hold the statement's values
        kind = type(error.orig).__name__
        typer.echo(f"expunct-server: The database cannot be used ({kind}); is it one of this server?", err=True)
        sys.exit(1)
