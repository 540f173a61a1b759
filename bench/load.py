"""A small closed-loop HTTP client: so many connections, each sending its next request when its answer is there.

Run as a program in a process of its own (`python -m bench.load URL SECONDS CONNECTIONS [KEY]`), so that the client's
work is not the server's. Prints JSON: requests a second, p50 and p99 in milliseconds, and the size of an answer.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any
from urllib.parse import urlsplit

import uvloop


class Client(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, request: bytes, until: float, latencies: list[float], done: asyncio.Event) -> None:
        self._request, self._until, self._latencies, self._done = request, until, latencies, done
        self._buffer = b""
        self._wanted = -1
        self.size = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._wanted < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            if not head.startswith(b"http/1.1 200"):
                os.write(2, b"the server answered " + head[:40] + b"\n")
                os._exit(1)  # an exception in a callback would only be logged
            start = head.index(b"content-length:") + 15
            self.size = int(head[start:].split(b"\r\n", 1)[0])
            self._wanted = end + 4 + self.size
        if len(self._buffer) >= self._wanted:
            now = time.perf_counter()
            self._latencies.append(now - self._sent)
            self._buffer, self._wanted = b"", -1
            if now < self._until:
                self._send()
            else:
                self._transport.close()
                self._done.set()


async def run(url: str, seconds: float, connections: int, key: str) -> dict[str, float]:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    header = f"X-API-Key: {key}\r\n" if key else ""
    request = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{header}Accept: application/json\r\n\r\n".encode()
    latencies: list[float] = []
    until = time.perf_counter() + seconds
    done = [asyncio.Event() for _ in range(connections)]
    loop = asyncio.get_running_loop()
    clients = [
        (await loop.create_connection(lambda e=each: Client(request, until, latencies, e), parts.hostname, parts.port))[
            1
        ]
        for each in done
    ]
    began = time.perf_counter()
    await asyncio.gather(*(each.wait() for each in done))
    elapsed = time.perf_counter() - began
    latencies.sort()
    return {
        "per_second": len(latencies) / elapsed,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[len(latencies) * 99 // 100] * 1000,
        "bytes": clients[0].size,
    }


if __name__ == "__main__":
    url, seconds, connections, *key = sys.argv[1:]
    print(json.dumps(uvloop.run(run(url, float(seconds), int(connections), key[0] if key else ""))))
