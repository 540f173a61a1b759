"""One question to a model: sent, tried again where that may help, and over in time."""

import re
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from expunct_server.outbound import client
from expunct_server.outbound.addresses import AddressRefused
from expunct_server.outbound.connecting import OutboundError
from expunct_server.redaction.failures import LlmBadAnswer, LlmRefused, LlmTimeout, LlmUnavailable
from expunct_server.redaction.llm.endpoint import Llm
from expunct_server.redaction.llm.prompt import Named, answer, question

TRIES: Final = 3
PAUSE = 1.0
"""Seconds before the second try, twice as many before the third; a server may ask for more."""
MAX_ANSWER: Final = 1 << 20
"""Bytes of an answer."""

_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_NOT_UNDERSTOOD: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_SECONDS = re.compile(r"[0-9]{1,6}")
# Endpoints and models that took a question only without its options: servers that know no json_object, models that take
# no temperature or call the limit differently. Forgotten with the process.
_plain: set[tuple[str, str]] = set()


def ask(llm: Llm, text: str, types: Sequence[str], until: float) -> list[Named]:
    """What the model names in `text`, answered by the moment `until` of the monotonic clock.

    Raises LlmTimeout, LlmUnavailable, LlmRefused, LlmBadAnswer, and `CutOff`, which asks for a shorter text.
    """
    for number in range(1, TRIES + 1):
        try:
            return answer(_answered(llm, text, types, until))
        except LlmBadAnswer:
            if number == TRIES:
                raise
        except LlmUnavailable as error:
            pause = max(PAUSE * number, error.retry_after)
            if number == TRIES or time.monotonic() + pause >= until:
                raise
            time.sleep(pause)
    raise AssertionError


def _answered(llm: Llm, text: str, types: Sequence[str], until: float) -> bytes:
    """The body of a good answer, with the options of a question or, where they are not understood, without."""
    known = (llm.url, llm.model)
    is_plain = known in _plain
    status, body, wait = _sent(llm, question(llm.model, text, types, plain=is_plain), until)
    if status in _NOT_UNDERSTOOD and not is_plain:
        status, body, wait = _sent(llm, question(llm.model, text, types, plain=True), until)
        if status == HTTPStatus.OK:
            _plain.add(known)
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise LlmUnavailable(status, wait)
    if status != HTTPStatus.OK:
        raise LlmRefused(status)
    return body


def _sent(llm: Llm, body: bytes, until: float) -> tuple[int, bytes, float]:
    """Status and body of the answer, and the seconds it asks to wait. The body of an error is not read."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if llm.api_key:
        headers["Authorization"] = f"Bearer {llm.api_key}"
    left = until - time.monotonic()
    try:
        with client.ask(
            llm.completions, body, headers, rules=llm.rules, seconds=left, max_bytes=MAX_ANSWER
        ) as response:
            wait = response.headers.get("retry-after", "")
            content = response.read() if response.status == HTTPStatus.OK else b""
            return response.status, content, float(wait) if _SECONDS.fullmatch(wait) else 0.0
    except AddressRefused:
        raise LlmRefused from None
    except OutboundError as error:
        raise _failure(error) from None


def _failure(error: OutboundError) -> Exception:
    if error.code == "timeout":
        return LlmTimeout()
    if error.passing:
        return LlmUnavailable()
    return LlmRefused() if error.code == "tls_failed" else LlmBadAnswer()
