"""Making and changing policies as a client would."""

from typing import Any

from tests.conftest import Api

OTHER: dict[str, Any] = {
    "name": "Ä policy ☃ 𝄞", "description": "several\nlines", "is_default": True, "language": "de-CH",
    "languages": ["de", "en-GB"], "pii_categories": ["PCI"], "pii_types": ["SSN", "ADDRESS", "all", "person"],
    "redaction_method": "pseudonymization", "redaction_mode": "pseudonymize", "confidence_threshold": 0.123456789,
    "preserve_labels": False, "hitl_threshold": 0, "hitl_entity_types": ["PERSON"],
    "pseudonymization_endpoint": "https://x.example", "llm_endpoint": "https://y.example", "llm_model": "m",
    "custom_patterns": [
        {"name": "order", "pattern": r"ORD-\d{6}", "score": 0.9, "case_sensitive": False, "flags": None},
        {"name": "one", "pattern": "x", "score": 1},
    ],
    "custom_phrases": [{"phrase": "Project Bluebird", "match": "folded"}],
    "detection_profile": "strict", "confidence_thresholds": {"ssn": 0.2, "PERSON": 1},
    "allow_list": ["Acme GmbH", {"text": "Berlin", "match": "folded", "entity_type": "LOCATION"}],
    "deny_list": ["Bluebird", {"text": "Jonathan Smith", "match": "fuzzy", "max_distance": 1, "entity_type": "PERSON"}],
    "category_actions": {"PCI": "mask", "PERSON": "hash"},
}  # fmt: skip


def create(api: Api, **fields: Any) -> dict[str, Any]:
    response = api("POST", "/policies", json={"name": "p"} | fields)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def change(api: Api, policy: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = api("PUT", f"/policies/{policy['id']}", json=fields)
    assert response.status_code == 200, response.text
    changed: dict[str, Any] = response.json()
    return changed


def versions(api: Api, policy: dict[str, Any]) -> list[dict[str, Any]]:
    response = api("GET", f"/policies/{policy['id']}/versions")
    assert response.status_code == 200, response.text
    return list(response.json())
