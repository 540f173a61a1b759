"""What tests of webhooks share: a receiver over HTTPS, certified by a throw-away authority, and what sends to it."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sqlalchemy import update
from standardwebhooks.webhooks import Webhook as Verifier

from expunct_server.audit.catalog import Event, JobReportViewed
from expunct_server.audit.recorder import system_actor, writing
from expunct_server.db.session import Database
from expunct_server.settings import Settings
from expunct_server.webhooks import service
from expunct_server.webhooks.deliver import Deliverer
from expunct_server.webhooks.models import Webhook, WebhookDelivery
from tests.conftest import TESTER, Api
from tests.support.hostile import Authority
from tests.trail.helpers import sequence_all


@dataclass(frozen=True)
class Message:
    """What arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        return str(json.loads(self.body)["type"])


class Receiver:
    """Answers on 127.0.0.1 with `answer(message)`, a status; before that the message is among `messages`."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.trust = authority.root
        context = authority.server("127.0.0.1", "localhost")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.forget()

    def forget(self) -> None:
        """As new."""
        self.messages: list[Message] = []
        self.answer: Callable[[Message], int] = lambda message: 200

    def url(self, path: str = "/hook") -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    def ids(self, path: str = "/hook") -> list[str]:
        """Ids of the events that arrived at a path, in order."""
        return [each.id for each in self.messages if each.path == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            message = Message(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            receiver.messages.append(message)
            with suppress(OSError):  # who asked may be dead by now
                self.send_response(receiver.answer(message))
                self.send_header("Content-Length", "0")
                self.send_header("Location", receiver.url("/elsewhere"))
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


class Hooks:
    """Endpoints of tenants at the receiver, and the worker's part done at once."""

    def __init__(self, api: Api, receiver: Receiver) -> None:
        self.api, self.receiver = api, receiver
        self.database: Database = api.database

    def make(self, path: str = "/hook", event_types: tuple[str, ...] = ("job.*",), **more: Any) -> dict[str, Any]:
        """A new endpoint, with its secret, at the end of all that has happened."""
        sequence_all(self.database)
        sent = {"url": self.receiver.url(path), "event_types": list(event_types)} | more.pop("fields", {})
        response = self.api("POST", "/webhooks", json=sent, **more)
        assert response.status_code == 201, response.text
        made: dict[str, Any] = response.json()
        return made

    def change(self, webhook: dict[str, Any], **fields: Any) -> dict[str, Any]:
        response = self.api("PUT", f"/webhooks/{webhook['id']}", json=fields)
        assert response.status_code == 200, response.text
        changed: dict[str, Any] = response.json()
        return changed

    def get(self, webhook: dict[str, Any]) -> dict[str, Any]:
        response = self.api("GET", f"/webhooks/{webhook['id']}")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    def deliveries(self, webhook: dict[str, Any], **asked: Any) -> list[dict[str, Any]]:
        """Newest first."""
        response = self.api("GET", f"/webhooks/{webhook['id']}/deliveries", params=asked)
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()
        return found

    def happen(self, *events: Event, tenant: str = "default", count: int = 1) -> list[str]:
        """Record events (of a job, unless told) and give them their places. Their ids."""
        made = []
        actor = TESTER if tenant == "default" else system_actor("tester", tenant)
        with writing(self.database, actor) as unit:
            for event in events or [JobReportViewed()] * count:
                made.append(unit.record(event, resource_id="job_1").id)
        sequence_all(self.database)
        return made

    def deliver(self, settings: Settings | None = None) -> int:
        """Send whatever is due, until nothing is. How many endpoints and wishes had a turn."""
        sequence_all(self.database)
        deliverer = Deliverer(settings or self.api.settings, self.database)
        turns = 0
        try:
            while begun := deliverer.step():
                turns += begun
                deliverer.settle()
        finally:
            deliverer.close()
        return turns

    def set(self, webhook: dict[str, Any], **columns: Any) -> None:
        """What only time would change, of an endpoint's row."""
        with writing(self.database, TESTER) as unit:
            unit.session.execute(update(Webhook).where(Webhook.id == webhook["id"]).values(**columns))

    def set_url(self, webhook: dict[str, Any], url: str) -> None:
        """Another address, past the checks that a request for it would meet."""
        with writing(self.database, TESTER) as unit:
            service.change(unit, webhook["id"], {"url": url})

    def set_deliveries(self, **columns: Any) -> None:
        """The same of all deliveries."""
        with writing(self.database, TESTER) as unit:
            unit.session.execute(update(WebhookDelivery).values(**columns))

    def due_again(self, webhook: dict[str, Any]) -> None:
        """The wait after a failure is over."""
        self.set(webhook, next_attempt_at=0)


def verified(message: Message, secret: str) -> dict[str, Any]:
    """The body, once the published library took the signature. Raises its error."""
    found: dict[str, Any] = Verifier(secret).verify(message.body, message.headers)
    return found
