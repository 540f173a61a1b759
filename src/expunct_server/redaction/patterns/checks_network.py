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
    " benutzer benutzername passwort kennwort utilisateur usuario utente gebruiker"
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


_FILE = re.compile(
    r"\.(?:com|org|net|io|de|uk|eu|fr|txt|md|py|js|ts|json|ya?ml|xml|html?|pdf|png|jpe?g|exe|log|cfg|conf|ini|csv|sh|zip|gz|e?g|e|local|example|test|docx?|xlsx?|h|hpp|c|cpp|rs|go|java)$"
)
_COMPOUNDS: Final = frozenset(
    {
        "e-mail",
        "log-in",
        "sign-in",
        "sign-up",
        "check-in",
        "opt-out",
        "set-up",
        "read-only",
        "two-factor",
        "self-service",
        "co-owner",
    }
)
_VERSION = re.compile(r"[vV]?\d+(?:[.\-_]\d+)*[a-z]?|\d+(?:st|nd|rd|th|px|ms|kb|mb|gb|am|pm|x)")


def telling(candidate: str) -> int:
    """A name of an account with a digit or a sign in it that is no file, host, version, date or compound word."""
    name = candidate.lower()
    letters = sum(c.isalpha() for c in name)
    if letters < 3 or _FILE.search(name) or _VERSION.fullmatch(name):
        return 0
    signs = sum(not c.isalnum() for c in name)
    compound = "-" in name and not any(c.isdigit() or c in "._#" for c in name) and len(name) > 12
    constant = candidate.isupper() and "_" in candidate
    good = signs < 4 and not compound and not constant and name not in _COMPOUNDS and letters < len(name)
    return account(candidate) if good else 0


_MENTIONS_OF_CODE: Final = (
    "media import charset keyframes supports page layer property container param params return returns throws throw see since deprecated"
    " author version override overload test before after beforeeach aftereach autowired bean component controller service repository"
    " entity table column id dataclass property staticmethod classmethod abstractmethod cached_property lru_cache wraps pytest app"
    " router todo fixme brief file note link code inherit inheritdoc type typedef callback class example exports here all channel everyone"
    " team home work noon least most that the this a an some night today tomorrow suppresswarnings nullable nonnull notnull getter setter"
    " data builder inject injectable input output decorator mixin include extend echo off if foreach endif section yield"
)
_CODE: Final = frozenset(_MENTIONS_OF_CODE.split())


def mention(candidate: str) -> int:
    """A name behind an @ that is no decorator, annotation, rule of a style sheet or address of everybody."""
    return account(candidate) if candidate.lower() not in _CODE and len(candidate) > 2 else 0
