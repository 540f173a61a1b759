"""A real S3 server, SeaweedFS, as a process of its own that ends with the one that started it."""

import json
import secrets
import shutil
import socket
import subprocess
import sysconfig
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import httpx

from expunct_server.storage.signing import query_text, signed
from tests.support.server import PLAIN

_WEED = Path(sysconfig.get_path("scripts"), "weed")
_PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
_OPTIONS = (
    *("-filer", "-s3", "-master.telemetry=false", "-s3.port.iceberg=0"),
    *("-s3.port.lance=0", "-master.volumeSizeLimitMB=256", "-volume.max=2000", "-volume.minFreeSpace=1MiB"),
    *("-master.electionTimeout=1s", "-s3.autoCreateBucket=false"),
)
# When whoever started it is gone, however it went, its end of the pipe is closed and `cat` ends. The sockets that it
# makes in /tmp whatever it is told are named by the ports.
_UNTIL_PARENT_ENDS = 'ports=$1; shift; "$@" </dev/null & cat; kill -9 $!; wait $!; for port in $ports; do \
rm -f /tmp/seaweedfs-*-$port.sock; done'
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "GOMAXPROCS": "2",
    "GOGC": "50",
    "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1",  # files made for each bucket, seven otherwise
}
_RIGHTS = {
    "admin": ["Admin", "Read", "Write", "List", "Tagging"],
    "writer": ["Read", "Write", "List"],
    "reader": ["Read", "List"],
    "lister": ["List"],
}


class SeaweedFS:
    """`endpoint`, credentials of all rights, and `bucket()` for a fresh bucket. `start` comes first, `stop` last."""

    region = "us-east-1"

    def __init__(self, folder: Path, ip: str = "127.0.0.1") -> None:
        self._folder, self._ip = folder, ip
        self._process: subprocess.Popen[bytes] | None = None
        self.keys = {name: (secrets.token_hex(10), secrets.token_hex(20)) for name in _RIGHTS}
        self.access_key_id, self.secret_access_key = self.keys["admin"]
        self.reader_access_key_id, self.reader_secret_access_key = self.keys["reader"]
        self.endpoint = ""

    def secret(self, name: str = "admin") -> dict[str, str]:
        """Credentials of `admin`, `writer` (all but making buckets), `reader`, or `lister`, who may only list."""
        return dict(zip(("access_key_id", "secret_access_key"), self.keys[name], strict=True))

    def start(self) -> "SeaweedFS":
        """Start it and wait until an object can be written and read. Another port is tried when one was taken."""
        for _ in range(3):
            if self._tried():
                return self
            self.stop()
        raise AssertionError((self._folder / "log").read_text()[-3000:])

    def _tried(self) -> bool:
        s3, s3_grpc, *rest = _free_ports(self._ip, 2 + len(_PORTS))
        self.endpoint = f"http://{self._ip}:{s3}"
        ports = [f"-ip={self._ip}", f"-ip.bind={self._ip}", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}"]
        ports += [f"-{name}={port}" for name, port in zip(_PORTS, rest, strict=True)]
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        config = self._folder / "s3.json"
        config.write_text(json.dumps({"identities": [self._identity(name) for name in _RIGHTS]}))
        command = [str(_WEED), "server", f"-dir={self._folder}", f"-s3.config={config}", *_OPTIONS, *ports]
        named = " ".join(map(str, (s3, s3_grpc, *rest)))
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _UNTIL_PARENT_ENDS, "weed", named, *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=_ENVIRONMENT | {"HOME": str(self._folder), "TMPDIR": str(self._folder)},
                cwd=self._folder,
                start_new_session=True,
            )
        patience = time.monotonic() + 60
        while time.monotonic() < patience and self._process.poll() is None:
            if self._works():
                return True
            time.sleep(0.05)
        return False

    def _identity(self, name: str) -> dict[str, object]:
        key, secret = self.keys[name]
        return {"name": name, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": _RIGHTS[name]}

    def _works(self) -> bool:
        try:
            self.request("PUT", "/ready")
            self.request("PUT", "/ready/object", b"ready")
            return self.request("GET", "/ready/object").content == b"ready"
        except (httpx.TransportError, httpx.HTTPStatusError):
            return False

    def request(self, method: str, path: str, body: bytes = b"", query: dict[str, str] | None = None) -> httpx.Response:
        """A signed request in the name of `admin`; `path` is percent-encoded. Raises httpx.HTTPStatusError."""
        url = f"{self.endpoint}{path}" + (f"?{query_text(query)}" if query else "")
        body_sha256 = sha256(body).hexdigest()
        headers = signed(method, url, self.secret(), self.region, datetime.now(UTC), body_sha256=body_sha256)
        answer = httpx.request(method, url, content=body, headers=headers, timeout=30, trust_env=False, verify=PLAIN)
        return answer.raise_for_status()

    def bucket(self, *, versioned: bool = False) -> str:
        """The name of a fresh bucket."""
        name = f"test-{secrets.token_hex(6)}"
        self.request("PUT", f"/{name}")
        if versioned:
            text = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
            self.request("PUT", f"/{name}", text.encode(), {"versioning": ""})
        return name

    def stop(self) -> None:
        """End it at once: nothing of it is needed afterwards."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(30)
            self._process = None


def _free_ports(ip: str, number: int) -> list[int]:
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in taken:
            each.bind((ip, 0))
        return [each.getsockname()[1] for each in taken]
