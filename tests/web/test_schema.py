"""The OpenAPI description against the application: generated requests, and no answer outside the contract."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded
from schemathesis.config import SchemathesisConfig

from tests.conftest import Api
from tests.web.helpers import operator, refused

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
EXAMPLES = 20


def test_no_described_request_meets_a_500_and_every_error_has_our_shape(api: Api) -> None:
    app = api.client.app
    schema = schemathesis.openapi.from_dict(app.openapi(), config=SchemathesisConfig.from_dict({}))
    key, met, described_as = operator(api), [], app.openapi()["paths"]

    def ask(case: schemathesis.Case) -> None:
        if (case.method, case.path) == ("DELETE", "/api/v1/api-keys/{key_id}"):
            case.path_parameters["key_id"] = "key_none"  # the key that asks has to stay
        for sending in (case.headers, case.query):  # a made-up tenant would end nearly all in a 404
            for name in [each for each in sending or () if each.lower() in ("x-tenant-id", "tenant_id")]:
                del sending[name]
        sent = case.as_transport_kwargs(base_url="http://testserver")
        known = ("method", "url", "params", "json", "data", "files", "headers")
        made = requests.Request(**{name: sent[name] for name in known if name in sent}).prepare()
        headers = {k: v for k, v in made.headers.items() if k.lower() not in ("x-api-key", "content-length")}
        body = made.body.encode() if isinstance(made.body, str) else made.body or b""
        response = api.client.request(case.method, made.url, content=body, headers=headers | {"X-API-Key": key})
        met.append((case.method, case.path, response.status_code))
        assert response.status_code < 500, (case.method, case.path, response.text)
        described = described_as[case.path][case.method.lower()]["responses"]
        assert str(response.status_code) in described, (case.method, case.path, response.text)
        if response.status_code >= 400:
            refused(response, response.status_code)

    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) == sum(len(item) for item in app.openapi()["paths"].values())
    for operation in operations:
        _asked(operation, ask)
    statuses = {status for _, _, status in met}
    assert {200, 201, 404, 422} <= statuses, statuses  # the requests were neither all good nor all bad


def _asked(operation: Any, ask: Any) -> None:
    @bounded(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def each(case: schemathesis.Case) -> None:
        ask(case)

    each()


# --- the document itself ----------------------------------------------------------------------------------------------


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    """As a client gets it."""
    found: dict[str, Any] = api("GET", "/openapi.json", key="").json()
    return found


def everywhere(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from everywhere(each)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every operation by its id."""
    found = [(path, method, each) for path, item in document["paths"].items() for method, each in item.items()]
    assert len({each["operationId"] for _, _, each in found}) == len(found)
    return {each["operationId"]: {**each, "path": path, "method": method} for path, method, each in found}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    refs = [each["$ref"] for each in everywhere(document) if isinstance(each.get("$ref"), str)]
    assert len(refs) > 50
    for ref in refs:
        found: Any = document
        for part in ref.removeprefix("#/").split("/"):
            assert part in found, ref
            found = found[part]
    assert not any("$defs" in each for each in everywhere(document))
    used = {ref.rpartition("/")[2] for ref in refs}
    assert used == set(document["components"]["schemas"])  # nothing is described that nothing refers to


