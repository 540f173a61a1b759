"""What archives share: names of members, limits, and members as documents inside."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from expunct_server.redaction.formats.common import UNREAD, DocumentError, in_words
from expunct_server.redaction.formats.isolated.work import Edit, Text, Work

_RATIO: Final = 200
"""How many times larger than the archive its members may be, beyond `_FREE` bytes."""
_FREE: Final = 64 * 1024 * 1024
_CACHES: Final = re.compile(r"(?:^|/)(?:__MACOSX/|\._[^/]*$|\.DS_Store$|Thumbs\.db$|ehthumbs\.db$|desktop\.ini$)", re.I)
_NOT_IN_NAMES: Final = re.compile(r'[<>:"|?*\\/\x00-\x1f]')
_OUT: Final = re.compile(r"\A(?:[A-Za-z]:)?[/\\]+|\A[A-Za-z]:(?=[^/\\]*[/\\])|(?:(?<=[/\\])|\A)\.\.[/\\]+")
_UP: Final = re.compile(r"(?:(?<=[/\\])|\A)\.\.\Z")
_LED_OUT: Final = "Names of members that led out of the archive were shortened."
CACHE: Final = "Files that systems keep for themselves, such as Thumbs.db, were taken out of the archive."


@dataclass(slots=True)
class Members:
    """The members of one archive on their way; `size` is the archive's, in bytes. `count` is the number of the current
    one, from 1; `has_read` says that one with content was."""

    work: Work
    size: int
    unpacked: int = 0
    count: int = 0
    has_read: bool = False
    _lost: dict[str, list[int]] = field(default_factory=dict)  # numbers of members by code
    _first: str = ""
    _taken: set[str] = field(default_factory=set, repr=False)
    _counts: dict[str, int] = field(default_factory=dict, repr=False)  # of names that became the same

    def names(self, names: Sequence[str]) -> list[str]:
        """The names of all members, in order, redacted: no two the same but those that were. Raises DocumentError."""
        if len(names) > self.work.limits.members:
            raise DocumentError("too_large", f"An archive may have {self.work.limits.members:,} members.")
        answers = self.work.redacted([Text(name) for name in names], lambda i, _: f"member {i + 1}, name")
        made = []
        self._taken.update(names)
        for name, answer in zip(names, answers, strict=True):
            new = _inside(named(name, answer.edits))
            made.append(name if new == name else self._free(new))
        if any(_inside(name) != name for name in names):
            self.work.note(_LED_OUT)
        return made

    def take(self, source: BinaryIO, claimed: int) -> bytes:
        """The bytes of the next member, whose size is said to be `claimed`. Raises DocumentError beyond the limits."""
        limits = self.work.limits
        if claimed > limits.inner:
            raise DocumentError(
                "too_large", f"Member {self.count} of the archive has more than {limits.inner:,} bytes."
            )
        data = source.read(min(claimed, limits.inner) + 1)
        if len(data) != claimed:
            raise DocumentError("unreadable", f"Member {self.count} of the archive is not as long as it says.")
        self.unpacked += len(data)
        if self.unpacked > limits.unpacked:
            raise DocumentError("too_large", f"The members of an archive may have {limits.unpacked:,} bytes in all.")
        if self.unpacked > _FREE + self.size * _RATIO:
            raise DocumentError("too_large", f"The members of an archive may have {_RATIO} times its size.")
        return data

    def redacted(self, name: str, data: bytes) -> bytes:
        """A member as what it is. Raises DocumentError, which says which of them."""
        if not data:
            return data
        try:
            made = self.work.inner(name, data, f"member {self.count}")
        except DocumentError as error:
            said = f"Member {self.count} of the archive cannot be redacted. {error.detail}"
            raise DocumentError(error.code, said) from None
        self.has_read = True
        return made

    def lose(self, error: DocumentError) -> None:
        """Do without the current member. Raises the error where the archive cannot: it is one of all members."""
        if error.code not in UNREAD:
            raise error
        self._first = self._first or error.detail
        self._lost.setdefault(error.code, []).append(self.count)

    def tell(self) -> None:
        """Say which members were taken out. Raises DocumentError where nothing is left that was read."""
        if self._lost and not self.has_read:
            raise DocumentError(next(iter(self._lost)), f"Nothing in the archive can be redacted. {self._first}")
        for code, numbers in self._lost.items():
            members, were = ("Member", "was") if len(numbers) == 1 else ("Members", "were")
            self.work.note(
                f"{members} {in_words(numbers)} of the archive could not be read and {were} taken out ({code})."
            )

    def is_cache(self, name: str) -> bool:
        """Whether a member is left out, unread."""
        if not _CACHES.search(name):
            return False
        self.work.note(CACHE)
        return True

    def refuse(self, what: str) -> DocumentError:
        return DocumentError("unsupported_format", f"Member {self.count} of the archive is {what}, which is not read.")

    def _free(self, name: str) -> str:
        """The name, with a number where it is taken; folders may be the same."""
        made = name
        number = self._counts.get(name, 1)
        while made in self._taken and not name.endswith("/"):
            number += 1
            folder, slash, last = name.rpartition("/")
            stem, dot, suffix = last.rpartition(".")
            made = f"{folder}{slash}{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"
        self._taken.add(made)
        self._counts[name] = number
        return made


def _inside(name: str) -> str:
    """A name that leads to no place but below the folder that an archive is unpacked in."""
    return _UP.sub("_", _OUT.sub("", name)) or "_"


def named(name: str, edits: Sequence[Edit]) -> str:
    """The name with its replacements, less what no file system takes in a name."""
    parts = []
    position = 0
    for edit in edits:
        parts += [name[position : edit.start], _NOT_IN_NAMES.sub("", edit.replacement) or "_"]
        position = edit.end
    return "".join([*parts, name[position:]])


def as_text(data: bytes) -> str:
    """What a member says where it is text; others were read on their own."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""
