"""CMaps inside a PDF: which character codes a string holds, and what they mean (ISO 32000-2, 9.7.5 and 9.10.3)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

MOST: Final = 200_000
"""Codes of one CMap; a range may claim four thousand million."""

_TOKEN = re.compile(
    rb"%[^\r\n]*|<([0-9A-Fa-f\s]*)>|(\[)|(\])|/([^\s<>\[\]()/%]+)|([A-Za-z]+)|(-?\d+)|\((?:\\.|[^\\)])*\)"
)
_MOST_BYTES: Final = 4

Token = bytes | int | str | list["Token"]
"""A hexadecimal string, a number, a name (with its slash) or keyword, an array."""


@dataclass(slots=True)
class CMap:
    """`spaces` are (length in bytes, lowest, highest code); `texts` and `cids` are by code; `uses` names another."""

    spaces: list[tuple[int, int, int]] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    cids: dict[int, int] = field(default_factory=dict)
    uses: str = ""
    is_vertical: bool = False

    def length(self, raw: bytes, start: int) -> int:
        """Bytes of the code at a place of a string. What is in no range has the shortest length that there is."""
        for length, low, high in self.spaces:
            code = raw[start : start + length]
            if len(code) == length and _is_between(code, low.to_bytes(length, "big"), high.to_bytes(length, "big")):
                return length
        return min((length for length, _, _ in self.spaces), default=2)


def parsed(data: bytes) -> CMap:
    """What a CMap's program says; whatever is not understood is passed over. Raises ValueError beyond MOST codes."""
    cmap, held = CMap(), list[Token]()
    for token in _tokens(data):
        if not isinstance(token, str) or token.startswith("/"):
            held.append(token)
            if len(held) > MOST:
                raise ValueError("too many tokens")
            continue
        _do(cmap, token, held)
        held = []
    return cmap


def written(cmap: CMap) -> bytes:
    """A ToUnicode CMap that says the same, and nothing besides."""
    spaces = cmap.spaces or [(2, 0, 0xFFFF)]
    length = max(each[0] for each in spaces)
    lines = ["/CIDInit /ProcSet findresource begin 12 dict begin begincmap", "/CMapType 2 def"]
    lines.append(f"{len(spaces)} begincodespacerange")
    lines += [f"<{low:0{2 * n}X}> <{high:0{2 * n}X}>" for n, low, high in spaces]
    lines.append("endcodespacerange")
    for part in _parts(sorted(cmap.texts.items())):
        lines.append(f"{len(part)} beginbfchar")
        lines += [f"<{code:0{2 * length}X}> <{text.encode('utf-16-be', 'replace').hex()}>" for code, text in part]
        lines.append("endbfchar")
    return "\n".join([*lines, "endcmap end end"]).encode()


def _parts(items: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """At most a hundred, as the format wants them."""
    for start in range(0, len(items), 100):
        yield items[start : start + 100]


def _do(cmap: CMap, word: str, held: list[Token]) -> None:
    if word == "endcodespacerange":
        cmap.spaces += [
            (len(low), int.from_bytes(low, "big"), int.from_bytes(high, "big"))
            for low, high in zip(held[::2], held[1::2], strict=False)
            if isinstance(low, bytes) and isinstance(high, bytes) and 0 < len(low) == len(high) <= _MOST_BYTES
        ]
    elif word in ("endbfchar", "endcidchar"):
        for code, meaning in zip(held[::2], held[1::2], strict=False):
            _map(cmap, code, code, meaning)
    elif word in ("endbfrange", "endcidrange"):
        for low, high, meaning in zip(held[::3], held[1::3], held[2::3], strict=False):
            _map(cmap, low, high, meaning)
    elif word == "usecmap" and held and isinstance(held[-1], str):
        cmap.uses = held[-1][1:]
    elif word == "def" and held[-2:-1] == ["/WMode"]:
        cmap.is_vertical = held[-1] == 1


def _map(cmap: CMap, low: Token, high: Token, meaning: Token) -> None:
    if not (isinstance(low, bytes) and isinstance(high, bytes)):
        return
    first, last = int.from_bytes(low, "big"), int.from_bytes(high, "big")
    if last - first + len(cmap.texts) + len(cmap.cids) > MOST:
        raise ValueError("too many codes")
    for i, code in enumerate(range(first, last + 1)):
        if isinstance(meaning, list):
            if i < len(meaning) and isinstance(each := meaning[i], bytes):
                cmap.texts[code] = _utf16(each)
        elif isinstance(meaning, bytes):
            cmap.texts[code] = _utf16(_plus(meaning, i))
        elif isinstance(meaning, int):
            cmap.cids[code] = meaning + i


def _plus(text: bytes, number: int) -> bytes:
    """The last two bytes counted on."""
    if not number or not text:
        return text
    tail = int.from_bytes(text[-2:], "big") + number
    return text[:-2] + (tail & 0xFFFF).to_bytes(len(text[-2:]) if tail < 256 else 2, "big")


def _utf16(raw: bytes) -> str:
    return raw.decode("utf-16-be", "replace") if len(raw) > 1 else raw.decode("latin-1")


def _tokens(data: bytes) -> Iterator[Token]:
    array: list[Token] | None = None
    for match in _TOKEN.finditer(data):
        kind, token = match.lastindex, _token(match)
        if kind == 2:
            array = []
        elif kind == 3:
            if array is not None:
                yield array
            array = None
        elif token is None:
            continue
        elif array is not None:
            array.append(token)
        else:
            yield token


def _token(match: re.Match[bytes]) -> Token | None:
    kind = match.lastindex
    if kind == 1:
        digits = bytes(b for b in match[1] if b > 32).decode()
        return bytes.fromhex(digits + "0" * (len(digits) % 2))
    if kind == 4:
        return "/" + match[4].decode("latin-1")
    if kind == 5:
        return match[5].decode("latin-1")
    return int(match[6][:12]) if kind == 6 else None


def _is_between(code: bytes, low: bytes, high: bytes) -> bool:
    """Each byte in its range (ISO 32000-2, 9.7.6.2)."""
    return all(a <= c <= b for a, c, b in zip(low, code, high, strict=True))
