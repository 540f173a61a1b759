"""Merkle trees: the published vectors, and the naive recursion of RFC 6962 for every small tree."""

import time
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.tlog.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from expunct_server.tlog.strict import MAX_SIZE, Rejected

from . import naive
from .support import ENTRIES, LEAVES, node_of, root_of

# The eight leaves that implementations of Certificate Transparency test with, and the roots over the first 1 to 8.
CT_LEAVES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SMALL = 130
ROOTS = [naive.mth(ENTRIES[:size]) for size in range(SMALL + 1)]
NODE = node_of(LEAVES)


# --- published vectors ------------------------------------------------------------------------------------------------


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root() == EMPTY_ROOT


def test_the_roots_of_the_eight_leaves() -> None:
    frontier, roots = Frontier(), []
    for leaf in CT_LEAVES:
        frontier.append(leaf_hash(leaf))
        roots.append(frontier.root().hex())
    assert roots == CT_ROOTS


def test_the_consistency_proof_from_six_to_eight_leaves() -> None:
    expected = [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    hashes = consistency_proof(6, 8, node_of([leaf_hash(leaf) for leaf in CT_LEAVES]))
    assert [each.hex() for each in hashes] == expected
    verify_consistency(6, 8, hashes, bytes.fromhex(CT_ROOTS[5]), bytes.fromhex(CT_ROOTS[7]))


def test_the_consistency_proof_from_two_to_five_leaves() -> None:
    expected = [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]
    hashes = consistency_proof(2, 5, node_of([leaf_hash(leaf) for leaf in CT_LEAVES[:5]]))
    assert [each.hex() for each in hashes] == expected


# --- every small tree, against the recursion --------------------------------------------------------------------------


def test_the_frontier_gives_the_root_of_every_small_tree() -> None:
    frontier, roots = Frontier(), [Frontier().root()]
    for leaf in LEAVES[:SMALL]:
        frontier.append(leaf)
        roots.append(frontier.root())
    assert roots == ROOTS


def test_the_root_of_every_small_tree_follows_from_complete_subtrees() -> None:
    assert [tree_root(size, NODE) for size in range(SMALL + 1)] == ROOTS
    with pytest.raises(Rejected):
        tree_root(-1, NODE)


def test_every_inclusion_proof_of_the_small_trees() -> None:
    for size in range(1, SMALL + 1):
        for index in range(size):
            hashes = inclusion_proof(index, size, NODE)
            verify_inclusion(LEAVES[index], index, size, hashes, ROOTS[size])
    sizes = [*range(1, 40), 63, 64, 65, 127, 128, 129, 130]
    pairs = [(index, size) for size in sizes for index in range(size)]
    assert [inclusion_proof(m, n, NODE) for m, n in pairs] == [naive.path(m, ENTRIES[:n]) for m, n in pairs]


def test_every_consistency_proof_of_the_small_trees() -> None:
    for new in range(1, SMALL + 1):
        for old in range(1, new + 1):
            verify_consistency(old, new, consistency_proof(old, new, NODE), ROOTS[old], ROOTS[new])
    sizes = [*range(1, 40), 63, 64, 65, 127, 128, 129, 130]
    pairs = [(old, new) for new in sizes for old in range(1, new + 1)]
    assert [consistency_proof(m, n, NODE) for m, n in pairs] == [naive.proof(m, ENTRIES[:n]) for m, n in pairs]


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_larger_trees(data: st.DataObject) -> None:
    new = data.draw(st.integers(SMALL, 3000))
    old, index = data.draw(st.integers(1, new)), data.draw(st.integers(0, new - 1))
    entries = [b"%d" % number for number in range(new)]
    leaves = [leaf_hash(entry) for entry in entries]
    node, root, old_root = node_of(leaves), naive.mth(entries), naive.mth(entries[:old])
    inclusion, consistency = inclusion_proof(index, new, node), consistency_proof(old, new, node)
    assert (inclusion, consistency) == (naive.path(index, entries), naive.proof(old, entries))
    verify_inclusion(leaves[index], index, new, inclusion, root)
    verify_consistency(old, new, consistency, old_root, root)


# --- what does not prove ----------------------------------------------------------------------------------------------


def test_no_inclusion_proof_serves_another_index_size_leaf_or_root() -> None:
    """The index is bound by the path; a size is bound only where it gives the path another shape."""
    for size in range(1, 24):
        for index in range(size):
            hashes = inclusion_proof(index, size, NODE)
            for other in range(size):
                if other != index:
                    _not_included(LEAVES[index], other, size, hashes, ROOTS[size])
            _not_included(LEAVES[index + 1], index, size, hashes, ROOTS[size])
            _not_included(LEAVES[index], index, size, hashes, ROOTS[size + 1])
            _not_included(LEAVES[index], index, size, [*hashes, ROOTS[3]], ROOTS[size])
            if hashes:
                _not_included(LEAVES[index], index, size, hashes[:-1], ROOTS[size])
                _not_included(LEAVES[index], index, size, hashes[1:], ROOTS[size])


def test_no_consistency_proof_serves_other_roots_or_another_length() -> None:
    for new in range(2, 24):
        for old in range(1, new):
            hashes = consistency_proof(old, new, NODE)
            _not_consistent(old, new, hashes, ROOTS[old + 1], ROOTS[new])
            _not_consistent(old, new, hashes, ROOTS[old], ROOTS[new + 1])
            _not_consistent(old, new, [*hashes, ROOTS[3]], ROOTS[old], ROOTS[new])
            _not_consistent(old, new, hashes[:-1], ROOTS[old], ROOTS[new])
            _not_consistent(old, new, hashes[1:], ROOTS[old], ROOTS[new])
            _not_consistent(old, new, [], ROOTS[old], ROOTS[new])


def test_a_turned_bit_anywhere_in_a_proof_is_rejected() -> None:
    included, consistent = inclusion_proof(6, 11, NODE), consistency_proof(7, 11, NODE)
    for place in range(len(included)):
        for bit in range(256):
            _not_included(LEAVES[6], 6, 11, _turned(included, place, bit), ROOTS[11])
    for place in range(len(consistent)):
        for bit in range(256):
            _not_consistent(7, 11, _turned(consistent, place, bit), ROOTS[7], ROOTS[11])


R, S = ROOTS[4], ROOTS[7]


@pytest.mark.parametrize(
    ("leaf", "index", "size", "hashes", "root"),
    [
        (LEAVES[0], 0, 0, [], EMPTY_ROOT),
        (LEAVES[0], 1, 1, [], LEAVES[0]),
        (LEAVES[0], -1, 1, [], LEAVES[0]),
        (LEAVES[0], 0, MAX_SIZE + 1, [], LEAVES[0]),
        (LEAVES[0][:31], 0, 1, [], LEAVES[0][:31]),
        (LEAVES[0] + b"\0", 0, 1, [], LEAVES[0] + b"\0"),
        (LEAVES[0], 0, 2, [LEAVES[1][:31]], ROOTS[2]),
        (LEAVES[0], 0, 2, [b""], ROOTS[2]),
        (b"", 0, 1, [], b""),
    ],
)
def test_inclusion_out_of_bounds(leaf: bytes, index: int, size: int, hashes: list[bytes], root: bytes) -> None:
    _not_included(leaf, index, size, hashes, root)


@pytest.mark.parametrize(
    ("old", "new", "hashes", "old_root", "new_root"),
    [
        (0, 4, [], EMPTY_ROOT, R),
        (0, 4, [R], EMPTY_ROOT, R),
        (4, 4, [], R, S),
        (4, 4, [R], R, R),
        (0, 0, [], R, R),
        (0, 0, [EMPTY_ROOT], EMPTY_ROOT, EMPTY_ROOT),
        (7, 4, [], S, R),
        (-1, 4, [], R, R),
        (4, MAX_SIZE + 1, [], R, S),
        (4, 7, [b"short"], R, S),
        (4, 4, [], R[:31], R[:31]),
    ],
)
def test_consistency_out_of_bounds(old: int, new: int, hashes: list[bytes], old_root: bytes, new_root: bytes) -> None:
    _not_consistent(old, new, hashes, old_root, new_root)


def test_equal_trees_are_consistent_without_a_hash() -> None:
    verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    verify_consistency(4, 4, [], R, R)
    assert consistency_proof(4, 4, NODE) == []


@pytest.mark.parametrize(("old", "new"), [(0, 4), (5, 4), (-1, 4), (1, MAX_SIZE + 1), (0, 0)])
def test_there_is_no_consistency_proof_between(old: int, new: int) -> None:
    with pytest.raises(Rejected):
        consistency_proof(old, new, NODE)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (4, 4), (-1, 4), (0, MAX_SIZE + 1)])
