"""The outermost layer of every request: its id, where it came from, what it may cost, and what goes back with it.

A plain ASGI middleware, because it runs for every request: it reads headers once and adds headers once.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from expunct_server import ids
from expunct_server.settings import Network

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,63}\Z", re.ASCII)
_FIXED_HEADERS = [(b"x-content-type-options", b"nosniff")]


@dataclass(slots=True)
class RequestContext:
    """Facts of one request; `headers` go back with the answer."""

    request_id: str
    ip_address: str | None
    user_agent: str | None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)


class ContextMiddleware:
    """Puts a `RequestContext` into `scope["state"]["context"]` and its headers on the answer.

    `screened` replaces personal data in a text: a request id that it would change is replaced by one of ours.
    """

    def __init__(self, app: App, trusted_proxies: tuple[Network, ...], screened: Callable[[str], str]) -> None:
        self.app = app
        self.trusted_proxies = trusted_proxies
        self.screened = screened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context = self._context(scope)
        scope.setdefault("state", {})["context"] = context

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                identity = (b"x-request-id", context.request_id.encode())
                message["headers"] = [*headers, identity, *context.headers, *_FIXED_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _context(self, scope: Scope) -> RequestContext:
        request_id = user_agent = None
        forwarded: list[str] = []
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                request_id = value.decode("latin-1")
            elif name == b"user-agent":
                user_agent = value.decode("latin-1")
            elif name == b"x-forwarded-for":
                forwarded.extend(value.decode("latin-1").split(","))
        if request_id is None or not _REQUEST_ID.match(request_id) or self.screened(request_id) != request_id:
            request_id = ids.new("req")
        peer = scope["client"][0] if scope.get("client") else None
        return RequestContext(request_id, client_address(peer, forwarded, self.trusted_proxies), user_agent)


def client_address(peer: str | None, forwarded: Iterable[str], trusted: tuple[Network, ...]) -> str | None:
    """The address nearest to us that is not one of our proxies.

    X-Forwarded-For is read from right to left and only as far as each speaker is trusted: what stands left of the first
    stranger is that stranger's claim, and anyone can claim anything.
    """
    address = _parsed(peer)
    for claim in reversed(list(forwarded)):
        if address is None or not any(address in network for network in trusted):
            break
        claimed = _parsed(claim.strip())
        if claimed is None:
            break
        address = claimed
    return None if address is None else str(address)


@lru_cache(maxsize=1024)
def _parsed(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        # Without the zone (`fe80::1%eth0`), which names an interface of the speaker's and can be any text.
        address = ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
