"""The sections of the page that prove an event and forget a person: their blocks, pasted against a real server."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunct_server.audit import openings
from expunct_server.tlog.checkpoint import open_checkpoint
from expunct_server.tlog.proof import parse_proof
from expunct_server.verifying.verify import verify_receipt
from expunct_server.verifying.verify_main import keys_of
from tests.crash.support import wait_until
from tests.support.server import Server, environment
from tests.support.shims import path_with
from tests.web.helpers import on_sqlite

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-to" / "use-the-api.md").read_text()
SECTIONS = PAGE[PAGE.index("## Prove an event") :]
BLOCKS = re.findall(r"^```sh\n(.*?)^```", SECTIONS, re.DOTALL | re.MULTILINE)
LETTER = b"Dear Anna Smith, write to anna@example.com."
END = "-- end of a block --"


@pytest.fixture
def told(serve: Callable[..., Server], tmp_path: Path) -> dict[str, str]:
    """What the page takes for given: a server, keys, and a job that has completed."""
    server = serve(workers=1)
    create = [sys.executable, "-m", "expunct_server", "keys", "create", "--name", "eraser", "--scopes", "audit:erase"]
    eraser = subprocess.run(create, env=server.env, capture_output=True, text=True, check=True).stdout.strip()
    (tmp_path / "letter.txt").write_bytes(LETTER)
    with server.client() as client:
        job = client.post("/redact", files={"file": ("letter.txt", LETTER)}).json()["id"]
        wait_until(lambda: client.get(f"/jobs/{job}").json()["status"] == "completed", "the job to complete")
        wait_until(lambda: client.get("/audit/log/anchor").status_code == 200, "the log of logs to tell of the log")
    key = server.api_key or ""
    return {"API": f"{server.url}/api/v1", "KEY": key, "ERASER": eraser, "JOB": job}


def pasted(folder: Path, told: dict[str, str]) -> list[str]:
    """What each block has written."""
    script = "set -euo pipefail\n" + "".join(f"{block}echo; echo '{END}'\n" for block in BLOCKS)
    env = environment(folder) | told
    env["PATH"] = path_with("curl", folder, f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    ran = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=200, check=False
    )
    assert ran.returncode == 0, (ran.stdout[-1000:], ran.stderr[-2000:])
    return [each.strip() for each in ran.stdout.split(END)[:-1]]


def opened(file: Path) -> dict[str, Any]:
    _, found = openings.parse(parse_proof(file.read_bytes()).extra or b"")
    return {part: json.loads(value) for part, (_, value) in found.items()}


@on_sqlite
def test_the_blocks_prove_an_event_and_forget_a_person(told: dict[str, str], tmp_path: Path) -> None:
    said = pasted(tmp_path, told)
    event, proof, _, receipt, consistency, _, anchor, erasure, erased, still = said
    before, shown = json.loads(event), json.loads(proof)
    keys, above = keys_of([str(tmp_path / "log.key")]), keys_of([str(tmp_path / "super.key")])

    # An event is proven, with what it says and without.
    assert (before["resource_id"], before["state"], before["erased"]) == (told["JOB"], "published", [])
    assert json.loads(shown["entry"])["id"] == before["id"] and shown["index"] == before["log_index"]
    found = verify_receipt((tmp_path / "event.tlog-proof").read_bytes(), keys)
    assert found.index == before["log_index"] and opened(tmp_path / "event.tlog-proof") == {
        "metadata": before["metadata"]
    }
    assert receipt.startswith("VERIFIED") and receipt == still

    # So is the whole log, and its place among the others.
    checkpoint, _ = open_checkpoint((tmp_path / "checkpoint").read_bytes(), keys, keys[0].name)
    assert json.loads(consistency).keys() == {"from", "to", "hashes"}
    assert (json.loads(consistency)["from"], json.loads(consistency)["to"]) == (1, checkpoint.size)
    assert (tmp_path / "hashes.tile").stat().st_size == 32 * checkpoint.size
    assert before["id"].encode() in (tmp_path / "entries.tile").read_bytes()
    logs, _ = open_checkpoint((tmp_path / "super.checkpoint").read_bytes(), above, above[0].name)
    assert logs.size >= json.loads(anchor)["size"] > json.loads(anchor)["index"]

    # A person is forgotten, and the proofs stay.
    done, after = json.loads(erasure), json.loads(erased)
    assert (done["event_count"] > 0, done["job_count"], done["more"], done["state"]) == (True, 1, False, "recorded")
    assert (after["metadata"], after["erased"], after["log_index"]) == ({}, ["metadata"], before["log_index"])
    assert opened(tmp_path / "erased.tlog-proof") == {}
    assert verify_receipt((tmp_path / "erased.tlog-proof").read_bytes(), keys).index == found.index


def test_there_is_a_block_for_each_of_the_logs_paths() -> None:
    for path in ("/proof", "open=", "wait=published", "/receipt", "/consistency", "/tile/", "/log/key", "/anchor"):
        assert any(path in block for block in BLOCKS), path
    assert any("/super/" in block for block in BLOCKS) and any("/audit/erasures" in block for block in BLOCKS)
