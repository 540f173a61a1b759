"""Labelled text: our own set with marks in the text, and sets of others as JSON lines.

Our own: files `kind.language.txt` of documents separated by lines of `---`. `{PERSON|Jane Doe}` is a span,
`{?DATE_TIME|14:30}` one that counts neither way; other braces are text. `~+~` is left out: it keeps made-up keys from
looking like leaked ones to whoever scans a repository.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

OWN: Final = Path(__file__).parents[1] / "data" / "detection"
NEGATIVES: Final = "negatives"
"""The kind of the documents without any personal data."""

_MARK = re.compile(r"\{(\??)([A-Z][A-Z_]+)\|([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Gold:
    """A labelled span; `start` and `end` count code points, end exclusive. What is `ignored` counts neither way."""

    start: int
    end: int
    type: str
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """`language` is a tag such as `en`."""

    id: str
    text: str
    spans: tuple[Gold, ...]
    language: str = "en"


def parse(marked: str) -> tuple[str, tuple[Gold, ...]]:
    """The text without its marks, and the spans that they name."""
    marked = marked.replace("~+~", "")
    parts: list[str] = []
    spans: list[Gold] = []
    size = last = 0
    for mark in _MARK.finditer(marked):
        before, value = marked[last : mark.start()], mark[3]
        start = size + len(before)
        parts += [before, value]
        size, last = start + len(value), mark.end()
        spans.append(Gold(start, size, mark[2], bool(mark[1])))
    return "".join([*parts, marked[last:]]), tuple(spans)


def own(folder: Path = OWN) -> list[Document]:
    """Our own set; a document's id is its file and its number in it, from 1: `mails.en-7`."""
    return [document for path in sorted(folder.glob("*.*.txt")) for document in _documents(path)]


def _documents(path: Path) -> Iterator[Document]:
    language = path.stem.split(".")[1]
    for number, marked in enumerate(path.read_text("utf-8").split("\n---\n"), 1):
        yield Document(f"{path.stem}-{number}", *parse(marked.strip("\n")), language)


def read_jsonl(path: Path) -> list[Document]:
    """A set of others, in English: `{"id", "text", "spans": [{"start", "end", "type", "ignore"?}]}` on each line."""
    with path.open(encoding="utf-8") as lines:
        return [_document(json.loads(line)) for line in lines if line.strip()]


def _document(row: dict[str, Any]) -> Document:
    spans = tuple(Gold(s["start"], s["end"], s["type"], bool(s.get("ignore"))) for s in row["spans"])
    return Document(row["id"], row["text"], spans)
