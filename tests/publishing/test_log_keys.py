"""The files of the log's keys: what is listed stays listed, and no private key is left where it does not belong."""

import os
import threading
from pathlib import Path

import pytest

from expunct_server.errors import Unavailable
from expunct_server.publishing import log_keys
from expunct_server.publishing.log_keys import PublicKeys, load, public_keys, rotate
from expunct_server.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Nothing but a folder."""
    return Settings(data=tmp_path)


def files(settings: Settings) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in (settings.data / "keys").iterdir() if each.name != ".lock"}


def test_a_rotation_is_recorded_before_anything_is_changed(settings: Settings) -> None:
    old = load(settings, may_make=True)
    before, told = files(settings), []

    def record(new: PublicKeys, known: PublicKeys) -> None:
        drafts = {name: data for name, data in files(settings).items() if name not in before}
        assert len(drafts) == 1 and files(settings) == before | drafts
        told.append((new.publics, known.publics))

    new = rotate(settings, record)
    assert told == [(new.publics, old.publics)] and new.publics[1:] == old.publics
    assert load(settings, may_make=False) == new and files(settings).keys() == {"log.key", "log.pub"}


def test_a_rotation_that_cannot_be_recorded_changes_nothing(settings: Settings) -> None:
    load(settings, may_make=True)
    before = files(settings)

    def refuse(_new: PublicKeys, _old: PublicKeys) -> None:
        raise Unavailable("The disk is full.")

    with pytest.raises(Unavailable, match="disk is full"):
        rotate(settings, refuse)
    assert files(settings) == before


def test_a_write_that_fails_leaves_no_private_key_behind(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    load(settings, may_make=True)
    before = files(settings)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unavailable) as refusal:
            rotate(settings)
    assert refusal.value.code == "storage_full" and files(settings) == before


def test_what_a_killed_rotation_left_is_removed_by_the_next(settings: Settings) -> None:
    load(settings, may_make=True)
    (settings.data / "keys/.log.key.12345678").write_bytes(b"a private key")
    rotate(settings)
    assert files(settings).keys() == {"log.key", "log.pub"}


def test_rotations_and_starts_at_once_lose_no_listed_key(settings: Settings) -> None:
    """Each rotation lists a key; beside them, processes read the list and write it again where it lacks their key."""
    first, made, stop = load(settings, may_make=True), [], threading.Event()

    def many() -> None:
        for _ in range(10):
            made.append(rotate(settings).publics[0])

    def look() -> None:
        while not stop.is_set():
            load(settings, may_make=False)

    threads, reader = [threading.Thread(target=many) for _ in range(4)], threading.Thread(target=look)
    for thread in (*threads, reader):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    reader.join()
    listed = public_keys(settings).publics
    assert len(made) == 40 and sorted(listed) == sorted({*made, *first.publics})
    assert load(settings, may_make=False).publics == listed


def test_a_server_that_read_the_list_before_a_rotation_does_not_write_it_back(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has read the list and not the key yet when the rotation comes."""
    old = load(settings, may_make=True)
    publics, rotated = log_keys._publics, []

    def slow(path: Path) -> tuple[bytes, ...]:
        found = publics(path)
        if not rotated:
            rotated.append(True)
            rotated.append(rotate(settings))
        return found

    with monkeypatch.context() as patch:
        patch.setattr(log_keys, "_publics", slow)
        found = load(settings, may_make=False)
    assert found == rotated[1] and public_keys(settings).publics == (*found.publics[:1], *old.publics)


def test_of_many_first_starts_one_makes_the_key(settings: Settings) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(load(settings, may_make=True).seed)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1 and len(public_keys(settings).publics) == 1


def test_a_key_that_cannot_be_read_is_said(settings: Settings) -> None:
    load(settings, may_make=True)
    path = settings.data / "keys/log.key"
    path.chmod(0o640)
    with pytest.raises(Unavailable, match="chmod 600"):
        load(settings, may_make=False)
    path.unlink()
    path.mkdir()  # root may read every file
    with pytest.raises(Unavailable, match=r"cannot be read"):
        load(settings, may_make=False)


def test_a_key_that_is_taken_off_the_list_is_not_listed_again(settings: Settings) -> None:
    """What is to be done after a theft: the old line is deleted by hand."""
    old, new = load(settings, may_make=True), rotate(settings)
    path = settings.data / "keys/log.pub"
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    assert load(settings, may_make=False).publics == new.publics[:1] != old.publics
