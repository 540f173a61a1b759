"""Reading views: pages of ours with what a result says, for documents that have no fixed pages of their own.

pieces     texts with their places, as they go between processes
viewing    what a format is given to be read for a view: in its own process
plain      text, tables and JSON, read there too
collecting what a document and those inside it say, in order
placing    findings to where their replacements stand
rows       headings, captions, texts, and what was removed and has no frame
drawing    rows to pages, and one of them to a picture: in a process of its own
layout     where rows break

A view is a pure function of the result and its findings: nothing of the source is at hand.
"""
