"""What tests of connectors share: a connector of a folder, its syncs, and the worker's part done at once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from expunct_server.audit.recorder import system_actor, writing
from expunct_server.buckets.reaching import Reach
from expunct_server.connectors import scheduler, sync
from expunct_server.connectors.models import Connector, ConnectorSync
from expunct_server.jobs.models import Job
from expunct_server.storage.base import Stat
from expunct_server.storage.folder import FolderStore
from expunct_server.tenants import sealing
from tests.conftest import Api

LETTER = "Write to jane@example.com.\n"


def make(api: Api, **fields: Any) -> dict[str, Any]:
    """A connector, of the folder `in` below the test's files unless told."""
    if "provider" not in fields:
        folder(api).mkdir(exist_ok=True)
        fields = {"provider": "folder", "bucket": str(folder(api))} | fields
    response = api("POST", "/connectors", json=fields)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def folder(api: Api) -> Path:
    """The folder that connectors of `make` are for."""
    return Path(api.settings.file_roots[0]) / "in"


def write(api: Api, *names: str, text: str = LETTER) -> None:
    """Files of that folder."""
    for name in names:
        path = folder(api) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def start(api: Api, connector: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A sync by hand."""
    response = api("POST", f"/connectors/{connector['id']}/sync", **more)
    assert response.status_code == 202, response.text
    started: dict[str, Any] = response.json()
    return started


@contextmanager
def listing_hangs() -> Iterator[None]:
    """Folders give no listing meanwhile, and a request waits for one no longer than a moment."""
    goes_on = threading.Event()

    def hang(*_: Any, **__: Any) -> Iterator[Stat]:
        goes_on.wait()
        return iter(())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sync, "FIRST_SECONDS", 0.01)
        patched.setattr(FolderStore, "list", hang)
        try:
            yield
        finally:
            goes_on.set()


def start_unlisted(api: Api, connector: dict[str, Any]) -> dict[str, Any]:
    """A sync by hand of which the request could list nothing, so that all is left to workers."""
    with listing_hangs():
        started = start(api, connector)
    assert (started["status"], started["seen"]) == ("listing", 0)
    return started


def shown(api: Api, started: dict[str, Any]) -> dict[str, Any]:
    """The sync as it stands."""
    response = api("GET", f"/connectors/{started['connector_id']}/syncs/{started['id']}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def step(api: Api) -> int:
    """One round of a worker. How many runs were started, listed further or ended."""
    lister = a_lister(api)
    started, begun = scheduler.start_due(api.database), lister.step()
    lister.settle()
    lister.close(0)
    return started + begun + scheduler.finish(api.database)


def a_lister(api: Api) -> scheduler.Lister:
    """What a worker of this deployment lists with, side by side."""
    reach = Reach(api.settings, api.database)
    return scheduler.Lister(api.settings, api.database, api.client.app.state.queue, reach, "worker-1")


def means(api: Api) -> sync.Means:
    """What a worker of this deployment lists with."""
    reach = Reach(api.settings, api.database)
    return sync.Means(api.settings, api.database, api.client.app.state.queue, reach, sealing.master_key(api.settings))


def synced(api: Api, connector: dict[str, Any]) -> dict[str, Any]:
    """A sync by hand, carried out to its end: listed, worked on, closed."""
    return to_its_end(api, start(api, connector))


def to_its_end(api: Api, started: dict[str, Any]) -> dict[str, Any]:
    """A sync that was started, listed further, worked on and closed."""
    for _ in range(50):
        step(api)
        api.work()
        found = shown(api, started)
        if found["status"] in ("completed", "failed"):
            return found
        at_once(api)
    raise AssertionError(found)


def at_once(api: Api) -> None:
    """Nobody's lease lasts, and nothing waits for its next try, any longer."""
    with writing(api.database, system_actor("test")) as unit:
        unit.session.execute(update(ConnectorSync).values(lease_until=None, next_attempt_at=0))


def due_since(api: Api, connector: dict[str, Any], moment: int) -> None:
    """As if no worker had run since the connector was due at `moment`."""
    with writing(api.database, system_actor("test")) as unit:
        unit.session.execute(update(Connector).where(Connector.id == connector["id"]).values(next_run_at=moment))


def inputs(api: Api, **wanted: Any) -> list[str]:
    """The input URIs of all jobs there are, sorted."""
    with api.database.reading() as session:
        return sorted(session.scalars(select(Job.input_uri).filter_by(**wanted)))


def uris(api: Api, *names: str) -> list[str]:
    """Of files of the folder."""
    return sorted((folder(api) / name).as_uri() for name in names)


Change = Callable[[Api], None]
