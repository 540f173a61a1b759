"""Prints the reference page of all event types."""

import sys
from collections.abc import Iterator
from dataclasses import fields

from expunct_server.audit.catalog import CATALOG, free_text_fields, json_schema


def documentation() -> Iterator[str]:
    """The reference page of all event types, in Markdown, line by line."""
    yield "# Audit events\n"
    yield "Made from the catalog in the source; `python -m expunct_server.audit.catalog` prints it anew.\n"
    for cls in CATALOG.values():
        yield f"## {cls.event_type}\n"
        yield "\n".join(line.strip() for line in (cls.__doc__ or "").splitlines()).strip() + "\n"
        yield f"Resource: `{cls.resource_type}`. Outcome: `{cls.outcome}`. Schema version: {cls.schema_version}.\n"
        if fields(cls):
            yield "| Metadata | Type |\n|---|---|"
            for name, schema in json_schema(cls)["properties"].items():
                kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
                note = " (checked for personal data)" if name in free_text_fields(cls) else ""
                yield f"| `{name}` | {' or '.join(kinds)}{note} |"
            yield ""


if __name__ == "__main__":
    sys.stdout.write("\n".join(documentation()) + "\n")
