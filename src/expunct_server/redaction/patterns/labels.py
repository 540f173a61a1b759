"""What stands between a label and its value, and what may not touch a number: pieces shared by the rows."""

import re
from typing import Any, Final

from expunct_server.redaction.patterns.row import LINK, expression

NOT_BEFORE: Final = r"(?<![A-Za-z0-9_.+-])"
NOT_AFTER: Final = r"(?![A-Za-z0-9_-]|\.\d)"
"""Fences around a number: it is no part of a longer one, of a word, or of a decimal fraction."""

GRID: Final = r"[ .\-/]"
"""What separates the groups of a number that people write."""

_KINDS: Final = (
    r"numbers?|no|nos|nr|num|id|code|card|is|was|n|numero|número|numéro|nummer|ist|lautet|est|es|номер|номера|αριθμός"
)
LABEL_END: Final = (
    rf"(?![A-Za-z])(?:(?i:[ _.\-]{{0,2}}(?:{_KINDS})(?![\p{{L}}\p{{N}}])\.?)| ?\([^()\n]{{1,24}}\)){{0,4}}"
    r"(?:号码?|號碼?|番号|번호)?(?: ?[nN]?[º°№])?"
    r"[ \t]?[.:#=\"'|>*：(\-]{0,4}" + LINK + r"(?:[\"'#*№] ?)?"
)
"""From the end of a label to its value: `number is`, `No.:`, `" : "`, ` (NINO): `, `番号：`."""

VALUE: Final = (
    r"(?P<v>(?:[A-Z]{1,4}[ \-]?)?\d{8,18}(?:-?[A-Z0-9]{1,2})?"
    rf"|(?:[A-Z]{{1,6}}[ \-]?)?\d[A-Z0-9]{{0,14}}(?:{GRID}(?=[A-Z]{{0,3}}\d)[A-Z0-9]{{1,10}}|-[A-Z](?=-\d)){{0,7}}(?:[ \-][A-Z]{{1,2}})?)"
    + NOT_AFTER
)
"""A number as a label announces it: capitals and digits, in groups of which each has a digit."""


_CAPITALS = re.compile(r"\(\?-i:([A-Za-z]+)\)")
_GROUP = re.compile(r"\((?:[^()\\]|\\.)*\)(?:[?*+]|\{[\d,]+\})?")
_CLASS = re.compile(
    r"\[[^\]]*\](?:[?*+]|\{[\d,]+\})?|\\[pPwdsW](?:\{\w+\})?(?:[?*+]|\{[\d,]+\})?|[^\\](?:[?*]|\{[\d,]+\})"
)


def needs_of(*alternatives: str) -> tuple[str, ...]:
    """For each alternative of an expression its longest plain text, in lower case, of which one must occur; () when an
    alternative has none. The cheap way out for `Pattern.needs`."""
    found = {_plainest(each) for given in alternatives for each in _without_groups(given).split("|")}
    return () if "" in found else tuple(sorted(found))


def _without_groups(source: str) -> str:
    """Groups as NUL, but for those that only hold capitals."""
    source = _CAPITALS.sub(r"\1", source)
    while (shorter := _GROUP.sub("\0", source)) != source:
        source = shorter
    return source


def _plainest(source: str) -> str:
    runs = _CLASS.sub("\0", source).replace("\\", "").split("\0")
    return max(runs, key=len).lower()


def labelled(*labels: str, value: str = VALUE, capitals: tuple[str, ...] = ()) -> Any:
    """Labels, in any case or in `capitals` only, then what ends a label, then the value as group `v`."""
    either = f"(?i:{'|'.join(labels)})" + "".join(f"|{label}" for label in capitals)
    return expression(r"(?<![\p{L}\p{N}])(?:", either, ")", LABEL_END, value)
