"""Archives with a value in every place that they have."""

import io
import tarfile
import zipfile
from collections.abc import Iterator, Mapping

from tests.redaction.formats.cases import Case

TAR_PLACES = ("file", "folder", "long", "text", "page", "table", "nested", "owner", "group", "pax", "after")
ZIP_PLACES = ("file", "folder", "text", "page", "table", "nested", "comment", "member_comment", "extra", "cache")


def zipped(planted: Mapping[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.comment = f"Of {planted['comment']}".encode()
        archive.writestr(info(f"in {planted['folder']}/"), b"")
        member = info(f"in {planted['folder']}/of {planted['file']} x.txt")
        member.comment = f"Of {planted['member_comment']}".encode()
        member.extra = b"\xfe\xca" + len(planted["extra"]).to_bytes(2, "little") + planted["extra"].encode()
        archive.writestr(member, f"Kept text {planted['text']}")
        archive.writestr(info("empty.txt"), b"")
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
            archive.writestr(info(f"kept{method}.txt"), "Kept plain", method)
        archive.writestr(info("page.html"), f"<p>Kept page {planted['page']}")
        archive.writestr(info("table.csv"), f"name,mail\nKept cell,{planted['table']}\n")
        archive.writestr(info("nested.zip"), inner(planted["nested"]))
        archive.writestr(info("__MACOSX/._a"), b"\0\5\x16\7" + planted["cache"].encode())
    return target.getvalue()


def info(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6))
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o40755 << 16 if name.endswith("/") else 0o100644 << 16
    return made


def inner(value: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info("a.txt"), f"Kept nested {value}")
    return target.getvalue()


def tarred(planted: Mapping[str, str], mode: str = "w") -> bytes:
    target = io.BytesIO()
    pax = {"comment": f"Of {planted['pax']}"}
    with tarfile.open(fileobj=target, mode=mode, pax_headers=pax) as archive:
        add(archive, planted, f"in {planted['folder']}", None)
        add(
            archive,
            planted,
            f"in {planted['folder']}/of {planted['file']} x.txt",
            f"Kept text {planted['text']}".encode(),
        )
        add(archive, planted, "a" * 160 + f" {planted['long']} x.txt", b"Kept plain")
        add(archive, planted, "page.html", f"<p>Kept page {planted['page']}".encode())
        add(archive, planted, "table.csv", f"name,mail\nKept cell,{planted['table']}\n".encode())
        add(archive, planted, "nested.zip", inner(planted["nested"]))
    return target.getvalue() + (f"after {planted['after']}".encode() if mode == "w" else b"")


def add(archive: tarfile.TarFile, planted: Mapping[str, str], name: str, data: bytes | None) -> None:
    member = tarfile.TarInfo(name)
    member.mtime, member.mode = 1_600_000_000, 0o640
    member.uname, member.gname = planted["owner"], planted["group"]
    member.type = tarfile.DIRTYPE if data is None else tarfile.REGTYPE
    member.size = len(data or b"")
    archive.addfile(member, io.BytesIO(data or b""))


def said(data: bytes) -> str:
    return "\n".join(_said(data))


def _said(data: bytes) -> Iterator[str]:
    yield data.decode("latin-1")
    if data[:2] == b"\x1f\x8b" or data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for each in tar:
                yield f"{each.name} {each.uname} {each.gname} {each.pax_headers} {each.mtime} {each.mode:o}"
                file = tar.extractfile(each)
                yield from _content(file.read() if file else b"")
        return
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            yield f"{info.filename} {info.comment!r} {info.date_time} {info.compress_type} {info.external_attr >> 16:o}"
            yield from _content(archive.read(info))


def _content(data: bytes) -> Iterator[str]:
    yield from _said(data) if data[:2] == b"PK" else [data.decode("latin-1")]


def check_zip(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert [each.filename.rpartition(".")[2] for each in archive.infolist()] == [
            "in EMAIL_ADDRESS/", "txt", "txt", "txt", "txt", "txt", "html", "csv", "zip",
        ]  # fmt: skip


def check_tar(data: bytes) -> None:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        assert [each.isdir() for each in archive] == [True, False, False, False, False, False]


KEPT = (
    "Kept text <EMAIL_ADDRESS>", "Kept plain", "Kept page", "Kept cell", "Kept nested",
    "in EMAIL_ADDRESS/of EMAIL_ADDRESS x",
)  # fmt: skip
LOCATIONS = {"folder": "member 2, name", "file": "member 2, name", "text": "member 2"}
CASES = [
    Case(
        "a.zip",
        "application/zip",
        ZIP_PLACES,
        zipped,
        said,
        check_zip,
        (*KEPT, "(2020, 1, 2, 3, 4, 6) 14 100644", "(2020, 1, 2, 3, 4, 6) 12"),
        {**LOCATIONS, "comment": "comment", "member_comment": "member 2, comment", "nested": "member 9, member 1",
         "table": "member 8, row 2, column mail", "page": "member 7, line 1"},
        frozenset({"extra", "cache"}),
    ),
    Case(
        "a.tar",
        "application/x-tar",
        TAR_PLACES,
        tarred,
        said,
        check_tar,
        (*KEPT, "1600000000 640"),
        {**LOCATIONS, "nested": "member 6, member 1", "long": "member 3, name"},
        frozenset({"owner", "group", "pax", "after"}),
    ),
    Case(
        "a.tar.gz",
        "application/gzip",
        tuple(place for place in TAR_PLACES if place != "after"),
        lambda planted: tarred({**planted, "after": ""}, "w:gz"),
        said,
        check_tar,
        (*KEPT, "1600000000 640"),
        LOCATIONS,
        frozenset({"owner", "group", "pax"}),
    ),
]  # fmt: skip
