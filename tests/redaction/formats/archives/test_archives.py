"""Archives: what stays, names, what is refused, bombs, and that nothing made up breaks more than itself."""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

import pytest

from expunct_server.redaction.formats import DocumentError, redact_file, sniff
from expunct_server.redaction.formats.archives import members, reading
from expunct_server.redaction.formats.common import in_words
from expunct_server.redaction.formats.isolated.limits import Limits
from tests.redaction.helpers import plan, redacted_file

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN"})


def zipped(files: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def gzipped(data: bytes) -> bytes:
    """Without the moment, by which each worker would name its tests otherwise."""
    return gzip.compress(data, mtime=0)


def tarred(*made: tarfile.TarInfo) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for each in made:
            archive.addfile(each, io.BytesIO(bytes(each.size)))
    return target.getvalue()


def untarred(data: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return archive.getmembers()


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.size, made.linkname = kind, size, "x" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
    return made


def redacted(data: bytes, **limits: int) -> bytes:
    target = io.BytesIO()
    wanted = plan(entity_types=TYPES)
    kind = sniff(data, None, len(data))
    redact_file(io.BytesIO(data), target, kind, wanted, lambda _: None, lambda _: None, limits=Limits(**limits))
    return target.getvalue()


def test_names_that_become_the_same_are_told_apart_and_folders_are_not():
    names = (
        "a@example.com/", "a@example.com/b.txt", "a@example.com.txt", "c@example.com b.txt", "d@example.com b.txt",
        "EMAIL_ADDRESS b.txt", "e@example.com",
    )  # fmt: skip
    source = zipped({name: "" if name.endswith("/") else str(n) for n, name in enumerate(names)})

    assert list(unzipped(redacted(source)).items()) == [
        ("EMAIL_ADDRESS/", b""),
        ("EMAIL_ADDRESS/b.txt", b"1"),
        ("EMAIL_ADDRESS", b"2"),
        ("EMAIL_ADDRESS b (2).txt", b"3"),
        ("EMAIL_ADDRESS b (3).txt", b"4"),
        ("EMAIL_ADDRESS b.txt", b"5"),
        ("EMAIL_ADDRESS (2)", b"6"),
    ]


def gapped(gap: bytes) -> bytes:
    """An archive with something between its members and its directory."""
    whole = zipped({"a.txt": "plain"}, zipfile.ZIP_STORED)
    at = whole.index(b"PK\1\2")
    start = int.from_bytes(whole[-6:-2], "little") + len(gap)
    return whole[:at] + gap + whole[at:-6] + start.to_bytes(4, "little") + whole[-2:]


LEADING_OUT = {
    "../../etc/a.txt": "etc/a.txt", "/etc/a.txt": "etc/a (2).txt", "..\\..\\a.txt": "a.txt", "C:\\x\\a.txt": "x\\a.txt",
    "b/../c.txt": "b/c.txt", "d/..": "d/_", "../": "_", "..e/f..": "..e/f..", "//srv/x.txt": "srv/x.txt",
    "C:g/a.txt": "g/a.txt", "at 10:30.txt": "at 10:30.txt", "../jo@example.com.txt": "EMAIL_ADDRESS",
}  # fmt: skip


def test_no_name_leads_out_of_the_archive_and_that_is_said():
    data = zipped({name: "" if name.endswith("/") else "x" for name in LEADING_OUT})
    notes = ("Names of members that led out of the archive were shortened.",)

    output, _, summary = redacted_file(data, "a.zip", entity_types=TYPES)
    assert (list(unzipped(output)), summary.notes) == (list(LEADING_OUT.values()), notes)

    output, _, summary = redacted_file(tarred(*map(member, LEADING_OUT)), "a.tar", entity_types=TYPES)
    assert ([each.name for each in untarred(output)], summary.notes) == (list(LEADING_OUT.values()), notes)


def test_what_stands_outside_of_members_is_not_copied():
    broken = gapped(b"jo@example.com")
    assert unzipped(broken) == {"a.txt": b"plain"}

    assert redacted(broken) == redacted(gapped(b""))
    assert b"jo@" not in redacted(tarred(member("a.txt")) + b"jo@example.com")
    assert b"jo@" not in redacted(gzipped(tarred(member("a.txt"))) + gzipped(b"jo@example.com"))


def test_archives_without_members_stay_so():
    assert unzipped(redacted(zipped({}))) == {}
    assert untarred(redacted_file(tarred(), "a.tar")[0]) == []


def test_an_archive_of_one_short_member_is_read_too():
    output, findings, _ = redacted_file(zipped({"a.txt": "jane@example.com"}), entity_types=TYPES)
    assert (unzipped(output), len(findings)) == ({"a.txt": b"<EMAIL_ADDRESS>"}, 1)


def test_caches_of_systems_and_owners_are_left_out_and_that_is_said():
    files = zipped(
        {"a/Thumbs.db": b"\xd0\xcf\x11\xe0jo", "a.txt": "x", "__MACOSX/._a.txt": b"\0\1", ".DS_Store": b"\0"}
    )
    output, _, summary = redacted_file(files, entity_types=TYPES)
    assert unzipped(output) == {"a.txt": b"x"}
    assert summary.notes == (members.CACHE,)

    owned = member("a.txt")
    owned.uname, owned.uid = "jo", 1000
    output, _, summary = redacted_file(tarred(owned), entity_types=TYPES)
    [left] = untarred(output)
    assert (left.uname, left.uid, left.gname, left.gid) == ("", 0, "", 0)
    assert summary.notes[0].startswith("Who owns the members")


def encrypted() -> bytes:
    data = bytearray(zipped({"a.txt": "x"}))
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + flags] |= 1
    return bytes(data)


def linked() -> bytes:
    info = zipfile.ZipInfo("a")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return target.getvalue()


NESTED = {"a.txt": "jo@example.com"}


@pytest.mark.parametrize(
    ("data", "limits", "code"),
    [
        (encrypted(), {}, "encrypted"),
        (linked(), {}, "unsupported_format"),
        (zipped({"a.txt": "x"})[:-30], {}, "unreadable"),
        (zipped({"a.txt": "x" * 99})[:60], {}, "unreadable"),
        (zipped({"jo.exe": b"MZ\x90\0" + bytes(99)}), {}, "unsupported_format"),
        (zipped({"a.txt": "", "b.xml": "<a", "c/": b""}), {}, "unreadable"),
        (zipped({f"{n}.txt": "" for n in range(11)}), {"members": 10}, "too_large"),
        (zipped({"a.txt": "x" * 2000}), {"inner": 1000}, "too_large"),
        (zipped({"a.txt": "x" * 600, "b.txt": "x" * 600}), {"unpacked": 1000}, "too_large"),
        (zipped({"a.zip": zipped({"b.zip": zipped(NESTED)})}), {"depth": 2}, "nested_too_deep"),
        (tarred(member("a", tarfile.SYMTYPE)), {}, "unsupported_format"),
        (tarred(member("a", tarfile.LNKTYPE)), {}, "unsupported_format"),
        (tarred(member("a", tarfile.CHRTYPE)), {}, "unsupported_format"),
        (tarred(member("a", tarfile.FIFOTYPE)), {}, "unsupported_format"),
        (tarred(*(member(f"{n}") for n in range(11))), {"members": 10}, "too_large"),
        (tarred(member("a", size=2000)), {"unpacked": 1000}, "too_large"),
        (tarred(member("a.txt", size=2000))[:1000], {}, "unreadable"),
        (gzipped(tarred(member("a.txt", size=9000)))[:70], {}, "unreadable"),
    ],
)
def test_what_cannot_be_read_or_takes_too_much_is_refused(data, limits, code):
    with pytest.raises(DocumentError) as caught:
        redacted(data, **limits)
    assert caught.value.code == code
    assert caught.value.detail.endswith(".") and "jo" not in caught.value.detail


def test_the_number_of_a_member_is_said_and_not_its_name():
    with pytest.raises(DocumentError) as caught:
        redacted(zipped({"a.txt": "", "jane.xml": "<a"}))
    assert (
        caught.value.detail == "Nothing in the archive can be redacted. Member 2 of the archive cannot be redacted. "
        "The document is not well-formed XML at line 1: mend it and send it again."
    )


MIXED = {
    "a.txt": "to jo@example.com",
    "jo@example.com.xml": "<a",
    "b.exe": b"MZ\x90\0" + bytes(99),
    "c.bin": b"\0\1",
    "d.txt": "SSN: 219-09-9998",
    "e.exe": b"MZ\x90\0" + bytes(9),
}
LOST = (
    "Member 2 of the archive could not be read and was taken out (unreadable).",
    "Members 3, 6 of the archive could not be read and were taken out (unsupported_format).",
    "Member 4 of the archive could not be read and was taken out (binary_content).",
)


def test_members_that_cannot_be_read_are_taken_out_whole_and_that_is_said():
    output, _, summary = redacted_file(zipped(MIXED), entity_types=TYPES)
    assert unzipped(output) == {"a.txt": b"to <EMAIL_ADDRESS>", "d.txt": b"SSN: <US_SSN>"}
    assert summary.notes == LOST

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, said in MIXED.items():
            made = member(name, size=len(said))
            archive.addfile(made, io.BytesIO(said if isinstance(said, bytes) else said.encode()))
        archive.addfile(member("f", tarfile.SYMTYPE))
    output, _, summary = redacted_file(packed.getvalue(), entity_types=TYPES)
    assert [each.name for each in untarred(output)] == ["a.txt", "d.txt"]
    assert summary.notes == (LOST[0], LOST[1].replace("3, 6", "3, 6-7"), LOST[2])


def test_a_member_that_is_encrypted_or_damaged_is_taken_out_and_no_other():
    data = bytearray(zipped({"a.txt": "x", "b.txt": "y" * 99, "c.txt": "z" * 99}, zipfile.ZIP_STORED))
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    data[data.index(b"y" * 99)] = 0  # its checksum is wrong
    data[data.index(b"PK\1\2", second + 1) + 8] |= 1

    output, _, summary = redacted_file(bytes(data), entity_types=TYPES)

    assert unzipped(output) == {"a.txt": b"x"}
    assert summary.notes == (
        "Member 2 of the archive could not be read and was taken out (unreadable).",
        "Member 3 of the archive could not be read and was taken out (encrypted).",
    )


def test_what_is_taken_out_of_an_archive_inside_is_said_with_its_place():
    inner = zipped({"x.exe": MIXED["b.exe"], "y.txt": "jo@example.com"})

    output, _, summary = redacted_file(zipped({"a.txt": "x", "b.zip": inner, "c.zip": inner}), entity_types=TYPES)

    inside = unzipped(output)
    assert [unzipped(inside[name]) for name in ("b.zip", "c.zip")] == [{"y.txt": b"<EMAIL_ADDRESS>"}] * 2
    assert summary.notes == (
        "Member 2; member 3: Member 1 of the archive could not be read and was taken out (unsupported_format).",
    )


def test_what_is_too_deep_inside_is_taken_out_where_it_is_and_what_takes_too_much_is_not():
    deep = zipped({"c.txt": "x", "b.zip": zipped({"d.zip": zipped(NESTED), "e.txt": "y"})})
    target = io.BytesIO()
    kind = sniff(deep, None, len(deep))

    summary = redact_file(
        io.BytesIO(deep), target, kind, plan(entity_types=TYPES), lambda _: None, lambda _: None, limits=Limits(depth=2)
    )

    assert unzipped(unzipped(target.getvalue())["b.zip"]).keys() == {"e.txt"}
    assert summary.notes == (
        "Member 2: Member 1 of the archive could not be read and was taken out (nested_too_deep).",
    )
    with pytest.raises(DocumentError) as caught:
        redacted(zipped({"a.txt": "x", "b.txt": "x" * 2000}), inner=1000)
    assert caught.value.code == "too_large"


def test_many_numbers_are_said_in_a_bounded_length():
    assert in_words([1]) == "1"
    assert in_words([2, 3, 4, 9, 11, 12]) == "2-4, 9, 11-12"
    said = in_words(range(10_000, 30_000, 2))
    assert said.startswith("10000, 10002, ") and said.endswith(", 10078 and 9960 more")


@pytest.mark.parametrize("kind", ["zip", "tgz"])
def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch, kind):
    large = 80 << 20
    if kind == "zip":
        data = zipped({"a.txt": bytes(large)})
    else:
        packing = zlib.compressobj(9, wbits=31)
        head = member("a.txt", size=large).tobuf()
        data = packing.compress(head) + packing.compress(bytes(large + 1024)) + packing.flush()

    with pytest.raises(DocumentError) as caught:
        redacted(data)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize("data", [zipped({"a.txt": "x"}) + b"x", zipped({}) + b"x", gapped(b"jo@example.com")])
