"""Characters that are written as several tokens: bytes of a code page, and those of Unicode with what stands for them
in older programs (RTF 1.9.1, "Unicode RTF")."""

import codecs
from collections.abc import Callable
from typing import Final

from expunct_server.redaction.formats.rtf import charsets, vocabulary
from expunct_server.redaction.formats.rtf.tokens import Token
from expunct_server.redaction.formats.rtf.units import NEWER, OLDER

Put = Callable[[str, int, int, int], None]
"""Takes characters that are written as `start` to `end` of the source, and marks of theirs."""
_ESCAPED: Final = frozenset("\\{}")
_PASSED: Final = frozenset({"text", "byte", "symbol", "line"})


class Characters:
    """What is on its way to be one, for one document. `put` takes each."""

    def __init__(self, source: str, put: Put) -> None:
        self._source, self._put = source, put
        self._pending: list[tuple[int, int, int]] = []  # bytes of a character of several: value, start, end
        self._decoder: codecs.IncrementalDecoder | None = None
        self._newer: Token | None = None  # of Unicode; its end grows by what stands for it
        self._older: list[str] = []
        self._passing = 0  # how many of these are still to come

    # --- bytes ---

    def byte(self, value: int, start: int, end: int, codec: str) -> None:
        """A byte in a code page."""
        if codec not in charsets.MULTIBYTE:
            self._put(charsets.text_of(chr(value), codec), start, end, 0)
            return
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(codec)("replace")
        self._pending.append((value, start, end))
        said = self._decoder.decode(bytes((value,)))
        if said:
            begins = self._pending[0][1]
            self._pending, self._decoder = [], None
            self._put(said, begins, end, 0)

    def begun(self, start: int, end: int, codec: str) -> int:
        """Take the beginning of a run as bytes where characters of several are in it; where the rest of it starts."""
        if codec not in charsets.MULTIBYTE:
            return start
        while start < end and (self._pending or not self._source[start:end].isascii()):
            self.byte(ord(self._source[start]), start, start + 1, codec)
            start += 1
        return start

    def _end_bytes(self) -> None:
        """What was the beginning of a character of several bytes stands alone."""
        pending, self._pending, self._decoder = self._pending, [], None
        for value, start, end in pending:
            self._put(charsets.text_of(chr(value), charsets.DEFAULT), start, end, 0)

    # --- Unicode ---

    def unicode(self, token: Token, fallback: int) -> None:
        """A character of Unicode, for which so many tokens stand that follow it."""
        self._end_unicode()
        self._newer, self._passing = token, fallback
        if not fallback:
            self._end_unicode()

    def rest(self, token: Token, codec: str) -> Token | None:
        """A token, or what of it does not belong to the character before; None if all of it does."""
        if self._pending and token.kind == "symbol" and token.name in _ESCAPED:
            self.byte(ord(token.name), token.start, token.end, codec)  # the second byte of two is one of these
            return None
        if token.kind == "junk":
            return token  # which goes: what is before it goes on after it
        if token.kind not in ("byte", "text", "line"):
            self._end_bytes()
        if self._newer is None:
            return token
        known = token.kind in _PASSED and (token.kind != "symbol" or token.name in vocabulary.SYMBOLS)
        if not known:
            self._end_unicode()
            return token
        codec = charsets.DEFAULT if codec in charsets.MULTIBYTE else codec
        if token.kind == "text":
            end = min(token.start + self._passing, token.end)
            self._take(charsets.text_of(self._source[token.start : end], codec), end, end - token.start)
            return token._replace(start=end) if end < token.end else None
        if token.kind == "byte":
            self._take(charsets.text_of(chr(int(token.name, 16)), codec), token.end, 1)
        elif token.kind == "symbol":
            self._take(vocabulary.SYMBOLS[token.name], token.end, 1)
        return None

    def _take(self, text: str, end: int, count: int) -> None:
        assert self._newer is not None
        self._newer = self._newer._replace(end=end)
        self._older.append(text)
        self._passing -= count
        if self._passing <= 0:
            self._end_unicode()

    def _end_unicode(self) -> None:
        if self._newer is None:
            return
        token, older = self._newer, "".join(self._older)
        self._newer, self._older, self._passing = None, [], 0
        number = token.number or 0
        said = chr(number & 0xFFFF if -0x8000 <= number <= 0xFFFF else 0xFFFD)
        is_same = not older.strip("?_* ") or older == said
        self._put(said, token.start, token.end, 0 if is_same else NEWER)
        if not is_same:
            self._put(older, token.start, token.end, OLDER)
