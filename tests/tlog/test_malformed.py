"""A collection of the malformed: each differs in one thing from what is accepted, and each is rejected.

The signatures are good wherever one can be made for what stands there, so that it is the form that is rejected.
"""

import base64
from collections.abc import Callable
from hashlib import sha256

import pytest

from expunct_server.tlog.checkpoint import open_checkpoint, parse_checkpoint
from expunct_server.tlog.note import NoteSignature, open_note, parse_note, parse_verifier_key
from expunct_server.tlog.proof import parse_proof
from expunct_server.tlog.signer import Signer, sign_note
from expunct_server.tlog.strict import Rejected, base64_text
from expunct_server.tlog.tiles import decode_bundle, parse_tile_path
from expunct_server.tlog.witness import parse_add_checkpoint

from .support import (
    ENTRIES,
    LOG,
    ORIGIN,
    PQ_WITNESS,
    WITNESS,
    checkpoint_note,
    checkpoint_text,
    root_of,
    sample_proof,
    verify,
)

KEY = LOG.verifier_key
NOTE = checkpoint_note()
TEXT = checkpoint_text().encode()
LINE = LOG.sign(checkpoint_text()).line().encode()
NAME, BLOB = ORIGIN.encode(), LINE.split(b" ")[2].strip()
ROOT = base64_text(root_of(11)).encode()
PQ_LINE = PQ_WITNESS.sign(checkpoint_text()).line().encode()
PQ_BLOB = PQ_LINE.split(b" ")[2].strip()


def line(signature: bytes, signer: Signer = LOG) -> bytes:
    """A signature line of this signer's key with these bytes for the signature."""
    key = signer.verifier_key
    return NoteSignature(key.name, key.key_id, signature).line().encode()


def twin(encoded: bytes) -> bytes:
    """Another spelling of the same bytes, which a lenient decoder takes: an unused bit of the last character is set."""
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    digits = encoded.rstrip(b"=")
    other = digits[:-1] + alphabet[alphabet.index(digits[-1:]) + 1 :][:1] + encoded[len(digits) :]
    assert base64.b64decode(other, validate=True) == base64.b64decode(encoded)
    return other


def url_safe(encoded: bytes) -> bytes:
    """The same bytes in the other alphabet of RFC 4648."""
    other = base64.urlsafe_b64encode(base64.b64decode(encoded))
    assert other != encoded
    return other


def vkey(name: str, material: bytes) -> bytes:
    """A key with the identifier that it should have, whatever its name, kind and length."""
    key_id = sha256(name.encode() + b"\n" + material).hexdigest()[:8]
    return f"{name}+{key_id}+{base64_text(material)}".encode()


def signed(text: str | bytes) -> bytes:
    """A note with this text, well signed whatever it says."""
    return sign_note(text if isinstance(text, str) else text.decode(), [LOG])


# Unicode's spaces and separators that neither `split` nor the eye tells from a plain one.
SPACES = {
    "no-break space": "\u00a0",
    "next line": "\u0085",
    "ogham space": "\u1680",
    "en quad": "\u2000",
    "thin space": "\u2009",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "narrow no-break space": "\u202f",
    "mathematical space": "\u205f",
    "ideographic space": "\u3000",
}
CONTROLS = {
    "nul": b"\x00",
    "tab": b"\t",
    "vertical tab": b"\x0b",
    "form feed": b"\x0c",
    "return": b"\r",
    "file separator": b"\x1c",
    "escape": b"\x1b",
    "unit separator": b"\x1f",
}

