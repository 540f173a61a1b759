"""LLM detection through the API: who may switch it on, what the trail says of it, and that it fails loudly."""

from dataclasses import replace
from typing import Any

import pytest

from expunct_server.errors import Invalid
from expunct_server.jobs.attempt import pause_before
from expunct_server.policies.asking import llm_of
from expunct_server.policies.document import Document
from expunct_server.redaction.failures import LlmTimeout
from expunct_server.redaction.llm import Llm, asking
from expunct_server.settings import Settings
from tests.conftest import Api
from tests.support import canary, llm_server
from tests.support.llm_server import LlmServer, answering, in_turn, knowing, naming, status
from tests.web.helpers import on_sqlite, refused

KEY = "sk-t3st-key-of-the-endpoint"
LETTER = f"{canary.LETTER}\nthe quiet heron brought it."
pytestmark = on_sqlite


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(asking, "PAUSE", 0.01)
    with answering(knowing(("quiet heron", "PERSON"))) as running:
        yield running


@pytest.fixture
def settings(settings: Settings, server: LlmServer) -> Settings:
    """An operator who allows two endpoints, the first with a key."""
    return replace(
        settings, llm_endpoints=(server.url, "https://llm.example"), llm_api_keys=(KEY, "-"), llm_model="tiny-1"
    )


@pytest.fixture
def policy(api: Api) -> dict[str, Any]:
    made = api("POST", "/policies", json={"name": "p", "llm_detection_enabled": True, "redaction_method": "mask"})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def job(api: Api, policy: dict[str, Any], content: str = LETTER) -> dict[str, Any]:
    return api.redacted(content, data={"policy_id": policy["id"]})


def test_a_document_is_read_by_it_and_the_trail_says_so(api: Api, server: LlmServer, policy: dict[str, Any]) -> None:
    done = job(api, policy)
    assert done["status"] == "completed"
    result = api("GET", f"/jobs/{done['id']}/result").text
    assert result.endswith("the <PERSON> brought it.") and canary.SSN not in result
    (asked,) = server.asked
    assert asked.text.strip() == LETTER and asked.headers["Authorization"] == f"Bearer {KEY}"
    host = f"127.0.0.1:{server.port}"
    report = api("GET", f"/jobs/{done['id']}/report").json()
    assert (report["llm_model"], report["llm_host"]) == ("tiny-1", host)
    assert report["notes"] == [f"Text was sent to the language model tiny-1 at {host}."]
    event = api.events(event_type="job.completed")[0]["metadata"]
    assert (event["llm_model"], event["llm_host"]) == ("tiny-1", host)
    assert "llm:tiny-1" in {each["recognizer"] for each in done["findings"]}


def test_without_it_nothing_is_asked_and_nothing_said(api: Api, server: LlmServer) -> None:
    done = api.redacted(LETTER)
    report = api("GET", f"/jobs/{done['id']}/report").json()
    assert (report["llm_model"], report["llm_host"]) == (None, None)
    event = api.events(event_type="job.completed")[0]["metadata"]
    assert (event["llm_model"], event["llm_host"], server.asked) == (None, None, [])


@pytest.mark.parametrize(
    ("behave", "status_then", "code", "tries"),
    [
        (status(401), "error", "llm_refused", 1),
        (llm_server.says("no JSON"), "error", "llm_bad_answer", 1),
        (status(503), "failed", "llm_unavailable", 3),
        (llm_server.silent, "failed", "llm_timeout", 3),
    ],
)
def test_a_job_fails_loudly_and_is_tried_again_where_that_may_help(
    api: Api,
    server: LlmServer,
    policy: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    behave: llm_server.Behaviour,
    status_then: str,
    code: str,
    tries: int,
) -> None:
    llm = llm_of(Document.model_validate({"name": "p", "llm_detection_enabled": True}), api.settings)
    assert llm is not None
    monkeypatch.setattr("expunct_server.policies.asking.llm_of", lambda *_: replace(llm, seconds=0.2))
    server.behave = behave
    done = job(api, policy)
    assert (done["status"], done["retry_count"] + 1, done["findings_count"]) == (status_then, tries + (tries > 1), 0)
    assert done["error_message"].startswith("The language model of the policy ")
    event = api.events(event_type="job.failed")[0]["metadata"]
    assert event["error_code"] == code
    assert api("GET", f"/jobs/{done['id']}/result").status_code == 409
    assert KEY not in "".join(api.watcher.lines)


