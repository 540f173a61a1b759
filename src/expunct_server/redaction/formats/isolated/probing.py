"""Which confinements hold on this machine: tried in a document's process, as one that is taken over would.

Its document is JSON: `file`, one that the server can read; `server`, the id of a process of its; `network`, the number
of its network namespace. Its preview is JSON too: whether each confinement holds.
"""

import json
import os
import resource
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from expunct_server.redaction.formats.isolated.work import Work


def preview(work: Work, _page: int, _marks: object) -> None:
    asked = json.loads(work.source.read())
    work.target.write(json.dumps({name: holds(asked) for name, holds in _TRIED.items()}).encode())


def _network(asked: dict[str, Any]) -> bool:
    return os.stat("/proc/self/ns/net").st_ino != int(asked["network"])


def _calls(asked: dict[str, Any]) -> bool:
    return not any(map(_can, (lambda: socket.socket().close(), _fork, lambda: os.kill(asked["server"], 0))))


def _files(asked: dict[str, Any]) -> bool:
    return not _can_read(asked["file"])


def _environment(asked: dict[str, Any]) -> bool:
    return not any(_can_read(f"/proc/{asked['server']}/{name}") for name in ("environ", "maps", "mem"))


def _privileges(_: dict[str, Any]) -> bool:
    lines = Path("/proc/self/status").read_text().splitlines()
    return [line for line in lines if line.startswith("CapEff:") and int(line.split()[1], 16)] == []


def _limits(_: dict[str, Any]) -> bool:
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)
    return all(resource.getrlimit(kind)[1] != resource.RLIM_INFINITY for kind in kinds)


def _can_read(path: str) -> bool:
    def read() -> None:
        with open(path, "rb") as file, suppress(OSError):  # nothing is at the first address of a memory
            file.read(1)

    return _can(read)


def _fork() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


def _can(act: Callable[[], object]) -> bool:
    try:
        act()
    except OSError:
        return False
    return True


_TRIED: Final = {
    "network": _network,
    "calls": _calls,
    "files": _files,
    "environment": _environment,
    "privileges": _privileges,
    "limits": _limits,
}
