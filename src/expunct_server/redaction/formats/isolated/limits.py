"""How much one document may take, enforced from outside the code that reads it."""

import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MIB: Final = 1 << 20
MOST: Final = 256
"""Bytes of a message to the program that forks documents' processes."""


@dataclass(slots=True)
class Budget:
    """What is left for a document and all that is inside it: seconds of its processes, bytes of its inner documents,
    code points of the texts that are searched, files that stand in texts."""

    seconds: float
    unpacked: int
    asked: int
    carried: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What the process of one document may take, and what may be inside it.

    `seconds` of its own work, which waiting for the search of its texts does not count to; `memory` and `output` in
    bytes; `depth` of documents inside documents; `members` of one archive or package, or files in all texts; `unpacked`
    bytes of all of them, `inner` bytes of one; `asked` code points that are searched: both readings, all forms of a
    text, and the check.
    """

    seconds: float = 1200.0
    memory: int = 2048 * MIB
    output: int = 2048 * MIB
    depth: int = 4
    members: int = 20_000
    unpacked: int = 1024 * MIB
    inner: int = 256 * MIB
    asked: int = 8192 * MIB

    def budget(self) -> Budget:
        return Budget(self.seconds, self.unpacked, self.asked, 2 * self.members)  # both readings

    def enforce(self) -> None:
        """Bind this process, for good. Beyond the memory it holds now; no core, since that would hold the document."""
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_AS, _held() + self.memory)
        _limit(resource.RLIMIT_CPU, int(self.seconds) + 1)
        _limit(resource.RLIMIT_FSIZE, self.output)
        _limit(resource.RLIMIT_NOFILE, 64)


DEFAULT: Final = Limits()


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _held() -> int:
    """Bytes of address space that this process has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
