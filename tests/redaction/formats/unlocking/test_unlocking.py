"""Encrypted documents, opened by the password that comes with them, whatever program has encrypted them."""

import base64
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import DocumentError, Summary
from expunct_server.redaction.formats.isolated.limits import DEFAULT, Limits
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.office import markup
from expunct_server.redaction.formats.pdf import doubts, opening
from expunct_server.redaction.formats.unlocking import OPENED, members, opendocument, packages
from tests.redaction.formats.cases_odf import odf
from tests.redaction.formats.office.build import unzipped, zipped
from tests.redaction.formats.office.test_docx import document
from tests.redaction.formats.pdf.papers import line, paper, saved
from tests.redaction.formats.unlocking import sealed
from tests.redaction.helpers import redacted_file
from tests.support.canary import PASSWORD

TYPES = frozenset({"EMAIL_ADDRESS"})
MAIL = "jane@example.com"
PARAGRAPH = f"<w:p><w:r><w:t>Kept {MAIL}</w:t></w:r></w:p>"


def redacted(data: bytes, name: str, password: str | None = PASSWORD) -> tuple[bytes, list[Finding], Summary]:
    return redacted_file(data, name, password, entity_types=TYPES)


def refused(data: bytes, name: str, password: str | None = PASSWORD) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        redacted(data, name, password)
    assert caught.value.detail.endswith(".") and "c4n4ry" not in caught.value.detail
    return caught.value


def pdf(**how: Any) -> bytes:
    return saved(paper(line(MAIL)), encryption=pikepdf.Encryption(**how))


def user(**how: Any) -> bytes:
    return pdf(user=PASSWORD, owner="owner", **how)


FILES: dict[str, bytes] = {
    "letter.docx": sealed.AGILE,
    "standard.docx": sealed.STANDARD,
    "letter.odt": sealed.OPENDOCUMENT,
    "old.odt": sealed.OLD_OPENDOCUMENT,
    "aes128.zip": sealed.AES_128,
    "aes192.zip": sealed.AES_192,
    "aes256.zip": sealed.AES_256,
    "old.zip": sealed.OLD,
    "rc4-40.pdf": user(R=2, aes=False, metadata=False),
    "rc4-128.pdf": user(R=3, aes=False, metadata=False),
    "aes-128.pdf": user(R=4),
    "aes-256.pdf": user(R=6),
    "owner.pdf": pdf(user="user", owner=PASSWORD),
}


def said(data: bytes, name: str) -> bytes:
    """What is in a result, without any password."""
    if name.endswith(".pdf"):
        with pikepdf.open(io.BytesIO(data)) as paper:
            assert not paper.is_encrypted
            return paper.pages[0].Contents.read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not any(each.flag_bits & 1 for each in archive.infolist())
    return b"".join(unzipped(data).values())


@pytest.mark.parametrize("name", FILES)
def test_the_password_opens_it_and_what_is_written_needs_none(name: str):
    output, findings, summary = redacted(FILES[name], name)

    assert {each.text for each in findings} == {MAIL}
    assert summary.notes == (OPENED,)
    assert MAIL.encode() not in said(output, name)
    if not name.endswith(".pdf"):
        assert b"Kept" in said(output, name)


@pytest.mark.parametrize("name", FILES)
def test_another_password_and_none_are_told_apart(name: str):
    wrong, missing = refused(FILES[name], name, "another"), refused(FILES[name], name, None)

    assert (wrong.code, missing.code) == ("encrypted", "encrypted")
    assert "does not open it" in wrong.detail and "does not open it" not in missing.detail
    assert "send its password too" in missing.detail


PLAIN = {
    "letter.docx": document(PARAGRAPH),
    "paper.pdf": saved(paper(line(MAIL))),
    "files.zip": zipped({"a.txt": MAIL}),
    "a.txt": MAIL.encode(),
}


@pytest.mark.parametrize("name", PLAIN)
def test_a_password_for_what_is_not_encrypted_is_passed_over(name: str):
    assert redacted(PLAIN[name], name)[2] == redacted(PLAIN[name], name, None)[2]


def test_an_owners_pdf_that_anybody_opens_is_opened_without_its_password():
    data = pdf(user="", owner="owner")
    assert redacted(data, "a.pdf", "another")[2].notes == redacted(data, "a.pdf", None)[2].notes != (OPENED,)


