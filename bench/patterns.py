"""What the pattern path costs on three made-up texts: rows found by Hyperscan, one by one, and the way before both.

The peer is `regex.finditer` of every row over the whole text in the same run, without checks or context.
"""

import random
import time
from collections.abc import Callable

from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.matching import program, table
from expunct_server.redaction.patterns import PATTERNS
from expunct_server.redaction.wanted import Wanted

SIZE, SLOW_SIZE, SEGMENT = 2_000_000, 65_536, 65_536
WANTED = Wanted.of(resolve_types(["all"]), 0.5)

_SENTENCES = (
    "The river had risen again before anybody thought of the boats.", "She closed the window and listened to the rain.",
    "Nothing in the garden moved, and even the birds had stopped singing.", "Although it was late, they kept talking.",
    "He put the letters back where he had found them.", "The road bends twice and then follows the hills.",
    "Most of what they remembered was about bread, music and snow.", "Perhaps the older engine would have been enough.",
    "We measured it three times and wrote down the smallest value.", "Their answer came slowly, word after word.",
)  # fmt: skip
_LETTER = (
    "Dear Ms. Doe,\n\nyour card 4111 1111 1111 1111 was charged on 2024-02-29. Write to jane.doe@example.com or call "
    "+1 212-555-2368; we are at 12 Main Street, Springfield, IL 62704. Your SSN 219-09-9998 is on file.\n\n"
)


def prose(size: int) -> str:
    """Sentences without findings."""
    rng = random.Random(1)
    return " ".join(rng.choice(_SENTENCES) for _ in range(size // 50))[:size]


def logs(size: int) -> str:
    """Lines full of numbers, without findings."""
    rng = random.Random(2)
    lines = (
        f"{rng.choice(('INFO', 'DEBUG', 'WARN'))} worker-{rng.randrange(20)} request {rng.randrange(10**7)} took "
        f"{rng.random() * 100:.2f} ms status={rng.choice((200, 404, 500))} bytes={rng.randrange(10**6)} "
        f"path=/api/v1/items/{rng.randrange(10**5)}"
        for _ in range(size // 80)
    )
    return "\n".join(lines)[:size]


def letters(size: int) -> str:
    """Some seven findings in 230 characters."""
    return (_LETTER * (size // len(_LETTER) + 1))[:size]


def main() -> None:
    """Print characters a second of this thread's own time, and how many times the peer's that is."""
    began = time.thread_time()
    table.warm()
    print(f"\n### {len(PATTERNS)} rows of patterns\n\nCompiled together in {time.thread_time() - began:.1f} s.\n")
    print("| Text | Hyperscan | one by one | every row everywhere | Hyperscan to that |\n|---|---|---|---|---|")
    for make in (prose, logs, letters):
        fast = _speed(lambda text: table.find(text, WANTED), make(SIZE))
        slow = _speed(_one_by_one, make(SLOW_SIZE))
        peer = _speed(_everywhere, make(SLOW_SIZE))
        shown = " | ".join(f"{speed / 1e6:.2f} MB/s" for speed in (fast, slow, peer))
        print(f"| {make.__name__} | {shown} | {fast / peer:.0f} times |", flush=True)


def _speed(search: Callable[[str], object], text: str) -> float:
    search(text[:SEGMENT])
    began = time.thread_time()
    for start in range(0, len(text), SEGMENT):
        search(text[start : start + SEGMENT])
    return len(text) / (time.thread_time() - began)


def _one_by_one(text: str) -> None:
    engine, program.hyperscan = program.hyperscan, None
    known, table._searched = table._searched, table._Searched()
    try:
        table.find(text, WANTED)
    finally:
        program.hyperscan, table._searched = engine, known


def _everywhere(text: str) -> None:
    for row in PATTERNS:
        for _ in row.expression.finditer(text):
            pass
