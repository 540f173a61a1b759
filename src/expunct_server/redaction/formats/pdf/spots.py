"""Where on a page annotations and pictures are, for people and for whoever shows the page: in whole points from its
lower left corner."""

from collections.abc import Sequence
from typing import Any

import pikepdf

from expunct_server.redaction.formats.pdf.insides import Box, around
from expunct_server.redaction.formats.pdf.placing import Placed
from expunct_server.redaction.formats.pdf.values import dictionary_of, inherited, name_of, numbers_of


def corner(page: Any) -> tuple[float, float]:
    """The lower left corner of a page."""
    box = numbers_of(inherited(page, "/MediaBox"), 4) or [0.0, 0.0, 0.0, 0.0]
    return min(box[0], box[2]), min(box[1], box[3])


def box(points: Sequence[tuple[float, float]], left: float, bottom: float) -> str:
    """The rectangle around points, of a page whose corner is there: `box 72 700 180 712`."""
    xs, ys = [x - left for x, _ in points], [y - bottom for _, y in points]
    return f"box {min(xs):.0f} {min(ys):.0f} {max(xs):.0f} {max(ys):.0f}".replace("-0 ", "0 ")


def annotation(number: int, value: Any, page: Any) -> str:
    """What an annotation of a page is called, from 1."""
    rectangle = numbers_of(dictionary_of(value).get("/Rect"), 4)
    if rectangle is None:
        return f"annotation {number}"
    left, bottom, right, top = rectangle
    return f"annotation {number} ({box([(left, bottom), (right, top)], *corner(page))})"


def annotated(page: Any) -> list[Box]:
    """Where annotations of a page may show something; links are over what they are of."""
    annotations = page.get("/Annots")
    found = map(dictionary_of, annotations if isinstance(annotations, pikepdf.Array) else ())
    places = [numbers_of(each.get("/Rect"), 4) for each in found if name_of(each.get("/Subtype")) != "Link"]
    return [around([(each[0], each[1]), (each[2], each[3])]) for each in places if each is not None]


def picture(placed: Placed, left: float, bottom: float) -> str:
    """What a picture is called that is drawn on a page whose corner is there."""
    return f"picture ({box(placed.corners(), left, bottom)})"
