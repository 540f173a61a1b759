"""The page that verifies a receipt with openssl and sha256sum: its blocks, pasted."""

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from expunct_server.publishing.promised import log_folder
from expunct_server.tlog.proof import parse_proof
from tests.conftest import Api
from tests.support.shims import path_with
from tests.trail.test_proofs import publish
from tests.web.helpers import on_sqlite

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "verify-by-hand.md"
SCRIPT = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE))
SAID = (  # the last line of each block, as far as it is always the same
    "the checkpoint is signed by",
    "this entry is number",
    "this entry says that a job of",
    "this metadata is what the entry commits to",
    "this document is the one",
    "this leaf stands in",
)
CONTENT = b"Dear Anna Smith, write to anna@example.com."
Tamper = Callable[[Path], None]


@pytest.fixture
def folder(api: Api, tmp_path: Path) -> Path:
    """A document, its receipt from a log of some size, the log's key, and the log."""
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
    shutil.copytree(log_folder(api.settings.data, "default"), files / "log")
    return files


def pasted(folder: Path) -> tuple[int, tuple[str, ...], str]:
    """The exit code, what the blocks have said, and what went wrong."""
    env = dict(os.environ)
    env["PATH"] = path_with("openssl", folder.parent, env["PATH"])
    ran = subprocess.run(["bash", "-c", SCRIPT], cwd=folder, env=env, capture_output=True, text=True, check=False)
    said = tuple(each for line in ran.stdout.splitlines() for each in SAID if line.startswith(each))
    return ran.returncode, said, ran.stderr


@on_sqlite
def test_the_blocks_verify_a_receipt(folder: Path) -> None:
    assert pasted(folder) == (0, SAID, "")


@on_sqlite
def test_a_key_that_was_rotated_is_found_among_others(folder: Path) -> None:
    key = (folder / "key").read_text()
    name, _, _ = key.partition("+")
    newer = base64.b64encode(b"\x01" + bytes(32)).decode()
    (folder / "key").write_text(f"{name}+00000000+{newer}\n{key}another.example/default+{key.split('+', 1)[1]}")
    assert pasted(folder) == (0, SAID, "")


def _change(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data and old != new
    path.write_bytes(data.replace(old, new, 1))


def _note(folder: Path, line: int, text: bytes) -> None:
    """Another line in the receipt's checkpoint."""
    note = (folder / "receipt").read_bytes().partition(b"\n\n")[2]
    _change(folder / "receipt", note, b"\n".join([*note.split(b"\n")[:line], text, *note.split(b"\n")[line + 1 :]]))


def _extra(folder: Path, old: bytes, new: bytes) -> None:
    """Another text in the receipt's extra data."""
    extra = parse_proof((folder / "receipt").read_bytes()).extra or b""
    assert old in extra and old != new
    _change(folder / "receipt", base64.b64encode(extra), base64.b64encode(extra.replace(old, new, 1)))


def _another_signature(folder: Path) -> None:
    line = (folder / "receipt").read_bytes().split(b"\n")[-2]
    blob = bytearray(base64.b64decode(line.rpartition(b" ")[2]))
    blob[40] ^= 1
    _change(folder / "receipt", line.rpartition(b" ")[2], base64.b64encode(blob))


def _another_key(folder: Path) -> None:
    name, key_id, encoded = (folder / "key").read_text().split("+", 2)
    material = bytearray(base64.b64decode(encoded))
    material[5] ^= 1
    (folder / "key").write_text(f"{name}+{key_id}+{base64.b64encode(material).decode()}\n")


def _another_name(folder: Path) -> None:
    _, _, rest = (folder / "key").read_text().partition("+")
    (folder / "key").write_text(f"another.example/default+{rest}")


def _another_size(folder: Path) -> None:
    _note(folder, 1, b"1000")


def _another_root(folder: Path) -> None:
    _note(folder, 2, base64.b64encode(bytes(32)))


def _another_path(folder: Path) -> None:
    first = parse_proof((folder / "receipt").read_bytes()).hashes[0]
    _change(folder / "receipt", base64.b64encode(first), base64.b64encode(bytes(32)))


def _a_longer_hash(folder: Path) -> None:
    first = parse_proof((folder / "receipt").read_bytes()).hashes[0]
    _change(folder / "receipt", base64.b64encode(first), base64.b64encode(first + b"\0"))


def _a_shorter_path(folder: Path) -> None:
    last = base64.b64encode(parse_proof((folder / "receipt").read_bytes()).hashes[-1])
    _change(folder / "receipt", last + b"\n", b"")


def _another_index(folder: Path) -> None:
    index = parse_proof((folder / "receipt").read_bytes()).index
    _change(folder / "receipt", b"index %d\n" % index, b"index %d\n" % (index - 1))


def _an_index_with_a_sign(folder: Path) -> None:
    index = parse_proof((folder / "receipt").read_bytes()).index
    _change(folder / "receipt", b"index %d\n" % index, b"index +%d\n" % index)


def _another_time(folder: Path) -> None:
    _extra(folder, b'\\"created_at\\":\\"2', b'\\"created_at\\":\\"1')


def _another_count(folder: Path) -> None:
    _extra(folder, b'"entity_count":', b'"entity_count":7')


def _another_salt(folder: Path) -> None:
    _extra(folder, b'"salt":"', b'"salt":"AAAA')


def _another_document(folder: Path) -> None:
    (folder / "document").write_bytes(CONTENT + b" ")


def _another_tile(folder: Path) -> None:
    index = parse_proof((folder / "receipt").read_bytes()).index
    [tile] = (folder / "log/tile/0/000.p").iterdir()
    data = bytearray(tile.read_bytes())
    data[index * 32] ^= 1
    tile.write_bytes(data)


@pytest.mark.parametrize(
    ("blocks", "tamper"),
    [
        *((0, each) for each in (_another_signature, _another_key, _another_name, _another_size, _another_root)),
        *((1, each) for each in (_another_path, _a_longer_hash, _a_shorter_path, _another_index, _another_time)),
        (1, _an_index_with_a_sign),
        *((3, each) for each in (_another_count, _another_salt)),
        (4, _another_document),
        (5, _another_tile),
    ],
)
@on_sqlite
def test_what_was_tampered_with_fails_at_its_block(folder: Path, blocks: int, tamper: Tamper) -> None:
    tamper(folder)
    code, said, _ = pasted(folder)
    assert code != 0
    assert said == SAID[:blocks]


@on_sqlite
def test_the_proof_of_another_event_is_no_receipt(folder: Path, api: Api) -> None:
    [event] = [each for each in api.events() if each["event_type"] == "job.created"]
    path = f"/audit/{event['id']}/proof?open=metadata"
    (folder / "receipt").write_bytes(api("GET", path, headers={"Accept": "text/plain"}).content)
    code, said, _ = pasted(folder)
    assert code != 0
    assert said == SAID[:2]
