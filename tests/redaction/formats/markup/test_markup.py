"""HTML and XML: what stays, what is joined, what is refused, and that nothing made up breaks more than itself."""

import base64
import io
from types import SimpleNamespace
from typing import cast
from urllib.parse import quote, unquote

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.formats import DocumentError
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.markup import htmls, rewriting, xmls
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN"})


def redacted(source: str | bytes, name: str = "a.html", **changes: object) -> str:
    data = source if isinstance(source, bytes) else source.encode()
    return redacted_file(data, name, entity_types=TYPES, **changes)[0].decode()


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("<P CLASS=x >Jo &lt; j@example.com", "<P CLASS=x >Jo &lt; &lt;EMAIL_ADDRESS&gt;"),
        ("<p>j<b>o@ex</b>ample.com.", "<p>&lt;EMAIL_ADDRESS&gt;<b></b>."),
        ("<p>jo@example<wbr>.com &#65", "<p>&lt;EMAIL_ADDRESS&gt;<wbr> &#65"),
        ("<td>jo@example.com<td>2", "<td>&lt;EMAIL_ADDRESS&gt;<td>2"),
        ("<span>jo@example.com</span><b>219-09-9998</b>", "<span>&lt;EMAIL_ADDRESS&gt;</span><b>&lt;US_SSN&gt;</b>"),
        ("<b>x</b><b>219-09-9998</b>", "<b>x</b><b>&lt;US_SSN&gt;</b>"),
        ("<a title=jo@example.com id=x>", '<a title="&lt;EMAIL_ADDRESS&gt;" id=x>'),
        ("<a title='a\"jo@example.com'>", "<a title='a\"&lt;EMAIL_ADDRESS&gt;'>"),
        ("<a href='mailto:jo%40example.com?x=%20y'>", "<a href='mailto:&lt;EMAIL_ADDRESS&gt;?x=%20y'>"),
        ("<!-- jo@example.com--><p>", "<!-- <EMAIL_ADDRESS>--><p>"),
        ("<!--[if mso]><b>j</b>o@example.com<![endif]-->", "<!--[if mso]><b>&lt;EMAIL_ADDRESS&gt;</b><![endif]-->"),
        ("<script>'</b>jo@example.com'</script>", "<script>'</b><EMAIL_ADDRESS>'</script>"),
        ("<dl><dt>SSN<dd>219099998</dl>", "<dl><dt>SSN<dd>&lt;US_SSN&gt;</dl>"),
        ("<table><tr><th>SSN<td>219099998</table>", "<table><tr><th>SSN<td>&lt;US_SSN&gt;</table>"),
        ("<input name=ssn value=219099998>", '<input name=ssn value="&lt;US_SSN&gt;">'),
        ("<jo@example.com>x</jo@example.com>", "<EMAIL_ADDRESS>x</EMAIL_ADDRESS>"),
        ("a < b <3 jo@example.com <", "a < b <3 &lt;EMAIL_ADDRESS&gt; <"),
        ("<p title='jo@example.com", "<p title='&lt;EMAIL_ADDRESS&gt;"),
        ("<!-- jo@example.com", "<!-- <EMAIL_ADDRESS>"),
        ("<ruby>jo@<rt>x</rt>example<rp>(</rp><rt>y</rt><rp>)</rp>.com</ruby> <rb>z<rt>w</rt>",
         "<ruby>&lt;EMAIL_ADDRESS&gt;<rt></rt><rp></rp><rt></rt><rp></rp></ruby> <rb>z<rt>w</rt>"),
        ("<ruby>jo@<rt>x<rb>example.com<rt>y<p>z<rt>w", "<ruby>&lt;EMAIL_ADDRESS&gt;<rt><rb><rt><p>z<rt>w"),
        ("<ruby>x<rt>jo@</rt>y<rt>example.com</rt></ruby>", "<ruby>x<rt>&lt;EMAIL_ADDRESS&gt;</rt>y<rt></rt></ruby>"),
        ("<svg><text><tspan>jo@exam</tspan><tspan>ple.com</tspan></text></svg>",
         "<svg><text><tspan>&lt;EMAIL_ADDRESS&gt;</tspan><tspan></tspan></text></svg>"),
        ("<textarea></p>jo@example.com", "<textarea></p>&lt;EMAIL_ADDRESS&gt;"),
    ],
)  # fmt: skip
def test_html_changes_where_something_was_and_nowhere_else(source, result):
    assert redacted(source) == result


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("<a>jo<b>@example</b>.com</a>", "<a>&lt;EMAIL_ADDRESS&gt;<b></b></a>"),
        ("<a><b>jo@example.com</b><c>219-09-9998</c></a>", "<a><b>&lt;EMAIL_ADDRESS&gt;</b><c>&lt;US_SSN&gt;</c></a>"),
        ("<a>x<r><b>jo@example.com</b><c>plain</c></r></a>", "<a>x<r><b>&lt;EMAIL_ADDRESS&gt;</b><c>plain</c></r></a>"),
        ("<a><ssn>219099998</ssn></a>", "<a><ssn>&lt;US_SSN&gt;</ssn></a>"),
        ("<a ssn = '219099998' />", "<a ssn = '&lt;US_SSN&gt;' />"),
        ("<a><![CDATA[j]]>o@example.com</a>", "<a><![CDATA[<EMAIL_ADDRESS>]]></a>"),
        ("<!DOCTYPE a [<!ATTLIST a b CDATA 'jo@example.com'>]><a/>",
         "<!DOCTYPE a [<!ATTLIST a b CDATA 'EMAIL_ADDRESS'>]><a/>"),
        ("<svg><text><tspan>jo@</tspan><tspan x='1'><a>example</a>.com</tspan></text></svg>",
         "<svg><text><tspan>&lt;EMAIL_ADDRESS&gt;</tspan><tspan x='1'><a></a></tspan></text></svg>"),
        ("<w:p xmlns:w='urn:un:x'>\n<w:r><w:t>jo@</w:t></w:r>\n"
         "<w:r><w:t>example.com</w:t><w:tab/><w:t>a</w:t></w:r></w:p>",
         "<w:p xmlns:w='urn:un:x'>\n<w:r><w:t>&lt;EMAIL_ADDRESS&gt;</w:t></w:r>\n"
         "<w:r><w:t></w:t><w:tab/><w:t>a</w:t></w:r></w:p>"),
        ("<p><b>jo@example</b> <b>.com</b></p>", "<p><b>jo@example</b> <b>.com</b></p>"),
        ("<p><b>jo@example.c</b><b>om</b><p><i>219-09-</i><i>9998</i></p></p>",
         "<p><b>&lt;EMAIL_ADDRESS&gt;</b><b></b><p><i>&lt;US_SSN&gt;</i><i></i></p></p>"),
        ("<svg><text>jo@<tspan>example.com</tspan></text></svg>",
         "<svg><text>&lt;EMAIL_ADDRESS&gt;<tspan></tspan></text></svg>"),
    ],
)  # fmt: skip
def test_xml_changes_where_something_was_and_nowhere_else(source, result):
    assert redacted(source, "a.xml") == result


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "cp1251", "gb18030"])
def test_a_document_keeps_its_encoding(codec):
    declared = "" if codec.startswith("utf-16") else f'<meta charset="{codec.removesuffix("-sig")}">'
    word = {"cp1251": "Привет", "gb18030": "你好"}.get(codec, "é")
    source = f"<html>{declared}<p>{word} jo@example.com"
    xml = f'<?xml version="1.0" encoding="{codec.removesuffix("-sig")}"?><a>{word} jo@example.com</a>'

    for text in (source, xml):
        output, _, _ = redacted_file(text.encode(codec), entity_types=TYPES)
        assert output == text.replace("jo@example.com", "&lt;EMAIL_ADDRESS&gt;").encode(codec)


