"""What RTF is made of (Rich Text Format 1.9.1, "Syntax"), in the order in which it stands.

The source is held as Latin-1, so that a character of it is a byte of the file.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from expunct_server.redaction.formats.common import DocumentError

_TOKEN: Final = re.compile(
    r"\\([A-Za-z]+)(-?[0-9]{1,20})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])"
    r"|([^\\{}\r\n\0-\x08\x0b-\x1f]+)|([\r\n]+)|(.)",
    re.S,
)
_KINDS: Final = ("", "word", "word", "byte", "symbol", "brace", "text", "line", "junk")
_WORD_BEFORE: Final = re.compile(r"(\\+)[A-Za-z]+(?:-?[0-9]{1,20})?\Z")
_BEFORE: Final = 200  # characters in which a control word ends


class Token(NamedTuple):
    """`kind` is word, byte, symbol, brace, text, line (an end of a line, which says nothing), junk or bin.

    `name` is a word, the two digits of a byte, or what a symbol or brace is; `number` is the parameter of a word. The
    data of `\\binN` are from `data` to `end`.
    """

    kind: str
    start: int
    end: int
    name: str = ""
    number: int | None = None
    data: int = 0


def tokens(source: str) -> Iterator[Token]:
    """All of them. Raises DocumentError for binary data that are longer than the document."""
    position = 0
    match = _TOKEN.match
    while (found := match(source, position)) is not None:
        kind = _KINDS[found.lastindex or 0]
        end = found.end()
        if kind != "word":
            yield Token(kind, position, end, found[found.lastindex or 0] if kind in ("byte", "symbol", "brace") else "")
        elif found[1] == "bin":
            data, end = end, end + max(int(found[2] or 0), 0)
            if end > len(source):
                raise DocumentError("unreadable", CUT_OFF)
            yield Token("bin", position, end, data=data)
        else:
            yield Token(kind, position, end, found[1], None if found[2] is None else int(found[2]))
        position = end


CUT_OFF: Final = "The RTF document ends too early; open it, save it again, and send that."


def follows_a_word(source: str, position: int) -> bool:
    """Whether a control word without a blank ends here: what comes next must not become a part of it."""
    found = _WORD_BEFORE.search(source, max(position - _BEFORE, 0), position)
    return found is not None and len(found[1]) % 2 == 1  # two backslashes are one that is shown
