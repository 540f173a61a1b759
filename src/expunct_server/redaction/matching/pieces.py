"""An expression of the table, simplified: every text that it matches looks, in UTF-8, like what is written here.

The simplification only ever allows more. Look-arounds (but what must follow at the end), word boundaries and atomic
groups are let go of, a reference to a group repeats the group's form, and a class keeps its ASCII members exactly and
takes any byte from 0x80 on for all others. Characters that mean an ASCII one (FOREIGN) are left to the reader: around
them the simple form says nothing.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import pairwise
from operator import mul
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

import regex

UNBOUNDED: Final = 1 << 30
"""Code points from which on a width counts as having no bound."""
FOREIGN: Final = regex.compile("[[\\p{Nd}--[0-9]]\u017f\u212a\u0130\u0131]", regex.V1)
"""Characters that an expression may take for an ASCII one: digits of other scripts, and what folds to k, s or i."""

_MANY: Final = 16
"""A repeat that may be longer is written without an upper bound: as good, and far smaller."""
_WIDEST: Final = 4
"""Bytes of one code point in UTF-8."""
_ALL: Final = frozenset(range(128))
_KINDS: Final = {
    "letters": frozenset(code for code in _ALL if chr(code).isalpha()),
    "digits": frozenset(range(0x30, 0x3A)),
}
_WORD: Final = 8
"""Characters from which on a run of the same kind is rare."""
_FIRST: Final = 0xE000  # stands for the first property of an expression; the next one for the second
_PROPERTY: Final = re.compile(r"\\[pP]\{\^?\w+\}")
_CATEGORIES: Final = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}
_SINGLE: Final = (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY)
_REPEATS: Final = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)


@dataclass(frozen=True, slots=True)
class Chars:
    """ASCII characters by their codes, and whether any others are among them."""

    ascii: frozenset[int]
    others: bool

    @property
    def text(self) -> str:
        """A class of bytes, as both Hyperscan and `re` read it; a single character alone."""
        runs = _runs(sorted(self.ascii))
        if len(self.ascii) == 1 and not self.others:
            return _byte(runs[0][0])
        inside = "".join(_byte(a) if a == b else f"{_byte(a)}-{_byte(b)}" for a, b in runs)
        return f"[{inside}\\x80-\\xff]" if self.others else f"[{inside}]"

    @property
    def string(self) -> str:
        """The ASCII characters, one after the other."""
        return "".join(map(chr, sorted(self.ascii)))


NONE: Final = Chars(frozenset(), others=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the simple form: `low` to `high` code points that look like `text`, an expression over bytes.

    `copies` are the one thing that is repeated and how often, when it is nothing else; `chars` is the one character.
    `parts` are what it is made of, one after the other; `alternatives` are sequences of which one stands here. `size`
    counts the places of an automaton for it, and `chance` is how often usual text has it at a place.
    """

    text: str
    low: int
    high: int
    size: int
    chance: float
    chars: Chars | None = None
    parts: "tuple[Piece, ...]" = ()
    copies: "tuple[Piece, int, int] | None" = None
    alternatives: "tuple[tuple[Piece, ...], ...]" = ()


@dataclass(frozen=True, slots=True)
class Simple:
    """A simplified expression: `before` and `after` are the characters that may stand at its edges, None for any.

    `look` is how many code points its look-arounds see beyond a match.
    """

    pieces: tuple[Piece, ...]
    before: Chars | None
    after: Chars | None
    look: int

    @property
    def low(self) -> int:
        return sum(piece.low for piece in self.pieces)

    @property
    def high(self) -> int:
        return min(UNBOUNDED, sum(piece.high for piece in self.pieces))

    @property
    def start(self) -> re.Pattern[str]:
        """Finds, in text, the places at which a match may begin, by the ASCII characters before and at them."""
        fence = f"(?<![{_escaped(_ALL - self.before.ascii)}])" if self.before and self.before.ascii != _ALL else ""
        return re.compile(f"{fence}(?=[{_escaped(first_of(self.pieces))}\x80-\U0010ffff])")


def simplified(source: str, ignore_case: bool) -> Simple:
    """The simple form of an expression of `regex`. Raises re.error or ValueError for what it cannot express."""
    properties: list[str] = []

    def marked(match: re.Match[str]) -> str:
        properties.append(match[0])
        return chr(_FIRST + len(properties) - 1)

    tree = parser.parse(_PROPERTY.sub(marked, source), re.I if ignore_case else 0)
    reading = _Reading(properties)
    nodes = list(tree)
    before = reading.fence(nodes[0], -1, ignore_case) if nodes else None
    after = reading.fence(nodes[-1], 1, ignore_case) if nodes else None
    if nodes and nodes[-1][0] is op.ASSERT and nodes[-1][1][0] == 1:  # what must follow is as good as what matches
        reading.sequence(nodes[-1:], ignore_case)
        nodes[-1:] = nodes[-1][1][1]
    return Simple(tuple(reading.sequence(nodes, ignore_case)), before, after, reading.look)


