"""Opening a PDF within limits, and saving it anew: one revision, no encryption, nothing that nobody refers to."""

import io
from contextlib import suppress
from typing import BinaryIO, Final

import pikepdf

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import beside, losses
from expunct_server.redaction.formats.unlocking import OPENED, refused, unknown

MOST_PAGES: Final = 5_000
DECRYPTED: Final = "The document was encrypted with an empty password; the redacted one is not encrypted."
_IN_ENCRYPTION: Final = "(encryption dictionary"  # where qpdf has met what it does not know, such as certificates
_BROKEN: Final = ("unreadable", "The document is damaged or no PDF: it could not be read; save it anew and try again.")
_TOO_MANY: Final = ("too_large", f"A PDF may have {MOST_PAGES:,} pages; split it into smaller ones.")
_NO_PAGES: Final = ("unreadable", "The document has no pages that could be read; save it anew and try again.")


def opened(work: Work) -> pikepdf.Pdf:
    """Raises DocumentError."""
    try:
        pdf = _unlocked(work)
    except pikepdf.PdfError as error:
        raise (unknown() if _IN_ENCRYPTION in str(error) else DocumentError(*_BROKEN)) from None
    except (RuntimeError, TypeError, ValueError, AttributeError):
        raise DocumentError(*_BROKEN) from None
    if pdf.is_encrypted:
        work.note(DECRYPTED)
    for each in pdf.objects:
        if isinstance(each, pikepdf.Stream) and "/DecodeParms" in each:
            beside.tidy_parameters(each)
    return pdf


def _unlocked(work: Work) -> pikepdf.Pdf:
    """The document, by its password where it has one: then `work.source` is one without, for other readers too."""
    try:
        return _open(work)
    except pikepdf.PasswordError:
        for password in _spellings(work.password):
            with suppress(pikepdf.PasswordError), _open(work, password) as pdf:
                work.source = io.BytesIO()
                pdf.save(work.source, encryption=False)
                work.note(OPENED)
                return _open(work)
        raise refused(work) from None


def _open(work: Work, password: bytes = b"") -> pikepdf.Pdf:
    work.source.seek(0)
    with pikepdf.open(work.source, password=password, suppress_warnings=True, inherit_page_attributes=False) as bare:
        losses.refuse_missing(bare, MOST_PAGES)
    work.source.seek(0)
    pdf = pikepdf.open(work.source, password=password, suppress_warnings=True)
    if len(pdf.pages) > MOST_PAGES:
        raise DocumentError(*_TOO_MANY)
    if not pdf.pages:
        raise DocumentError(*_NO_PAGES)
    losses.tell(work, pdf)
    return pdf


def _spellings(password: str | None) -> set[bytes]:
    """The bytes that writers make of a password: UTF-8 (ISO 32000-2, 7.6.4.3.3), PDFDocEncoding and what Windows has in
    older revisions."""
    found = set[bytes]()
    for codec in ("utf-8", "pdfdoc", "cp1252") if password else ():
        with suppress(UnicodeEncodeError):
            found.add((password or "").encode(codec))
    return found


def save(pdf: pikepdf.Pdf, target: BinaryIO) -> None:
    """All of it once."""
    pdf.save(
        target,
        linearize=False,
        encryption=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=True,
        recompress_flate=True,  # without what is behind the end of what was compressed before
        preserve_pdfa=False,
    )
