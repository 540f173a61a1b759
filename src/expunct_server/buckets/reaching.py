"""From a URI and a tenant to the store that holds it, opened with credentials that this tenant may use."""

from dataclasses import dataclass

from expunct_server.db.session import Database
from expunct_server.settings import Settings
from expunct_server.storage.base import Store


@dataclass(frozen=True, slots=True)
class Place:
    """An object of a store. `uri` is what may be shown."""

    store: Store
    key: str
    uri: str


class Reach:
    """What tenants may reach, of one process. Thread-safe."""

    own: Store  # where uploads wait and results are kept

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def check(self, tenant_id: str, uri: str, field: str, *, to_write: bool = False) -> None:
        """Refuse a URI that cannot be reached, by rules alone. Raises `Invalid`, `Forbidden`; no network is used."""
        raise NotImplementedError

    def place(self, tenant_id: str, uri: str, *, connector_id: str | None = None, query: str | None = None) -> Place:
        """Where the object is. Raises a `Refusal`; no network is used."""
        raise NotImplementedError

    def bucket(self, tenant_id: str, connector_id: str) -> Store:
        """The whole bucket or folder of a connector. Raises a `Refusal`; no network is used."""
        raise NotImplementedError

    def check_bucket(
        self,
        tenant_id: str,
        *,
        provider: str,
        name: str,
        endpoint: str | None,
        region: str | None,
        credentials: str | None,
        has_secret: bool,
    ) -> None:
        """Refuse a bucket that this tenant's connector may not reach. Raises `Invalid`, `Forbidden`."""
        raise NotImplementedError
