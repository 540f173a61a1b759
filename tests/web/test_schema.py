"""The OpenAPI description against the application: generated requests, and no answer outside the contract."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as bounded
from schemathesis.config import SchemathesisConfig

from tests.conftest import Api
from tests.web.helpers import operator, refused

pytestmark = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
EXAMPLES = 25


def test_no_described_request_meets_a_500_and_every_error_has_our_shape(api: Api) -> None:
    app = api.client.app
    schema = schemathesis.openapi.from_dict(app.openapi(), config=SchemathesisConfig.from_dict({}))
    key, met = operator(api), []

    def ask(case: schemathesis.Case) -> None:
        if (case.method, case.path) == ("DELETE", "/api/v1/api-keys/{key_id}"):
            case.path_parameters["key_id"] = "key_none"  # the key that asks has to stay
        sent = case.as_transport_kwargs(base_url="http://testserver")
        sent["headers"] = {k: v for k, v in dict(sent["headers"]).items() if k.lower() != "x-api-key"}
        sent.pop("cookies", None)
        response = api.client.request(
            sent["method"], sent["url"], params=sent.get("params"), json=sent.get("json"), data=sent.get("data"),
            files=sent.get("files"), headers=sent["headers"] | {"X-API-Key": key},
        )  # fmt: skip
        met.append((case.method, case.path, response.status_code))
        assert response.status_code < 500, (case.method, case.path, response.text)
        if response.status_code >= 400:
            refused(response, response.status_code)

    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) == sum(len(item) for item in app.openapi()["paths"].values())
    for operation in operations:
        run = bounded(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(operation.as_strategy_test(ask) if hasattr(operation, "as_strategy_test") else _given(operation, ask))
        run()
    statuses = {status for _, _, status in met}
    assert {200, 201, 404, 422} <= statuses, statuses  # the requests were neither all good nor all bad


def _given(operation, ask):  # type: ignore[no-untyped-def]
    from hypothesis import given

    @given(case=operation.as_strategy())
    def one(case: schemathesis.Case) -> None:
        ask(case)

    return one
