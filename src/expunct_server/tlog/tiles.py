"""The files of a tiled log (C2SP tlog-tiles): their paths, which of them a tree has, entry bundles, and reading nodes.

A tile holds up to 256 consecutive hashes of one level; level l + 1 has one hash for each full tile of level l. Entry
bundles lie beside the tiles of level 0 and hold the entries themselves.
"""

import re
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from expunct_server.tlog.merkle import parents
from expunct_server.tlog.strict import HASH_SIZE, Rejected, check_size

TILE_WIDTH = 256
"""Hashes in a full tile, entries in a full bundle."""

MAX_ENTRY = 65_535
"""Bytes in the largest entry: its length is a uint16."""

_TILE_HEIGHT = 8
_MAX_LEVEL = 63
_MAX_PATH = 64
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True)
class Tile:
    """One tile, or one entry bundle where `level` is None; raises Rejected for a tile that cannot be.

    `number`: its place in its level, from 0. `width`: how many hashes or entries it holds, 256 when it is full.
    """

    level: int | None
    number: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        check_size(self.number, "the tile number")
        if self.level is not None and not 0 <= self.level <= _MAX_LEVEL:
            raise Rejected("the tile level is out of range")
        if not 1 <= self.width <= TILE_WIDTH:
            raise Rejected("the tile width is out of range")

    def path(self) -> str:
        """The path below the log's prefix: tile/0/x001/234/067, tile/entries/000.p/17."""
        groups = [f"{self.number % 1000:03}"]
        rest = self.number // 1000
        while rest:
            groups.append(f"x{rest % 1000:03}")
            rest //= 1000
        level = "entries" if self.level is None else str(self.level)
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{level}/{'/'.join(reversed(groups))}{suffix}"


def parse_tile_path(path: str) -> Tile:
    """The tile that lies at `path`; raises Rejected for anything but the one spelling that `Tile.path` gives."""
    match = _PATH.fullmatch(path) if len(path) <= _MAX_PATH else None
    if match is None:
        raise Rejected("the path is not that of a tile")
    level = None if match[1] == "entries" else int(match[1])
    width = TILE_WIDTH if match[3] is None else int(match[3])
    tile = Tile(level, int(match[2].replace("/", "").replace("x", "")), width)
    if tile.path() != path:  # needless leading zeros, and a full tile written as a partial one
        raise Rejected("the path of the tile is not in its canonical form")
    return tile


def partial_width(size: int, level: int) -> int:
    """The width of the partial tile of a tree at a level, 0 where it has none: floor(size / 256^level) mod 256."""
    return (size >> (_TILE_HEIGHT * level)) % TILE_WIDTH


def tiles_of(size: int) -> Iterator[Tile]:
    """All tiles of a tree of `size` leaves, partial ones included: the bundles, then the levels upward."""
    return new_tiles(0, size)


def new_tiles(old_size: int, new_size: int) -> Iterator[Tile]:
    """The tiles to write when a log grows: those of the new tree that the old one lacks or has narrower.

    The bundles come first, then the levels upward. Raises Rejected unless 0 <= old_size <= new_size.
    """
    check_size(new_size, "the tree size")
    if not 0 <= old_size <= new_size:
        raise Rejected("a log does not shrink")
    return _new_tiles(old_size, new_size)


def _new_tiles(old: int, new: int) -> Iterator[Tile]:
    yield from _new_in_level(None, old, new)
    level = 0
    while new:
        yield from _new_in_level(level, old, new)
        level, old, new = level + 1, old // TILE_WIDTH, new // TILE_WIDTH


def _new_in_level(level: int | None, old: int, new: int) -> Iterator[Tile]:
    """The new tiles of one level that held `old` hashes and now holds `new`."""
    if old == new:
        return
    for number in range(old // TILE_WIDTH, new // TILE_WIDTH):
        yield Tile(level, number)
    if new % TILE_WIDTH:
        yield Tile(level, new // TILE_WIDTH, new % TILE_WIDTH)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry after its length as a big-endian uint16; raises Rejected for what does not fit."""
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise Rejected("a bundle holds 1 to 256 entries")
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise Rejected("an entry is larger than 65,535 bytes")
    return b"".join(struct.pack(">H", len(entry)) + entry for entry in entries)


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle; raises Rejected where it holds fewer, more, or a piece of one."""
    if not 1 <= width <= TILE_WIDTH:
        raise Rejected("a bundle holds 1 to 256 entries")
    entries: list[bytes] = []
    at = 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise Rejected("the bundle ends too early")
        entries.append(data[start:at])
    if at != len(data):
        raise Rejected("bytes follow the last entry of the bundle")
    return entries


class TileReader:
    """The nodes of a tree of `size` leaves, read from its tiles: `reader.node` is what the proofs in merkle ask for.

    `read_tile` gives the bytes of a tile, 32 for each hash; it is asked for full tiles and for those partial ones that
    a tree of this size has. The tiles used last are kept, `keep` of them.
    """

    def __init__(self, read_tile: Callable[[Tile], bytes], size: int, keep: int = 64) -> None:
        check_size(size, "the tree size")
        self._read_tile, self._size, self._keep = read_tile, size, keep
        self._kept: OrderedDict[Tile, list[bytes]] = OrderedDict()

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2^level leaves number `index`; raises Rejected outside of the tree."""
        check_size(index, "the node index")
        check_size(level, "the node level")
        if level > _MAX_LEVEL or (index + 1) << level > self._size:
            raise Rejected("the node lies outside the tree")
        tile_level, height = divmod(level, _TILE_HEIGHT)
        number, place = divmod(index, TILE_WIDTH >> height)
        hashes = self._level(self._tile(tile_level, number), height)
        return hashes[place * HASH_SIZE : (place + 1) * HASH_SIZE]

    def _tile(self, level: int, number: int) -> Tile:
        full = self._size >> (_TILE_HEIGHT * (level + 1))
        return Tile(level, number, TILE_WIDTH if number < full else partial_width(self._size, level))

    def _level(self, tile: Tile, height: int) -> bytes:
        """The hashes `height` levels above those of the tile, one after another, as far as they are complete."""
        levels = self._kept.get(tile)
        if levels is None:
            levels = self._kept[tile] = [self._hashes(tile)]
            if len(self._kept) > self._keep:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(tile)
        while len(levels) <= height:
            levels.append(parents(levels[-1]))
        return levels[height]

    def _hashes(self, tile: Tile) -> bytes:
        data = self._read_tile(tile)
        if len(data) != tile.width * HASH_SIZE:
            raise Rejected("a tile does not have the length that its width asks for")
        return data
