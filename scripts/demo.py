"""The main job, end to end, on a fresh server with an embedded database: what `make demo` runs.

Makes a policy over HTTP, uploads a letter, a CSV export, a JSON log, a PDF and a DOCX, waits for the background jobs,
shows each before and after, syncs a folder, and prints the audit trail. Then it proves the log: a receipt and an
auditor's bundle are verified by a stranger's means, and a row edited by hand in a copy of the database is found. It
checks what it shows, and fails when something is wrong.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

import httpx
from demo_checks import DemoFailed, check, ended, environment, expect
from demo_documents import DOCUMENTS, show_document
from demo_proof import fetch_receipt, prove
from rich.console import Console
from rich.table import Table
from rich.text import Text

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
COMMAND = [sys.executable, "-m", "expunct_server"]
# What each file holds and no result may, and what must come through untouched.
FILES = {
    "letter.txt": (
        ["Laura Bennett", "219-09-9999", "April 12, 1984", "4111 1111", "GB29", "503-555-0142", "billing@", "20418"],
        ["Thank you for calling", "$120.00", "With kind regards,"],
    ),
    "customers.csv": (
        ["Laura", "Robert Fields", "Anna Schmidt", "@", "555-0143", "901820", "5500 0000"],
        ["id,name,email,phone,city,plan,notes", "order A-2093", "1004,,,,,trial,no contact data yet"],
    ),
    "service-log.jsonl": (
        ["Laura Bennett", "laura.bennett@", "4111111111111111", "Robert Fields", "203.0.113.42", "198.51.100.7"],
        ['"version": "2.14.0"', '"order": 20418', "payment_failed"],
    ),
}
# The kinds of event that every client knows.
NINE = (
    "job.created",
    "job.completed",
    "job.failed",
    "policy.created",
    "policy.updated",
    "api_key.created",
    "api_key.revoked",
    "connector.created",
    "connector.sync_triggered",
)
console = Console(width=None if sys.stdout.isatty() else 160)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="expunct-demo-") as folder:
        data = Path(folder) / "data"
        errors = Path(folder) / "serve.err"
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        with errors.open("wb") as stderr:
            server = subprocess.Popen(
                [*COMMAND, "serve", "--data", str(data), "--port", "0", "--json"],
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=environment(EXPUNCT_SERVER_FILE_ROOTS=str(inbox)),
            )
        receipt = Path(folder) / "letter.tlog-proof"
        try:
            try:
                show(server, errors, receipt, inbox)
            finally:
                server.terminate()
                server.wait(60)
            prove(console, data, EXAMPLES / "letter.txt", receipt, Path(folder))
        except DemoFailed as error:
            fail(str(error))
    console.print("\n[bold green]All of it checked.[/] Next:")
    console.print("  make run                     serve on http://127.0.0.1:8000, and print an API key")
    console.print("  .venv/bin/expunct-server redact examples/letter.txt --data data")
    console.print("  README.md                    a tour of the API in ten requests")


def show(server: subprocess.Popen[bytes], errors: Path, receipt: Path, inbox: Path) -> None:
    announced = read_announcement(server, errors)
    console.rule(f"[bold]Expunct Server on {announced['url']}, with an empty data folder")
    headers = {"X-API-Key": announced["api_key"]}
    with httpx.Client(base_url=announced["url"] + "/api/v1", headers=headers, timeout=30) as http:
        policy = make_policy(http)
        names = (*FILES, *DOCUMENTS)
        jobs = {name: submit(http, name, (EXAMPLES / name).read_bytes(), policy["id"]) for name in names}
        broken = submit(http, "broken.json", b'{"name": "Laura Bennett", ', policy["id"])
        for name, job_id in jobs.items():
            job = ended(http, f"/jobs/{job_id}")
            check(job["status"] == "completed", f"{name} ended as {job['status']}: {job['error_message']}")
            if name in DOCUMENTS:
                show_document(console, http, EXAMPLES / name, job)
            else:
                show_text(http, name, job)
        failed = ended(http, f"/jobs/{broken}")
        check((failed["status"], failed["error_code"]) == ("error", "invalid_json"), "broken.json was not refused")
        console.print(f"\nbroken.json ended as [red]{failed['status']}[/]: {failed['error_message']}")
        sync_folder(http, inbox)
        issue_and_revoke_key(http)
        show_trail(http, policy, jobs)
        fetch_receipt(http, jobs["letter.txt"], receipt)


def read_announcement(server: subprocess.Popen[bytes], errors: Path) -> dict[str, Any]:
    assert server.stdout is not None
    text = ""
    while not text.rstrip().endswith("}"):
        line = server.stdout.readline().decode()
        if not line:
            raise DemoFailed(f"the server did not start:\n{errors.read_text()}")
        text += line
    announced: dict[str, Any] = json.loads(text)
    return announced


def make_policy(http: httpx.Client) -> dict[str, Any]:
    new = {"name": "Outbound documents", "redaction_method": "mask", "is_default": True}
    policy = expect(http.post("/policies", json=new), 201).json()
    rule = {"name": "invoice number", "pattern": r"\binvoice \d{5}\b", "entity_type": "INVOICE"}
    policy = expect(http.put(f"/policies/{policy['id']}", json={"custom_patterns": [rule]})).json()
    console.print(f"Policy [bold]{policy['name']}[/] at version {policy['version']} ({policy['id']})")
    return policy


def submit(http: httpx.Client, name: str, content: bytes, policy_id: str) -> str:
    job = expect(http.post("/redact", files={"file": (name, content)}, data={"policy_id": policy_id}), 202).json()
    return str(job["id"])


def show_text(http: httpx.Client, name: str, job: dict[str, Any]) -> None:
    before = (EXAMPLES / name).read_text()
    after = expect(http.get(f"/jobs/{job['id']}/result")).text
    removed, kept = FILES[name]
    for value in removed:
        check(value in before and value not in after, f"{name}: something that had to go is still there")
    for value in kept:
        check(value in after, f"{name}: {value!r} should have been left alone")
    report = expect(http.get(f"/jobs/{job['id']}/report")).json()
    check(sum(report["entity_counts"].values()) == job["findings_count"], f"{name}: the report does not add up")
    table = Table(
        show_lines=False, expand=True, title=f"\n{name}: {job['findings_count']} findings", title_justify="left"
    )
    table.add_column("before", ratio=1, overflow="fold")
    table.add_column("after", ratio=1, overflow="fold")
    for old, new in zip(before.splitlines(), after.splitlines(), strict=False):
        table.add_row(highlighted_before(old, new), highlighted_after(new))
    console.print(table)


_LABEL = re.compile(r"<[A-Z][A-Z_]*>")


def highlighted_after(line: str) -> Text:
    text = Text(line)
    text.highlight_regex(_LABEL, "bold green")
    return text


def highlighted_before(old: str, new: str) -> Text:
    """The line with what was removed in red: whatever stands where a label stands in the other line."""
    text, position = Text(old), 0
    pieces = _LABEL.split(new)
    for piece, following in pairwise(pieces):
        start = old.find(piece, position) + len(piece)
        end = old.find(following, start) if following else len(old)
        text.stylize("red", start, end)
        position = end
    return text


def sync_folder(http: httpx.Client, inbox: Path) -> None:
    """A folder with one document becomes a connector, and a sync of it one job."""
    shutil.copy(EXAMPLES / "letter.txt", inbox)
    connector = expect(http.post("/connectors", json={"provider": "folder", "bucket": str(inbox)}), 201).json()
    started = expect(http.post(f"/connectors/{connector['id']}/sync"), 202).json()
    at = f"/connectors/{connector['id']}/syncs/{started['id']}"
    ended(http, at)
    result = inbox / "redacted" / "letter.txt"
    check(result.exists(), "the synced folder holds no result")
    removed, _ = FILES["letter.txt"]
    check(not any(value in result.read_text() for value in removed), "the synced letter still says what had to go")
    console.print("[green]✓[/] a folder synced by a connector: its letter became redacted/letter.txt")


def issue_and_revoke_key(http: httpx.Client) -> None:
    new = expect(http.post("/api-keys", json={"name": "a visitor", "scopes": ["audit:read"]}), 201).json()
    expect(http.delete(f"/api-keys/{new['id']}"))
    refused = http.get("/audit", headers={"X-API-Key": new["key"]})
    check(refused.status_code == 401, "a revoked key was accepted")


def show_trail(http: httpx.Client, policy: dict[str, Any], jobs: dict[str, str]) -> None:
    events = expect(http.get("/audit", params={"limit": 100})).json()
    table = Table(title="\nThe audit trail, newest first (GET /api/v1/audit)", title_justify="left", expand=True)
    for column in ("created_at", "event_type", "resource_id", "actor", "metadata"):
        table.add_column(
            column, overflow="fold", no_wrap=column in ("created_at", "event_type", "resource_id", "actor")
        )
    for event in events:
        shown = {name: value for name, value in event["metadata"].items() if value not in (None, [], {})}
        row = [event["created_at"], event["event_type"], event["resource_id"], event["actor"], brief(shown)]
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    check_trail(events, policy, jobs)
    kinds = {event["event_type"] for event in events}
    console.print("\nOf the nine kinds that every client knows:")
    for kind in NINE:
        console.print(f"  {'[green]✓[/]' if kind in kinds else '[red]✗[/]'} {kind}")
    check(set(NINE) <= kinds, "a kind of event is missing")


def check_trail(events: list[dict[str, Any]], policy: dict[str, Any], jobs: dict[str, str]) -> None:
    for name, job_id in jobs.items():
        mine = [event for event in events if event["resource_id"] == job_id]
        types = sorted(event["event_type"] for event in mine)
        looked = ["job.downloaded"] if name in DOCUMENTS else ["job.report_viewed"]  # of a document, at its first page
        wanted = ["job.completed", "job.created", "job.downloaded", *looked]
        check(types == wanted, f"{name}: the trail has {types}")
        completed = next(event for event in mine if event["event_type"] == "job.completed")["metadata"]
        under = (completed["policy_id"], completed["policy_version"])
        check(under == (policy["id"], policy["version"]), f"{name}: the trail names another policy")
    trail = json.dumps(events)
    for removed, _ in (*FILES.values(), *DOCUMENTS.values()):
        check(not any(value in trail for value in removed), "the audit trail holds personal data")


def brief(metadata: dict[str, Any]) -> str:
    wanted = ("input_uri", "entity_count", "duration_ms", "error_code", "version", "changed", "name", "reason")
    return ", ".join(f"{name}={metadata[name]}" for name in wanted if name in metadata)


def fail(why: str) -> NoReturn:
    console.print(f"[bold red]The demo failed:[/] {why}", markup=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
