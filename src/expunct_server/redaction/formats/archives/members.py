"""What archives share: names of members, limits, and members as documents inside."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Edit, Text, Work

_RATIO: Final = 200
"""How many times larger than the archive its members may be, beyond `_FREE` bytes."""
_FREE: Final = 64 * 1024 * 1024
_CACHES: Final = re.compile(r"(?:^|/)(?:__MACOSX/|\._[^/]*$|\.DS_Store$|Thumbs\.db$|ehthumbs\.db$|desktop\.ini$)", re.I)
_NOT_IN_NAMES: Final = re.compile(r'[<>:"|?*\\/\x00-\x1f]')
CACHE: Final = "Files that systems keep for themselves, such as Thumbs.db, were taken out of the archive."


@dataclass(slots=True)
class Members:
    """The members of one archive on their way; `size` is the archive's, in bytes."""

    work: Work
    size: int
    unpacked: int = 0
    count: int = 0
    _taken: set[str] = field(default_factory=set, repr=False)

    def names(self, names: Sequence[str]) -> list[str]:
        """The names of all members, in order, redacted: no two the same but those that were. Raises DocumentError."""
        if len(names) > self.work.limits.members:
            raise DocumentError("too_large", f"An archive may have {self.work.limits.members:,} members.")
        answers = self.work.redacted([Text(name) for name in names], lambda i, _: f"member {i + 1}, name")
        made = []
        self._taken.update(names)
        for name, answer in zip(names, answers, strict=True):
            made.append(self._free(_named(name, answer.edits)) if answer.edits else name)
        return made

    def take(self, source: BinaryIO, claimed: int) -> bytes:
        """The bytes of the next member, whose size is said to be `claimed`. Raises DocumentError beyond the limits."""
        self.count += 1
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
            return self.work.inner(name, data, f"member {self.count}")
        except DocumentError as error:
            said = f"Member {self.count} of the archive cannot be redacted. {error.detail}"
            raise DocumentError(error.code, said) from None

    def is_cache(self, name: str) -> bool:
        """Whether a member is left out, unread."""
        if not _CACHES.search(name):
            return False
        self.work.note(CACHE)
        return True

    def refuse(self, what: str) -> DocumentError:
        return DocumentError(
            "unsupported_format", f"Member {self.count + 1} of the archive is {what}, which is not read."
        )

    def _free(self, name: str) -> str:
        """The name, with a number where it is taken; folders may be the same."""
        made = name
        number = 1
        while made in self._taken and not name.endswith("/"):
            number += 1
            folder, slash, last = name.rpartition("/")
            stem, dot, suffix = last.rpartition(".")
            made = f"{folder}{slash}{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"
        self._taken.add(made)
        return made


def _named(name: str, edits: Sequence[Edit]) -> str:
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