@pytest.mark.parametrize("revision", [4, 6])
def test_the_other_reader_sees_an_encrypted_pdf_too(revision: int):
    work = here(user(R=revision))
    with opening.opened(work), doubts.Doubts(work.source)._document as other:
        assert len(other) == 1


@pytest.mark.parametrize(("old", "new"), [(b"/Standard", b"/PubSec  "), (b"/V 4", b"/V 7"), (b"/R 4", b"/R 9")])
def test_a_pdf_that_is_encrypted_by_certificates_or_unknown_revisions_is_told_so(old: bytes, new: bytes):
    error = refused(user(R=4).replace(old, new), "a.pdf")
    assert (error.code, "in a way that is not read" in error.detail) == ("encrypted", True)


def test_it_is_tried_on_documents_inside_and_they_are_told_of():
    mail = (
        b"From: a@b.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=a.pdf\r\n\r\n"
    )
    message = mail + base64.encodebytes(user(R=6)).replace(b"\n", b"\r\n") + b"--x--\r\n"
    _, findings, summary = redacted(message, "a.eml")
    assert [each.location for each in findings if each.location and "page 1" in each.location] != []
    assert f"Attachment 1: {OPENED}" in summary.notes
    assert refused(message, "a.eml", "another").code == "encrypted"

    archive = zipped({"in.zip": sealed.AES_256, "a.docx": sealed.AGILE})
    output, findings, summary = redacted(archive, "a.zip")
    assert {each.text for each in findings} == {MAIL}
    assert summary.notes == (f"Member 1; member 2: {OPENED}",)
    assert MAIL.encode() not in b"".join(unzipped(unzipped(output)["in.zip"]).values())
    assert refused(archive, "a.zip", None).code == "encrypted"


# --- hostile and unknown ----------------------------------------------------------------------------------------------


class _Wire:
    def send(self, *_: object) -> None:
        pass


def here(data: bytes, limits: Limits = DEFAULT) -> Work:
    """In this process."""
    return Work(io.BytesIO(data), io.BytesIO(), None, limits, _Wire(), password=PASSWORD)  # type: ignore[arg-type]


def outcome(act: Callable[[], object]) -> str:
    """`opened`, or the error's code, and whether it is the way of encrypting that is not read."""
    try:
        assert act() is not None
    except DocumentError as error:
        return f"unknown {error.code}" if "in a way" in error.detail else error.code
    except zipfile.BadZipFile:
        return "damaged"
    return "opened"


def agile(old: str = "", new: str = "") -> str:
    """What becomes of the agile document with another description, whose blanks give way."""
    found = re.search(rb"<encryption .*</encryption>", sealed.AGILE, re.DOTALL)
    assert found is not None
    said = re.sub(rb"\s+", b" ", found[0])
    assert old.encode() in said
    said = said.replace(old.encode(), new.encode()).ljust(len(found[0]))
    assert len(said) == len(found[0])
    data = sealed.AGILE.replace(found[0], said)
    return outcome(lambda: packages.unlocked(here(data)))


@pytest.mark.parametrize(
    ("old", "new", "became"),
    [
        ("", "", "opened"),
        ('hashAlgorithm="SHA512"', 'hashAlgorithm="MD5"', "unknown encrypted"),
        ('cipherChaining="ChainingModeCBC"', 'cipherChaining="ChainingModeCFB"', "unknown encrypted"),
        ('cipherAlgorithm="AES"', 'cipherAlgorithm="RC2"', "unknown encrypted"),
        ('keyBits="256"', 'keyBits="255"', "unknown encrypted"),
        ('blockSize="16"', 'blockSize="32"', "unknown encrypted"),
        ('spinCount="100000"', 'spinCount="1000001"', "unknown encrypted"),  # Office writes 100,000
        ('spinCount="100000"', 'spinCount="10000000000000"', "unknown encrypted"),
        ('spinCount="100000"', 'spinCount="-1"', "unknown encrypted"),
        ('spinCount="100000"', 'spinCount="9"', "encrypted"),
        ('spinCount="100000"', 'spinCount="1.5"', "unreadable"),
        ('saltValue="', 'saltValue="!', "unreadable"),
        ("<keyData ", "<other ", "unreadable"),
        ('spinCount="', 'other="', "unreadable"),
        ("<keyData ", "<!DOCTYPE a><keyData ", "unreadable"),
    ],
)
def test_an_agile_description_that_is_broken_or_asks_for_too_much_is_refused(old: str, new: str, became: str):
    assert agile(old, new) == became


