"""What an answer of a storage server means. Its own words, which may hold keys and addresses, go no further."""

import re
import time
from collections.abc import Callable
from typing import TypeVar

from obstore.exceptions import AlreadyExistsError, BaseError, InvalidPathError, PreconditionError

from expunct_server.storage.base import (
    BucketMissing,
    CredentialsRefused,
    KeyUnsupported,
    StoreChanged,
    StoreDenied,
    StoreError,
    StoreExists,
    StoreMissing,
    StoreTimeout,
    StoreUnavailable,
    WrongRegion,
)

_T = TypeVar("_T")
_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
_CODE = re.compile(r"<Code>(\w+)</Code>|\(code: (\w+)\)")
_STATUS = re.compile(r"status code: (\d{3})")


class StoreBusy(StoreUnavailable):
    """Too many requests: obstore does not try again, so that is done here."""


class NotUnderstood(StoreUnavailable):
    """A request that the server says was wrong, as it says of an expired token when it may not say more."""


_CODES: dict[str, type[StoreError]] = {
    **dict.fromkeys(("NoSuchKey", "BlobNotFound", "NoSuchVersion"), StoreMissing),
    **dict.fromkeys(("NoSuchBucket", "InvalidBucketName", "ContainerNotFound", "ContainerBeingDeleted"), BucketMissing),
    **dict.fromkeys(("AccessDenied", "AllAccessDisabled", "AuthorizationFailure"), StoreDenied),
    **dict.fromkeys(
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"), CredentialsRefused
    ),
    **dict.fromkeys(("TokenRefreshRequired", "AuthenticationFailed", "InvalidAuthenticationInfo"), CredentialsRefused),
    **dict.fromkeys(("NoAuthenticationInformation", "RequestTimeTooSkewed"), CredentialsRefused),
    **dict.fromkeys(("PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect"), WrongRegion),
    **dict.fromkeys(("KeyTooLongError", "InvalidURI", "InvalidResourceName"), KeyUnsupported),
    **dict.fromkeys(("PreconditionFailed", "ConditionNotMet"), StoreChanged),
    **dict.fromkeys(("SlowDown", "TooManyRequests", "ServerBusy"), StoreBusy),
    **dict.fromkeys(("OperationAborted", "ConditionalRequestConflict", "InternalError"), StoreUnavailable),
    **dict.fromkeys(("RequestTimeout", "OperationTimedOut"), StoreTimeout),
}
_STATUSES: dict[int, type[StoreError]] = {
    301: WrongRegion,
    307: WrongRegion,
    400: NotUnderstood,
    401: CredentialsRefused,
    403: StoreDenied,
    404: StoreMissing,
    408: StoreTimeout,
    412: StoreChanged,
    429: StoreBusy,
    504: StoreTimeout,
}


def meaning(status: int, body: str) -> type[StoreError]:
    """What a server said: its code counts most, then the status."""
    code = _CODE.search(body)
    said = (code.group(1) or code.group(2)) if code else ""
    if said.isdecimal():  # of Azure's deletions
        status = int(said)
    return _CODES.get(said) or _STATUSES.get(status, StoreUnavailable)


def of_obstore(error: Exception) -> type[StoreError]:
    """What an exception of obstore means; it has the server's answer as text only."""
    if isinstance(error, AlreadyExistsError):
        return StoreExists
    if isinstance(error, PreconditionError):
        return StoreChanged
    if isinstance(error, InvalidPathError | ValueError):
        return KeyUnsupported
    said, _, debug = str(error).partition("\n\nDebug source:")
    if "redirect without LOCATION" in said:
        return WrongRegion
    status = _STATUS.search(said.rpartition("Server returned")[2])
    if status or _CODE.search(said):
        return meaning(int(status.group(1)) if status else 0, said.rpartition("Server returned")[2])
    return StoreTimeout if "kind: Timeout" in debug or "TimedOut" in debug else StoreUnavailable


def plainly(act: Callable[[], _T]) -> _T:
    """What `act` gives. Of obstore's exceptions only what they mean is raised."""
    try:
        return act()
    except (BaseError, FileNotFoundError, ValueError) as error:
        failure = of_obstore(error)
    # Outside of the block above (and no context manager): not even the context of what is raised has the message.
    raise failure


def retried(act: Callable[[], _T], seconds: float, *, on: type[StoreError] = StoreBusy) -> _T:
    """What `act` gives, tried again after a pause when it raises `on`, for `seconds` and five times at most."""
    patience = time.monotonic() + seconds
    for pause in _PAUSES:
        try:
            return act()
        except on:
            if time.monotonic() + pause > patience:
                raise
        time.sleep(pause)
    return act()
