"""The main job: a policy, a file, a background job, and the trail of it."""

from tests.conftest import Api
from tests.support import canary


def test_a_file_is_redacted_under_a_policy_and_the_trail_tells_it(api: Api) -> None:
    policy = api("POST", "/policies", json={"name": "letters", "redaction_method": "mask"}).json()
    job = api.redacted(canary.LETTER, data={"policy_id": policy["id"]})

    assert (job["status"], job["progress_pct"], job["policy_id"]) == ("completed", 100, policy["id"])
    result = api("GET", f"/jobs/{job['id']}/result")
    assert result.status_code == 200
    assert canary.found_in(result.content) == []
    assert result.text.startswith("Dear <PERSON>,\n\nwe have your social security number as <US_SSN>")
    assert result.headers["content-type"] == "text/plain; charset=utf-8"
    assert result.headers["content-disposition"] == 'attachment; filename="letter.txt"'

    events = {event["event_type"]: event for event in api.events(resource_type="job")}
    assert list(events) == ["job.created", "job.completed", "job.downloaded"]
    completed = events["job.completed"]
    assert completed["created_at"] == job["completed_at"]
    assert completed["actor"] == events["job.created"]["actor"] == api.key[:11] + "..." + api.key[-3:]
    assert completed["metadata"]["entity_count"] == job["findings_count"] == len(job["findings"]) == 4
    assert completed["metadata"]["entity_counts"] == {"PERSON": 1, "US_SSN": 1, "EMAIL_ADDRESS": 1, "SECRET": 1}
    assert (completed["metadata"]["policy_id"], completed["metadata"]["policy_version"]) == (policy["id"], 1)
