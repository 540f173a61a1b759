"""Accept headers: what is liked more is given, JSON where both are liked as well."""

import pytest
from starlette.requests import Request

from expunct_server.web.accepting import prefers

TEXT = "text/plain"


def asking(*accept: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept", each.encode("latin-1")) for each in accept]})


@pytest.mark.parametrize(
    "accept",
    [
        "text/plain",
        "text/*",
        "Text/Plain; charset=utf-8",
        "text/plain ; Q=0.001",
        "application/json;q=0.9, text/plain",
        "application/json;q=0.5,text/*;q=0.7,*/*;q=0.1",
        "*/*;q=0.3, text/plain;q=0.301",
        "application/json;q=0, */*",
        "*/*;q=2, text/plain",  # what is malformed counts for nothing
        ",,text/plain,",
    ],
)
def test_text_for_who_rather_has_it(accept: str) -> None:
    assert prefers(asking(accept), TEXT)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/json",
        "application/json, text/plain, */*",  # widely sent by programs that read JSON
        "text/plain;q=0",
        "text/plain;q=0.0, */*",
        "text/*, text/plain;q=0",
        "text/*;q=0.9, */*",
        "text/plain;q=0.5, */*;q=0.5",
        "text/plain;q=high",
        "text/plain;q=1.001",
        "text/plainer, text",
        "text/html",
        "x/text/plain",
        'application/json;note="text/plain"',
    ],
)
def test_json_for_all_others(accept: str) -> None:
    assert not prefers(asking(accept), TEXT)


def test_no_header_is_json_and_several_are_one() -> None:
    assert not prefers(asking(), TEXT)
    assert prefers(asking("application/json;q=0.1", "text/plain"), TEXT)
    assert not prefers(asking("text/plain", "application/json"), TEXT)
