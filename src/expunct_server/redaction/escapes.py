"""Letters in other forms: one table, for what is written (`formats.isolated.hidden`) and what is checked (`removed`).

Percent signs (RFC 3986, section 2.1), character references (HTML, 13.5), quoted-printable (RFC 2045, section 6.7),
UTF-7 (RFC 2152), cells' `_x0040_` (ECMA-376, 22.9.2.19), and the escapes of JSON, JavaScript and CSS;
also what stands between letters and is not seen.
"""

import html
import re
from typing import Final

SIGNS: Final = ("%", "_x", "\\", "&", "=", "+A", "\u00ad", "\u200b", "\u2060", "\ufeff")
"""A text without any of these has none of the forms."""
# Possessive: what a stranger wrote must not be tried in all the ways that it can be divided. CSS has but the few signs
# that numbers and paths do not look like.
ESCAPE: Final = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<quoted>(?:=[0-9A-Fa-f]{2})+)"
    r"|(?P<soft>=[ \t]{0,20}\r?\n)"
    r"|&(?P<reference>#0*+[0-9]{1,7};?|#[xX]0*+[0-9a-fA-F]{1,6};?|[A-Za-z]{2,31};)"
    r"|_x(?P<cell>[0-9A-Fa-f]{4})_"
    r"|\\u(?P<four>[0-9A-Fa-f]{4})|\\x(?P<two>[0-9A-Fa-f]{2})|\\u\{(?P<any>[0-9A-Fa-f]{1,6})\}"
    r"|\\0{0,4}(?P<css>40|2[DEde]|5[Ff]) ?"
    r"|\\(?P<octal>[0-3][0-7]{2})"
    r"|\+(?P<seven>A[A-Za-z0-9+/]{2,}+)-?"
    r"|(?P<unseen>[\u00ad\u200b\u2060\ufeff]+)"
)
_LIKELY_QUOTED = re.compile(r"=(?:[89A-F][0-9A-F]|2[0BDE]|3D|40|5F)")
_ZEROS = re.compile(r"(?<=&#)0+(?=[0-9])|(?<=&#[xX])0+(?=[0-9a-fA-F])")
_TOO_LONG = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
_SOFT = re.compile(r"=[ \t]{0,20}\r?\n")
_HIGHEST: Final = 0x10FFFF

Characters = list[tuple[str, int]]
"""Each character of what an escape says, with how many of the escape are its own; 0 where it is taken whole."""


def characters(found: re.Match[str], *, is_quoted: bool) -> Characters | None:
    """What an escape stands for; None for what is none after all. `is_quoted` says that the text is quoted-printable;
    elsewhere `=12` is a number, unless there are several or it is a sign that quoted-printable is needed for."""
    kind, said = found.lastgroup or "", found[found.lastgroup or 0]
    if kind in ("percent", "quoted"):
        if kind == "quoted" and not (is_quoted or len(said) > 3 or _LIKELY_QUOTED.fullmatch(said)):
            return None
        return _of_bytes(bytes.fromhex(said.replace("%", "").replace("=", "")))
    whole = _WHOLE[kind](said)
    return None if whole is None else [(each, 0) for each in whole]


def plain(text: str) -> str | None:
    """A text without escapes, as far as they may be some; None where it has none."""
    if not any(sign in text for sign in SIGNS):
        return None
    text = ESCAPE.sub(_said, _SOFT.sub("", text))
    return unreferenced(text) if "&" in text else text


def unreferenced(text: str) -> str:
    """Without character references, as browsers read them: zeros before a number are nothing, and a number of many
    digits is no character; Python's own function raises ValueError for one of thousands."""
    return html.unescape(_TOO_LONG.sub("\ufffd", _ZEROS.sub("", text)))


def _said(found: re.Match[str]) -> str:
    made = characters(found, is_quoted=True)
    return found[0] if made is None else "".join(each for each, _ in made)


def _of_bytes(raw: bytes) -> Characters:
    """UTF-8, or else Windows-1252, which older programs write. Each byte takes three characters."""
    try:
        return [(each, 3 * len(each.encode())) for each in raw.decode()]
    except UnicodeDecodeError:
        return [(each, 3) for each in raw.decode("cp1252", "replace")]


def _of_number(said: str, base: int) -> str | None:
    number = int(said, base)
    return chr(number) if number <= _HIGHEST else None


def _of_reference(said: str) -> str | None:
    made = unreferenced(f"&{said}")
    return made if len(made) == 1 else None


def _of_seven(said: str) -> str | None:
    try:
        made = f"+{said}-".encode().decode("utf-7")
    except UnicodeDecodeError:
        return None
    return made if made.isprintable() else None


_WHOLE: Final = {
    **dict.fromkeys(("soft", "unseen"), lambda _: ""),
    "reference": _of_reference,
    **dict.fromkeys(("cell", "four", "two", "any", "css"), lambda said: _of_number(said, 16)),
    "octal": lambda said: _of_number(said, 8),
    "seven": _of_seven,
}
