"""The growing end of a log in memory: the partial tile of each level and the bundle that is being filled."""

from collections.abc import Callable, Iterable, Iterator

from expunct_server.tlog.merkle import Frontier, leaf_hash, node_hash
from expunct_server.tlog.tiles import TILE_WIDTH, Tile, encode_bundle

TileReaderBytes = Callable[[Tile], bytes | None]


class TileMissing(Exception):
    """A tile that must be there is not, or is cut short."""


class Tail:
    """A log of `size` entries, as far as appending needs it: at most 255 entries and 255 hashes a level."""

    def __init__(self) -> None:
        self.size = 0
        self._entries: list[bytes] = []
        self._levels: list[list[bytes]] = [[]]

    @classmethod
    def at(cls, size: int, read: TileReaderBytes, entries: Iterable[bytes]) -> "Tail":
        """The end of a log that has `size` entries: `entries` are those of its partial bundle, tiles give the rest.

        Raises `TileMissing`. What was read is only right if `root()` is the root that was signed: compare.
        """
        tail = cls()
        tail.size = size - size % TILE_WIDTH
        above = size // TILE_WIDTH
        level = 1
        while above:
            tail._levels.append(_partial(level, above, read))
            above //= TILE_WIDTH
            level += 1
        for each in entries:
            tail._append(each)
        return tail

    def extend(self, entries: Iterable[bytes]) -> Iterator[tuple[Tile, bytes]]:
        """Append entries; gives each tile and bundle that becomes full, with its bytes. To be exhausted."""
        for each in entries:
            self._append(each)
            if not self.size % TILE_WIDTH:
                yield Tile(None, self.size // TILE_WIDTH - 1), encode_bundle(self._entries)
                self._entries = []
                yield from self._carry()

    def _append(self, entry: bytes) -> None:
        self._entries.append(entry)
        self._levels[0].append(leaf_hash(entry))
        self.size += 1

    def _carry(self) -> Iterator[tuple[Tile, bytes]]:
        for level, hashes in enumerate(self._levels):
            if len(hashes) < TILE_WIDTH:
                return
            number = (self.size >> (8 * (level + 1))) - 1
            yield Tile(level, number), b"".join(hashes)
            if level + 1 == len(self._levels):
                self._levels.append([])
            self._levels[level + 1].append(_complete_root(hashes))
            self._levels[level] = []

    def partials(self) -> Iterator[tuple[Tile, bytes]]:
        """The partial tiles and bundle that a checkpoint of this size needs besides the full ones."""
        if self._entries:
            yield Tile(None, self.size // TILE_WIDTH, len(self._entries)), encode_bundle(self._entries)
        for level, hashes in enumerate(self._levels):
            if hashes:
                yield Tile(level, self.size >> (8 * (level + 1)), len(hashes)), b"".join(hashes)

    def root(self) -> bytes:
        """The root of the tree."""
        peaks = []
        for hashes in reversed(self._levels):
            at = 0
            for bit in (128, 64, 32, 16, 8, 4, 2, 1):
                if len(hashes) & bit:
                    peaks.append(_complete_root(hashes[at : at + bit]))
                    at += bit
        return Frontier(self.size, peaks).root()


def _partial(level: int, held: int, read: TileReaderBytes) -> list[bytes]:
    """The hashes of the partial tile of a level that holds `held` hashes in all."""
    width = held % TILE_WIDTH
    if not width:
        return []
    tile = Tile(level, held // TILE_WIDTH, width)
    data = read(tile)
    if data is None or len(data) != width * 32:
        raise TileMissing(tile.path())
    return [data[at : at + 32] for at in range(0, len(data), 32)]


def _complete_root(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]
