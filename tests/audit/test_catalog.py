"""The catalog: every event type is documented, described by a valid schema, and changes only on purpose."""

import json
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any, get_args

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.audit import catalog
from expunct_server.audit.catalog import CATALOG, Counts, Event, Outcome, base, json_schema
from expunct_server.audit.catalog.__main__ import documentation
from expunct_server.audit.codec import canonical
from tests.audit.support import sample

ROOT = Path(__file__).parents[2]
TYPES = list(CATALOG)

# One line an event type: its name, resource, outcome, version, and fields (* a caller chose it, ? may be left out).
# A reader of the log relies on every word of it: change a line only together with `schema_version`, or to add a field.
GOLDEN = """\
api_key.created api_key success 1: *name:str masked_key:str scopes:list[str] ?expires_at:str|None ?networks:list[str]
api_key.revoked api_key success 1: *name:str masked_key:str scopes:list[str]
audit.erased audit success 1: parts:list[str] selected_by:list[str] event_count:int job_count:int *reason:str
audit.exported audit success 1: format:str size:int
audit.key_rotated audit success 1: key_id:str previous_key_id:str
audit.rebuilt audit success 1: logs:int without_checkpoint:int
auth.denied api_key denied 1: reason:str method:str route:str count:int
auth.failed api_key denied 1: reason:str method:str route:str count:int
batch.completed batch success 1: job_count:int completed_jobs:int failed_jobs:int duration_ms:int
batch.created batch success 1: job_count:int policy_id:str|None policy_version:int|None
connector.created connector success 1: provider:str *bucket:str *prefix:str schedule_cron:str|None policy_id:str|None \
?*output_prefix:str|None ?endpoint:str|None ?*region:str|None ?credentials:str|None ?active:bool
connector.deleted connector success 1: provider:str *bucket:str *prefix:str
connector.sync_completed connector success 1: sync_id:str trigger:str seen:int unchanged:int skipped:int \
job_count:int completed_jobs:int failed_jobs:int duration_ms:int
connector.sync_failed connector failure 1: sync_id:str trigger:str error_code:str seen:int job_count:int \
duration_ms:int
connector.sync_scheduled connector success 1: sync_id:str due_at:str missed:int
connector.sync_triggered connector success 1: job_count:int sync_id:str
connector.tested connector success 1: provider:str *bucket:str
connector.updated connector success 1: provider:str *bucket:str *prefix:str schedule_cron:str|None policy_id:str|None \
?*output_prefix:str|None ?endpoint:str|None ?*region:str|None ?credentials:str|None ?active:bool changed:list[str]
job.cancelled job success 1: *input_uri:str was:str
job.completed job success 2: *input_uri:str *output_uri:str|None entity_count:int entity_counts:counts \
duration_ms:int input_sha256:str output_sha256:str policy_id:str|None policy_version:int|None policy_sha256:str|None \
engine:str models:list[str] submitted_at:str ?llm_model:str|None ?llm_host:str|None
job.created job success 1: *input_uri:str ?*output_uri:str|None source:str policy_id:str|None policy_version:int|None \
language:str ?overrides:list[str] ?batch_id:str|None ?connector_id:str|None
job.downloaded job success 1: output_sha256:str size_bytes:int ?page:int|None
job.failed job failure 1: *input_uri:str error_code:str retry_count:int duration_ms:int
job.output_started job success 1: *output_uri:str output_sha256:str size_bytes:int
job.output_unresolved job failure 1: started:str *output_uri:str
job.output_written job success 1: started:str *output_uri:str output_sha256:str
job.purged job success 1: parts:list[str] erasure_id:str
job.report_viewed job success 1:
policy.created policy success 1: *name:str version:int
policy.deleted policy success 1: *name:str version:int
policy.updated policy success 1: *name:str from_version:int version:int changed:list[str]
pseudonym.forgotten pseudonym success 1: asked:int forgotten:int ?*reason:str
pseudonym.reveal_refused pseudonym failure 1: asked:int cause:str ?*reason:str
pseudonym.revealed pseudonym success 1: policy_id:str|None asked:int revealed:int ambiguous:int unknown:int \
entity_counts:counts ?*reason:str
redaction.performed redaction success 1: policy_id:str|None policy_version:int|None language:str overrides:list[str] \
entity_count:int entity_counts:counts characters:int ?llm_model:str|None ?llm_host:str|None
tenant.created tenant success 1: *name:str plan:str
tenant.updated tenant success 1: from_plan:str plan:str
webhook.created webhook success 1: *host:str event_types:list[str]
webhook.deleted webhook success 1: *host:str
webhook.disabled webhook failure 1: *host:str reason:str failing_since:str attempts:int
webhook.redelivered webhook success 1: *host:str event_id:str
webhook.updated webhook success 1: *host:str event_types:list[str] active:bool changed:list[str]
"""

# api-contract.md, section 3: exactly these, and what their metadata holds at least.
THE_NINE = {
    "job.created": {"input_uri", "source", "policy_id", "policy_version", "language", "batch_id", "connector_id"},
    "job.completed": {"input_uri", "entity_count", "duration_ms", "output_uri", "entity_counts", "input_sha256",
                      "output_sha256", "policy_version"},
    "job.failed": {"input_uri", "error_code", "retry_count", "duration_ms"},
    "policy.created": {"name", "version"},
    "policy.updated": {"name", "from_version", "version", "changed"},
    "connector.created": {"provider", "bucket", "prefix", "schedule_cron", "policy_id"},
    "connector.sync_triggered": {"job_count"},
    "api_key.created": {"name", "masked_key", "scopes"},
    "api_key.revoked": {"name", "masked_key", "scopes"},
}  # fmt: skip


