"""Office packages: ZIP archives of XML parts (ECMA-376, ISO/IEC 26300).

package      the archive: read with limits, written in order and with nothing of the archive's own that says anything
markup       XML parts: parsed without entities, DTD or network, and written
vocabulary   which elements are paragraphs and runs, and which values are names of the format's own
measures     which values are sizes, counts and identifiers
streams      text that is split over runs, read in one and edited where it stands
changes      the ways in which a paragraph is read: with changes accepted, rejected, and all that is there
walking      all of one part: its paragraphs, other texts, attributes, namespaces
parts        an OOXML package: relationships, content types, what is dropped, what is inside
docx, pptx   documents and presentations
reading      what was written, read by the standard library alone; lines: each paragraph in all ways
"""
