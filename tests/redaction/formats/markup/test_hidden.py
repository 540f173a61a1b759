"""Pages: what browsers do not show, and style sheets with escapes."""

import io
from types import SimpleNamespace
from typing import cast

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Redacted
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.isolated.work import Lines, Work
from expunct_server.redaction.formats.markup import htmls
from expunct_server.redaction.formats.markup.hidden import of_page
from expunct_server.redaction.removed import WALL
from tests.redaction.helpers import redacted_file

RULES = compile_custom(None, ["Jane Doe"])
GONE = "&lt;CUSTOM&gt;"


def redacted(source: str) -> str:
    return redacted_file(source.encode(), "a.html", entity_types=frozenset({"CUSTOM"}), custom=RULES)[0].decode()


@pytest.mark.parametrize(
    "tag",
    [
        "<span hidden>", "<i style='DISPLAY : none'>", '<b style="color:red;visibility:hidden">', "<s style=opacity:0>",
        "<b style='font-size:0.0em'>", "<b style='font-size: 1px'>", "<b style='dis\\70 lay:none'>",
        "<b style='display:/**/none!important'>", "<b style='display&#58;none'>", "<b style='text-indent:-999px'>",
        "<b class='x gone'>", "<i class=gone id=it>", "<div hidden>", "<template>", "<section class=gone>",
    ],
)  # fmt: skip
def test_a_word_is_read_without_what_is_hidden_in_it(tag):
    end = f"</{tag[1:].split()[0].strip('>')}>"
    styles = "<style>/* x */ a{color:red} @media print {.a > .gone:x, .b .gone {a:b; dis\\70lay:none}}</style>"
    source = f"{styles}<div>of J{tag}x x{end}ane {tag}y{end}D{tag}z<p>z</p>{end}oe.</div><p>Doe</p>"

    said = redacted(source)

    assert said == f"{styles}<div>of {GONE}{tag}x x{end}{tag}y{end}{tag}z<p>z</p>{end}.</div><p>Doe</p>"


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("<p>Jane <b hidden>Doe", f"<p>{GONE}<b hidden>"),
        ("<p>J<b>x</b>ane Doe", "<p>J<b>x</b>ane Doe"),
        ("<p>J<b style='font-size:10px'>x</b>ane Doe", "<p>J<b style='font-size:10px'>x</b>ane Doe"),
        ("<p hidden>Jane Doe<p>Jane Doe", f"<p hidden>{GONE}<p>{GONE}"),
        ("<div>Jane<div hidden>a<div>b</div>Jane Doe</div> Doe</div>Jane Doe",
         f"<div>{GONE}<div hidden>a<div>b</div>{GONE}</div></div>{GONE}"),
        ("<p>J<div hidden>x</div>ane Doe", f"<p>{GONE}<div hidden>x</div>"),
        ("<p>J<template><p>x</p></template>ane Doe", f"<p>{GONE}<template><p>x</p></template>"),
        ("<div>J<p hidden>x<p>ane Doe", f"<div>{GONE}<p hidden>x<p>"),
        ("<ul><li hidden>x<li>J<b hidden>y</b>ane Doe</ul>", f"<ul><li hidden>x<li>{GONE}<b hidden>y</b></ul>"),
        ("<ul><li hidden>x<ul><li>y</ul></ul>J<b hidden>y</b>ane Doe",
         f"<ul><li hidden>x<ul><li>y</ul></ul>{GONE}<b hidden>y</b>"),
        ("<div>J<p hidden>x<h2>y</h2>Jane<b hidden>x</b> Doe", f"<div>J<p hidden>x<h2>y</h2>{GONE}<b hidden>x</b>"),
        ("<dl><dd hidden>x<dt>J<b hidden>y</b>ane Doe</dl>", f"<dl><dd hidden>x<dt>{GONE}<b hidden>y</b></dl>"),
        ("<table><tr><td hidden>x<tr><th>J<b hidden>y</b>ane Doe",
         f"<table><tr><td hidden>x<tr><th>{GONE}<b hidden>y</b>"),
        ("<p>Jane<br hidden> D<br hidden>oe", f"<p>{GONE}<br hidden><br hidden>"),
        ("<p>J<input hidden>ane Doe", f"<p>{GONE}<input hidden>"),
        ("<p>J<wbr hidden>ane Doe", f"<p>{GONE}<wbr hidden>"),
        ("<!--<p>J<b hidden>x</b>ane Doe</p>-->", f"<!--<p>{GONE}<b hidden>x</b></p>-->"),
        ("<p>Jane<p hidden>x</p><p>Doe", f"<p>{GONE}<p hidden>x</p><p>"),
        ("<p>Jane<b hidden>x</b><p>y<b hidden>x</b>", "<p>Jane<b hidden>x</b><p>y<b hidden>x</b>"),
        ("<p>Ja<b hidden>x</b>ne<p><b hidden>x</b>Doe", f"<p>{GONE}<b hidden>x</b><p><b hidden>x</b>"),
        ("<p>Jane Doe <b hidden>&amp; Jane</b> Doe", f"<p>{GONE} <b hidden>&amp; {GONE}</b>"),
    ],
)  # fmt: skip
def test_what_is_hidden_ends_where_it_ends_and_goes_where_it_is_said(source, result):
    assert redacted(f"<p>Jane Doe</p>{source}") == f"<p>{GONE}</p>{result}"


