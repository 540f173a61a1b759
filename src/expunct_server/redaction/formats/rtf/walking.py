"""The walk through an RTF document: to which text each character belongs, and what goes whole."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from copy import copy
from typing import Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.initials import is_initial
from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work
from expunct_server.redaction.formats.rtf import charsets, settings, vocabulary
from expunct_server.redaction.formats.rtf.characters import Characters
from expunct_server.redaction.formats.rtf.pictures import Picture, Pictures
from expunct_server.redaction.formats.rtf.rows import Column
from expunct_server.redaction.formats.rtf.states import Fonts, State, Stream
from expunct_server.redaction.formats.rtf.stories import Stories
from expunct_server.redaction.formats.rtf.tokens import CUT_OFF, Token, tokens
from expunct_server.redaction.formats.rtf.units import CAP, Cut, Reading, Unit

_DEEPEST: Final = 2_000
_IN_WORDS: Final = {"propname": " ", "fldinst": '"'}
"""What texts hold, by what they are, where people write words in them."""
_LONGEST_NAME: Final = 80
_TAGS: Final = frozenset({"htmltag", "mhtmltag"})
_OBJECT: Final = (
    "Objects of other programs inside the document were taken out; what the document shows of them is still there."
)
_BINARY: Final = "Binary data that are no picture were taken out of the document."
_MAIL_MERGE: Final = "The settings of a mail merge were taken out of the document."
_AFTER: Final = "What stood behind the end of the document was taken out."


class Walk:
    """One document on its way. `cuts` is what has to change in its source."""

    def __init__(self, work: Work, source: str) -> None:
        self.work, self.source = work, source
        self.cuts: list[Cut] = []
        self.fonts = Fonts()
        self.unknown: dict[str, list[tuple[int, int]]] = {}
        self._counts: dict[str, int] = {}
        self._later: list[tuple[Unit, Text, str]] = []
        self._pictures = Pictures(work, source, self.cuts)
        self._stories = Stories(work, self.cuts)
        self._body = Stream("", "body", in_paragraphs=True, story=("body", 0))
        self._stack: list[State] = []
        self._state = State(self._body)
        self._characters = Characters(source, self._put)
        self._last_name = ""
        self._tags: dict[str, Stream] = {}  # tags of a page of HTML, by their control words, that may go on
        self._older: list[
            tuple[int, int, int]
        ] = []  # where texts of older programs begin, and the newer, and that ends

    def run(self) -> None:
        """Ask about all texts; then `cuts` is complete. Raises DocumentError."""
        ended = 0
        for token in tokens(self.source):
            rest = self._characters.rest(token, self._state.codec)
            if rest is not None:
                _STEPS[rest.kind](self, rest)
            if token.name == "}" and not self._stack:
                ended = token.end
                break
        if not ended:
            raise DocumentError("unreadable", CUT_OFF)
        self._after(ended)
        self.work.flush()
        self._read_otherwise()
        self._stories.ask()
        self._cut_older()
        self._ask_words()

    # --- groups ---

    def _brace(self, token: Token) -> None:
        if token.name == "{":
            self._open(token)
        else:
            self._close(token)

    def _open(self, token: Token) -> None:
        if len(self._stack) >= _DEEPEST:
            raise DocumentError("nested_too_deep", f"Groups of an RTF document may be {_DEEPEST:,} deep.")
        self._stack.append(self._state)
        self._state = copy(self._state)
        self._state.start, self._state.is_new, self._state.is_starred = token.start, True, False
        self._state.cut_from, self._state.picture, self._state.begins_text = -1, None, False
        self._state.newer = None
        self._seam()

    def _close(self, token: Token) -> None:
        if not self._stack:
            raise DocumentError("unreadable", CUT_OFF)
        closed, self._state = self._state, self._stack.pop()
        if closed.cut_from >= 0:
            is_whole = closed.cut_from == closed.start
            self.cuts.append(Cut(closed.cut_from, token.end if is_whole else token.start, ""))
        if closed.newer is not None:
            self._older.append((*closed.newer, token.end))
        if closed.picture is not None:
            closed.picture.end = token.end if closed.picture.is_whole else token.start
            self._pictures.redact(closed.picture)
        stream = closed.stream
        if stream is not None and (closed.begins_text or stream.is_named) and stream.name not in _TAGS:
            self._end_stream(stream)
        self._seam()

    def _seam(self) -> None:
        if self._state.stream is not None:
            self._state.stream.unit.is_after_seam = True

    # --- control words ---

    def _word(self, token: Token) -> None:
        state, name = self._state, token.name
        starred, state.is_starred = state.is_starred, False
        first, state.is_new = state.is_new, False
        if state.stream is None:
            return
        if (name not in vocabulary.IGNORED and name not in vocabulary.PLACES) or vocabulary.is_long(token.number):
            self._meet(token)
        begins = state.start if first else state.star if starred else token.start
        if name in vocabulary.DROPPED or name == "mailmerge":
            self._drop(name, begins)
        elif name == "object" or state.in_object:
            self._of_object(token, begins, starred)
        elif name in vocabulary.PLACES or (starred and name not in vocabulary.INLINE):
            self._enter(name, begins)
            state.upr = token.end if name == "upr" else state.upr
        elif name in vocabulary.INLINE:
            if name == "ud" and state.outside:
                self._leave()
                state.stream, state.newer = state.outside, (state.upr, begins)
            state.is_older = state.is_older or name == "nonshppict"
            state.stream.rows.define(name, None)
        else:
            self._say(token)

    def _meet(self, token: Token) -> None:
        between = " " if vocabulary.is_long(token.number) else ""
        said = token.name + ("" if token.number is None else f"{between}{token.number}")
        self.unknown.setdefault(said, []).append((token.start, token.end))

    def _leave(self) -> None:
        """The text that began in this group ends before it: who closes it would not know of it."""
        stream = self._state.stream
        if self._state.begins_text and stream is not None and stream.name not in _TAGS:
            self._end_stream(stream)

    def _drop(self, name: str, begins: int) -> None:
        self._leave()
        self._state.stream, self._state.cut_from = None, begins
        if name == "mailmerge":
            self.work.note(_MAIL_MERGE)
        elif name == "objdata":
            self.work.note(_OBJECT)

    def _of_object(self, token: Token, begins: int, starred: bool) -> None:
        """Only the result of an object is left of it, in a group as any other."""
        state = self._state
        if starred and token.name != "result":
            self._drop(token.name, begins)
        elif token.name in ("object", "result") or token.name.startswith(("obj", "rslt")):
            self.cuts.append(Cut(state.star if starred else token.start, token.end, ""))
            state.in_object = token.name != "result"
            self.work.note(_OBJECT)
        else:
            self._say(token)

    def _enter(self, name: str, begins: int) -> None:
        """Another text begins, until the end of the group."""
        state = self._state
        self._leave()
        if name in self._tags:
            state.stream, state.begins_text = self._tags[name], True
            self._seam()
            return
        if name == "upr":
            state.outside = state.stream
        if name == "pict":
            state.picture = Picture(begins, is_whole=begins == state.start, is_older=state.is_older)
        place = vocabulary.PLACES.get(name, "unknown part")
        told = vocabulary.story(name)
        depth = (state.stream.depth if state.stream is not None else 0) + bool(told)
        story = (told, depth) if told else None
        if not place.startswith(vocabulary.SINGLE):
            self._counts[place] = self._counts.get(place, 0) + 1
            place = f"{place} {self._counts[place]}"
        names = (vocabulary.NAMES[name],) if name in vocabulary.NAMES else ()
        if name in ("staticval", "linkval") and self._last_name:
            names = (self._last_name,)
        state.stream = Stream(
            name,
            place,
            names,
            in_paragraphs=told in vocabulary.IN_PARAGRAPHS,
            is_named=name == "docvar",
            story=story,
            depth=depth,
        )
        state.stream.unit.keeps_length = name in vocabulary.FIXED_LENGTH
        state.marks, state.begins_text = 0, True
        if name in _TAGS:
            self._tags[name] = state.stream

    def _end_tags(self) -> None:
        """Tags are one text until the page says something between them (MS-OXRTFEX, 2.1.3.1): one may be in several
        groups."""
        if self._tags and self._state.stream is self._body and not self._state.is_beside:
            for stream in self._tags.values():
                self._end_unit(stream)
            self._tags = {}

    def _say(self, token: Token) -> None:
        """A control word that says something of the text around it."""
        name, state = token.name, self._state
        stream = state.stream
        assert stream is not None
        if name == "u":
            self._characters.unicode(token, state.fallback)
        elif name in vocabulary.CHARACTERS:
            self._put(vocabulary.CHARACTERS[name], token.start, token.end, 0)
        elif name in vocabulary.BREAKS:
            self._put(vocabulary.BREAKS[name], token.start, token.start, 0)
        elif name in vocabulary.PARAGRAPHS:
            self._paragraph(name)
        elif settings.is_made(token, state, self.fonts):
            self._seam()
        else:
            stream.rows.define(name, token.number)
            if state.picture is not None:
                state.picture.says(token)
            self._seam()

    def _paragraph(self, name: str) -> None:
        stream = self._state.stream
        assert stream is not None
        nested = max(self._state.in_table, 2)
        if name == "par" and self._state.marks & CAP and is_initial(stream.unit.text):  # its paragraph follows
            self._seam()
        elif name == "row":
            self._end_row(stream)
        elif name == "nestrow":
            self._end_unit(stream, nested)
            self._tell(stream, stream.rows.end_row(nested))
        elif name == "nestcell":
            self._end_unit(stream, nested)
            stream.rows.end_cell(nested)
        elif name == "cell":
            said = stream.unit.text.strip()
            self._end_unit(stream, 1)
            stream.cells.end_cell(said)
            stream.rows.end_cell(1)
        else:
            if not self._state.in_table:
                self._end_table(stream)
            self._end_unit(stream)

    def _end_row(self, stream: Stream) -> None:
        if stream.unit.starts:
            self._end_unit(stream, 1)
        stream.end_row()
        self._tell(stream, stream.rows.end_row(1))

    def _end_table(self, stream: Stream) -> None:
        stream.end_table()
        self._tell(stream, stream.rows.end_table())
        if stream.story is not None:
            self._stories.end_table(stream.story)

    def _tell(self, stream: Stream, read: Iterable[tuple[tuple[Unit, str], Column | None]]) -> None:
        """What is read next of a text that belongs to a story."""
        if stream.story is not None:
            for (unit, place), column in read:
                self._stories.add(stream.story, unit, place, column)

    # --- characters ---

    def _symbol(self, token: Token) -> None:
        state, name = self._state, token.name
        if state.stream is None:
            return
        if name == "*":
            state.is_starred, state.star = True, token.start
            state.is_new = False if state.star != state.start + 1 else state.is_new
        elif name in "\r\n":
            self._paragraph("par")
        elif name == "\t":
            self._put("\t", token.start, token.start, 0)
        elif name in vocabulary.UNSEEN or name == "'":
            self._seam()
        else:
            state.is_new = state.is_starred = False
            if name in vocabulary.SYMBOLS:
                self._put(vocabulary.SYMBOLS[name], token.start, token.end, 0)
            else:  # some programs show it, others know no such symbol
                self._seam()
                self._put(name, token.start, token.end, 0)
                self._seam()

    def _text(self, token: Token) -> None:
        state = self._state
        state.is_new = state.is_starred = False
        if state.stream is None:
            return
        if state.picture is not None:
            state.picture.data.append((token.start, token.end))
            return
        self._end_tags()
        start = self._characters.begun(token.start, token.end, state.codec)
        if start < token.end:
            said = charsets.text_of(self.source[start : token.end], state.codec)
            state.stream.unit.run(said, start, state.marks)
            self._limit(state.stream)

    def _byte(self, token: Token) -> None:
        state = self._state
        state.is_new = state.is_starred = False
        if state.picture is not None:
            state.picture.is_sound = False
        elif state.stream is not None:
            self._characters.byte(int(token.name, 16), token.start, token.end, state.codec)

    def _put(self, text: str, start: int, end: int, marks: int) -> None:
        state = self._state
        if state.stream is not None and state.picture is None:
            self._end_tags()
            state.stream.unit.character(text, start, end, state.marks | marks)
            self._limit(state.stream)

    def _line(self, _: Token) -> None:
        """An end of a line in the source says nothing."""

    def _junk(self, token: Token) -> None:
        self.cuts.append(Cut(token.start, token.end, ""))  # control characters, which programs read in other ways

    def _bin(self, token: Token) -> None:
        state = self._state
        if state.stream is None:
            return
        if state.picture is not None:
            state.picture.data.append((token.start, token.end))
            state.picture.binary = token
            return
        self.cuts.append(Cut(token.start, token.end, ""))
        self.work.note(_BINARY)

    # --- asking ---

    def _limit(self, stream: Stream) -> None:
        """A text without end is read in parts, between two words."""
        size = len(stream.unit.starts)
        if size > _MOST and (size > 2 * _MOST or stream.unit.parts[-1][-1:].isspace()):
            self._end_unit(stream)

    def _end_stream(self, stream: Stream) -> None:
        """The text has ended, with the tables in it."""
        self._end_unit(stream)
        self._tell(stream, stream.rows.end())

    def _end_unit(self, stream: Stream, depth: int = 0) -> None:
        """The text is divided here; `depth` is that of a cell that ends with it."""
        unit, stream.unit = stream.unit, Unit(keeps_length=stream.unit.keeps_length)
        stream.number += 1
        if not unit.starts:
            return
        names = stream.names
        if stream.row > 0 or depth == 1 or self._state.in_table == 1:
            names = stream.cell_names(unit.text.strip())
        needed = _IN_WORDS.get(stream.name, "")
        text = Text("", names, prose=stream.name not in vocabulary.NO_PROSE and needed in unit.text)
        place = f"{stream.place}, paragraph {stream.number}" if stream.in_paragraphs else stream.place
        if stream.is_named:
            stream.names = (unit.text,) if len(unit.text) <= _LONGEST_NAME else ()
        if stream.name == "propname":
            self._last_name = unit.text.strip()[:_LONGEST_NAME]
        is_last = next(unit.others(), None) is None
        if not is_last:
            self._later.append((unit, text, place))
        self._ask(unit, unit.shown(), text, place, is_last=is_last)
        depth = depth or self._state.in_table
        waiting = stream.rows.add((unit, place), depth, len(unit.starts)) if depth else [((unit, place), None)]
        self._tell(stream, waiting)
        self.work.progress(unit.ends[-1])

    def _ask(self, unit: Unit, reading: Reading, text: Text, place: str, *, is_last: bool) -> None:
        def apply(redacted: Redacted) -> None:
            unit.take(reading, redacted.edits)
            if is_last:
                self.cuts.extend(unit.cuts())

        self.work.add(text._replace(text=reading.text), apply, lambda _: place)

    def _read_otherwise(self) -> None:
        """The other ways to read what has several, one after the other: each knows what those before took."""
        readings = [(unit, text, place, list(unit.others())) for unit, text, place in self._later]
        for step in range(max((len(each[3]) for each in readings), default=0)):
            for unit, text, place, others in readings:
                if step < len(others):
                    more, read = others[step]
                    where = f"{place}, {more}" if more else place
                    self._ask(unit, read(), text, where, is_last=False)
            self.work.flush()
        for unit, _, _, _ in readings:
            self.cuts.extend(unit.cuts())

    def _cut_older(self) -> None:
        """What stands for a text in older programs goes if something of the text does."""
        starts = sorted(cut.start for cut in self.cuts)
        for begins, newer, ends in self._older:
            if bisect_left(starts, newer) < bisect_left(starts, ends):
                self.cuts.append(Cut(begins, newer, "{}"))

    def _ask_words(self) -> None:
        """Control words that no program knows say what somebody wrote."""
        asked = list(self.unknown)
        answers = self.work.redacted([Text(word, (), False) for word in asked], _in_a_word)
        for word, answer in zip(asked, answers, strict=True):
            if answer.edits:
                self.cuts.extend(Cut(start, end, "\\redacted ") for start, end in self.unknown[word])

    def _after(self, ended: int) -> None:
        """Nothing that stands behind the document is a part of it."""
        for stream in (self._body, *self._tags.values()):
            self._end_stream(stream)
        if self.source[ended:].strip("\0\r\n \t"):
            self.work.note(_AFTER)
            self.cuts.append(Cut(ended, len(self.source), ""))


_MOST: Final = 500_000  # characters of a text that are asked about together


def _in_a_word(_: int, __: Edit) -> str:
    return "control word"


_STEPS: Final[dict[str, Callable[[Walk, Token], None]]] = {
    "word": Walk._word,
    "byte": Walk._byte,
    "symbol": Walk._symbol,
    "brace": Walk._brace,
    "text": Walk._text,
    "line": Walk._line,
    "junk": Walk._junk,
    "bin": Walk._bin,
}
