"""Every error a caller can meet, and the only place that knows its HTTP status.

    Refusal                     the request is refused: status, code, a plain sentence
    ├── BadRequest        400   the request contradicts itself
    ├── Unauthenticated   401   no key, or one that does not count
    ├── Forbidden         403   the key may not do this
    ├── NotFound          404   no such thing in this tenant
    ├── Conflict          409   not in this state, or not twice
    ├── Gone              410   it was here and has been removed
    ├── TooLarge          413
    ├── Unsupported       415   a kind of document this server does not read
    ├── Invalid           422   a field is wrong; `errors` says which
    ├── RateLimited       429   `retry_after` says for how long
    └── Unavailable       503   the server cannot do it now; trying again later may help

`detail` is one sentence for a person: what was wrong and what to do. It holds no square brackets (the published command
line renders it as markup and would crash) and never the submitted text.
"""

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One field of a request and what is wrong with it; `field` is dotted (`config.pii_types`)."""

    field: str
    message: str


class Refusal(Exception):
    """A request that is refused, with the sentence its caller reads."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str, *, code: str | None = None, errors: tuple[FieldError, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail.replace("[", "(").replace("]", ")")
        self.code = code or self.default_code
        self.errors = errors

    @property
    def headers(self) -> dict[str, str]:
        """Response headers that go with this error."""
        return {}


class BadRequest(Refusal):
    status, default_code = 400, "bad_request"


class Unauthenticated(Refusal):
    status, default_code = 401, "unauthenticated"

    @property
    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": 'ApiKey realm="expunct-server", header="X-API-Key"'}


class Forbidden(Refusal):
    status, default_code = 403, "forbidden"


class NotFound(Refusal):
    status, default_code = 404, "not_found"


class Conflict(Refusal):
    """409; `retry_after` in whole seconds where time alone will help."""

    status, default_code = 409, "conflict"

    def __init__(self, detail: str, *, code: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}


class Gone(Refusal):
    status, default_code = 410, "gone"


class TooLarge(Refusal):
    status, default_code = 413, "too_large"


class Unsupported(Refusal):
    status, default_code = 415, "unsupported_media_type"


class Invalid(Refusal):
    status, default_code = 422, "invalid"


class RateLimited(Refusal):
    status, default_code = 429, "rate_limited"

    def __init__(self, detail: str, *, retry_after: int, limit: int) -> None:
        super().__init__(detail)
        self.retry_after = max(1, retry_after)
        self.limit = limit

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Retry-After": str(self.retry_after),
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(self.retry_after),
        }


class Unavailable(Refusal):
    """503; `retry_after` in whole seconds."""

    status, default_code = 503, "unavailable"

    def __init__(self, detail: str, *, code: str | None = None, retry_after: int = 5) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


def described(error: BaseException) -> str:
    """An unexpected error for the log: class and place. Its message may quote a document: left out."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = " < ".join(f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in reversed(frames))
    return f"{type(error).__name__} at {places or 'an unknown place'}"