def golden() -> str:
    """The catalog as the lines above."""
    lines = []
    for name, cls in sorted(CATALOG.items()):
        required = json_schema(cls)["required"]
        parts = [_field(each, is_optional=each.name not in required) for each in fields(cls)]
        head = f"{name} {cls.resource_type} {cls.outcome} {cls.schema_version}:"
        lines.append(" ".join([head, *parts]))
    return "\n".join(lines) + "\n"


def _field(field: Any, *, is_optional: bool) -> str:
    kind = {Counts: "counts"}.get(field.type) or (str(field.type) if get_args(field.type) else field.type.__name__)
    mark = "?" * is_optional + "*" * bool(field.metadata.get("free_text"))
    return f"{mark}{field.name}:{kind.replace(' ', '')}"


def test_every_line_of_the_catalog_is_as_it_was() -> None:
    assert golden() == GOLDEN


def test_the_nine_types_of_the_contract_are_there_with_their_metadata() -> None:
    found = {name: set(json_schema(CATALOG[name])["properties"]) for name in THE_NINE}
    missing = {name: wanted - found[name] for name, wanted in THE_NINE.items() if wanted - found[name]}
    assert missing == {}


def test_the_extensions_of_this_issue_are_there() -> None:
    extensions = set(CATALOG) - set(THE_NINE)
    assert extensions >= {
        "policy.deleted",
        "redaction.performed",
        "job.downloaded",
        "job.report_viewed",
        "job.cancelled",
        "auth.failed",
        "auth.denied",
        "tenant.created",
    }


def test_every_event_class_is_listed_under_its_own_name() -> None:
    classes = [each for each in vars(catalog).values() if isinstance(each, type) and issubclass(each, Event)]
    assert {each.event_type: each for each in classes if each is not Event} == CATALOG


def test_a_type_cannot_be_listed_twice() -> None:
    with pytest.raises(ValueError, match=r"job\.created is in the catalog twice"):
        base.listed(CATALOG["job.created"])


@pytest.mark.parametrize("name", TYPES)
def test_a_type_is_well_formed(name: str) -> None:
    cls = CATALOG[name]
    assert cls.__doc__ and not cls.__doc__.startswith(cls.__name__ + "(")  # a dataclass makes one up
    assert cls.__doc__.splitlines()[0].endswith((".", "."))
    assert name == f"{name.split('.')[0]}.{name.split('.')[1]}" and name.islower()
    assert cls.outcome in get_args(Outcome)
    assert len(name) <= 64 and len(cls.resource_type) <= 32
    with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
        sample(cls).event_type = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_valid_and_refuses_what_it_does_not_list(name: str) -> None:
    schema = json_schema(CATALOG[name])
    assert jsonschema_rs.meta.is_valid(schema)
    validator = jsonschema_rs.Draft202012Validator(schema)
    instance = metadata_of(sample(CATALOG[name]))
    assert validator.is_valid(instance)
    assert not validator.is_valid(instance | {"note": "free-form"})
    for required in schema["required"]:
        assert not validator.is_valid({key: value for key, value in instance.items() if key != required})
    for key in instance:
        assert not validator.is_valid(instance | {key: 1.5})


_STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    str | None: st.none() | st.text(max_size=20),
    int: st.integers(0, 2**53 - 1),
    int | None: st.none() | st.integers(0, 2**53 - 1),
    bool: st.booleans(),
    list[str]: st.lists(st.text(max_size=10), max_size=4),
    Counts: st.dictionaries(st.text("ABC_", min_size=1, max_size=8), st.integers(0, 1000), max_size=4),
}


@pytest.mark.parametrize("name", TYPES)
@settings(max_examples=25)
@given(data=st.data())
def test_every_instance_is_valid_by_its_schema(name: str, data: st.DataObject) -> None:
    cls = CATALOG[name]
    event = cls(**{each.name: data.draw(_STRATEGIES[each.type], each.name) for each in fields(cls)})
    written = json.loads(canonical(metadata_of(event)))
    assert [str(error) for error in jsonschema_rs.iter_errors(json_schema(cls), written)] == []


def metadata_of(event: Event) -> dict[str, Any]:
    values = {each.name: getattr(event, each.name) for each in fields(event)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def test_the_reference_page_is_what_the_catalog_says() -> None:
    page = ROOT / "docs" / "reference" / "audit-events.md"
    assert page.read_text() == "\n".join(documentation()) + "\n", (
        "Write it anew: .venv/bin/python -m expunct_server.audit.catalog > docs/reference/audit-events.md"
    )


def test_the_reference_page_names_every_type_and_field() -> None:
    page = "\n".join(documentation())
    for name, cls in CATALOG.items():
        section = page.split(f"## {name}\n")[1].split("\n## ")[0]
        assert [each.name for each in fields(cls) if f"| `{each.name}` |" not in section] == []
