"""What becomes of one property, by its type: texts are redacted, numbers stay or go, other data go unless they are
known to hold no text."""

import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from expunct_server.redaction.formats import wrapped
from expunct_server.redaction.formats.archives.members import named
from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work
from expunct_server.redaction.formats.mail import words
from expunct_server.redaction.formats.mail.msgs import properties, strings, vocabulary
from expunct_server.redaction.formats.mail.msgs.named import Names
from expunct_server.redaction.formats.mail.msgs.properties import MANY, Bag, Property

_SHOWN: Final = {properties.FLOAT: "<f", properties.DOUBLE: "<d", properties.DATE: "<d"}
_LARGE: Final = frozenset({properties.INT64, properties.CURRENCY, *_SHOWN})
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_CURRENCY: Final = 10_000
_CLASS: Final = re.compile(vocabulary.CLASSES)
_LONGEST_NAME: Final = 80
_PLAIN_CLASS: Final = "IPM.Note"
_SEVERAL: Final = {kind | MANY: size for kind, size in {**properties.FIXED, properties.GUID: 16}.items()}
_DROPPED: Final = "What only Outlook reads of a message, such as rules of recurrence and voting buttons, was taken out."
_FILES: Final = "A file in the text of a message, written as uuencode, yEnc or BinHex do, was taken out."


@dataclass(slots=True)
class Values:
    """The properties of one file on their way. What is asked about is answered when the work is flushed."""

    work: Work
    names: Names

    def search(self, bag: Bag, place: str, narrow: str) -> None:
        """All properties of a bag; `narrow` is the codec of texts that are not in UTF-16."""
        for each in list(bag.values()):
            if each.type & ~MANY in properties.STRINGS:
                self._texts(bag, each, place, strings.codec_for(each, narrow))
            elif each.type in properties.FIXED:
                self._number(bag, each, place)
            elif each.type in _SEVERAL:
                self._several(bag, each, place)
            elif each.type == properties.GUID or (each.type == properties.BINARY and each.number in vocabulary.NO_TEXT):
                self._ask(bag, each, strings.runs(each.value), place)
            else:
                self._drop(bag, each)

    # --- texts ---

    def _texts(self, bag: Bag, each: Property, place: str, codec: str) -> None:
        if each.values is None:
            text, used = strings.decoded(each.value, codec)
            self._text(bag, each, text, used, place)
            return
        for i, value in enumerate(each.values):
            text, used = strings.decoded(value, codec)
            each.values[i] = strings.encoded(text, used)
            place_of = f"{place}{self._called(each)} {i + 1}"
            self.work.add(self._asked(each, text), partial(_take, each.values, i, used), lambda _, at=place_of: at)  # type: ignore[misc]

    def _text(self, bag: Bag, each: Property, text: str, used: str, place: str) -> None:
        if each.number == vocabulary.BODY:
            text = self._without_files(text)
        each.value = strings.encoded(text, used)
        if each.number == vocabulary.CLASS and _CLASS.fullmatch(text):
            return

        def apply(answer: Redacted) -> None:
            new = _written(each.number, text, answer)
            each.value = strings.encoded(new, used)
            if not new:  # a property says something (MS-OXMSG, 2.4.2.2)
                bag.pop(each.tag)

        called = f"{place}{self._called(each)}"

        def locate(edit: Edit) -> str:
            is_long = each.number in vocabulary.LINES
            return f"{called}, line {text.count(chr(10), 0, edit.start) + 1}" if is_long else called

        self.work.add(self._asked(each, text), apply, locate)

    def _without_files(self, text: str) -> str:
        plain = wrapped.without_files(text)
        if plain != text:
            self.work.note(_FILES)
        return plain

    def _asked(self, each: Property, text: str) -> Text:
        """With what the property is called, which says what the text is."""
        name = "" if each.number in vocabulary.LINES else self._name(each)[:_LONGEST_NAME]
        return Text(text, (name,) if name else (), each.number not in vocabulary.NO_PROSE)

    # --- numbers and what else has no letters ---

    def _number(self, bag: Bag, each: Property, place: str) -> None:
        if each.number in vocabulary.DERIVED:
            del bag[each.tag]
        elif self._is_searched(each):
            self._ask(bag, each, number(each.type, each.value), place)

    def _is_searched(self, each: Property) -> bool:
        """Whether a number may say something of a person."""
        if each.type == properties.TIME:
            return each.number in vocabulary.DATES or bool(self.names.name_of(each.number))
        return each.number not in vocabulary.OF_PROGRAMS or each.type in _LARGE

    def _several(self, bag: Bag, each: Property, place: str) -> None:
        size = _SEVERAL[each.type]
        each.value = each.value[: len(each.value) // size * size]
        values = [each.value[at : at + size] for at in range(0, len(each.value), size)]
        kind = each.type & ~MANY
        said = [strings.runs(value) if kind == properties.GUID else number(kind, value) for value in values]
        self._ask(bag, each, "\n".join(said), place)

    def _ask(self, bag: Bag, each: Property, text: str, place: str) -> None:
        """What says something goes whole: no label fits into it."""
        asked = self._asked(each, text)._replace(prose=False)
        called = f"{place}{self._called(each)}"
        self.work.add(asked, lambda _: _gone(bag, each), lambda _: called)

    def _drop(self, bag: Bag, each: Property) -> None:
        del bag[each.tag]
        if each.number >= vocabulary.NAMED and each.value:
            self.work.note(_DROPPED)

    # --- for people ---

    def _name(self, each: Property) -> str:
        if each.number >= vocabulary.NAMED:
            return self.names.name_of(each.number)
        return vocabulary.NAMES.get(each.number, "")

    def _called(self, each: Property) -> str:
        if each.number >= vocabulary.NAMED:
            return f"named property {each.number - vocabulary.NAMED + 1}"
        return vocabulary.NAMES.get(each.number) or f"property {each.number:04X}"


def _written(number: int, text: str, answer: Redacted) -> str:
    """The new text of a property, as those who read it can take it."""
    if number == vocabulary.CLASS:
        return _PLAIN_CLASS
    if number in vocabulary.OF_FILES:
        return named(text, answer.edits)
    if number in vocabulary.FIELDS and len(words.of(text, "").text) == len(text):
        return words.of(text, vocabulary.FIELDS[number]).with_edits(answer.edits)
    return answer.text


def number(kind: int, value: bytes) -> str:
    """A number, or the date that it says, as people write it."""
    if kind in _SHOWN:
        said = struct.unpack(_SHOWN[kind], value)[0]
        return f"{said:.0f}" if said == said // 1 else str(said)
    if kind == properties.TIME:
        return _date(int.from_bytes(value, "little"))
    if kind == properties.CURRENCY:
        return str(int.from_bytes(value, "little", signed=True) / _CURRENCY)
    return str(int.from_bytes(value, "little"))


def _date(ticks: int) -> str:
    """Of tenths of microseconds since 1601."""
    try:
        return (_EPOCH + timedelta(microseconds=ticks // 10)).date().isoformat()
    except OverflowError:
        return ""


def _take(values: list[bytes], i: int, used: str, answer: Redacted) -> None:
    values[i] = strings.encoded(answer.text, used)


def _gone(bag: Bag, each: Property) -> None:
    bag.pop(each.tag, None)
