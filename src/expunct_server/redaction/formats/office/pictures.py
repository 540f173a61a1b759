"""Pictures in packages: what their names end in, and what takes the place of one that could not be searched."""

import struct
import zlib
from typing import Final

ENDINGS: Final = frozenset(
    ("png", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "tif", "tiff", "webp", "emf", "wmf", "emz", "wmz", "svg",
     "wdp", "jxr", "hdp", "pict", "pct", "pcz", "eps", "ico", "heic", "avif")
)  # fmt: skip
"""In lower case."""
EMPTY: Final = "Pictures that could not be searched were replaced by empty ones."


def _chunk(kind: bytes, data: bytes) -> bytes:
    """ISO/IEC 15948, 5.3."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PLACEHOLDER: Final = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"\0\xc0")),
        _chunk(b"IEND", b""),
    )
)
"""One grey pixel, as PNG."""
