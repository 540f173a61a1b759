"""What goes on from one text of a page or document to the next: a name in two cells, a number in four."""

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Redacted
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.isolated import parent
from tests.redaction.helpers import redacted_file

RULES = compile_custom(None, ["Jane Doe", "555 0001 299", "1234"])


def redacted(source: str, name: str = "a.html") -> str:
    return redacted_file(source.encode(), name, entity_types=frozenset({"CUSTOM"}), custom=RULES)[0].decode()


GONE = "&lt;CUSTOM&gt;"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("<td>Jane</td><td>Doe</td>", f"<td>{GONE}</td><td></td>"),
        ("<p>I met Jane<div>Doe is &amp; was", f"<p>I met {GONE}<div> is &amp; was"),
        ("<td>555</td><td>0001</td><td>299</td>", f"<td>{GONE}</td><td></td><td></td>"),
        ("<td>12</td><td>34</td>", "<td>12</td><td>34</td>"),
        ("<td>Jane Roe</td><td>Doe</td>", "<td>Jane Roe</td><td>Doe</td>"),
        ("<td>Jane 1234</td><td>Doe</td>", f"<td>Jane {GONE}</td><td>Doe</td>"),
        ("<td>Jane</td><script>x</script><!-- y --><td>Doe</td>",
         f"<td>{GONE}</td><script>x</script><!-- y --><td></td>"),
        ("<p>Jane</p><!--<p>x</p>--><p>Doe</p>", f"<p>{GONE}</p><!--<p>x</p>--><p></p>"),
        ("<!--<p>Jane</p><p>Doe</p>--><p>x</p>", f"<!--<p>{GONE}</p><p></p>--><p>x</p>"),
        ("<a title='Jane'>Doe</a>", "<a title='Jane'>Doe</a>"),
        ("<p>Jane<td>Doe<td>Jane<td>Doe", f"<p>{GONE}<td><td>{GONE}<td>"),
    ],
)  # fmt: skip
def test_what_is_removed_elsewhere_goes_where_it_goes_on_over_cells_and_lines_too(source, result):
    known = "<p>Jane Doe, 555 0001 299, 1234</p>"
    assert redacted(known + source) == f"<p>{GONE}, {GONE}, {GONE}</p>{result}"


def test_in_xml_it_goes_on_over_elements():
    source = "<r><a>Jane Doe</a><first>Jane</first><last x='y'><![CDATA[Doe]]></last><b>Roe</b></r>"
    result = f"<r><a>{GONE}</a><first>{GONE}</first><last x='y'><![CDATA[]]></last><b>Roe</b></r>"
    assert redacted(source, "a.xml") == result


def test_long_documents_are_read_in_stretches_that_overlap():
    """Of 50,000 code points: in one of these the name lies over the end of the first."""
    name = "<td>Jane</td><td>Doe</td>"
    before = f"<p>{'word ' * 2_000}</p>" * 4
    fill = "".join(f"{name}<p>{'w' * n}</p>" for n in range(280, 320))
    source = f"<p>Jane Doe</p>{before}{fill}"
    types = frozenset({"CUSTOM"})
    made, found, _ = redacted_file(source.encode(), "a.html", entity_types=types, custom=RULES)
    assert len(found) == 1 + fill.count(name)
    assert made.decode() == f"<p>{GONE}</p>{before}" + fill.replace(name, f"<td>{GONE}</td><td></td>")


