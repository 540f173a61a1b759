"""What the attributes of a part say: each value asked about once, and replaced wherever it stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work, at
from expunct_server.redaction.formats.office import (
    dates,
    fields,
    names,
    number_codes,
    numbers,
    values,
    vocabulary,
    wording,
)
from expunct_server.redaction.formats.office.markup import Element, namespace, remove
from expunct_server.redaction.formats.office.names import Names


@dataclass(slots=True)
class Attributes:
    """Those of one part, which people call `place`. `skip` are some that somebody else has dealt with; `given` are the
    names of the whole document."""

    work: Work
    place: str
    skip: Callable[[Element, str], bool]
    given: Names
    _found: dict[tuple[str, bool], list[tuple[Element, str]]] = field(default_factory=dict, repr=False)

    def take(self, element: Element, name: str, space: str) -> list[str]:
        """Take in those of an element; returns the keys of those that are codes of fields, which are read as such."""
        codes = []
        if name == "dateGroupItem":
            self._take_day(element)
        for key, value in element.attrib.items():
            attribute = str(key).rpartition("}")[2]
            known = vocabulary.is_vocabulary(space) and vocabulary.is_known_key(str(key))
            if (
                not value
                or self.skip(element, str(key))
                or vocabulary.is_measure(name, attribute, str(value), known=known)
            ):
                continue
            if known and (name, attribute) == fields.ATTRIBUTE:
                codes.append(str(key))
                continue
            prose = wording.is_prose_attribute(element, attribute, str(value))
            text = unquote(str(value)) if attribute == "href" else numbers.plain(str(value))
            text = vocabulary.without_codes(str(key), text) if known else text
            if space.startswith(vocabulary.ODF) and names.is_one(element, str(key)):
                text = vocabulary.name_shown(text)
            self._found.setdefault((text, prose), []).append((element, str(key)))
        return codes

    def _take_day(self, element: Element) -> None:
        if day := dates.group(*(element.get(each) for each in dates.PARTS)):
            self.work.add(Text(day, (), prose=False), lambda _: remove(element), at(f"{self.place}, filter"))

    def ask(self) -> None:
        """Have all of them redacted."""
        for (value, prose), places in self._found.items():
            name = places[0][1].rpartition("}")[2]
            self.work.add(Text(value, (), prose), self._setting(value, places), at(f"{self.place}, attribute {name}"))

    def _setting(self, value: str, places: list[tuple[Element, str]]) -> Callable[[Redacted], None]:
        def apply(redacted: Redacted) -> None:
            is_name = any(names.is_one(element, key) for element, key in places)
            text = self.given.of(value, redacted.text) if is_name else redacted.text
            for element, key in places:
                if key == vocabulary.FORMAT and vocabulary.is_vocabulary(namespace(element)):
                    element.set(key, number_codes.edited(str(element.get(key)), redacted.edits))
                    continue
                values.put(element, key, text)

        return apply
