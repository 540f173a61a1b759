"""Pictures unpacked by OpenCV's own readers, to see what was written by Pillow."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pictures import raw
from expunct_server.redaction.formats.pictures.finding import Pixels, in_256_levels


def unpacked(data: bytes) -> Iterator[list[Pixels]]:
    """What can be seen of each page, as `pages.views` gives it. Raises DocumentError."""
    # JPEG has its colours and its orientation sorted out; of others transparency has to be seen.
    flags = cv2.IMREAD_COLOR if data.startswith(raw.JPEG) else cv2.IMREAD_UNCHANGED
    read, pages = cv2.imdecodemulti(np.frombuffer(data, np.uint8), flags)
    if not read or not pages:
        raise DocumentError("unreadable", "The redacted picture could not be read again, so it cannot be verified.")
    for page in pages:
        yield _views(np.asarray(page))


def _views(page: NDArray[np.generic]) -> list[Pixels]:
    levels = page if page.dtype == np.uint8 else in_256_levels(page)
    if levels.ndim == 2:
        return [np.repeat(levels[:, :, None], 3, axis=2)]
    if levels.shape[2] == 4:
        alpha = levels[:, :, 3:].astype(np.float32) / 255
        shown = levels[:, :, :3].astype(np.float32) * alpha
        return [np.asarray(shown + grey * (1 - alpha), np.uint8) for grey in (255.0, 0.0)]
    return [np.ascontiguousarray(levels[:, :, :3])]