@pytest.mark.parametrize(
    "source",
    [
        '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">'
        '<html xmlns="http://www.w3.org/1999/xhtml"><p>{}</html>',
        '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/a.dtd">'
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" x:y="{}"/>',
    ],
)
def test_what_says_the_kind_of_a_document_stays_where_an_address_like_it_goes(source):
    for said in ("http://www.w3.org/2000/svg", "http://www.w3.org", "http://www.w3.org/1999/xhtml"):
        output, _, _ = redacted_file(source.format(said).encode(), entity_types=frozenset({"URL"}))
        assert output.decode() == source.format("&lt;URL&gt;")


@pytest.mark.parametrize(
    ("known", "left"),
    [
        ("田中太郎", "<p><ruby>&lt;CUSTOM&gt;<rt></rt><rt></rt><rt></rt><rt></rt></ruby>さん"),
        ("たなかたろう", "<p><ruby>田<rt>&lt;CUSTOM&gt;</rt>中<rt></rt>太<rt></rt>郎<rt></rt></ruby>さん"),
    ],
)
def test_what_is_pronounced_is_read_and_goes_with_what_is_written(known, left):
    page = "<p><ruby>田<rt>た</rt>中<rt>なか</rt>太<rt>た</rt>郎<rt>ろう</rt></ruby>さん"
    custom = compile_custom(None, [known])

    assert redacted_file(page.encode(), "a.html", entity_types=frozenset({"CUSTOM"}), custom=custom)[0].decode() == left


