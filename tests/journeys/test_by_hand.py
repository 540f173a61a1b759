"""The page that verifies a receipt with openssl and sha256sum: its blocks, pasted."""

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from expunct_server.tlog.proof import parse_proof
from tests.conftest import Api
from tests.trail.test_proofs import publish
from tests.web.helpers import on_sqlite

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify-by-hand.md"
SCRIPT = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE.read_text(), re.DOTALL))
CONTENT = b"Dear Anna Smith, write to anna@example.com."
LAST = "this is the document"
STAND_IN = Path(__file__).resolve().parents[1] / "support" / "openssl.py"


@pytest.fixture
def folder(api: Api, tmp_path: Path) -> Path:
    """A document, its receipt from a log of some size, and the log's key."""
    for _ in range(4):
        api("POST", "/redact", json={"text": "nothing"})
    job = api.redacted(CONTENT)
    for _ in range(6):
        api("POST", "/redact", json={"text": "nothing"})
    publish(api)
    files = tmp_path / "auditor"
    files.mkdir()
    (files / "document").write_bytes(CONTENT)
    (files / "receipt").write_bytes(api("GET", f"/jobs/{job['id']}/receipt").content)
    (files / "key").write_bytes(api("GET", "/audit/log/key").content)
    return files


def pasted(folder: Path) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ)
    if shutil.which("openssl") is None:
        shim = folder.parent / "bin" / "openssl"
        shim.parent.mkdir(exist_ok=True)
        shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
        shim.chmod(0o755)
        env["PATH"] = f"{shim.parent}:{env['PATH']}"
    return subprocess.run(["bash", "-c", SCRIPT], cwd=folder, env=env, capture_output=True, text=True, check=False)


@on_sqlite
def test_the_blocks_verify_a_receipt(folder: Path) -> None:
    ran = pasted(folder)
    assert ran.returncode == 0, ran.stderr
    said = [line for line in ran.stdout.splitlines() if line.startswith("th")]
    assert [line.split(" ")[0:3] for line in said] == [
        ["the", "checkpoint", "is"], ["this", "entry", "is"], ["this", "is", "what"], ["this", "is", "the"],
    ]  # fmt: skip


def _another_document(folder: Path) -> None:
    (folder / "document").write_bytes(CONTENT + b" ")


def _another_root(folder: Path) -> None:
    receipt = (folder / "receipt").read_bytes()
    head, gap, note = receipt.partition(b"\n\n")
    lines = note.split(b"\n")
    lines[2] = base64.b64encode(bytes(32))
    (folder / "receipt").write_bytes(head + gap + b"\n".join(lines))


def _another_path(folder: Path) -> None:
    receipt = (folder / "receipt").read_bytes()
    first = base64.b64encode(parse_proof(receipt).hashes[0])
    (folder / "receipt").write_bytes(receipt.replace(first, base64.b64encode(bytes(32)), 1))


def _another_count(folder: Path) -> None:
    receipt = (folder / "receipt").read_bytes()
    extra = parse_proof(receipt).extra or b""
    changed = re.sub(rb'"entity_count":\d+', b'"entity_count":77', extra)
    assert changed != extra
    (folder / "receipt").write_bytes(receipt.replace(base64.b64encode(extra), base64.b64encode(changed)))


def _another_key(folder: Path) -> None:
    name, _, rest = (folder / "key").read_text().partition("+")
    material = bytearray(base64.b64decode(rest.partition("+")[2]))
    material[5] ^= 1
    (folder / "key").write_text(f"{name}+00000000+{base64.b64encode(material).decode()}\n")


@pytest.mark.parametrize("tamper", [_another_document, _another_root, _another_path, _another_count, _another_key])
@on_sqlite
def test_what_was_tampered_with_fails(folder: Path, tamper: Callable[[Path], None]) -> None:
    tamper(folder)
    ran = pasted(folder)
    assert ran.returncode != 0 and LAST not in ran.stdout
