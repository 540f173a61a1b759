"""Keys, trees and checkpoints for the tests of the room."""

from collections.abc import Callable, Iterable, Iterator

from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.merkle import Frontier, inclusion_proof, leaf_hash, node_hash, verify_inclusion
from expunct_server.tlog.note import Opened, VerifierKey
from expunct_server.tlog.proof import Proof, parse_proof
from expunct_server.tlog.signer import Ed25519Cosigner, Ed25519Signer, MlDsa44Cosigner, Signer, sign_note

ORIGIN = "log.example/tenant-1"
TIME = 1_700_000_000

LOG = Ed25519Signer(ORIGIN, b"\x01" * 32)
WITNESS = Ed25519Cosigner("witness.example/w1", b"\x02" * 32, lambda: TIME)
OTHER_WITNESS = Ed25519Cosigner("witness.example/w2", b"\x03" * 32, lambda: TIME + 1)
PQ_WITNESS = MlDsa44Cosigner("witness.example/pq", b"\x04" * 32, lambda: TIME + 2)
STRANGER = Ed25519Signer("stranger.example/x", b"\x05" * 32)

ENTRIES = [b"entry %d" % number for number in range(300)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def node_of(leaves: list[bytes]) -> Callable[[int, int], bytes]:
    """The complete subtrees over `leaves`, from a table of whole levels."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def root_of(size: int) -> bytes:
    frontier = Frontier()
    frontier.extend(LEAVES[:size])
    return frontier.root()


def checkpoint_text(size: int = 11, origin: str = ORIGIN) -> str:
    return Checkpoint(origin, size, root_of(size)).encode()


def checkpoint_note(size: int = 11, signers: tuple[Signer, ...] = (LOG,)) -> bytes:
    return sign_note(checkpoint_text(size), signers)


def sample_proof(extra: bytes | None = None, signers: tuple[Signer, ...] = (LOG,), index: int = 6) -> Proof:
    """That entry `index` stands in the tree of 11 leaves."""
    hashes = inclusion_proof(index, 11, node_of(LEAVES[:11]))
    return Proof(index, tuple(hashes), checkpoint_note(11, signers), extra)


def verify(data: bytes, entry: bytes, keys: Iterable[VerifierKey], origin: str = ORIGIN) -> tuple[Checkpoint, Opened]:
    """The room's parts put together, of a proof that may hold any entry; `verify_receipt` wants one of ours."""
    proof = parse_proof(data)
    checkpoint, opened = open_checkpoint(proof.checkpoint, keys, origin)
    verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return checkpoint, opened


def line_of(note: bytes, signer: Signer) -> tuple[int, int]:
    """Where in `note` the line of this signer stands: its first byte and the byte after its newline."""
    start = note.index(f"— {signer.verifier_key.name} ".encode())
    return start, note.index(b"\n", start) + 1


def flips(data: bytes) -> Iterator[tuple[int, bytes]]:
    """`data` with each of its bits turned in turn, and the place of the byte."""
    for at in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[at] ^= 1 << bit
            yield at, bytes(changed)