NOTES: dict[str, bytes] = {
    "nothing": b"",
    "a newline": b"\n",
    "two newlines": b"\n\n",
    "the text alone": TEXT,
    "no signature": TEXT + b"\n",
    "no empty line": TEXT + LINE,
    "no text": LINE,
    "an empty text": b"\n" + LINE,
    "no last newline": NOTE[:-1],
    "an empty line at the end": NOTE + b"\n",
    "an empty line between signatures": NOTE + b"\n" + LINE,
    "text after the signatures": NOTE + b"more\n",
    "a byte order mark": b"\xef\xbb\xbf" + NOTE,
    "a byte order mark before the signature": TEXT + b"\n\xef\xbb\xbf" + LINE,
    "CRLF": NOTE.replace(b"\n", b"\r\n"),
    "CRLF at the end": NOTE[:-1] + b"\r\n",
    "invalid UTF-8 in the text": b"\xff" + NOTE,
    "invalid UTF-8 at the end": NOTE[:-1] + b"\xff\n",
    "an overlong newline": TEXT + b"\xc0\x8a" + LINE,
    "a surrogate": b"\xed\xa0\x80" + NOTE,
    "a hyphen for the dash": TEXT + b"\n" + LINE.replace("—".encode(), b"-"),
    "two hyphens for the dash": TEXT + b"\n" + LINE.replace("—".encode(), b"--"),
    "an en dash": TEXT + b"\n" + LINE.replace("—".encode(), "–".encode()),
    "a horizontal bar": TEXT + b"\n" + LINE.replace("—".encode(), "―".encode()),
    "no space after the dash": TEXT + b"\n" + LINE.replace("— ".encode(), "—".encode()),
    "two spaces after the dash": TEXT + b"\n" + LINE.replace("— ".encode(), "—  ".encode()),
    "a space before the dash": TEXT + b"\n " + LINE,
    "two spaces before the signature": TEXT + b"\n" + LINE.replace(b" " + BLOB, b"  " + BLOB),
    "a space at the end of the line": TEXT + b"\n" + LINE[:-1] + b" \n",
    "a third item in the line": TEXT + b"\n" + LINE[:-1] + b" AAAA\n",
    "no name": TEXT + b"\n" + LINE.replace(NAME + b" ", b""),
    "an empty name": TEXT + b"\n" + LINE.replace(NAME, b""),
    "a plus in the name": NOTE + LINE.replace(NAME, b"a+b"),
    "no signature after the name": NOTE + "— name\n".encode(),
    "an empty signature": NOTE + "— name \n".encode(),
    "an identifier alone": NOTE + "— name AAAAAA==\n".encode(),
    "three bytes": NOTE + "— name AAAA\n".encode(),
    "a signature without padding": TEXT + b"\n" + LINE.replace(b"=", b""),
    "a signature with trailing bits": TEXT + b"\n" + LINE.replace(BLOB, twin(BLOB)),
    "a signature in the URL-safe alphabet": NOTE + PQ_LINE.replace(PQ_BLOB, url_safe(PQ_BLOB)),
    "a character that is not base64": NOTE + "— name AAAAAAAA*AAA\n".encode(),
    "a malformed line of an unknown key": NOTE + "— stranger.example AAAAAAB=\n".encode(),
    "a known signature a byte short": TEXT + b"\n" + line(LOG.sign(checkpoint_text()).signature[:-1]),
    "a known signature a byte long": TEXT + b"\n" + line(LOG.sign(checkpoint_text()).signature + b"\0"),
    "an empty known cosignature": NOTE + line(b"x", WITNESS),
    "a known cosignature without its time": NOTE + line(WITNESS.sign(checkpoint_text()).signature[8:], WITNESS),
    **{f"{name} in the text": each + NOTE for name, each in CONTROLS.items()},
    **{f"{name} in the name": NOTE + f"— a{each}b AAAAAAAA\n".encode() for name, each in SPACES.items()},
}

