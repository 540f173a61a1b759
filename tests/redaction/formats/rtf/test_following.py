"""What goes on from one paragraph or cell of an RTF document to the next."""

import io
import re
from typing import Any

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Redacted
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.isolated.work import Lines
from expunct_server.redaction.formats.rtf import rows as rows_of_tables
from expunct_server.redaction.formats.rtf import texts
from expunct_server.redaction.formats.rtf.rows import Rows, depth
from tests.redaction.helpers import redacted_file

RULES: dict[str, Any] = {
    "custom": compile_custom(None, ["Jane Doe", "555 0001 299", "1234"]),
    "entity_types": frozenset({"CUSTOM"}),
}
KNOWN = r"{\rtf1\ansi Jane Doe, 555 0001 299, 1234\par "


def redacted(body: str) -> str:
    said = redacted_file(f"{KNOWN}{body}}}".encode(), "a.rtf", **RULES)[0].decode()
    head = r"{\rtf1\ansi <CUSTOM>, <CUSTOM>, <CUSTOM>\par "
    assert said.startswith(head)
    return said.removeprefix(head).removesuffix("}")


def row(*cells: str) -> str:
    return "\\trowd\\intbl " + "".join(f"{each}\\cell " for each in cells) + "\\row "


def placed(ends: str, *cells: str, is_after: bool = False) -> str:
    """A row whose cells end at places, such as `1000 2000`, with other control words among these."""
    defined = re.sub(r"(?<!\S)(?=\d)", r"\\cellx", ends).replace(" ", "")
    said = "\\pard\\intbl " + "".join(f"{each}\\cell " for each in cells)
    return f"{said}{{\\trowd{defined}\\row}}" if is_after else f"\\trowd{defined}{said}\\row "


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("I met Jane\\par Doe was", "I met <CUSTOM>\\par  was"),
        ("Jane\\\nDoe", "<CUSTOM>\\\n"),
        ("Jane\\par Roe\\par Doe", "Jane\\par Roe\\par Doe"),
        ("\\trowd Jane\\cell Doe\\cell\\row", "\\trowd <CUSTOM>\\cell \\cell\\row"),
        (row("555", "0001", "299"), row("<CUSTOM>", "", "")),
        (row("12", "34"), row("12", "34")),
        (row("Jane", "x") + row("Doe", "y"), row("<CUSTOM>", "x") + row("", "y")),
        (row("x", "Jane") + row("y", "\\b Doe"), row("x", "<CUSTOM>") + row("y", "\\b ")),
        (row("x", "a\\par Jane") + row("y", "Doe\\par b"), row("x", "a\\par <CUSTOM>") + row("y", "\\par b")),
        (row("Jane", "x") + "\\pard y\\par" + row("Doe", "z"), row("Jane", "x") + "\\pard y\\par" + row("Doe", "z")),
        (row("Jane", "x") + "\\pard Doe\\par", row("Jane", "x") + "\\pard Doe\\par"),
        (row("\\itap2 Jane\\nestcell a\\nestcell\\nestrow Doe\\par\\nestcell b\\nestcell\\nestrow\\itap1 c", "d"),
         row("\\itap2 <CUSTOM>\\nestcell a\\nestcell\\nestrow \\par\\nestcell b\\nestcell\\nestrow\\itap1 c", "d")),
        (row("x", "Jane") + row("Jane", "Doe") + row("y", "Doe"),
         row("x", "<CUSTOM>") + row("<CUSTOM>", "") + row("y", "")),
        (row("x", "555 0001", "y") + row("Jane", "299", "Doe"), row("x", "<CUSTOM>", "y") + row("<CUSTOM>", "", "")),
        ("{\\footnote " + row("Jane", "x") + "\\pard y\\par}{\\footnote " + row("Doe", "z") + "}",
         "{\\footnote " + row("Jane", "x") + "\\pard y\\par}{\\footnote " + row("Doe", "z") + "}"),
        ("{\\info{\\title Jane}{\\author Doe}}x", "{\\info{\\title <CUSTOM>}{\\author }}x"),
        ("{\\info{\\title to Jane}{\\author Doe Roe}}x", "{\\info{\\title to <CUSTOM>}{\\author  Roe}}x"),
        ("{\\info{\\title 12}{\\author 34}}x", "{\\info{\\title 12}{\\author 34}}x"),
        ("{\\info{\\author Jane}}Doe", "{\\info{\\author Jane}}Doe"),
        ("{\\*\\userprops{\\propname Jane}\\proptype30{\\staticval Doe}}",
         "{\\*\\userprops{\\propname <CUSTOM>}\\proptype30{\\staticval }}"),
        ("{\\*\\atnid J}{\\*\\atnauthor Jane}\\chatn{\\*\\annotation Doe}",
         "{\\*\\atnid J}{\\*\\atnauthor Jane}\\chatn{\\*\\annotation Doe}"),
        ("{\\header Jane}x{\\header Doe}", "{\\header <CUSTOM>}x{\\header }"),
        ("{\\header Jane\\par}{\\footer Doe}", "{\\header Jane\\par}{\\footer Doe}"),
        ("Jane{\\footnote a\\par b}\\par Doe", "<CUSTOM>{\\footnote a\\par b}\\par "),
        ("Jane{\\*\\annotation a}\\par{\\title b}{\\*\\bkmkstart c} Doe",
         "<CUSTOM>{\\*\\annotation a}\\par{\\title b}{\\*\\bkmkstart c}"),
        ("{\\footnote Jane\\par{\\footnote a}Doe}", "{\\footnote <CUSTOM>\\par{\\footnote a}}"),
        ("Jane{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv b}}{\\shptxt c\\par d\\par}}}\\par Doe",
         "<CUSTOM>{\\shp{\\*\\shpinst{\\sp{\\sn a}{\\sv b}}{\\shptxt c\\par d\\par}}}\\par "),
        ("{\\field{\\*\\fldinst a}{\\fldrslt Jane}}\\par{\\field{\\*\\fldinst b}{\\fldrslt Doe}}",
         "{\\field{\\*\\fldinst a}{\\fldrslt <CUSTOM>}}\\par{\\field{\\*\\fldinst b}{\\fldrslt }}"),
        ("Jane{\\v a}\\par{\\v b}Doe", "<CUSTOM>{\\v a}\\par{\\v b}"),
        ("{\\v Jane\\par Doe}", "{\\v <CUSTOM>\\par }"),
        ("Jane\\par{\\deleted x\\par} Doe", "<CUSTOM>\\par{\\deleted x\\par}"),
        ("{\\deleted Jane}\\par{\\revised x}\\par{\\deleted Doe}",
         "{\\deleted <CUSTOM>}\\par{\\revised x}\\par{\\deleted }"),
        ("{\\upr{Jane\\par Doe}{\\*\\ud{Jane\\par Doe}}}", "{\\upr {}{\\*\\ud{<CUSTOM>\\par }}}"),
        ("\\u74?ane\\par D\\'6fe", "<CUSTOM>\\par "),
        ("\\pard\\dropcapli3 J\\par\\pard ane Doe x", "\\pard\\dropcapli3 \\par\\pard <CUSTOM> x"),
        ("{\\pard\\dropcapli3\\plain\\b J\\par}\\pard ane\\par Doe",
         "{\\pard\\dropcapli3\\plain\\b \\par}\\pard <CUSTOM>\\par "),
        ("\\pard\\dropcapli3 1\\par\\pard 234", "\\pard\\dropcapli3 \\par\\pard <CUSTOM>"),
        ("\\pard\\dropcapli3 A\\par\\pard Jane Doe", "\\pard\\dropcapli3 A\\par\\pard <CUSTOM>"),
        ("\\pard\\dropcapli3 Jane Doe\\par\\pard x", "\\pard\\dropcapli3 <CUSTOM>\\par\\pard x"),
        ("\\pard\\dropcapli3 123\\par\\pard 4 x", "\\pard\\dropcapli3 123\\par\\pard 4 x"),
        ("\\pard\\dropcapli3 \\ldblquote Ja\\par\\pard ne Doe", "\\pard\\dropcapli3 \\ldblquote \\par\\pard <CUSTOM>"),
        ("Jane 1234\\par Doe", "Jane <CUSTOM>\\par Doe"),
        ("Ja{\\b ne}\\par D{\\b oe}", "<CUSTOM>{\\b }\\par {\\b }"),
    ],
)  # fmt: skip
def test_what_is_removed_elsewhere_goes_over_paragraphs_and_cells_too(body: str, result: str):
    assert redacted(body) == result


