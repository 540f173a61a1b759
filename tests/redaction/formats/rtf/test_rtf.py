"""RTF: what stays byte for byte, where labels stand, what goes whole, what is refused, and what is seen in a result."""

import io
import re
from typing import Any

import pytest
from PIL import Image
from striprtf.striprtf import rtf_to_text

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.formats import DocumentError, sniff
from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.rtf import redact, texts, tokens, units
from tests.redaction.formats.cases_rtf import CASES
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN", "CREDIT_CARD"})


def redacted(body: str, head: str = r"\rtf1\ansi\ansicpg1252") -> str:
    """What becomes of a document, without its head."""
    output, _, _ = redacted_file(f"{{{head} {body}}}".encode("latin-1"), "a.rtf", entity_types=TYPES)
    said = output.decode("latin-1")
    assert said.startswith(f"{{{head} ")
    return said.removeprefix(f"{{{head} ").removesuffix("}")


@pytest.mark.parametrize(
    ("body", "result"),
    [
        ("jo@example.com", "<EMAIL_ADDRESS>"),
        ("{jo}@{\\b exam}ple.com!", "{<EMAIL_ADDRESS>}{\\b }!"),
        ("\\b\\'6ao@example.com", "\\b <EMAIL_ADDRESS>"),
        ("\\b0{\\*\\datafield 00}text", "\\b0 text"),
        ("a\\\\b\\'6ao@example.com", "a\\\\<EMAIL_ADDRESS>"),
        ("a\\\\b{\\*\\objdata 00}c", "a\\\\bc"),
        ("{\\pict\\emfblip{\\*\\picprop{\\sp{\\sn x}{\\sv jo@example.com}}} 00}y", "y"),
        ("{\\pict\\pngblip 0102}y", "y"),
        ("jo@exam\r\nple.com", "<EMAIL_ADDRESS>\r\n"),
        ("jo@exam\\-ple.com", "<EMAIL_ADDRESS>\\-"),
        ("jo@exam\\zwnj ple.com", "<EMAIL_ADDRESS>\\zwnj "),
        ("\\u106?\\u111?@example.com", "<EMAIL_ADDRESS>"),
        ("\\uc0\\u106\\u111@example.com", "\\uc0 <EMAIL_ADDRESS>"),
        ("\\uc2\\u106\\'6a\\'6aoo@example.com", "\\uc2 <EMAIL_ADDRESS>"),
        ("\\u128512?x \\u-10179?\\u-8704?jo@example.com", "\\u128512?x \\u-10179?\\u-8704?<EMAIL_ADDRESS>"),
        ("caf\\'e9\\'a0jo@example.com", "caf\\'e9\\'a0<EMAIL_ADDRESS>"),
        ("{\\v jo}@example.com", "{\\v }<EMAIL_ADDRESS>"),
        ("\\pard\\dropcapli3\\dropcapt1 Call jo@example.com\\par To all",
         "\\pard\\dropcapli3\\dropcapt1 Call <EMAIL_ADDRESS>\\par To all"),
        ("{\\v j@}\\pard\\dropcapli3 e\\par\\pard xample.com", "{\\v }\\pard\\dropcapli3 \\par\\pard <EMAIL_ADDRESS>"),
        ("jo@{\\v xx}example.com", "<EMAIL_ADDRESS>{\\v xx}"),
        ("jo@{\\deleted old.}{\\revised new.}example.com", "<EMAIL_ADDRESS>{\\deleted old.}{\\revised }"),
        ("{\\b jo@example.com}{\\i Name} x", "{\\b <EMAIL_ADDRESS>}{\\i } x"),
        ("{\\b Jo}{\\i jo@example.com}{\\super 1}", "{\\b Jo}{\\i <EMAIL_ADDRESS>}{\\super 1}"),
        ("SSN\\tab 219-09-9998 and 219099998", "SSN\\tab <US_SSN> and <US_SSN>"),
        ("SSN: 219\\_09\\_9998", "SSN: <US_SSN>"),
        ("{\\title SSN: 219-09-9998}{\\nothing 219 09 9998}", "{\\title SSN: <US_SSN>}{\\nothing <US_SSN>}"),
        ("{\\*\\bkmkstart jo@example.com}x", "{\\*\\bkmkstart <EMAIL_ADDRESS>}x"),
        ("HYPERLINK \"mailto:%6a%6F@example%2ecom\"", "HYPERLINK \"mailto:%3CEMAIL_ADDRESS%3E\""),
        ("{\\*\\htmltag <a href='mailto:jo&#64;example.com'>}", "{\\*\\htmltag <a href='mailto:<EMAIL_ADDRESS>'>}"),
        ("{\\*\\htmltag84 <a id='jo@exam}\\htmlrtf {\\b \\htmlrtf0 \n{\\*\\htmltag84 ple.com'>}x}",
         "{\\*\\htmltag84 <a id='<EMAIL_ADDRESS>}\\htmlrtf {\\b \\htmlrtf0 \n{\\*\\htmltag84 '>}x}"),
        ("{\\*\\htmltag84 jo@exam}x{\\*\\htmltag84 ple.com}", "{\\*\\htmltag84 jo@exam}x{\\*\\htmltag84 ple.com}"),
        ("{\\upr{x}{\\*\\ud{jo@}}}example.com", "{\\upr {}{\\*\\ud{<EMAIL_ADDRESS>}}}"),
        ("{\\upr{J?}{\\*\\ud{J\\u252?}}} jo@example.com", "{\\upr{J?}{\\*\\ud{J\\u252?}}} <EMAIL_ADDRESS>"),
        ("{\\upr{x{y}}{\\*\\ud{jo@example.com{\\b  z}}}}.", "{\\upr {}{\\*\\ud{<EMAIL_ADDRESS>{\\b  z}}}}."),
        ("\\id4111111111111111 x\\id2147483647 y", "\\redacted x\\id2147483647 y"),
        ("\0j\x01o@example.com", "<EMAIL_ADDRESS>"),
        ("x {\\*\\objdata 00 jo@example.com} y", "x  y"),
        ("x {\\b\\*\\datafield jo@example.com} y", "x {\\b } y"),
        ("x {\\pict jo@example.com}{\\pict\\wmetafile8 0102} y", "x  y"),
        ("x \\bin14 jo@example.com y", "x  y"),
        (
            "{\\object\\objemb\\rsltpict{\\*\\objclass jo@example.com}{\\*\\other x}{\\*\\result {\\b a}}}",
            "{{{\\b a}}}",
        ),
        ("{\\leveltext\\'0ejo@example.com;}", "{\\leveltext\\'0e<EMAIL_ADDRESS;}"),
    ],
)  # fmt: skip
def test_what_is_found_is_replaced_where_it_stands(body, result):
    output = redacted(body)

    assert output == result
    assert "jo@example.com" not in rtf_to_text(output)