X = "<td>x</td>"
ROW, OTHER = f"<tr><td>Jane</td>{X}</tr>", f"<tr><td>Doe</td>{X}</tr>"
FIRST, SECOND = f"<tr><td>{GONE}</td>{X}</tr>", f"<tr><td></td>{X}</tr>"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        (ROW + OTHER, FIRST + SECOND),
        ("<tr><td>x<td>Jane<tr><td>x<td>Doe &amp; y", f"<tr><td>x<td>{GONE}<tr><td>x<td> &amp; y"),
        (f"<tr><td colspan='2'>x</td><td>Jane</td></tr><tr>{X}{X}<td>Doe</td></tr>",
         f"<tr><td colspan='2'>x</td><td>{GONE}</td></tr><tr>{X}{X}<td></td></tr>"),
        (f"<tr><td rowspan=2>x</td><td>Jane</td>{X}</tr><tr><td>Doe</td></tr>",
         f"<tr><td rowspan=2>x</td><td>{GONE}</td>{X}</tr><tr><td></td></tr>"),
        (f"<tr>{X}<td>Jane</td></tr><tr rowspan=2>{X}<th>Doe</th></tr>",
         f"<tr>{X}<td>{GONE}</td></tr><tr rowspan=2>{X}<th></th></tr>"),
        (f"<tr>{X}<td>Jane</td></tr><tr><td rowspan=x>x</td></tr><tr>{X}<td>Doe</td></tr>",
         f"<tr>{X}<td>{GONE}</td></tr><tr><td rowspan=x>x</td></tr><tr>{X}<td></td></tr>"),
        (ROW + "<!--" + "<table><tr><td>x</table>-->" + OTHER, FIRST + "<!--" + "<table><tr><td>x</table>-->" + SECOND),
        (f"<tr><td>Jane<table>{ROW}</table></td>{X}</tr><tr><td>Doe</td></tr>",
         f"<tr><td>{GONE}<table>{ROW}</table></td>{X}</tr><tr><td></td></tr>"),
        (f"<tr><td><table><tr>{X}</table>Jane</td>{X}</tr>" + OTHER,
         f"<tr><td><table><tr>{X}</table>{GONE}</td>{X}</tr>" + SECOND),
        ("<tr><td>x<td>Jane<tr><td>Jane<td>Doe<tr><td>y<td>Doe",
         f"<tr><td>x<td>{GONE}<tr><td>{GONE}<td><tr><td>y<td>"),
        ("<tr><td>x<td>555 0001<td>y<tr><td>Jane<td>299<td>Doe",
         f"<tr><td>x<td>{GONE}<td>y<tr><td>{GONE}<td><td>"),
        ("<tr><td>Jane</td></tr><caption>x</caption><tr><td>Doe</td></tr>",
         f"<tr><td>{GONE}</td></tr><caption>x</caption><tr><td></td></tr>"),
        (f"<tr>{X}<td>Jane</td></tr><caption>Doe</caption><tr><td>y</td>{X}</tr>",
         f"<tr>{X}<td>{GONE}</td></tr><caption></caption><tr><td>y</td>{X}</tr>"),
        ("<tr><td>Jane<tr><caption>x</caption><tr><td>Doe",
         f"<tr><td>{GONE}<tr><caption>x</caption><tr><td>"),
        (f"{ROW}</table><table>{OTHER}", f"{ROW}</table><table>{OTHER}"),
        (f"{ROW}<tr>{X}<td>Doe</td></tr>", f"{ROW}<tr>{X}<td>Doe</td></tr>"),
    ],
)  # fmt: skip
def test_it_goes_down_the_columns_of_a_table(source: str, result: str, monkeypatch: pytest.MonkeyPatch):
    known = "<p>Jane Doe, 555 0001 299</p><table>"
    assert redacted(f"{known}{source}</table>") == f"<p>{GONE}, {GONE}</p><table>{result}</table>"
    if source != result:
        monkeypatch.setattr(parent, "redact_lines", lambda text, _: Redacted(text, []))
        with pytest.raises(ResidueFound):
            redacted(f"{known}{source}</table>")


@pytest.mark.parametrize(
    ("name", "source"),
    [("a.html", "<p>Jane Doe<td>Jane<td>Doe"), ("a.xml", "<r><p>Jane Doe</p><a>Jane</a><b>Doe</b></r>")],
)
def test_the_check_reads_so_too(name, source, monkeypatch):
    monkeypatch.setattr(parent, "redact_lines", lambda text, _: Redacted(text, []))
    with pytest.raises(ResidueFound):
        redacted(source, name)
