"""Whether a value goes on from the end of a line to the next line where nothing says so: narrow columns, and programs
that do not know what they set, break addresses, links and numbers wherever they end.

Words of sentences stand there far more often, and none of them may be taken for a part of a value. So only that counts
which cannot be a whole value yet, or goes on in a way in which no sentence does. (What is broken between its groups of
digits, behind a hyphen or an `@`, is found in all texts: `redaction.broken`.)
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

HYPHENS: Final = frozenset("-\u00ad\u2010\u2011")
SOFT: Final = "\u00ad"
_BEFORE: Final = 80  # code points of what goes on from lines before
_NEAR: Final = 200  # code points of a line that are looked at

_USUAL: Final = frozenset({
    "com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "dev", "app", "eu", "io", "de", "fr", "es", "it",
    "nl", "be", "at", "ch", "pl", "cz", "pt", "dk", "se", "no", "fi", "ie", "uk", "us", "ca", "au", "nz", "jp", "cn",
    "in", "br", "mx", "za", "co", "me", "ru", "ua", "kr", "sg", "hk", "il", "tr", "gr", "hu", "ro", "bg", "sk", "si",
    "hr", "lt", "lv", "ee", "lu", "is", "ar", "cl", "tv", "ai",
})  # fmt: skip
"""Last parts of domains by which an address is known to be whole."""
_FILES: Final = frozenset({
    "txt", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "htm", "html", "xml", "json", "jpg", "jpeg",
    "png", "gif", "zip", "exe", "md", "js", "py", "php",
})  # fmt: skip

_LIKELY = re.compile(r"(?:[@\d_+/]|\.\w)\S*\s*\Z|www\.\s*\Z", re.IGNORECASE)
_DOMAIN_BEFORE = re.compile(r"([\w.+-]*\w)@((?:[\w-]+\.)*)([\w-]*)\Z")
_DOMAIN_BEHIND = re.compile(r"\.?[\w-]+(?:\.[\w-]+)*")
_LOCAL_BEFORE = re.compile(r"(?<![\w.@/+-])[^\W\d_]{2}\w*(?:[.+_][\w.+-]*)?\Z")
_LOCAL_BEHIND = re.compile(r"[\w.+-]*\w@[\w-]+\.\w")

_LINK_BEFORE = re.compile(r"(?:https?://|(?<![\w.])www\.)(\S*)\Z", re.IGNORECASE)
_LINK_BEHIND = re.compile(r"[^\s@<>\"]*[^\s@<>\"'.,;:!?)\]}]")
_ANOTHER = re.compile(r"https?:|www\.", re.IGNORECASE)
_OPEN: Final = "&=_%#~+"  # no link ends with these
_SIGNS = re.compile(r"\w[=/_]\w|%[0-9A-Fa-f]{2}")
_PART = re.compile(r"(?=.*\d)(?:.*[^\W\d]|\d{6,}\Z)")
_OR = re.compile(r"(?:and/or|either/or|s?he/s?he|his/hers?|her/his|him/her|n/a|w/o|[\d/]+)\Z", re.IGNORECASE)

_IBAN_BEFORE = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?:[A-Z0-9]{2,28}|(?: [A-Z0-9]{4}){0,7} ([A-Z0-9]{1,3}))\Z")
_IBAN_BEHIND = re.compile(r"[A-Z0-9]+(?!\w|[.,]\d)")
_IBAN: Final = range(15, 35)  # letters and digits (ISO 13616)
_CARD_BEFORE = re.compile(r"(?<![\w.,-])[3-6](?:\d{3,14}|\d{3}(?:[ -]\d{4}){0,2}[ -](\d{1,3}))\Z")
_CARD_BEHIND = re.compile(r"\d+(?!\w|[.,]\d)")
_CARD: Final = range(13, 20)  # digits (ISO/IEC 7812-1)
_GROUP: Final = 4
_DASHED_BEFORE = re.compile(r"(?<![\w.-])(?:\d{3}(?:-\d\d)?|\+[\d (.)-]{0,20}\d)\Z")
_DASHED_BEHIND = re.compile(r"-\d{2,4}(?:-\d{4})?(?![\w-])")


def runs(lines: Sequence[str], read: Callable[[int], str]) -> Iterator[range]:
    """Lines of a block, which are all in one run each: one over whose end a word goes with the next one. `lines` are
    as they stand there, `read` gives one by its number as it is read, with blanks between its words."""
    start = 0
    before = ""
    for i, line in enumerate(lines):
        said = before + line.rstrip()
        if i + 1 < len(lines) and (
            _is_hyphened(said, lines[i + 1]) or (may_go_on(before + line) and goes_on(before + read(i), read(i + 1)))
        ):
            before = said[-_BEFORE:].rstrip("".join(HYPHENS))
            continue
        yield range(start, i + 1)
        start, before = i + 1, ""


def _is_hyphened(said: str, following: str) -> bool:
    first = following[:1]
    return len(said) > 1 and said[-1] in HYPHENS and said[-2].isalnum() and (first.islower() or said[-1] == SOFT)


def may_go_on(said: str) -> bool:
    """Whether a line's last word can be a part of a value at all; of most lines it cannot."""
    return _LIKELY.search(said, max(0, len(said) - _NEAR)) is not None


