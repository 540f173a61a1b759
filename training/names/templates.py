"""Reads templates and fills them: text with the places of its names."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from training.names.fill import LABELS, Filler

FOLDER: Final = Path(__file__).parent.parent / "templates"
_MARK: Final = re.compile(r"\{([a-z]+\d*)\}|\[([^\[\]|]+)\|([A-Z]+)\]")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and its names as (start, end, label), offsets in code points, end exclusive; sorted, never overlapping."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


def read(folder: Path = FOLDER) -> dict[str, list[str]]:
    """The templates of each file, by the file's name without its ending."""
    return {path.stem: list(_templates(path.read_text("utf-8"))) for path in sorted(folder.glob("*.txt"))}


def _templates(content: str) -> Iterator[str]:
    lines = [line for line in content.splitlines() if not line.startswith("#")]
    for template in re.split(r"^---\s*$", "\n".join(lines), flags=re.MULTILINE):
        if template.strip():
            yield template.strip("\n")


def filled(template: str, filler: Filler) -> Labelled:
    """The template with a value in each slot. Raises ValueError for a slot or a label that does not exist."""
    filler.forget()
    parts: list[str] = []
    spans: list[tuple[int, int, str]] = []
    position = length = 0
    for match in _MARK.finditer(template):
        before = template[position : match.start()]
        value, label = _value(match, filler)
        parts += [before, value]
        start = length + len(before)
        length = start + len(value)
        if label in LABELS:
            spans.append((start, length, label))
        position = match.end()
    return Labelled("".join([*parts, template[position:]]), tuple(spans))


def _value(match: re.Match[str], filler: Filler) -> tuple[str, str | None]:
    if match[1] is None:
        if match[3] not in (*LABELS, "O"):
            raise ValueError(f"There is no label {match[3]}.")
        return match[2], match[3]
    try:
        return filler.value(match[1])
    except KeyError:
        raise ValueError(f"There is no slot {match[1]}.") from None


def varied(labelled: Labelled, rng: random.Random) -> Labelled:
    """The text as somebody else may have written it: in small or capital letters, without its last full stop, ..."""
    text, roll = labelled.text, rng.random()
    if roll < 0.06:
        text = _same_length(text, text.lower())
    elif roll < 0.1:
        text = _same_length(text, text.upper())
    elif roll < 0.13:
        text = _same_length(text, text.title())
    elif roll < 0.2:
        text = text.rstrip(".!?")
    if 0.2 < roll < 0.26:  # only the names in capitals, as in forms
        for start, end, label in labelled.spans:
            if label == "PERSON":
                text = text[:start] + _same_length(text[start:end], text[start:end].upper()) + text[end:]
    return Labelled(text, tuple(span for span in labelled.spans if span[1] <= len(text)))


def _same_length(old: str, new: str) -> str:
    return new if len(new) == len(old) else old
