"""Office packages: ZIP archives of XML parts (ECMA-376, ISO/IEC 26300).

package      the archive: read with limits, written in order and with nothing of the archive's own that says anything
markup       XML parts: parsed without entities, DTD or network, and written
vocabulary   which elements are paragraphs and runs, and which values are names of the format's own
measures     which values are sizes, counts and identifiers
streams      text that is split over runs, read in one and edited where it stands
changes      the ways in which a paragraph is read: with changes accepted, rejected, and all that is there
walking      all of one part: which text belongs to which of its paragraphs, and all that is asked about
paragraphs   what is read together, and after what
hidden       styles by which text is hidden
heads        names of columns of tables in texts and slides
attributes   what attributes say
values       numbers, dates and formulas: as people read them, and what becomes of them
foreign      names of namespaces, elements and attributes that are nobody's vocabulary
parts        the parts of an OOXML package: their types and relationships, read and written
references   what refers to relationships, and goes with them
redacting    the whole OOXML package: what is dropped, walked, handed over
docx, pptx   documents and presentations
reading      what was written, read by the standard library alone; lines: each paragraph in all ways
"""
