"""A worker that was killed while it listed holds nobody up: its leases end with it."""

import pytest

from expunct_server.connectors import known, runs, sync
from tests.conftest import Api
from tests.connectors.helpers import make, means, shown, start, write

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
