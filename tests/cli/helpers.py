"""Running commands as a shell would."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.server import COMMAND, Server, environment

PUBLISHED = [str(Path(sys.executable).with_name("expunct"))]


def command(*words: str, env: dict[str, str], stdin: bytes = b"", **more: Any) -> "subprocess.CompletedProcess[str]":
    """Any command; its output as text, whatever its exit code."""
    done = subprocess.run(list(words), env=env, input=stdin, capture_output=True, timeout=120, check=False, **more)
    text = [each.decode("utf-8", "surrogateescape") for each in (done.stdout, done.stderr)]
    return subprocess.CompletedProcess(done.args, done.returncode, *text)


def ours(data: Path, *words: str, database: str = "", stdin: bytes = b"", **env: str) -> Any:
    """`expunct-server` over a data folder."""
    return command(*COMMAND, *words, env=environment(data, database) | env, stdin=stdin)


def run(server: Server, *words: str, stdin: bytes = b"") -> Any:
    """`expunct-server` beside a running server."""
    return command(*COMMAND, *words, env=server.env, stdin=stdin)


def published(server: Server, home: Path, *words: str, stdin: bytes = b"", key: str | None = None) -> Any:
    """The published command line `expunct`, pointed at a running server."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("EXPUNCT_")}
    env |= {
        "EXPUNCT_API_KEY": key or server.api_key or "",
        "EXPUNCT_BASE_URL": server.url,
        "HOME": str(home),
        "COLUMNS": "200",
    }
    return command(*PUBLISHED, *words, env=env, stdin=stdin)
