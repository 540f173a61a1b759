"""What only a folder can do wrong: links that lead out, things that are no files or no text, full disks."""

import hashlib
import io
import os
import socket
import threading
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expunct_server.errors import Unavailable
from expunct_server.storage import folder
from expunct_server.storage.base import (
    BucketMissing,
    KeyUnsupported,
    NotAFile,
    OutsideFolder,
    StoreChanged,
    StoreDenied,
    StoreError,
    StoreMissing,
)
from expunct_server.storage.folder import FolderStore, own_folder
from tests.support import syscalls

PART = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\ufffd", min_codepoint=32), min_size=1, max_size=4
).filter(lambda part: part not in (".", "..") and "\x7f" not in part)
KEY = st.lists(PART, min_size=1, max_size=4).map("/".join)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    made.mkdir()
    return made


@pytest.fixture
def store(root: Path) -> FolderStore:
    return FolderStore(root)


def put(store: FolderStore, key: str, data: bytes = b"data") -> None:
    store.put(key, io.BytesIO(data))


def keys(store: FolderStore, **more: Any) -> list[str]:
    return [each.key for each in store.list(**more)]


def files(root: Path) -> list[str]:
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if not each.is_dir())


# --- keys -------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(KEY, max_size=8), st.text(max_size=4))
def test_any_keys_are_what_they_are_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, wanted: set[str], after: str
) -> None:
    store, kept = FolderStore(tmp_path_factory.mktemp("root")), set()
    for key in wanted:
        try:
            put(store, key, key.encode())
            kept.add(key)
        except NotAFile:  # a file is where a folder has to be, or the other way round
            assert any(each.startswith(f"{key}/") or key.startswith(f"{each}/") for each in kept)
    in_order = sorted(kept, key=str.encode)
    assert keys(store) == in_order
    for point in [*in_order, after]:
        beyond = [key for key in in_order if key.encode() > point.encode(errors="surrogatepass")]
        assert keys(store, after=point) == beyond
    for key in kept:
        with store.open(key) as file:
            assert file.read() == key.encode()


