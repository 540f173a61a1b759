"""kill -9 of the API at every step of an upload and of POST /redact/uri: what was acknowledged is there, the rest is
there as a whole or not at all, and a retry with the same Idempotency-Key gives the one job."""

import json
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import httpx

from tests.crash.program import REQUEST_POINTS
from tests.crash.support import TYPES, Api, Deployment, wait_until
from tests.support import canary

KINDS = ("upload", "uri")


class Requests:
    """Requests that differ in nothing but what they are called; each runs in a thread, for its server may die."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        self.key = deployment.key()
        self.answers: dict[str, dict[str, Any]] = {}
        self.source = deployment.files / "letter.txt"
        self.source.write_text(canary.LETTER)

    def send(self, api: Api, kind: str, name: str, idempotency_key: str | None) -> httpx.Response:
        headers = {"X-Crash": name} | ({"Idempotency-Key": idempotency_key} if idempotency_key else {})
        config = {"pii_types": TYPES}
        with api.client(self.key) as client:
            if kind == "uri":
                body = {"input_uri": self.source.as_uri(), "config": config, "metadata": {"name": name}}
                return client.post("/redact/uri", headers=headers, json=body)
            fields = {"config": json.dumps(config), "metadata": json.dumps({"name": name})}
            files = {"file": ("letter.txt", canary.LETTER.encode())}
            return client.post("/redact", headers=headers, data=fields, files=files)

    def acknowledged(self, api: Api, kind: str, name: str, idempotency_key: str | None = None) -> dict[str, Any]:
        response = self.send(api, kind, name, idempotency_key)
        assert response.status_code == 202, response.text
        self.answers[name] = response.json()
        return self.answers[name]

    def broken(self, api: Api, kind: str, name: str, idempotency_key: str | None) -> threading.Thread:
        """A request to which no answer comes."""
        outcome: list[str] = []

        def run() -> None:
            try:
                outcome.append(self.send(api, kind, name, idempotency_key).text)
            except httpx.TransportError:
                return

        class Sent(threading.Thread):
            def join(self, timeout: float | None = None) -> None:
                super().join(timeout)
                assert outcome == []

        thread = Sent(target=run)
        thread.start()
        return thread

    def jobs(self) -> dict[str, str]:
        """Jobs by the name of their request; a name that has two is an error."""
        rows = self.deployment.rows("SELECT id, metadata FROM job")
        found = [(json.loads(row.metadata)["name"], row.id) for row in rows]
        assert len(dict(found)) == len(found)
        return dict(found)


def half_an_upload(api: Api, key: str) -> socket.socket:
    """The head and the first part of a body, whose rest never comes."""
    host, port = api.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)))
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="letter.txt"\r\n\r\n' + canary.LETTER.encode()
    head = f"POST /api/v1/redact HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\nContent-Length: 100000\r\n"
    connection.sendall(head.encode() + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + body)
    return connection


def test_killed_at_each_step_of_each_request(deployment: Deployment) -> None:
    """Five lives of the API. In the first, requests stand before and after their transactions, and one body is half
    there; in four more, a request of each kind, with and without a key, dies in its transaction."""
    requests = Requests(deployment)
    kinds = [(kind, key) for kind in KINDS for key in (None, "key")]
    names = {
        (point, kind, key): f"{point} {kind} {key}" for point in ("before", "inside", "after") for kind, key in kinds
    }

    def once(name: str, key: str | None) -> str | None:
        return key and name.replace(" ", "-")

    def fault(point: str, action: str, name: str) -> Any:
        return deployment.fault(point, action, name)

    points = {"before": "request_before", "after": "request_committed"}
    assert {*points.values(), "request_in_transaction"} == set(REQUEST_POINTS)
    held = {
        name: (fault(points[point], "hold", name), kind, key)
        for (point, kind, key), name in names.items()
        if point in points
    }
    api = deployment.api(faults=[each.said() for each, _, _ in held.values()])
    requests.acknowledged(api, "upload", "acknowledged upload")
    requests.acknowledged(api, "uri", "acknowledged uri")
    sent = [requests.broken(api, kind, name, once(name, key)) for name, (_, kind, key) in held.items()]
    half = half_an_upload(api, requests.key)
    for each, _, _ in held.values():
        each.wait_hit()
    wait_until(lambda: deployment.stored("drafts"), "the draft of half an upload")
    api.process.kill()
    half.close()
    for thread in sent:
        thread.join()
    assert deployment.stored("drafts") != set()

    for kind, key in kinds:
        name = names["inside", kind, key]
        api = deployment.api(faults=[fault("request_in_transaction", "kill", name).said()])
        thread = requests.broken(api, kind, name, once(name, key))
        assert api.process.wait() == -signal.SIGKILL, api.process.log()
        thread.join()

    made = requests.jobs()
    assert set(made) == {*requests.answers, *(names["after", kind, key] for kind, key in kinds)}
    assert {made[name] for name in requests.answers} == {each["id"] for each in requests.answers.values()}

    # The retries of what was not acknowledged and had a key; then everything runs.
    api = deployment.api()
    for (_, kind, key), name in names.items():
        if key is not None:
            job = requests.acknowledged(api, kind, name, once(name, key))
            assert job["id"] == requests.acknowledged(api, kind, name, once(name, key))["id"]
    again = requests.jobs()
    assert again.items() >= made.items()  # what was there before the retry is what the retry gave
    assert set(again) == {*requests.answers, *made}
    assert all(again[name] == answer["id"] for name, answer in requests.answers.items())
    assert len(deployment.stored("uploads")) > sum(1 for name in again if "upload" in name)  # orphans
    deployment.sweep()
    assert {Path(key).name for key in deployment.stored("uploads")} == {again[n] for n in again if "upload" in n}
    deployment.worker()
    deployment.wait_at_rest()
    assert deployment.stop_all() == [0, 0]
    deployment.inputs = dict.fromkeys(again.values(), canary.LETTER.encode())
    deployment.settled()
