"""One document of markup on its way: its texts are asked about, and the answers are put into its source."""

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import quote, unquote

from expunct_server.redaction.formats.isolated.following import Following
from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work
from expunct_server.redaction.formats.markup import following
from expunct_server.redaction.formats.markup.carried import carried
from expunct_server.redaction.formats.markup.elements import is_namespace
from expunct_server.redaction.formats.markup.following import Said
from expunct_server.redaction.formats.markup.pieces import Joined, Piece, Splice, plain, referring, spliced, style_value
from expunct_server.redaction.formats.markup.tags import Attribute, Token

MAX: Final = 64 * 1024 * 1024
"""Bytes of a document of markup, which has to be held whole."""
_LINE_END = re.compile(r"\n|\r(?!\n)")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_IN_ADDRESS: Final = "".join(map(chr, range(33, 127))).replace("%", "")
_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")
_LOOSE_HYPHEN = re.compile(r"(?<![0-9A-Za-z])-|-(?![0-9A-Za-z])")
_NOT_DECLARED = re.compile(r"[<>\[\]\"'&%]+")


def in_text(new: str) -> str:
    return html.escape(new, quote=False)


def in_value(new: str) -> str:
    return html.escape(new)


def in_comment(new: str) -> str:
    """Never what ends a comment, with what stands around it; XML 1.0, section 2.5, forbids two hyphens."""
    return re.sub(r"^>", "_", _LOOSE_HYPHEN.sub("_", new)) or " "


def in_raw(new: str) -> str:
    """Never an end tag, and not what begins one."""
    return new.replace("</", "<_").replace("<!", "<_") or " "


def in_cdata(new: str) -> str:
    return re.sub(r"^>", "_", new.replace("]", ")"))


def in_instruction(new: str) -> str:
    return re.sub(r"^>", "_", new.replace("?", "_")) or " "


def in_declaration(new: str) -> str:
    return _NOT_DECLARED.sub("", new) or "_"


def in_name(new: str) -> str:
    """What a name of an element may be of."""
    said = _NO_NAME.sub("-", new).strip("-")
    return said if said[:1].isalpha() else f"x{said}"


