"""Running commands as a shell would."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from expunct_server.cli import main
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


def here(data: Path, *words: str, database: str = "", stdin: bytes = b"", **env: str) -> Any:
    """`expunct-server` as `ours` runs it, but within this process: a process of its own takes seconds to start."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    mask, code = os.umask(0o022), 0
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (environment(data, database) | env).items():
            patch.setenv(name, value)
        patch.setattr(sys, "argv", ["expunct-server", *words])
        for name, stream in (("stdin", io.TextIOWrapper(io.BytesIO(stdin))), ("stdout", out), ("stderr", err)):
            patch.setattr(sys, name, stream)
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            os.umask(mask)
    text = [each.buffer.getvalue().decode() for each in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(list(words), code, *text)


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