@pytest.mark.parametrize(
    ("font", "raw"),
    [("\\fcharset128", "\\'83\\'5c\\'83A"), ("\\fcharset134", "\\'c4\\'e3"), ("\\fcharset204", "\\'cf")],
)
def test_letters_of_other_code_pages_stay(font, raw):
    table = f"{{\\fonttbl{{\\f0\\fnil Arial;}}{{\\f1\\fnil{font} Other;}}}}"

    assert redacted(f"{table}{{\\f1 {raw}}} jo@example.com") == f"{table}{{\\f1 {raw}}} <EMAIL_ADDRESS>"


@pytest.mark.parametrize("second", ["\\'5c", "\\\\"])
def test_the_second_byte_of_two_may_be_a_backslash(second):
    custom = compile_custom(None, ["ソニー"])
    source = f"{{\\rtf1\\ansi\\ansicpg932 x \\'83{second}\\'83j\\'81[ y\\\\z}}".encode()

    output, _, _ = redacted_file(source, "a.rtf", custom=custom, entity_types=frozenset({"CUSTOM"}))

    assert output == b"{\\rtf1\\ansi\\ansicpg932 x <CUSTOM> y\\\\z}"


def test_a_cell_is_read_under_the_head_of_its_column():
    row = "\\trowd\\intbl {}\\cell {}\\cell\\row"
    body = row.format("SSN", "Code") + row.format("219099998", "211009999") + "\\pard 212009999\\par"

    assert redacted(body) == row.format("SSN", "Code") + row.format("<US_SSN>", "211009999") + "\\pard 212009999\\par"


def test_names_of_properties_are_names_of_their_values():
    body = "{\\*\\userprops{\\propname SSN}\\proptype30{\\staticval 219099998}}{\\*\\docvar {SSN}{211009999}}"

    assert redacted(body) == body.replace("219099998", "<US_SSN>").replace("211009999", "<US_SSN>")