@lru_cache(maxsize=4096)
def class_of(chars: Chars) -> Piece:
    """One character of a class."""
    text = chars.text + (f"{{1,{_WIDEST}}}" if chars.others else "")
    return Piece(text, 1, 1, _WIDEST if chars.others else 1, chance(chars), chars)


def repeated(piece: Piece, low: int, high: int) -> Piece:
    """`piece` from `low` to `high` times."""
    if (low, high) == (1, 1):
        return piece
    many = high > _MANY
    upper = "" if many else str(high * _WIDEST if piece.chars and piece.chars.others else high)
    body = piece.chars.text if piece.chars else f"(?:{piece.text})"
    likely = piece.chance
    for i in range(1, low):
        likely *= piece.chance ** (0.3 if i < _WORD else 0.6)
    size = piece.size * (low + 1 if many else high)
    widest = min(UNBOUNDED, piece.high * high)
    text = f"{body}{{{low},{upper}}}"
    return Piece(text, piece.low * low, widest, size, likely if low else 1.0, copies=(piece, low, high))


def joined(pieces: Sequence[Piece]) -> Piece:
    """Pieces one after the other as one."""
    return Piece(
        "".join(piece.text for piece in pieces),
        sum(piece.low for piece in pieces),
        min(UNBOUNDED, sum(piece.high for piece in pieces)),
        sum(piece.size for piece in pieces),
        _product(following(piece, before) for before, piece in pairwise([None, *pieces]) if piece),
        parts=tuple(pieces),
    )


def following(piece: Piece, before: Piece | None) -> float:
    """How likely `piece` is where the one `before` it stands: a letter often follows a letter, a digit a digit."""
    kind = _kind(piece)
    if not before or not kind or kind != _kind(before) or not piece.low:
        return piece.chance
    one = piece.copies[0] if piece.copies else piece
    return piece.chance / math.pow(one.chance, 0.6)


def first_of(pieces: Sequence[Piece]) -> frozenset[int]:
    """With which ASCII characters a text may begin that looks like these pieces."""
    codes: set[int] = set()
    for piece in pieces:
        codes |= _first_of(piece)
        if piece.low:
            break
    return frozenset(codes)


def _first_of(piece: Piece) -> frozenset[int]:
    if piece.chars:
        return piece.chars.ascii
    if piece.copies:
        return _first_of(piece.copies[0])
    return frozenset(code for way in piece.alternatives or (piece.parts,) for code in first_of(way))


def _escaped(codes: Iterable[int]) -> str:
    return "".join(re.escape(chr(code)) for code in sorted(codes))


def loosened(piece: Piece) -> Piece:
    """Any characters of a piece in any order: far smaller, and it allows more."""
    return repeated(class_of(union_of(piece)), piece.low, max(piece.high, 2))


def union_of(piece: Piece) -> Chars:
    """All characters that a piece may have."""
    if piece.chars:
        return piece.chars
    if piece.copies:
        return union_of(piece.copies[0])
    return union(union_of(each) for way in piece.alternatives or (piece.parts,) for each in way)


def union(several: Iterable[Chars]) -> Chars:
    """All characters of several classes."""
    chars = list(several)
    return Chars(frozenset().union(*(each.ascii for each in chars)), any(each.others for each in chars))


def has_digit(pieces: Sequence[Piece]) -> bool:
    """Whether there is always a digit among what looks like these pieces."""
    return any(_has_digit(piece) for piece in pieces)


def _has_digit(piece: Piece) -> bool:
    if not piece.low:
        return False
    if piece.alternatives:
        return all(has_digit(way) for way in piece.alternatives)
    if piece.copies:
        return _has_digit(piece.copies[0])
    return has_digit(piece.parts) or _kind(piece) == "digits"


def _product(factors: Iterable[float]) -> float:
    return reduce(mul, factors, 1.0)


def _kind(piece: Piece) -> str:
    chars = piece.copies[0].chars if piece.copies else piece.chars
    return _kind_of(chars) if chars else ""


@lru_cache(maxsize=4096)
def _kind_of(chars: Chars) -> str:
    return next((kind for kind, codes in _KINDS.items() if chars.ascii and chars.ascii <= codes), "")


@lru_cache(maxsize=4096)
def chance(chars: Chars) -> float:
    """How likely a character of usual text is one of these: prose and logs, roughly."""
    return min(0.95, sum(_chance_of(code) for code in chars.ascii) + (0.02 if chars.others else 0.0))


def _chance_of(code: int) -> float:
    char = chr(code)
    if char in "etaoinsrh":
        return 0.045
    if char == " ":
        return 0.14
    return 0.012 if char.islower() else 0.02 if char.isdigit() else 0.002 if char.isupper() else 0.0015


def _byte(code: int) -> str:
    return chr(code) if chr(code).isalnum() else f"\\x{code:02x}"


def _runs(codes: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1] = (runs[-1][0], code)
        else:
            runs.append((code, code))
    return runs


