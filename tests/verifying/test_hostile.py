"""Bundles and receipts made to harm whoever verifies them: refused, cheaply, and no screen obeys what is printed."""

import io
import json
import os
import tarfile
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from expunct_server.audit.codec import canonical
from expunct_server.audit.entry import commitment
from expunct_server.audit.entry import entry as made_entry
from expunct_server.tlog.cosignature import ED25519
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.signer import Ed25519Cosigner
from expunct_server.tlog.strict import Rejected, base64_text
from expunct_server.verifying import bundle_files
from expunct_server.verifying.bundle_files import FolderFiles, TarFiles
from expunct_server.verifying.checks import Failed, printable
from expunct_server.verifying.verify import super_keys
from expunct_server.verifying.verify_bundle import verify_bundle
from expunct_server.verifying.verify_main import lines, main
from tests.attacks.support import refusal
from tests.verifying.world import HOST, LOG, facts, parts, receipt_of

ESCAPE = "\x1b]0;owned\x07\x9b31m\n  VERIFIED\u202e"


def _tar(path: Path, *members: tarfile.TarInfo, data: bytes = b"") -> Path:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(data))
    return path


def _member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member


def _refused(path: Path, says: str) -> None:
    with pytest.raises(Rejected, match=says):
        TarFiles(path)


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.DIRTYPE,
        tarfile.FIFOTYPE,
        tarfile.CHRTYPE,
        tarfile.CONTTYPE,
    ],
)
def test_only_plain_files_are_taken(tmp_path: Path, kind: bytes) -> None:
    _refused(_tar(tmp_path / "x.tar", _member("log", kind)), "not a plain file")


def test_a_sparse_file_is_refused_that_says_it_is_large(tmp_path: Path) -> None:
    """A few bytes that stand for eight gigabytes of zeros."""
    member = _member("events.ndjson")
    member.pax_headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.map": "0,0",
        "GNU.sparse.size": str(1 << 33),
    }
    _refused(_tar(tmp_path / "x.tar", member), "not a plain file")


def test_what_goes_beyond_the_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(_member("a", size=1 << 40).tobuf() + bytes(512))
    _refused(path, "damaged")
    path.write_bytes(_member("a", size=1000).tobuf() + bytes(999))
    _refused(path, "damaged")


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_no_header_is_read_that_is_larger_than_a_block(tmp_path: Path, kind: bytes) -> None:
    path, size = tmp_path / "x.tar", 64 << 20
    with path.open("wb") as file:
        file.write(_member("a", kind, size).tobuf())
        file.truncate(size + 4096)
    tracemalloc.start()
    try:
        _refused(path, "not a plain file")
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def _extended(records: bytes, kind: bytes = tarfile.XHDTYPE) -> bytes:
    return _member("a", kind, len(records)).tobuf() + records + bytes(-len(records) % 512)


@pytest.mark.parametrize(
    "headers",
    [
        _extended(b"10 a=bcde\n") * 2000,  # chained: a reader that recurses dies of them
        _extended(b"19 size=8589934592\n") * 2000,
        _extended(b"1" * 65000),  # long: numbers that take seconds to parse
        _extended(b"11111 " * 10800),
        _extended(b"18 size=8589934592\n"),
        _extended(b"5 a=b\n", tarfile.XGLTYPE),
        _extended(b"name\0", tarfile.GNUTYPE_LONGNAME) * 2000,
    ],
    ids=["chained", "chained-sizes", "digits", "numbers", "wrong-length", "global", "long-names"],
)
def test_extended_headers_are_refused(tmp_path: Path, headers: bytes) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(headers + _member("x").tobuf() + bytes(1024))
    _refused(path, "not a plain file")
    assert main(["bundle", str(path)]) == 1


def test_a_file_of_eight_gigabytes_and_more_has_its_size_in_an_extended_header(tmp_path: Path) -> None:
    """As bundles are written. Its bytes are a hole, which takes no room here."""
    path, size = tmp_path / "x.tar", (8 << 30) + 1
    with path.open("wb") as file:
        file.write(_member("events.ndjson", size=size).tobuf(tarfile.PAX_FORMAT))
        file.seek(file.tell() + size + 511)
        file.write(_member("manifest.json", size=3).tobuf(tarfile.PAX_FORMAT) + b"end" + bytes(509 + 1024))
    files = TarFiles(path)
    assert files.names() == {"events.ndjson", "manifest.json"}
    with files.open("events.ndjson") as large, files.open("manifest.json") as last:  # type: ignore[union-attr]
        assert (large.read(2), last.read()) == (bytes(2), b"end")


def test_a_tar_file_without_its_end_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(_member("a").tobuf())
    _refused(path, "damaged")
    path.write_bytes(_member("a").tobuf() + b"no header" * 512)
    _refused(path, "damaged")