def test_what_holds_nothing_stays_byte_for_byte():
    [case] = CASES
    source = case.make(dict.fromkeys(case.places, "nothing"))
    kept = re.sub(
        rb"(?s)\{\\object.*?Kept result nothing\}\}|\{\\\*\\(?:themedata|mailmerge).*?\}\}?\r\n|behind.*", b"", source
    )
    kept = kept.replace(b"\r\n\r\n", b"\r\n")
    document = (
        b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\b0  a \\'E9 \\u233?\t\r\n\\{ \\par\\~{\\*\\odd \\x-5 text}}\r\n\0"
    )

    assert redacted_file(document, "a.rtf", entity_types=TYPES)[0] == document
    once, _, _ = redacted_file(kept, "a.rtf", entity_types=TYPES)
    assert redacted_file(once, "a.rtf", entity_types=TYPES)[0] == once


@pytest.mark.parametrize("is_binary", [False, True])
@pytest.mark.parametrize(("kind", "word"), [("PNG", "pngblip"), ("JPEG", "jpegblip")])
def test_pictures_of_kinds_that_are_searched_are_still_pictures(is_binary, kind, word):
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(file, kind, comment="jo@example.com")
    raw = file.getvalue()
    data = f"\\bin{len(raw)} {raw.decode('latin-1')}" if is_binary else raw.hex("\n", 32)

    output = redacted(f"{{\\pict\\{word}\\picwgoal600 {data}}}jo@example.com")

    found = re.fullmatch(r"(?s)\{\\pict ?\\(png|jpeg)blip ?\\picwgoal600 (?:\\bin\d+ )?(.*)\}<EMAIL_ADDRESS>", output)
    assert found
    picture = found[2].encode("latin-1") if is_binary else bytes.fromhex(found[2])
    assert Image.open(io.BytesIO(picture)).format == found[1].upper()
    assert b"jo@" not in picture


def test_a_picture_that_cannot_be_read_becomes_an_empty_one_of_a_kind_that_is_said():
    output = redacted("{\\pict\\jpegblip\\picw1 ffd8ff00}")

    assert re.fullmatch(r"\{\\pict ?\\pngblip ?\\picw1 89504e470d0a1a0a[0-9a-f]+\}", output)


def test_what_stands_for_a_character_that_is_taken_out_goes_with_it():
    output, findings, _ = redacted_file(
        b"{\\rtf1\\uc14\\u106 al@example.como@example.com}", "a.rtf", entity_types=TYPES
    )

    assert output == b"{\\rtf1\\uc14 <EMAIL_ADDRESS>}"
    assert [f.text for f in findings] == ["jo@example.com"]


def test_what_was_taken_out_is_said():
    body = (
        "{\\pict\\emfblip 00}{\\nonshppict{\\pict\\wmetafile8 00}}{\\object{\\*\\objdata 00}}{\\*\\mailmerge x}\\bin1 x"
    )
    _, _, summary = redacted_file(f"{{\\rtf1 {body}}}x".encode(), "a.rtf", entity_types=TYPES)

    assert summary.notes == (
        "Pictures of kinds that cannot be searched (WMF, EMF and others) were taken out of the document.",
        "Objects of other programs inside the document were taken out; what the document shows of them is still there.",
        "The settings of a mail merge were taken out of the document.",
        "Binary data that are no picture were taken out of the document.",
        "What stood behind the end of the document was taken out.",
    )


def test_a_copy_of_a_picture_for_older_programs_goes_without_a_word():
    output, _, summary = redacted_file(b"{\\rtf1 x{\\nonshppict{\\pict\\wmetafile8 00}}}", "a.rtf", entity_types=TYPES)

    assert (output, summary.notes) == (b"{\\rtf1 x{\\nonshppict }}", ())


@pytest.mark.parametrize(
    ("document", "code", "said"),
    [
        (b"{\\rtf1 text", "unreadable", "ends too early"),
        (b"{\\rtf1 {text}", "unreadable", "ends too early"),
        (b"{\\rtf1 \\bin100 text}", "unreadable", "ends too early"),
        (b"{\\rtf1 \\bin99999999999999999999 text}", "unreadable", "ends too early"),
        (b"{\\rtf1 {\\pict\\pngblip 8950", "unreadable", "ends too early"),
        (b"just text", "unreadable", "is no RTF document"),
        (b"{just text}", "unreadable", "is no RTF document"),
        (b"{\\rtf1 " + b"{" * 5_000 + b"}" * 5_000 + b"}", "nested_too_deep", "may be 2,000 deep"),
    ],
)
def test_what_cannot_be_read_is_refused(document, code, said):
    with pytest.raises(DocumentError) as caught:
        redacted_file(document, "a.rtf", entity_types=TYPES)
    assert caught.value.code == code
    assert said in caught.value.detail and caught.value.detail.endswith(".")


@pytest.mark.parametrize("name", ["a.doc", "a.txt", None])
def test_it_is_known_by_its_content(name):
    assert sniff(b"{\\rtf1 a}", name, 9).name == "rtf"
    assert sniff(b"", "a.rtf", 0).name == "rtf"


