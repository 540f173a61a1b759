"""The header of a message or part, redacted: each field as the text that it says."""

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from functools import partial
from typing import Final

from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work
from expunct_server.redaction.formats.mail import params, words
from expunct_server.redaction.formats.mail.entities import Entity, Field

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


@dataclass(slots=True)
class _Line:
    """A field on its way."""

    field: Field
    new: bytes | None = None
    name: str = ""


def redacted(work: Work, entity: Entity, place: str, line_end: str, types: dict[str, str]) -> list[bytes]:
    """Each field of the header, as it was or written anew. `types` are values of parameters that have to be others,
    such as a boundary; new ones go in."""
    lines = [_Line(each) for each in entity.fields]
    for line in lines:
        name = line.field.name.lower()
        if name in _WITH_PARAMETERS:
            _add_parameters(work, line, place, line_end, types)
        elif not _FIXED.fullmatch(line.field.raw):
            _add(work, line, place, line_end)
    work.flush()
    return [line.field.raw if line.new is None else line.new for line in lines]


def _add(work: Work, line: _Line, place: str, line_end: str) -> None:
    name = line.field.name
    value = words.of(line.field.value.rstrip(b"\r\n"), name)

    def apply(answer: Redacted) -> None:
        line.new = words.folded(line.name or name, value.with_edits(answer.edits), line_end)

    where = f"{place}header {name}" if name else f"{place}header"
    if name and not _USUAL.fullmatch(name):
        where = f"{place}header"
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
    said = params.parsed(words.as_text(line.field.value).strip("\r\n"))
    changed: dict[str, str] = {key: value for key, value in types.items() if key in said.said}
    main = [said.main]

    def write() -> None:
        line.new = words.folded(name, said.written(main[0], changed), line_end)

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
    work.add(Text(words.of(said.main.encode("utf-8", "surrogateescape"), "").text, (), False), in_main, lambda _: where)
    for key, value in said.said.items():
        if not _PARAMETERS.fullmatch(key):
            work.add(Text(key, (), False), partial(no_parameter, key), lambda _: f"{where}, name")
        if key not in types and not (key == "charset" and _is_codec(value)):
            work.add(Text(value, (), key in ("name", "filename")), partial(in_parameter, key), lambda _: where)
    if changed or said.rest:
        write()  # what is no parameter is left out


def boundaries(entity: Entity) -> list[str]:
    """What stands between the parts, as each of three readers of parameters understands it; usually one alone."""
    found = [entity.mime().get_boundary()]
    with suppress(ValueError, LookupError, AttributeError, TypeError):  # what this reader does not take
        found.append(entity.mime(policy.default).get_boundary())
    for each in entity.fields:
        if each.name.lower() == "content-type":
            found.append(params.parsed(words.as_text(each.value)).said.get("boundary"))
    return list(dict.fromkeys(filter(None, found)))


def _is_codec(name: str) -> bool:
    try:
        return bool(codecs.lookup(name))
    except (LookupError, ValueError):
        return False
