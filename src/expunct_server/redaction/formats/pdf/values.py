"""Objects of a PDF as plain values, whatever a broken document has in their place."""

import math
import re
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pikepdf

_LARGEST: Final = 1e9
_MOST_WHOLE: Final = (1 << 63) - 1  # those that are no reals have no more bits
_LEAST_WIDE: Final = 6  # bytes
_UNSEEN: Final = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f]")
"""What nobody sees: with it bytes of UTF-32, or of half of a text in UTF-16, are letters beside each other."""
_LANGUAGE: Final = re.compile("\x1b[^\x1b]{0,8}\x1b")  # ISO 32000-2, 7.9.2.2
_INHERITED: Final = 50


class Matrix(NamedTuple):
    """A transformation as PDF writes it (ISO 32000-2, 8.3.3): x' = ax + cy + e, y' = bx + dy + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def then(self, m: "Matrix") -> "Matrix":
        """This transformation first, `m` after it."""
        return Matrix(
            _bounded(self.a * m.a + self.b * m.c),
            _bounded(self.a * m.b + self.b * m.d),
            _bounded(self.c * m.a + self.d * m.c),
            _bounded(self.c * m.b + self.d * m.d),
            _bounded(self.e * m.a + self.f * m.c + m.e),
            _bounded(self.e * m.b + self.f * m.d + m.f),
        )

    def inverse(self) -> "Matrix | None":
        """The transformation back; None where there is none."""
        size = self.a * self.d - self.b * self.c
        if abs(size) < 1e-12:
            return None
        a, b, c, d = self.d / size, -self.b / size, -self.c / size, self.a / size
        return Matrix(a, b, c, d, -(self.e * a + self.f * c), -(self.e * b + self.f * d))

    def is_level(self) -> bool:
        """Whether what is level or upright stays one of both."""
        return self.b == self.c == 0 or self.a == self.d == 0

    def stretch(self) -> float:
        """How much longer something becomes, at most along its axes."""
        return max(math.hypot(self.a, self.b), math.hypot(self.c, self.d))

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def _bounded(value: float) -> float:
    return max(-_LARGEST, min(_LARGEST, value)) if math.isfinite(value) else 0.0


def number_of(value: Any, default: float = 0.0) -> float:
    """A number, or the default for what is none, such as a truth value."""
    if isinstance(value, bool):
        return default
    try:
        return _bounded(float(value))
    except (TypeError, ValueError, OverflowError):
        return default


def whole_of(value: Any) -> int | None:
    """A whole number, as which readers take the whole part of any; None for what is none, such as a truth value."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return int(max(-_MOST_WHOLE, min(_MOST_WHOLE, value)))


def numbers_of(value: Any, count: int) -> list[float] | None:
    """So many numbers of an array; None for anything else."""
    if not isinstance(value, pikepdf.Array) or len(value) != count:
        return None
    return [number_of(each) for each in value]


def matrix_of(value: Any) -> Matrix:
    """A matrix; the identity for what is none."""
    numbers = numbers_of(value, 6)
    return Matrix(*numbers) if numbers else Matrix()


def name_of(value: Any) -> str:
    """A name without its slash; "" for anything else. Bytes that are no UTF-8 are as in the keys of dictionaries."""
    return bytes(value).decode("utf-8", "surrogateescape")[1:] if isinstance(value, pikepdf.Name) else ""


def spelled(name: str) -> str:
    """What a name says: bytes that are no UTF-8 are read as Latin-1."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def entry(holder: Any, name: Any) -> Any:
    """What a dictionary has under a name object; None for nothing."""
    key = f"/{name_of(name)}"
    if not isinstance(holder, pikepdf.Dictionary):
        return None
    try:
        return holder.get(key)
    except (TypeError, UnicodeError):  # bytes that are no UTF-8
        return next((value for each, value in holder.items() if each == key), None)


def text_of(value: pikepdf.String) -> str:
    """What a text string says, in whichever of the encodings that it may have (ISO 32000-2, 7.9.2.2).

    What is no character, such as Latin-1's soft hyphen in PDFDocEncoding, is a soft hyphen: nobody sees it.
    """
    raw = bytes(value)
    codec = _wide_codec(raw)
    try:
        said = raw.decode(codec, "replace").removeprefix("\ufeff") if codec else str(value).replace("\ufffd", "\u00ad")
    except (UnicodeError, ValueError):
        said = raw.decode("latin-1")
    return _UNSEEN.sub("", _LANGUAGE.sub("", said))


def _wide_codec(raw: bytes) -> str:
    """UTF-16 in the wrong order, or without the mark that it begins with; "" for what is none of these."""
    if raw.startswith(b"\xff\xfe"):
        return "utf-16-le"
    if len(raw) % 2 or len(raw) < _LEAST_WIDE or raw.startswith(b"\xfe\xff"):
        return ""
    if raw[::2].count(0) * 2 > len(raw[::2]):
        return "utf-16-be"
    return "utf-16-le" if raw[1::2].count(0) * 2 > len(raw[1::2]) else ""


def dictionary_of(value: Any) -> Any:
    """A dictionary (a stream's, for a stream); an empty one for anything else."""
    return value if isinstance(value, pikepdf.Dictionary | pikepdf.Stream) else pikepdf.Dictionary()


def inherited(page: Any, key: str) -> Any:
    """An entry of a page, or of what is above it in the tree of pages (ISO 32000-2, 7.7.3.4)."""
    for _ in range(_INHERITED):
        if not isinstance(page, pikepdf.Dictionary):
            return None
        if key in page:
            return page.get(key)
        page = page.get("/Parent")
    return None
