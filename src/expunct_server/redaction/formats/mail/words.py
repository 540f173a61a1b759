"""The value of a field as the text that it says, and back."""

import base64
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction import escapes
from expunct_server.redaction.formats import charsets
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Edit

_ENCODED = re.compile(r"=\?[^?\s]{1,40}\?[BbQq]\?[^?\s]*\?=(?:[ \t]*=\?[^?\s]{1,40}\?[BbQq]\?[^?\s]*\?=)*")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_SPECIAL = re.compile(r"[^\w !#$%&'*+/=?^`{|}~-]")
ADDRESSES: Final = frozenset(
    """from to cc bcc reply-to sender return-path delivered-to x-original-to envelope-to errors-to resent-from resent-to
    resent-cc resent-bcc resent-sender disposition-notification-to return-receipt-to mail-followup-to apparently-to
    list-id list-post list-unsubscribe message-id in-reply-to references content-id""".split()  # noqa: SIM905 - legible as words
)
_WIDTH: Final = 76


@dataclass(slots=True)
class _Stretch:
    """What stands in the value, and what it says: the same, but where it is an encoded word."""

    raw: str = field(repr=False)
    text: str = field(repr=False)

    @property
    def is_encoded(self) -> bool:
        return self.raw.startswith("=?") and self.raw != self.text


@dataclass(slots=True)
class Value:
    """A field's value, unfolded."""

    stretches: list[_Stretch]
    of_addresses: bool = False

    @property
    def text(self) -> str:
        return "".join(each.text for each in self.stretches)

    def with_edits(self, edits: Sequence[Edit]) -> str:
        """The value with replacements, unfolded; encoded words that held something are made anew."""
        made = []
        at = 0
        for each in self.stretches:
            end = at + len(each.text)
            own = [edit for edit in edits if edit.start < end and edit.end > at]
            if not own:
                made.append(each.raw)
            elif each.is_encoded:
                made.append(encoded_words(_edited(each.text, own, at, lambda edit: edit.replacement)))
            else:
                made.append(_edited(each.text, own, at, self._written))
            at = end
        return "".join(made)

    def _written(self, edit: Edit) -> str:
        """A replacement where no encoded word is."""
        new = edit.replacement
        if self.of_addresses and new:
            new = _as_address(new, self.text[: edit.start], self.text[edit.end :])
        return encoded_words(new) if new else ""


def of(value: str, name: str) -> Value:
    """RFC 2047, section 6.2: white space between encoded words is not shown, so that those one after the other are one
    text, and are written as one."""
    value = _FOLD.sub("", value)
    stretches: list[_Stretch] = []
    at = 0
    for found in _ENCODED.finditer(value):
        between = value[at : found.start()]
        stretches += [_Stretch(between, between), _Stretch(found[0], escapes.of_words(found[0], _decoded))]
        at = found.end()
    stretches.append(_Stretch(value[at:], value[at:]))
    return Value(stretches, name.lower() in ADDRESSES)


def as_text(raw: bytes) -> str:
    """Bytes of a header: ASCII by the letter of the standard, UTF-8 (RFC 6532) or anything else in practice."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def encoded_words(text: str) -> str:
    """RFC 2047, section 4.1: words of at most 75 characters, each of whole characters."""
    if text.isascii() and text.isprintable() and "=?" not in text:
        return text
    words, taken = [], b""
    for character in text:
        raw = character.encode("utf-8", "replace")
        if len(taken) + len(raw) > 42:
            words.append(taken)
            taken = b""
        taken += raw
    return " ".join(f"=?utf-8?B?{base64.b64encode(word).decode()}?=" for word in [*words, taken])


def folded(name: str, value: str, line_end: str, codec: str = "utf-8") -> bytes:
    """RFC 5322, section 2.2.3: the field in lines, folded before white space."""
    lines = [f"{name}:" if name else ""]
    for part in re.findall(r"[ \t]*[^ \t]+|[ \t]+$", value.replace("\r", " ").replace("\n", " ").rstrip()):
        if (
            len(lines[-1]) + len(part) > _WIDTH
            and lines[-1].strip()
            and part[:1] in " \t"
            and len(lines[-1]) > len(name) + 1
        ):
            lines.append("")
        lines[-1] += part
    return charsets.encoded(line_end.join(lines) + line_end, codec)


def _edited(text: str, edits: Sequence[Edit], at: int, write: Callable[[Edit], str]) -> str:
    """The stretch that begins at `at` of the whole value, with those edits that begin in it, and without the others."""
    parts = []
    position = 0
    for edit in edits:
        parts += [text[position : max(edit.start - at, 0)], write(edit) if edit.start >= at else ""]
        position = min(edit.end - at, len(text))
    return "".join([*parts, text[position:]])


def _as_address(new: str, before: str, after: str) -> str:
    """What a list of addresses can hold (RFC 5322, section 3.4): no brackets in brackets, marks in quotes."""
    if before.endswith("<") and after.startswith(">"):
        return new.removeprefix("<").removesuffix(">").replace("<", "").replace(">", "")
    is_quoted = before.count('"') - before.count('\\"')
    if is_quoted % 2:
        return new.replace("\\", "").replace('"', "")
    if not _SPECIAL.search(new) or "<" in before.rpartition(",")[2].rpartition(">")[2]:
        return new
    if (
        new.startswith("<")
        and new.endswith(">")
        and not before.strip().endswith(">")
        and not after.strip().startswith("<")
    ):
        return new  # an address alone: <EMAIL_ADDRESS>
    return '"' + new.replace("\\", "").replace('"', "") + '"'


def _decoded(raw: bytes, charset: str) -> str:
    try:
        return charsets.decoded(raw, charsets.ways(raw, (charset,))[0])
    except (DocumentError, UnicodeError):
        return as_text(raw)  # a charset that nobody knows hides nothing
