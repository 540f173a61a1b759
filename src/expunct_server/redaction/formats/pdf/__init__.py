"""PDF (ISO 32000-2): text is taken out of what draws it, glyph by glyph; all else that holds text is redacted or goes.

opening    opening and saving; losses: what a damaged document has lost
redacting  a whole document
scrub      what goes whole: metadata, scripts, signatures
tree       all objects, and what each stream is
strings    strings in them; fields: of one name; filled: what is written into them, read as if it stood on the page
names      names of fonts, colours, resources; vocabulary: those that are the format's own
programs   what fonts and colour profiles say of themselves
files      attachments
pictures   pictures, one by one; rasters: their pixels, jbig2: of one kind of them
beside     what streams hold beside what they are for
pages      the text of one page
contents   content streams, read and written
drawing    what contents draw, instruction by instruction
glyphs     where each glyph stands; states: what moves it
fonts      what glyphs mean; cmaps: by their fonts' tables; signs: by TeX's names
insides    words in patterns, masks and letters that are drawings; letters: whether these are what their names say
marks      what marked content says instead of what is gone; structure: what elements of the document's structure do
subsets    what tables of fonts say of what is gone
layout     from glyphs to lines and columns
placing    where pictures are, and drawings that may be letters; spots: what people call it
seen       pages as people see them; removing: what was found there; rereading: whether it is gone
covering   pixels under what has gone; areas: of pictures; overlays: what is laid over a page
facsimile  pages as pictures of themselves, where nobody says what their letters are
doubts     what another reader sees on a page and ours does not
boxes      what is drawn in the place of a value; labelling: in the text, where that can be seen
room       where a box is too short for its label, and what is beside it is blank
values     objects as plain values
reading    the written document, read again; raw, unpacking: its bytes, by plain code
showing    a picture of a page
"""

from expunct_server.redaction.formats.pdf.reading import texts
from expunct_server.redaction.formats.pdf.redacting import run as redact
from expunct_server.redaction.formats.pdf.showing import preview

__all__ = ["preview", "redact", "texts"]