@pytest.mark.parametrize(
    ("hidden", "left"),
    [
        ("am9AZXhhbXBsZS5jb20=", "PEVNQUlMX0FERFJFU1M+"),
        ("6a6f406578616d706c652e636f6d", "3c454d41494c5f414444524553533e"),
        ("am\\'39AZXh{\\b hbXBsZS5jb}20=", "PEVNQUlMX0FERFJFU1M+{\\b }"),
    ],
)
def test_a_value_in_another_encoding_is_replaced_in_that(hidden, left):
    assert redacted(f"jo@example.com {hidden}") == f"<EMAIL_ADDRESS> {left}"


# --- what is asked about ----------------------------------------------------------------------------------------------


class Asked:
    """The other side, which finds one text alone."""

    def __init__(self, found: str) -> None:
        self.texts: list[str] = []
        self._found = found
        self._last: list[str] = []
        self._lines: str | None = None

    def send(self, message: dict[str, Any]) -> None:
        self._last = [text for text, _, _ in message.get("ask", ())]
        self.texts += self._last

        self._lines = message.get("lines")

    def receive(self) -> tuple[dict[str, Any], bytes]:
        if self._lines is not None:  # where nothing is known to go on
            return {"redacted": [[self._lines, []]]}, b""
        edits = [[[0, len(text), "<X>", "X", "mask"]] if text == self._found else [] for text in self._last]
        return {"redacted": [list(each) for each in zip(self._last, edits, strict=True)]}, b""


def walked(body: str, found: str = "") -> tuple[list[str], bytes]:
    """The texts that are asked about, and the document after one of them was found."""
    target, asked = io.BytesIO(), Asked(found)
    redact(Work(io.BytesIO(body.encode("latin-1")), target, None, DEFAULT, asked))  # type: ignore[arg-type]
    return asked.texts, target.getvalue()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("\\f1 \\'83\\'5c\\'83A.", "ソア."),
        ("\\f1 \x83\x41b\\'83\r\n\\'5c", "アbソ"),
        ("\\f1 \\'83\\b x", "\x83x".encode("latin-1").decode("cp1252")),
        ("\\f2 \\'cf\xcf", "ПП"),
        ("\\f3 \\'c4\\'e3", "你"),
        ("{\\f2 \\'cf}\\'e9", "Пé"),
        ("\\f2\\plain\\'e9", "é"),
        ("\\f0\\dbch\\af1\\'83A", "ア"),
        ("\\f0\\dbch\\af2\\'e9", "é"),
        ("\\rtlch\\af4\\'f9\\ltrch\\'e9", "שé"),
        ("\\f5\\'cf", "П"),
        ("\\u-10179?{\\b\\u-8704?}\\u-10179?\\u-8704?", "\ufffd\ufffd\U0001f600"),
    ],
)
def test_letters_are_read_in_the_code_page_of_their_font(body, said):
    fonts = ("128 a", "204 b", "134 c", "177 d")
    table = "".join(f"{{\\f{i}\\fnil\\fcharset{font};}}" for i, font in enumerate(fonts, 1))
    texts, _ = walked(f"{{\\rtf1\\ansi\\deff0{{\\fonttbl{table}{{\\f5\\cpg1251 e;}}}}{body}}}")

    assert texts[1] == said


@pytest.mark.parametrize(
    ("page", "raw", "said"),
    [("\\ansicpg65001", "\\'c3\\'a9", "é"), ("\\mac", "\\'8e", "é"),
     ("\\pc", "\x82", "é"), ("\\ansicpg1251", "\xcf", "П"),
     ("\\ansicpg37", "A", "A"), ("\\ansicpg99999", "\\'e9", "é")],
)  # fmt: skip
def test_the_code_page_of_the_document_is_heeded(page, raw, said):
    assert walked(f"{{\\rtf1{page} {raw}}}")[0] == [said]


def test_numbers_that_no_control_word_can_have_are_asked_about():
    texts, _ = walked("{\\rtf1\\id2147483647\\id2147483648 x}", "zz")

    assert texts == ["x", "id 2147483648"]


def test_words_that_no_program_knows_are_asked_about_and_go():
    texts, output = walked("{\\rtf1\\b\\JoDoe9{\\*\\JoDoe9 x}\\li720 y}", "JoDoe9")

    assert texts == ["x", "y", "JoDoe9"]
    assert output == b"{\\rtf1\\b \\redacted {\\*\\redacted x}\\li720 y}"


