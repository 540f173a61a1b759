"""Checks of network addresses and of names of accounts. Each returns how many of its characters hold."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

_HEX_LETTER = re.compile(r"[a-f]", re.IGNORECASE)
_RESOLVERS: Final = frozenset(
    {"1.1.1.1", "1.0.0.1", "1.1.1.2", "1.1.1.3", "8.8.8.8", "8.8.4.4", "9.9.9.9", "4.2.2.2", "4.2.2.1"}
)
_NOT_HEX = re.compile(r"[^0-9a-f]")
_NO_NAMES: Final = (
    "about account accounts add admin administrator all api app apps args auth blog config contact daemon data default docs"
    " email empty enterprise env error events example explore false features field file for form from google groups guest"
    " hashtag help home i id in index int intent is it jobs join key label list localhost login logout marketplace me media"
    " membership missing name names nan news new nil no nobody none not null number object of on option optional or org orgs"
    " os p pages param password policy post posts pricing privacy profile profiles public read reel reels request required"
    " root search security self service session settings share shared shorts signup site sponsors sso stable static status"
    " store stories str string support system tag team teams terms test text the this to token topics true type types"
    " undefined unique unknown url user username users usual value values via video videos watch web with www your"
)
"""What stands where a name of an account would and is none: parts of sites, words of code, accounts of no person."""
_WORDS: Final = frozenset(_NO_NAMES.split())
_OF_CODE: Final = (
    "self.", "request.", "os.", "args.", "settings.", "config.", "env.", "options.", "this.", "data.", "ctx.", "user.",
    "params.", "credentials.", "process.", "your", "my-user", "www-data", "postgres", "git.",
)  # fmt: skip


def ipv4(candidate: str) -> int:
    """An address that does not look like a version: of four single digits, only those of well-known resolvers."""
    try:
        IPv4Address(candidate)
    except ValueError:
        return 0
    return len(candidate) if len(candidate) > 7 or candidate in _RESOLVERS else 0


def ipv6(candidate: str) -> int:
    """An address of RFC 4291, with a zone or not, that is no slice or path of a programming language.

    It must have a digit, or four groups, and more than two letters and digits.
    """
    bare = candidate.partition("%")[0]
    try:
        IPv6Address(bare)
    except ValueError:
        return 0
    groups = sum(1 for group in bare.split(":") if group)
    written = sum(c.isalnum() for c in bare)
    numbered = any(c.isdigit() for c in bare)
    return len(candidate) if written > 2 and (groups > 3 or (numbered and (groups > 1 or bare.endswith("::")))) else 0


def mac(candidate: str) -> int:
    """A hardware address (EUI-48 or EUI-64) that is neither nothing nor everybody: not one digit repeated."""
    return len(candidate) if len(set(_NOT_HEX.sub("", candidate.lower()))) > 1 else 0


def mac_with_letter(candidate: str) -> int:
    """A hardware address with at least one letter: digits alone between hyphens or dots are many other things."""
    return mac(candidate) if _HEX_LETTER.search(candidate) else 0


def account(candidate: str) -> int:
    """A name of an account that may be a person's: no word of a site or a program, no constant."""
    name = candidate.lower()
    good = len(name) > 1 and name not in _WORDS and name != "git" and not name.startswith(_OF_CODE)
    code = (candidate.isupper() and candidate.isalpha()) or (candidate.isdecimal() and len(candidate) < 6)
    return len(candidate) if good and not code and len(set(name)) > 1 else 0


def account_with_sign(candidate: str) -> int:
    """Behind a mere `users/`: only what no word of an address looks like, with a digit or a sign in it."""
    return account(candidate) if not candidate.isalpha() else 0
