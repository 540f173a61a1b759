"""The witness over HTTP: `POST /add-checkpoint`, and nothing else. Callers need no key but the log's signature."""

import asyncio
import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from expunct_server.errors import Refusal, described
from expunct_server.tlog.witness import MAX_REQUEST
from expunct_server.web.bodies import read_limited
from expunct_server.witness.service import TEXT, Witness

_BODY_SECONDS = 10.0
_log = logging.getLogger(__name__)


def create_app(witness: Witness, body_seconds: float = _BODY_SECONDS) -> Starlette:
    """The application. `body_seconds`: how long a request's body may take to arrive."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(body_seconds):
                body = await read_limited(request, MAX_REQUEST)
        except TimeoutError:
            # The rest of the body would be taken for the next request.
            return _says(408, "the body took too long", {"Connection": "close"})
        except ClientDisconnect:
            return _says(400, "the body is not whole")
        answer = await run_in_threadpool(witness.add_checkpoint, body)
        # As a header: given as the media type it would get a charset, and the specification has none.
        return Response(answer.body, answer.status, {"Content-Type": answer.content_type})

    return Starlette(
        routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])],
        exception_handlers={Refusal: _refused, HTTPException: _http_error, Exception: _failed},
    )


def _says(status: int, why: str, headers: dict[str, str] | None = None) -> Response:
    return Response(f"{why}\n".encode(), status, headers, media_type=TEXT)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    if error.status >= 500:
        _log.error("the witness cannot work: %s", error.detail)
    return _says(error.status, error.detail, error.headers)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _says(error.status_code, error.detail, dict(error.headers or {}))


async def _failed(_: Request, error: Exception) -> Response:
    _log.error("a request failed: %s", described(error))
    return _says(500, "the witness failed")