def test_a_negative_size_does_not_wind_back(tmp_path: Path) -> None:
    """In base 256, as GNU tar writes sizes: the next header would be this one again, for ever."""
    for kind, says in ((tarfile.REGTYPE, "damaged"), (tarfile.XHDTYPE, "not a plain file")):
        header = bytearray(_member("a", kind).tobuf())
        header[124:136] = b"\xff" * 10 + (65536 - 512).to_bytes(2, "big")
        header[148:156] = b"        "
        header[148:156] = b"%06o\0 " % sum(header)
        path = tmp_path / "x.tar"
        path.write_bytes(bytes(header) * 2 + bytes(1024))
        _refused(path, says)


def test_a_file_comes_once_and_there_are_not_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _refused(_tar(tmp_path / "x.tar", _member("a"), _member("a")), "twice")
    monkeypatch.setattr(bundle_files, "MAX_FILES", 2)
    TarFiles(_tar(tmp_path / "x.tar", _member("a"), _member("b")))
    _refused(_tar(tmp_path / "x.tar", _member("a"), _member("b"), _member("c")), "more files")
    for name in "abc":
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(Rejected, match="more files"):
        FolderFiles(tmp_path).names()


def test_the_files_of_a_tar_read_as_they_are(tmp_path: Path) -> None:
    files = TarFiles(_tar(tmp_path / "x.tar", _member("a", size=3), _member("../b", size=5), data=b"hello"))
    assert files.names() == {"a", "../b"} and files.open("b") is None
    for name, data in (("a", b"hel"), ("../b", b"hello")):
        with files.open(name) as file:  # type: ignore[union-attr]
            assert (file.read(2), file.read()) == (data[:2], data[2:])


def test_a_pipe_in_a_folder_does_not_hold_the_verifier(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "checkpoint")
    with pytest.raises(Rejected, match="neither a file nor a folder"):
        FolderFiles(tmp_path).open("checkpoint")
    assert main(["log", str(tmp_path), "--key", LOG.verifier_key.encode()]) == 1


def test_no_more_of_a_manifest_is_parsed_than_lists_what_is_there(tmp_path: Path) -> None:
    large = b"[" + b"[]," * (1 << 20) + b"[]]"
    refusal(lambda: verify_bundle(_tar(tmp_path / "x.tar", _member("manifest.json", size=len(large)), data=large)), 21)
    (tmp_path / "b").mkdir()
    (tmp_path / "b/manifest.json").write_bytes(large)
    assert "larger" in refusal(lambda: verify_bundle(tmp_path / "b"), 21).says


# --- what is printed --------------------------------------------------------------------------------------------------


def test_nothing_that_a_terminal_obeys_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [made_entry(facts(0, resource_id=ESCAPE), {part: commitment(*each) for part, each in parts(0).items()})]
    salt, _ = parts(0)["metadata"]
    value = canonical({"note": ESCAPE})
    entries[0] = canonical(json.loads(entries[0]) | {"metadata": base64_text(commitment(salt, value))})
    path = tmp_path / "receipt"
    path.write_bytes(receipt_of(entries, 0, {"metadata": (salt, value)}))
    assert main(["receipt", str(path), "--key", LOG.verifier_key.encode()]) == 0
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ESCAPE.replace("/", "")).write_bytes(b"")
    (tmp_path / "b/manifest.json").write_bytes(_manifest())
    for more in ([], ["--json"]):
        assert main(["bundle", str(tmp_path / "b"), *more]) == 1
    shown = capsys.readouterr()
    text = shown.out + shown.err
    assert "owned" in text and all(each == "\n" or each.isprintable() for each in text)
    assert not any(line.strip().startswith("VERIFIED") for line in text.splitlines()[1:])
    assert lines({ESCAPE: [ESCAPE], "b": {ESCAPE: None}})[1:] == [
        f"  {printable(ESCAPE)}: {printable(ESCAPE)}", "  b:", f"    {printable(ESCAPE)}: None",
    ]  # fmt: skip


def _manifest() -> bytes:
    said = {"checkpoint": {}, "event_count": 1, "files": {}, "made_at": "", "origin": "", "server_version": ""}
    return canonical(said | {"tenant_id": "", "version": 1})


def test_a_name_that_is_no_text_is_named_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(_manifest())
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_bytes(b"")
    failed = refusal(lambda: verify_bundle(tmp_path), 21)
    assert failed.where == "\\udcff" and str(failed).encode()
    assert str(Failed(21, "a\nb", "c\x1b")).startswith("check 21 failed at a\\nb: c\\x1b. ")


# --- keys -------------------------------------------------------------------------------------------------------------


def test_only_keys_of_a_host_are_keys_of_its_log_of_logs() -> None:
    public = LOG.verifier_key.public
    witness = Ed25519Cosigner(f"{HOST}/w", b"\x02" * 32, lambda: 0).verifier_key
    named = replace(witness, name=HOST)
    others = [VerifierKey(name, ED25519, public) for name in ("other.example/acme", f"{HOST}/staging/acme", "x" + HOST)]
    assert super_keys([*others, witness, named], HOST) == ()
    mine = VerifierKey(HOST, ED25519, public)
    assert super_keys([*others, witness, LOG.verifier_key], HOST) == (mine,)
    own = VerifierKey(HOST, ED25519, VerifierKey(HOST, ED25519, witness.public).public)
    assert super_keys([LOG.verifier_key, own], HOST) == (own,)
