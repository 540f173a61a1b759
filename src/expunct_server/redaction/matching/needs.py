"""What a text must hold for an expression to match: short strings, digits, a long word. Most texts lack it.

The strings are of the *plain form* of a text (`plain`): lower case, every digit as 0, every character beyond ASCII as
one and the same. So `\\d{3}-\\d{2}` needs `000-00`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

from expunct_server.redaction.matching.pieces import FOREIGN, Chars, Piece, Simple

KEPT: Final = 3
"""Of how many places of an expression the strings are kept."""
WORD: Final = re.compile(r"\w+")
CAPITAL: Final = re.compile("[A-Z\x80-\U0010ffff]")

_LONGEST: Final = 6
"""Characters of one string; more would hardly ever tell texts apart."""
_MOST: Final = 128
"""Strings that one run of characters may stand for."""
_MOST_ALTERNATIVES: Final = 400
"""Strings that all alternatives of a choice may need together."""
_FEW: Final = 4
"""Characters of a class, and lengths of a repeat, that are written out."""

_PLAIN: Final = str.maketrans("0123456789", "0000000000")
_OTHER: Final = "\x80"
_BEYOND: Final = re.compile("[^\x00-\x7f]")
_LETTERS: Final = {"\u017f": "s", "\u212a": "k", "\u0130": "i", "\u0131": "i"}
_WORD_CODES: Final = frozenset(code for code in range(128) if WORD.match(chr(code)))
_DIGIT_CODES: Final = frozenset(range(0x30, 0x3A))
_CAPITAL_CODES: Final = frozenset(range(0x41, 0x5B))
_USUAL: Final = {"letter": (0.03, 0.15), "digit": (0.03, 0.4), "space": (0.15, 0.05), "mark": (0.004, 0.1)}
"""How likely a character of a kind is, and another one of that kind behind it."""

Strings = tuple[str, ...]
"""In plain form; one of them must occur."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What every text must hold that an expression matches in: one of each of the `strings`, so many `digits`, so many
    `capitals` (any character beyond ASCII may be one), and a word of `word` characters. An attempt at a place sees
    `width` code points from there on, with what it looks ahead for, and `look` before it."""

    strings: tuple[Strings, ...]
    digits: int
    capitals: int
    word: int
    width: int
    look: int


def plain(text: str) -> str:
    """The plain form of a text, which is as long."""
    if not text.isascii():
        text = FOREIGN.sub(lambda match: _LETTERS.get(match[0], "0"), text)
        text = _BEYOND.sub(_OTHER, text)
    return text.lower().translate(_PLAIN)


def needs_of(simple: Simple) -> Needs:
    """What an expression needs, by its simple form: the most telling strings first."""
    found = sorted(dict.fromkeys(_candidates(simple.pieces)), key=chance)
    pieces, look = simple.pieces, simple.look
    least = _least(pieces, _is_digit), _least(pieces, _is_capital), _longest_word(pieces)
    return Needs(tuple(found[:KEPT]), *least, simple.high + look, look)


def chance(strings: Strings) -> float:
    """How likely a place of usual text has one of them, roughly."""
    return sum(map(_chance, strings))


def _least(pieces: Sequence[Piece], counts: Callable[[Chars], bool]) -> int:
    """How many characters that count there are at least."""
    return sum(_least_in(piece, counts) for piece in pieces)


def _least_in(piece: Piece, counts: Callable[[Chars], bool]) -> int:
    if piece.chars:
        return int(counts(piece.chars))
    if piece.copies:
        return piece.copies[1] * _least_in(piece.copies[0], counts)
    return min(_least(way, counts) for way in piece.alternatives or (piece.parts,))


def _is_digit(chars: Chars) -> bool:
    return chars.ascii <= _DIGIT_CODES and not chars.others


def _is_capital(chars: Chars) -> bool:
    return chars.ascii <= _CAPITAL_CODES


def _longest_word(pieces: Iterable[Piece]) -> int:
    """How many characters of words stand side by side at least, somewhere."""
    longest = length = 0
    for piece in _flat(pieces):
        one = piece.copies[0] if piece.copies else piece
        if one.chars and one.chars.ascii <= _WORD_CODES and not one.chars.others:
            length += piece.low
        elif piece.low:
            length = _longest_in(piece)
            longest, length = max(longest, length), 0
        else:
            length = 0
        longest = max(longest, length)
    return longest


def _longest_in(piece: Piece) -> int:
    if piece.alternatives:
        return min(map(_longest_word, piece.alternatives))
    return _longest_word([piece.copies[0]]) if piece.copies else 0


@lru_cache(maxsize=8192)
def _chance(text: str) -> float:
    likely = 1.0
    for kind, run in groupby(text, key=_kind):
        first, then = _USUAL[kind]
        likely *= first * then ** (len(list(run)) - 1)
    return likely


def _kind(char: str) -> str:
    return (
        "mark"
        if char == _OTHER
        else "letter"
        if char.isalpha()
        else "digit"
        if char.isdigit()
        else "space"
        if char.isspace()
        else "mark"
    )


def _candidates(pieces: Sequence[Piece]) -> Iterator[Strings]:
    """Strings of pieces one after the other: of each run of characters that are known, and of choices."""
    texts = frozenset({""})
    for piece in _flat(pieces):
        known = _texts(piece)
        grown = _followed(texts, known) if known else None
        if grown is not None:
            texts = grown
            continue
        if piece.low:
            yield from _inside(piece)
        yield from _told(_followed(texts, _edge([piece], 1)) or texts)
        texts = _edge([piece], -1)
    yield from _told(texts)


def _flat(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Pieces with those that are sequences opened."""
    for piece in pieces:
        if piece.parts and not piece.copies and not piece.alternatives:
            yield from _flat(piece.parts)
        else:
            yield piece