@pytest.mark.parametrize(
    "source",
    ["<p>Ja<b hidden>x</b>ne<p>Doe", "<div>Ja<div hidden>x</div>ne</div><p hidden>y</p><p>Doe",
     "<table><tr><td>Ja<b hidden>x</b>ne<td>x<tr><td>Doe<td>y</table>"],
)  # fmt: skip
def test_the_check_reads_without_what_is_hidden_too(source, monkeypatch: pytest.MonkeyPatch):
    assert "Doe" not in redacted(f"<p>Jane Doe</p>{source}")
    monkeypatch.setattr(parent, "redact_lines", lambda text, _: Redacted(text, []))
    with pytest.raises(ResidueFound):
        redacted(f"<p>Jane Doe</p>{source}")


def test_the_check_reads_a_text_with_and_without_what_is_hidden_and_styles_without_escapes():
    page = b"<style>a{content:'\\4a ane'}</style><div style='a:\\44 oe'>J<p hidden>x</p>a<rt>y</rt><i hidden>z</i>n"

    said = list(htmls.texts(cast(Work, SimpleNamespace(source=io.BytesIO(page)))))

    assert {"a{content:'Jane'}", "a:Doe", "x", "Jaz", "Jan"}.difference(said) == {"Jaz"}
    assert {"Jazn", "Jan", "Jayzn"} <= set(said)
    lines = [set(each.split("\n")) for each in said if isinstance(each, Lines)]
    assert lines[:2] == [{"", WALL, "x", "Jazn"}, {"", WALL, "Jan"}]


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("<style>a{content:'\\4a ane \\000044oe'}</style>", "<style>a{content:'<CUSTOM>'}</style>"),
        ("<style>a{content:'\\J\\61\\\nne Doe\\!'}</style>", "<style>a{content:'<CUSTOM>\\!'}</style>"),
        ("<p style=\"content:'J&#97;\\6e e Doe \\9'\">", f"<p style=\"content:'{GONE} \\9'\">"),
        ("<p style=\"content:'J\\61&#92;6e e Doe'\">", f"<p style=\"content:'{GONE}'\">"),
        ("<p style=content:J\\61ne&#32;Doe>", f'<p style="content:{GONE}">'),
    ],
)
def test_escapes_of_style_sheets_are_read(source, result):
    assert redacted(source) == result


def test_few_rules_of_a_class_are_kept_and_none_that_hides_nothing():
    page = (
        "".join(f"<style>.a.b{n}, i {{display:none}}</style>" for n in range(50))
        + "<style>.c{color:red}.d{display:none"
    )

    hiding = of_page(page)

    assert {key: len(rules) for key, rules in hiding._rules.items()} == {".a": 20, "i": 1, ".d": 1}
    assert hiding.hides("p", {"class": "a b3"}) and not hiding.hides("p", {"class": "a c"})
