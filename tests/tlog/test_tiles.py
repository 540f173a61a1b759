"""Tiles: their paths, which of them a growing log writes, bundles, and proofs read from them alone."""

import time
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.tlog.merkle import (
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from expunct_server.tlog.strict import MAX_SIZE, Rejected
from expunct_server.tlog.tiles import (
    TILE_WIDTH,
    Tile,
    TileReader,
    decode_bundle,
    encode_bundle,
    new_tiles,
    parse_tile_path,
    partial_width,
    tiles_of,
)

from . import naive
from .support import node_of

SIZE = 70_000
LEAVES = [sha256(b"\x00%d" % number).digest() for number in range(SIZE)]
NODE = node_of(LEAVES)


def read_tile(tile: Tile) -> bytes:
    """The tile as the definition has it: the hashes of the subtrees of 256^level leaves."""
    assert tile.level is not None
    start = tile.number * TILE_WIDTH
    return b"".join(NODE(8 * tile.level, start + place) for place in range(tile.width))


# --- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 999), "tile/0/999"),
        (Tile(1, 1000), "tile/1/x001/000"),
        (Tile(63, 5, 1), "tile/63/005.p/1"),
        (Tile(None, 273, 112), "tile/entries/273.p/112"),
        (Tile(None, 1234067, 255), "tile/entries/x001/x234/067.p/255"),
        (Tile(0, MAX_SIZE), "tile/0/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert (tile.path(), parse_tile_path(path)) == (path, tile)


TILES = st.builds(Tile, st.none() | st.integers(0, 63), st.integers(0, MAX_SIZE), st.integers(1, 256))


@given(TILES)
def test_every_path_reads_as_its_tile(tile: Tile) -> None:
    assert parse_tile_path(tile.path()) == tile


@given(st.text("tile/xp.0123456789entris", max_size=24))
def test_a_path_that_is_read_is_the_one_that_would_be_written(path: str) -> None:
    try:
        tile = parse_tile_path(path)
    except Rejected:
        return
    assert tile.path() == path


@pytest.mark.parametrize(
    ("level", "number", "width"),
    [(-1, 0, 256), (64, 0, 256), (0, -1, 256), (0, MAX_SIZE + 1, 1), (0, 0, 0), (0, 0, 257)],
)
def test_tiles_that_cannot_be(level: int, number: int, width: int) -> None:
    with pytest.raises(Rejected):
        Tile(level, number, width)


# --- which tiles ------------------------------------------------------------------------------------------------------


def test_the_tiles_of_a_tree_of_seventy_thousand() -> None:
    """The example of the specification: 273 full and one of 112, one full and one of 17, one of 1."""
    entries = [*(Tile(None, number) for number in range(273)), Tile(None, 273, 112)]
    level_0 = [*(Tile(0, number) for number in range(273)), Tile(0, 273, 112)]
    assert list(tiles_of(70_000)) == [*entries, *level_0, Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, []),
        (1, ["tile/entries/000.p/1", "tile/0/000.p/1"]),
        (255, ["tile/entries/000.p/255", "tile/0/000.p/255"]),
        (256, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/entries/000", "tile/entries/001.p/1", "tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    ],
)
def test_the_tiles_of_small_trees(size: int, paths: list[str]) -> None:
    assert [tile.path() for tile in tiles_of(size)] == paths


@given(st.integers(0, 200_000), st.integers(0, 200_000))
@settings(max_examples=40, deadline=None)
def test_a_growing_log_writes_what_the_smaller_tree_lacked(old: int, new: int) -> None:
    old, new = sorted((old, new))
    had = set(tiles_of(old))
    assert list(new_tiles(old, new)) == [tile for tile in tiles_of(new) if tile not in had]


def test_a_large_tree_is_not_walked_to_find_what_is_new() -> None:
    paths = [tile.path() for tile in new_tiles(2**40 - 1, 2**40)]
    assert paths == [
        "tile/entries/x004/x294/x967/295",
        "tile/0/x004/x294/x967/295",
        "tile/1/x016/x777/215",
        "tile/2/x065/535",
        "tile/3/255",
        "tile/4/000",
        "tile/5/000.p/1",
    ]


def test_partial_widths() -> None:
    assert [partial_width(SIZE, level) for level in range(4)] == [112, 17, 1, 0]


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1), (0, MAX_SIZE + 1)])
def test_a_log_does_not_shrink(old: int, new: int) -> None:
    with pytest.raises(Rejected):
        new_tiles(old, new)


# --- bundles ----------------------------------------------------------------------------------------------------------


def test_a_bundle_to_the_byte() -> None:
    entries = [b"", b"a", b"\xff" * 300]
    data = b"\x00\x00" + b"\x00\x01a" + b"\x01\x2c" + b"\xff" * 300
    assert (encode_bundle(entries), decode_bundle(data, 3)) == (data, entries)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_bundles_read_as_they_were_written(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries), len(entries)) == entries


