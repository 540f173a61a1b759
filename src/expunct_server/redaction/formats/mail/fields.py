"""The header of a message or part, redacted: each field as the text that it says."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from functools import partial
from typing import Final

from expunct_server.redaction.charset_names import codecs_of
from expunct_server.redaction.formats import charsets
from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work
from expunct_server.redaction.formats.mail import entities, params, words
from expunct_server.redaction.formats.mail.entities import Entity, Field
from expunct_server.redaction.removed import WALL

_WITH_PARAMETERS: Final = frozenset({"content-type", "content-disposition"})
_FIXED: Final = re.compile(rb"(?i)(?:mime-version|content-transfer-encoding):\s*[a-z0-9.-]{1,20}\s*")
_PARAMETERS: Final = re.compile(
    r"charset|boundary|name|filename|size|format|delsp|type|start|start-info|protocol|micalg|method|report-type|smime-type|"
    r"(?:creation|modification|read)-date|x-[a-z-]{1,20}"
)
_USUAL: Final = re.compile(
    r"(?i)(?:from|to|cc|bcc|subject|date|sender|reply-to|message-id|in-reply-to|references|received|return-path|"
    r"(?:mime|x-mime|arc|dkim|list|resent|content|x-ms|x-google|x-gm|authentication|received|x-spam)-[a-z-]{1,60}|"
    r"comments|keywords|importance|priority|organization|user-agent|x-mailer|x-priority)"
)
FIXED_NAMES: Final = frozenset(
    """from to cc bcc subject date sender reply-to message-id in-reply-to references received return-path comments
    keywords importance priority sensitivity organization user-agent x-mailer x-priority thread-topic thread-index
    delivered-to errors-to precedence auto-submitted received-spf authentication-results x-originating-ip
    mime-version content-type content-transfer-encoding content-disposition content-id content-description
    content-language content-location content-class content-base content-md5 content-duration
    resent-from resent-to resent-cc resent-bcc resent-sender resent-date resent-message-id
    list-id list-help list-post list-owner list-archive list-subscribe list-unsubscribe list-unsubscribe-post
    dkim-signature arc-seal arc-message-signature arc-authentication-results disposition-notification-to
    return-receipt-to""".split()  # noqa: SIM905 - legible as words
)
"""Names of fields that programs know them by (RFC 5322, 2045, 2183, 2369, 6376, 8601, 8617): nothing that is taken for
a value elsewhere goes from them. In small letters; all others are asked about."""
_FIXED_NAME: Final = re.compile(rf"(?im)^(?:{'|'.join(sorted(FIXED_NAMES))})(?=[ \t]*:)")


@dataclass(slots=True)
class _Line:
    """A field on its way; `codec` is what its bytes are read and written in."""

    field: Field
    new: bytes | None = None
    name: str = ""
    codec: str = "utf-8"

    @property
    def value(self) -> str:
        return charsets.decoded(self.field.value, self.codec).rstrip("\r\n")


def redacted(work: Work, entity: Entity, place: str, line_end: str, types: dict[str, str]) -> list[bytes]:
    """Each field of the header, as it was or written anew. `types` are values of parameters that have to be others,
    such as a boundary; new ones go in."""
    lines = [_Line(each) for each in entity.fields]
    for line in lines:
        if _is_odd(line.field.raw):
            _add_in_each_way(work, line, place, line_end, types, entity.mime().get_content_charset())
        else:
            _add_line(work, line, place, line_end, types)
    work.flush()
    return [line.field.raw if line.new is None else line.new for line in lines]


def _is_odd(raw: bytes) -> bool:
    """Whether a field is neither ASCII, by the letter of the standard, nor UTF-8 (RFC 6532)."""
    try:
        return bool(raw.decode()) and b"\x1b" in raw
    except UnicodeDecodeError:
        return True


def _add_in_each_way(
    work: Work, line: _Line, place: str, line_end: str, types: dict[str, str], declared: str | None
) -> None:
    """A field of older programs, as in each charset that it may be in, that of the body among them."""
    names = [name for name in (declared,) if name and codecs_of(name)]
    for codec in charsets.ways(line.field.value, names):
        line.codec, line.name = codec, ""
        with suppress(UnicodeError):  # what was put in can be no text in another charset
            _add_line(work, line, place, line_end, types)
            work.flush()
        if line.new is not None:
            line.field = entities.parsed(line.new).fields[0]


def _add_line(work: Work, line: _Line, place: str, line_end: str, types: dict[str, str]) -> None:
    if line.field.name.lower() in _WITH_PARAMETERS:
        _add_parameters(work, line, place, line_end, types)
    elif not _FIXED.fullmatch(line.field.raw):
        _add(work, line, place, line_end)


def _add(work: Work, line: _Line, place: str, line_end: str) -> None:
    name = line.field.name
    value = words.of(line.value, name)

    def apply(answer: Redacted) -> None:
        line.new = words.folded(line.name or name, value.with_edits(answer.edits), line_end, line.codec)

    where = f"{place}header {name}" if _USUAL.fullmatch(name) else f"{place}header"
    if name and name.lower() not in FIXED_NAMES:
        _add_name(work, line, where)
    work.add(Text(value.text, (name,) if name else ()), apply, lambda _: where)


def _add_name(work: Work, line: _Line, where: str) -> None:
    def apply(answer: Redacted) -> None:
        said = re.sub(r"[^A-Za-z0-9_]+", "-", answer.text).strip("-") or "Redacted"
        line.name = said if said.lower().startswith("x-") else f"X-{said}"
        line.new = line.name.encode() + line.field.raw[len(line.field.name) :]

    work.add(Text(line.field.name, (), False), apply, lambda _: f"{where}, name")


def _add_parameters(work: Work, line: _Line, place: str, line_end: str, types: dict[str, str]) -> None:
    """Its main part, its parameters, and what is neither, each alone."""
    name = line.field.name
    said = params.parsed(line.value.lstrip("\r\n"))
    changed: dict[str, str] = {key: types[of] for key in said.said if (of := params.name_of(key)) in types}
    main = [said.main]

    def write() -> None:
        line.new = words.folded(name, said.written(main[0], changed), line_end, line.codec)

    def in_main(answer: Redacted) -> None:
        main[0] = answer.text
        write()

    def in_parameter(key: str, answer: Redacted) -> None:
        changed[key] = answer.text
        write()

    def no_parameter(key: str, _: Redacted) -> None:
        del said.raw[key]
        write()

    where = f"{place}header {name}"
    work.add(Text(words.of(said.main, "").text, (), False), in_main, lambda _: where)
    for key, value in said.said.items():
        named = params.name_of(key)
        if not _PARAMETERS.fullmatch(named):
            work.add(Text(named, (), False), partial(no_parameter, key), lambda _: f"{where}, name")
        if named not in types and not (named == "charset" and _is_codec(value)):
            work.add(Text(value, (), named in ("name", "filename")), partial(in_parameter, key), lambda _: where)
    if changed or said.rest:
        write()  # what is no parameter is left out


def boundaries(entity: Entity) -> list[str]:
    """What stands between the parts, as each of three readers of parameters understands it; usually one alone."""
    found = [entity.mime().get_boundary()]
    with suppress(ValueError, LookupError, AttributeError, TypeError):  # what this reader does not take
        found.append(entity.mime(policy.default).get_boundary())
    for each in entity.fields:
        if each.name.lower() == "content-type":
            said = params.parsed(words.as_text(each.value)).said
            found += [value for key, value in said.items() if params.name_of(key) == "boundary"]
    return list(dict.fromkeys(filter(None, found)))


def without_fixed_names(source: str) -> str:
    """A source of messages, for reading a result, without the names of fields that stay whatever they say."""
    return _FIXED_NAME.sub(WALL, source)


def _is_codec(name: str) -> bool:
    try:
        return bool(codecs.lookup(name))
    except (LookupError, ValueError):
        return False
