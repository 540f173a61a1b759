"""Where rows of the pattern table can match, found for all rows in one pass over the text.

pieces.py    an expression, simplified to what its bytes look like
anchors.py   the part of each expression that is worth looking for
program.py   the anchors of all rows, compiled together for Hyperscan
places.py    from the hits in a text to the places where a row has to be tried
needs.py     the strings, digits and capitals that every match of an expression needs
gate.py      which rows a short text can hold at all, by their needs
table.py     the rows, tried where they have to be
"""