def test_an_unknown_namespace_is_an_address():
    source = b'<a xmlns="https://jane.example.com/ns"/>'

    assert redacted_file(source, "a.xml", entity_types=frozenset({"URL"}))[0] == b'<a xmlns="URL"/>'


def test_a_page_is_searched_in_the_encoding_that_it_declares():
    page = '<meta charset="koi8-r"><p>Яjo@example.com'

    _, findings, _ = redacted_file(page.encode("koi8-r"), "a.html", entity_types=TYPES)

    assert [f.text for f in findings] == ["Яjo@example.com"]


@pytest.mark.parametrize(
    ("page", "codec", "name"),
    [
        ("<meta charset=Shift_JIS><p>{}", "cp932", "田中太郎"),
        ("<meta charset=big5><p>{}", "big5", "王小明"),
        ("<meta http-equiv=Content-Type content='text/html; charset=iso-2022-jp'><p>{}", "iso2022_jp", "田中太郎"),
        ('<meta name=description content="charset=windows-1251 in PHP"><meta charset="utf-8"><p>{}', "utf-8", "Jürgen"),
        ("<!-- <meta charset=koi8-r> --><meta charset=utf-8><p>{}", "utf-8", "Jürgen"),
        ("<meta charset=iso-8859-1><p>{}", "utf-8", "Jürgen"),
        ("<meta charset=utf-8><p>{}", "latin-1", "Jürgen"),
        ("<meta charset=utf-16><p>{}", "utf-8", "Jürgen"),
        ("<meta charset=utf-7><p>{}", "utf-7", "Jürgen"),
        ("<meta charset=x-sjis><p>{}", "cp932", "田中太郎"),
        ("<p>{}", "koi8-r", "Иван"),
    ],
)
def test_a_page_is_read_in_what_it_declares_and_in_what_it_is(page, codec, name):
    output, findings, _ = redacted_file(
        page.format(name).encode(codec),
        "a.html",
        entity_types=frozenset({"CUSTOM"}),
        custom=compile_custom(None, [name]),
    )

    assert output.decode(codec) == page.format("&lt;CUSTOM&gt;")
    assert [f.text for f in findings] == [name]