def test_a_server_that_comes_back_is_asked_again(api: Api, server: LlmServer, policy: dict[str, Any]) -> None:
    server.behave = in_turn(*[status(503)] * 4, naming(("quiet heron", "PERSON")))
    done = job(api, policy)
    assert (done["status"], done["retry_count"], len(server.asked)) == ("completed", 1, 5)
    assert [pause_before(retry, LlmTimeout()) for retry in (1, 2, 3)] == [20.0, 80.0, 300.0]


def test_a_text_is_answered_or_the_failure_told(api: Api, server: LlmServer, policy: dict[str, Any]) -> None:
    body = api("POST", "/redact", json={"text": "ask the quiet heron", "policy_id": policy["id"]}).json()
    host = f"127.0.0.1:{server.port}"
    assert body["redacted_text"] == "ask the <PERSON>"
    assert body["notes"] == [f"Text was sent to the language model tiny-1 at {host}."]
    event = api.events(event_type="redaction.performed")[0]["metadata"]
    assert (event["llm_model"], event["llm_host"]) == ("tiny-1", host)
    server.behave = status(403)
    refused(api("POST", "/redact", json={"text": LETTER, "policy_id": policy["id"]}), 422, "llm_refused")
    server.behave = status(503, Retry_After="600")
    refused(api("POST", "/redact", json={"text": LETTER, "policy_id": policy["id"]}), 503, "llm_unavailable")
    assert len(api.events(event_type="redaction.performed")) == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"llm_endpoint": "https://elsewhere.example/v1"}, "none of the endpoints"),
        ({"llm_endpoint": "https://llm.example/v1"}, "none of the endpoints"),
        ({"llm_endpoint": "http://llm.example"}, "none of the endpoints"),
        ({"llm_endpoint": "https://llm.example@elsewhere.example"}, "none of the endpoints"),
        ({"llm_endpoint": "not a URL"}, "none of the endpoints"),
        ({"llm_endpoint": "https://llm.example?x"}, "none of the endpoints"),
    ],
)
def test_only_endpoints_that_the_operator_allows(
    api: Api, policy: dict[str, Any], fields: dict[str, Any], says: str
) -> None:
    for response in (
        api("POST", "/policies", json={"name": "q", "llm_detection_enabled": True} | fields),
        api("PUT", f"/policies/{policy['id']}", json=fields),
    ):
        assert says in refused(response, 422, "llm_not_allowed")["detail"]
    assert api("GET", f"/policies/{policy['id']}").json() == policy
    assert api("PUT", f"/policies/{policy['id']}", json=fields | {"llm_detection_enabled": False}).status_code == 200


def test_an_endpoint_that_was_taken_off_the_list_gets_nothing(
    api: Api, server: LlmServer, policy: dict[str, Any]
) -> None:
    api.settings = replace(api.settings, llm_endpoints=("https://llm.example",), llm_api_keys=())
    other = api("PUT", f"/policies/{policy['id']}", json={"llm_endpoint": server.url}).json()
    done = job(api, other)
    assert (done["status"], server.asked) == ("error", [])
    assert api.events(event_type="job.failed")[0]["metadata"]["error_code"] == "llm_not_allowed"


def test_each_endpoint_gets_its_own_key_and_a_policy_its_own_model(settings: Settings, server: LlmServer) -> None:
    def asked(allowed: Settings = settings, **fields: Any) -> Llm | None:
        return llm_of(Document.model_validate({"name": "p", "llm_detection_enabled": True} | fields), allowed)

    assert asked() == Llm(server.url, "tiny-1", KEY, 60.0, 4)
    assert asked(llm_endpoint=f"{server.url}/") == asked()
    assert asked(llm_endpoint="HTTPS://LLM.example:443/", llm_model="org/m:7b") == Llm(
        "https://llm.example", "org/m:7b"
    )
    assert asked(replace(settings, llm_api_keys=())) == Llm(server.url, "tiny-1")
    assert asked(llm_detection_enabled=False) is None and llm_of(None, settings) is None
    with pytest.raises(Invalid, match="llm_model is needed"):
        asked(replace(settings, llm_model=""))
    assert KEY not in repr(asked()) and KEY not in repr(settings)
