"""A log as files, in the layout of C2SP tlog-tiles: `checkpoint`, `tile/...`, `tile/entries/...`.

One folder a log, below `log/` in the data folder. Any web server can serve such a folder as it is, and `audit verify`
reads it. Order of writes: tiles are there, synced, before the checkpoint that covers them takes its name; so whatever
dies, the checkpoint that can be read is whole.
"""

import os
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from expunct_server.errors import Unavailable
from expunct_server.storage.durable import file_lock, write_durably
from expunct_server.tlog.strict import HASH_SIZE
from expunct_server.tlog.tiles import TILE_WIDTH, Tile, decode_bundle, encode_bundle

_PATIENCE_SECONDS = 30.0


class TilesDiffer(Exception):
    """A full tile is there already, with other bytes: two histories of one log."""


class TileStore:
    """One log's folder. Reading needs no lock; writing happens within `locked()`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def locked(self) -> AbstractContextManager[None]:
        """Only one process publishes a log at a time; the kernel frees the lock of one that dies.

        Raises `Unavailable` when another holds it for too long.
        """
        busy = Unavailable("Another process has been publishing the log for too long.", code="log_busy")
        return file_lock(self.folder / ".lock", _PATIENCE_SECONDS, busy)

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
        write_durably(self.folder / tile.path(), data)

    def write_checkpoint(self, note: bytes) -> None:
        """Publish: from now on this is what readers get."""
        write_durably(self.folder / "checkpoint", note)

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


def _cut(wider: bytes, tile: Tile, width: int) -> bytes:
    if tile.level is not None:
        return wider[: tile.width * HASH_SIZE]
    return encode_bundle(decode_bundle(wider, width)[: tile.width])
