"""Small files are there whole or not at all, and a full disk is refused in words and leaves nothing behind."""

import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from expunct_server.errors import Unavailable
from expunct_server.settings import Settings
from expunct_server.storage.durable import create_once, file_lock, write_durably
from expunct_server.tenants import sealing
from expunct_server.witness import keys
from tests.support import syscalls

NAME = "witness.example/w1"


def found(root: Path) -> dict[str, bytes]:
    return {str(each.relative_to(root)): each.read_bytes() for each in root.rglob("*") if each.is_file()}


def rewrite(path: Path) -> None:
    write_durably(path, b"first")
    write_durably(path, b"then")


def create(path: Path) -> None:
    create_once(path, b"first")
    create_once(path, b"then")


def test_what_is_written_is_there_for_its_user_alone(tmp_path: Path) -> None:
    rewrite(tmp_path / "a/b/file")
    create(tmp_path / "a/c/file")
    assert found(tmp_path) == {"a/b/file": b"then", "a/c/file": b"first"}
    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.rglob("*")}
    assert modes == {"a": 0o700, "b": 0o700, "c": 0o700, "file": 0o600}


@pytest.mark.parametrize(("act", "last"), [(rewrite, b"then"), (create, b"first")])
def test_killed_anywhere_the_file_is_whole_and_the_next_completes_it(
    tmp_path: Path, act: Callable[[Path], None], last: bytes
) -> None:
    with syscalls.Server() as server:
        whole = server.run(partial(act, tmp_path / "whole/file"), watch=[tmp_path])
        assert (whole.status, whole.error) == (0, "")
        for number, fault in enumerate(whole.kills()):
            path = tmp_path / str(number) / "file"
            assert server.run(partial(act, path), watch=[tmp_path], fault=fault).struck
            assert not path.exists() or path.read_bytes() in (b"first", b"then"), fault
            act(path)
            assert path.read_bytes() == last


@pytest.mark.parametrize(
    "act",
    [
        lambda folder: write_durably(folder / "keys/file", b"new"),
        lambda folder: create_once(folder / "keys/file", b"new"),
        lambda folder: sealing.master_key(Settings(data=folder)),
        lambda folder: keys.load(folder, NAME),
    ],
    ids=["write", "create", "master key", "witness key"],
)
@pytest.mark.parametrize("calls", [("mkdir",), ("open",), ("fsync",), ("rename", "link")])
def test_a_full_disk_is_told_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], object], calls: tuple[str, ...]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if calls != ("mkdir",):
        for name in ("keys", "witness"):
            (tmp_path / name).mkdir()
    with monkeypatch.context() as patch:
        for call in calls:
            patch.setattr(os, call, full)
        with pytest.raises(Unavailable) as refusal:
            act(tmp_path)
    assert refusal.value.code == "storage_full"
    assert found(tmp_path) == {}
    act(tmp_path)
    assert len(found(tmp_path)) == 1


def test_of_many_that_create_one_wins(tmp_path: Path) -> None:
    start, said = threading.Barrier(8), []

    def one(number: int) -> None:
        start.wait()
        create_once(tmp_path / "keys/file", b"%d" % number)
        said.append((tmp_path / "keys/file").read_bytes())

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(said) == 8 and len(set(said)) == 1
    assert found(tmp_path) == {"keys/file": said[0]}


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path, busy = tmp_path / "a/.lock", Unavailable("Somebody else is here.", code="busy")
    with file_lock(path, 0, busy):
        with pytest.raises(Unavailable) as refusal, file_lock(path, 0, busy):
            pytest.fail("two are in")
        assert refusal.value is busy
    with file_lock(path, 0, busy), file_lock(path.with_name("another"), 0, busy):
        pass
