"""Pictures: PNG, JPEG, TIFF with its pages, WebP, GIF and BMP that do not move.

    pages      a file as its pages, within limits that are checked before anything is unpacked; what can be seen of each
    looking    asks for what a page says, and answers that in a process of its own, which has pixels alone
    seeing     all that a page says, at first and at second sight, by these:
    models     the networks, from files that are there
    finding    where text is
    reading    what it says
    lines      lines of text, and where on the picture a part of one is
    layout     from lines to columns and rows, as people read them
    codes      QR codes and bar codes
    asking     asks about what a page says; redacting: a page on its way
    painting   boxes over what goes, and labels on them
    writing    the file anew, pixels alone
    raw        files by their bytes, for what they say beside their pixels
    unpacking  what was written, by another library

A page is read twice before it is written: as it is, and, once painted, as it will be written, at another scale and in
another light. What only the second reading shows is painted too. What is written is then unpacked by another library
and read in that way again, unless its pixels are those that were read so.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import count, islice

from PIL import Image, ImageFont

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Mark, Work
from expunct_server.redaction.formats.pictures import looking, models, raw
from expunct_server.redaction.formats.pictures.looking import memory_is_told
from expunct_server.redaction.formats.pictures.pages import opened, views
from expunct_server.redaction.formats.pictures.painting import framed
from expunct_server.redaction.formats.pictures.redacting import Redacting
from expunct_server.redaction.formats.pictures.unpacking import unpacked
from expunct_server.redaction.formats.pictures.writing import stripped, written

_DESCRIBED = "What the picture's file said beside its pixels (camera, place, comments, a small copy) was removed."
_SEVERAL = "The file held further pictures beside the one that is shown; they were removed."


def ready() -> None:
    """Load what every picture needs, once for all processes that are forked from this one; it starts no thread."""
    Image.init()
    ImageFont.load_default()
    models.ready()


@memory_is_told()
def redact(work: Work) -> None:
    """Raises DocumentError for what is damaged, too large, or moves."""
    data = work.source.read()
    source = opened(BytesIO(data))
    if source.described:
        work.note(_DESCRIBED)
    if source.image.format == "MPO":
        work.note(_SEVERAL)
    redacting = Redacting(work, source)
    pages = map(redacting.page, count(1), source.pages())
    if work.surveying:  # nobody sees what would be written
        for _ in pages:
            continue
        return
    first = next(pages)
    bare = None if redacting.changed else stripped(data, source)
    if bare is None:
        written(work.target, source, first, pages)
    else:
        work.target.write(bare)
    redacting.tell()
    work.progress(len(data))


@memory_is_told()
def preview(work: Work, page: int, marks: Sequence[Mark]) -> None:
    """A page with frames around the marks. Raises DocumentError."""
    source = opened(BytesIO(work.source.read()))
    if not 1 <= page <= source.count:
        raise DocumentError("no_such_page", f"The picture has {source.count} pages.")
    shown = next(islice(source.pages(), page - 1, None))
    framed(views(shown)[0], marks).save(work.target, "PNG")


@memory_is_told()
def read_again(work: Work, image: Image.Image) -> Iterator[str]:
    """What a picture says that a document of another kind shows, once that is written."""
    return looking.second(work, views(image)).texts()


def texts(work: Work) -> Iterator[str]:
    """What a written picture says: its bytes by their own rules; its pixels, unpacked by OpenCV and read once more."""
    data = work.source.read()
    yield from raw.said(data)
    with memory_is_told():
        for pixels in unpacked(data):
            yield from looking.second(work, pixels).texts()
