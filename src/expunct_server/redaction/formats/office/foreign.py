"""Names of namespaces, elements and attributes that are none of the vocabularies', such as those of XML data."""

from collections.abc import Callable
from dataclasses import dataclass, field

from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work, at
from expunct_server.redaction.formats.office import vocabulary
from expunct_server.redaction.formats.office.markup import Element, declared, local, namespace


@dataclass(slots=True)
class Foreign:
    """Those of one part, which people call `place`."""

    work: Work
    place: str
    namespaces: dict[str, str] = field(default_factory=dict)
    """Names of namespaces that held something, and what they are called now."""
    held_something: bool = False
    """Whether the name of an element or attribute did, which cannot be replaced."""

    def ask(self, root: Element) -> None:
        """Have those of a whole part redacted."""
        for uri in sorted(uri for uri in declared(root) if not vocabulary.is_vocabulary(uri)):
            self.work.add(Text(uri, (), prose=False), self._rename(uri), at(f"{self.place}, namespace"))
        names = {local(each) for each in root.iter("*") if not vocabulary.is_vocabulary(namespace(each))}
        for each in root.iter("*"):
            names.update(str(k).rpartition("}")[2] for k in each.attrib if not vocabulary.is_known_key(str(k)))
        for name in sorted(names):
            self.work.add(Text(name, (), prose=False), self._note_name, at(f"{self.place}, name of an element"))

    def _rename(self, uri: str) -> Callable[[Redacted], None]:
        def apply(_: Redacted) -> None:
            self.namespaces[uri] = f"urn:removed:{len(self.namespaces) + 1}"

        return apply

    def _note_name(self, _: Redacted) -> None:
        self.held_something = True
