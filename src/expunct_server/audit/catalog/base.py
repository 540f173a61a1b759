"""What every event type is, and what derives from it.

The docstring is the type's documentation, the fields are its metadata; the JSON Schema, the reference page and the
checks derive from them. There is no free-form metadata. A field is text, a whole number, a boolean, a list of texts, or
counts by entity type; a field marked `free_text` comes from a caller and goes through the detector before it is kept.

MUST: no detected value, submitted text, salt, key or extracted field is ever a field of an event.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Literal

Outcome = Literal["success", "failure", "denied"]
Counts = Mapping[str, int]


def free_text(**default: Any) -> Any:
    """A field whose value a caller chose: checked for personal data before it is written."""
    return field(metadata={"free_text": True}, **default)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all event types."""

    event_type: ClassVar[str]
    resource_type: ClassVar[str]
    outcome: ClassVar[Outcome] = "success"
    changes: ClassVar[bool] = True  # False: it tells of a look or a refusal, and permits no change (db.guard.LOOKS)
    schema_version: ClassVar[int] = 1


CATALOG: dict[str, type[Event]] = {}


def listed(cls: type[Event]) -> type[Event]:
    if cls.event_type in CATALOG:
        raise ValueError(f"{cls.event_type} is in the catalog twice")
    CATALOG[cls.event_type] = cls
    return cls


_JSON_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    str | None: {"type": ["string", "null"]},
    int: {"type": "integer"},
    int | None: {"type": ["integer", "null"]},
    bool: {"type": "boolean"},
    list[str]: {"type": "array", "items": {"type": "string"}},
    Counts: {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
}


def free_text_fields(cls: type[Event]) -> frozenset[str]:
    """Names of the fields whose values a caller chose."""
    return frozenset(each.name for each in fields(cls) if each.metadata.get("free_text"))


def json_schema(cls: type[Event]) -> dict[str, Any]:
    """JSON Schema (2020-12) of the metadata of one event type."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:expunct-server:event:{cls.event_type}:{cls.schema_version}",
        "title": cls.event_type,
        "description": cls.__doc__,
        "type": "object",
        "properties": {each.name: _JSON_TYPES[each.type] for each in fields(cls)},
        "required": sorted(
            each.name for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING
        ),
        "additionalProperties": False,
    }