SIZES = {
    "a plus": "+11",
    "a minus": "-11",
    "an underscore": "1_1",
    "a leading zero": "011",
    "a space before": " 11",
    "a space after": "11 ",
    "a no-break space": "11\u00a0",
    "Arabic digits": "١١",
    "full-width digits": "１１",
    "a superscript": "1¹",
    "a fraction": "11.0",
    "hexadecimal": "0xb",
    "2^63": "9223372036854775808",
    "two zeros": "00",
    "no digit": "",
    "words": "eleven",
}
ROOTS = {
    "no padding": ROOT[:-1],
    "trailing bits": twin(ROOT),
    "31 bytes": base64_text(b"r" * 31).encode(),
    "33 bytes": base64_text(b"r" * 33).encode(),
    "hexadecimal": root_of(11).hex().encode(),
    "the URL-safe alphabet": base64.urlsafe_b64encode(b"\xff" * 32),
    "a space after": ROOT + b" ",
    "a space inside": ROOT[:4] + b" " + ROOT[4:],
    "nothing": b"",
}
CHECKPOINTS: dict[str, bytes] = {
    "two lines": signed(f"{ORIGIN}\n11\n"),
    "one line": signed(f"{ORIGIN}\n"),
    "no line": signed("\n"),
    "an empty origin": signed(f"\n{TEXT.decode()}"),
    "an empty line after the root": signed(TEXT + b"\n"),
    "an empty extension": signed(TEXT + b"\nextension\n"),
    "size and root in the other order": signed(f"{ORIGIN}\n{ROOT.decode()}\n11\n"),
    "the empty tree with another root": signed(f"{ORIGIN}\n0\n{ROOT.decode()}\n"),
    "another origin": signed(f"{ORIGIN}2\n11\n{ROOT.decode()}\n"),
    "the origin with a space": signed(f"{ORIGIN} \n11\n{ROOT.decode()}\n"),
    "the origin with a byte order mark": signed(f"\ufeff{ORIGIN}\n11\n{ROOT.decode()}\n"),
    "the origin in capitals": signed(f"{ORIGIN.upper()}\n11\n{ROOT.decode()}\n"),
    "line separators for newlines": signed(f"{ORIGIN}\u202811\u2028{ROOT.decode()}\n"),
    "next lines for newlines": signed(f"{ORIGIN}\u008511\u0085{ROOT.decode()}\n"),
    **{f"size with {name}": signed(f"{ORIGIN}\n{each}\n{ROOT.decode()}\n") for name, each in SIZES.items()},
    **{f"root with {name}": signed(f"{ORIGIN}\n11\n{each.decode()}\n") for name, each in ROOTS.items()},
}

PROOF = sample_proof(b"xyz1").encode()
HEADER, EXTRA, INDEX, HASH = (each + b"\n" for each in PROOF.split(b"\n")[:4])
PROOFS: dict[str, bytes] = {
    "nothing": b"",
    "the header alone": HEADER,
    "no header": PROOF.replace(HEADER, b""),
    "another version": PROOF.replace(b"@v1", b"@v2"),
    "a longer header": PROOF.replace(b"@v1", b"@v1.0"),
    "a space after the header": PROOF.replace(b"@v1", b"@v1 "),
    "the header in capitals": PROOF.replace(b"c2sp", b"C2SP"),
    "an empty line before the header": b"\n" + PROOF,
    "a byte order mark": b"\xef\xbb\xbf" + PROOF,
    "CRLF": PROOF.replace(b"\n", b"\r\n"),
    "CRLF in the header": PROOF.replace(HEADER, HEADER[:-1] + b"\r\n"),
    "no index": PROOF.replace(INDEX, b""),
    "two indices": PROOF.replace(INDEX, INDEX + INDEX),
    "the index before the extra data": PROOF.replace(EXTRA + INDEX, INDEX + EXTRA),
    "the index without a space": PROOF.replace(b"index 6", b"index6"),
    "the index with two spaces": PROOF.replace(b"index 6", b"index  6"),
    "the index after a tab": PROOF.replace(b"index 6", b"index\t6"),
    "the index after a no-break space": PROOF.replace(b"index 6", "index\u00a06".encode()),
    "the index in capitals": PROOF.replace(b"index 6", b"INDEX 6"),
    "the index of another leaf": PROOF.replace(b"index 6", b"index 7"),
    "the index beyond the tree": PROOF.replace(b"index 6", b"index 11"),
    "extra data twice": PROOF.replace(EXTRA, EXTRA + EXTRA),
    "empty extra data": PROOF.replace(EXTRA, b"extra \n"),
    "extra data without a space": PROOF.replace(EXTRA, b"extra\n"),
    "extra data without padding": PROOF.replace(EXTRA, b"extra AA\n"),
    "extra data with trailing bits": PROOF.replace(EXTRA, b"extra AB==\n"),
    "extra data in the URL-safe alphabet": PROOF.replace(EXTRA, b"extra -_-_\n"),
    "extra data with a space": PROOF.replace(EXTRA, b"extra eHl6MQ== \n"),
    "a hash of 31 bytes": PROOF.replace(HASH, base64_text(b"h" * 31).encode() + b"\n"),
    "a hash of 33 bytes": PROOF.replace(HASH, base64_text(b"h" * 33).encode() + b"\n"),
    "a hash with trailing bits": PROOF.replace(HASH, twin(HASH[:-1]) + b"\n"),
    "a hash without padding": PROOF.replace(HASH, HASH[:-2] + b"\n"),
    "a hash with a space before it": PROOF.replace(HASH, b" " + HASH),
    "a hash with a space after it": PROOF.replace(HASH, HASH[:-1] + b" \n"),
    "one hash too few": PROOF.replace(HASH, b""),
    "one hash too many": PROOF.replace(HASH, HASH + HASH),
    "64 hashes": PROOF.replace(HASH, HASH * 61),
    "a comment": PROOF.replace(INDEX, INDEX + b"# hash\n"),
    "an empty line among the hashes": PROOF.replace(HASH, HASH + b"\n"),
    "an empty line after the index": PROOF.replace(INDEX, INDEX + b"\n"),
    "no empty line before the checkpoint": PROOF.replace(b"\n\n", b"\n", 1),
    "two empty lines before the checkpoint": PROOF.replace(b"\n\n", b"\n\n\n", 1),
    "no checkpoint": PROOF.partition(b"\n\n")[0] + b"\n\n",
    "an unsigned checkpoint": PROOF[: -len(LINE) - 1],
    "text after the checkpoint": PROOF + b"more\n",
    "two proofs": PROOF + PROOF,
    "invalid UTF-8": PROOF.replace(EXTRA, b"extra \xff\n"),
    "a vertical tab": PROOF.replace(INDEX, b"index 6\x0b\n"),
    **{f"index with {name}": PROOF.replace(b"index 6", f"index {each}".encode()) for name, each in SIZES.items()},
}

