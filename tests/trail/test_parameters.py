"""A question is answered as it was asked, or not at all."""

import pytest

from tests.conftest import Api
from tests.web.helpers import on_sqlite, refused


@on_sqlite
@pytest.mark.parametrize("name", ["event_typ", "request_id", "Order", "q", "from", "Event_Type"])
def test_a_parameter_that_would_be_ignored_is_refused_by_name(api: Api, name: str) -> None:
    body = refused(api("GET", "/audit", params={name: "x"}), 422, "unknown_parameter")
    assert body["detail"].startswith(f"{name} is not a parameter of the audit trail. They are: tenant_id, event_type, ")


@on_sqlite
def test_a_parameter_that_is_no_name_is_not_repeated(api: Api) -> None:
    body = refused(api("GET", "/audit", params={"219-09-9999": "x"}), 422, "unknown_parameter")
    assert body["detail"].startswith("A parameter is not a parameter")


@on_sqlite
@pytest.mark.parametrize("name", ["actor", "from_date", "limit", "fields", "order", "cursor"])
def test_a_parameter_that_is_there_twice_is_refused(api: Api, name: str) -> None:
    body = refused(api("GET", f"/audit?{name}=1&{name}=2"), 422, "invalid")
    assert body["detail"] == f"{name} is there twice; send it once."