def test_a_written_archive_with_something_beside_its_members_is_no_good(data):
    with pytest.raises(ValueError, match="beside"):
        list(reading.zip_texts(data))


@pytest.mark.parametrize(
    "data", [tarred(member("a")) + b"x", gzipped(tarred(member("a"))) + b"x", gzipped(tarred() + b"x")]
)
def test_a_written_tar_with_something_beside_its_members_is_no_good(data):
    with pytest.raises(ValueError, match=r"beside|follows|invalid"):
        list(reading.tar_texts(data, 1 << 20))


def test_all_methods_are_read_again():
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert "in the member" in list(reading.zip_texts(zipped({"a.txt": "in the member"}, method)))


def older(data: bytes) -> bytes:
    """A TAR archive of one member as programs wrote them before POSIX.1-1988: without its mark."""
    header = bytearray(data[:512])
    header[257:265], header[148:156] = bytes(8), b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data[512:]


@pytest.mark.parametrize("pack", [bytes, gzipped])
def test_an_archive_without_the_mark_of_newer_ones_is_known_by_the_sum_of_its_header(pack):
    source = io.BytesIO()
    with tarfile.open(fileobj=source, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        made = tarfile.TarInfo("a.txt")
        made.size = 16
        archive.addfile(made, io.BytesIO(b"jane@example.com"))
    data = pack(older(source.getvalue()))

    output, findings, _ = redacted_file(data, None, entity_types=TYPES)

    assert [each.location for each in findings] == ["member 1"]
    with tarfile.open(fileobj=io.BytesIO(output)) as archive:
        assert archive.extractfile("a.txt").read() == b"<EMAIL_ADDRESS>"  # type: ignore[union-attr]
    with pytest.raises(DocumentError):
        redacted_file(older(source.getvalue()).replace(b"a.txt", b"b.txt"), None, entity_types=TYPES)


def test_a_moment_that_nobody_has_seen_is_not_copied():
    times = (4111111111111111, -5, 1_700_000_000)
    source = io.BytesIO()
    with tarfile.open(fileobj=source, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number, moment in enumerate(times):
            made = tarfile.TarInfo(f"{number}.txt")
            made.mtime = moment
            archive.addfile(made)

    output, _, _ = redacted_file(source.getvalue(), "a.tar", entity_types=TYPES)

    with tarfile.open(fileobj=io.BytesIO(output)) as archive:
        assert [each.mtime for each in archive] == [0, -5, 1_700_000_000]
