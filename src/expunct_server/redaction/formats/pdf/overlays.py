"""Pictures laid over a page, after all else that it draws."""

from collections.abc import Sequence
from copy import copy

import pikepdf
from PIL import Image

from expunct_server.redaction.formats.pdf import rasters
from expunct_server.redaction.formats.pdf.values import Matrix, dictionary_of, inherited

_NAME = "/ExpunctPatch"


def draw(pdf: pikepdf.Pdf, page: pikepdf.Object, patches: Sequence[tuple[Matrix, Image.Image]]) -> None:
    """Draw pictures, each in the place to which its matrix leads from the unit square. The page has one content."""
    if not patches:
        return
    resources = copy(dictionary_of(inherited(page, "/Resources")))  # others may share them
    held = copy(dictionary_of(resources.get("/XObject")))
    drawn = [b"q", page.Contents.read_bytes(), b"Q"]
    for matrix, image in patches:
        name = next(each for n in range(len(held) + 1) if (each := f"{_NAME}{n}") not in held)
        held[name] = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
        rasters.write(held[name], rasters.plain(image))
        drawn.append(f"q {' '.join(f'{each:.4f}' for each in matrix)} cm {name} Do Q".encode())
    resources.XObject = held
    page.Resources = resources
    page.Contents = pdf.make_stream(b"\n".join(drawn))
