"""Parts that others point to by their Content-ID (RFC 2392): pictures that a page shows. Most of these are addresses.

Where something is found in one, it gets another in its own field and wherever a text of the message says `cid:`: with a
label in its place, all pictures would have the same, and each place would show the first.
"""

import re
from collections.abc import Mapping
from itertools import count
from typing import Final
from urllib.parse import unquote

from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.mail.entities import Entity, Field

_FIELD = re.compile(rb"^content-id[ \t]*:\s*<([!-;=?-~]{1,500})>", re.I | re.M)
_VALUE = re.compile(rb"\s*<([!-;=?-~]{1,500})>\s*")
_POINTER: Final = re.compile(rb"(?<=cid:)[^\s\"'<>)\]]{1,1500}", re.I)


def learn(work: Work, data: bytes, place: str, ids: dict[str, str]) -> None:
    """Add to `ids` new ones for those of a message in which something is found."""
    asked = [each for each in dict.fromkeys(m[1].decode() for m in _FIELD.finditer(data)) if each not in ids]
    if not asked:  # as in a message inside, whose ids are known from the one around it
        return
    answers = work.redacted(
        [Text(each, ("Content-ID",), False) for each in asked], lambda *_: f"{place}header Content-ID"
    )
    taken = {*asked, *ids, *ids.values()}
    new = (made for number in count(1) if (made := f"part-{number}@redacted") not in taken)
    for each, answer in zip(asked, answers, strict=True):
        ids[each] = next(new) if answer.edits else each


def renamed(entity: Entity, ids: dict[str, str]) -> Entity:
    """A part with its new one."""
    return entity._replace(fields=tuple(_renamed(each, ids) for each in entity.fields))


def _renamed(each: Field, ids: dict[str, str]) -> Field:
    if each.name.lower() != "content-id" or not (found := _VALUE.fullmatch(each.value)):
        return each
    old = found[1].decode()
    new = ids.get(old, old)
    return each if new == old else each._replace(raw=each.raw.replace(found[1], new.encode()))


def followed(data: bytes, ids: dict[str, str]) -> bytes:
    """What a part says, with all pointers to new ones. Each is looked up by itself: there are as many ids as parts."""
    return _POINTER.sub(lambda m: _followed(m[0], ids), data)


def _followed(pointer: bytes, ids: Mapping[str, str]) -> bytes:
    """The new one for what a pointer names, as it stands there or with its escapes read (RFC 2392, section 2)."""
    said = pointer.decode("latin-1")
    old = said if said in ids else unquote(said)
    new = ids.get(old, old)
    return pointer if new == old else new.encode()