REQUEST = b"old 7\n" + ROOT + b"\n\n" + NOTE
REQUESTS: dict[str, bytes] = {
    "nothing": b"",
    "no old size": REQUEST.removeprefix(b"old 7\n"),
    "a size without its word": REQUEST.replace(b"old 7", b"7"),
    "a word in capitals": REQUEST.replace(b"old 7", b"Old 7"),
    "no space": REQUEST.replace(b"old 7", b"old7"),
    "two spaces": REQUEST.replace(b"old 7", b"old  7"),
    "two old sizes": b"old 7\n" + REQUEST,
    "an old size above the new one": REQUEST.replace(b"old 7", b"old 12"),
    "64 hashes": REQUEST.replace(ROOT + b"\n\n", (ROOT + b"\n") * 64 + b"\n"),
    "an empty line first": b"\n" + REQUEST,
    "no empty line": REQUEST.replace(b"\n\n", b"\n", 1),
    "two empty lines": REQUEST.replace(b"\n\n", b"\n\n\n", 1),
    "CRLF": REQUEST.replace(b"\n", b"\r\n"),
    "an unsigned checkpoint": REQUEST[: -len(LINE) - 1],
    "a note that is no checkpoint": b"old 0\n\n" + signed("hello\n"),
    "a byte order mark": b"\xef\xbb\xbf" + REQUEST,
    **{f"old size with {name}": REQUEST.replace(b"old 7", f"old {each}".encode()) for name, each in SIZES.items()},
    **{f"hash with {name}": REQUEST.replace(ROOT, each, 1) for name, each in ROOTS.items() if each},
}

