"""Where the parts of a document of HTML or XML are in its source.

HTML is taken apart as section 13.2.5 of the standard says, which takes anything; XML must be well-formed, which another
reader has checked before. Every character of the source is in exactly one token.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

Kind = Literal["text", "raw", "start", "end", "comment", "cdata", "instruction", "declaration"]

RAW: Final = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes"})
_RCDATA: Final = frozenset({"title", "textarea"})
_FOREIGN: Final = frozenset({"svg", "math"})
_INTEGRATING: Final = frozenset({"foreignobject", "desc", "title", "mi", "mo", "mn", "ms", "mtext", "annotation-xml"})
_BREAKING_OUT: Final = frozenset(
    """b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta
    nobr ol p pre ruby s small span strong strike sub sup table tt u ul var""".split()  # noqa: SIM905 - words read best as words
)

_HTML_NAME = re.compile(r"[^\s/>]+")
_XML_NAME = re.compile(r"[^\s/>]+")
_GAP = re.compile(r"[\s/]*")
_ATTRIBUTE = re.compile(r"=?[^\s/>=]*")
_EQUALS = re.compile(r"\s*=\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_COMMENT_END = re.compile(r"--!?>")


class Attribute(NamedTuple):
    """`start` and `end` are those of its value without quotes; both are -1 where it has none. `quote` may be empty."""

    name: str
    name_start: int
    start: int
    end: int
    quote: str


class Token(NamedTuple):
    """`start` to `end` is all of it, `low` to `high` what is inside its marks: the text, or the name of a tag.

    `empty` is a start tag that is its own end.
    """

    kind: Kind
    start: int
    end: int
    low: int
    high: int
    attributes: tuple[Attribute, ...] = ()
    empty: bool = False


def html(source: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The tokens of HTML from `start` to `end`."""
    end = len(source) if end is None else end
    at = start
    foreign = _Foreign()
    while at < end:
        if source[at] != "<":
            following = source.find("<", at, end)
            following = end if following < 0 else following
            yield Token("text", at, following, at, following)
            at = following
            continue
        token = (foreign.is_here and _html_cdata(source, at, end)) or _html_markup(source, at, end)
        yield token
        at = token.end
        if token.kind == "start" and not foreign.is_here:
            yield from (raw := _content(source, token, end))
            at = raw[-1].end if raw else at
        if token.kind in ("start", "end"):
            foreign.take(source[token.low : token.high].lower(), token)


