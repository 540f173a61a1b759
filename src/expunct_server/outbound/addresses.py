"""Where a request to an address that a caller named may go.

Three questions, each asked anew at every hop: is the URL one that has a single reading (`check_url`), is its host among
those that the operator allows (`check_url` too), and is every address that the host's name stands for one of the public
internet, or in a network that the operator named (`check_addresses`)?

**Public** is decided by tables of our own, not by the interpreter's, whose answers differ between versions. Of IPv6
only what has been given out as global unicast is public. An address that carries an IPv4 address (mapped, compatible,
6to4, Teredo) is not, whatever it carries, but for NAT64's well-known prefix: on a network without IPv4 all hosts of the
old internet have such addresses, so there what is carried decides. A NAT64 prefix of the operator's own cannot be told
from other public addresses: such a translator must not lead into private networks.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import urljoin

Network = IPv4Network | IPv6Network
IPAddress = IPv4Address | IPv6Address

MAX_URL = 8000
"""Characters of a URL: signed addresses of the great providers have up to some 2,500."""

_NOT_PUBLIC = tuple(
    IPv4Network(each)
    for each in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a carrier's translator; Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's platform, seen from inside only
        "169.254.0.0/16",  # link-local; metadata of most providers
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments; Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(each)
    for each in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_PRIVATE: tuple[Network, ...] = tuple(
    ip_network(each)
    for each in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",  # behind a carrier's translator, and overlay networks
        "127.0.0.0/8",
        "169.254.0.0/16",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
)

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?://(?P<authority>[^/?#]*))?(?P<rest>[^#]*)(?:#.*)?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_AUTHORITY = re.compile(r"(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_VISIBLE = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator allows: hosts (see `settings.fetch_hosts`), and networks that count as public.

    `plain` is for a host that the operator named with http://: then TLS may be left out, to a private address alone.
    """

    hosts: tuple[str, ...]
    private_networks: tuple[Network, ...]
    plain: bool = False


class AddressRefused(Exception):
    """No request may go there. `code` is for programs, `detail` one sentence for people, without host or URL.

    The codes: url_malformed, scheme_not_allowed, host_not_allowed, address_not_allowed.
    """

    passing = False

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: host in lower case without brackets or final dot, port, path with query; `secure`: https."""

    host: str
    port: int
    path: str = field(repr=False)  # a query may hold a signature
    secure: bool = True

    @property
    def authority(self) -> str:
        """Host and port as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _default_port(self.secure) else f"{host}:{self.port}"

    @property
    def literal(self) -> IPAddress | None:
        """The address, when the host is one and not a name."""
        return _literal(self.host)


def check_url(url: str, rules: Rules) -> Target:
    """The URL taken apart, when it may be asked for as far as can be told without DNS. Raises `AddressRefused`."""
    match = _URL.fullmatch(url) if len(url) <= MAX_URL and _VISIBLE.fullmatch(url) and "\\" not in url else None
    if match is None:
        raise _malformed(
            "The address must be a URL of visible ASCII characters without backslashes, and not overly long; "
            "percent-encode others, and write international host names in their xn-- form."
        )
    scheme = match["scheme"].lower()
    if scheme != "https" and not (rules.plain and scheme == "http"):
        raise AddressRefused("scheme_not_allowed", "The address must start with https://.")
    target = _target(match["authority"] or "", match["rest"], secure=scheme == "https")
    if not any(_matches(pattern.lower(), target) for pattern in rules.hosts):
        raise AddressRefused(
            "host_not_allowed", "The server's operator does not allow this host, or not at this port; ask them for it."
        )
    literal = target.literal
    if literal is not None:
        check_addresses([literal], rules, secure=target.secure)
    return target


def redirected(url: str, location: str) -> str:
    """Where `location` leads (RFC 3986, 5.2) that was answered for `url`, which was checked; this one was not yet."""
    # Sent as bytes beyond ASCII, read as Latin-1.
    location = "".join(each if each < "\x80" else f"%{ord(each):02X}" for each in location)
    if location.startswith("//"):
        return "https:" + location
    # `urljoin` mends what it finds odd; only what is plainly a path or a query is left to it.
    if _SCHEME.match(location) or not _VISIBLE.fullmatch(location):
        return location
    return urljoin(url, location)


def check_addresses(addresses: Iterable[IPAddress], rules: Rules, *, secure: bool = True) -> None:
    """Raises `AddressRefused` unless every one of the addresses may be reached, over TLS or, not `secure`, without."""
    for address in addresses:
        if not secure and not is_private(address):
            raise AddressRefused(
                "address_not_allowed", "Without TLS nothing is sent to an address that is not private."
            )
        if not is_public(address) and not any(address in network for network in rules.private_networks):
            raise AddressRefused(
                "address_not_allowed",
                "The host is in a private or special network, which the server's operator does not allow.",
            )


def is_public(address: IPAddress) -> bool:
    """Is this one host of the public internet?"""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC)
    if address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NOT_PUBLIC_6)


def is_private(address: IPAddress) -> bool:
    """Is this in a network of this host's own, so that what is sent there does not cross the internet?

    An IPv4 address in IPv6's form (mapped) is asked for over IPv4, so it is what it carries. One that carries another
    in any other way (6to4, Teredo, NAT64, compatible) is not private: its packets leave through a relay, if at all.
    """
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return any((mapped or address) in network for network in _PRIVATE)


def _target(authority: str, rest: str, *, secure: bool) -> Target:
    if "@" in authority:
        raise _malformed("The address must not hold a user name or password.")
    match = _AUTHORITY.fullmatch(authority)
    host = _host(match["host"].lower()) if match else None
    port = int(match["port"] or _default_port(secure)) if match else 0
    if host is None or not 1 <= port <= 65535:
        raise _malformed("The address must name a host, and a port from 1 to 65535 if any, in the usual form.")
    return Target(host, port, rest if rest.startswith("/") else "/" + rest, secure)


def _default_port(secure: bool) -> int:
    return 443 if secure else 80


def _host(text: str) -> str | None:
    """A name or an address in the one usual form of each; None for the others, such as 0x7f.1, 2130706433 and 127.1."""
    if text.startswith("["):
        literal = _literal(text[1:-1])
        return str(literal) if isinstance(literal, IPv6Address) else None
    name = text.removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    # Who resolves names takes one that ends in a number for an IPv4 address, in whatever form.
    if _NUMBER.fullmatch(labels[-1]) and _literal(text) is None:
        return None
    return name


def _literal(host: str) -> IPAddress | None:
    try:
        return IPv6Address(host) if ":" in host else IPv4Address(host)
    except ValueError:
        return None


def _matches(pattern: str, target: Target) -> bool:
    """`*`, `*.example.com` or a host, with `:port` or for port 443. An IPv6 address stands in brackets."""
    match = re.fullmatch(r"\[?(?P<host>.+?)\]?(?::(?P<port>[0-9]{1,5}))?", pattern)
    if match is None or target.port != int(match["port"] or 443):
        return False
    host = match["host"].removesuffix(".")
    if host.startswith("*."):
        return target.literal is None and target.host.endswith(host[1:])
    return host in ("*", target.host)


def _malformed(detail: str) -> AddressRefused:
    return AddressRefused("url_malformed", detail)