LABEL = "<CUSTOM>"
THREE = "1000 2000 3000"


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([(THREE, "x", "y", "Jane"), ("2000 3000", "z", "Doe")], ["x", "y", LABEL, "z", ""]),
        ([(THREE, "x", "Jane", "y"), ("2000 3000", "z", "Doe")], ["x", "Jane", "y", "z", "Doe"]),
        ([(THREE, "x", "Jane", "y"), ("\\trleft1000 2000 3000", "Doe", "z")], ["x", LABEL, "y", "", "z"]),
        ([("\\trleft-108 892 1892", "x", "Jane"), ("\\trleft-70 900 1900", "y", "Doe")], ["x", LABEL, "y", ""]),
        ([(THREE, "x", "Jane", "y"), ("1100 2000 3000", "z", "Doe", "y")], ["x", LABEL, "y", "z", "", "y"]),
        ([("900 1000 1100", "x", "Jane", "y"), ("1000 1100", "z", "Doe")], ["x", "Jane", "y", "z", "Doe"]),
        ([(THREE, "Jane", "x", "y"), ("\\clmgf 1000 \\clmrg 2000 3000", "", "Doe", "")], [LABEL, "x", "y", "", "", ""]),
        ([("\\clvmgf 1000 2000", "Jane", "x"), ("\\clvmrg 1000 2000", "Doe", "y")], [LABEL, "x", "", "y"]),
        ([("1000", "x", "Jane"), ("1000", "y", "Doe")], ["x", LABEL, "y", ""]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_after", [False, True])
def test_columns_are_where_their_cells_begin(rows: list[tuple[str, ...]], left: list[str], *, is_after: bool):
    said = redacted("".join(placed(*each, is_after=is_after) for each in rows))
    assert re.findall(r"(?:intbl| ?\\cell) ([^\\]*)(?=\\cell )", said) == left


def test_rows_that_say_nothing_are_as_those_before_and_those_in_cells_are_none_around():
    inner = "\\itap2 {0}\\nestcell\\nestcell{{\\*\\nesttableprops\\trowd\\cellx500\\cellx900\\nestrow}}\\itap1 "
    bare = "\\pard\\intbl {0}\\cell {1}\\cell\\row "
    assert redacted(placed(THREE, "Jane", "x", inner.format("c")) + bare.format("Doe", "y")) == (
        placed(THREE, LABEL, "x", inner.format("c")) + bare.format("", "y")
    )
    assert redacted(placed("2000 3000", "x\\par" + inner.format("Jane") + inner.format("Doe"), "y")) == (
        placed("2000 3000", "x\\par" + inner.format(LABEL) + inner.format(""), "y")
    )


def test_rows_of_many_cells_and_without_end_hold_no_more_than_they_may():
    rows = Rows[int]()
    for n in range(5_000):
        rows.define("cellx", n)
    given = []
    for n in range(60_000):
        given += rows.add(n, depth(n), size=9)
        rows.end_cell(depth(n))
    assert [item for item, _ in given] == [*range(50_005)]
    assert [item for item, _ in rows.end_row(1)] == [*range(50_005, 60_000)]
    assert rows.column(1, 999) == (1, True, 998)
    assert rows.column(1, 1_000) == (1, False, 1_000)
    assert (depth(None), depth(-5), depth(99_999)) == (0, 0, 20)


@pytest.mark.parametrize("between", [["cellx"], ["clmrg"], ["nesttableprops"], ["nesttableprops", "trowd"]])
def test_each_cell_of_a_row_is_placed_once_whatever_is_defined_between(
    between: list[str], monkeypatch: pytest.MonkeyPatch
):
    placings = []
    nearest = rows_of_tables._nearest
    monkeypatch.setattr(rows_of_tables, "_nearest", lambda *given: placings.append(given) or nearest(*given))
    rows = Rows[int]()
    for n in range(1, 501):
        rows.define("cellx", 900 * n)
    found = []
    for _ in range(500):
        found.append(rows.column(1))
        rows.end_cell(1)
        for word in between:
            rows.define(word, 999_999)
        if "nesttableprops" in between:
            rows.end_row(2)
    assert found == [(1, True, 900 * n) for n in range(500)]
    assert len(placings) == 500


@pytest.mark.parametrize(
    "body",
    [
        placed(THREE, "x", "y", "Jane") + placed("2000 3000", "z", "Doe"),
        placed(THREE, "Jane", "x", "y", is_after=True) + placed("2000 3000", "Doe", "z", is_after=True),
        "Jane\\par Doe",
        "Jane{\\footnote a}\\par Doe",
        "{\\header Jane}{\\header Doe}",
        row("Jane", "x") + row("Doe", "y"),
        row("\\itap2 Jane\\nestcell a\\nestcell\\nestrow Doe\\nestcell b\\nestcell\\nestrow c", "d"),
        "{\\info{\\title Jane}{\\author Doe}}x",
        "Jane\\par{\\upr{x}{\\*\\ud{Doe}}}",
        "Jane\\\nDoe",
    ],
)
def test_the_check_reads_so_too(body: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parent, "redact_lines", lambda text, _: Redacted(text, []))
    with pytest.raises(ResidueFound):
        redacted(body)


def lines(body: str) -> list[str]:
    """What the check reads as lines."""

    class _Work:
        source = io.BytesIO(f"{{\\rtf1\\ansi {body}}}".encode())

    return [str(each) for each in texts(_Work) if isinstance(each, Lines)]  # type: ignore[arg-type]


def test_each_story_and_column_is_read_by_itself():
    notes = "{\\header h\\par i}a{\\footnote n\\par o{\\footnote deep}}\\par"
    table = "\\pard\\intbl b\\cell c\\par d\\cell\\row e\\cell f\\cell\\row"
    said = lines(f"{notes}{table}\\pard{{\\*\\unknown u\\par v}}g\\par\\u55357?\\u-8704? h")
    assert said[:6] == ["h\ni", "n\no", "deep", "a\nb\nc\nd\ne\nf\ng\n\U0001f600 h", "b\ne", "c\nd\nf"]
    assert lines("\\pard\\dropcapli3 J\\par\\pard im\\par\\dropcapli0 x\\par y") == ["Jim\nx\ny"]
    assert lines("\\pard\\dropcapli3 Jim\\par im\\par\\u-10187?\\u-9008?bc\\par y")[0] == "Jim\nim\U0001d4d0bc\ny"
    assert lines("219{\\*\\atnid x}09 9998") == ["21909 9998"]


def test_what_is_left_out_twice_is_cut_once():
    body = "Jane 1234 x\\par Doe 1234"
    assert redacted(body) == "Jane <CUSTOM> x\\par Doe <CUSTOM>"
    assert redacted("1234 Jane\\par Doe 1234") == "<CUSTOM> <CUSTOM>\\par  <CUSTOM>"


def test_long_documents_are_read_in_stretches_that_overlap():
    """Of 50,000 code points: in one of these the name lies over the end of the first."""
    before = ("word " * 2_000 + "\\par ") * 4
    fill = [f"\\par {'w' * n}\\par " for n in range(280, 320)]
    names = "".join(f"Jane\\par Doe{each}" for each in fill)
    source = f"{{\\rtf1\\ansi Jane Doe\\par {before}{names}}}".encode()
    made, found, _ = redacted_file(source, "a.rtf", **RULES)
    result = "".join(f"<CUSTOM>\\par {each}" for each in fill)
    assert made.decode() == f"{{\\rtf1\\ansi <CUSTOM>\\par {before}{result}}}"
    assert [each.location for each in found][-1] == "body, paragraph 123"
