"""What stands between a label and its value, and what may not touch a number: pieces shared by the rows."""

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


def labelled(*labels: str, value: str = VALUE, capitals: tuple[str, ...] = ()) -> Any:
    """Labels, in any case or in `capitals` only, then what ends a label, then the value as group `v`."""
    either = f"(?i:{'|'.join(labels)})" + "".join(f"|{label}" for label in capitals)
    return expression(r"(?<![\p{L}\p{N}])(?:", either, ")", LABEL_END, value)
