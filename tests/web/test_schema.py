"""The OpenAPI description against the application: generated requests, and no answer outside the contract."""

from typing import Any

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
    key, met = operator(api), []

    def ask(case: schemathesis.Case) -> None:
        if (case.method, case.path) == ("DELETE", "/api/v1/api-keys/{key_id}"):
            case.path_parameters["key_id"] = "key_none"  # the key that asks has to stay
        sent = case.as_transport_kwargs(base_url="http://testserver")
        known = ("method", "url", "params", "json", "data", "files", "headers")
        made = requests.Request(**{name: sent[name] for name in known if name in sent}).prepare()
        headers = {k: v for k, v in made.headers.items() if k.lower() not in ("x-api-key", "content-length")}
        body = made.body.encode() if isinstance(made.body, str) else made.body or b""
        response = api.client.request(case.method, made.url, content=body, headers=headers | {"X-API-Key": key})
        met.append((case.method, case.path, response.status_code))
        assert response.status_code < 500, (case.method, case.path, response.text)
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
