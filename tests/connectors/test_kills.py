"""A sync survives the end of its process at any point: no object is lost, none is done twice.

The process's end is an exception at each place where a transaction begins or has committed, or a page was listed; what
goes on afterwards is another worker, as after a kill: nothing of the first is known to it but what is in the database.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from expunct_server.audit import recorder
from expunct_server.connectors import known, runs, scheduler, sync
from tests.conftest import Api
from tests.connectors.helpers import at_once, inputs, make, means, shown, start, to_its_end, uris, write

NAMES = [f"{number}.txt" for number in range(7)]


class _Killed(BaseException):
    """Passes everything that handles errors, as a kill does."""


class _Place:
    """Counts how often its place is come by, and kills at the one that is named."""

    def __init__(self, last: int) -> None:
        self.left = last

    def passed(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise _Killed


def _around(writing: Callable[..., Any], place: _Place) -> Callable[..., Any]:
    @contextmanager
    def around(*given: Any, **named: Any) -> Iterator[Any]:
        place.passed()  # before the unit of work
        with writing(*given, **named) as unit:
            yield unit
            place.passed()  # in it, when all is written
        place.passed()  # after it

    return around


def _before(act: Callable[..., Any], place: _Place) -> Callable[..., Any]:
    def before(*given: Any, **named: Any) -> Any:
        place.passed()
        return act(*given, **named)

    return before


def _places(monkeypatch: pytest.MonkeyPatch, last: int) -> _Place:
    place = _Place(last)
    for module in (sync, scheduler):
        monkeypatch.setattr(module, "writing", _around(recorder.writing, place))
    monkeypatch.setattr(sync, "_page", _before(_PAGE, place))
    monkeypatch.setattr(sync, "_make", _before(_MAKE, place))
    monkeypatch.setattr(known, "note", _before(_NOTE, place))
    monkeypatch.setattr(runs, "fail", _before(_FAIL, place))
    return place


_PAGE, _MAKE, _NOTE, _FAIL = sync._page, sync._make, known.note, runs.fail


def test_killed_at_every_place_a_sync_does_each_object_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed once at the first place, then by the next worker at its second, and so on until one comes to the end."""
    monkeypatch.setattr(sync, "PAGE", 2)
    write(api, *NAMES)
    made = make(api)
    started = start(api, made)
    kills = 0
    while shown(api, started)["status"] == "listing":
        kills += 1
        assert kills < 100
        with monkeypatch.context() as patched:
            _places(patched, kills)
            try:
                sync.advance(means(api), started["id"])
            except _Killed:
                at_once(api)
        found = shown(api, started)
        assert found["job_count"] == len(inputs(api)) == found["seen"]
    assert kills > 9  # places there are until the first page is through
    _check_once(api, started)


def _check_once(api: Api, started: dict[str, Any]) -> None:
    assert inputs(api) == uris(api, *NAMES)
    ended = to_its_end(api, started)
    assert (ended["seen"], ended["job_count"], ended["completed_jobs"]) == (7, 7, 7)
    told = Counter(api.event_types())
    assert (told["job.created"], told["job.completed"]) == (7, 7)
    assert (told["connector.sync_triggered"], told["connector.sync_completed"]) == (1, 1)


def test_killed_at_every_place_a_round_of_a_worker_ends_a_sync_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    write(api, "0.txt")
    made = make(api)
    for last in range(1, 4):
        started = start(api, made)
        api.work()
        with monkeypatch.context() as patched:
            _places(patched, last)
            with pytest.raises(_Killed):
                scheduler.finish(api.database)
        assert to_its_end(api, started)["status"] == "completed"
    assert Counter(api.event_types())["connector.sync_completed"] == 3


def test_a_worker_that_only_seemed_dead_finds_that_it_was_overtaken(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    write(api, *NAMES)
    started = start(api, make(api))

    def slow(objects: Any, *, most: int) -> sync.Page:
        """What another worker does while this one lists a page."""
        page = _PAGE(objects, most=most)
        monkeypatch.setattr(sync, "_page", _PAGE)
        at_once(api)
        assert sync.advance(means(api), started["id"]) == 5
        return page

    monkeypatch.setattr(sync, "_page", slow)
    assert sync.advance(means(api), started["id"]) == 0
    _check_once(api, started)
