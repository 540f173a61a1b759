"""A server on this machine that speaks the chat-completions protocol, and behaves as a test tells it."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request: what it says, and the text between the two marks."""

    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def text(self) -> str:
        content: str = self.body["messages"][-1]["content"]
        return content.partition("\n")[2].rpartition("\n")[0]


@dataclass(frozen=True)
class Reply:
    """An answer as bytes; `endless` is sent again and again after it, `pause` seconds apart."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    endless: bytes = b""
    pause: float = 0.0


Behaviour = Callable[[Asked], Reply]


@dataclass
class LlmServer:
    """A running server; `behave` may be changed at any time, `asked` is what it was asked so far."""

    behave: Behaviour
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


def completion(content: str | None, reason: str = "stop") -> Reply:
    """An answer of the model in the form of the protocol."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": reason}
    return Reply(200, json.dumps({"id": "c", "object": "chat.completion", "choices": [choice]}).encode())


def naming(*named: tuple[str, str]) -> Behaviour:
    """A model that always names these texts with their types."""
    said = json.dumps({"entities": [{"text": text, "type": kind} for text, kind in named]})
    return lambda _: completion(said)


def knowing(*named: tuple[str, str]) -> Behaviour:
    """A model that names those of these texts that stand in what it reads."""
    return lambda asked: naming(*[each for each in named if each[0] in asked.text])(asked)


def says(content: str) -> Behaviour:
    """A model that always answers so."""
    return lambda _: completion(content)


def status(code: int, **headers: str) -> Behaviour:
    """A server that only ever answers with this status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: Reply(code, b'{"error": {"message": "no"}}', named)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """One after the other, the last for all that follow."""
    left = list(behaviours)

    def behave(asked: Asked) -> Reply:
        now = left.pop(0) if len(left) > 1 else left[0]
        return now(asked)

    return behave


def silent(asked: Asked) -> Reply:
    """A server that never says a word of its answer."""
    return Reply(200, b"", endless=b"", pause=60.0)


def dripping(asked: Asked) -> Reply:
    """A server that says a little now and then."""
    return Reply(200, b"", endless=b" ", pause=0.02)


def endless(asked: Asked) -> Reply:
    """A server that does not stop talking."""
    return Reply(200, b"", endless=b" " * 65536)


@contextmanager
def answering(behave: Behaviour) -> Iterator[LlmServer]:
    """A server that behaves so, on a port of its own."""
    server = LlmServer(behave)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = Asked(self.path, dict(self.headers), body)
            server.asked.append(asked)
            with suppress(OSError):
                self._reply(server.behave(asked))

        def _reply(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            while (reply.endless or reply.pause) and not server.over.wait(reply.pause):
                self.wfile.write(reply.endless)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64  # with the usual 5, a connection is lost now and then and comes seconds later

    httpd = Server(("127.0.0.1", 0), Handler)
    server.port = httpd.server_port
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        httpd.shutdown()
        thread.join()
        httpd.server_close()
