"""Messages of Outlook made by hand for tests, and read back by olefile."""

import io
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import olefile

from expunct_server.redaction.formats.compound.tree import Storage
from expunct_server.redaction.formats.compound.writing import written

STREAM = "__properties_version1.0"
FIXED = {2: "<h", 3: "<i", 5: "<d", 6: "<q", 0xB: "<h", 0x14: "<q", 0x40: "<Q"}
KIND = bytes.fromhex("0b0d020000000000c000000000000046")
KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    b"SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)

Values = dict[int, Any]
"""Properties by tag: texts, bytes, numbers, lists of texts; a Storage for an object."""


def storage(values: Values, head: bytes = bytes(8), kind: bytes = bytes(16)) -> Storage:
    """A message, recipient or attachment; `head` stands before its entries."""
    made = Storage(kind=kind)
    entries = [head]
    for tag, value in values.items():
        name, kind_of = f"__substg1.0_{tag:08X}", tag & 0xFFFF
        if kind_of in FIXED:
            entries.append(struct.pack("<2I", tag, 6) + struct.pack(FIXED[kind_of], value).ljust(8, b"\0"))
            continue
        size = add(made, name, kind_of, value)
        entries.append(struct.pack("<4I", tag, 6, size, 0))
    made.entries[STREAM] = b"".join(entries)
    return made


def add(made: Storage, name: str, kind: int, value: Any) -> int:
    """The streams of one property; what its entry says of its size."""
    if isinstance(value, Storage):
        made.entries[name] = value
        return 0xFFFFFFFF
    if isinstance(value, list):
        texts = [
            each.encode("utf-16-le") + b"\0\0" if kind == 0x101F else each.encode("cp1252") + b"\0" for each in value
        ]
        made.entries[name] = b"".join(struct.pack("<I", len(each)) for each in texts)
        made.entries |= {f"{name}-{i:08X}": each for i, each in enumerate(texts)}
        return 4 * len(texts)
    if isinstance(value, str):
        value = value.encode("utf-16-le" if kind == 0x1F else "cp1252")
    made.entries[name] = value
    return len(value) + {0x1F: 2, 0x1E: 1}.get(kind, 0)


def message(
    values: Values,
    recipients: Iterable[Values] = (),
    attachments: Iterable[Values] = (),
    names: Storage | None = None,
    **more: bytes | Storage,
) -> bytes:
    root = inside(values, recipients, attachments, is_root=True)
    root.entries["__nameid_version1.0"] = names or named([])
    root.entries |= more
    return written(root)


def inside(
    values: Values, recipients: Iterable[Values] = (), attachments: Iterable[Values] = (), *, is_root: bool = False
) -> Storage:
    to, files = list(recipients), list(attachments)
    head = struct.pack("<8x4I", len(to), len(files), len(to), len(files)) + bytes(8 if is_root else 0)
    made = storage(values, head, KIND)
    made.entries |= {f"__recip_version1.0_#{i:08X}": storage(each) for i, each in enumerate(to)}
    made.entries |= {f"__attach_version1.0_#{i:08X}": storage(each) for i, each in enumerate(files)}
    return made


def named(names: list[str | int], sets: bytes = b"g" * 16) -> Storage:
    """The table of properties with names, in one set; without the streams that help to find one."""
    texts, entries = b"", b""
    for i, name in enumerate(names):
        if isinstance(name, int):
            entries += struct.pack("<I2H", name, 3 << 1, i)
            continue
        raw = name.encode("utf-16-le")
        entries += struct.pack("<I2H", len(texts), 3 << 1 | 1, i)
        texts += struct.pack("<I", len(raw)) + raw + bytes(-len(raw) % 4)
    return Storage({"__substg1.0_00020102": sets, "__substg1.0_00030102": entries, "__substg1.0_00040102": texts})


# --- RTF --------------------------------------------------------------------------------------------------------------


def compressed(document: bytes) -> bytes:
    """MS-OXRTFCP, 2.1.3.2: the longest match that is in the dictionary, tried the slow way."""
    window, at, out = KNOWN, 0, bytearray()
    while True:
        control, run = 0, bytearray()
        for bit in range(8):
            if at >= len(document):
                end = len(window) % 4096
                out += bytes((control | 1 << bit,)) + run + (end << 4).to_bytes(2, "big")
                head = struct.pack("<2I4sI", len(out) + 12, len(document), b"LZFu", crc(bytes(out)))
                return head + bytes(out)
            place, length = _match(window, document[at : at + 17])
            if length >= 2:
                control |= 1 << bit
                run += (place << 4 | length - 2).to_bytes(2, "big")
            else:
                length = 1
                run += document[at : at + 1]
            window += document[at : at + length]
            at += length
        out += bytes((control,)) + run


