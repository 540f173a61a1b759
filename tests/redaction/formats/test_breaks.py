"""Values that go on in the next line where nothing says so, and lines that end where a sentence's words do."""

import pytest

from expunct_server.redaction.formats import breaks
from tests.redaction.formats.pdf.papers import line, paper, redacted, text

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN", "IBAN_CODE", "CREDIT_CARD", "PHONE_NUMBER", "URL"})


@pytest.mark.parametrize(
    ("first", "second", "value"),
    [
        ("to jane@example.c", "om is here", "jane@example.com"),
        ("to jane@example.co", "m is here", "jane@example.com"),
        ("to jane@mail.exam", "ple.com is", "jane@mail.example.com"),
        ("to jane@example.", "com", "jane@example.com"),
        ("to JANE@EXAMPLE.", "COM", "JANE@EXAMPLE.COM"),
        ("to jane.d", "oe@example.com is", "jane.doe@example.com"),
        ("to jane_", "doe@example.com is", "jane_doe@example.com"),
        ("pay DE89370400", "440532013000 now", "DE89370400440532013000"),
        ("pay DE89 3704 00", "44 0532 0130 00.", "DE89 3704 0044 0532 0130 00"),
        ("card 41111111", "11111111 ok", "4111111111111111"),
        ("card 4111 1111 1", "111 1111 ok", "4111 1111 1111 1111"),
        ("SSN 219-09", "-9998 ok", "219-09-9998"),
        ("call +1 212-555", "-2368 now", "+1 212-555-2368"),
        ("see https://example.com/very/lo", "ng/path?a=b now", "https://example.com/very/long/path?a=b"),
        ("see https://exam", "ple.com/path now", "https://example.com/path"),
        ("see https://example.com/a?b=", "Doe now", "https://example.com/a?b=Doe"),
    ],
)
def test_a_value_goes_on_in_the_next_line(first: str, second: str, value: str):
    output, findings, _ = redacted(paper(line(first) + line(second, 187)), entity_types=TYPES)

    assert [f.text for f in findings] == [value]
    kept = [word for word in (first.split()[0], *second.rstrip(".").split()[1:]) if word not in value]
    assert [word for word in text(output).split() if "<" not in word and word != "."] == kept


def test_a_value_goes_on_over_more_lines_than_two():
    lines = line("to jane@exam") + line("ple", 187) + line(".co", 174) + line("m or", 161)
    output, findings, _ = redacted(paper(lines))

    assert [f.text for f in findings] == ["jane@example.com"]
    assert [word for word in text(output).split() if "<" not in word] == ["to", "or"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("write to jane@example.", "Then we go on"),
        ("write to jane@example.com", "and then we"),
        ("write to jane@example.com", "example.org is another"),
        ("write to jane@example.co", "and then"),
        ("write to jane@exam", "which is no address"),
        ("for example, e.g.", "jane@example.com"),
        ("of version 2.11", "jane@example.com"),
        ("the file letter.txt", "jane@example.com"),
        ("or to example.org", "jane@example.com"),
        ("please contact", "jane@example.com"),
        ("see https://example.com", "and more"),
        ("see https://example.com", "R&D/Sales"),
        ("see https://example.com.", "2020 was"),
        ("see https://example.com/", "and/or"),
        ("see https://example.com/", "24/7"),
        ("see https://example.com/a", "https://example.com/b"),
        ("see https://example.com/a", "jane@example.com"),
        ("have you seen https://example.com/a?", "Then go"),
        ("41111111", "11111111"),
        ("4111 1111 1", "111 1111"),
        ("it was AB12", "345 times"),
        ("from 219.09", "-9998"),
        ("as many as 219", "- not more"),
        ("", "com"),
        ("jane@example.", ""),
    ],
)
def test_a_line_that_ends_with_a_word_does_not_go_on(first: str, second: str):
    assert not breaks.goes_on(first, second)


def test_looking_for_what_goes_on_takes_no_time_whatever_the_lines_are():
    for said in ("a." * 9_999, "+1 " * 9_999, "https://" * 9_999, "a_" * 9_999 + "@", "4111 " * 9_999, "DE89 " * 9_999):
        assert not breaks.goes_on(said, "\N{BULLET}" * 9_999)


def test_a_word_of_many_parts_takes_no_time_before_an_address():
    assert not breaks.goes_on("ab" + "_a" * 99 + "-", "x@example.com")
    assert breaks.goes_on("ab" + "_a" * 99, "x@example.com")