@pytest.mark.parametrize(
    ("place", "new", "became"),
    [
        (0, b"\3\0\2\0", "opened"),
        (0, b"\4\0\3\0", "unknown encrypted"),  # extensible
        (0, b"\2\0\1\0", "unknown encrypted"),  # RC4
        (8, b"\xff\xff\xff\xff", "unreadable"),  # how long the header is
        (20, b"\1\x68\0\0", "unknown encrypted"),  # RC4
        (24, b"\3\x80\0\0", "unknown encrypted"),  # MD5
        (28, b"\x28\0\0\0", "unknown encrypted"),  # bits
    ],
)
def test_a_standard_description_that_is_broken_or_unknown_is_refused(place: int, new: bytes, became: str):
    start = sealed.STANDARD.index(b"\3\0\2\0\x24\0\0\0")
    data = sealed.STANDARD[: start + place] + new + sealed.STANDARD[start + place + len(new) :]
    assert outcome(lambda: packages.unlocked(here(data))) == became


def test_compound_files_that_are_cut_off_or_are_others_are_refused():
    for length in (8, 100, 600, 2000, len(sealed.AGILE) - 1024):
        assert refused(sealed.AGILE[:length], "a.docx").code in ("unreadable", "unsupported_format")
    other = sealed.AGILE.replace("EncryptedPackage".encode("utf-16-le"), "EncryptedPackbge".encode("utf-16-le"))
    assert refused(other, "a.docx").code == "unsupported_format"


def opened_member(data: bytes, limits: Limits = DEFAULT) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.infolist()[-1]
        return outcome(lambda: (members.method(info), members.opened(here(data, limits), archive, info).read()))


def test_members_that_were_changed_or_are_encrypted_otherwise_are_refused():
    data = sealed.AES_128
    central = data.index(b"PK\1\2")
    extra = data.index(b"\1\x99\7\0", central)
    assert opened_member(data) == "opened"
    for place, new, became in (
        (50, bytes([data[50] ^ 1]), "encrypted"),  # the salt
        (75, bytes([data[75] ^ 1]), "damaged"),
        (central + 8, b"\x41", "unknown encrypted"),  # PKWARE's own
        (extra, b"\2", "unknown encrypted"),
        (extra + 8, b"\4", "unknown encrypted"),  # how strong
        (extra + 9, b"\14", "unknown encrypted"),  # bzip2
        (central + 20, b"\5\0\0\0", "damaged"),  # how long
        (central + 42, b"\xff\0\0\0", "damaged"),  # where
    ):
        assert (place, opened_member(data[:place] + new + data[place + len(new) :])) == (place, became)
    assert refused(data[:50] + b"!" + data[51:], "a.zip").code == "encrypted"


def test_a_member_that_unpacks_to_more_than_it_may_is_refused():
    with zipfile.ZipFile(io.BytesIO(sealed.AES_128)) as archive:
        [info] = archive.infolist()
        assert len(members.opened(here(sealed.AES_128, Limits(inner=10)), archive, info).read()) == 11
    with pytest.raises(DocumentError) as caught:
        redacted_file(sealed.AES_128, "a.zip", PASSWORD, limits=Limits(inner=10))
    assert caught.value.code == "too_large"


def parts(old: str = "", new: str = "", data: bytes = sealed.OPENDOCUMENT, **limits: int) -> str:
    """What becomes of the OpenDocument text with another manifest."""
    found = unzipped(data)
    said = found.pop("META-INF/manifest.xml").decode()
    assert old in said
    manifest = markup.parse(said.replace(old, new).encode())
    return outcome(lambda: opendocument.unlock(here(b"", Limits(**limits)), manifest, found) or found)


@pytest.mark.parametrize(
    ("old", "new", "became"),
    [
        ("", "", "opened"),
        ('iteration-count="100000"', 'iteration-count="1000001"', "unknown encrypted"),
        ('iteration-count="100000"', 'iteration-count="0"', "unknown encrypted"),
        ('iteration-count="100000"', 'iteration-count="many"', "unreadable"),
        ('iteration-count="100000"', 'iteration-count="9"', "encrypted"),
        ("#aes256-cbc", "#aes256-gcm", "unreadable"),
        ("PBKDF2", "argon2id", "unreadable"),
        ("#sha256-1k", "#md5", "unknown encrypted"),
        ("xmldsig#sha256", "xmldsig#md5", "unknown encrypted"),
        ('key-size="32" manifest:iteration', 'key-size="320" manifest:iteration', "unknown encrypted"),
        ('salt="', 'salt="!', "unreadable"),
        ('initialisation-vector="', 'initialisation-vector="AAAA', "unreadable"),
        ("manifest:algorithm ", "manifest:other ", "unknown encrypted"),
    ],
)
def test_a_manifest_that_is_broken_or_asks_for_too_much_is_refused(old: str, new: str, became: str):
    assert parts(old, new) == became


