"""Fields of a form whose names were redacted: two of one name are one field to all programs (ISO 32000-2, 12.7.4.2)."""

from typing import Any

import pikepdf

from expunct_server.redaction.formats.pdf.values import dictionary_of, text_of


class Fields:
    """All that have names of their own, in the order in which they are met."""

    def __init__(self) -> None:
        self._met: list[tuple[Any, str]] = []

    def see(self, holder: Any) -> None:
        """Remember a field as it is called before it is redacted."""
        said = holder.get("/T") if isinstance(holder, pikepdf.Dictionary) else None
        if isinstance(said, pikepdf.String):
            self._met.append((holder, text_of(said)))

    def tell_apart(self) -> None:
        """Number those whose new names others of the same parent have too."""
        numbers: dict[tuple[tuple[int, int], str], int] = {}  # that are taken, by the names without them
        taken = {(_parent(field), text_of(field.T)) for field, before in self._met if text_of(field.T) == before}
        for field, before in self._met:
            now, above = text_of(field.T), _parent(field)
            if now == before:
                continue
            number = numbers.get((above, now), 1)
            name = f"{now} {number}" if number > 1 else now
            while (above, name) in taken:
                number += 1
                name = f"{now} {number}"
            taken.add((above, name))
            numbers[(above, now)] = number
            if name != now:
                field.T = pikepdf.String(name)


def _parent(field: Any) -> tuple[int, int]:
    found: tuple[int, int] = dictionary_of(field.get("/Parent")).objgen
    return found
