"""Presentations (ECMA-376 part 1, PresentationML and DrawingML)."""

import posixpath
from collections.abc import Iterator

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.office import docx, markup, package, parts, reading, redacting
from expunct_server.redaction.formats.office.parts import Package


def redact(work: Work) -> None:
    if package.is_empty(work.source):
        return
    found = parts.opened(work, "ppt", docx.place_of)
    order = _order(found)
    found.place = lambda name: _place(name, order)
    redacting.redact(found)


def texts(work: Work) -> Iterator[str]:
    yield from reading.texts(work, docx.place_of)


def _order(found: Package) -> dict[str, str]:
    """What slides and their notes are called: by the order in which they are shown, not by their parts' names."""
    main = found.main()
    by_id = {each.id: each.target for each in found.relations.get(main, [])}
    places: dict[str, str] = {}
    slides = markup.parse(found.members[main]).iter("{*}sldId")
    for number, slide in enumerate(slides, start=1):
        ids = [value for key, value in slide.attrib.items() if str(key).startswith("{")]
        name = by_id.get(str(ids[0]) if ids else "", "")
        places[name] = f"slide {number}"
        for each in found.relations.get(name, []):
            kind = posixpath.basename(each.type)
            if kind in ("notesSlide", "comments"):
                places.setdefault(each.target, f"slide {number}, {'notes' if kind == 'notesSlide' else kind}")
    return places


def _place(name: str, order: dict[str, str]) -> str:
    return order.get(name) or docx.place_of(name)
