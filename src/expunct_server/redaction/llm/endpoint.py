"""Who is asked."""

import re
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

from expunct_server.outbound.addresses import Rules

_ANYWHERE: Final = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_LONGEST_NAME: Final = 60
_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Llm:
    """A model at one of the operator's endpoints. `url` is the base of its API, such as `https://llm.example/v1`.

    `seconds` is what one question may take, tries and pauses included; `at_once` how many this process asks at a time.
    """

    url: str
    model: str
    api_key: str | None = field(default=None, repr=False)
    seconds: float = 60.0
    at_once: int = 4

    @property
    def completions(self) -> str:
        """The address of a question."""
        return f"{self.url}/chat/completions"

    @property
    def host(self) -> str:
        """Host and port, for events and reports."""
        return urlsplit(self.url).netloc

    @property
    def recognizer(self) -> str:
        """How findings call it."""
        return "llm:" + re.sub(r"[^A-Za-z0-9_.-]+", "_", self.model)[:_LONGEST_NAME]

    @property
    def rules(self) -> Rules:
        """Where a question may go: to this host and port alone, in whatever network, for the operator named it."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        port = parts.port or _PORTS[parts.scheme]
        return Rules((f"{host}:{port}",), _ANYWHERE, plain=parts.scheme == "http")