@given(st.binary(max_size=40), st.integers(1, 6))
def test_a_bundle_that_is_read_is_the_one_that_would_be_written(data: bytes, width: int) -> None:
    try:
        entries = decode_bundle(data, width)
    except Rejected:
        return
    assert encode_bundle(entries) == data


def test_the_largest_entry() -> None:
    assert decode_bundle(encode_bundle([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(Rejected):
        encode_bundle([b"x" * 65_536])


@pytest.mark.parametrize("count", [0, 257])
def test_bundles_have_one_to_256_entries(count: int) -> None:
    with pytest.raises(Rejected):
        encode_bundle([b""] * count)
    with pytest.raises(Rejected):
        decode_bundle(b"\0\0" * count, count)


# --- reading ----------------------------------------------------------------------------------------------------------


@given(st.integers(1, SIZE), st.data())
@settings(max_examples=60, deadline=None)
def test_proofs_from_tiles_are_those_from_the_tree(size: int, data: st.DataObject) -> None:
    reader = TileReader(read_tile, size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    included, consistent = inclusion_proof(index, size, reader.node), consistency_proof(old, size, reader.node)
    assert (included, consistent) == (inclusion_proof(index, size, NODE), consistency_proof(old, size, NODE))
    roots = [_root(old), _root(size)]
    verify_inclusion(LEAVES[index], index, size, included, roots[1])
    verify_consistency(old, size, consistent, *roots)


@given(st.integers(1, SIZE), st.data())
@settings(max_examples=60, deadline=None)
def test_only_tiles_of_the_tree_are_asked_for(size: int, data: st.DataObject) -> None:
    asked: set[Tile] = set()

    def note_and_read(tile: Tile) -> bytes:
        asked.add(tile)
        return read_tile(tile)

    inclusion_proof(data.draw(st.integers(0, size - 1)), size, TileReader(note_and_read, size).node)
    assert asked <= set(tiles_of(size))


def test_a_proof_from_tiles_agrees_with_the_recursion() -> None:
    entries = [b"%d" % number for number in range(1000)]
    hashes = [leaf_hash(entry) for entry in entries]
    node = node_of(hashes)
    levels = {0: hashes, 1: [node(8, number) for number in range(3)]}
    reader = TileReader(lambda tile: b"".join(levels[tile.level or 0][tile.number * 256 :][: tile.width]), 1000)
    assert inclusion_proof(777, 1000, reader.node) == naive.path(777, entries)
    assert consistency_proof(300, 1000, reader.node) == naive.proof(300, entries)


def test_tiles_used_again_are_not_read_again() -> None:
    read: list[Tile] = []

    def note_and_read(tile: Tile) -> bytes:
        read.append(tile)
        return read_tile(tile)

    reader = TileReader(note_and_read, SIZE, keep=2)
    nodes = [reader.node(0, 0), reader.node(3, 1), reader.node(0, 256), reader.node(0, 1), reader.node(0, 512)]
    assert nodes == [NODE(0, 0), NODE(3, 1), NODE(0, 256), NODE(0, 1), NODE(0, 512)]
    assert [reader.node(0, 2), reader.node(0, 257)] == [NODE(0, 2), NODE(0, 257)]
    assert [tile.number for tile in read] == [0, 1, 2, 1]  # the one used longest ago made room


@pytest.mark.parametrize(
    ("level", "index"), [(0, 300), (2, 75), (8, 1), (9, 0), (63, 0), (64, 0), (2**40, 0), (-1, 0), (0, -1)]
)
def test_nodes_outside_of_the_tree(level: int, index: int) -> None:
    with pytest.raises(Rejected):
        TileReader(read_tile, 300).node(level, index)


@pytest.mark.parametrize("wrong", [b"", b"x", b"\0" * 32 * 43, b"\0" * 32 * 45, b"\0" * 8192, b"\0" * (32 * 44 + 1)])
def test_a_tile_of_another_length(wrong: bytes) -> None:
    with pytest.raises(Rejected):
        TileReader(lambda _: wrong, 300).node(0, 299)


def test_a_proof_takes_well_below_two_milliseconds() -> None:
    tiles = {tile: read_tile(tile) for tile in tiles_of(SIZE) if tile.level is not None}
    best = 1e9
    for index in range(100, SIZE, SIZE // 20):
        start = time.perf_counter()
        inclusion_proof(index, SIZE, TileReader(tiles.__getitem__, SIZE).node)
        best = min(best, time.perf_counter() - start)
    assert best < 0.002


def _root(size: int) -> bytes:
    frontier = Frontier()
    frontier.extend(LEAVES[:size])
    return frontier.root()