@dataclass(slots=True)
class Rewriting:
    """The source of a document and what of it will change."""

    work: Work
    source: str = field(repr=False)
    splices: list[Splice] = field(default_factory=list, repr=False)
    renamed: dict[str, str] = field(default_factory=dict, repr=False)
    _apart: list[tuple[Said, str]] = field(default_factory=list, repr=False)
    _hidden: list[tuple[Said, str]] = field(default_factory=list, repr=False)
    _lines: list[int] = field(default_factory=list, repr=False)
    _following: dict[int, Following] = field(default_factory=dict, repr=False)
    """By the number of comments that they are in."""

    def __post_init__(self) -> None:
        self._lines = [m.end() for m in _LINE_END.finditer(self.source)]

    def line(self, position: int) -> int:
        return bisect_right(self._lines, position) + 1

    # --- texts ---

    def text(
        self,
        unit: Joined,
        place: str = "",
        on_edits: Callable[[Sequence[Splice]], None] | None = None,
        *,
        follows: bool = True,
        column: Hashable = None,
        depth: int = 0,
    ) -> None:
        """A text in one or several pieces; `place` says more than the line. `on_edits` hears what of it goes. One that
        `follows` is read after the one before it in as many comments, and after the one above it in a `column`."""
        if not unit.pieces:
            return
        edits: list[Edit] = []
        said = Said(unit, edits, self.splices)
        if len(unit.pieces) > 1 and unit.has_to_be_seen_apart():
            self._apart.append((said, place))
        if 0 < sum(each.hidden for each in unit.pieces) < len(unit.pieces):
            self._hidden.append((said, place))

        def apply(redacted: Redacted) -> None:
            edits.extend(redacted.edits)
            made = unit.splices(redacted.edits)
            self.splices += made
            if on_edits is not None:
                on_edits(made)

        self.work.add(Text(unit.text, unit.pieces[0].names), apply, partial(self._locate, unit, place))
        if follows and unit.text.strip():
            others = self._following.setdefault(depth, Following(self.work))
            others.add(following.line(said, self._locate), column)

    def end_table(self, depth: int) -> None:
        """What was in columns so far, in so many comments, goes on in none that follows."""
        if depth in self._following:
            self._following[depth].end_table()

    def text_with_ruby(self, unit: Joined, column: Hashable = None, depth: int = 0) -> None:
        """A text in which the pronunciation of names may stand between their characters: read without it, and it alone.
        That of what goes is taken out."""
        beside = [each for each in unit.pieces if each.aside]
        if not beside:
            self.text(unit, column=column, depth=depth)
            return
        base = Joined([each for each in unit.pieces if not each.aside])
        self.text(base, on_edits=partial(self._silence, unit.pieces), column=column, depth=depth)
        self.text(Joined(beside), follows=False)

    def _silence(self, pieces: Sequence[Piece], taken: Sequence[Splice]) -> None:
        """Take out what says how characters are pronounced that are taken out."""
        said = False
        for each in pieces:
            end = each.start + len(each.raw)
            if not each.aside:
                said = any(splice.start < end and splice.end > each.start for splice in taken)
            elif said:
                self.splices.append(Splice(each.start, end, ""))

    def stretch(
        self,
        low: int,
        high: int,
        write: Callable[[str], str],
        place: str,
        names: tuple[str, ...] = (),
        made: Callable[..., Piece] = plain,
    ) -> None:
        """A stretch of the source that says what stands there, as `made` of it: a comment, a script."""
        files = list(carried(self.work, self.source, low, high, f"line {self.line(low)}, {place}"))
        self.splices += files
        for start, end in _beside(low, high, files):
            self.text(Joined([made(start, self.source[start:end], write, names)]), place, follows=False)

    def value(self, attribute: Attribute, names: tuple[str, ...], place: str) -> None:
        """The value of an attribute. One without quotes gets some where it has to change."""
        if attribute.start < 0 or is_namespace(attribute, self.source):
            return
        # What stands in the place of a namespace has to be a URI, which has no brackets.
        write = in_name if attribute.name.lower().startswith("xmlns") else in_value
        low, high = attribute.start, attribute.end
        files = list(carried(self.work, self.source, low, high, f"line {self.line(low)}, {place}"))
        self.splices += files
        for start, end in _beside(low, high, files):
            made = style_value if attribute.name.lower() == "style" else referring
            piece = made(start, self.source[start:end], write, names)
            if write is in_value and _PERCENT.search(piece.text):
                self._address(piece, place, attribute)
            else:
                self._plain_value(piece, place, attribute)

    def _plain_value(self, piece: Piece, place: str, attribute: Attribute) -> None:
        unit = Joined([piece])

        def apply(redacted: Redacted) -> None:
            made = unit.splices(redacted.edits)
            self.splices += made if attribute.quote else [self._quoted(piece, made)]

        self.work.add(Text(piece.text, piece.names), apply, partial(self._locate, unit, place))

    def _quoted(self, piece: Piece, made: Sequence[Splice]) -> Splice:
        moved = [Splice(each.start - piece.start, each.end - piece.start, each.new) for each in made]
        return Splice(piece.start, piece.start + len(piece.raw), f'"{spliced(piece.raw, moved)}"')

    def _address(self, piece: Piece, place: str, attribute: Attribute) -> None:
        """A value with percent signs that may hide something (RFC 3986, section 2.1): written anew if it does."""
        said = unquote(piece.text, errors="replace")

        def apply(redacted: Redacted) -> None:
            raw = in_value(quote(redacted.text, safe=_IN_ADDRESS))
            raw = raw if attribute.quote else f'"{raw}"'
            self.splices.append(Splice(piece.start, piece.start + len(piece.raw), raw))

        where = self._place(piece.start, place)
        self.work.add(Text(said, piece.names), apply, lambda _: where)

    def put(self, start: int, end: int, new: str) -> None:
        """Characters of the source become `new`."""
        self.splices.append(Splice(start, end, new))

    # --- names ---

    def names(self, used: Iterable[tuple[str, int]]) -> None:
        """Names of elements and attributes, each with a place where it stands. What is found in one gives it another
        name, the same everywhere."""
        first: dict[str, int] = {}
        for name, position in used:
            first.setdefault(name, position)
        asked = list(first)
        answers = self.work.redacted(
            [Text(name, (), False) for name in asked], lambda i, _: self._place(first[asked[i]], "name")
        )
        for name, answer in zip(asked, answers, strict=True):
            if answer.edits:
                self.renamed[name] = f"{in_name(answer.text)}-{len(self.renamed) + 1}"

    def rename(self, token: Token) -> None:
        """The new names of a tag, if it has some."""
        if not self.renamed:
            return
        for start, name in (
            (token.low, self.source[token.low : token.high]),
            *((each.name_start, each.name) for each in token.attributes),
        ):
            new = self.new_name(name)
            if new != name:
                self.splices.append(Splice(start, start + len(name), new))

    def new_name(self, name: str) -> str:
        return ":".join(self.renamed.get(part, part) for part in name.split(":"))

    # --- the end ---

    def finish(self) -> str:
        """The redacted source."""
        self.work.flush()
        for said, place in self._hidden:
            shown = said.left().shown()
            self.work.add(
                Text(shown.text, said.unit.pieces[0].names),
                partial(_take_shown, said),
                partial(self._locate, shown, place),
            )
        self.work.flush()
        for said, place in self._apart:
            for each in (Joined([piece]) for piece in said.left().pieces if piece.raw):
                self.work.add(
                    Text(each.text, each.pieces[0].names),
                    partial(self._apply, each),
                    partial(self._locate, each, place),
                )
        self.work.flush()
        for texts in self._following.values():
            texts.ask()
        return spliced(self.source, self.splices)

    def _apply(self, unit: Joined, redacted: Redacted) -> None:
        self.splices += unit.splices(redacted.edits)

    def _locate(self, unit: Joined, place: str, edit: Edit) -> str:
        position, more = unit.place_of(edit.start)
        return self._place(position, more or place)

    def _place(self, position: int, place: str) -> str:
        return f"line {self.line(position)}" + (f", {place}" if place else "")


def _take_shown(said: Said, redacted: Redacted) -> None:
    said.shown().take(redacted.edits)


def _beside(low: int, high: int, taken: Sequence[Splice]) -> list[tuple[int, int]]:
    """The stretches of `low` to `high` that are in none of these, empty ones left out."""
    bounds = [low, *(b for each in taken for b in (each.start, each.end)), high]
    return [(bounds[i], bounds[i + 1]) for i in range(0, len(bounds), 2) if bounds[i] < bounds[i + 1]]