@pytest.mark.parametrize("codec", ["cp932", "euc_jp", "gb18030", "big5hkscs", "iso2022_jp", "utf-8"])
def test_the_check_reads_a_page_in_more_charsets_than_it_declares(codec):
    """A value that whoever writes has not read must fail the document."""
    page = "<html><meta charset=iso-8859-1><p>田中<b>太郎</b><p><ruby>山<rt>やま</rt>田<rt>だ</rt></ruby>".encode(codec)

    said = list(htmls.texts(cast(Work, SimpleNamespace(source=io.BytesIO(page)))))

    for name in ("田中太郎", "山田", "やまだ"):
        assert any(name in each for each in said)


def test_the_check_of_xml_reads_lines_as_one_and_what_is_utf_8_in_truth():
    source = (
        '<?xml version="1.0" encoding="iso-8859-1"?><a><p><b>Jür</b> <b>gen</b></p><text><t>é</t><t>x</t></text></a>'
    )

    said = list(xmls.texts(cast(Work, SimpleNamespace(source=io.BytesIO(source.encode())))))

    assert "JÃ¼rgen" in said and "Ã©x" in said
    assert any("Jür" in each for each in said)


def test_a_page_in_a_charset_that_nobody_knows_is_refused():
    with pytest.raises(DocumentError) as caught:
        redacted("<meta charset=IBM-1047><p>é jo@example.com".encode("latin-1"))
    assert caught.value.code == "invalid_encoding"


def test_xml_that_is_utf_8_in_truth_is_read_so_too():
    source = '<?xml version="1.0" encoding="iso-8859-1"?><a>{}</a>'
    data = source.format("Jürgen").encode()

    output, _, _ = redacted_file(
        data, "a.xml", entity_types=frozenset({"CUSTOM"}), custom=compile_custom(None, ["Jürgen"])
    )

    assert output.decode() == source.format("&lt;CUSTOM&gt;")


def test_a_value_found_once_is_removed_from_names_and_scripts_too():
    source = "<p>SSN: 219-09-9998<script>x = {no: '219099998'}</script><x-219099998 data-219099998=1>y</x-219099998>"

    output = redacted(source)

    assert output == (
        "<p>SSN: &lt;US_SSN&gt;<script>x = {no: '<US_SSN>'}</script><x-US_SSN-1 data-US_SSN-2=1>y</x-US_SSN-1>"
    )


@pytest.mark.parametrize(
    ("write", "never"),
    [
        (rewriting.in_comment, ("--", ">x")),
        (rewriting.in_raw, ("</", "<!")),
        (rewriting.in_cdata, ("]",)),
        (rewriting.in_instruction, ("?",)),
        (rewriting.in_declaration, ("<", ">", "[", "]", '"', "'", "%", "&")),
        (rewriting.in_text, ("<", ">")),
        (rewriting.in_value, ("<", ">", '"', "'")),
        (rewriting.in_name, ("<", ">", " ", "'", "-->")),
    ],
)
def test_no_replacement_ends_what_it_stands_in(write, never):
    for new in ("]]>", "-->", "--x", ">x", "?>", "</script>", "<!--", "a\"b'c", "a&b;%c", "[x]"):
        assert not any(mark in write(new) for mark in never)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('<!DOCTYPE a [<!ENTITY b "jo@example.com">]><a>&b;</a>', "unreadable"),
        ('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "unreadable"),
        ('<!DOCTYPE a [<!ENTITY % b "x"> %b;]><a/>', "unreadable"),
        ("<a>jo@example.com", "unreadable"),
        ("<a>&b;</a>", "unreadable"),
        ("<a/><b/>", "unreadable"),
        ("jo@example.com", "unreadable"),
        ("<a>" * 300 + "</a>" * 300, "nested_too_deep"),
        ("<?xml version='1.0' encoding='utf-8'?><a>é</a>".encode("latin-1"), "invalid_encoding"),
        ("<?xml version='1.0' encoding='utf-7'?><a/>", "invalid_encoding"),
    ],
)
def test_xml_that_says_different_things_to_different_readers_is_refused(source, code):
    with pytest.raises(DocumentError) as caught:
        redacted(source, "a.xml")
    assert caught.value.code == code
    assert "example" not in caught.value.detail and caught.value.detail.endswith(".")


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ('<a xmlns="urn:iso:{}">SSN: {}</a>', '<a xmlns="urn:iso:US_SSN">SSN: &lt;US_SSN&gt;</a>'),
        ('<!DOCTYPE a SYSTEM "http://www.w3.org/{}"><a>SSN: {}</a>',
         '<!DOCTYPE a SYSTEM "http://www.w3.org/US_SSN"><a>SSN: &lt;US_SSN&gt;</a>'),
    ],
)  # fmt: skip
def test_what_says_the_kind_of_a_document_holds_no_number(source, left):
    for number in ("219-09-9998", "219099998"):
        assert redacted(source.format(number, "219-09-9998"), "a.xml") == left
    kept = '<a xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.03" xmlns:b="http://www.w3.org/TR/REC-x-20010315"/>'
    assert redacted(kept, "a.xml") == kept