def goes_on(said: str, following: str) -> bool:
    """Whether a value goes on from the end of a line, which says the first, to the next one."""
    said, following = said[-_NEAR:].rstrip(), following[:_NEAR]
    if not said or not following or following[0].isspace():
        return False
    return _is_address(said, following) or _is_link(said, following) or _is_number(said, following)


def _is_address(said: str, following: str) -> bool:
    if _LOCAL_BEHIND.match(following):
        local = _LOCAL_BEFORE.search(said)
        return local is not None and _is_local(local[0])
    before, behind = _DOMAIN_BEFORE.search(said), _DOMAIN_BEHIND.match(following)
    if before is None or behind is None:
        return False
    return _is_domain(before, behind[0]) or (not before[2] and behind[0] == following.rstrip())  # more may come


def _is_local(before: str) -> bool:
    """Whether a word, which has more than one part, may be the beginning of an address' local part."""
    last = max(before.rfind(each) for each in ".+_")
    begun = before[last + 1 :]
    if last < 0 or ".." in before:
        return False
    if not begun:
        return before.endswith("_")
    return "-" not in begun and any(map(str.isalpha, begun)) and begun.lower() not in _USUAL | _FILES


def _is_domain(before: re.Match[str], behind: str) -> bool:
    """Whether a domain goes on of which the first parts and the beginning of the next one are known."""
    parts, begun = before[2], before[3].lower()
    if not begun and parts:  # behind a dot, which may be that of a sentence
        return behind.islower() or (behind.isupper() and before[0].isupper())
    if not parts:
        return not begun or "." in behind
    if behind.startswith("."):
        return True
    if "." in behind:
        return begun not in _USUAL
    return begun + behind in _USUAL or (len(begun) == len(behind) == 1 and behind.islower())


def _is_link(said: str, following: str) -> bool:
    before, behind = _LINK_BEFORE.search(said), _LINK_BEHIND.match(following)
    if before is None or behind is None or _ANOTHER.match(following) or _OR.match(behind[0]):
        return False
    host, slash, _ = before[1].partition("/")
    is_dotted = "." in behind[0].strip(".")
    if not slash and host.rpartition(".")[2].lower() in _USUAL:
        return behind[0][0] in "/?"
    if not slash and host.endswith("."):
        return is_dotted or behind[0].partition("/")[0] in _USUAL
    if not host or before[0][-1] in _OPEN or behind[0][0] in "/?" or _SIGNS.search(behind[0]):
        return True
    if before[0].endswith("/") and _PART.match(behind[0]):
        return True
    return is_dotted and not before[0].endswith(".")


def _is_number(said: str, following: str) -> bool:
    if _DASHED_BEHIND.match(following):
        return _DASHED_BEFORE.search(said) is not None
    return _is_split(_IBAN_BEFORE.search(said), _IBAN_BEHIND.match(following), _IBAN) or (
        _is_in_prose(said, following) and _is_split(_CARD_BEFORE.search(said), _CARD_BEHIND.match(following), _CARD)
    )


def _is_split(before: re.Match[str] | None, behind: re.Match[str] | None, lengths: range) -> bool:
    """Whether a number is broken inside of one of its groups, or, where it has none, may be of such a length."""
    if before is None or behind is None:
        return False
    if before[1]:
        return len(before[1]) + len(behind[0]) == _GROUP
    return len(before[0]) + len(behind[0]) in lengths


def _is_in_prose(said: str, following: str) -> bool:
    """Numbers stand below each other in tables: in a sentence a word is beside one of them."""
    return any(map(str.isalpha, said)) or any(map(str.isalpha, following))
