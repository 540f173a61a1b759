"""Identifiers of people, which hold names and addresses: made anew of those that are left (MS-OXCDATA, 2.2.5.1)."""

import struct
from typing import Final

from expunct_server.redaction.formats.mail.msgs import strings, vocabulary
from expunct_server.redaction.formats.mail.msgs.properties import BINARY, Bag, Property

_HEAD: Final = struct.Struct("<I16s2H")
_ONE_OFF: Final = bytes.fromhex("812b1fa4bea310199d6e00dd010f5402")
_IN_UNICODE: Final = 0x8001  # and with no formatted text


def taken(bag: Bag) -> list[Property]:
    """Those that can be made anew, out of the bag."""
    return [bag.pop(number << 16 | BINARY) for number in vocabulary.ENTRY_IDS if number << 16 | BINARY in bag]


def put_back(bag: Bag, ids: list[Property]) -> None:
    """Each of what the bag says now, if it says enough."""
    for each in ids:
        said = [strings.text(bag, number) for number in vocabulary.ENTRY_IDS[each.number]]
        if said[2]:
            each.value = one_off(*said)
            bag[each.tag] = each


def one_off(name: str, kind: str, address: str) -> bytes:
    """An identifier that says all of a person, without a directory that knows the rest."""
    texts = (f"{each.replace(chr(0), '')}\0".encode(strings.WIDE, "replace") for each in (name, kind, address))
    return _HEAD.pack(0, _ONE_OFF, 0, _IN_UNICODE) + b"".join(texts)
