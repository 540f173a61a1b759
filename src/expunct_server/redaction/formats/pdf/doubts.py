"""What another reader sees on a page and ours does not: a damaged font, an encoding that the two take otherwise.

Such lines are asked about while all values are learned. What is found in them has to go, and a document that still says
it to the other reader is not released.
"""

import re
from contextlib import closing
from typing import BinaryIO, Final

import pypdfium2  # type: ignore[import-untyped]

from expunct_server.redaction.formats.isolated.work import Text, Work

_WORD: Final = re.compile(r"\w{4,}")  # shorter values are not looked for


class Doubts:
    """PDFium, beside our own reading of the same document."""

    def __init__(self, source: BinaryIO) -> None:
        self._document = None
        try:
            source.seek(0)
            self._document = pypdfium2.PdfDocument(source.read())
        except pypdfium2.PdfiumError:  # it is stricter about what is damaged
            return

    def ask(self, work: Work, number: int, said: str) -> None:
        """Ask about what PDFium alone sees on a page, from 1; `said` is what was read there."""
        if self._document is None or number > len(self._document):
            return
        try:
            with closing(self._document[number - 1]) as page, closing(page.get_textpage()) as text:
                lines = unseen(text.get_text_range(), said)
        except pypdfium2.PdfiumError:
            return
        if lines:
            work.add(Text("\n".join(lines)), lambda _: None, lambda _: f"page {number}")


def unseen(theirs: str, ours: str) -> list[str]:
    """Lines of one reading with words that the other has not: what was asked about in pieces was not asked about."""
    known = set(_WORD.findall(ours.casefold()))
    return [line for line in theirs.splitlines() if not known.issuperset(_WORD.findall(line.casefold()))]
