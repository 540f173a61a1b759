"""Prints the reference page of all entity types."""

import sys
from collections.abc import Iterator

from expunct_server.redaction.entities import ALIASES, ENTITY_TYPES
from expunct_server.redaction.patterns import PATTERNS, Pattern


def documentation() -> Iterator[str]:
    """The reference page of all entity types and the patterns that find them, in Markdown, line by line."""
    yield "# Entity types\n"
    yield "Made from the table in the source; `python -m expunct_server.redaction.patterns` prints it anew.\n"
    yield (
        "A pattern's finding scores as the second column says; the third counts where a context word is near. Findings "
        "below the threshold of a policy, 0.5 unless it says otherwise, do not count. A type without patterns is found "
        "by models, by the names of columns and keys, and by a policy's own rules.\n"
    )
    for entity_type, category in ENTITY_TYPES.items():
        names = sorted(alias for alias, meant in ALIASES.items() if meant == entity_type)
        also = f" Also called {' and '.join(f'`{name}`' for name in names)}." if names else ""
        yield f"## {entity_type}\n"
        yield f"Category: {category}.{also}\n"
        yield from _table([row for row in PATTERNS if row.entity_type == entity_type])


def _table(rows: list[Pattern]) -> Iterator[str]:
    if not rows:
        return
    yield "| Recognizer | Score | In context | Check | Countries | Languages of its words |\n|---|---|---|---|---|---|"
    for row in rows:
        near = f"{row.context_score:g}" if row.context is not None and row.context_score is not None else ""
        check = (row.check_name or "").replace("_", " ")
        yield (
            f"| `{row.recognizer}` | {row.score:g} | {near} | {check} | {' '.join(row.countries)} | {' '.join(row.languages)} |"
        )
    yield ""


if __name__ == "__main__":
    sys.stdout.write("\n".join(documentation()) + "\n")
