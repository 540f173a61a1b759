"""Texts that are written as numbers: what they say, and how another is written there."""

import hashlib
import tracemalloc

import pytest

from expunct_server.redaction import removed
from expunct_server.redaction.escapes import ESCAPE
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats.isolated import base64s
from expunct_server.redaction.numbered import numbered
from expunct_server.redaction.removed import Removed
from tests.redaction.helpers import redacted_file

MAIL, LABEL = b"jane@example.com", b"<EMAIL_ADDRESS>"


def cloaked(said: bytes, key: int = 0x5A) -> str:
    return bytes([key, *(each ^ key for each in said)]).hex()


def listed(said: bytes, form: str, between: str) -> str:
    return between.join(form.format(each) for each in said)


WAYS = [
    (bytes.hex, "{}"), (bytes.hex, "0x{}"), (lambda said: said.hex().upper(), "0X{}"), (bytes.hex, "\\x{}"),
    (cloaked, "/cdn-cgi/l/email-protection#{}"),
    (lambda said: listed(said, "{}", ","), "String.fromCharCode({})"),
    (lambda said: listed(said, "0x{:02x}", ", "), "[{}]"),
    (lambda said: listed(said, "{:02x}", ":"), "{}"),
    (lambda said: listed(said, "{:02x}", " "), "{}"),
]  # fmt: skip


@pytest.mark.parametrize(("write", "around"), WAYS)
def test_it_is_found_removed_and_checked(write, around):
    said = around.format(write(MAIL))
    removed = Removed()
    removed.learn([Finding("EMAIL_ADDRESS", 0, len(MAIL), 1.0, MAIL.decode(), "pattern:x", "")])
    assert removed.is_in(said)

    source = f'<p title="{said}">{said}</p>'
    made = redacted_file(source.encode(), "a.html", entity_types=frozenset({"EMAIL_ADDRESS"}))[0].decode()
    assert not removed.is_in(made)
    left = around.format(write(LABEL))
    assert made in (
        f'<p title="{each}">{each}</p>' for each in (left, left.replace(write(LABEL), write(LABEL).lower()))
    )


@pytest.mark.parametrize("key", [0, 1])
def test_a_key_is_written_back_whatever_it_is(key):
    said = cloaked(MAIL, key)
    (found,) = numbered(said)

    assert (found.data, found.write(found.data), found.write(LABEL)) == (MAIL, said, cloaked(LABEL, key))


@pytest.mark.parametrize(
    "said", ["1234567", "12, 300, 40, 50, 60, 70, 80, 90", "0x41, 42, 43, 44, 45, 46, 47, 48", "1, 2, 3, 4, 5, 6, 7, 8"]
)
def test_other_numbers_say_nothing(said):
    assert list(numbered(said)) == []


def test_letters_after_a_percent_sign_and_references_with_many_zeros_are_read():
    mail = "jane%u0040example.com jane&#x00000000040;example.com"
    made = redacted_file(f"<p>{mail}</p>".encode(), "a.html", entity_types=frozenset({"EMAIL_ADDRESS"}))[0].decode()
    assert made == "<p>%3CEMAIL_ADDRESS%3E &lt;EMAIL_ADDRESS&gt;</p>"


def in_lines(said: str, width: int, between: str = "\n") -> str:
    return between.join(said[at : at + width] for at in range(0, len(said), width))


@pytest.mark.parametrize(
    ("write", "write_in_lines"),
    [
        (bytes.hex, lambda said: in_lines(said.hex(), 60)),
        (bytes.hex, lambda said: in_lines(said.hex(), 60, "\r\n> ")),
        (lambda said: listed(said, "0x{:02x}", ", "), lambda said: in_lines(listed(said, "0x{:02x}", ", "), 48)),
        (lambda said: listed(said, "{:02x}", ":"), lambda said: in_lines(said.hex(":"), 45, "\n    ")),
    ],
)
@pytest.mark.parametrize("after", ["\nend", "\nbe it so"])
def test_it_is_read_over_the_ends_of_lines(write, write_in_lines, after):
    for before in range(20, 40, 3):
        said = b"words " * 9 + b"x" * before + b" %s and more words that go on"
        source = f"dump:\n{write_in_lines(said % MAIL)}{after}"

        output, found, _ = redacted_file(source.encode(), "a.txt", entity_types=frozenset({"EMAIL_ADDRESS"}))

        assert output.decode() == f"dump:\n{write(said % LABEL)}{after}"
        assert len(found) == 1


def test_hashes_in_lines_are_none_together():
    hashes = "".join(f"{hashlib.sha256(bytes([n])).hexdigest()}\n" for n in range(50))

    assert redacted_file(f"{hashes}{MAIL.hex()}\n".encode(), "a.txt")[0].decode() == f"{hashes}{LABEL.hex()}\n"


@pytest.mark.parametrize("said", ["61" * 200_000, ", ".join(["97"] * 100_000), "%61" * 130_000])
def test_long_numbers_take_no_more_memory_than_what_they_say(said):
    """A pattern that may give up parts of what it matched holds a hundred bytes for each of them."""
    tracemalloc.start()
    try:
        for search in (
            ESCAPE.search,
            removed._HEX.search,
            base64s._HEX.search,
            lambda text: next(numbered(text), None),
        ):
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            search(said)
            assert tracemalloc.get_traced_memory()[1] - before < 12 << 20
    finally:
        tracemalloc.stop()


def test_a_list_ends_before_what_is_no_code():
    [found] = numbered("97, 98, 99, 97, 98, 99, 97, 98, 99, 97xyz")

    assert (found.start, found.end, found.data) == (0, 34, b"abcabcabc")
