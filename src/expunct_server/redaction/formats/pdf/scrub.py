"""What is taken out of a document whole, since nobody would miss it or nobody could read it: by the keys that hold it.

(ISO 32000-2: 7.7.2 the catalogue, 12.6 actions, 12.5 annotations, 14.3 metadata.)
"""

from collections.abc import Iterator
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf.values import dictionary_of, name_of, text_of

SCRIPTS: Final = "Scripts and other actions of the document were removed."
FORMS: Final = "The document's XFA form was removed; its fields are still there as usual form fields."
MEDIA: Final = "Sounds, films and three-dimensional pictures were removed from the document."
SIGNATURES: Final = "Digital signatures were removed: they do not hold for a redacted document."
_MOST_NAMES: Final = 200_000

_SILENT: Final = (
    "/Metadata", "/PieceInfo", "/Thumb", "/Threads", "/SpiderInfo", "/Collection", "/Legal", "/OPI", "/Alternates",
    "/CharSet", "/SeparationInfo", "/Ref", "/Requirements", "/AlternatePresentations", "/Renditions", "/DPartRoot",
    "/SV",
)  # fmt: skip
_OF_FORMS: Final = ("/Ref",)  # which structure has too, of another kind (ISO 32000-2, 8.10.4 and 14.7.2)
_NOTED: Final = {
    "/AA": SCRIPTS, "/JS": SCRIPTS, "/JavaScript": SCRIPTS, "/XFA": FORMS, "/Perms": SIGNATURES, "/DSS": SIGNATURES,
    "/Movie": MEDIA, "/Sound": MEDIA, "/3DD": MEDIA, "/RichMediaContent": MEDIA, "/RichMediaSettings": MEDIA,
}  # fmt: skip
_SIGNATURES: Final = ("Sig", "DocTimeStamp")
_ACTIONS: Final = ("/A", "/OpenAction", "/Next", "/PA")
_ALLOWED: Final = frozenset(("GoTo", "GoToR", "URI", "Named", "SetOCGState", "Thread", "Hide", "ResetForm"))
_MEDIA: Final = frozenset(("Sound", "Movie", "Screen", "3D", "RichMedia", "TrapNet"))


def catalogue(work: Work, pdf: pikepdf.Pdf) -> dict[str, Any]:
    """Take out what hangs on the catalogue and the trailer. The named destinations, for `tidy`."""
    for key in list(pdf.trailer.keys()):
        if key not in ("/Root", "/Info", "/Size"):
            del pdf.trailer[key]
    if not isinstance(pdf.trailer.get("/Info"), pikepdf.Dictionary) and "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    pdf.trailer.Size = pdf.trailer.get("/Size", 0)  # without it, none would be written
    if "/Parent" in pdf.Root.Pages:
        del pdf.Root.Pages["/Parent"]
    root, names = pdf.Root, dictionary_of(pdf.Root.get("/Names"))
    found = {str(k)[1:]: v for k, v in dictionary_of(root.get("/Dests")).items()}
    found |= dict(leaves(names.get("/Dests")))
    files = pikepdf.Array([each for name, file in leaves(names.get("/EmbeddedFiles")) for each in (name, file)])
    if "/JavaScript" in names:
        work.note(SCRIPTS)
    for key in ("/Dests", "/Names"):
        if key in root:
            del root[key]
    if len(files):
        root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=files))
    return {name if isinstance(name, str) else text_of(name): value for name, value in found.items()}


def leaves(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Names and values of a name tree (ISO 32000-2, 7.9.6), however broken."""
    waiting, seen, count = [tree], set[tuple[int, int]](), 0
    while waiting and count < _MOST_NAMES:
        node = waiting.pop()
        if not isinstance(node, pikepdf.Dictionary) or (node.is_indirect and node.objgen in seen):
            continue
        seen.add(node.objgen)
        named = node.get("/Names")
        if isinstance(named, pikepdf.Array):
            for name, value in zip(list(named)[::2], list(named)[1::2], strict=False):
                count += 1
                if isinstance(name, pikepdf.String):
                    yield name, value
        kids = node.get("/Kids")
        waiting += reversed(list(kids)) if isinstance(kids, pikepdf.Array) else []


def tidy(work: Work, holder: Any, destinations: dict[str, Any]) -> None:
    """Take out of one dictionary what does not stay, and write destinations where their names are."""
    for key in list(holder.keys()):
        if key in _SILENT and (key not in _OF_FORMS or isinstance(holder, pikepdf.Stream)):
            del holder[key]
        elif key in _NOTED:
            del holder[key]
            work.note(_NOTED[key])
    _tidy_actions(work, holder)
    _tidy_annotations(work, holder)
    _tidy_signatures(work, holder)
    _tidy_destination(holder, "/Dest", destinations)
    if name_of(holder.get("/S")) == "GoTo":
        _tidy_destination(holder, "/D", destinations)
    if name_of(holder.get("/Type")) == "Page":
        for key in ("/B", "/ID", "/TemplateInstantiated", "/PresSteps"):
            if key in holder:
                del holder[key]


def _tidy_signatures(work: Work, holder: Any) -> None:
    """A field's kind may be said by the one above it, and what a signature has is a signature all the same."""
    said = dictionary_of(holder.get("/V"))
    if "/V" in holder and (
        name_of(holder.get("/FT")) == "Sig" or "/ByteRange" in said or name_of(said.get("/Type")) in _SIGNATURES
    ):
        del holder["/V"]
        work.note(SIGNATURES)
    if "/SigFlags" in holder:  # nothing is signed any more: it need not be saved in a way that keeps signatures sound
        del holder["/SigFlags"]


def _tidy_actions(work: Work, holder: Any) -> None:
    for key in _ACTIONS:
        value = holder.get(key)
        actions = list(value) if key == "/Next" and isinstance(value, pikepdf.Array) else [value]
        if any(isinstance(each, pikepdf.Dictionary) and not _is_allowed(each) for each in actions):
            del holder[key]
            work.note(SCRIPTS)


def _is_allowed(action: pikepdf.Object) -> bool:
    return "/S" not in action or name_of(action.get("/S")) in _ALLOWED or name_of(action.get("/Type")) == "Annot"


def _tidy_annotations(work: Work, holder: Any) -> None:
    annotations = holder.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return
    kept = [each for each in annotations if name_of(dictionary_of(each).get("/Subtype")) not in _MEDIA]
    if len(kept) < len(annotations):
        holder.Annots = pikepdf.Array(kept)
        work.note(MEDIA)


def _tidy_destination(holder: Any, key: str, destinations: dict[str, Any]) -> None:
    value = holder.get(key)
    if isinstance(value, pikepdf.String):
        name = text_of(value)
    elif isinstance(value, pikepdf.Name):
        name = name_of(value)
    else:
        return
    found = destinations.get(name)
    if isinstance(found, pikepdf.Dictionary):
        found = found.get("/D")
    if isinstance(found, pikepdf.Array):
        holder[key] = found
    else:
        del holder[key]