def test_the_document_has_the_structure_of_openapi(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert document.keys() == {"openapi", "info", "paths", "components", "security"}
    assert {"title", "version"} <= document["info"].keys()
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["title"] == name
    for each in operations(document).values():
        parameters = each.get("parameters", [])
        assert len({(one["in"], one["name"]) for one in parameters}) == len(parameters)
        for one in parameters:
            assert one["in"] in ("query", "header", "path") and "schema" in one
            assert one["required"] or one["in"] != "path"
        in_path = {one["name"] for one in parameters if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", each["path"]))
        for status, response in each["responses"].items():
            assert re.fullmatch(r"[1-5]\d\d", status) and response["description"]
            for kind, content in response["content"].items():
                assert "/" in kind and content["schema"]


def test_operations_are_called_as_their_functions(document: dict[str, Any]) -> None:
    found = operations(document)
    assert {"redact", "list_jobs", "get_result", "get_result_download", "create_key", "health"} <= found.keys()
    ends = {name: found[name]["path"].rpartition("/")[2] for name in ("get_result", "get_result_download")}
    assert ends == {"get_result": "result", "get_result_download": "download"}
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+){0,2}", each) for each in found)


def test_every_operation_with_a_key_says_what_it_takes_and_refuses(document: dict[str, Any]) -> None:
    for name, each in operations(document).items():
        taken = {(one["in"], one["name"]) for one in each.get("parameters", [])}
        if each["path"] in ("/", "/api/v1/health"):
            assert {} in each["security"] and not taken
            continue
        assert {("header", "X-Tenant-ID"), ("query", "tenant_id")} <= taken, name
        refusals = {status: answer for status, answer in each["responses"].items() if status >= "400"}
        assert {"400", "401", "403", "404", "429", "503"} <= refusals.keys()
        if "requestBody" in each:
            assert {"413", "415", "422"} <= refusals.keys(), name
        for answer in refusals.values():
            assert answer["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    created = {"redact", "redact_uri", "create_policy", "create_key", "create_erasure"}
    created |= {"create_webhook", "rotate_webhook_secret", "redeliver"}
    created |= {"create_batch", "create_batch_redact"}
    created |= {"create_connector", "sync_connector"}
    once = {name for name, each in operations(document).items() if "Idempotency-Key" in str(each.get("parameters"))}
    assert once == created
    conflicting = {name for name, each in operations(document).items() if "409" in each["responses"]}
    others = {
        "get_result",
        "get_result_download",
        "get_receipt",
        "get_proof",
        "cancel_job",
        "revoke_key",
        "update_policy",
        "update_connector",
        "cancel_sync",
    }
    assert conflicting == created | others


def test_what_is_sent_to_and_answered_by_these_routes_is_told_field_by_field(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def reached(part: Any) -> set[str]:
        names = {each["$ref"].rpartition("/")[2] for each in everywhere(part) if isinstance(each.get("$ref"), str)}
        return names.union(*(reached(schemas[name]) for name in names)) - {"Problem"}

    told = 0
    for name, each in operations(document).items():
        if not re.match(r"/api/v1/(redact/(uri|batch)|batch|webhooks|connectors)", each["path"]):
            continue
        parts = [*each.get("requestBody", {}).get("content", {}).values(), *each["responses"].values()]
        for schema in set().union(*map(reached, parts)):
            missing = [one for one, said in schemas[schema]["properties"].items() if not said.get("description")]
            assert not missing, (name, schema, missing)
            told += 1
        for content in each.get("requestBody", {}).get("content", {}).values():
            jsonschema_rs.validator_for({**content["schema"], "components": document["components"]}).validate(
                content["example"]
            )
    assert told > 15


def test_lists_results_and_reports_are_described_as_they_are(api: Api, document: dict[str, Any]) -> None:
    found = operations(document)

    def validator(name: str) -> Any:
        [content] = found[name]["responses"]["200"]["content"].values()
        return jsonschema_rs.validator_for({**content["schema"], "components": document["components"]})

    job = api.redacted("Jane Miller")
    policy = api("POST", "/policies", json={"name": "p"}).json()
    lists = {"/jobs": "list_jobs", "/policies": "list_policies", "/api-keys": "list_keys", "/audit": "list_events"}
    lists[f"/policies/{policy['id']}/versions"] = "list_versions"
    lists[f"/jobs/{job['id']}/findings"] = "list_findings"
    for path, name in lists.items():
        for query in ("", "?page=1&page_size=2"):
            listed = api("GET", path + query).json()
            assert listed
            validator(name).validate(listed)
    report = api("GET", f"/jobs/{job['id']}/report").json()
    validator("get_report").validate(report)
    assert report.keys() == document["components"]["schemas"]["ReportView"]["properties"].keys()
    for key in ("", operator(api)):
        validator("health").validate(api("GET", "/health", key=key).json())
    kinds = set(found["get_result"]["responses"]["200"]["content"])
    sent = api("GET", f"/jobs/{job['id']}/result").headers["content-type"].partition(";")[0]
    assert sent in kinds and {"text/csv", "application/json", "application/x-ndjson"} < kinds