TILE_PATHS: dict[str, bytes] = {
    "nothing": b"",
    "no number": b"tile/0/",
    "no level": b"tile/000",
    "a slash before": b"/tile/0/000",
    "a slash after": b"tile/0/000/",
    "two slashes": b"tile/0//000",
    "a newline after": b"tile/0/000\n",
    "a level with a zero before": b"tile/00/000",
    "level 64": b"tile/64/000",
    "level 100": b"tile/100/000",
    "a level below zero": b"tile/-1/000",
    "a level with a plus": b"tile/+1/000",
    "a level in words": b"tile/data/000",
    "entries in capitals": b"tile/Entries/000",
    "a level in Arabic digits": "tile/٠/000".encode(),
    "a number in Arabic digits": "tile/0/٠٠٠".encode(),
    "one digit": b"tile/0/0",
    "four digits": b"tile/0/0000",
    "no x": b"tile/0/001/234",
    "an x in the last group": b"tile/0/x001/x234",
    "an x before a lone group": b"tile/0/x001",
    "a capital x": b"tile/0/X001/234",
    "a needless group": b"tile/0/x000/001",
    "two needless groups": b"tile/0/x000/x000/001",
    "a needless group before others": b"tile/0/x000/x001/234",
    "two digits in a group": b"tile/0/x01/234",
    "a number above 2^63": b"tile/0/x009/x223/x372/x036/x854/x775/808",
    "a long number": b"tile/0/" + b"x001/" * 50 + b"000",
    "width 0": b"tile/0/000.p/0",
    "width 256": b"tile/0/000.p/256",
    "width 999": b"tile/0/000.p/999",
    "a width with a zero before": b"tile/0/000.p/01",
    "a width with a plus": b"tile/0/000.p/+1",
    "no width": b"tile/0/000.p/",
    "a suffix without a slash": b"tile/0/000.p1",
    "a suffix in the middle": b"tile/0/x001.p/1/000",
    "two suffixes": b"tile/0/000.p/1.p/1",
    "a directory above": b"tile/0/../000",
    "an escape": b"tile/0/%30%30%30",
    "a query": b"tile/0/000?x",
    "the checkpoint": b"checkpoint",
}

# Each as a bundle of two entries.
BUNDLES: dict[str, bytes] = {
    "nothing": b"",
    "half a length": b"\0",
    "one entry": b"\0\1a",
    "one entry and half a length": b"\0\1a\0",
    "a length without its entry": b"\0\1a\0\1",
    "a length above what is left": b"\0\1a\0\3bc",
    "three entries": b"\0\1a\0\1b\0\1c",
    "a byte after the last": b"\0\1a\0\1bc",
    "empty entries and one more": b"\0\0\0\0\0\0",
    "the largest length and nothing": b"\0\0\xff\xff",
    "lengths in the other order of bytes": b"\1\0a\1\0b",
}

VKEY = KEY.encode().encode()
ID, MATERIAL = VKEY.split(b"+", 2)[1:]
KEYS: dict[str, bytes] = {
    "nothing": b"",
    "the name alone": NAME,
    "no key": NAME + b"+" + ID,
    "an empty key": NAME + b"+" + ID + b"+",
    "no identifier": NAME + b"+" + MATERIAL,
    "no name": b"+" + ID + b"+" + MATERIAL,
    "another identifier": NAME + b"+00000000+" + MATERIAL,
    "a short identifier": NAME + b"+" + ID[1:] + b"+" + MATERIAL,
    "an identifier in capitals": NAME + b"+" + b"ABCDEF01" + b"+" + MATERIAL,
    "an identifier that is right, in capitals": NAME + b"+" + ID.upper() + b"+" + MATERIAL,
    "an identifier with a prefix": NAME + b"+0x" + ID + b"+" + MATERIAL,
    "another name": b"x" + VKEY,
    "a space before": b" " + VKEY,
    "a space after": VKEY + b" ",
    "a newline after": VKEY + b"\n",
    "a byte order mark": b"\xef\xbb\xbf" + VKEY,
    "padding that is not needed": VKEY + b"=",
    "a fourth part": VKEY + b"+x",
    "the URL-safe alphabet": VKEY.replace(MATERIAL, url_safe(MATERIAL)),
    **{f"kind {kind}": vkey(ORIGIN, bytes([kind]) + KEY.public) for kind in (0, 2, 3, 5, 6, 7, 0xFA, 0xFF)},
    "a kind and no key": vkey(ORIGIN, b"\1"),
    "31 bytes": vkey(ORIGIN, b"\1" + KEY.public[:-1]),
    "33 bytes": vkey(ORIGIN, b"\1" + KEY.public + b"\0"),
    "an ML-DSA-44 key a byte short": vkey(ORIGIN, b"\6" + b"\1" * 1311),
    "a key of zeros": vkey(ORIGIN, b"\1" + bytes(32)),
    "an empty name": vkey("", b"\1" + KEY.public),
    "a space in the name": vkey("a b", b"\1" + KEY.public),
    "a newline in the name": vkey("a\nb", b"\1" + KEY.public),
    "a nul in the name": vkey("a\0b", b"\1" + KEY.public),
    **{f"{name} in the name": vkey(f"a{each}b", b"\1" + KEY.public) for name, each in SPACES.items()},
}


