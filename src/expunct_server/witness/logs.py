"""Which logs a witness cosigns."""

from collections.abc import Iterable

from expunct_server.tlog.cosignature import ED25519, MAX_COSIGNED_NAME
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.strict import Rejected, utf8_bytes


class Logs:
    """Logs by their verifier keys, whose names are the origins.

    `families`: keys that sign many logs. The log named as the key, and each `<name>/<one more part>`, is accepted when
    this public key signed it: all tenants' logs of one deployment, those to come too. Raises Rejected for a key that
    is no log's.
    """

    def __init__(self, logs: Iterable[VerifierKey] = (), families: Iterable[VerifierKey] = ()) -> None:
        self._logs: dict[str, tuple[VerifierKey, ...]] = {}
        self._families: dict[str, tuple[VerifierKey, ...]] = {}
        for known, keys in ((self._logs, logs), (self._families, families)):
            for key in keys:
                _check(key)
                known[key.name] = (*known.get(key.name, ()), key)

    def keys_of(self, origin: str) -> tuple[VerifierKey, ...]:
        """The keys that may sign the log with this origin; none when it is unknown."""
        if len(utf8_bytes(origin)) > MAX_COSIGNED_NAME:  # an ML-DSA-44 cosignature could not name it
            return ()
        host, slash, tenant = origin.rpartition("/")
        related = self._families.get(origin, ())
        if slash and tenant:
            related += self._families.get(host, ())
        try:
            found = (*self._logs.get(origin, ()), *(VerifierKey(origin, ED25519, each.public) for each in related))
        except Rejected:  # this cannot be a key's name, so no key can have signed it
            return ()
        return tuple(dict.fromkeys(found))

    def __bool__(self) -> bool:
        return bool(self._logs or self._families)


def _check(key: VerifierKey) -> None:
    if key.kind != ED25519:
        raise Rejected("the key is not of a kind that signs logs")
    if len(utf8_bytes(key.name)) > MAX_COSIGNED_NAME:
        raise Rejected("the name of the log does not fit a cosignature")
