"""RTF (Rich Text Format 1.9.1): rewritten in place, so that what held nothing stays byte for byte.

tokens      what it is made of
vocabulary  control words: which begin a text of their own, which go whole
charsets    code pages of the document and of its fonts
units       one text: where its characters stand, the ways to read it, what of it goes
states      what is known at a place of a document
settings    control words that set something for what follows
walking     to which text each character belongs
rows        which column each cell of a table is in
stories     paragraphs and columns that are read one after the other
pictures    pictures
redacting   the whole document
reading     the written document, read again without its structure
lines       its paragraphs there, one after the other
"""

from expunct_server.redaction.formats.rtf.reading import texts
from expunct_server.redaction.formats.rtf.redacting import run as redact

__all__ = ["redact", "texts"]
