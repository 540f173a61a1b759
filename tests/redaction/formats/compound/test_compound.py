"""Compound files: what is written is read back, by olefile too; a made-up file is refused and never takes long."""

import io
import random
import struct
from typing import Any

import olefile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.compound import reading, writing
from expunct_server.redaction.formats.compound.tree import CUTOFF, END, ENTRY, NOTHING, Storage, order
from tests.redaction.formats.mutants import MUTANTS

NAMES = st.text(st.characters(codec="utf-16-le", exclude_characters="/\\:!\0", exclude_categories=["Cs"]), min_size=1)
SHORT = NAMES.map(lambda name: name[:15])  # pairs of surrogates are two code units
SIZES = st.sampled_from([0, 1, 63, 64, 65, 511, 512, 513, CUTOFF - 1, CUTOFF, CUTOFF + 1, 9_000])


def streams(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def unique(entries: dict[str, Any]) -> dict[str, Any]:
    """Without names that differ in case alone, which a directory cannot hold."""
    taken: dict[str, str] = {}
    for name in entries:
        taken.setdefault(str(order(name)) + name.lower(), name)
    by_order = {str(order(name)): name for name in taken.values()}
    return {name: entries[name] for name in by_order.values()}


def trees() -> st.SearchStrategy[Storage]:
    return st.recursive(
        SIZES.map(streams),
        lambda inner: st.builds(
            Storage, st.dictionaries(SHORT, inner, max_size=9).map(unique), st.binary(min_size=16, max_size=16)
        ),
        max_leaves=40,
    ).filter(lambda made: isinstance(made, Storage))  # type: ignore[return-value]


@settings(max_examples=40, deadline=None)
@given(trees())
def test_what_is_written_is_read_back(tree: Storage):
    data = writing.written(tree)

    assert reading.tree(data) == tree
    assert by_olefile(data) == flat(tree)
    check_directory(data, 1 + len(flat(tree)))
    assert writing.written(reading.tree(data)) == data


def flat(tree: Storage, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], bytes | None]:
    found: dict[tuple[str, ...], bytes | None] = {}
    for name, each in tree.entries.items():
        found[(*path, name)] = each if isinstance(each, bytes) else None
        if isinstance(each, Storage):
            found |= flat(each, (*path, name))
    return found


def by_olefile(data: bytes) -> dict[tuple[str, ...], bytes | None]:
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as file:
        found = {}

        def walk(entry: Any, path: tuple[str, ...]) -> None:
            for kid in entry.kids:
                here = (*path, kid.name)
                is_stream = kid.entry_type == olefile.STGTY_STREAM
                found[here] = file._open(kid.isectStart, kid.size).read() if is_stream else None
                walk(kid, here)

        walk(file.root, ())
        return found


def check_directory(data: bytes, count: int) -> None:
    """MS-CFB, 2.6.4: each storage's entries are a binary tree in their order, red and black as they have to be."""
    start = struct.unpack_from("<I", data, 48)[0]
    entries = []
    for number in range(count):
        fields = ENTRY.unpack_from(data, 512 * (start + 1) + ENTRY.size * number)
        name = fields[0][: fields[1] - 2].decode("utf-16-le", "surrogatepass")
        entries.append((name, *fields[2:7]))

    def height(number: int, *, may_be_red: bool) -> tuple[int, list[str]]:
        if number == NOTHING:
            return 0, []
        name, _, colour, left, right, child = entries[number]
        assert colour == 1 or may_be_red
        on_left, before = height(left, may_be_red=colour == 1)
        on_right, after = height(right, may_be_red=colour == 1)
        assert on_left == on_right
        check(child)
        return on_left + colour, [*before, name, *after]

    def check(child: int) -> None:
        _, names = height(child, may_be_red=False)
        assert names == sorted(names, key=order)

    check(entries[0][5])


def test_a_file_is_the_same_for_the_same_tree_and_says_first_what_it_is():
    tree = Storage({"b": b"x" * 5_000, "a": b"y", "cc": Storage({"z": b"inner"})}, b"k" * 16)

    data = writing.written(tree)

    other = Storage({"a": b"y", "cc": Storage({"z": b"inner"}), "b": b"x" * 5_000}, b"k" * 16)
    assert writing.written(other) == data
    assert data[512:1024].startswith("Root Entry".encode("utf-16-le"))
    streams = sum(len(each or b"") for each in flat(tree).values())
    assert sum(map(bytes(data[512:]).count, (b"x", b"y", b"inner"))) == 5_000 + 3  # and y of "Root Entry"
    assert streams == 5_000 + 6


def test_a_large_file_says_in_sectors_of_their_own_where_its_table_is():
    tree = Storage({"large": random.Random(1).randbytes(9 * 1024 * 1024), "small": b"x"})

    data = writing.written(tree)

    assert struct.unpack_from("<I", data, 72)[0] == 1, "no DIFAT was needed"
    assert reading.tree(data) == tree
    assert by_olefile(data) == flat(tree)


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", "a:b", "a!b", "x" * 32])
def test_a_name_that_no_entry_may_have_is_not_written(name):
    with pytest.raises(ValueError, match="no name"):
        writing.written(Storage({name: b""}))


