"""Word documents: symbols, and what is hidden from whom reads them."""

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.formats.office import hidden, reading
from expunct_server.redaction.formats.office.lines import in_order
from tests.redaction.formats.cases_odf import NS, odf
from tests.redaction.formats.office import test_odf
from tests.redaction.formats.office.build import W, types
from tests.redaction.formats.office.test_docx import MAIN, body, document


def symbols(text: str, font: str = "Arial", base: int = 0) -> str:
    return "".join(f'<w:sym w:font="{font}" w:char="{base + ord(each):04X}"/>' for each in text)


@pytest.mark.parametrize("base", [0, 0xF000])
def test_a_symbol_is_the_character_that_it_shows_and_goes_with_the_value(base):
    text = f"<w:p><w:r><w:t>jane</w:t></w:r><w:r>{symbols('@', base=base)}<w:t>example.c</w:t>"
    text += f"{symbols('om', base=base)}{symbols('!')}</w:r></w:p>"
    alone = f"<w:p><w:r>{symbols('to jane@example.com', base=base)}</w:r></w:p>"

    said = body(document(text + alone))

    gone = "<w:t/>" * 15
    kept = f"{symbols('to ', base=base)}<w:t>&lt;EMAIL_ADDRESS&gt;</w:t>{gone}"
    assert said == (
        "<w:p><w:r><w:t>&lt;EMAIL_ADDRESS&gt;</w:t></w:r><w:r><w:t/><w:t/><w:t/><w:t/>"
        f"{symbols('!')}</w:r></w:p><w:p><w:r>{kept}</w:r></w:p>"
    ).replace("<w:t/>", "<w:t></w:t>")


def test_a_picture_of_a_font_is_no_letter_of_the_word_before_it_but_goes_where_it_would_be_one():
    smile = symbols("J", "Wingdings", 0xF000)
    secret = symbols("jane@example.com", "Wingdings", 0xF000)
    text = "<w:p><w:r><w:t>{}</w:t>{}</w:r></w:p><w:p><w:r>{}</w:r></w:p>"
    custom = compile_custom(None, ["Jane Doe"])

    said = body(
        document(text.format("Jane Doe", smile, secret)),
        custom=custom, entity_types=frozenset({"CUSTOM", "EMAIL_ADDRESS"}),
    )  # fmt: skip

    gone = "<w:t>&lt;EMAIL_ADDRESS&gt;</w:t>" + "<w:t></w:t>" * 15
    assert said == text.format("&lt;CUSTOM&gt;", smile, gone)


HIDDEN = "<w:r><w:rPr><w:vanish{}/></w:rPr><w:t>{}</w:t></w:r>"


@pytest.mark.parametrize(
    ("hidden", "is_shown"),
    [(HIDDEN.format("", "a 12"), True), (HIDDEN.format(' w:val="true"', "Y Y"), True),
     ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>a</w:t><w:tab/><w:br/></w:r>", True),
     (HIDDEN.format(' w:val="0"', "a 12"), False)],
)  # fmt: skip
def test_what_is_hidden_in_a_word_is_no_part_of_it(hidden, is_shown):
    shown = "<w:r><w:t>{}</w:t></w:r>"
    text = f"<w:p>{shown.format('219-0')}{hidden}{shown.format('9-9998 is')}</w:p>"

    said = body(document(text))

    made = f"<w:p>{shown.format('&lt;US_SSN&gt;')}{hidden}{shown.format(' is')}</w:p>" if is_shown else text
    assert said.replace(' xml:space="preserve"', "") == made


def test_what_is_hidden_goes_too_alone_and_with_what_is_shown():
    shown = "<w:r><w:t>{}</w:t></w:r>"
    text = f"<w:p>{{}}</w:p><w:p>{HIDDEN.format('', '{}')}</w:p>"

    said = body(document(text.format(shown.format("jane") + HIDDEN.format("", "@example.com"), "219-09-9998")))

    mail = shown.format("&lt;EMAIL_ADDRESS&gt;") + HIDDEN.format("", "").replace("<w:t></w:t>", "<w:t></w:t>")
    assert said == text.format(mail, "&lt;US_SSN&gt;")


@pytest.mark.parametrize(
    ("before", "hidden", "behind", "result"),
    [("Call ", "219-", "09-9998 now", ("Call ", "", "&lt;US_SSN&gt; now")),
     ("Call 219-", "09-", "9998 now", ("Call &lt;US_SSN&gt;", "", " now")),
     ("Call ", "219-09-9998", " now", ("Call ", "&lt;US_SSN&gt;", " now"))],
)  # fmt: skip
def test_what_takes_the_place_of_a_value_is_seen_where_some_of_the_value_was(before, hidden, behind, result):
    shown = "<w:r><w:t>{}</w:t></w:r>"
    text = f"<w:p>{shown}{HIDDEN.format('', '{}')}{shown}</w:p>"

    said = body(document(text.format(before, hidden, behind)))

    assert said.replace(' xml:space="preserve"', "") == text.format(*result)


