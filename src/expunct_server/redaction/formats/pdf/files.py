"""Files inside a document: attachments and associated files (ISO 32000-2, 7.11.4)."""

from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf.values import dictionary_of, text_of

DROPPED: Final = "A file attached to the document was removed, since it could not be redacted."


class Files:
    """Attachments by the order in which they are met. `done` are the numbers of their streams."""

    def __init__(self) -> None:
        self._count = 0
        self.done: set[tuple[int, int]] = set()

    def redact(self, work: Work, specification: Any) -> None:
        """Redact the files of a file specification, or take them out."""
        held = specification.get("/EF")
        if not isinstance(held, pikepdf.Dictionary):
            del specification["/EF"]
            return work.note(DROPPED)
        self._count += 1
        name = _name(specification)
        for key in list(held.keys()):
            stream = held[key]
            if not isinstance(stream, pikepdf.Stream):
                del held[key]
            elif stream.objgen not in self.done and not self._is_redacted(work, stream, name):
                del specification["/EF"]
                return work.note(DROPPED)
            else:
                self.done.add(stream.objgen)
        return None

    def _is_redacted(self, work: Work, stream: Any, name: str) -> bool:
        try:
            data = work.inner(name, stream.read_bytes(), f"attachment {self._count}")
        except (DocumentError, pikepdf.PdfError):
            return False
        for key in list(stream.keys()):
            if key not in ("/Type", "/Subtype", "/Length"):
                del stream[key]
        stream.write(data)
        return True


def _name(specification: Any) -> str:
    said = specification.get("/UF", specification.get("/F"))
    return text_of(said) if isinstance(said, pikepdf.String) else "attachment"


def tidy_names(pdf: pikepdf.Pdf) -> None:
    """Attachments in the order of their names, which have been redacted; without those that have no file any more."""
    files = dictionary_of(dictionary_of(pdf.Root.get("/Names")).get("/EmbeddedFiles"))
    names = files.get("/Names")
    if not isinstance(names, pikepdf.Array):
        return
    held = [(a, b) for a, b in zip(list(names)[::2], list(names)[1::2], strict=False) if "/EF" in dictionary_of(b)]
    held.sort(key=lambda pair: bytes(pair[0]) if isinstance(pair[0], pikepdf.String) else b"")
    files["/Names"] = pikepdf.Array([each for pair in held for each in pair])
