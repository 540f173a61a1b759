"""The part of fsck that compares leaves made from rows with the published files of a log."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from expunct_server.publishing.tail import Tail
from expunct_server.publishing.tile_store import TileStore
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.merkle import Frontier, leaf_hash
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.strict import HASH_SIZE, Rejected
from expunct_server.tlog.tiles import TILE_WIDTH, Tile, decode_bundle, encode_bundle

Problem = Callable[[str], None]
"""Takes one line that says what is wrong, and where."""

_Entry = tuple[str, bytes | None]


class WantedRoot(NamedTuple):
    """The root that the first `size` entries must give, as `where` claims."""

    size: int
    root: bytes
    where: str


def open_published(note: bytes | None, keys: Iterable[VerifierKey], origin: str, problem: Problem) -> Checkpoint | None:
    """The published checkpoint, if it can be trusted; None where there is none, which is no problem by itself."""
    if note is None:
        return None
    try:
        return open_checkpoint(note, keys, origin)[0]
    except Rejected as error:
        problem(f"checkpoint: it cannot be trusted: {error}")
        return None


class TreeCheck:
    """Takes a log's entries in order, as the rows give them, and compares files and roots.

    Where a row and the published files differ the problem is told once, and the tree goes on with whatever the tile of
    level 0 has: what is wrong further up is then a problem of its own.
    """

    def __init__(
        self,
        store: TileStore,
        published: Checkpoint | None,
        size: int,
        root: bytes,
        roots: Iterator[WantedRoot],
        problem: Problem,
    ) -> None:
        self._store, self._problem = store, problem
        self._published = 0 if published is None else min(published.size, size)
        signed = [WantedRoot(self._published, published.root, "the checkpoint")] if published else []
        known = [*signed, WantedRoot(size, root, "the database")]
        self._wanted, self._roots = [each for each in known if published is None or each.size <= size], roots
        if published is not None and published.size > size:  # told already: the root cannot be compared
            self._wanted = self._wanted[1:]
        self._next = next(roots, None)
        self._tail, self._frontier = Tail(), Frontier()

    def extend(self, entries: Sequence[_Entry]) -> None:
        """The next entries, each with the name of its event; they start at a full tile's edge."""
        for at in range(0, len(entries), TILE_WIDTH):
            number, some = self._frontier.size // TILE_WIDTH, entries[at : at + TILE_WIDTH]
            width = min(TILE_WIDTH, self._published - number * TILE_WIDTH)
            leaves = self._settled(number, some[:width]) if width > 0 else []
            leaves += [data or b"" for _, data in some[max(0, width) :]]
            self._grow(leaves)

    def end(self) -> None:
        """No entry follows."""
        self._compare_roots([])
        if not self._frontier.size and self._published:
            self._problem("its entries are gone from the database")

    def _settled(self, number: int, entries: Sequence[_Entry]) -> list[bytes]:
        """Compare with a bundle and its tile; gives the entries that the tile vouches for."""
        width = len(entries)
        bundle, tile = Tile(None, number, width), Tile(0, number, width)
        data, hashes = self._store.tile(bundle), self._store.tile(tile)
        mine = [each if each is not None else b"" for _, each in entries]
        if data is not None and hashes is not None and data == encode_bundle(mine):
            leaves = list(map(leaf_hash, mine))
            if hashes == b"".join(leaves):
                return mine
        if hashes is not None and len(hashes) != width * HASH_SIZE:
            self._problem(f"{tile.path()}: the file has not its length")
            hashes = None
        return self._chosen(number, entries, self._bundle(bundle, data), self._missing(tile, hashes))

    def _missing(self, tile: Tile, data: bytes | None) -> bytes | None:
        if data is None:
            self._problem(f"{tile.path()}: the file is missing or cannot be used")
        return data

    def _bundle(self, tile: Tile, data: bytes | None) -> list[bytes] | None:
        if data is not None:
            try:
                return decode_bundle(data, tile.width)
            except Rejected as error:
                self._problem(f"{tile.path()}: {error}")
                return None
        self._problem(f"{tile.path()}: the file is missing")
        return None

    def _chosen(
        self, number: int, entries: Sequence[_Entry], bundle: list[bytes] | None, hashes: bytes | None
    ) -> list[bytes]:
        chosen: list[bytes] = []
        for place, (name, row) in enumerate(entries):
            index = number * TILE_WIDTH + place
            file = row if bundle is None else bundle[place]
            leaf = None if hashes is None else hashes[place * HASH_SIZE : (place + 1) * HASH_SIZE]
            chosen.append(self._one(index, name, row, file, leaf))
        return chosen

    def _one(self, index: int, name: str, row: bytes | None, file: bytes | None, leaf: bytes | None) -> bytes:
        """Which of row and file is the entry that was published; tell what is not."""
        bundle, tile = Tile(None, index // TILE_WIDTH).path(), Tile(0, index // TILE_WIDTH).path()
        row_is = row is not None and leaf in (None, leaf_hash(row))
        file_is = file is not None and leaf in (None, leaf_hash(file))
        if row_is and not file_is:
            self._problem(f"{bundle}, index {index}, event {name}: the file holds another entry than was published")
        elif row != file:
            says = "the row was changed: it makes another entry than was published"
            self._problem(f"index {index}, event {name}: {says}{_differing(row, file)}")
        elif not row_is:
            self._problem(f"{tile}, index {index}, event {name}: the hash in the file is not that of the entry")
        return (row if row_is or not file_is else file) or file or b""

    def _grow(self, entries: list[bytes]) -> None:
        leaves = list(map(leaf_hash, entries))
        self._compare_roots(leaves)
        rest = self._published - self._tail.size
        for tile, data in self._tail.extend(entries[: max(0, rest)]):
            self._compare(tile, data)
        if 0 < rest <= len(entries):
            for tile, data in self._tail.partials():
                self._compare(tile, data)

    def _compare(self, tile: Tile, data: bytes) -> None:
        """A tile of level 1 or above; those below were compared entry by entry."""
        if tile.level and self._store.tile(tile) != data:
            self._problem(f"{tile.path()}: the file is missing or does not hold the roots of the tiles below it")

    def _compare_roots(self, leaves: Sequence[bytes]) -> None:
        done, end = 0, self._frontier.size + len(leaves)
        for size in sorted({each.size for each in self._due(end)}):
            upto = done + size - self._frontier.size
            self._frontier.extend(leaves[done:upto])
            done, root = upto, self._frontier.root()
            for each in [each for each in self._held if each.size == size]:
                if each.root != root:
                    self._problem(f"the first {size} entries do not give the root that {each.where} has")
        self._frontier.extend(leaves[done:])

    def _due(self, end: int) -> list[WantedRoot]:
        """The roots that are wanted up to a size; each is given once."""
        held = [each for each in self._wanted if self._frontier.size <= each.size <= end]
        self._wanted = [each for each in self._wanted if each not in held]
        while self._next is not None and self._next.size <= end:
            held.append(self._next)
            self._next = next(self._roots, None)
        self._held = held
        return held


def _differing(row: bytes | None, file: bytes | None) -> str:
    """The names of the fields in which two entries differ, never their values."""
    try:
        mine, published = json.loads(row or b"{}"), json.loads(file or b"{}")
        names = sorted(each for each in mine.keys() | published.keys() if mine.get(each) != published.get(each))
    except (ValueError, AttributeError):
        return ""
    return f" ({', '.join(names)})" if names and mine and published else ""