def test_version_4_is_read():
    """With sectors of 4096 bytes: a table, a directory, a stream."""
    fat = struct.pack("<3I", 0xFFFFFFFD, END, END).ljust(4096, b"\xff")
    root = ENTRY.pack("Root".encode("utf-16-le"), 10, 5, 1, NOTHING, NOTHING, 1, b"k" * 16, 0, 0, 0, END, 0)
    entry = ENTRY.pack(b"s\0", 4, 2, 1, NOTHING, NOTHING, NOTHING, bytes(16), 0, 0, 0, 2, 4096)
    head = struct.pack("<8s16s5H6s9I", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 4, 0xFFFE, 12, 6, bytes(6),
                       1, 1, 1, 0, CUTOFF, END, 0, END, 0)  # fmt: skip
    head = (head + struct.pack("<I", 0)).ljust(512, b"\xff").ljust(4096, b"\0")

    data = head + fat + (root + entry).ljust(4096, b"\0") + b"x" * 4096

    assert reading.tree(data) == Storage({"s": b"x" * 4096}, b"k" * 16)


# --- hostile files ----------------------------------------------------------------------------------------------------

WHOLE = writing.written(
    Storage({"a": b"x" * 5_000, "bb": b"y" * 6_000, "ccc": b"small", "dddd": Storage({"e": b"z" * 100})})
)
MINI_TABLE = 512 * 3  # behind the directory


def changed(at: int, form: str, *values: int) -> bytes:
    data = bytearray(WHOLE)
    struct.pack_into(form, data, at, *values)
    return bytes(data)


def fat_at(number: int) -> int:
    """Where in the file the FAT says what follows a sector."""
    return int(512 * (struct.unpack_from("<I", WHOLE, 76)[0] + 1) + 4 * number)


def entry_at(number: int, field: int) -> int:
    return 512 + ENTRY.size * number + field


LEFT, RIGHT, CHILD, START, SIZE = 68, 72, 76, 116, 120
FIRST_OF_A = struct.unpack_from("<I", WHOLE, entry_at(1, START))[0]


@pytest.mark.parametrize(
    "data",
    [
        WHOLE[:100],
        WHOLE[:600],
        WHOLE[:-1024],
        b"",
        changed(24, "<2H", 0x3E, 5),
        changed(30, "<H", 40),
        changed(48, "<I", 0x7FFFFFFF),
        changed(56, "<I", 64),
        changed(68, "<2I", 3, 1),
        changed(76, "<I", 0x7FFFFFFF),
        changed(80, "<I", struct.unpack_from("<I", WHOLE, 76)[0]),
        changed(fat_at(FIRST_OF_A), "<I", FIRST_OF_A),
        changed(fat_at(FIRST_OF_A + 1), "<I", FIRST_OF_A),
        changed(fat_at(FIRST_OF_A), "<I", END),
        changed(fat_at(FIRST_OF_A), "<I", NOTHING),
        changed(fat_at(0), "<I", 0),
        changed(entry_at(2, START), "<I", FIRST_OF_A),
        changed(entry_at(1, START), "<I", 0),
        changed(entry_at(1, SIZE), "<I", 0xFFFFFFFF),
        changed(entry_at(1, SIZE), "<I", 7_000),
        changed(entry_at(0, CHILD), "<I", 0),
        changed(entry_at(4, CHILD), "<I", 4),
        changed(entry_at(4, CHILD), "<I", 1),
        changed(entry_at(1, LEFT), "<I", 1),
        changed(entry_at(1, RIGHT), "<I", 0x7FFFFFFF),
        changed(entry_at(1, 66), "<B", 9),
        changed(entry_at(0, 66), "<B", 1),
        changed(entry_at(2, 0), "<HHH", ord("a"), 0, 4)[: entry_at(2, 64)] + b"\4\0" + WHOLE[entry_at(2, 66) :],
        changed(MINI_TABLE + 4, "<I", 1),
    ],
)  # fmt: skip
def test_what_leads_astray_is_refused(data):
    with pytest.raises(DocumentError) as caught:
        reading.tree(data)
    assert caught.value.code == "unreadable"


def test_storages_may_not_be_deep_without_end():
    tree = Storage()
    for _ in range(300):
        tree = Storage({"a": tree})
    with pytest.raises(DocumentError):
        reading.tree(writing.written(tree))


@pytest.mark.mutants
def test_mutants_are_read_or_refused():
    chance = random.Random(3)
    for _ in range(MUTANTS * 50):
        data = bytearray(WHOLE)
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.choice([0, 1, 2, 3, 0xFF, 0xFE, chance.randrange(256)])
        try:
            tree = reading.tree(bytes(data))
        except DocumentError:
            continue
        assert sum(len(each or b"") for each in flat(tree).values()) <= len(data)


def test_what_older_programs_leave_above_a_length_means_nothing():
    assert reading.tree(changed(entry_at(1, SIZE) + 4, "<I", 0xDEAD)) == reading.tree(WHOLE)


def test_names_are_ordered_by_their_length_and_then_in_upper_case():
    """MS-CFB, 2.6.4; one letter that would be two in upper case stays."""
    assert sorted(["b", "A", "_", "ab", "a\u00df", "\u00e9", "\u00c8"], key=order) == [
        "A", "b", "_", "\u00c8", "\u00e9", "ab", "a\u00df",
    ]  # fmt: skip
