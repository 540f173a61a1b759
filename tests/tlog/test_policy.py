"""Trust policies: the example of the specification, who satisfies it, and what is no policy."""

from itertools import combinations

import pytest

from expunct_server.tlog.note import Opened, VerifierKey
from expunct_server.tlog.policy import Policy, PolicyGroup, PolicyLog, PolicyWitness, parse_policy
from expunct_server.tlog.signer import Ed25519Cosigner, Ed25519Signer
from expunct_server.tlog.strict import Rejected

from .support import LOG, ORIGIN, PQ_WITNESS, STRANGER, TIME, WITNESS, checkpoint_text

L, W, Q = (each.verifier_key.encode() for each in (LOG, WITNESS, PQ_WITNESS))
NAMES = ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
WITNESSES = {
    name: Ed25519Cosigner(f"w.example/{name}", bytes([place]) * 32, lambda: TIME).verifier_key
    for place, name in enumerate(NAMES, 10)
}
V = {name: key.encode() for name, key in WITNESSES.items()}
EXAMPLE = f"""log {L}

witness X1 {V["X1"]}
witness X2 {V["X2"]}
witness X3 {V["X3"]}
group X-witnesses 2 X1 X2 X3

witness Y1 {V["Y1"]}
witness Y2 {V["Y2"]}
witness Y3 {V["Y3"]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def opened(*keys: VerifierKey, origin: str = ORIGIN) -> Opened:
    return Opened(checkpoint_text(11, origin), tuple((key, None) for key in keys))


def test_the_example_of_the_specification() -> None:
    groups = (
        PolicyGroup(b"X-witnesses", 2, (b"X1", b"X2", b"X3")),
        PolicyGroup(b"Y-witnesses", 1, (b"Y1", b"Y2", b"Y3")),
        PolicyGroup(b"X-and-Y", 2, (b"X-witnesses", b"Y-witnesses")),
    )
    witnesses = tuple(PolicyWitness(name.encode(), WITNESSES[name]) for name in NAMES)
    policy = parse_policy(EXAMPLE.encode())
    assert policy == Policy((PolicyLog(LOG.verifier_key),), witnesses, groups, b"X-and-Y")
    assert policy.keys == (LOG.verifier_key, *WITNESSES.values())


def test_every_set_of_witnesses_against_the_example() -> None:
    policy = parse_policy(EXAMPLE.encode())
    for count in range(7):
        for names in combinations(NAMES, count):
            enough = sum(name[0] == "X" for name in names) >= 2 and any(name[0] == "Y" for name in names)
            keys = [WITNESSES[name] for name in names]
            assert policy.satisfied(opened(LOG.verifier_key, *keys)) is enough
            assert policy.satisfied(opened(*keys)) is False  # no listed log has signed


def test_a_listed_log_counts_for_its_own_origin_alone() -> None:
    second = Ed25519Signer("log.example/tenant-2", b"\x07" * 32).verifier_key
    policy = parse_policy(f"log {L}\nlog {second.encode()}\nquorum none\n".encode())
    assert policy.satisfied(opened(LOG.verifier_key)) is True
    assert policy.satisfied(opened(LOG.verifier_key, origin=second.name)) is False
    assert policy.satisfied(opened(second, origin=second.name)) is True
    assert policy.satisfied(opened(STRANGER.verifier_key)) is False


def test_without_listed_logs_any_that_the_caller_knows_will_do() -> None:
    policy = parse_policy(f"witness w {W}\nquorum w\n".encode())
    assert policy.satisfied(opened(STRANGER.verifier_key, WITNESS.verifier_key)) is True
    assert policy.satisfied(opened(STRANGER.verifier_key)) is False


def test_blanks_comments_addresses_and_opaque_names() -> None:
    data = b"# \xff any bytes\n\t \n  \t# indented\n \tlog \t %s   https://log.example/\xfc \n" % L.encode()
    data += b"witness \xe2\x84\xaa %s https://w\nwitness K %s\n" % (W.encode(), Q.encode())
    data += b"group none-of-it any K\ngroup all all \xe2\x84\xaa none-of-it\nquorum all\n# end\n"
    expected = Policy(
        (PolicyLog(LOG.verifier_key, b"https://log.example/\xfc"),),
        (
            PolicyWitness(b"\xe2\x84\xaa", WITNESS.verifier_key, b"https://w"),
            PolicyWitness(b"K", PQ_WITNESS.verifier_key),
        ),
        (PolicyGroup(b"none-of-it", 1, (b"K",)), PolicyGroup(b"all", 2, (b"\xe2\x84\xaa", b"none-of-it"))),
        b"all",
    )
    assert parse_policy(data) == expected


def test_the_least_policy() -> None:
    assert parse_policy(b"quorum none\n") == Policy((), (), (), b"none")
    assert parse_policy(b"quorum none\n").satisfied(opened(STRANGER.verifier_key)) is True


def test_a_log_may_be_its_own_witness_with_one_key() -> None:
    """Duplicates are forbidden among logs and among witnesses, not between them."""
    own = Ed25519Cosigner(ORIGIN, b"\x01" * 32, lambda: TIME).verifier_key
    policy = parse_policy(f"log {L}\nwitness own {own.encode()}\nquorum own\n".encode())
    assert policy.satisfied(opened(LOG.verifier_key, own)) is True
    assert policy.satisfied(opened(LOG.verifier_key)) is False


RENAMED = VerifierKey("other.example", 4, WITNESS.verifier_key.public).encode()
LOG_RENAMED = VerifierKey("other.example", 1, LOG.verifier_key.public).encode()
THREE = f"witness a {V['X1']}\nwitness b {V['X2']}\nwitness c {V['X3']}\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        "\ufeffquorum none\n",
        "quorum none\r\n",
        "quorum none\n\x0b",
        "quorum none\n\x0c\n",
        "quorum none\n\x7f\n",
        "quorum none\n# \x00\n",
        "quorum\u00a0none\n",
        "quorum none none\n",
        "quorum\n",
        "Quorum none\n",
        "quorum none # comment\n",
        "quorum none\nquorum none\n",
        "\n# nothing\n",
        f"log {L}\n",
        "unknown\nquorum none\n",
        "log\nquorum none\n",
        f"log {L} url more\nquorum none\n",
        f"log {W}\nquorum none\n",
        f"log {Q}\nquorum none\n",
        f"log x {L}\nquorum none\n",
        f"log {L}\nlog {L}\nquorum none\n",
        f"log {L}\nlog {LOG_RENAMED}\nquorum none\n",
        f"witness a {L}\nquorum none\n",
        f"witness {W}\nquorum none\n",
        f"witness a {W} url more\nquorum none\n",
        f"witness a {W}x\nquorum none\n",
        f"witness none {W}\nquorum none\n",
        f"witness a {W}\nwitness b {W}\nquorum none\n",
        f"witness a {W}\nwitness b {RENAMED}\nquorum none\n",
        f"witness a {W}\nwitness a {Q}\nquorum none\n",
        f"quorum a\nwitness a {W}\n",
        f"witness a {W}\nquorum A\n",
        f"{THREE}group g any\nquorum g\n",
        f"{THREE}group g\nquorum g\n",
        f"{THREE}group none any a\nquorum none\n",
        f"{THREE}group a any b\nquorum a\n",
        f"{THREE}group g any a\ngroup g any b\nquorum g\n",
        f"{THREE}group g any g\nquorum g\n",
        f"{THREE}group g any none\nquorum g\n",
        f"{THREE}group g any d\nquorum g\n",
        f"{THREE}group g any a a\nquorum g\n",
        f"{THREE}group g any a\ngroup h any a\nquorum h\n",
        f"{THREE}group g any h\ngroup h any a\nquorum g\n",
        f"{THREE}group g 0 a b\nquorum g\n",
        f"{THREE}group g 3 a b\nquorum g\n",
        f"{THREE}group g +1 a b\nquorum g\n",
        f"{THREE}group g 01 a b\nquorum g\n",
        f"{THREE}group g 1_0 a b\nquorum g\n",
        f"{THREE}group g ¹ a b\nquorum g\n",
        f"{THREE}group g ALL a b\nquorum g\n",
        f"{THREE}group g -1 a b\nquorum g\n",
    ],
)
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(Rejected):
        parse_policy(text.encode())


def test_a_mebibyte_and_no_more() -> None:
    with pytest.raises(Rejected, match="too large"):
        parse_policy(b"quorum none\n" + b"\n" * 1024 * 1024)


def test_a_policy_of_32_logs_witnesses_and_groups() -> None:
    logs = [f"log {Ed25519Signer(f'l{n}', bytes([n, 1] * 16)).verifier_key.encode()}" for n in range(32)]
    keys = [Ed25519Cosigner(f"w{n}", bytes([n, 2] * 16), lambda: 1).verifier_key for n in range(32)]
    witnesses = [f"witness w{n} {key.encode()}" for n, key in enumerate(keys)]
    groups = ["group g0 any w0", *(f"group g{n} all g{n - 1} w{n}" for n in range(1, 32))]
    policy = parse_policy("\n".join([*logs, *witnesses, *groups, "quorum g31", ""]).encode())
    log = Ed25519Signer("l7", bytes([7, 1] * 16)).verifier_key
    assert policy.satisfied(opened(log, *keys, origin="l7")) is True
    assert policy.satisfied(opened(log, *keys[1:], origin="l7")) is False
