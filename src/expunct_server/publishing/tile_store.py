"""A log as files, in the layout of C2SP tlog-tiles: `checkpoint`, `tile/...`, `tile/entries/...`.

One folder a log, below `log/` in the data folder. Any web server can serve such a folder as it is, and `audit verify`
reads it. Order of writes: tiles are there, synced, before the checkpoint that covers them takes its name; so whatever
dies, the checkpoint that can be read is whole.
"""

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from expunct_server.errors import Unavailable
from expunct_server.storage.folder import sync_folder, told
from expunct_server.tlog.strict import HASH_SIZE
from expunct_server.tlog.tiles import TILE_WIDTH, Tile, decode_bundle, encode_bundle

_PATIENCE_SECONDS = 30.0


class TilesDiffer(Exception):
    """A full tile is there already, with other bytes: two histories of one log."""


class TileStore:
    """One log's folder. Reading needs no lock; writing happens within `locked()`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Only one process publishes a log at a time; the kernel frees the lock of one that dies.

        Raises `Unavailable` when another holds it for too long.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)

    def checkpoint(self) -> bytes | None:
        """The published checkpoint's note; None before the first."""
        try:
            return (self.folder / "checkpoint").read_bytes()
        except FileNotFoundError:
            return None

    def tile(self, tile: Tile) -> bytes | None:
        """A tile's bytes. A partial one is cut from a wider one where itself is gone; None when there is none."""
        data = self._read(tile)
        if data is not None or tile.width == TILE_WIDTH:
            return data
        for width in (TILE_WIDTH, *self._partial_widths(tile)):
            wider = self._read(Tile(tile.level, tile.number, width)) if width > tile.width else None
            if wider is not None:
                return _cut(wider, tile, width)
        return None

    def write_tile(self, tile: Tile, data: bytes, *, damaged: bool = False) -> None:
        """Write a tile durably. Full tiles never change: raises `TilesDiffer` when other bytes are there.

        `damaged`: other bytes are known to be damage, since `data` gives the root that was signed. Replace them.
        """
        if tile.width == TILE_WIDTH:
            there = self._read(tile)
            if there is not None and there != data and not damaged:
                raise TilesDiffer(tile.path())
            if there == data:
                return
        self._write(tile.path(), data)

    def write_checkpoint(self, note: bytes) -> None:
        """Publish: from now on this is what readers get."""
        self._write("checkpoint", note)

    def sweep_partials(self, tile: Tile, keep: frozenset[str] = frozenset()) -> None:
        """Remove the partial tiles in this tile's place, but those of the paths `keep`."""
        folder = self.folder / f"{Tile(tile.level, tile.number).path()}.p"
        for width in self._partial_widths(tile):
            if Tile(tile.level, tile.number, width).path() not in keep:
                (folder / str(width)).unlink(missing_ok=True)
        with suppress(OSError):  # not there, or not empty
            folder.rmdir()

    def _partial_widths(self, tile: Tile) -> list[int]:
        """Widths of the partial tiles that are there in the tile's place, the widest first."""
        folder = self.folder / f"{Tile(tile.level, tile.number).path()}.p"
        with suppress(FileNotFoundError, NotADirectoryError):
            return sorted((int(each) for each in os.listdir(folder) if each.isdecimal()), reverse=True)
        return []

    def _read(self, tile: Tile) -> bytes | None:
        try:
            return (self.folder / tile.path()).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        with told():
            _make_folders(path.parent, self.folder)
            draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
            try:
                with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                draft.rename(path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
            sync_folder(path.parent)


def _cut(wider: bytes, tile: Tile, width: int) -> bytes:
    if tile.level is not None:
        return wider[: tile.width * HASH_SIZE]
    return encode_bundle(decode_bundle(wider, width)[: tile.width])


def _make_folders(folder: Path, root: Path) -> None:
    """Make a folder and its parents below `root`, each name durable before anything stands in it."""
    if folder.is_dir():
        return
    if folder != root:
        _make_folders(folder.parent, root)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700, parents=folder == root)
    sync_folder(folder.parent)


def _wait_for(descriptor: int) -> None:
    patience = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        if time.monotonic() > patience:
            raise Unavailable("Another process has been publishing the log for too long.", code="log_busy")
        time.sleep(0.01)
