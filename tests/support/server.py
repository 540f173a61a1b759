"""The real server as a process of its own."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

COMMAND = [sys.executable, "-m", "expunct_server"]
PLAIN = False  # `verify` where there is no TLS: else each request reads all certificates of the system, for 20 ms


class Server:
    """`expunct-server serve` on a free port; its output is kept in files that the canary test reads."""

    def __init__(self, data: Path, database_url: str = "", *, workers: int = 1, **settings: str) -> None:
        self.data = data
        data.mkdir(parents=True, exist_ok=True)
        self.env = environment(data, database_url, **settings)
        self.workers = workers
        self.outputs: list[Path] = []
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self.api_key: str | None = None

    def start(self) -> "Server":
        """Start it and wait until it answers."""
        mark = secrets.token_hex(4)
        out, err = self.data / f"serve-{mark}.out", self.data / f"serve-{mark}.err"
        self.outputs += [out, err]
        command = [*COMMAND, "serve", "--port", "0", "--workers", str(self.workers), "--json"]
        with out.open("wb") as stdout, err.open("wb") as stderr:
            self.process = subprocess.Popen(command, env=self.env, stdout=stdout, stderr=stderr, start_new_session=True)
        announced = self._announced(out, err)
        self.url = announced["url"]
        self.api_key = announced["api_key"] or self.api_key
        _wait_until(self._answers, "the server to answer", err)
        return self

    def _announced(self, out: Path, err: Path) -> dict[str, Any]:
        _wait_until(lambda: out.read_text().rstrip().endswith("}") or self._ended(), "the server's address", err)
        announced: dict[str, Any] = json.loads(out.read_text())
        return announced

    def _ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v1/health", verify=PLAIN).status_code == 200
        except httpx.TransportError:
            return False

    def client(self, api_key: str | None = None) -> httpx.Client:
        """An HTTP client with an API key."""
        key = api_key or self.api_key or ""
        return httpx.Client(base_url=f"{self.url}/api/v1", headers={"X-API-Key": key}, timeout=60, verify=PLAIN)

    def kill(self) -> None:
        """kill -9: no chance to tidy up."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.terminate()
        return self.process.wait(60)


def environment(data: Path, database_url: str = "", **settings: str) -> dict[str, str]:
    """The environment of a command: nothing of ours but what is given."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("EXPUNCT_")}
    env |= {"EXPUNCT_SERVER_DATA": str(data), "EXPUNCT_SERVER_DATABASE_URL": database_url}
    return env | {f"EXPUNCT_SERVER_{name.upper()}": value for name, value in settings.items()}


def _wait_until(true: Any, what: str, log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {what}; the log ends: {log.read_text()[-2000:]}")
        time.sleep(0.05)
