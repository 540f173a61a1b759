"""OpenDocument packages: cells, what goes, what is refused."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import DocumentError, Summary, redact_file, sniff
from expunct_server.redaction.formats.office import reading
from tests.redaction.formats.cases_odf import KIND, NS, odf
from tests.redaction.formats.office.build import PNG, check_odf, unzipped, zipped
from tests.redaction.helpers import plan

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN", "DATE_TIME"})
FLOAT = "<table:table-cell office:value-type='float' office:value='{0}'><text:p>{1}</text:p></table:table-cell>"
STRING = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
LABEL = "&lt;US_SSN&gt;"


def redacted(source: bytes, **changes: Any) -> tuple[dict[str, bytes], list[Finding], Summary]:
    target, found = io.BytesIO(), list[Finding]()
    wanted = plan(**({"entity_types": TYPES} | changes))
    kind = sniff(source, None, len(source))
    summary = redact_file(io.BytesIO(source), target, kind, wanted, found.append, lambda _: None)
    check_odf(target.getvalue())
    return unzipped(target.getvalue()), found, summary


def body(members: dict[str, bytes]) -> str:
    return members["content.xml"].decode().partition("<office:body>")[2].partition("</office:body>")[0]


def table(*rows: str) -> str:
    made = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f"<table:table table:name='Kept'>{made}</table:table>"


def text(value: str) -> str:
    return f"<table:table-cell><text:p>{value}</text:p></table:table-cell>"


def test_numbers_are_read_with_the_names_of_their_columns_and_become_text():
    source = odf(
        "spreadsheet",
        table(
            text("Amount") + text("SSN"),
            FLOAT.format("12.5", "12.50") + FLOAT.format("219099998", "219 099 998"),
        ),
    )

    members, found, _ = redacted(source)
    assert FLOAT.format("12.5", "12.50").replace("'", '"') in body(members)
    assert STRING.format(LABEL) in body(members)
    assert [(f.text, f.location) for f in found] == [("219099998", "sheet Kept, cell B2, value")]


def test_a_date_goes_from_the_value_and_the_text_of_a_cell():
    cell = "<table:table-cell office:value-type='date' office:date-value='1980-02-29'><text:p>29. Feb</text:p>"
    cell += "</table:table-cell>"
    members, _, _ = redacted(odf("spreadsheet", table(text("Born") + text("Item"), cell + text("x"))))

    assert STRING.format("&lt;DATE_TIME&gt;") in body(members)


def test_settings_that_are_long_numbers_go_and_texts_among_them_are_read():
    item = "<config:config-item config:name='{}' config:type='{}'>{}</config:config-item>"
    settings = f"<office:document-settings {NS}><office:settings>{{}}</office:settings></office:document-settings>"
    kept = [("ViewTop", "int", "1234"), ("Zoom", "short", "120"), ("Link", "boolean", "true")]
    gone = [("Rsid", "int", "21909999"), ("Width", "long", "21909999"), ("Read", "datetime", "2024-01-02T03:04:05")]
    made = "".join(item.format(*each) for each in (*kept, *gone, ("Number", "string", "21909999")))
    source = odf("text", "<text:p>of 21909999, 1234</text:p>", more={"settings.xml": settings.format(made)})

    members, _, _ = redacted(
        source, entity_types=frozenset({"CUSTOM"}), custom=compile_custom(None, ["21909999", "1234"])
    )

    left = "".join(item.format(*each) for each in (*kept, ("Number", "string", "&lt;CUSTOM&gt;"))).replace("'", '"')
    assert members["settings.xml"].decode().partition("<office:settings>")[2].startswith(f"{left}</office:settings>")


def test_what_numbers_are_shown_with_is_read_as_it_is_shown():
    look = (
        "<number:number-style style:name='N1'><number:text>{}</number:text>\n<number:text>{}</number:text><style:x/>"
        "<number:currency-symbol>{}</number:currency-symbol><number:number/><number:text> 9</number:text>"
        "<number:number><number:embedded-text number:position='2'>{}</number:embedded-text>"
        "<number:embedded-text number:position='1'>09</number:embedded-text></number:number></number:number-style>"
    )
    styles = f"<office:document-styles {NS} {{}}><office:styles>{{}}</office:styles></office:document-styles>"
    space = "xmlns:number='urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0'"
    source = odf(
        "text", "", more={"styles.xml": styles.format(space, look.format("to ja", "ne@exam", "ple.com", "219"))}
    )

    members, found, _ = redacted(source)

    said = members["styles.xml"].decode().partition("<office:styles>")[2].partition("</office:styles>")[0]
    assert said == look.format("to &lt;EMAIL_ADDRESS&gt;", "", "", "219").replace("'", '"')
    assert [(each.text, each.location, each.start) for each in found] == [("jane@example.com", "styles", 3)]


def test_a_formula_is_kept_if_what_goes_is_a_string_in_it():
    formula = "<table:table-cell table:formula='{}' office:value-type='float' office:value='1'><text:p>1</text:p>"
    formula += "</table:table-cell>"
    source = odf(
        "spreadsheet",
        table(
            formula.format('of:=LEN("jane@example.com")') + formula.format("of:=219099998-1") + text("SSN: 219-09-9998")
        ),
    )

    members, _, summary = redacted(source)
    assert re.findall('table:formula="([^"]*)"', body(members)) == ["of:=LEN(&quot;&lt;EMAIL_ADDRESS&gt;&quot;)"]
    assert summary.notes == ("Formulas that held or gave what was removed were replaced by their values.",)


@pytest.mark.parametrize(
    "tied",
    [
        "<office:annotation><text:p>{}</text:p></office:annotation>",
        "<draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>",
    ],
)
def test_a_number_stays_one_when_something_goes_from_a_note_or_shape_that_is_tied_to_it(tied: str):
    cell = (
        f'<table:table-cell office:value-type="float" office:value="5" table:formula="of:=2+3">{tied}<text:p>5</text:p>'
    )
    source = odf("spreadsheet", table(cell.format("jane@example.com") + "</table:table-cell>"))

    members, _, summary = redacted(source)

    assert cell.format("&lt;EMAIL_ADDRESS&gt;") in body(members)
    assert summary.notes == ()


@pytest.mark.parametrize(("rows", "kept"), [(1, 1), (2, 0), (3, 0)])
def test_a_formula_that_gives_the_values_of_several_cells_goes_with_one_of_them(rows: int, kept: int):
    first = "<table:table-cell office:value-type='string' table:formula='of:=A9:A12&amp;\"-9998\"' "
    first += f"table:number-matrix-columns-spanned='1' table:number-matrix-rows-spanned='{rows}'>"
    given = "<table:table-cell office:value-type='string'><text:p>219-09-9998</text:p></table:table-cell>"
    source = odf("spreadsheet", table(f"{first}<text:p>x</text:p></table:table-cell>" + text("a"), given + text("b")))

    members, _, summary = redacted(source)

    assert [body(members).count(each) for each in ("table:formula", "matrix", STRING.format(LABEL))] == [
        kept, 2 * kept, 1
    ]  # fmt: skip
    assert len(summary.notes) == 1 - kept


def test_a_value_split_over_spans_and_notes_goes_and_the_spans_stay():
    split = (
        "<text:p>to ja<text:span text:style-name='B'>ne<office:annotation><text:p>why</text:p></office:annotation>@exam"
    )
    split += "</text:span>ple.com<text:s text:c='3'/>now</text:p>"

    members, found, _ = redacted(odf("text", split))
    assert body(members) == (
        '<office:text><text:p>to &lt;EMAIL_ADDRESS&gt;<text:span text:style-name="B"><office:annotation><text:p>why'
        '</text:p></office:annotation></text:span><text:s text:c="3"/>now</text:p></office:text>'
    )
    assert [f.location for f in found] == ["body, paragraph 1"]


def test_pictures_and_objects_that_are_not_read_are_replaced_or_go():
    frames = (
        "<draw:frame><draw:image xlink:href='Pictures/a.emf'/></draw:frame>"
        "<draw:frame><draw:object-ole xlink:href='./Object 1'/></draw:frame>"
        "<draw:image><office:binary-data>!no base64!</office:binary-data></draw:image>"
    )
    parts: dict[str, str | bytes] = {"Pictures/a.emf": b"jane@example.com\0", "Object 1": b"\xd0\xcf\x11\xe0"}

    members, _, summary = redacted(odf("text", frames, None, parts))
    assert '<draw:frame><draw:image xlink:href="Pictures/empty1.png"/></draw:frame><draw:frame/>' in body(members)
    assert members["Pictures/empty1.png"] == PNG
    assert "Object 1" not in members
    assert summary.notes == (
        "Pictures that could not be searched were replaced by empty ones.",
        "Parts that could not be read, such as embedded objects and fonts, were removed.",
    )


def test_a_variable_that_was_a_number_becomes_a_text():
    declared = "<text:user-field-decl text:name='a' office:value-type='float' office:value='219099998'/>"
    members, _, _ = redacted(odf("text", f"{declared}<text:p>SSN: 219-09-9998</text:p>"))

    assert f'office:value-type="string" office:string-value="{LABEL}"' in body(members)


def manifest(inside: str) -> dict[str, str | bytes]:
    return {"META-INF/manifest.xml": f"<manifest:manifest {NS}><manifest:file-entry manifest:full-path='content.xml'>"
            f"{inside}</manifest:file-entry></manifest:manifest>"}  # fmt: skip


def changed(**members: str | bytes) -> bytes:
    return zipped({**unzipped(odf("text", "<text:p/>")), **{k.replace("_", "."): v for k, v in members.items()}})


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: zipped({**unzipped(odf("text", "")), **manifest("<manifest:encryption-data/>")}), "encrypted"),
        (lambda: changed(content_xml="<!DOCTYPE a><a/>"), "unreadable"),
        (lambda: changed(content_xml="<a>&b;</a>"), "unreadable"),
        (lambda: changed(content_xml="<a>"), "unreadable"),
        (lambda: changed(mimetype=f"{KIND}.text jane@example.com"), "unreadable"),
        (lambda: zipped({"mimetype": f"{KIND}.text"}), "unreadable"),
    ],
)
def test_hostile_and_broken_documents_are_refused(make: Callable[[], bytes], code: str):
    with pytest.raises(DocumentError) as caught:
        redacted(make())
    assert caught.value.code == code


OLD = '<?xml version="1.0"?>\n<!DOCTYPE a:b PUBLIC "-//OpenOffice.org//DTD Manifest 1.0//EN" "Manifest.dtd">\n'


def test_a_document_type_that_declares_nothing_is_left_out():
    members = unzipped(odf("text", "<text:p>jane@example.com</text:p>"))
    old = {name: OLD + data.decode() if name.endswith(".xml") else data for name, data in members.items()}
    old["META-INF/manifest.xml"] = f"{OLD}<manifest:manifest></manifest:manifest>"

    written, _, _ = redacted(zipped(old))
    assert "<text:p>&lt;EMAIL_ADDRESS&gt;</text:p>" in body(written)
    assert not any(b"DOCTYPE" in data or b"dtd" in data for data in written.values())


@pytest.mark.parametrize(
    "end", ['"a.dtd" [<!ENTITY b "c">]>', "'a.dtd'>", '"a.dtd"><!DOCTYPE c>', '"a.dtd"><!ENTITY c "d">']
)
def test_any_other_document_type_is_refused(end: str):
    with pytest.raises(DocumentError) as caught:
        redacted(changed(content_xml=f"<!DOCTYPE a SYSTEM {end}<a>&b;</a>"))
    assert caught.value.code == "unreadable"


def test_a_template_of_styles_alone_is_read():
    members = unzipped(odf("text", ""))
    del members["content.xml"]
    styles = f"<office:document-styles {NS}><text:p>to jane@example.com</text:p></office:document-styles>"

    written, _, _ = redacted(zipped({**members, "mimetype": f"{KIND}.text-template", "styles.xml": styles}))
    assert b"<text:p>to &lt;EMAIL_ADDRESS&gt;</text:p>" in written["styles.xml"]
    assert "content.xml" not in written


def test_settings_of_menus_go_wherever_they_are():
    parts: dict[str, str | bytes] = {"Object 1/Configurations2/accelerator/current.xml": b""}

    written, _, summary = redacted(odf("text", "<text:p>kept</text:p>", None, parts))
    assert set(written) == {"mimetype", "content.xml", "META-INF/manifest.xml"}
    assert summary.notes == ()


def test_what_a_picture_says_of_its_own_kind_is_no_residue():
    drawing = (
        "<!-- Made with http://www.inkscape.org/ -->\n<svg xmlns:i='http://www.inkscape.org/namespaces/inkscape'/>"
    )
    frame = "<draw:frame><draw:image xlink:href='Pictures/a.svg'/></draw:frame>"

    written, found, _ = redacted(odf("text", frame, None, {"Pictures/a.svg": drawing}), entity_types=frozenset({"URL"}))
    assert written["Pictures/a.svg"].decode() == drawing.replace("http://www.inkscape.org/ ", "<URL> ")
    assert [(f.text, f.location) for f in found] == [("http://www.inkscape.org/", "picture 1, line 1, comment")]


def test_a_field_that_programs_fill_anew_becomes_the_text_of_its_label():
    date = "<text:date style:data-style-name='N1' text:date-value='2024-02-29'>2024-02-29</text:date>"
    mail = "<text:sender-email text:fixed='false'>jane@example.com</text:sender-email>"

    written, _, _ = redacted(odf("text", f"<text:p>on {date}, {mail} <text:date>today</text:date></text:p>"))
    assert "<text:p>on <text:span>&lt;DATE_TIME&gt;</text:span>, <text:span>&lt;EMAIL_ADDRESS&gt;</text:span> " in body(
        written
    )
    assert body(written).endswith("<text:date>today</text:date></text:p></office:text>")


def test_a_name_under_its_pronunciation_goes_with_that():
    def ruby(base: str, sound: str) -> str:
        said = f"<text:ruby-base>{base}</text:ruby-base><text:ruby-text>{sound}</text:ruby-text>"
        return f"<text:ruby>{said}</text:ruby>"

    name = ruby("田", "た") + ruby("中", "なか") + ruby("太", "た") + ruby("郎", "ろう")
    source = odf("text", f"<text:p>{name}{ruby('本', 'ほん')}</text:p>")
    custom = compile_custom(None, ["田中太郎"])

    members, _, _ = redacted(source, custom=custom, entity_types=frozenset({"CUSTOM"}))
    assert re.sub("<[^>]*>", "", body(members)) == "&lt;CUSTOM&gt;本ほん"


def test_numbers_in_attributes_are_found():
    card = "4111111111111111"
    said = (
        '<office:forms><form:form><form:text form:current-value="{0}" form:label="{0}"/></form:form></office:forms>'
        '<text:p>{0} <text:conditional-text text:string-value-if-true="{0}">x</text:conditional-text>'
        '<text:alphabetical-index-mark text:string-value="x" text:key1="{0}"/>'
        '<text:bibliography-mark text:identifier="{0}" text:isbn="{0}" text:number="{0}">x</text:bibliography-mark>'
        "</text:p>"
        '<text:p><text:s text:c="2000"/></text:p>'
    )

    members, _, _ = redacted(odf("text", said.format(card)), entity_types=frozenset({"CREDIT_CARD"}))
    assert said.format("&lt;CREDIT_CARD&gt;") in body(members)


def test_sheets_whose_names_go_have_names_of_their_own_and_formulas_still_name_them():
    sheet = "<table:table table:name='{}'><table:table-row>{}</table:table-row></table:table>"
    cell = (
        '<table:table-cell table:formula="{}" office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "<table:table-cell/>"
    )
    formula = "of:=[$'jo@example.org'.A1]&amp;[$'Kept one'.A1]&amp;&quot;'jo@example.org'.&quot;"
    source = odf(
        "spreadsheet",
        sheet.format("jane@example.com", text("x"))
        + sheet.format("jo@example.org", text("x"))
        + sheet.format("Kept one", cell.format(formula)),
    )

    members, _, _ = redacted(source)
    assert re.findall('<table:table table:name="(.*?)"', body(members)) == [
        "&lt;EMAIL_ADDRESS&gt;",
        "&lt;EMAIL_ADDRESS&gt; 2",
        "Kept one",
    ]
    assert re.findall('table:formula="(.*?)"', body(members)) == [
        "of:=[$'&lt;EMAIL_ADDRESS&gt; 2'.A1]&amp;[$'Kept one'.A1]&amp;&quot;'&lt;EMAIL_ADDRESS&gt;'.&quot;"
    ]


def test_settings_and_charts_follow_sheets_that_have_other_names():
    tables = "".join(f"<table:table table:name='{letter}@example.com'/>" for letter in "ab")
    entry = '<config:config-item-map-entry config:name="{}"/>'
    chart = "<chart:series chart:values-cell-range-address=\"'{0}'.A1:'{0}'.A2 kept.A1\"/>"
    settings = f"<office:document-settings {NS}>{entry.format('b@example.com')}</office:document-settings>"
    space = "xmlns:chart='urn:oasis:names:tc:opendocument:xmlns:chart:1.0'"
    drawn = f"<office:document-content {NS} {space}>{chart.format('b@example.com')}</office:document-content>"
    source = unzipped(odf("spreadsheet", tables, more={"settings.xml": settings, "Object 1/content.xml": drawn}))
    first = {name: source.pop(name) for name in ("mimetype", "settings.xml", "Object 1/content.xml")}

    members, _, _ = redacted(zipped(first | source))

    new = "&lt;EMAIL_ADDRESS&gt; 2"
    assert re.findall(' table:name="([^"]*)"', body(members)) == ["&lt;EMAIL_ADDRESS&gt;", new]
    assert entry.format(new) in members["settings.xml"].decode()
    assert chart.format(new) in members["Object 1/content.xml"].decode()


def test_names_that_lose_the_same_stay_unlike_each_other_and_what_refers_to_them_follows():
    styles = "".join(f'<style:style style:name="{each}@example.com"/>' for each in ("jane", "john"))
    body_ = (
        '<text:p text:style-name="john@example.com"><text:bookmark text:name="jo@example.com"/>'
        '<text:a xlink:href="#jo@example.com"/><text:a xlink:href="mailto:a@example.com"/>'
        '<text:a xlink:href="mailto:b@example.com"/></text:p>'
    )
    space = f"<office:document-styles {NS}><office:styles>{styles}</office:styles></office:document-styles>"

    members, _, _ = redacted(odf("text", body_, more={"styles.xml": space}))

    found = re.findall('([a-z-]+)="(?:#|mailto:)?(?:&lt;|%3C)EMAIL_ADDRESS(?:&gt;|%3E)(_[0-9])?"', body(members))
    assert found == [("style-name", ""), ("name", "_2"), ("href", "_2"), ("href", ""), ("href", "")]
    assert re.findall('style:name="&lt;EMAIL_ADDRESS&gt;([^"]*)"', members["styles.xml"].decode()) == ["_3", ""]


def test_names_are_read_without_the_numbers_that_stand_for_blanks_in_them():
    space = f"<office:document-styles {NS}><office:styles><style:style style:name='Mail_20_jane_40_example.com' "
    space += "style:display-name='Mail jane@example.com'/></office:styles></office:document-styles>"
    body_ = "<text:p text:style-name='Mail_20_jane_40_example.com'>jane@example.com</text:p>"

    members, _, _ = redacted(odf("text", body_, more={"styles.xml": space}))

    assert '<style:style style:name="Mail &lt;EMAIL_ADDRESS&gt;" style:display-name="Mail &lt;EMAIL_ADDRESS&gt;"/>' in (
        members["styles.xml"].decode()
    )
    assert '<text:p text:style-name="Mail &lt;EMAIL_ADDRESS&gt;">' in body(members)
    assert "Mail jane@example.com" in reading._Reader().read(f"<text:p {NS} {body_[8:]}".encode()), "by the check too"


def test_gradients_and_ends_of_lines_are_called_what_refers_to_them_says():
    kinds = (("gradient", "fill-gradient-name"), ("marker", "marker-start"), ("stroke-dash", "stroke-dash"))
    made = "".join(f"<draw:{kind} draw:name='{kind}@example.com'/>" for kind, _ in kinds)
    made += "".join(f"<style:graphic-properties draw:{key}='{kind}@example.com'/>" for kind, key in kinds)
    space = f"<office:document-styles {NS}><office:styles>{made}</office:styles></office:document-styles>"

    members, _, _ = redacted(odf("text", "<text:p/>", more={"styles.xml": space}))

    assert re.findall('([a-z-]+)="&lt;EMAIL_ADDRESS&gt;([^"]*)"', members["styles.xml"].decode()) == [
        ("name", ""), ("name", "_2"), ("name", "_3"), ("fill-gradient-name", ""), ("marker-start", "_2"),
        ("stroke-dash", "_3"),
    ]  # fmt: skip


def test_a_name_that_is_there_is_given_to_no_other():
    marks = "".join(f'<text:bookmark text:name="{name}"/>' for name in ("jo@example.com", "&lt;EMAIL_ADDRESS&gt;"))

    members, _, _ = redacted(
        odf("text", f"<text:p>{marks}<text:bookmark-ref text:ref-name='jo@example.com'/></text:p>")
    )

    names = re.findall('name="&lt;EMAIL_ADDRESS&gt;([^"]*)"', body(members))
    assert names == ["_2", "", "_2"]


def test_a_line_end_behind_the_kind_of_a_package_is_no_part_of_it():
    source = unzipped(odf("text", "<text:p>jane@example.com</text:p>"))

    members, found, _ = redacted(zipped({**source, "mimetype": source["mimetype"] + b"\n"}))

    assert (members["mimetype"], len(found)) == (source["mimetype"], 1)
