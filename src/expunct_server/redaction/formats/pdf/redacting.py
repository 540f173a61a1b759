"""A whole document: its pages, what else is drawn, and all strings of all objects."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work
from expunct_server.redaction.formats.pdf import (
    beside,
    boxes,
    cmaps,
    facsimile,
    fields,
    files,
    filled,
    losses,
    marks,
    names,
    opening,
    pages,
    pictures,
    programs,
    scrub,
    seen,
    spots,
    structure,
    subsets,
    tree,
)
from expunct_server.redaction.formats.pdf.contents import INLINE, Content, operator_of, written
from expunct_server.redaction.formats.pdf.doubts import Doubts
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.placing import Drawn
from expunct_server.redaction.formats.pdf.strings import is_palette, members, number_at, putting, text_at, zeroing
from expunct_server.redaction.formats.pdf.values import dictionary_of, inherited, name_of, text_of

UNKNOWN: Final = "Parts of the document that are of no known kind were removed."
UNREAD: Final = "What a note, a field or a pattern of the document shows was removed, since its letters cannot be told."
_LONG: Final = 4  # letters that one glyph may stand for without being asked about
_RICH: Final = frozenset(("/RC", "/RV"))  # of what /Contents and /V say (ISO 32000-2, 12.5.6.2 and 12.7.4.3)
_COMMENT = re.compile(rb"%[^\r\n]*")
_NO_BOX: Final = (tree.GLYPH,)


class Document:
    """One document on its way."""

    def __init__(self, work: Work, pdf: pikepdf.Pdf) -> None:
        self._work, self._pdf = work, pdf
        self._drawing = Drawing(before_reading=_take_out_of_form, for_labels=not work.surveying)
        self._walk = tree.Walk()
        self._files = files.Files()
        self._fields = fields.Fields()
        self._names = names.Names()
        self._pictures = pictures.Pictures(work, pdf)
        self._canvases: dict[tuple[int, int], pages.Canvas] = {}
        self._written: set[tuple[int, int]] = set()  # contents of pages: no other object may be one
        self._filled: set[tuple[tuple[int, int], str]] = set()  # what fields say that is redacted, and what shows it
        self._places: dict[tuple[int, int], str] = {}
        self._unreadable: dict[int, tuple[Content, ...]] = {}  # what of pages, by their numbers
        self._glyphs: set[tuple[int, int]] = set()
        self._seen: dict[int, seen.Page] = {}  # those whose pictures and drawings are looked at, by their numbers
        self._covered: list[seen.Page] = []  # what is drawn elsewhere, over pictures
        self._cut_marks: structure.Cut = {}
        self._properties = marks.Shared(pdf)
        self._elements = structure.Elements()
        self._number = 0  # of the page whose objects are read
        self._tables: dict[tuple[int, int], tuple[Any, cmaps.CMap]] = {}  # of codes, by their streams' numbers

    def redact(self) -> None:
        """Raises DocumentError."""
        size = self._work.source.seek(0, os.SEEK_END)
        self._destinations = scrub.catalogue(self._work, self._pdf)
        listed = [page.obj for page in self._pdf.pages]
        ending: list[int] = []  # pages whose content ends too early
        doubts = Doubts(self._work.source) if self._work.surveying else None
        for number, page in enumerate(listed, start=1):
            said = self._page(page, number)
            if losses.ends_within(self._pdf):
                ending.append(number)
            if doubts:
                doubts.ask(self._work, number, said)
            self._work.progress(size * number // len(listed))
        losses.tell_pages(self._work, ending)
        self._walk.seen.update(page.objgen for page in listed)  # a link to a page is no part of its own page
        for number, page in enumerate(listed, start=1):
            self._walk.seen.discard(page.objgen)
            self._number = number
            self._appearances(page, f"page {number}")
            self._objects(page, f"page {number}")
        self._number = 0
        self._objects(self._pdf.Root, "document")
        if isinstance(self._pdf.trailer.get("/Info"), pikepdf.Dictionary):
            self._objects(self._pdf.trailer.Info, "properties")
        self._contents()
        self._work.flush()
        self._elements.forget(self._cut_marks)
        self._elements.ask(self._work)
        self._work.flush()
        self._fields.tell_apart()
        self._rename()
        self._look()
        for content in (each for shown in self._unreadable.values() for each in shown):
            if isinstance(content.owner, pikepdf.Stream):
                content.owner.write(b"")  # an annotation may show it too
        files.tidy_names(self._pdf)

    def _look(self) -> None:
        """What is seen on pages, once their text is redacted: words may be over several pictures, which come after."""
        seen.cover(self._work, self._pdf, [*self._seen.values(), *self._covered])
        shown = {number: page for number, page in self._seen.items() if number not in self._unreadable}
        looking = seen.Looking(self._work, self._pdf, shown)
        looking.read()
        self._elements.forget(looking.cut)
        self._pictures.called = seen.called(self._pdf, self._seen)
        self._pictures.redact(seen.tiles(shown.values()))
        seen.patch(self._pdf, self._seen, self._pictures.patches)
        looking.finish()
        facsimile.put(self._work, self._pdf, list(self._unreadable))

    # --- pages ---

    def _page(self, page: Any, number: int) -> str:
        """Redact a page, from 1; what was read on it."""
        place = f"page {number}"
        _take_out_pictures(page)
        resources = inherited(page, "/Resources")
        content = self._drawing.reader.read(pikepdf.Page(page), resources)
        canvas = pages.Canvas(content, place, True, *spots.corner(page), seen.shown(page), spots.annotated(page))
        self._marks(content, place)
        found = filled.fields(page)
        said = pages.redact(self._work, self._drawing, canvas, found)
        drawn = self._drawing.drawn
        drawn.shapes.may_hide |= "/Annots" in page
        if drawn.pictures or drawn.says_more():
            self._seen[number] = seen.Page(drawn, canvas.labels, drawn.says_more(), canvas.shown)
        self._names.in_content(self._work, content, place)
        self._work.flush()
        self._tell(page.objgen, content)
        done = () if self._work.surveying else filled.finish(self._pdf, found, self._work.preserve_labels)
        self._filled.update((each.objgen, key) for each, key in done if each.is_indirect)
        page.Contents = self._pdf.make_stream(pages.finish(self._work, canvas, drawn))
        self._written.add(page.Contents.objgen)
        if canvas.labels:
            page.Resources = self._with_font(resources)
        if canvas.unreadable:
            self._unreadable[number] = canvas.unreadable
        return said

    def _marks(self, content: Content, place: str, *, is_glyph: bool = False) -> None:
        marks.add(self._work, content, place)
        for number, instruction in enumerate(content.instructions):
            if operator_of(instruction) != INLINE or (is_glyph and pictures.is_letter(instruction.iimage)):
                continue
            if not pictures.inline(self._work, instruction.iimage, place):
                content.replaced[number] = None

    def _with_font(self, resources: Any) -> Any:
        """Resources of its own, since others may share them."""
        own, fonts = copy(dictionary_of(resources)), copy(dictionary_of(dictionary_of(resources).get("/Font")))
        fonts[boxes.font_name(fonts)] = boxes.font()
        own.Font = fonts
        return own

    # --- all objects ---

    def _appearances(self, page: Any, place: str) -> None:
        """What is seen of annotations first: whatever else it is said to be elsewhere."""
        annotations = page.get("/Annots")
        for number, each in enumerate(annotations if isinstance(annotations, pikepdf.Array) else (), start=1):
            shown = dictionary_of(each).get("/AP")
            if isinstance(shown, pikepdf.Dictionary):
                self._objects(shown, f"{place}, {spots.annotation(number, each, page)}", "/AP")

    def _objects(self, root: Any, place: str, key: str = "") -> None:
        found: set[str] = set()
        for node in self._walk.nodes(root, place, key):
            if isinstance(node.value, pikepdf.Dictionary | pikepdf.Stream):
                if not tree.has_chosen_keys(node):
                    scrub.tidy(self._work, node.value, self._destinations)
                self._elements.see(node.value)
                if "/EF" in node.value:
                    self._files.redact(self._work, node.value)
            if isinstance(node.value, pikepdf.Stream):
                self._stream(node)
            elif isinstance(node.value, pikepdf.Array) and is_palette(node.value):
                beside.redact_palette(self._work, node.value, node.place)
            self._strings(node)
            found |= names.own(node.value)
        self._names.ask(self._work, found, place)

    def _strings(self, node: tree.Node) -> None:
        self._fields.see(node.value)
        for key, value in members(node.value):
            where = _said(node, key)
            if isinstance(value, pikepdf.String):
                if (node.value.objgen, key) in self._filled:
                    continue
                if key == "/DA":
                    node.value[key] = pikepdf.String(self._names.in_text(self._work, text_of(value), where))
                put = _dropping(node.value, key) if key in _RICH else putting(node.value, key)
                names = filled.called(node.value) if key in filled.VALUES else ()
                self._work.add(text_at(key, node.value[key])._replace(names=names), put, _at(where))
            elif number := number_at(_key(node, key), value):
                self._work.add(number, zeroing(node.value, key), _at(where))

    def _rename(self) -> None:
        if self._names.renamed:
            walk = tree.Walk()
            for root in (self._pdf.Root, self._pdf.trailer.get("/Info")):
                for node in walk.nodes(root, "") if isinstance(root, pikepdf.Dictionary) else ():
                    self._names.in_object(node.value)

    def _stream(self, node: tree.Node) -> None:
        kind = tree.kind_of(node)
        if kind in (tree.FORM, tree.PATTERN, tree.GLYPH):
            self._drawn(node, kind)
        elif kind == tree.IMAGE:
            if beside.strip(node.value):
                self._pictures.add(node.value, node.place, self._number)
            else:
                self._drop(node)
        elif kind == tree.PROGRAM:
            node.value.write(_COMMENT.sub(b"", node.value.read_bytes()))
            self._words(node)
        elif kind == tree.MAP:
            self._map(node)
        elif kind == tree.KEPT:
            programs.redact(self._work, node.value, self._names, node.place)
            self._words(node)
        elif node.value.objgen not in (self._files.done if kind == tree.FILE else self._written):
            self._drop(node)

    def _words(self, node: tree.Node) -> None:
        if not beside.redact(self._work, node.value, node.place):
            self._drop(node)

    def _drop(self, node: tree.Node, note: str = UNKNOWN) -> None:
        self._work.note(note)
        if node.above and isinstance(node.above.value, pikepdf.Dictionary | pikepdf.Stream):
            del node.above.value[node.key]
        node.value.write(b"")
        for key in list(node.value.keys()):
            if key != "/Length":
                del node.value[key]

    def _drawn(self, node: tree.Node, kind: str) -> None:
        """A form, pattern or glyph that no page has drawn yet."""
        stream = node.value
        self._places[stream.objgen] = node.place
        if kind == tree.GLYPH:
            self._glyphs.add(stream.objgen)
        if stream.objgen in self._drawing.contents or (stream.objgen, "") in self._filled:
            return
        if kind != tree.GLYPH:
            _take_out_pictures(stream)
        font = node.above.above if kind == tree.GLYPH and node.above else None
        around = font.value.get("/Resources") if font else None
        canvas = pages.Canvas(self._drawing.form(stream, around), node.place)
        pages.redact(self._work, self._drawing, canvas)
        if kind == tree.FORM:
            self._see(self._drawing.drawn, canvas)
        if canvas.unreadable:
            del self._drawing.contents[stream.objgen]
            self._drop(node, UNREAD)
        elif canvas.labels and kind not in _NO_BOX:
            self._canvases[stream.objgen] = canvas

    def _see(self, drawn: Drawn, canvas: pages.Canvas) -> None:
        """What an annotation shows, or a form that no page draws."""
        if self._number and drawn.says_more():
            self._seen.setdefault(self._number, seen.Page()).is_read = True
        if drawn.pictures and canvas.labels:
            self._covered.append(seen.Page(drawn, canvas.labels))

    def _map(self, node: tree.Node) -> None:
        """What glyphs stand for: one of them may be said to be a whole name (ISO 32000-2, 9.10.3)."""
        stream = node.value
        try:
            cmap = cmaps.parsed(stream.read_bytes())
        except (ValueError, pikepdf.PdfError):
            return self._drop(node)
        if node.key != "/ToUnicode":
            plain = _COMMENT.sub(b"", stream.read_bytes()).decode("latin-1")
            stream.write(self._names.in_text(self._work, plain, node.place).encode("latin-1", "replace"))
            return self._words(node)
        for code, text in list(cmap.texts.items()):
            if len(text) >= _LONG:
                self._work.add(Text(text), _forgetting(cmap, code), _at(f"{node.place}, font"))
        self._tables[stream.objgen] = stream, cmap
        return None

    # --- what is drawn in several places ---

    def _contents(self) -> None:
        for key, content in self._drawing.contents.items():
            place = self._places.get(key, "document")
            self._marks(content, place, is_glyph=key in self._glyphs)
            self._names.in_content(self._work, content, place)
        self._work.flush()
        for key, content in self._drawing.contents.items():
            canvas = self._canvases.get(key)
            self._tell(key, content)
            content.owner.write(written(content) if canvas is None else pages.finish(self._work, canvas))
            if canvas is not None:
                content.owner.Resources = self._with_font(content.resources)
        subsets.forget(self._drawing.fonts, {number: cmap for number, (_, cmap) in self._tables.items()})
        for stream, cmap in self._tables.values():
            stream.write(cmaps.written(cmap))
        self._properties.forget()

    def _tell(self, key: tuple[int, int], content: Content) -> None:
        """Let be known elsewhere what has gone from a content, which is of the object of a number."""
        self._cut_marks[key] = structure.silenced(content)
        self._properties.tell(content)
        subsets.tell(content)


def _take_out_pictures(drawn: Any) -> None:
    """Let pictures that stand in a content be objects, like all others; in a damaged one they stay where they are, and
    in one that uses the resources around it, of which they would be no part."""
    if isinstance(drawn, pikepdf.Stream) and "/Resources" not in drawn:
        return
    with suppress(pikepdf.PdfError, RuntimeError, TypeError, ValueError):
        pikepdf.Page(drawn).externalize_inline_images(shallow=True)


def _take_out_of_form(form: Any) -> None:
    """The same for what a page draws; not for the letters of fonts."""
    if name_of(form.get("/Subtype")) == "Form":
        _take_out_pictures(form)


def _said(node: tree.Node, key: Any) -> str:
    name = _key(node, key)
    return f"{node.place}, {name}" if name else node.place


def _key(node: tree.Node, key: Any) -> str:
    """What a member is called, or the array that it is in."""
    name = key if isinstance(key, str) else node.key
    return name[1:] if isinstance(name, str) else ""


def _dropping(holder: Any, key: Any) -> Callable[[Redacted], None]:
    def drop(_: Redacted) -> None:
        del holder[key]

    return drop


def _at(place: str) -> Any:
    return lambda _edit: place


def _forgetting(cmap: cmaps.CMap, code: int) -> Any:
    def forget(_: Redacted) -> None:
        cmap.texts.pop(code, None)

    return forget


def run(work: Work) -> None:
    """Redact `work.source` into `work.target`. Raises DocumentError."""
    if not work.source.seek(0, os.SEEK_END):
        return  # nothing becomes nothing, as in all formats
    work.source.seek(0)
    with opening.opened(work) as pdf:
        Document(work, pdf).redact()
        work.flush()
        opening.save(pdf, work.target)
