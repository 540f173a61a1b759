"""Content streams: their instructions, and what is to be taken out of them (ISO 32000-2, 7.8 and 8.2)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pikepdf

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pdf import beside
from expunct_server.redaction.formats.pdf.values import Matrix, dictionary_of, entry, name_of, number_of

MOST_INSTRUCTIONS: Final = 20_000_000
UNREADABLE: Final = ("unreadable", "A page of the document is damaged: its content could not be read.")
TOO_MUCH: Final = (
    "too_large",
    f"The pages of a document may have {MOST_INSTRUCTIONS:,} drawn letters and lines in all.",
)

INLINE: Final = "INLINE IMAGE"
"""What the reader of contents calls a picture in one, with all of its parts."""
_OPERANDS: Final = {
    "Tj": ("string",), "TJ": ("array",), "'": ("string",), '"': ("number", "number", "string"),
    "BDC": ("name", "properties"), "DP": ("name", "properties"),
    # What says where text stands: readers do different things where less is told, such as nothing, or take it for 0.
    **dict.fromkeys(("Tm", "cm"), ("number",) * 6), **dict.fromkeys(("Td", "TD"), ("number",) * 2),
    **dict.fromkeys(("Tc", "TL", "Tr", "Ts", "Tw", "Tz"), ("number",)), "Tf": ("name", "number"),
}  # fmt: skip
_COUNTS: Final = {operator: len(kinds) for operator, kinds in _OPERANDS.items()}
SHOWING: Final = frozenset(("Tj", "TJ", "'", '"'))
MARKING: Final = frozenset(("BDC", "DP"))
_BEGINNING: Final = frozenset(("BDC", "BMC"))
SAID: Final = frozenset(("/ActualText", "/Alt", "/E"))
"""What a mark, or an element of structure, says instead of what it is around (ISO 32000-2, 14.9)."""
_BARE: Final = frozenset((
    "b", "B", "b*", "B*", "BT", "BX", "EMC", "ET", "EX", "f", "F", "f*", "h", "n", "q", "Q", "s", "S", "T*", "W", "W*",
))  # fmt: skip
"""Those without operands: whatever is before them, readers do what they say."""
_OTHERS: Final = "BI c CS cs d d0 d1 Do EI G g gs i ID j J K k l M m MP re RG rg ri sc SC scn SCN sh v w y"
_KNOWN: Final = _BEGINNING | _BARE | frozenset((INLINE, *_OPERANDS, *_OTHERS.split()))


_STATES: Final = {"q": 1, "Q": -1}
_MARKS: Final = {"BDC": 1, "BMC": 1, "EMC": -1}


class Shown(NamedTuple):
    """A glyph of an instruction: bytes `start` to `end` of the string that is number `part` of its operands, and the
    number of a TJ array that moves as far."""

    part: int
    start: int
    end: int
    gap: float


class Setting(NamedTuple):
    """How an instruction shows text (ISO 32000-2, 9.3): `font` is the instruction that chose it, None where that is in
    another content; `paint` are those that say what it is filled with, none of them for black. `clip` is left, bottom,
    right and top of what is seen, None for all of it; it `is_plain` where it is drawn as it is, over what is there."""

    font: int | None
    size: float
    char: float
    word: float
    scale: float
    rise: float
    mode: int
    paint: tuple[int, ...]
    clip: tuple[float, float, float, float] | None
    is_plain: bool


class Start(NamedTuple):
    """Where a text object begins: the number of the instruction, the matrix, how many areas were painted before, and
    `clip` and `is_plain` as of a setting."""

    number: int
    matrix: Matrix
    painted: int
    clip: tuple[float, float, float, float] | None
    is_plain: bool


class Begun(NamedTuple):
    """Where an instruction that shows text is: in which text object; how far a unit of text goes across the page;
    whether letters are mirrored."""

    setting: Setting
    start: Start
    across: float
    is_mirrored: bool


@dataclass(slots=True)
class Content:
    """One stream (or all of a page), read once however often it is drawn.

    `cuts` are the numbers of the glyphs to be taken out, by instruction; `shown` all glyphs of those that show text, in
    one of `fonts`; `replaced` are operands that have changed; None takes the instruction out. `silent` are the numbers
    of marks that stand around something that is taken out; `told` have a key for what was found in themselves. `begun`
    says of those that show text on a page where that is; `before` are instructions to come before one, `instead` those
    in the places of glyphs that are taken out.
    """

    owner: Any
    resources: Any
    instructions: list[Any]
    shown: dict[int, list[Shown]] = field(default_factory=dict)
    fonts: dict[int, set[Any]] = field(default_factory=dict)
    cuts: dict[int, set[int]] = field(default_factory=dict)
    replaced: dict[int, list[Any] | None] = field(default_factory=dict)
    silent: set[int] = field(default_factory=set)
    told: set[tuple[int, str]] = field(default_factory=set)
    begun: dict[int, Begun] = field(default_factory=dict)
    before: dict[int, list[Any]] = field(default_factory=dict)
    instead: dict[int, dict[int, list[Any]]] = field(default_factory=dict)


@dataclass(slots=True)
class Reader:
    """Reads content streams, and counts what that takes for all of a document."""

    instructions: int = 0

    def read(self, owner: Any, resources: Any) -> Content:
        """Raises DocumentError."""
        try:
            instructions = list(self._counted(owner))
        except (pikepdf.PdfError, TypeError, ValueError, RuntimeError):
            raise DocumentError(*UNREADABLE) from None
        return Content(owner, dictionary_of(resources), instructions)

    def _counted(self, owner: Any) -> Iterator[Any]:
        for each in pikepdf.parse_content_stream(owner):
            self.count()
            sound = _sound(each)
            if sound is not None:
                yield sound

    def count(self, more: int = 1) -> None:
        """Raises DocumentError."""
        self.instructions += more
        if self.instructions > MOST_INSTRUCTIONS:
            raise DocumentError(*TOO_MUCH)


def _sound(instruction: Any) -> Any:
    """An instruction as its readers will take it, without what is in the way before its operands.

    None for one of which nobody knows what it does, or whose operands are none for it. What has an end stays in any
    case: its end would be that of another.
    """
    operator = operator_of(instruction)
    if operator == INLINE:
        return instruction if beside.is_bare(instruction.iimage) else None
    operands = list(instruction.operands)
    if operator in _BARE:
        return pikepdf.ContentStreamInstruction([], instruction.operator) if operands else instruction
    if operator in _BEGINNING:
        return _beginning(operands, operator)
    count = _COUNTS.get(operator)
    if count is None:
        return instruction if operator in _KNOWN and not any(map(_may_say, operands)) else None
    wanted = operands[-count:]
    if len(wanted) < count or not all(map(_fits, _OPERANDS[operator], wanted)):
        return None
    if operator == "TJ":
        wanted = [pikepdf.Array([each for each in wanted[0] if isinstance(each, pikepdf.String) or _is_number(each)])]
    return pikepdf.ContentStreamInstruction(wanted, instruction.operator)


def _beginning(operands: list[Any], operator: str) -> Any:
    """The beginning of a mark: of one that has no list of properties, its tag alone (ISO 32000-2, 14.6.1)."""
    wanted = operands[-2:]
    if operator == "BDC" and len(wanted) == 2 and all(map(_fits, _OPERANDS[operator], wanted)):
        return pikepdf.ContentStreamInstruction(wanted, pikepdf.Operator(operator))
    tag = next((each for each in reversed(wanted) if isinstance(each, pikepdf.Name)), pikepdf.Name.Span)
    return pikepdf.ContentStreamInstruction([tag], pikepdf.Operator("BMC"))


def _fits(kind: str, value: Any) -> bool:
    return (
        (kind == "string" and isinstance(value, pikepdf.String))
        or (kind == "array" and isinstance(value, pikepdf.Array))
        or (kind == "number" and _is_number(value))
        or (kind == "name" and isinstance(value, pikepdf.Name))
        or (kind == "properties" and isinstance(value, pikepdf.Name | pikepdf.Dictionary))
    )


def _may_say(value: Any) -> bool:
    if isinstance(value, pikepdf.Array):
        return not all(map(_is_number, value))
    return isinstance(value, pikepdf.String | pikepdf.Dictionary)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def operator_of(instruction: Any) -> str:
    """What an instruction does; "" where damage has made it none."""
    try:
        return str(instruction.operator)
    except UnicodeDecodeError:
        return ""


def parts_of(operands: list[Any]) -> list[Any]:
    """What a text-showing instruction shows."""
    return list(operands[0]) if operands and isinstance(operands[0], pikepdf.Array) else operands[-1:]


def written(content: Content) -> bytes:
    """The stream without what was cut: unknown instructions, comments, and what does not balance are gone too."""
    _silence(content)
    kept: list[Any] = []
    states, marks, in_text = 0, 0, False
    for i, instruction in enumerate(content.instructions):
        operator = operator_of(instruction)
        in_text = operator == "BT" or (in_text and operator != "ET")
        states += _STATES.get(operator, 0)
        marks += _MARKS.get(operator, 0)
        if states < 0 or marks < 0:
            states, marks = max(states, 0), max(marks, 0)
            continue  # an error that readers pass over
        kept += content.before.get(i, [])
        kept += rewritten(content, i)
    for operator, count in (("ET", int(in_text)), ("EMC", marks), ("Q", states)):
        kept += [([], pikepdf.Operator(operator))] * count
    return pikepdf.unparse_content_stream(kept)


def _silence(content: Content) -> None:
    """What marks say instead of what has gone goes with it: they may have had a letter each (ISO 32000-2, 14.9).

    A list of properties among the resources, where other marks may have it too, stays as it is (`marks.Shared`).
    """
    for number in content.silent:
        operands = content.replaced.get(number) or list(content.instructions[number].operands)
        said = properties_of(content, operands)
        gone = {key for key in SAID.intersection(said.keys()) if (number, key) not in content.told}
        if not gone:
            continue
        if isinstance(operands[1], pikepdf.Name) and name_of(operands[0]) == "OC":
            for key in gone:  # a layer, which is found by its name
                del said[key]
            continue
        is_listed = isinstance(operands[1], pikepdf.Name)
        kept = {key: each for key, each in said.items() if key not in gone and (not is_listed or _is_plain(each))}
        content.replaced[number] = [operands[0], pikepdf.Dictionary(kept)]


def _is_plain(value: Any) -> bool:
    """Whether a value may stand in a content: nothing in it may be an object of its own (ISO 32000-2, 7.8.2)."""
    if isinstance(value, pikepdf.Array):
        return not value.is_indirect and all(map(_is_plain, value))
    return not isinstance(value, pikepdf.Dictionary | pikepdf.Stream) and not getattr(value, "is_indirect", False)


def properties_of(content: Content, operands: list[Any]) -> Any:
    """What a mark says of what it is around, in itself or among the resources (ISO 32000-2, 14.6.2)."""
    said = operands[1]
    return dictionary_of(entry(content.resources.get("/Properties"), said) if isinstance(said, pikepdf.Name) else said)


def rewritten(content: Content, number: int) -> list[Any]:
    """What an instruction has become: itself, others, or none."""
    instruction = content.instructions[number]
    if number in content.replaced:
        operands = content.replaced[number]
        return [] if operands is None else [(operands, instruction.operator)]
    if number in content.cuts:
        instead = content.instead.get(number, {})
        operands, operator = list(instruction.operands), operator_of(instruction)
        return _cut(content.shown[number], content.cuts[number], instead, operands, operator)
    return [instruction]


def _cut(
    shown: list[Shown], cuts: set[int], instead: dict[int, list[Any]], operands: list[Any], operator: str
) -> list[Any]:
    """A text-showing instruction without some of its glyphs: a gap as wide as each run of them stands in its place, so
    that nothing moves, and the widths of single ones cannot be told. What comes instead of one is before the gap."""
    kept: list[Any] = []
    if operator == '"':
        kept += [([operands[0]], pikepdf.Operator("Tw")), ([operands[1]], pikepdf.Operator("Tc"))]
    if operator in "\"'":
        kept.append(([], pikepdf.Operator("T*")))
    array: list[Any] = []
    glyphs = iter(enumerate(shown))
    following = next(glyphs, None)
    for part, each in enumerate(parts_of(operands)):
        if not isinstance(each, pikepdf.String):
            _add(array, number_of(each))
            continue
        raw = bytes(each)
        while following is not None and following[1].part == part:
            (number, glyph), following = following, next(glyphs, None)
            if number in instead:
                kept += [*_showing(array), *instead[number]]
                array = []
            _add(array, glyph.gap if number in cuts else raw[glyph.start : glyph.end])
    return kept + _showing(array)


def _showing(array: list[Any]) -> list[Any]:
    return [([pikepdf.Array([_operand(each) for each in array])], pikepdf.Operator("TJ"))] if array else []


def _add(array: list[Any], each: Any) -> None:
    """Appended, or joined with a neighbour of its kind."""
    if array and isinstance(array[-1], bytes) is isinstance(each, bytes):
        array[-1] += each
    else:
        array.append(each)


def _operand(each: float | bytes) -> Any:
    return pikepdf.String(each) if isinstance(each, bytes) else Decimal(f"{each:.4f}")