@pytest.mark.parametrize("name", ["SHA1", "http://www.w3.org/2000/09/xmldsig#sha1"])
def test_the_older_start_of_a_key_is_read_whether_it_is_named_or_not(name: str):
    start = f'<manifest:start-key-generation manifest:start-key-generation-name="{name}"/>'
    assert parts("<manifest:key-derivation ", f"{start}<manifest:key-derivation ", sealed.OLD_OPENDOCUMENT) == "opened"


def test_parts_that_unpack_to_more_than_they_may_are_refused():
    assert parts(unpacked=1000) == "too_large"


SEALED_SPACE = "urn:org:documentfoundation:names:experimental:office"
ARGON2 = 'iterations="3" loext:argon2-memory="1024" loext:argon2-lanes="4"'


def sealed_whole(change: Callable[[str], str] = str, *, vector: bytes = bytes(range(12))) -> bytes:
    """A package as LibreOffice 24.8 encrypts it as one, with less memory. Made here: that program is not at hand."""
    content = zlib.compress(odf("text", f"<text:p>Kept {MAIL}</text:p>"), wbits=-15)
    key = Argon2id(salt=bytes(16), length=32, iterations=3, lanes=4, memory_cost=1024).derive(
        hashlib.sha256(PASSWORD.encode()).digest()
    )
    data = bytes(range(12)) + AESGCM(key).encrypt(bytes(range(12)), content, None)
    kind = "application/vnd.oasis.opendocument.text"
    manifest = (
        f'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        f'xmlns:loext="{SEALED_SPACE}:xmlns:loext:1.0" manifest:version="1.4">'
        f'<manifest:file-entry manifest:full-path="encrypted-package" manifest:media-type="{kind}">'
        '<manifest:encryption-data><manifest:algorithm '
        'manifest:algorithm-name="http://www.w3.org/2009/xmlenc11#aes256-gcm" '
        f'manifest:initialisation-vector="{base64.b64encode(vector).decode()}"/>'
        '<manifest:start-key-generation manifest:start-key-generation-name="http://www.w3.org/2001/04/xmlenc#sha256" '
        'manifest:key-size="32"/><manifest:key-derivation manifest:key-size="32" '
        f'manifest:key-derivation-name="{SEALED_SPACE}:manifest:argon2id" loext:argon2-{ARGON2} '
        f'manifest:salt="{base64.b64encode(bytes(16)).decode()}"/></manifest:encryption-data></manifest:file-entry>'
        "</manifest:manifest>"
    )  # fmt: skip
    return zipped({"mimetype": kind, "encrypted-package": data, "META-INF/manifest.xml": change(manifest)})


def test_a_package_that_is_encrypted_as_one_is_opened():
    output, findings, summary = redacted(sealed_whole(), "whole.odt")

    assert [(each.text, each.location) for each in findings] == [(MAIL, "body, paragraph 1")]
    assert summary.notes == (OPENED,)
    assert b"Kept &lt;EMAIL_ADDRESS&gt;" in unzipped(output)["content.xml"]
    wrong, missing = (refused(sealed_whole(), "whole.odt", each) for each in ("another", None))
    assert "does not open it" in wrong.detail and "send its password too" in missing.detail


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("3", "0", "encrypted", "not read"),
        ("3", "3000", "encrypted", "not read"),
        ("1024", "8388608", "encrypted", "not read"),
        ('lanes="4"', 'lanes="99"', "encrypted", "not read"),
        ("3", "x", "unreadable", "damaged"),
        ("argon2id", "scrypt", "encrypted", "not read"),
        ("encryption-data", "nothing", "encrypted", "not read"),
    ],
)
def test_one_that_asks_for_too_much_or_is_broken_is_refused(old: str, new: str, code: str, said: str):
    changed = ARGON2.replace(old, new, 1)

    error = refused(sealed_whole(lambda text: text.replace(ARGON2, changed).replace(old, new)), "whole.odt")

    assert (error.code, said in error.detail) == (code, True)


def test_one_with_another_vector_than_it_says_is_damaged():
    assert refused(sealed_whole(vector=bytes(12)), "whole.odt").code == "unreadable"
