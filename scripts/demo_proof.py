"""The end of the demo: the log is verified by a stranger's means, then a copy of the database is tampered with."""

import os
import shutil
import sqlite3
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
from demo_checks import check, environment, expect
from rich.console import Console

COMMAND = [sys.executable, "-m", "expunct_server"]
_NEEDED = ("cryptography", "cffi", "_cffi_backend")  # all that the single-file verifier needs besides Python


def fetch_receipt(http: httpx.Client, job_id: str, to: Path) -> Path:
    """The receipt of a job, once a signed checkpoint covers its completion."""
    to.write_bytes(expect(http.get(f"/jobs/{job_id}/receipt", params={"wait": "published"})).content)
    return to


def prove(console: Console, data: Path, document: Path, receipt: Path, folder: Path) -> None:
    """Publish, bundle, verify; then edit one row in a copy of the database and have it found."""
    console.rule("[bold]The log, proven")
    run("audit", "publish", "--data", data)
    key = run("keys", "log", "--tenant", "default", "--data", data).strip()
    console.print(f"Verifier key of the log: [bold]{key}[/]")
    run("receipt", "verify", document, receipt, "--key", key)
    console.print(f"[green]✓[/] {receipt.name} proves, offline, that {document.name} was redacted, and how")

    bundle = folder / "bundle"
    run("audit", "bundle", "--out", bundle, "--data", data)
    said = _verify_bare(bundle, key, folder)
    console.print(f"[green]✓[/] bundle/verify.py, with Python and cryptography alone, says:\n{_indented(said)}")

    event_id = _tamper(data, folder / "copy")
    found = run("audit", "fsck", "--data", folder / "copy", code=1)
    check(event_id in found, "fsck did not name the event that was edited")
    line = next(each for each in found.splitlines() if event_id in each)
    console.print(f"[green]✓[/] one row edited by hand in a copy of the database; audit fsck there says:\n  {line}")


def run(*arguments: Any, code: int = 0) -> str:
    """A command of expunct-server; gives what it printed."""
    command = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    check(done.returncode == code, f"{' '.join(command[2:])} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def _verify_bare(bundle: Path, key: str, folder: Path) -> str:
    """Run the bundle's own verifier by a Python that finds nothing but its standard library and cryptography."""
    packages = folder / "packages"
    packages.mkdir()
    for name in _NEEDED:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            target = origin.parent if origin.name == "__init__.py" else origin
            (packages / target.name).symlink_to(target)
    command = [sys.executable, "-S", str(bundle / "verify.py"), "bundle", str(bundle), "--key", key]
    env = {"PYTHONPATH": str(packages), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder, check=False)
    check(done.returncode == 0, f"the bundle does not verify: {done.stdout}{done.stderr}")
    return done.stdout


def _tamper(data: Path, copy: Path) -> str:
    """Copy the data folder and, past every rule of the database, make one completed job a failed one."""
    shutil.copytree(data, copy)
    connection = sqlite3.connect(copy / "expunct.db")
    rule, sql = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name = 'audit_event_no_update'"
    ).fetchone()
    connection.execute(f"DROP TRIGGER {rule}")
    [event_id] = connection.execute("SELECT id FROM audit_event WHERE event_type = 'job.completed' LIMIT 1").fetchone()
    connection.execute("UPDATE audit_event SET outcome = 'failure' WHERE id = ?", (event_id,))
    connection.execute(sql)  # and nothing shows
    connection.commit()
    connection.close()
    return str(event_id)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines())
