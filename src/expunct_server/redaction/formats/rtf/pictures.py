"""Pictures in an RTF document: those that can be searched are redacted as what they are, others go.

Their data are hexadecimal or, after \\binN, as they are (RTF 1.9.1, "Pictures").
"""

import re
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.office.pictures import PLACEHOLDER
from expunct_server.redaction.formats.rtf.tokens import Token
from expunct_server.redaction.formats.rtf.units import Cut

READ: Final = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"))
"""What pictures that can be searched begin with."""
_WORDS: Final = {"png": "pngblip", "jpg": "jpegblip"}
_HEX: Final = re.compile(r"[0-9A-Fa-f\s]*")
_GONE: Final = "Pictures of kinds that cannot be searched (WMF, EMF and others) were taken out of the document."
_EMPTY: Final = "Pictures that could not be read were replaced by empty ones."


@dataclass(slots=True)
class Picture:
    """One of them, from `start` to `end` of the source; `data` are the stretches in which its data stand."""

    start: int
    is_whole: bool = True  # it is all of its group
    is_older: bool = False  # a copy for older programs
    end: int = 0
    data: list[tuple[int, int]] = field(default_factory=list, repr=False)
    binary: Token | None = None
    is_sound: bool = True
    kind: Token | None = None

    def says(self, token: Token) -> None:
        if token.name in ("pngblip", "jpegblip"):
            self.kind = token


@dataclass(slots=True)
class Pictures:
    """Those of one document, counted."""

    work: Work
    source: str = field(repr=False)
    cuts: list[Cut] = field(repr=False)
    count: int = 0

    def redact(self, picture: Picture) -> None:
        """Redact it in its place, or take it out."""
        raw = self._raw(picture)
        if raw is not None and not raw:
            return
        suffix = next((kind for magic, kind in READ if raw is not None and raw.startswith(magic)), None)
        if raw is None or suffix is None or picture.kind is None:
            self.cuts.append(Cut(picture.start, picture.end, ""))
            if not picture.is_older:
                self.work.note(_GONE)
            return
        self.count += 1
        try:
            redacted = self.work.inner(f"picture.{suffix}", raw, f"picture {self.count}")
        except DocumentError:
            redacted = PLACEHOLDER
            self.work.note(_EMPTY)
        if redacted != raw:
            self._put(picture, redacted)

    def _raw(self, picture: Picture) -> bytes | None:
        """Its data; None for what is none."""
        if picture.binary is not None:
            is_alone = all(self._is_blank(*each) for each in picture.data if each[1] != picture.binary.end)
            data = self.source[picture.binary.data : picture.binary.end]
            return data.encode("latin-1") if is_alone and picture.is_sound else None
        said = "".join(self.source[start:end] for start, end in picture.data)
        if not picture.is_sound or not _HEX.fullmatch(said):
            return None
        digits = "".join(said.split())
        return bytes.fromhex(digits[: len(digits) // 2 * 2])

    def _is_blank(self, start: int, end: int) -> bool:
        return not self.source[start:end].strip()

    def _put(self, picture: Picture, data: bytes) -> None:
        said = data.hex() if picture.binary is None else f"\\bin{len(data)} " + data.decode("latin-1")
        for start, end in picture.data:
            self.cuts.append(Cut(start, end, said))
            said = ""
        suffix = next((kind for magic, kind in READ if data.startswith(magic)), "png")
        if picture.kind is not None and picture.kind.name != _WORDS[suffix]:
            self.cuts.append(Cut(picture.kind.start, picture.kind.end, f"\\{_WORDS[suffix]} "))