def test_many_in_one_folder_are_listed_a_page_at_a_time(
    store: FolderStore, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_PAGE", 3)
    wanted = sorted(f"{name}{more}" for name in "abcdefgh" for more in ("", "x/1", "x/2", "-"))
    for key in wanted:
        path = root / key
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert keys(store) == wanted
    assert keys(store, after="cx/1") == wanted[wanted.index("cx/1") + 1 :]


def test_a_name_that_is_no_text_is_listed_and_refused(store: FolderStore, root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9.txt")).touch()
    (root / os.fsdecode(b"dir\xff")).mkdir()
    (root / os.fsdecode(b"dir\xff/a")).touch()
    put(store, "z")
    assert keys(store) == ["caf\ufffd.txt", "dir\ufffd/a", "z"]
    for key in ("caf\ufffd.txt", os.fsdecode(b"caf\xe9.txt"), "x" * 256):
        with pytest.raises(KeyUnsupported):
            store.open(key)


def test_a_deep_folder_is_listed(store: FolderStore, root: Path) -> None:
    inner = os.open(root, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d", dir_fd=inner)
        next_one = os.open("d", os.O_RDONLY, dir_fd=inner)
        os.close(inner)
        inner = next_one
    os.close(os.open("file", os.O_CREAT, dir_fd=inner))
    os.close(inner)
    assert keys(store) == ["d/" * 300 + "file"]


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "gone")
    for act in (store.list, partial(store.stat, "a"), partial(store.open, "a"), partial(put, store, "a")):
        with pytest.raises(BucketMissing):
            list(act() or ())
    assert not (tmp_path / "gone").exists()
    own = own_folder(tmp_path / "own/data")
    put(own, "uploads/a")
    assert keys(own) == ["uploads/a"]


# --- links and things that are no files -------------------------------------------------------------------------------


def test_no_link_leads_out(store: FolderStore, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (root / "folder").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret")
    (root / "relative").symlink_to("../outside")
    (root / "dangling").symlink_to(outside / "new")
    (root / "again").symlink_to("folder/..")
    acts = (store.stat, store.open, store.remove, partial(put, store), lambda key: store.create(key).__enter__())
    for key in ("folder/secret", "file", "relative/secret", "dangling", "folder/new", "again/outside/secret"):
        for act in acts:
            with pytest.raises(OutsideFolder):
                act(key)
    with pytest.raises(OutsideFolder):
        keys(store, prefix="folder")
    assert keys(store) == []
    assert files(outside) == ["secret"] and (outside / "secret").read_text() == "secret"
    assert issubclass(OutsideFolder, StoreDenied)


def test_links_within_work_and_are_listed_once(store: FolderStore, root: Path) -> None:
    put(store, "real/a", b"one")
    (root / "link").symlink_to("real")
    (root / "alias").symlink_to("real/a")
    (root / "loop").symlink_to("loop")
    with store.open("link/a") as file:
        assert file.read() == b"one"
    put(store, "alias", b"two")
    assert keys(store) == ["real/a"] and (root / "real/a").read_bytes() == b"two"
    assert keys(store, prefix="link") == ["link/a"]
    with pytest.raises(StoreError):
        store.open("loop")


def test_a_link_that_is_swapped_in_leads_nowhere(
    store: FolderStore, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the step, the worst moment, a folder or file becomes a link."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a").write_text("secret")
    really = os.path.realpath

    def swap(which: str, path: Any) -> str:
        found = really(path)
        if os.fspath(path).endswith("inner/a"):
            (root / which).rename(root / "moved")
            (root / which).symlink_to(tmp_path / "outside" / ("" if which == "inner" else "a"))
        return found

    for which in ("inner", "inner/a"):
        for act in (store.stat, store.open, partial(put, store), store.remove):
            put(store, "inner/a", b"mine")
            with monkeypatch.context() as patch:
                patch.setattr(os.path, "realpath", partial(swap, which))
                with pytest.raises(StoreError) if act != store.remove else nullcontext():
                    act("inner/a")
            assert (tmp_path / "outside/a").read_text() == "secret" and files(tmp_path / "outside") == ["a"]
            (root / which).unlink(missing_ok=True)
            os.replace(root / "moved", root / which) if which == "inner" else (root / "moved").unlink()


def test_what_is_no_file_is_said_so_without_waiting(store: FolderStore, root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.getcwd()
        os.chdir(root)  # a socket's path must be short
        try:
            listening.bind("socket")
        finally:
            os.chdir(here)
        for key in ("pipe", "folder", "socket"):
            for act in (store.stat, store.open):
                with pytest.raises(NotAFile):
                    act(key)
        assert keys(store) == []
    for act in (partial(put, store), store.remove):
        with pytest.raises(NotAFile):
            act("folder")


# --- reading ----------------------------------------------------------------------------------------------------------


def test_what_is_open_is_a_real_file(store: FolderStore) -> None:
    put(store, "a", b"0123456789")
    with store.open("a") as file:
        assert hashlib.file_digest(file, "sha256").digest() == hashlib.sha256(b"0123456789").digest()
        file.seek(3)
        assert file.read(4) == b"3456" and os.fstat(file.fileno()).st_size == file.stat.size == 10
    with pytest.raises(io.UnsupportedOperation), store.open("a") as file:
        file.write(b"")


@pytest.mark.parametrize("how", ["ab", "r+b", "wb"])
def test_a_file_that_is_changed_in_its_place_is_never_given_as_whole(store: FolderStore, root: Path, how: str) -> None:
    put(store, "a", b"x" * 100_000)
    with store.open("a") as file:
        file.read(10)
        time.sleep(0.002)  # file systems tell times apart by a tick of the clock
        with (root / "a").open(how) as other:
            other.write(b"changed")
        with pytest.raises(StoreChanged):
            file.read()
        file.seek(0)
        with pytest.raises(StoreChanged):
            hashlib.file_digest(file, "sha256")


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_drafts_are_not_listed_and_cannot_be_named(root: Path, tmp_path: Path) -> None:
    beside, own = FolderStore(root), own_folder(tmp_path / "data")
    with beside.create("a/b") as here, own.create("a/b") as there:
        here.file.write(b"x")
        there.file.write(b"x")
        assert keys(beside) == keys(own) == []
        (draft,) = files(root)
        (own_draft,) = files(tmp_path / "data")
        assert draft.startswith("a/.b.") and own_draft.startswith("drafts/")
        for store, key in ((beside, draft), (own, own_draft)):
            with pytest.raises(KeyUnsupported):
                store.open(key)
    assert files(root) == files(tmp_path / "data") == []
    put(beside, "x" * 250)
    assert files(root) == ["x" * 250]


def test_drafts_that_a_crash_left_are_swept_when_they_are_old(tmp_path: Path) -> None:
    own = own_folder(tmp_path)
    assert own.sweep_drafts(0) == 0
    with own.create("a") as draft:
        draft.file.write(b"x")
        (tmp_path / "drafts/left").write_text("left")
        os.utime(tmp_path / "drafts/left", (1, 1))
        assert own.sweep_drafts(3600) == 1
        draft.publish()
    assert files(tmp_path) == ["a"]


def _made(root: Path) -> FolderStore:
    root.mkdir()
    return FolderStore(root)


def _write(own: bool, root: Path) -> None:
    store = own_folder(root) if own else FolderStore(root)
    store.put("a/b", io.BytesIO(b"new" * 10))
    store.put("a/c", io.BytesIO(b"new" * 10), if_absent=True)


@pytest.mark.parametrize("own", [False, True], ids=["beside", "own"])
def test_killed_anywhere_a_put_left_the_old_or_the_new(tmp_path: Path, own: bool) -> None:
    with syscalls.Server() as server:
        put(_made(tmp_path / "whole"), "a/b", b"old")
        whole = server.run(partial(_write, own, tmp_path / "whole"), watch=[tmp_path])
        assert (whole.status, whole.error) == (0, "")
        for before, call, after in zip(whole.calls, whole.calls[1:], whole.calls[2:], strict=False):
            if call.name in ("renameat", "linkat"):  # durable first, then named, then the name durable
                assert (before.name, before.places[0], after.name) == ("fsync", call.places[0], "fsync")
        for number, fault in enumerate(whole.kills()):
            root = tmp_path / str(number)
            store = _made(root)
            put(store, "a/b", b"old")
            assert server.run(partial(_write, own, root), watch=[tmp_path], fault=fault).struck
            left = {each.key: (root / each.key).read_bytes() for each in store.list() if "drafts" not in each.key}
            assert left["a/b"] in (b"old", b"new" * 10) and left.get("a/c", b"new" * 10) == b"new" * 10, fault
            assert set(left) <= {"a/b", "a/c"}, fault


@pytest.mark.parametrize("call", ["open", "fsync", "rename", "mkdir"])
@pytest.mark.parametrize("own", [False, True], ids=["beside", "own"])
def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool, call: str
) -> None:
    store = own_folder(tmp_path) if own else FolderStore(tmp_path)
    really = getattr(os, call)

    def full(*args: Any, **more: Any) -> Any:
        if call == "open" and not args[1] & os.O_CREAT:
            return really(*args, **more)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(Unavailable) as refusal:
            put(store, "a/b")
    assert refusal.value.code == "storage_full" and files(tmp_path) == []


def test_what_the_system_does_not_permit_is_said_so(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in: who runs the tests may be permitted everything."""
    put(store, "a")
    really = os.open

    def refuse(path: Any, flags: int, *args: Any, **more: Any) -> int:
        if path == "a":
            raise PermissionError(13, "Permission denied")
        return really(path, flags, *args, **more)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreDenied) as error:
        store.open("a")
    assert error.value.code == "access_denied" and not error.value.passing


def test_many_readers_and_writers_see_whole_files(store: FolderStore) -> None:
    put(store, "a", b"0" * 50_000)
    stop = threading.Event()

    def write() -> None:
        for number in range(1, 60):
            put(store, "a", b"%d" % (number % 10) * 50_000)
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not stop.is_set():
        with store.open("a") as file:
            found = file.read()
        assert len(found) == 50_000 and len(set(found)) == 1
    writer.join()
    with pytest.raises(StoreMissing):
        store.open("b")
