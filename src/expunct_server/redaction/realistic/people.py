"""People and what is called after them: names, organizations, user names, addresses of mail and of pages."""

import re
from typing import Final

from expunct_server.redaction.realistic.draw import Draw
from expunct_server.redaction.realistic.shape import shaped
from expunct_server.redaction.realistic.words import coined, in_case_of, listed, word_set

RESERVED: Final = ("example.com", "example.net", "example.org")
"""Domains that nobody can have (RFC 2606)."""

_TITLES: Final = word_set(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev fr sr br herr frau monsieur madame mme mlle señor "
    "señora sra srta signor signora dott dipl hon. ing. sen."  # with a dot alone: else they are names as well
)
_AFTER: Final = word_set("jr sr ii iii iv md phd dds esq rn msc mba")
_PARTICLES: Final = word_set(
    "van von der den de la le du da dos das di del della al el bin ibn bint ter ten zu zur und y e af av"
)
"""These name nobody in their places: titles before a name, letters after one, particles in small letters within."""

_LEGAL: Final = word_set(
    "inc ltd llc llp lp plc corp co company corporation limited gmbh ag kg ohg ug se sa sas sarl srl spa bv nv oy ab "
    "as aps kft sp zoo pty pvt kk"
)
_SMALL: Final = word_set("the of and for")
_KINDS: Final = (
    *("Analytics", "Associates", "Bakery", "Biotech", "Builders", "Capital", "Catering", "Ceramics", "Clinic"),
    *("Consulting", "Design", "Dynamics", "Electric", "Energy", "Engineering", "Estates", "Farms", "Foods"),
    *("Foundation", "Freight", "Gallery", "Group", "Holdings", "Hotels", "Institute", "Labs", "Logistics", "Media"),
    *("Motors", "Optics", "Partners", "Pharma", "Press", "Security", "Shipping", "Software", "Solutions", "Studios"),
    *("Systems", "Textiles", "Trading", "Trust", "Ventures", "Works"),
)
_SCHEMES: Final = word_set("http https ftp ftps sftp ssh wss git file ldap ldaps smb nfs rtsp sip sips imap imaps")
_CORE = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*")
_PAGE = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]{0,20}://)?[^/?#]*(.*)", re.DOTALL)

KEPT_OF_NAMES: Final = _PARTICLES | _AFTER | {title.rstrip(".") for title in _TITLES}
KEPT_OF_FIRMS: Final = _LEGAL
KEPT_OF_ADDRESSES: Final = _SCHEMES | {"example", "com", "net", "org"}
"""Words that may stand in the value and in what is made up for it."""


def person(value: str, draw: Draw) -> str:
    """As many words as the name has: given names, then a family name; titles, particles and initials keep their form.

    One of 2^40 for a name of two words, of 2^31 for one word.
    """
    words = value.split()
    at = _naming(words)
    comma = [i for i in at[:-1] if words[i].endswith(",")]
    last = comma[0] if comma else (at[-1] if at else -1)
    named = [_named(word, draw, i == last) if i in at else _bare(word) for i, word in enumerate(words)]
    return " ".join([word for word in named if word])


def organization(value: str, draw: Draw) -> str:
    """A name of one word, or of a name and a trade; its legal form stays. One of 2^28, or of 2^43."""
    words = value.split()
    forms = [_bare(word) for word in words[1:] if _plain(word) in _LEGAL]
    rest = [word for word in words if _plain(word) not in _LEGAL | _SMALL]
    name = coined(draw, 2)
    if len(rest) > 1:
        name = f"{draw.pick(listed('family'))}-{name} {draw.pick(_KINDS)}"
    return " ".join([in_case_of(value, name), *forms])


def email(value: str, draw: Draw) -> str:  # noqa: ARG001 - every writer has this signature
    """An address in a domain that is reserved: one of 2^47."""
    name = f"{draw.pick(listed('given'))}.{draw.pick(listed('family'))}".lower()
    return f"{name}.{draw.marks(6)}@{draw.pick(RESERVED)}"


def username(value: str, draw: Draw) -> str:
    """A given and a family name with four marks: one of 2^36."""
    sign = "@" if value.startswith("@") else ""
    return sign + f"{draw.pick(listed('given'))}{draw.pick(listed('family'))}".lower() + draw.marks(4)


def url(value: str, draw: Draw) -> str:
    """A page in a domain that is reserved, under the same scheme: one of 2^43."""
    match = _PAGE.fullmatch(value)
    scheme, rest = (match[1] or "", match[2]) if match else ("", "")
    path = f"/{draw.marks(6)}" if rest.strip("/?#") else "/" * rest.startswith("/")
    return f"{scheme.lower()}{coined(draw).lower()}-{draw.marks(4)}.{draw.pick(RESERVED)}{path}"


def group(value: str, draw: Draw) -> str:
    """A nationality for any nationality, religion or party: one of a hundred."""
    return in_case_of(value, draw.pick(listed("groups")))


def _naming(words: list[str]) -> list[int]:
    """Which of the words name somebody. Many a title is a name too (`Jack Lord`, `Sen`), so the last word always does,
    and letters such as Jr. stay after two words alone.
    """
    cores = {i: core[0] for i, word in enumerate(words) if (core := _CORE.search(word))}
    at = list(cores)
    while len(at) > 1 and _is_title(words[at[0]], cores[at[0]]):
        del at[0]
    while len(at) > 2 and cores[at[-1]].lower() in _AFTER:
        del at[-1]
    return [i for i in at if i == at[-1] or cores[i] not in _PARTICLES or words[i].endswith(",")]


def _is_title(word: str, core: str) -> bool:
    return not word.endswith(",") and (core.lower() in _TITLES or word.lower() in _TITLES)


def _named(word: str, draw: Draw, is_last: bool) -> str:
    """A name for one word, with the dot or comma that followed it."""
    core = _CORE.search(word)
    assert core is not None
    end = word[core.end() :][:1]
    tail = end if end in (",", ".") else ""
    if any(c.isdigit() for c in core[0]):
        return shaped(core[0], draw) + tail
    if len(core[0]) == 1:
        return in_case_of(core[0] * 2, draw.pick(listed("given"))[0]) + tail
    name = f"{draw.pick(listed('family'))}-{coined(draw)}" if is_last else draw.pick(listed("given"))
    return in_case_of(core[0], name) + tail


def _bare(word: str) -> str:
    """A word that stays, without what a document's syntax may mind."""
    return "".join(c for c in word if c.isalnum() or c in ".,-")


def _plain(word: str) -> str:
    return word.lower().replace(".", "").strip(",")
