"""What was promised of a log before, apart from its checkpoint: its name, that it was ever signed, its anchored roots.

A publisher signs what the database says. So that whoever can write there cannot have another log signed under the name
of an existing one, or an existing one from the beginning again, it first looks here.
"""

import json
import os
from pathlib import Path

from expunct_server import ids
from expunct_server.audit.models import SUPER
from expunct_server.publishing.sequencer import Head
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.storage.durable import sync_folder, told
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.merkle import inclusion_proof, leaf_hash, verify_inclusion
from expunct_server.tlog.strict import Rejected, base64_bytes
from expunct_server.tlog.tiles import TILE_WIDTH, Tile, TileReader, decode_bundle


class Stopped(Exception):
    """The log must not be signed: what the database says and what was promised differ. The text says how."""


def log_folder(data: Path, tenant_id: str) -> Path:
    """Where the files of a tenant's log are; of the log of logs for `SUPER`. Raises `Stopped` for what is no name."""
    if tenant_id == SUPER:
        return data / "log" / "super"
    if not ids.is_tenant_id(tenant_id):
        raise Stopped("the name of its tenant cannot be one: events were written past the server.")
    return data / "log" / "tenants" / tenant_id


def check_origin(head: Head) -> None:
    """A log is called `<host>/<its tenant>`, the log of logs `<host>`. Raises `Stopped`.

    Tenants' names differ and have no slash, so no two logs of a host have one name.
    """
    host, slash, tenant_id = head.origin.partition("/")
    is_own = not slash if head.tenant_id == SUPER else bool(slash) and tenant_id == head.tenant_id
    if not host or not is_own:
        raise Stopped("its origin in the database is that of another log. Restore the right database.")


class EverSigned:
    """The origins that this deployment has ever signed a checkpoint for: `keys/log.signed`, one a line.

    It stands beside the signing key and not in the log's folder, so that to remove a log's files is not enough to have
    it signed anew from its first entry.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.data / "keys" / "log.signed"
        self._known: set[str] = set()

    def __contains__(self, origin: str) -> bool:
        """Whether a checkpoint of this log was ever published."""
        if origin not in self._known:
            self._known.update(self._read())
        return origin in self._known

    def add(self, origin: str) -> None:
        """Durably. To be called once a checkpoint is there: before, a crash would make the first one impossible."""
        if origin in self:
            return
        with told():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                os.write(descriptor, f"\n{origin}\n".encode())  # begins a line even behind one that was cut short
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            sync_folder(self._path.parent)
        self._known.add(origin)

    def _read(self) -> list[str]:
        try:
            return self._path.read_text("utf-8", "replace").split("\n")
        except FileNotFoundError:
            return []


def newest_anchor(store: TileStore, checkpoint: Checkpoint, name: str) -> tuple[int, bytes] | None:
    """The size and root that the log of logs gave last to the log `name` (`anchors.blinded`); None where it has none.

    `store` and `checkpoint` are of the log of logs, as it was published and signed. Raises `Stopped` where its files do
    not give the root that was signed.
    """

    def read(tile: Tile) -> bytes:
        data = store.tile(tile)
        if data is None:
            raise Stopped("files of the log of logs are missing, which say how far this log was signed. Restore them.")
        return data

    tree = TileReader(read, checkpoint.size)
    try:
        for number in range((checkpoint.size - 1) // TILE_WIDTH, -1, -1):
            width = min(TILE_WIDTH, checkpoint.size - number * TILE_WIDTH)
            entries = decode_bundle(read(Tile(None, number, width)), width)
            for place in range(width - 1, -1, -1):
                said = json.loads(entries[place])
                if said["log"] == name:
                    index = number * TILE_WIDTH + place
                    proof = inclusion_proof(index, checkpoint.size, tree.node)
                    verify_inclusion(leaf_hash(entries[place]), index, checkpoint.size, proof, checkpoint.root)
                    return said["size"], base64_bytes(said["root"])
    except (Rejected, ValueError, KeyError, TypeError):
        raise Stopped("the files of the log of logs do not give the root that was signed. Restore them.") from None
    return None
