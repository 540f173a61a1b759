"""What may be the first letters of a paragraph."""

import pytest

from expunct_server.redaction.formats.initials import is_initial


@pytest.mark.parametrize(
    ("text", "result"),
    [("", True), ("J", True), ("“J", True), ('"Ja', True), ("É", True), ("12", True), ("Jan", False), ("I am", False),
     ("J" + " " * 9, True), ("J" + " " * 10, False)],
)  # fmt: skip
def test_one_or_two_letters_are_with_quotes(text: str, result: bool):
    assert is_initial(text) is result
