"""Encrypted documents, opened by the password that came with them: what is said of them, and how each kind is opened.

packages      office documents in a compound file (MS-OFFCRYPTO)
opendocument  parts of OpenDocument packages (ISO/IEC 26300-3, 4)
members       members of ZIP archives; winzip: with AES

PDF files are opened by the library that reads them. A key is made of a password by as many rounds as the document asks
for: what asks for more than programs write is refused, since each takes its time.
"""

from typing import Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work

OPENED: Final = (
    "The document was encrypted and the redacted one is not: it opens without a password. Older copies still open with "
    "the password that was sent."
)
NEEDED: Final = "The document is encrypted: send its password too, or send it without one."
WRONG: Final = "The document is encrypted and the password that was sent does not open it: send the right one."
UNKNOWN: Final = "The document is encrypted in a way that is not read: send it without its password."
MOST_ROUNDS: Final = 1_000_000
"""Office and LibreOffice write 100,000. A million take about a second."""


def refused(work: Work) -> DocumentError:
    """For a document that is encrypted and not opened by the password, or has come without one."""
    return DocumentError("encrypted", NEEDED if work.password is None else WRONG)


def unknown() -> DocumentError:
    """For a way of encrypting that is not read, or that asks for more work than programs do."""
    return DocumentError("encrypted", UNKNOWN)
