"""Codes that say how numbers look (ECMA-376 part 1, 18.8.31): what they say themselves, and what is left of them."""

import re
from collections.abc import Sequence
from typing import Final

from expunct_server.redaction.formats.isolated.work import UNSEEN, Edit

LONGEST: Final = 255
"""Characters of a code that a program takes."""
_READ: Final = 1_000  # characters of one that is read as such
_TOKEN: Final = re.compile(
    r'(?P<quote>"(?P<quoted>[^"]*)")|\\(?P<escaped>.)|\*(?P<filling>.)|(?P<plain>[-+/():!^&\'~{}<>= $])'
    r"|\[\$(?P<sign>[^\]]*?)(?:-[0-9A-Fa-f]{1,8}(?:,[0-9A-Fa-f]{1,8})*)?\]|(?P<other>_.|\[[^\]]*\]|.)",
    re.S,
)
"""What is shown as it stands there: in quotes, behind a backslash, what fills a cell, plainly, the sign of a currency;
and what is not."""
_PLAIN: Final = "General"


def said(code: str) -> str:
    """A code as what it says, as many characters: what only writes it draws nothing, gaps are blanks, and places for
    digits are no digits, unless it has digits of its own."""
    tokens = list(_TOKEN.finditer(code[:_READ]))
    has_own = any(each["other"] in set("123456789") for each in tokens)
    return "".join(_said(each, "0" if has_own else "#") for each in tokens) + code[_READ:]


def _said(token: re.Match[str], zero: str) -> str:
    if token["other"]:
        return zero if token[0] == "0" else " " * len(token[0]) if token[0][0] == "_" else token[0]
    start, end = _shown(token)
    before = " " if token["filling"] else UNSEEN
    return before * (start - token.start()) + token.string[start:end] + UNSEEN * (token.end() - end)


def _shown(token: re.Match[str]) -> tuple[int, int]:
    """Where what is shown of a token stands."""
    return token.span("quoted" if token.lastgroup == "quote" else token.lastgroup or 0)


def edited(code: str, edits: Sequence[Edit]) -> str:
    """A code after edits of what it says, which are in order; plain where more goes than what is shown as it stands
    there, or where it becomes longer than programs take."""
    if len(code) > _READ:
        return _PLAIN
    parts: list[str] = []
    first = 0
    for token in _TOKEN.finditer(code):
        while first < len(edits) and edits[first].end <= token.start():
            first += 1
        last = first
        while last < len(edits) and edits[last].start < token.end():
            last += 1
        if first == last:
            parts.append(token[0])
        elif token["other"]:
            return _PLAIN
        else:
            parts.append(_quoted(_left(token, edits[first:last])))
    made = "".join(parts)
    return made if len(made) <= max(LONGEST, len(code)) else _PLAIN


def _left(token: re.Match[str], edits: Sequence[Edit]) -> str:
    """What is left of a token, with what takes the place of what begins in it."""
    position, end = _shown(token)
    said = []
    for edit in edits:
        said.append(token.string[position : edit.start])
        if edit.start >= token.start():
            said.append(edit.replacement)
        position = max(position, min(edit.end, end))
    return "".join([*said, token.string[position:end]])


def _quoted(text: str) -> str:
    """A text as codes write it."""
    return "".join('\\"' if part == '"' else f'"{part}"' for part in re.split('(")', text) if part)
