"""A worker that was killed while it listed holds nobody up; a page that was listed for another prefix is not used."""

from dataclasses import replace
from typing import Any

import pytest

from expunct_server.connectors import known, runs, sync
from tests.conftest import Api
from tests.connectors.helpers import make, means, shown, start, to_its_end, write

_DEAD, _ALIVE = "host-0a1b2c3d-1", "host-0a1b2c3d-2"


class _Killed(BaseException):
    """Passes everything that handles errors, as a kill does."""


def test_what_a_dead_worker_listed_goes_on_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    write(api, *(f"{number}.txt" for number in range(5)))
    started = start(api, make(api))

    def killed(*_: object) -> None:
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(known, "note", killed)
        with pytest.raises(_Killed):
            sync.advance(means(api), started["id"], _DEAD)
    assert sync.advance(means(api), started["id"], _ALIVE) == 0  # it may still list
    runs.release(api.database, ["host-0a1b2c3d-11"])
    assert sync.advance(means(api), started["id"], _ALIVE) == 0  # that was another
    runs.release(api.database, [_DEAD])
    assert sync.advance(means(api), started["id"], _ALIVE) > 0
    assert shown(api, started)["seen"] == 5


def test_a_page_of_a_prefix_that_was_changed_meanwhile_is_not_used(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    write(api, "a/1.txt", "b/2.txt")
    made = make(api, prefix="b/")
    first_page = sync.first_page

    def of_another(*given: Any) -> Any:
        page = first_page(*given)
        assert page is not None and page.prefix == "b/"
        return replace(page, prefix="a/")

    monkeypatch.setattr(sync, "first_page", of_another)
    started = start(api, made)
    assert (started["job_count"], started["seen"], started["status"]) == (0, 0, "listing")
    assert to_its_end(api, started)["completed_jobs"] == 1