def test_the_check_reads_with_and_without_what_is_hidden():
    shown = "<w:r><w:t>{}</w:t></w:r>"
    old = "<w:rPr><w:rPrChange><w:rPr><w:vanish/></w:rPr></w:rPrChange></w:rPr>"  # was hidden before a change
    runs = shown.format("ja") + HIDDEN.format("", "x") + shown.format("n") + f"<w:r>{old}<w:t>e</w:t></w:r>"
    reader = reading._Reader()

    said = reader.read(f"<w:p {W}>{runs}<w:r>{symbols('J', 'Webdings')}{symbols('!')}</w:r></w:p>".encode())

    assert {"jane!", "jaxneJ!"} <= set(said)
    assert [*in_order(reader.paragraphs)] == ["jane!", "jaxneJ!"]


def test_what_goes_on_from_a_hidden_paragraph_and_over_one_goes():
    shown = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    hidden = f"<w:p>{HIDDEN.format('', '{}')}</w:p>"
    text = shown + hidden + shown + shown + hidden + shown
    custom = compile_custom(None, ["Jane Doe"])

    source = text.format("of Jane Doe", "x", "a Jane", "Jane", "x", "Doe") + shown.format("y Jane")
    said = body(document(source + hidden.format("Doe y")), custom=custom, entity_types=frozenset({"CUSTOM"}))

    label = "&lt;CUSTOM&gt;"
    made = text.format(f"of {label}", "x", "a Jane", label, "x", "") + shown.format(f"y {label}") + hidden.format(" y")
    assert said.replace(' xml:space="preserve"', "") == made


STYLES = (
    f"<w:styles {W}><w:style w:styleId='Gone'><w:rPr><w:vanish/></w:rPr></w:style>"
    "<w:style w:styleId='Below'><w:basedOn w:val='Gone'/></w:style>"
    "<w:style w:styleId='Seen'><w:basedOn w:val='Gone'/><w:rPr><w:vanish w:val='0'/></w:rPr></w:style>"
    "<w:style w:styleId='Round'><w:basedOn w:val='Round'/></w:style></w:styles>"
)


@pytest.mark.parametrize(("style", "is_hidden"), [("Gone", True), ("Below", True), ("Seen", False), ("Round", False)])
def test_what_a_style_hides_is_hidden(style, is_hidden):
    shown = "<w:r><w:t>{}</w:t></w:r>"
    run = f'<w:r><w:rPr><w:rStyle w:val="{style}"/></w:rPr><w:t>a 12</w:t></w:r>'
    block = f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{shown.format("x 219-09-9998")}</w:p>'
    text = f"<w:p>{shown.format('219-0')}{run}{shown.format('9-9998')}</w:p>{block}"
    relation = ("rId1", "styles", "styles.xml")
    types_of = types({"word/document.xml": MAIN, "word/styles.xml": MAIN.replace("document.main", "styles")})

    source = document(text, {"word/styles.xml": STYLES, "[Content_Types].xml": types_of}, relation)
    said = body(source)

    split = text.replace("219-0<", "&lt;US_SSN&gt;<").replace(">9-9998<", "><") if is_hidden else text
    assert said == split.replace("x 219-09-9998", "x &lt;US_SSN&gt;")


def test_what_a_style_of_opendocument_hides_is_hidden():
    style = "<style:style style:name='{}' style:parent-style-name='{}'>{}</style:style>"
    none = "<style:text-properties text:display='none'/>"
    styles = style.format("T1", "", none) + style.format("T2", "T1", "")
    part = f"<office:document-styles {NS}><office:styles>{styles}</office:styles></office:document-styles>"
    text = "<text:p>{}<text:span text:style-name='T2'>a 12<text:tab/></text:span>{} is</text:p>"
    source = odf("text", text.format("219-0", "9-9998"), more={"styles.xml": part})

    members, _, _ = test_odf.redacted(source)

    made = test_odf.body(members).removeprefix("<office:text>").removesuffix("</office:text>")
    assert made == text.format("&lt;US_SSN&gt;", "").replace("'", '"')


def test_the_check_knows_of_styles_that_hide():
    runs = (
        "<w:r><w:t>ja</w:t></w:r><w:r><w:rPr><w:rStyle w:val='Gone'/></w:rPr><w:t>x</w:t></w:r><w:r><w:t>ne</w:t></w:r>"
    )
    block = "<w:p><w:pPr><w:pStyle w:val='Gone'/></w:pPr><w:r><w:t>y</w:t></w:r></w:p>"
    spans = "ja<text:span text:style-name='Gone'>x</text:span>ne<text:span text:style-name='Seen'>t</text:span>"
    styles = hidden.styles([STYLES.encode(), b"<!DOCTYPE x><x/>", b"no XML"])

    for name, part in ("Word", f"<w:x {W}><w:p>{runs}</w:p>{block}</w:x>"), ("ODF", f"<text:p {NS}>{spans}</text:p>"):
        reader = reading._Reader(styles)
        said = reader.read(part.encode())
        ways = ["jane\n", "jaxne\ny"] if name == "Word" else ["janet", "jaxnet"]
        assert [*in_order(reader.paragraphs)] == ways
        assert {each.split("\n")[0] for each in ways} <= set(said)