def test_there_is_no_inclusion_proof_for(index: int, size: int) -> None:
    with pytest.raises(Rejected):
        inclusion_proof(index, size, NODE)


# --- the frontier -----------------------------------------------------------------------------------------------------


@given(st.integers(0, 300), st.integers(0, 300))
@settings(max_examples=60, deadline=None)
def test_a_frontier_stored_and_read_goes_on_as_if_it_had_stayed(first: int, last: int) -> None:
    first, last = sorted((first, last))
    frontier = Frontier()
    frontier.extend(LEAVES[:first])
    again = Frontier.decode(frontier.size, frontier.encode())
    again.extend(LEAVES[first:last])
    whole = Frontier()
    whole.extend(LEAVES[:last])
    assert (again.size, again.peaks) == (whole.size, whole.peaks) == (last, whole.peaks)
    assert (frontier.size, frontier.root()) == (first, root_of(first))


def test_the_peaks_are_the_complete_subtrees_largest_first() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:11])
    assert frontier.peaks == (naive.mth(ENTRIES[:8]), naive.mth(ENTRIES[8:10]), LEAVES[10])
    assert frontier.encode() == b"".join(frontier.peaks)


@pytest.mark.parametrize(
    ("size", "data"),
    [(0, R), (1, b""), (1, R[:31]), (1, R + b"\0"), (3, R), (2, R + R), (-1, R), (MAX_SIZE + 1, R)],
)
def test_bytes_that_are_no_frontier(size: int, data: bytes) -> None:
    with pytest.raises(Rejected):
        Frontier.decode(size, data)


