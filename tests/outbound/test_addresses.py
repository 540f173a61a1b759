"""Which URLs and addresses may be asked for: those with one reading, on allowed hosts, in the public internet."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.outbound.addresses import (
    AddressRefused,
    IPAddress,
    Rules,
    Target,
    check_addresses,
    check_url,
    is_private,
    is_public,
    redirected,
)

ANY = Rules(("*",), ())


def refusal(url: str, rules: Rules = ANY) -> str:
    with pytest.raises(AddressRefused) as refused:
        check_url(url, rules)
    assert refused.value.detail.endswith(".") and "example" not in refused.value.detail
    return refused.value.code


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", Target("example.com", 443, "/")),
        ("HTTPS://Example.COM:443/A%20b?c=d&e#f", Target("example.com", 443, "/A%20b?c=d&e")),
        ("https://example.com?a=/b", Target("example.com", 443, "/?a=/b")),
        ("https://example.com./a//b/../c", Target("example.com", 443, "/a//b/../c")),
        ("https://example.com:/", Target("example.com", 443, "/")),
        ("https://xn--bcher-kva.example/", Target("xn--bcher-kva.example", 443, "/")),
        ("https://a_b.example/@/:", Target("a_b.example", 443, "/@/:")),
        ("https://8.8.8.8/", Target("8.8.8.8", 443, "/")),
        ("https://[2606:4700:0::1111]/", Target("2606:4700::1111", 443, "/")),
        ("https://123.example/", Target("123.example", 443, "/")),
        ("https://0xcafe.example/", Target("0xcafe.example", 443, "/")),
    ],
)
def test_a_plain_url_is_taken_apart(url: str, target: Target) -> None:
    assert check_url(url, ANY) == target


def test_a_host_is_named_in_a_request_as_in_a_url() -> None:
    rules = Rules(("*", "*:8443"), ())
    for authority in ("example.com", "example.com:8443", "8.8.8.8", "[2606:4700::1111]", "[2606:4700::1111]:8443"):
        assert check_url(f"https://{authority}/", rules).authority == authority


@pytest.mark.parametrize(
    ("url", "code"),
    [
        # not https
        ("http://example.com/", "scheme_not_allowed"),
        ("ftp://example.com/", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("gopher://example.com/", "scheme_not_allowed"),
        ("javascript:alert(1)", "scheme_not_allowed"),
        ("view-source:https://example.com/", "scheme_not_allowed"),
        # not one reading
        ("", "url_malformed"),
        ("example.com", "url_malformed"),
        ("//example.com/", "url_malformed"),
        ("https:example.com", "url_malformed"),
        ("https:/example.com", "url_malformed"),
        ("https:///example.com", "url_malformed"),
        ("https://", "url_malformed"),
        ("https://:443/", "url_malformed"),
        ("https://?example.com", "url_malformed"),
        (" https://example.com/", "url_malformed"),
        ("https://example.com/ ", "url_malformed"),
        ("https://example.com/a b", "url_malformed"),
        ("https://example.com/\r\nHost: other", "url_malformed"),
        ("https://exam\tple.com/", "url_malformed"),
        ("https://example.com/\x00", "url_malformed"),
        ("https://example.com/\x7f", "url_malformed"),
        ("https://example.com\\@127.0.0.1/", "url_malformed"),
        ("https://127.0.0.1\\.example.com/", "url_malformed"),
        ("https:\\\\example.com/", "url_malformed"),
        ("https://example.com/\\..", "url_malformed"),
        ("https://user@example.com/", "url_malformed"),
        ("https://user:word@example.com/", "url_malformed"),
        ("https://example.com:443@127.0.0.1/", "url_malformed"),
        ("https://@example.com/", "url_malformed"),
        ("https://example.com:0/", "url_malformed"),
        ("https://example.com:65536/", "url_malformed"),
        ("https://example.com:-1/", "url_malformed"),
        ("https://example.com:+443/", "url_malformed"),
        ("https://example.com:4_43/", "url_malformed"),
        ("https://example.com:000443/", "url_malformed"),
        ("https://example.com:443:443/", "url_malformed"),
        ("https://example.com:a/", "url_malformed"),
        ("https://.example.com/", "url_malformed"),
        ("https://example..com/", "url_malformed"),
        ("https://example.com../", "url_malformed"),
        ("https://./", "url_malformed"),
        ("https://-example.com/", "url_malformed"),
        ("https://example-.com/", "url_malformed"),
        (f"https://{'a' * 64}.example/", "url_malformed"),
        (f"https://{'a.' * 127}example/", "url_malformed"),
        (f"https://example.com/{'a' * 8000}", "url_malformed"),
        ("https://ex%61mple.com/", "url_malformed"),
        ("https://127.0.0.1%2f.example.com/", "url_malformed"),
        ("https://exa*mple.com/", "url_malformed"),
        # international names: in their ASCII form only
        ("https://bücher.example/", "url_malformed"),
        ("https://ⓔxample.com/", "url_malformed"),
        ("https://127。0。0。1/", "url_malformed"),
        ("https://①②⑦.0.0.1/", "url_malformed"),
        ("https://example.com/ä", "url_malformed"),
        # addresses in forms of old
        ("https://2130706433/", "url_malformed"),
        ("https://0x7f000001/", "url_malformed"),
        ("https://0x7f.1/", "url_malformed"),
        ("https://0x7f.0.0.0x1/", "url_malformed"),
        ("https://0177.0.0.1/", "url_malformed"),
        ("https://127.0.0.01/", "url_malformed"),
        ("https://127.1/", "url_malformed"),
        ("https://127.0.0.1./", "url_malformed"),
        ("https://127.0.0.0x/", "url_malformed"),
        ("https://256.0.0.1/", "url_malformed"),
        ("https://1.2.3.4.5/", "url_malformed"),
        ("https://example.1/", "url_malformed"),
        ("https://[::1/", "url_malformed"),
        ("https://::1/", "url_malformed"),
        ("https://[::1]x/", "url_malformed"),
        ("https://[fe80::1%25eth0]/", "url_malformed"),
        ("https://[fe80::1%eth0]/", "url_malformed"),
        ("https://[8.8.8.8]/", "url_malformed"),
        ("https://[example.com]/", "url_malformed"),
        ("https://[v1.a]/", "url_malformed"),
        ("https://[1::2::3]/", "url_malformed"),
        # addresses that nobody from outside has business with
        ("https://127.0.0.1/", "address_not_allowed"),
        ("https://0.0.0.0/", "address_not_allowed"),
        ("https://10.1.2.3/", "address_not_allowed"),
        ("https://169.254.169.254/latest/meta-data/", "address_not_allowed"),
        ("https://100.100.100.200/", "address_not_allowed"),
        ("https://168.63.129.16/", "address_not_allowed"),
        ("https://192.0.0.192/", "address_not_allowed"),
        ("https://255.255.255.255/", "address_not_allowed"),
        ("https://[::1]/", "address_not_allowed"),
        ("https://[::]/", "address_not_allowed"),
        ("https://[::ffff:127.0.0.1]/", "address_not_allowed"),
        ("https://[::ffff:7f00:1]/", "address_not_allowed"),
        ("https://[::ffff:8.8.8.8]/", "address_not_allowed"),
        ("https://[::127.0.0.1]/", "address_not_allowed"),
        ("https://[64:ff9b::127.0.0.1]/", "address_not_allowed"),
        ("https://[64:ff9b:1::8.8.8.8]/", "address_not_allowed"),
        ("https://[2002:7f00:1::]/", "address_not_allowed"),
        ("https://[2001:0:7f00:1::]/", "address_not_allowed"),
        ("https://[fd00:ec2::254]/", "address_not_allowed"),
        ("https://[fd20:ce::254]/", "address_not_allowed"),
        ("https://[fe80::1]/", "address_not_allowed"),
        ("https://[ff02::1]/", "address_not_allowed"),
    ],
)
def test_a_hostile_url_is_refused(url: str, code: str) -> None:
    assert refusal(url) == code


@pytest.mark.parametrize(
    ("hosts", "url", "is_allowed"),
    [
        (("*",), "https://example.com/", True),
        (("*",), "https://example.com:8443/", False),
        ((), "https://example.com/", False),
        (("example.com",), "https://EXAMPLE.com./", True),
        (("Example.com.",), "https://example.com/", True),
        (("example.com",), "https://example.com:8443/", False),
        (("example.com:8443",), "https://example.com:8443/", True),
        (("example.com:8443",), "https://example.com/", False),
        (("example.com:443",), "https://example.com/", True),
        (("example.com",), "https://example.com.evil.example/", False),
        (("example.com",), "https://evilexample.com/", False),
        (("example.com",), "https://a.example.com/", False),
        (("*.example.com",), "https://a.example.com/", True),
        (("*.example.com",), "https://b.a.example.com/", True),
        (("*.example.com",), "https://example.com/", False),
        (("*.example.com",), "https://evilexample.com/", False),
        (("*.example.com",), "https://a.example.com:8443/", False),
        (("*.example.com:8443",), "https://a.example.com:8443/", True),
        (("*.example.com", "example.com"), "https://example.com/", True),
        (("*:8443",), "https://example.com:8443/", True),
        (("exam*.com",), "https://example.com/", False),
        (("*.8.8",), "https://8.8.8.8/", False),
        (("8.8.8.8",), "https://8.8.8.8/", True),
        (("[2606:4700::1111]",), "https://[2606:4700:0::1111]/", True),
        (("[2606:4700::1111]:8443",), "https://[2606:4700::1111]:8443/", True),
        (("[2606:4700::1111]:8443",), "https://[2606:4700::1111]/", False),
    ],
)
def test_only_hosts_that_the_operator_allows(hosts: tuple[str, ...], url: str, is_allowed: bool) -> None:
    if is_allowed:
        assert check_url(url, Rules(hosts, ()))
    else:
        assert refusal(url, Rules(hosts, ())) == "host_not_allowed"


def test_a_network_that_the_operator_named_may_be_reached_and_no_other() -> None:
    rules = Rules(("*",), (IPv4Network("10.1.0.0/16"), IPv6Network("fd12::/32")))
    for allowed in ("10.1.255.255", "fd12::1", "8.8.8.8"):
        check_addresses([ip_address(allowed)], rules)
    for refused in ("10.2.0.0", "fd13::1", "::ffff:10.1.0.1", "64:ff9b::10.1.0.1", "2002:a01:1::"):
        with pytest.raises(AddressRefused, match="private or special network"):
            check_addresses([ip_address("10.1.0.1"), ip_address(refused)], rules)


def test_without_tls_only_where_the_operator_said_so_and_never_to_the_public_internet() -> None:
    plain = Rules(("*", "*:80", "*:8000"), (IPv4Network("0.0.0.0/0"),), plain=True)
    assert check_url("http://model.example/v1", plain) == Target("model.example", 80, "/v1", secure=False)
    assert check_url("https://model.example/v1", plain) == Target("model.example", 443, "/v1")
    assert check_url("http://10.0.0.1:8000/v1", plain).authority == "10.0.0.1:8000"
    assert check_url("http://model.example/v1", plain).authority == "model.example"
    assert refusal("http://8.8.8.8/v1", plain) == "address_not_allowed"
    assert refusal("ftp://model.example/v1", plain) == "scheme_not_allowed"
    assert refusal("http://model.example/v1", Rules(("*:80",), ())) == "scheme_not_allowed"
    check_addresses([ip_address("8.8.8.8"), ip_address("10.0.0.1")], plain)
    check_addresses([ip_address("10.0.0.1")], plain, secure=False)
    with pytest.raises(AddressRefused, match="Without TLS"):
        check_addresses([ip_address("10.0.0.1"), ip_address("8.8.8.8")], plain, secure=False)


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("10.0.0.1", True),
        ("172.31.255.255", True),
        ("192.168.0.1", True),
        ("100.127.0.1", True),
        ("127.0.0.1", True),
        ("169.254.1.1", True),
        ("::1", True),
        ("fd00::1", True),
        ("fe80::1", True),
        ("::ffff:10.0.0.1", True),
        ("8.8.8.8", False),
        ("172.32.0.0", False),
        ("100.128.0.0", False),
        ("0.0.0.0", False),
        ("192.0.0.1", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("::", False),
        ("::ffff:8.8.8.8", False),
        ("::8.8.8.8", False),
        ("::10.0.0.1", False),
        ("2002:808:808::1", False),
        ("2002:a00:1::1", False),
        ("2001::1", False),
        ("2001:0:808:808::f5ff:fffe", False),
        ("64:ff9b::8.8.8.8", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b:1::8.8.8.8", False),
        ("2606:4700::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
    ],
)
def test_without_tls_only_to_what_is_surely_private(address: str, is_allowed: bool) -> None:
    plain = Rules(("*",), (ip_network("0.0.0.0/0"), ip_network("::/0")), plain=True)
    assert is_private(ip_address(address)) is is_allowed
    if is_allowed:
        check_addresses([ip_address(address)], plain, secure=False)
        return
    with pytest.raises(AddressRefused, match="Without TLS"):
        check_addresses([ip_address(address)], plain, secure=False)


# --- what is public: against what the interpreter knows ---------------------------------------------------------------

ALSO_SPECIAL = [
    ip_network(each)
    for each in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20")
]


def is_special(address: IPAddress) -> bool:
    """By other means than ours: an address that is not one host of the public internet."""
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return True
    if any(address in network for network in ALSO_SPECIAL):
        return True
    if isinstance(address, IPv4Address):
        return False
    carried = address.ipv4_mapped or address.sixtofour or address.teredo
    return bool(carried) or address.is_site_local or address not in IPv6Network("2000::/3")


ipv4 = st.ip_addresses(v=4)
edges = st.sampled_from([each for network in ALSO_SPECIAL for each in (network[0], network[-1])])


@settings(max_examples=400, deadline=None)
@given(st.one_of(ipv4, st.ip_addresses(v=6), edges, st.integers(0x2 << 124, (0x4 << 124) - 1).map(IPv6Address)))
def test_an_address_is_public_or_special(address: IPAddress) -> None:
    if address in IPv6Network("64:ff9b::/96"):
        assert is_public(address) is not is_special(IPv4Address(int(address) & 0xFFFFFFFF))
    else:
        assert is_public(address) is not is_special(address)


@settings(max_examples=150, deadline=None)
@given(ipv4, st.integers(0, (1 << 64) - 1))
def test_an_address_that_carries_a_special_one_is_refused(carried: IPv4Address, rest: int) -> None:
    number = int(carried)
    for wrapped in (
        IPv6Address(0xFFFF << 32 | number),  # mapped
        IPv6Address(number),  # compatible
        IPv6Address(0x2002 << 112 | number << 80 | rest),  # 6to4
        IPv6Address(0x20010000 << 96 | number << 64 | rest),  # Teredo, by this server
        IPv6Address(0x20010000 << 96 | (rest & ~0xFFFFFFFF) | (number ^ 0xFFFFFFFF)),  # Teredo, this client
        IPv6Address(0x64FF9B0001 << 88 | number),  # NAT64 of a local network
    ):
        assert not is_public(wrapped)
    assert is_public(IPv6Address(0x64FF9B << 96 | number)) is is_public(carried)


# --- redirects --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [
        ("/c", "https://example.com/c"),
        ("c?d#e", "https://example.com/a/c?d#e"),
        ("../../../c", "https://example.com/c"),
        ("?c", "https://example.com/a/b?c"),
        ("./c:d", "https://example.com/a/c:d"),
        ("//other.example/c", "https://other.example/c"),
        ("https://other.example", "https://other.example"),
        ("/\xc3\xa4", "https://example.com/%C3%A4"),
    ],
)
def test_a_redirect_leads_where_the_standard_says(location: str, leads_to: str) -> None:
    assert redirected("https://example.com/a/b?q", location) == leads_to
    check_url(leads_to, ANY)


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://example.com/", "scheme_not_allowed"),
        ("//127.0.0.1/", "address_not_allowed"),
        ("///127.0.0.1/", "url_malformed"),
        ("https:/127.0.0.1/", "url_malformed"),
        ("/\\127.0.0.1/", "url_malformed"),
        ("\\\\127.0.0.1/", "url_malformed"),
        ("/\t/127.0.0.1/", "url_malformed"),
        (" https://example.com/", "url_malformed"),
        ("//me@127.0.0.1/", "url_malformed"),
        ("//b\xfccher.example/", "url_malformed"),
        ("", "url_malformed"),
        ("https://a.example/, https://b.example/", "url_malformed"),
    ],
)
def test_a_hostile_redirect_is_refused(location: str, code: str) -> None:
    assert refusal(redirected("https://example.com/a/b?q", location)) == code


odd = st.text(st.sampled_from("aA1.:/?#@[]%\\\t -_x0é。*;&="), max_size=30)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["https://", "https:", "//", "/", "", "https://a.example", "https://[::"]), odd)
def test_what_is_accepted_is_read_alike_by_others(start: str, rest: str) -> None:
    url = redirected("https://example.com/a/b?q", start + rest)
    try:
        target = check_url(url, Rules(("*", *(f"*:{port}" for port in range(1, 12))), ()))
    except AddressRefused:
        return
    parts = urlsplit(url)
    assert parts.scheme == "https" and (parts.port or 443) == target.port
    host = str(parts.hostname).removesuffix(".")
    assert (ip_address(host) == target.literal) if target.literal else (host == target.host)
