"""Series of months."""

import pytest

from expunct_server.redaction.names.months import in_series


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Jan", "Feb", "Mar"], {0, 1, 2}),
        (["April", "May"], set()),
        (["April", "May", "July"], set()),
        (["Nov.", " DEC ", "Januar", "x", "Mai"], {0, 1, 2}),
        (["May", "April", "March"], set()),
        (["x", "mai", "juin", "juillet", "août", "Jan"], {1, 2, 3, 4}),
        ([], set()),
    ],
)
def test_months_that_follow_each_other_are_a_series(texts, expected):
    assert in_series(("", text) for text in texts) == expected


def test_columns_are_read_each_on_its_own():
    cells = [("a", "Jan"), ("b", "Mar"), ("a", "Feb"), ("b", "12"), ("a", "Mar"), ("b", "Apr")]

    assert in_series(cells) == {0, 2, 4}
