"""Trying a connector: what of reaching, listing, reading, writing and removing works, and what is missing for the rest.

Nothing that is found is raised: it is the answer. Each check has its time, so that a server that hangs is told as well.
"""

import io
import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from expunct_server.audit.catalog import ConnectorTested
from expunct_server.audit.recorder import Unit
from expunct_server.buckets.reaching import Reach
from expunct_server.buckets.waiting import Place
from expunct_server.connectors import service, sync
from expunct_server.errors import Refusal
from expunct_server.storage.base import Stat, Store, StoreDenied, StoreError, StoreMissing

CHECKS = ("reach", "list", "read", "write", "remove")
_SECONDS = 10.0  # a check
_LOOKED_AT = 200  # objects, for one that can be read
_CONTENT = b"Written and removed by a test of a connector.\n"
_NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a sync needs. `code` and `detail` say what is missing, or why it was not tried."""

    check: str
    ok: bool
    code: str | None = None
    detail: str | None = None


@dataclass(slots=True)
class _Tried:
    place: Place
    checks: list[Check] = field(default_factory=list)

    def carry_out(self, check: str, act: Callable[[], Any]) -> Any:
        """What `act` gave, None when it failed; what came of it is noted."""
        try:
            result = self.place.within(_SECONDS, act)
        except TimeoutError:
            self.note(check, "store_timeout", f"The storage server did not answer within {_SECONDS:.0f} seconds.")
        except (StoreError, Refusal) as error:
            self.note(check, error.code, error.detail)
        except Exception:  # what it says may hold anything
            self.note(check, "internal_error", "The server met an error of its own while it tried this.")
        else:
            self.checks.append(Check(check, True))
            return result
        return None

    def note(self, check: str, code: str, detail: str) -> None:
        self.checks.append(Check(check, False, code, detail))

    @property
    def is_well(self) -> bool:
        """Whether the last check was."""
        return self.checks[-1].ok


def record(unit: Unit, connector_id: str) -> service.Found:
    """Say, before anything is tried, that it will be. Raises `NotFound`."""
    found = service.get(unit.session, unit.actor.tenant_id, connector_id)
    event = ConnectorTested(provider=found.bucket.provider, bucket=found.bucket.name)
    unit.record(event, resource_id=connector_id)
    return found


def carry_out(place: Place, reach: Reach, found: service.Found) -> list[Check]:
    """Try the connector: one check for each of `CHECKS`."""
    connector = found.connector
    tried = _Tried(place)
    store: Store | None = tried.carry_out("reach", lambda: reach.bucket(connector.tenant_id, connector.id))
    objects: list[Stat] | None = None
    if store is not None:
        tried.checks.clear()
        objects = _listed(tried, store, connector.prefix)
    if store is not None and (objects is not None or tried.checks[0].ok):
        _read(tried, store, objects, found)
        _write(tried, store, f"{connector.output_prefix}{sync.OWN_MARK}test-{secrets.token_hex(8)}")
    for check in CHECKS[len(tried.checks) :]:
        tried.note(check, _NOT_TRIED, "This was not tried, as an earlier check failed.")
    return tried.checks


def _listed(tried: _Tried, store: Store, prefix: str) -> list[Stat] | None:
    """Some objects. That listing alone is denied shows that the bucket was reached."""
    inner = _Tried(tried.place)
    objects: list[Stat] | None = inner.carry_out("reach", lambda: list(islice(store.list(prefix), _LOOKED_AT)))
    found = inner.checks[0]
    if found.ok or found.code == StoreDenied.code:
        tried.checks += [Check("reach", True), Check("list", found.ok, found.code, found.detail)]
    else:
        tried.checks.append(found)
    return objects


def _read(tried: _Tried, store: Store, objects: list[Stat] | None, found: service.Found) -> None:
    if objects is None:
        tried.note("read", _NOT_TRIED, "This was not tried, as no object could be listed.")
        return
    some = [each for each in objects if sync.is_input(each, found.bucket, (found.connector.output_prefix,))]
    if not some:
        tried.checks.append(Check("read", True, "nothing_to_read", "There is no object below the prefix yet."))
        return

    def read() -> None:
        with closing(store.open(some[0].key)) as reader:
            reader.read(1)

    tried.carry_out("read", read)
    if tried.checks[-1].code == StoreMissing.code:  # it went away meanwhile: that says nothing of the rights
        tried.checks[-1] = Check("read", True, "nothing_to_read", "The object went away before it was read.")


def _write(tried: _Tried, store: Store, key: str) -> None:
    tried.carry_out("write", lambda: store.put(key, io.BytesIO(_CONTENT)))
    if tried.is_well or tried.checks[-1].code == "store_timeout":  # it may have been written all the same
        tried.carry_out("remove", lambda: store.remove(key))