def _match(window: bytes, wanted: bytes) -> tuple[int, int]:
    first = max(0, len(window) - 4095)
    for length in range(len(wanted), 1, -1):
        found = (window + wanted).find(wanted[:length], first, len(window) + length - 1)
        if found >= 0:
            return found % 4096, length
    return 0, 0


def crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


# --- reading ----------------------------------------------------------------------------------------------------------


def streams(data: bytes) -> dict[str, bytes]:
    """All streams by their paths, by olefile."""
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as file:
        return {"/".join(path): file.openstream(path).read() for path in file.listdir()}


def said(data: bytes) -> str:
    """Everything that the file says, decompressed, in all encodings that it may be in, container and all."""
    return "\n".join(_said(data))


def _said(data: bytes) -> Iterator[str]:
    for text in (data, *streams(data).values()):
        yield text.decode("latin-1")
        yield text.decode("utf-16-le", "replace")
        yield text[1:].decode("utf-16-le", "replace")
        yield text.decode("utf-8", "replace").replace("<b>", "").replace("&amp;", "&").replace("\r\n ", "")
    for path, text in streams(data).items():
        if path.endswith("_10090102") and text[8:12] == b"LZFu":
            yield _decompressed(text).decode("latin-1").replace("{\\b ", "").replace("}", "")
        elif path.endswith("_10090102"):
            yield text.decode("latin-1").replace("{\\b ", "").replace("}", "")


def _decompressed(data: bytes) -> bytes:
    """With a dictionary in a ring, as MS-OXRTFCP describes it."""
    ring = bytearray(KNOWN.ljust(4096, b"\0"))
    write, at, out = len(KNOWN), 16, bytearray()
    while at < len(data):
        control, at = data[at], at + 1
        for bit in range(8):
            if control >> bit & 1:
                said = int.from_bytes(data[at : at + 2], "big")
                at += 2
                if said >> 4 == write:
                    return bytes(out)
                chosen = range(said >> 4, (said >> 4) + (said & 15) + 2)
            else:
                ring[write] = data[at]
                chosen, at = range(write, write + 1), at + 1
            for place in chosen:
                letter = ring[place % 4096]
                out.append(letter)
                ring[write] = letter
                write = (write + 1) % 4096
    return bytes(out)


def check(data: bytes) -> None:
    """What MS-OXMSG asks of a file: each entry says the size that its stream has, and no stream is without an entry."""
    found = streams(data)
    with olefile.OleFileIO(io.BytesIO(data)) as file:
        assert file.root.clsid == "00020D0B-0000-0000-C000-000000000046"
        assert {"/".join(path) for path in file.listdir(streams=False, storages=True)} >= {"__nameid_version1.0"}
    for path, raw in found.items():
        if path.endswith(STREAM):
            _check_entries(path.removesuffix(STREAM), raw, found)
    table = found["__nameid_version1.0/__substg1.0_00030102"]
    held = [raw for path, raw in found.items() if path.startswith("__nameid_version1.0/__substg1.0_1")]
    assert sum(map(len, held)) == len(table)


def _check_entries(folder: str, raw: bytes, found: dict[str, bytes]) -> None:
    parts = folder.split("/")
    head = 32 if not folder else 24 if parts[-2].startswith("__substg1.0_3701") else 8
    if head > 8:
        counts = struct.unpack_from("<8x4I", raw)
        for count, prefix in ((counts[2], "__recip_version1.0_#"), (counts[3], "__attach_version1.0_#")):
            inner = {path[len(folder) :].split("/")[0] for path in found if path.startswith(folder + prefix)}
            assert inner == {f"{prefix}{i:08X}" for i in range(count)}
    expected = {STREAM}
    tags = []
    for at in range(head, len(raw), 16):
        tag, flags, size, reserved = struct.unpack_from("<4I", raw, at)
        tags.append(tag)
        assert flags < 8
        kind, name = tag & 0xFFFF, f"__substg1.0_{tag:08X}"
        if kind in FIXED or kind in (4, 7, 0xA):
            continue
        if kind == 0xD:
            assert (size, reserved) == (0xFFFFFFFF, 1)
            continue
        expected.add(name)
        length = len(found[folder + name])
        if kind in (0x101E, 0x101F):
            assert size == length
            for i in range(length // 4):
                expected.add(f"{name}-{i:08X}")
                stream = found[f"{folder}{name}-{i:08X}"]
                assert struct.unpack_from("<I", found[folder + name], 4 * i) == (len(stream),)
        else:
            assert size == length + {0x1F: 2, 0x1E: 1}.get(kind, 0)
    assert tags == sorted(set(tags))
    own = {path[len(folder) :] for path in found if path.startswith(folder) and "/" not in path[len(folder) :]}
    assert own == expected