def test_files_inside_that_cannot_be_read_are_taken_out_and_that_is_said():
    source = b'<p style="background: url(data:font/woff2;base64,AAECAwQFBgc=) red">x</p>'

    output, _, summary = redacted_file(source, "a.html", entity_types=TYPES)

    assert output == b'<p style="background: url(data:,) red">x</p>'
    assert summary.notes == ("Files inside the page that cannot be read, such as fonts, were taken out of it.",)


@pytest.mark.parametrize("sign", [":", "!", "\\", "é", "\n"])
def test_signs_among_the_base64_of_an_address_are_passed_over(sign):
    """As decoders of MIME do (RFC 2045, section 6.8)."""
    said = base64.b64encode(b"mail jo@example.com").decode()
    left = base64.b64encode(b"mail <EMAIL_ADDRESS>").decode()
    for page in ('<a href="{}">x</a>', "<script>x = '{}'</script>"):
        source = page.format(f"data:text/plain;base64,{said[:9]}{sign}{said[9:]}")

        assert redacted(source) == page.format(f"data:text/plain;base64,{left}")


@pytest.mark.parametrize(
    "around",
    [
        '<img src="{}">', "<p style=\"a: url('{}') b\">", '<p style="a: url(&quot;{}&quot;) b">',
        "<style>a{{b: url({}) c}}</style>", "<script>x = '{}'</script>",
    ],
)  # fmt: skip
def test_markup_that_an_address_carries_plainly_is_read_as_what_it_is(around):
    """RFC 2397."""
    said = "<svg><text>jo@<tspan>example.com</tspan></text></svg>"
    left = "<svg><text>&lt;EMAIL_ADDRESS&gt;<tspan></tspan></text></svg>"
    page = f"<html>{around}"

    output = redacted(page.format("data:image/svg+xml," + quote(said)))

    assert unquote(output) == page.format("data:image/svg+xml," + left)


@pytest.mark.parametrize(
    "source", ["<!-- " * 3000 + "<b>", "<a " * 9000, "<script>" * 9000, "<b>" * 9000 + "&#" * 9000, "<" * 20000]
)
def test_html_of_nothing_but_beginnings_is_read(source):
    assert redacted(source) == source


def test_xml_that_says_no_encoding_and_is_no_utf_8_is_told_so():
    with pytest.raises(DocumentError) as caught:
        redacted("<r>M\u00fcller</r>".encode("latin-1"), "a.xml")
    assert (caught.value.code, "save it as UTF-8" in caught.value.detail) == ("invalid_encoding", True)


def test_elements_that_are_far_above_a_value_are_not_searched_with_it():
    """Texts that are deep in a document cost no more than others, and the names of the nearest say what they are."""
    start, end = "".join(f"<a{n}>" for n in range(200)), "".join(f"</a{n}>" for n in reversed(range(200)))
    said = "<person><ssn><value>219099998</value></ssn></person>" * 100

    made = redacted(f"{start}{said}{end}", "a.xml", limits=Limits(asked=100_000))

    assert made == f"{start}{said.replace('219099998', '&lt;US_SSN&gt;')}{end}"
