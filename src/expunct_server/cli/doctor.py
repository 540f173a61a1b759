"""`expunct-server doctor`: what holds on this machine of all that confines the processes of documents."""

import json
import os
import tempfile
from typing import Final

import typer

from expunct_server.cli import common
from expunct_server.errors import Unavailable
from expunct_server.redaction.formats import DocumentError
from expunct_server.redaction.formats.isolated import parent, probing
from expunct_server.redaction.formats.isolated.limits import DEFAULT

app = typer.Typer()
_CONFINEMENTS: Final = {
    "network": ("user namespaces", "reach a network, or a service on this machine"),
    "calls": ("seccomp", "make sockets and processes, signal other processes"),
    "files": ("Landlock, Linux 5.13", "read files other than Python's and the libraries'"),
    "environment": (
        "Landlock, user namespaces, or unseen processes",
        "read the settings and the memory of the server's processes",
    ),
    "privileges": ("capset", "use privileges of root or of a namespace"),
    "limits": ("setrlimit", "take memory, time and disk without end"),
}


@app.command()
def doctor(as_json: common.AsJson = False) -> None:
    """Try in a document's process of this machine what confines it. What does not hold is no error."""
    holding = _tried()
    if as_json:
        common.show_json({"confinement": holding})
        return
    rows = [[name, "yes" if holding[name] else "NO", by, what] for name, (by, what) in _CONFINEMENTS.items()]
    common.show_table("A document's process", ["Confinement", "Holds", "By", "So that it cannot"], rows)
    for name in (each for each in _CONFINEMENTS if not holding[each]):
        by, what = _CONFINEMENTS[name]
        typer.echo(f"Without {by} a reader that a document has taken over could {what}.", err=True)


def _tried() -> dict[str, bool]:
    """Whether each holds. Raises Unavailable."""
    with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryFile() as questions:
        file.write(b"x")
        file.flush()
        asked = {"file": file.name, "server": os.getpid(), "network": os.stat("/proc/self/ns/net").st_ino}
        questions.write(json.dumps(asked).encode())
        questions.seek(0)
        try:
            said = json.loads(parent.preview(probing.__name__, questions, 1, (), DEFAULT))
        except DocumentError:
            raise Unavailable("A document's process could not be tried: it ended before it answered.") from None
    return {name: said[name] is True for name in _CONFINEMENTS}
