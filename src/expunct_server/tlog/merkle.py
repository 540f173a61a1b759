"""Merkle trees as RFC 6962 section 2.1 hashes them, with the verification of RFC 9162 section 2.1.

Proofs are made from complete subtrees alone: `node(level, index)` is the hash of the complete subtree over the leaves
index * 2^level up to (index + 1) * 2^level. The roots of the incomplete subtrees at the right edge follow from those.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from expunct_server.tlog.strict import HASH_SIZE, MAX_SIZE, Rejected, check_hashes, check_size

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves (RFC 6962 section 2.1)."""

NodeReader = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def parents(level: bytes) -> bytes:
    """The hashes above those of `level`, both one after another; a last one without a sibling has no parent yet."""
    starts = range(0, len(level) - HASH_SIZE, 2 * HASH_SIZE)
    return b"".join([sha256(b"\x01" + level[at : at + 2 * HASH_SIZE]).digest() for at in starts])


class Frontier:
    """The right edge of a growing tree: its size and the roots of its complete subtrees, the largest first.

    These are all that appending needs: 32 bytes for each bit set in the size. `Frontier(other.size, other.peaks)` is
    a copy that grows on its own.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Raises Rejected unless there is a hash of 32 bytes for each bit set in `size`."""
        self._size = size
        self._peaks = list(peaks)
        check_size(size, "the tree size")
        check_hashes(self._peaks)
        if len(self._peaks) != size.bit_count():
            raise Rejected("the number of subtree roots does not fit the tree size")

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, the largest (leftmost) first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> None:
        """Add the leaf whose hash is `leaf`, 32 bytes; raises Rejected."""
        self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes, 32 bytes each; raises Rejected, the leaves before the wrong one added."""
        peaks, size, hashed = self._peaks, self._size, sha256
        try:
            for leaf in leaves:
                if len(leaf) != HASH_SIZE or size == MAX_SIZE:
                    raise Rejected("a leaf hash is not 32 bytes long, or the tree is full")
                below, carry = size, leaf
                while below & 1:  # a subtree as large as the new one waits at the right edge: join them
                    carry = hashed(b"\x01" + peaks.pop() + carry).digest()
                    below >>= 1
                peaks.append(carry)
                size += 1
        finally:
            self._size = size

    def root(self) -> bytes:
        """The root of the tree, 32 bytes."""
        return _fold(self._peaks) if self._peaks else EMPTY_ROOT

    def encode(self) -> bytes:
        """The subtree roots one after another, the largest first; the size is kept beside them."""
        return b"".join(self._peaks)

    @classmethod
    def decode(cls, size: int, data: bytes) -> "Frontier":
        """What `encode` wrote for a tree of `size` leaves; raises Rejected where the length does not fit."""
        return cls(size, [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)])


def tree_root(size: int, node: NodeReader) -> bytes:
    """MTH(D[size]) of RFC 6962 section 2.1, 32 bytes; raises Rejected for a negative size, and what `node` raises."""
    check_size(size, "the tree size")
    return _range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, the leaf's sibling first; raises Rejected unless index < size."""
    _check_index(index, size)
    low, high = 0, size
    path: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_root(middle, high, node))
            high = middle
        else:
            path.append(_range_root(low, middle, node))
            low = middle
    return path[::-1]


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2, empty for equal sizes; raises Rejected unless 0 < old <= new."""
    check_size(new, "the tree size")
    if not 0 < old <= new:
        raise Rejected("a consistency proof leads from a tree with leaves to one at least as large")
    low, high = 0, new
    path: list[bytes] = []
    while old < high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(_range_root(middle, high, node))
            high = middle
        else:
            path.append(_range_root(low, middle, node))
            low = middle
    if low > 0:  # otherwise the remaining subtree is the old tree itself, whose root the verifier has
        path.append(_range_root(low, high, node))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, hashes: Sequence[bytes], root: bytes) -> None:
    """Raise Rejected unless `hashes` prove that `leaf` is number `index` of the tree (RFC 9162 section 2.1.3.2)."""
    _check_index(index, size)
    check_hashes([leaf, root, *hashes])
    first, last, found = index, size - 1, leaf
    for each in hashes:
        if last == 0:
            raise Rejected("the inclusion proof is too long")
        if first & 1 or first == last:
            found = node_hash(each, found)
            first, last = _skip_to_right(first, last)
        else:
            found = node_hash(found, each)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise Rejected("the inclusion proof is too short")
    if found != root:
        raise Rejected("the inclusion proof does not lead to the root")


def verify_consistency(old: int, new: int, hashes: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Raise Rejected unless `hashes` prove that the old tree begins the new one (RFC 9162 section 2.1.4.2)."""
    check_size(new, "the tree size")
    check_hashes([old_root, new_root, *hashes])
    if not 0 <= old <= new:
        raise Rejected("the old tree is larger than the new one")
    if old == new:
        _verify_same(old, hashes, old_root, new_root)
        return
    if old == 0:
        raise Rejected("from the empty tree there is no consistency proof")
    path = [old_root, *hashes] if old & (old - 1) == 0 else list(hashes)
    if not hashes:
        raise Rejected("the consistency proof is empty")
    found_old, found_new = _climb(old - 1, new - 1, path)
    if found_old != old_root or found_new != new_root:
        raise Rejected("the consistency proof does not lead to both roots")


def _verify_same(size: int, hashes: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    if hashes:
        raise Rejected("between equal sizes a consistency proof is empty")
    if old_root != new_root:
        raise Rejected("trees of one size have different roots")
    if size == 0 and new_root != EMPTY_ROOT:
        raise Rejected("the root of the empty tree is wrong")


def _climb(first: int, last: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that `path` leads to: steps 4 to 6 of RFC 9162 section 2.1.4.2; raises Rejected on a wrong length."""
    while first & 1:
        first, last = first >> 1, last >> 1
    found_old = found_new = path[0]
    for each in path[1:]:
        if last == 0:
            raise Rejected("the consistency proof is too long")
        if first & 1 or first == last:
            found_old, found_new = node_hash(each, found_old), node_hash(each, found_new)
            first, last = _skip_to_right(first, last)
        else:
            found_new = node_hash(found_new, each)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise Rejected("the consistency proof is too short")
    return found_old, found_new


def _skip_to_right(first: int, last: int) -> tuple[int, int]:
    """Climb over the levels where the node has no sibling, up to where it is a right child or the leftmost."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last


def _check_index(index: int, size: int) -> None:
    check_size(size, "the tree size")
    if not 0 <= index < size:
        raise Rejected("the leaf index lies outside the tree")


def _split(width: int) -> int:
    """The largest power of two strictly below `width`, 2 or more."""
    return 1 << ((width - 1).bit_length() - 1)


def _range_root(low: int, high: int, node: NodeReader) -> bytes:
    """MTH(D[low:high]) for a range that the recursion of RFC 6962 meets: complete subtrees, larger ones to the left."""
    peaks: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        peaks.append(node(level, low >> level))
        low += 1 << level
    return _fold(peaks)


def _fold(peaks: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, the largest first, one at least."""
    root = peaks[-1]
    for peak in peaks[-2::-1]:
        root = node_hash(peak, root)
    return root