def test_a_leaf_of_another_length_leaves_the_frontier_as_it_was_before_it() -> None:
    frontier = Frontier()
    with pytest.raises(Rejected):
        frontier.extend([*LEAVES[:5], b"short", LEAVES[6]])
    assert (frontier.size, frontier.root()) == (5, ROOTS[5])


def test_a_full_tree_takes_no_leaf() -> None:
    full = Frontier(MAX_SIZE, [R] * 63)
    with pytest.raises(Rejected):
        full.append(R)
    assert (full.size, full.peaks) == (MAX_SIZE, (R,) * 63)


def test_hundreds_of_thousands_of_leaves_a_second() -> None:
    leaves = [sha256(b"%d" % number).digest() for number in range(50_000)]
    best = 1e9
    for _ in range(5):
        start = time.perf_counter()
        Frontier().extend(leaves)
        best = min(best, time.perf_counter() - start)
    assert len(leaves) / best > 100_000  # several times faster on an idle machine


def test_node_hashes_are_told_apart_from_leaf_hashes() -> None:
    assert node_hash(R, S) == sha256(b"\x01" + R + S).digest() != leaf_hash(R + S) == sha256(b"\x00" + R + S).digest()


def _turned(hashes: list[bytes], place: int, bit: int) -> list[bytes]:
    changed = (int.from_bytes(hashes[place], "big") ^ (1 << bit)).to_bytes(32, "big")
    return [*hashes[:place], changed, *hashes[place + 1 :]]


def _not_included(leaf: bytes, index: int, size: int, hashes: list[bytes], root: bytes) -> None:
    with pytest.raises(Rejected):
        verify_inclusion(leaf, index, size, hashes, root)


def _not_consistent(old: int, new: int, hashes: list[bytes], old_root: bytes, new_root: bytes) -> None:
    with pytest.raises(Rejected):
        verify_consistency(old, new, hashes, old_root, new_root)
