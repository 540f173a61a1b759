"""What all parts of the demo do: check, ask the server, wait for it, and start programs that know no other server."""

import os
import time
from typing import Any

import httpx

_ENDED = ("completed", "failed", "error")


class DemoFailed(Exception):
    """What the demo shows is not so."""


def check(holds: bool, otherwise: str) -> None:
    """Raises DemoFailed."""
    if not holds:
        raise DemoFailed(otherwise)


def expect(response: httpx.Response, status: int = 200) -> httpx.Response:
    """The response, which has to have this status. Raises DemoFailed."""
    asked = f"{response.request.method} {response.request.url.path}"
    check(response.status_code == status, f"{asked} answered {response.status_code}: {response.text}")
    return response


def ended(http: httpx.Client, path: str) -> dict[str, Any]:
    """A job or a sync, once it has ended. Raises DemoFailed after 50 seconds."""
    deadline = time.monotonic() + 50
    while True:
        found: dict[str, Any] = expect(http.get(path)).json()
        if found["status"] in _ENDED:
            return found
        check(time.monotonic() < deadline, f"{path} did not end in 50 seconds")
        time.sleep(0.1)


def environment(**more: str) -> dict[str, str]:
    """That of this process without settings of a server, and `more`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("EXPUNCT_")} | more
