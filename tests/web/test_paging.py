"""Lists: two styles of paging, their bounds, and what happens to both at once, in every list there is."""

from typing import Any

import pytest

from tests.conftest import Api
from tests.web.helpers import on_sqlite, refused

NUMBERS = ["-1", "+1", "1_0", "１", "٣", "1e2", "", " ", "1.0", "0x1", "1 ", "ten", "1" * 13, "1\n", "NaN", "[1]"]


@pytest.fixture
def filled(api: Api) -> Api:
    """Seven of everything."""
    for n in range(7):
        assert api.upload(f"number {n}").status_code == 202
        assert api("POST", "/api-keys", json={"name": f"{n}"}).status_code == 201
        made = api("POST", "/policies", json={"name": f"{n}"}).json()
    for n in range(6):
        api("PUT", f"/policies/{made['id']}", json={"description": f"{n}"})
    return api


def paths(api: Api) -> list[tuple[str, str]]:
    """Every list there is, and what its envelope calls the items."""
    newest = api("GET", "/policies", params={"limit": 1}).json()[0]["id"]
    return [
        ("/jobs", "jobs"),
        ("/policies", "policies"),
        ("/api-keys", "api_keys"),
        ("/audit", "audit_logs"),
        (f"/policies/{newest}/versions", "versions"),
    ]


def identity(item: dict[str, Any]) -> tuple[Any, Any]:
    return item["id"], item.get("version")


def test_both_styles_walk_the_same_list_without_gaps_or_repeats(filled: Api) -> None:
    for path, name in paths(filled):
        everything = filled("GET", path, params={"limit": 100}).json()
        assert isinstance(everything, list) and len(everything) >= 7, path
        total = len(everything)
        walked = [filled("GET", path, params={"limit": 3, "offset": n}).json() for n in range(0, total, 3)]
        assert [identity(x) for part in walked for x in part] == [identity(x) for x in everything], path
        pages = [filled("GET", path, params={"page": n, "page_size": 4}).json() for n in range(1, total // 4 + 2)]
        assert [identity(x) for page in pages for x in page[name]] == [identity(x) for x in everything], path
        more = {"total_is_exact"} if name == "audit_logs" else set()
        assert all(page.keys() == {name, "total", "page", "page_size"} | more for page in pages), path
        assert {(page["total"], page["page_size"]) for page in pages} == {(total, 4)}, path
        counted = filled("GET", path, params={"count": "true", "limit": 1})
        assert (counted.headers["x-total-count"], len(counted.json())) == (str(total), 1), path
        assert "x-total-count" not in filled("GET", path, params={"count": "false"}).headers
        newest_first = [x["created_at"] for x in everything] if name != "audit_logs" else []
        assert newest_first == sorted(newest_first, reverse=True), path


def test_the_defaults_are_fifty_and_twenty(api: Api) -> None:
    for n in range(51):
        api("POST", "/policies", json={"name": f"{n}"})
    assert len(api("GET", "/policies").json()) == 50
    assert len(api("GET", "/policies", params={"offset": 0}).json()) == 50
    for asked in ({"page": 1}, {"page_size": 20}, {"page": 1, "page_size": 20}):
        page = api("GET", "/policies", params=asked).json()
        assert (len(page["policies"]), page["page"], page["page_size"], page["total"]) == (20, 1, 20, 51)
    assert len(api("GET", "/policies", params={"page_size": 500}).json()["policies"]) == 51


@on_sqlite
def test_bad_numbers_are_refused_in_every_list(filled: Api) -> None:
    for path, _ in paths(filled):
        for name, more in (("limit", ["0", "101"]), ("offset", []), ("page", ["0"]), ("page_size", ["0", "501"])):
            for value in [*NUMBERS, *more]:
                body = refused(filled("GET", path, params={name: value}), 422)
                assert body["errors"][0]["field"] == name, (path, name, value)


@on_sqlite
def test_two_styles_at_once_contradict_each_other_in_every_list(filled: Api) -> None:
    for path, _ in paths(filled):
        for one in ("limit", "offset"):
            for two in ("page", "page_size"):
                assert "not both" in refused(filled("GET", path, params={one: 1, two: 1}), 422)["detail"]
        for value in ("yes", "", "2", "TRUE!", "[true]"):
            refused(filled("GET", path, params={"count": value}), 422)


@on_sqlite
def test_the_bounds_themselves_are_allowed(filled: Api) -> None:
    for path, _ in paths(filled):
        for asked in ({"limit": 1}, {"limit": 100}, {"offset": 0}, {"offset": 10_000_000_000}, {"page": 1_000_000_000}):
            assert filled("GET", path, params=asked).status_code == 200
        assert filled("GET", path, params={"page": 1_000_000_000, "page_size": 500}).status_code == 200
