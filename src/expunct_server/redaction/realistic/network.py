"""Addresses of machines from the ranges kept for documentation."""

import re
from ipaddress import IPv6Address
from typing import Final

from expunct_server.redaction.realistic.draw import Draw
from expunct_server.redaction.realistic.numbers import shaped_digits
from expunct_server.redaction.realistic.shape import plain, shaped

_DOCUMENTATION: Final = ("192.0.2.", "198.51.100.", "203.0.113.")
_V4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?=([/:]\d+)?\Z)", re.ASCII)


def ip(value: str, draw: Draw) -> str:
    """One of the 762 addresses of RFC 5737, or of the 2^96 of RFC 3849; the length of a prefix stays."""
    match = _V4.match(value)
    if match:
        rest = match[1] or ""
        return (
            draw.pick(_DOCUMENTATION)
            + str(1 + draw.below(254))
            + (rest if rest[:1] == "/" else shaped_digits(rest, draw))
        )
    address, slash, prefix = value.partition("/")
    try:
        IPv6Address(address.partition("%")[0])
    except ValueError:
        return shaped(value, draw)
    groups = ":".join(f"{draw.below(1 << 16):x}" for _ in range(6))
    return (f"2001:DB8:{groups.upper()}" if value.isupper() else f"2001:db8:{groups}") + plain(slash + prefix)


def mac(value: str, draw: Draw) -> str:
    """An address that its owner gives himself (the second bit of the first octet), never one of a maker's."""
    made = iter(
        draw.pick("0123456789abcdef") + draw.pick("26ae") + "".join(draw.pick("0123456789abcdef") for _ in value)
    )
    text = "".join(next(made) if c.isalnum() else c for c in plain(value))
    return text.upper() if any(c.isupper() for c in value) else text
