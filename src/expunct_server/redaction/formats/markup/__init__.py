"""HTML and XML: rewritten in place. What held nothing stays byte for byte, in its encoding.

charsets    the encoding that a document declares
tags        where its tags, attributes, texts and comments are: of HTML as browsers see them, and of XML
pieces      texts joined over inline elements, and what an edit of them means for the source
carried     files that are carried inside a document as `data:` addresses
rewriting   all of it for one document, common to both
htmls, xmls the two formats
"""