# --- the other reading ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "Jo Doe",
        "J{\\b o D}oe",
        "J\\'6f\r\n\\'20Doe",
        "\\u74?\\u111?\\~Doe",
        "\\uc0\\u74 o\\u32\\u68 oe",
        "\\u8203Jo\\u8203 \\u8203 D\\u8203o\\u8203e",
        "{\\*\\x 4a6f20446f65" + "00" * 200 + "}",
        "{\\*\\x 4a006f00200044006f006500" + "00" * 200 + "}",
        "\\bin6 Jo Doe",
        "\\bin12 J\0o\0 \0D\0o\0e\0",
        "\\JoDoe9 ",
        "{\\fonttbl{\\f1\\fcharset204 x;}}{\\f1 Jo Doe\\'cf}",
        "Jo\\tab Doe",
    ],
)
def test_the_other_reading_sees_what_is_there_whatever_shows_it(body):
    document = io.BytesIO(f"{{\\rtf1\\ansi x {body} x}}".encode("latin-1"))
    work = Work(document, io.BytesIO(), None, DEFAULT, None)  # type: ignore[arg-type]

    said = re.sub(r"[\s\xa0]", "", "|".join(texts(work)))

    assert "JoDoe" in said


def test_the_other_reading_does_not_take_control_words_for_words():
    work = Work(io.BytesIO(b"{\\rtf1\\green200\\li720\\pard x}"), io.BytesIO(), None, DEFAULT, None)  # type: ignore[arg-type]

    assert {said.strip() for said in texts(work)} == {"x"}


# --- parts ------------------------------------------------------------------------------------------------------------


def test_two_properties_are_a_value_together_if_it_is_none_by_chance():
    body = "{\\title 219}{\\subject 09 9998}SSN: 219-09-9998\\par\\trowd 219\\cell 09\\row"

    left = body.replace("219-09-9998", "<US_SSN>").replace("09 9998", "")
    assert redacted(body) == left.replace("219", "<US_SSN>", 1)


@pytest.mark.parametrize(
    ("source", "left"),
    [
        # What else begins in a group does not hide the text that began in it.
        (rb"{\header jo@example.com \*\foo x}", rb"{\header <EMAIL_ADDRESS> \*\foo x}"),
        (rb"{\header jo@example.com \objdata 00}", rb"{\header <EMAIL_ADDRESS> }"),
        (rb"{\header jo@example.com \pict 00}", rb"{\header <EMAIL_ADDRESS> }"),
        (rb"{\upr jo@example.com {a}{\*\ud{b}}}", rb"{\upr <EMAIL_ADDRESS> {a}{\*\ud{b}}}"),
        (rb"{\header x\par of \*jo@example.com\par}", rb"{\header x\par of \*<EMAIL_ADDRESS>\par}"),
        # Symbols that not all programs know, and control characters, part or join what is around them.
        (rb"{\header a jo@example.com\1e309r\par}", rb"{\header a <EMAIL_ADDRESS>\1e309r\par}"),
        (b"{jo@exampl\\u101\0?\\u46?com is}", b"{<EMAIL_ADDRESS> is}"),
    ],
)
def test_no_text_is_lost_where_a_group_is_odd(source, left):
    output, _, _ = redacted_file(b"{\\rtf1 " + source + b"}", "a.rtf", entity_types=frozenset({"EMAIL_ADDRESS"}))

    assert output == b"{\\rtf1 " + left + b"}"


def test_a_made_up_value_is_not_found_again_in_another_reading_with_what_stands_beside_it():
    source = b"{\\rtf1 {\\deleted anna@example.com}{\\revised bert@example.com}\\par}"

    output, findings, _ = redacted_file(source, "a.rtf", entity_types=frozenset({"EMAIL_ADDRESS"}), method="realistic")

    made = [each.replacement.encode() for each in findings]
    assert output == b"{\\rtf1 {\\deleted %b}{\\revised %b}\\par}" % (made[1], made[0])


def test_labels_are_written_as_rtf():
    assert units.written("a\\{b}\né\U0001f600\0") == (
        "a\\\\\\{b\\}\\line {\\uc1\\u233?}{\\uc1\\u-10179?\\u-8704?}"
    )  # fmt: skip


def test_tokens_are_all_of_the_source():
    source = "{\\rtf1\\'e9\\'x\\bin3 a}b\\*\\u-5 ?\r\nx\0\\"
    found = list(tokens.tokens(source))

    assert "".join(source[each.start : each.end] for each in found) == source
    assert [each.kind for each in found] == [
        "brace", "word", "byte", "symbol", "text", "bin", "symbol", "word", "text", "line", "text", "junk", "junk",
    ]  # fmt: skip
