"""Opening a PDF within limits, and saving it anew: one revision, no encryption, nothing that nobody refers to."""

from typing import BinaryIO, Final

import pikepdf

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work

MOST_PAGES: Final = 5_000
DECRYPTED: Final = "The document was encrypted with an empty password; the redacted one is not encrypted."
_ENCRYPTED: Final = ("encrypted", "The document is encrypted: remove its password and send it again.")
_BROKEN: Final = ("unreadable", "The document is damaged or no PDF: it could not be read; save it anew and try again.")
_TOO_MANY: Final = ("too_large", f"A PDF may have {MOST_PAGES:,} pages; split it into smaller ones.")
_NO_PAGES: Final = ("unreadable", "The document has no pages that could be read; save it anew and try again.")


def opened(work: Work) -> pikepdf.Pdf:
    """Raises DocumentError."""
    try:
        pdf = pikepdf.open(work.source, password="", suppress_warnings=True)
        count = len(pdf.pages)
    except pikepdf.PasswordError:
        raise DocumentError(*_ENCRYPTED) from None
    except (pikepdf.PdfError, RuntimeError, TypeError, ValueError, AttributeError):
        raise DocumentError(*_BROKEN) from None
    if count > MOST_PAGES:
        raise DocumentError(*_TOO_MANY)
    if not count:
        raise DocumentError(*_NO_PAGES)
    if pdf.is_encrypted:
        work.note(DECRYPTED)
    return pdf


def save(pdf: pikepdf.Pdf, target: BinaryIO) -> None:
    """All of it once."""
    pdf.save(
        target,
        linearize=False,
        encryption=False,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
        compress_streams=True,
        preserve_pdfa=False,
    )