def _inside(piece: Piece) -> Iterator[Strings]:
    """Strings of a choice or a repeat that is too large to be written out."""
    if piece.alternatives:
        best = [min(_candidates(way), key=chance, default=()) for way in piece.alternatives]
        if all(best):
            union = _minimal(text for strings in best for text in strings)
            if len(union) <= _MOST_ALTERNATIVES:
                yield union
    elif piece.copies:
        yield from _candidates([piece.copies[0]])


def _told(texts: frozenset[str]) -> Iterator[Strings]:
    """The texts as needs, shortened; nothing when one of them is empty."""
    strings = _minimal(map(_shortened, texts))
    if strings and strings[0]:
        yield strings


def _shortened(text: str) -> str:
    """The most telling part of a text that is not too long."""
    if len(text) <= _LONGEST:
        return text
    return min((text[i : i + _LONGEST] for i in range(len(text) - _LONGEST + 1)), key=_chance)


def _minimal(texts: Iterable[str]) -> Strings:
    """Those in which none of the others occurs."""
    kept: list[str] = []
    for text in sorted(set(texts), key=lambda t: (len(t), t)):
        if not any(other in text for other in kept):
            kept.append(text)
    return tuple(kept)


def _followed(texts: frozenset[str], more: frozenset[str]) -> frozenset[str] | None:
    """Each text with each of the others behind it; None when they are too many or too long."""
    if len(texts) * len(more) > _MOST:
        return None
    both = frozenset(a + b for a in texts for b in more)
    return both if max(map(len, both)) <= 4 * _LONGEST else None


@lru_cache(maxsize=4096)
def _of_class(chars: Chars) -> frozenset[str]:
    """A class of characters in plain form, when they are few."""
    found = frozenset(plain(chr(code)) for code in chars.ascii) | ({_OTHER} if chars.others else set())
    return found if len(found) <= _FEW else frozenset()


def _texts(piece: Piece) -> frozenset[str] | None:
    """All texts, in plain form, that a piece can be; None when they are many."""
    if piece.chars:
        return _of_class(piece.chars) or None
    if piece.copies:
        one, low, high = piece.copies
        return _times(_texts(one), low, high)
    if piece.alternatives:
        ways = [_sequence_texts(way) for way in piece.alternatives]
        if any(way is None for way in ways):
            return None
        union = frozenset(text for way in ways if way for text in way)
        return union if len(union) <= _MOST else None
    return _sequence_texts(piece.parts)


def _sequence_texts(pieces: Sequence[Piece]) -> frozenset[str] | None:
    texts = frozenset({""})
    for piece in pieces:
        more = _texts(piece)
        both = _followed(texts, more) if more else None
        if both is None:
            return None
        texts = both
    return texts


def _times(one: frozenset[str] | None, low: int, high: int) -> frozenset[str] | None:
    """From `low` to `high` copies."""
    if one is None or high - low > _FEW or high > 2 * _LONGEST:
        return None
    times = frozenset({""})
    found = times if low == 0 else frozenset()
    for n in range(1, high + 1):
        more = _followed(times, one)
        if more is None or len(found) > _MOST:
            return None
        times = more
        found |= times if n >= low else frozenset()
    return found


def _edge(pieces: Sequence[Piece], step: int) -> frozenset[str]:
    """With which texts pieces begin (`step` 1), or end (-1): one empty text when nothing is known."""
    texts = frozenset({""})
    for piece in pieces[::step]:
        known = _texts(piece)
        more = known or (_edge_of(piece, step) if piece.low else frozenset({""}))
        both = _followed(texts, more) if step > 0 else _followed(more, texts)
        if both is None:
            return texts
        texts = both
        if not known:
            return texts
    return texts


def _edge_of(piece: Piece, step: int) -> frozenset[str]:
    if piece.alternatives:
        texts = frozenset(text for way in piece.alternatives for text in _edge(way, step))
        return texts if len(texts) <= _MOST else frozenset({""})
    if piece.copies:
        one, low, _ = piece.copies
        times = min(low, _LONGEST)
        return _times(_texts(one), times, times) or _edge([one], step)
    return _edge(piece.parts, step)
