"""What of a page browsers do not show: elements that say so themselves, or that its styles say so of.

It stays in the document, and is read with what stands around it as before; but people read that without it. Whatever
may hide something counts, whether or not a rule applies: more is read then, never less.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction import escapes
from expunct_server.redaction.formats.markup.elements import BLOCKS

HIDING: Final = frozenset({"template", "datalist", "dialog", "noscript"})
"""Elements that are not shown, or not everywhere (HTML, 15.3.1)."""
VOID: Final = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 - legible as words
)
"""Elements that hold nothing (HTML, 13.1.2)."""
DIVIDING: Final = frozenset(
    """body caption col colgroup dd dt head html li optgroup option tbody td tfoot th thead tr""".split()  # noqa: SIM905 - legible as words
)
"""Blocks between whose neighbours something ends, though nobody sees them."""
IN_PARAGRAPHS: Final = frozenset(
    "audio button canvas iframe math noscript object select svg template textarea video".split()  # noqa: SIM905 - legible as words
)
"""Blocks before whose beginning a paragraph does not end (HTML, 13.1.2.4)."""
_AROUND: Final = frozenset({"dl", "menu", "ol", "select", "table", "ul"})
_SECTIONS: Final = frozenset({"tbody", "tfoot", "thead"})
_ROWS: Final = _SECTIONS | {"tr"}
_CELLS: Final = _ROWS | {"td", "th"}
_TERMS: Final = frozenset({"dd", "dt"})
_OPTIONS: Final = frozenset({"optgroup", "option"})
_ENDED_BY: Final = {
    "p": BLOCKS - IN_PARAGRAPHS,
    "li": frozenset({"li"}),
    **dict.fromkeys(_TERMS, _TERMS),
    **dict.fromkeys(_OPTIONS, _OPTIONS),
    **dict.fromkeys(_SECTIONS, _SECTIONS),
    "tr": _ROWS,
    "td": _CELLS,
    "th": _CELLS,
}
"""Beginnings at which elements end whose end is not written (HTML, 13.1.2.4)."""
_STYLE = re.compile(r"(?i)<style\b[^>]{0,1000}>")
_STYLE_END = re.compile(r"(?i)</style|\Z")
_COMMENT = re.compile(r"/\*(?:(?!\*/)[\s\S])*+(?:\*/|\Z)")
_COMPOUND = re.compile(r"([a-zA-Z][\w-]*|\*)?((?:[.#][\w-]+)*)")
_MOST_RULES: Final = 20
"""By one name, class or identifier: each element of it is compared with all of them."""
_ZERO = r"\s*:\s*[+-]?0*(?:\.0+)?(?:[a-z]+|%)?\s*(?:$|[;!])"
_DECLARED = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|color\s*:\s*transparent"
    rf"|(?:font-size|opacity|width|height|max-width|max-height){_ZERO}"
    r"|font-size\s*:\s*(?:0*\.\d+|0*1(?:\.0*)?)(?:px|pt)|(?:left|right|top|text-indent)\s*:\s*-\d{3})"
)


_Rules = dict[str, set[tuple[str, frozenset[str]]]]


@dataclass(frozen=True, slots=True)
class Hiding:
    """What hides elements of a page: the last parts of its rules' selectors, which are a name or none, and classes and
    identifiers, by one of these."""

    _rules: _Rules = field(default_factory=dict)

    def hides(self, name: str, attributes: Mapping[str, str]) -> bool:
        """Whether an element is hidden; `name` and the keys are in small letters."""
        if "hidden" in attributes or name in HIDING or _hides(attributes.get("style", "")):
            return True
        if not self._rules:
            return False
        has = {f".{each}" for each in attributes.get("class", "").split()} | {f"#{attributes.get('id', '').strip()}"}
        return any(
            tag in ("", name) and marks <= has for key in (*has, name) for tag, marks in self._rules.get(key, ())
        )


def of_page(source: str) -> Hiding:
    """That of a page, by all its `style` elements, those in comments too."""
    rules: _Rules = {}
    for tag, marks in _selectors(source):
        found = rules.setdefault(min(marks, default=tag), set())
        if len(found) < _MOST_RULES:
            found.add((tag, marks))
    return Hiding(rules)


def _selectors(source: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The last part of each that hides something."""
    for rule in (each for style in _styles(source) for each in _COMMENT.sub("", style).split("}")):
        head, _, body = rule.rpartition("{")
        if not _hides(body):
            continue
        for selector in re.split("[{;]", head)[-1].split(","):
            last = re.split(r"[\s>+~]+", selector.strip())[-1]
            if (found := _COMPOUND.fullmatch(last)) and last not in ("", "*"):
                yield (found[1] or "").lower().strip("*"), frozenset(re.findall(r"[.#][\w-]+", found[2]))


def _styles(source: str) -> Iterator[str]:
    at = 0
    while start := _STYLE.search(source, at):
        end = _STYLE_END.search(source, start.end())
        at = end.end() if end else len(source)
        yield source[start.end() : end.start() if end else at]


def _hides(style: str) -> bool:
    plain = escapes.of_css(_COMMENT.sub("", escapes.unreferenced(style))) if style else ""
    return _DECLARED.search(plain.lower()) is not None


@dataclass(slots=True)
class Shadow:
    """Where in the tags of a page, in their order, something is hidden: in which element, and how deep in others of
    its name. `around` are lists and tables that have begun in it: its end may not be written."""

    hiding: Hiding
    root: str = ""
    depth: int = 0
    around: int = 0

    def starts(self, name: str, attributes: Mapping[str, str]) -> bool:
        """A tag begins; whether something is hidden by it from here on."""
        if name in VOID:
            return False
        if self.root:
            if self.around or name not in _ENDED_BY.get(self.root, ()):
                self.around += name in _AROUND
                self.depth += name == self.root
                return False
            self.root = ""
        if not self.hiding.hides(name, attributes):
            return False
        self.root, self.depth, self.around = name, 1, 0
        return True

    def ends(self, name: str) -> bool:
        """A tag ends; whether what was hidden ends with it."""
        if not self.root:
            return False
        self.depth -= name == self.root
        is_over = not self.depth
        if name in _AROUND and name != self.root:
            self.around -= 1
            is_over = is_over or (self.around < 0 and self.root in _ENDED_BY)
        if is_over:
            self.root = ""
        return is_over
