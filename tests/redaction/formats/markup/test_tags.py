"""Where the parts of a page are: SVG and MathML in it, which have rules of their own."""

import pytest

from expunct_server.redaction.formats.markup import tags
from tests.redaction.helpers import redacted_file


@pytest.mark.parametrize(
    ("source", "kinds"),
    [
        ("<title><b>x</title>", "start text end"),
        ("<svg><title><b>x</b></title></svg>", "start start start text end end end"),
        ("<svg><style><g>x</g></style><style>y", "start start start text end end start text"),
        ("<svg><path/><![CDATA[<b>x]]>y</svg>", "start start cdata text end"),
        ("<svg><![CDATA[x", "start cdata"),
        ("<svg/><![CDATA[x>y]]>", "start declaration text"),
        ("<svg><foreignObject><script><b></script></foreignObject><script><g>",
         "start start start raw end end start start"),
        ("<math><mi><title><b></title></mi><mfrac><title><b>", "start start start text end end start start start"),
        ("<svg><p><script><b></script>", "start start start raw end"),
        ("<svg></svg><script><b></script>", "start end start raw end"),
        ("<svg><title></svg></title><title><g>", "start start end end start text"),
        ("<svg><title></math><title><g>", "start start end start text"),
        ("</svg><svg><svg></svg><style><g></style></svg><style><b></style>",
         "end start start end start start end end start raw end"),
    ],
)  # fmt: skip
def test_what_is_no_markup_in_html_is_some_in_svg(source: str, kinds: str):
    made = list(tags.html(source))

    assert [each.kind for each in made] == kinds.split()
    assert "".join(source[each.start : each.end] for each in made) == source


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("<svg><title><b>jane</b>@example.com</title></svg>", "<svg><title><b>&lt;EMAIL_ADDRESS&gt;</b></title></svg>"),
        ("<svg><text><![CDATA[jane]]>@example.com</text></svg>",
         "<svg><text><![CDATA[<EMAIL_ADDRESS>]]></text></svg>"),
    ],
)  # fmt: skip
def test_a_value_in_a_title_or_as_it_stands_in_a_drawing_goes_whole(source: str, result: str):
    assert redacted_file(source.encode(), "a.html", entity_types=frozenset({"EMAIL_ADDRESS"}))[0].decode() == result
