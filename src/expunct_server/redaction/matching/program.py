"""The anchors of all rows, compiled together for Hyperscan; once a process, and only when there is much to search."""

import re
import threading
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

import regex

from expunct_server.redaction.failures import RecognizerFailed
from expunct_server.redaction.matching.anchors import Anchor, anchors_of
from expunct_server.redaction.matching.pieces import Simple, simplified


def _installed() -> Any:
    try:
        return import_module("hyperscan")
    except ImportError:  # there is no wheel for this interpreter: every row is tried at every place
        return None


hyperscan: Any = _installed()
ENGINE: Final = "hyperscan"


class Program:
    """Anchors by number, and the database that finds them all."""

    def __init__(self, expressions: Sequence[Any]) -> None:
        self.anchors: dict[Any, tuple[tuple[int, Anchor], ...]] = {}
        self.numbers: dict[Any, frozenset[int]] = {}
        numbers: dict[str, int] = {}
        for expression in expressions:
            found = anchors_for(expression)
            if not found:
                continue
            numbered = tuple((numbers.setdefault(anchor.text, len(numbers)), anchor) for anchor in found)
            self.anchors[expression] = numbered
            self.numbers[expression] = frozenset(number for number, _ in numbered)
        self._texts = tuple(numbers)
        self._database = _compiled(self._texts)
        self._own = threading.local()

    def hits(self, data: bytes) -> dict[int, list[int]]:
        """By the numbers of anchors, where in `data` their hits end. Raises RecognizerFailed, never less than all."""
        ends: dict[int, list[int]] = defaultdict(list)

        def hit(number: int, start: int, end: int, flags: int, context: object) -> None:  # noqa: ARG001
            ends[number].append(end)

        try:
            self._database.scan(data, hit, scratch=self._scratch())
        except (hyperscan.error, MemoryError):
            raise RecognizerFailed(ENGINE) from None
        return ends

    def _scratch(self) -> Any:
        """Working memory that no other thread uses at the same time."""
        if not hasattr(self._own, "scratch"):
            self._own.scratch = hyperscan.Scratch(self._database)
        return self._own.scratch


@lru_cache(maxsize=1024)
def simple_form(expression: Any) -> Simple:
    """The simple form of a compiled expression."""
    return simplified(expression.pattern, bool(expression.flags & regex.I))


@lru_cache(maxsize=1024)
def start_of(expression: Any) -> re.Pattern[str]:
    """What finds the places at which a match may begin."""
    return simple_form(expression).start


def anchors_for(expression: Any) -> tuple[Anchor, ...]:
    """The anchors of a compiled expression; none when it has to be tried everywhere."""
    return anchors_of(simple_form(expression))


def _compiled(texts: Sequence[str]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(expressions=[text.encode() for text in texts], ids=list(range(len(texts))), flags=0)
    except (hyperscan.error, MemoryError):
        raise RecognizerFailed(ENGINE, "could not be compiled") from None
    return database
