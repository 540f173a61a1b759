"""HTML and XML: rewritten in place. What held nothing stays byte for byte, in its encoding.

charsets    the encoding that a document declares
tags        where its tags, attributes, texts and comments are: of HTML as browsers see them, and of XML
pieces      texts joined over inline elements, and what an edit of them means for the source
hidden      what of a page browsers do not show
following   texts that are read after others
said        all that a page says, as another library has it
carried     files that are carried inside a document as `data:` addresses
rewriting   all of it for one document, common to both
htmls, xmls the two formats
"""