class _Foreign:
    """The elements of SVG and MathML that are open, and those in them in which HTML's rules hold again."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._counts: Counter[str] = Counter()  # of the names of these: a page may have very many

    @property
    def is_here(self) -> bool:
        """Whether what comes next is read by the rules for foreign content (HTML, 13.2.6.5): all of it is markup."""
        return bool(self._open) and self._open[-1] in _FOREIGN

    def take(self, name: str, token: Token) -> None:
        """A tag of this name, in small letters."""
        if token.kind == "end":
            while self._counts[name]:
                self._counts[last := self._open.pop()] -= 1
                if last == name:
                    break
        elif self.is_here and name in _BREAKING_OUT:
            self._open.clear()
            self._counts.clear()
        elif not token.empty and (name in _FOREIGN or (self.is_here and name in _INTEGRATING)):
            self._open.append(name)
            self._counts[name] += 1


def _html_cdata(source: str, at: int, end: int) -> Token | None:
    opening, closing, kind = _XML_SPECIALS[1]
    if not source.startswith(opening, at, end):
        return None
    low = at + len(opening)
    high = source.find(closing, low, end)
    return Token(kind, at, end, low, end) if high < 0 else Token(kind, at, high + len(closing), low, high)


def xml(source: str) -> Iterator[Token]:
    """The tokens of well-formed XML."""
    at, end = 0, len(source)
    while at < end:
        if source[at] != "<":
            following = source.find("<", at)
            following = end if following < 0 else following
            yield Token("text", at, following, at, following)
        elif (token := _xml_special(source, at)) is not None:
            yield token
            following = token.end
        else:
            tag = _tag(source, at, end, _XML_NAME)
            yield tag
            following = tag.end
        at = following


def _html_markup(source: str, at: int, end: int) -> Token:
    if source.startswith("<!--", at, end):
        return _html_comment(source, at, end)
    following = source[at + 1 : at + 2]
    letter = source[at + 2 : at + 3] if following == "/" else following
    if letter.isascii() and letter.isalpha() and at + 1 < end:
        return _tag(source, at, end, _HTML_NAME)
    if following and following in "!?/":  # what browsers take for a comment, a DOCTYPE among it
        close = source.find(">", at, end)
        stop = end if close < 0 else close + 1
        return Token("declaration", at, stop, min(at + 2, stop), end if close < 0 else close)
    return Token("text", at, at + 1, at, at + 1)


def _html_comment(source: str, at: int, end: int) -> Token:
    for short in ("<!-->", "<!--->"):
        if source.startswith(short, at, end):
            return Token("comment", at, at + len(short), at + 4, at + 4)
    close = _COMMENT_END.search(source, at + 4, end)
    if close is None:
        return Token("comment", at, end, at + 4, end)
    return Token("comment", at, close.end(), at + 4, close.start())


def _content(source: str, tag: Token, end: int) -> list[Token]:
    """What follows the start tag of an element whose content is no markup."""
    name = source[tag.low : tag.high].lower()
    if name == "plaintext":
        return [Token("raw", tag.end, end, tag.end, end)]
    if name not in RAW and name not in _RCDATA:
        return []
    close = re.compile(rf"</{name}(?=[\s/>])", re.I).search(source, tag.end, end)
    stop = end if close is None else close.start()
    return [Token("raw" if name in RAW else "text", tag.end, stop, tag.end, stop)]


def _xml_special(source: str, at: int) -> Token | None:
    for opening, closing, kind in _XML_SPECIALS:
        if source.startswith(opening, at):
            low = at + len(opening)
            high = source.index(closing, low)
            return Token(kind, at, high + len(closing), low, high)
    if source.startswith("<!", at):
        stop = _doctype_end(source, at)
        return Token("declaration", at, stop, at + 2, stop - 1)
    return None


_XML_SPECIALS: Final[tuple[tuple[str, str, Kind], ...]] = (
    ("<!--", "-->", "comment"),
    ("<![CDATA[", "]]>", "cdata"),
    ("<?", "?>", "instruction"),
)
_DOCTYPE_PART = re.compile(r"""<!--.*?-->|<\?.*?\?>|"[^"]*"|'[^']*'|[\[\]>]""", re.S)


def _doctype_end(source: str, at: int) -> int:
    """XML 1.0, section 2.8. Inside brackets a `>` ends a declaration, not the DOCTYPE."""
    inside = False
    for part in _DOCTYPE_PART.finditer(source, at):
        if part[0] in "[]":
            inside = part[0] == "["
        elif part[0] == ">" and not inside:
            return part.end()
    raise ValueError("a DOCTYPE without an end")


def _tag(source: str, at: int, end: int, expression: re.Pattern[str]) -> Token:
    kind: Kind = "end" if source.startswith("</", at) else "start"
    low = at + (2 if kind == "end" else 1)
    name = expression.match(source, low, end)
    high = name.end() if name else low
    attributes: list[Attribute] = []
    position = high
    while True:
        gap = _GAP.match(source, position, end)
        position = gap.end() if gap else position
        if position >= end:
            return Token(kind, at, end, low, high, tuple(attributes))
        if source[position] == ">":
            return Token(kind, at, position + 1, low, high, tuple(attributes), source[position - 1] == "/")
        attribute, position = _attribute(source, position, end)
        attributes.append(attribute)


def _attribute(source: str, at: int, end: int) -> tuple[Attribute, int]:
    """The attribute that begins here, and where it ends."""
    name = _ATTRIBUTE.match(source, at, end)
    stop = name.end() if name else at
    equals = _EQUALS.match(source, stop, end)
    if equals is None:
        return Attribute(source[at:stop], at, -1, -1, ""), stop
    start = equals.end()
    quote = source[start : start + 1]
    if quote and quote in "\"'" and start < end:
        close = source.find(quote, start + 1, end)
        close = end if close < 0 else close
        return Attribute(source[at:stop], at, start + 1, close, quote), min(close + 1, end)
    value = _UNQUOTED.match(source, start, end)
    close = value.end() if value else start
    return Attribute(source[at:stop], at, start, close, ""), close