def _open_note(data: bytes) -> None:
    open_note(data, [KEY, WITNESS.verifier_key])


def _open_checkpoint(data: bytes) -> None:
    open_checkpoint(data, [KEY, WITNESS.verifier_key], ORIGIN)


def _verify(data: bytes) -> None:
    verify(data, ENTRIES[6], [KEY])


def _parse_bundle(data: bytes) -> None:
    decode_bundle(data, 2)


def _parse_path(data: bytes) -> None:
    parse_tile_path(data.decode())


def _parse_key(data: bytes) -> None:
    parse_verifier_key(data.decode())


TABLES: list[tuple[Callable[[bytes], object], dict[str, bytes]]] = [
    (_open_note, NOTES),
    (_open_checkpoint, NOTES),
    (_open_checkpoint, CHECKPOINTS),
    (_verify, PROOFS),
    (parse_add_checkpoint, REQUESTS),
    (_parse_path, TILE_PATHS),
    (_parse_bundle, BUNDLES),
    (_parse_key, KEYS),
]
ROWS = [
    pytest.param(read, data, id=f"{read.__name__.strip('_')}: {name}")
    for read, table in TABLES
    for name, data in table.items()
]


@pytest.mark.parametrize(("read", "data"), ROWS)
def test_the_malformed_is_rejected_without_being_repeated(read: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(Rejected) as rejected:
        read(data)
    message = str(rejected.value)
    assert message.isascii() and "\n" not in message and 10 < len(message) < 100
    assert not any(piece in message for piece in (ORIGIN, BLOB.decode()[:12], ROOT.decode()[:12]))


def test_the_well_formed_beside_them_is_accepted() -> None:
    _open_note(NOTE)
    _open_checkpoint(NOTE)
    _verify(PROOF)
    parse_add_checkpoint(REQUEST)
    _parse_path(b"tile/0/000")
    _parse_bundle(b"\0\1a\0\1b")
    _parse_key(VKEY)
    _parse_key(vkey(ORIGIN, b"\4" + KEY.public))
    for data in (signed(TEXT + b"extension\n"), signed(TEXT + "no-break\u00a0space \u2028\x85\n".encode())):
        _open_checkpoint(data)


def test_the_tables_hold_what_they_say() -> None:
    assert [name for name, data in NOTES.items() if data == NOTE] == []
    assert [name for name, data in PROOFS.items() if data == PROOF] == []
    assert [name for name, data in REQUESTS.items() if data == REQUEST] == []
    assert [name for name, data in KEYS.items() if data == VKEY] == []
    assert len(ROWS) > 200


@pytest.mark.parametrize("text", ["\ud800\n", "o\udcff\n1\nr\n"])
def test_text_with_surrogates_is_rejected_and_not_an_error_of_another_kind(text: str) -> None:
    for read in (parse_checkpoint, parse_verifier_key, parse_tile_path):
        with pytest.raises(Rejected):
            read(text)
    with pytest.raises(Rejected):
        parse_verifier_key(f"{text}+00000000+{base64_text(b'x' * 33)}")
    for data in (text.encode("utf-8", "surrogatepass"), text.encode("utf-8", "surrogatepass") + b"\n" + LINE):
        for parse in (parse_note, parse_proof, parse_add_checkpoint):
            with pytest.raises(Rejected):
                parse(data)
