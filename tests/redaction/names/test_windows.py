"""The windows that models read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.names.windows import windows
from tests.redaction.helpers import few


@few
@given(st.text(alphabet="ab. \n\r\t!\u00e9\U0001f600", max_size=300), st.integers(2, 20))
def test_windows_make_up_the_text_and_none_is_too_long(text, size):
    spans = list(windows(text, size))

    assert "".join(text[start:end] for start, end in spans) == text
    assert all(0 < end - start <= size for start, end in spans)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("aa bb. cc\n\ndd ee ff gg", "aa bb. cc\n\n"),
        ("aa bb cc. dd ee ff gg", "aa bb cc. "),
        ("aa bb cc\ndd ee ff gg", "aa bb cc\n"),
        ("aa bb cc dd ee ff gg", "aa bb cc dd "),
        ("aaaaaaa-aaaaaaaaaaaaaaa", "aaaaaaa-"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaa"),
    ],
)
def test_a_window_ends_at_the_best_break_there_is(text, first):
    start, end = next(windows(text, 12))

    assert text[start:end] == first