class _Reading:
    """Reads the tree of one expression; remembers its groups for references, and how far it looks around."""

    def __init__(self, properties: Sequence[str]) -> None:
        self.properties = properties
        self.groups: dict[int, Piece] = {}
        self.look = 0

    def sequence(self, nodes: Any, fold: bool) -> list[Piece]:
        """The pieces of nodes one after the other; groups without a repeat are opened."""
        pieces: list[Piece] = []
        for node in nodes:
            pieces += self.node(node, fold)
        return [piece for piece in pieces if piece.high]

    def node(self, node: Any, fold: bool) -> list[Piece]:
        kind, value = node
        if kind in (op.ASSERT, op.ASSERT_NOT):
            before, self.look = self.look, 0
            within = joined(self.sequence(value[1], fold)).high
            self.look = max(before, within + self.look)  # one in another sees further than either
            return []
        if kind is op.AT:
            self.look = max(self.look, 1)
            return []
        if kind in _REPEATS:
            low, high, inner = value
            high = UNBOUNDED if high is op.MAXREPEAT else high
            return [repeated(self.one(inner, fold), low, high)] if high else []
        return self.group(kind, value, fold) or [class_of(self.chars(kind, value, fold))]

    def one(self, nodes: Any, fold: bool) -> Piece:
        pieces = self.sequence(nodes, fold)
        return pieces[0] if len(pieces) == 1 else joined(pieces)

    def group(self, kind: Any, value: Any, fold: bool) -> list[Piece]:
        """The pieces of whatever holds other nodes; none for a single character."""
        if kind is op.SUBPATTERN:
            number, add, remove, inner = value
            pieces = self.sequence(inner, bool((fold or add & re.I) and not remove & re.I))
            if number is not None:
                self.groups[number] = joined(pieces)
            return pieces or [joined([])]
        if kind is op.ATOMIC_GROUP:
            return self.sequence(value, fold) or [joined([])]
        if kind is op.BRANCH:
            return [_either([tuple(self.sequence(inner, fold)) for inner in value[1]])]
        if kind is op.GROUPREF:
            return [self.groups[value]]
        if kind is op.GROUPREF_EXISTS:
            return [_either([tuple(self.sequence(inner or [], fold)) for inner in value[1:]])]
        return []

    def fence(self, node: Any, direction: int, fold: bool) -> Chars | None:
        """What may stand beside a match when the node there forbids characters; others than ASCII always may."""
        kind, value = node
        if kind is not op.ASSERT_NOT or value[0] != direction:
            return None
        forbidden: set[int] = set()
        for branch in _branches(value[1]):
            if len(branch) == 1 and branch[0][0] in _SINGLE:
                forbidden |= self.chars(branch[0][0], branch[0][1], fold).ascii
        return Chars(_ALL - forbidden, True)

    def chars(self, kind: Any, value: Any, fold: bool) -> Chars:
        if kind is op.ANY:
            return Chars(_ALL, True)
        if kind is op.LITERAL:
            return self.literal(value, fold)
        if kind is op.NOT_LITERAL:
            return Chars(_ALL - self.literal(value, fold).ascii, True)
        if kind is not op.IN:
            raise ValueError(f"no simple form for {kind}")
        negated = value[0][0] is op.NEGATE
        members = [self.member(kind, value, fold) for kind, value in value[negated:]]
        codes = frozenset(code for member in members for code in member.ascii)
        return Chars(_ALL - codes, True) if negated else Chars(codes, any(m.others for m in members))

    def member(self, kind: Any, value: Any, fold: bool) -> Chars:
        if kind is op.CATEGORY:
            return _asked(_CATEGORIES[value], others=value is not op.CATEGORY_DIGIT)
        if kind is op.LITERAL:
            return self.literal(value, fold)
        low, high = value
        return _cased(frozenset(range(low, min(high, 127) + 1)), high > 127, fold)

    def literal(self, code: int, fold: bool) -> Chars:
        if _FIRST <= code < _FIRST + len(self.properties):
            found = _asked(self.properties[code - _FIRST], others=True)
            return _cased(found.ascii, found.others, fold)
        return _cased(frozenset({code} & _ALL), code > 127, fold)


def _branches(nodes: Any) -> list[list[Any]]:
    nodes = list(nodes)
    if len(nodes) == 1 and nodes[0][0] is op.BRANCH:
        return [list(branch) for branch in nodes[0][1][1]]
    return [nodes]


def _either(sequences: Sequence[tuple[Piece, ...]]) -> Piece:
    whole = [joined(pieces) for pieces in sequences]
    return Piece(
        f"(?:{'|'.join(piece.text for piece in whole)})",
        min(piece.low for piece in whole),
        max(piece.high for piece in whole),
        sum(piece.size for piece in whole),
        min(1.0, sum(piece.chance for piece in whole)),
        alternatives=tuple(sequences),
    )


@lru_cache(maxsize=256)
def _asked(member: str, *, others: bool) -> Chars:
    expression = regex.compile(member)
    return Chars(frozenset(code for code in _ALL if expression.match(chr(code))), others)


@lru_cache(maxsize=4096)
def _cased(codes: frozenset[int], others: bool, fold: bool) -> Chars:
    if not fold:
        return Chars(codes, others)
    both = {ord(c) for code in codes for c in (chr(code).lower(), chr(code).upper())}
    return Chars(frozenset(both), others)
