"""Strings, numbers and texts with marks of a document, wherever they are, and what goes whole."""

from decimal import Decimal
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from expunct_server.redaction.formats.pdf import fields, placing, raw, scrub
from expunct_server.redaction.formats.pdf.values import Matrix, text_of
from tests.redaction.formats.pdf.papers import line, paper, redacted
from tests.redaction.formats.pdf.test_documents import LABEL, MAIL, opened

PARTS = "<body><p>to jane<b>@example</b>.com</p></body>"


@pytest.mark.parametrize(
    "raw",
    [
        MAIL.encode("utf-32-be"),
        MAIL.encode("utf-16-be")[1:],
        MAIL.encode("utf-16-be") + b"\0",
        b"ja\x01ne@exam\x02ple.com",
        b"\xef\xbb\xbf" + MAIL.encode(),
    ],
)
def test_strings_are_read_whatever_is_between_their_letters(raw: bytes):
    source = paper(line("one"))
    source.Root.Foo = String(raw)
    output, findings, _ = redacted(source)

    assert [f.text for f in findings] == [MAIL]
    with opened(output) as pdf:
        assert text_of(pdf.Root.Foo) == LABEL


def test_line_ends_in_a_string_stay():
    assert text_of(String(b"one\r\ntwo\tthree")) == "one\r\ntwo\tthree"


def _noted(**more: Any) -> Pdf:
    source = paper(line("one"))
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([0, 0, 90, 90]), DA=String("/F1 9 Tf"), **more)
    source.pages[0].obj.Annots = Array([source.make_indirect(note)])
    return source


@pytest.mark.parametrize("said", [PARTS, "<p>to jane&#64;example.com</p>"])
def test_rich_text_in_which_something_is_found_goes_since_the_plain_one_is_there(said: str):
    output, findings, _ = redacted(_noted(Contents=String(f"to {MAIL}"), RC=String(said)))

    assert {f.text for f in findings} == {MAIL}
    with opened(output) as pdf:
        note = pdf.pages[0].Annots[0]
        assert (str(note.Contents), "/RC" in note) == (f"to {LABEL}", False)


def test_rich_text_in_which_nothing_is_found_stays():
    output, _, _ = redacted(_noted(RC=String("<p>one <b>two</b></p>")))

    with opened(output) as pdf:
        assert str(pdf.pages[0].Annots[0].RC) == "<p>one <b>two</b></p>"


def test_whole_numbers_that_somebody_has_named_are_asked_about():
    source = paper(line("Card: 4111 1111 1111 1111"))
    source.Root.Wallet = Dictionary(
        Card=4111111111111111,
        Tel=4111111111111111,
        Cards=Array([4111111111111111, 7]),
        Columns=2147483647,
        L=2147483647,
    )
    output, findings, _ = redacted(source, entity_types=frozenset({"CREDIT_CARD", "PHONE_NUMBER"}))

    assert len(findings) == 4
    with opened(output) as pdf:
        wallet = pdf.Root.Wallet
        assert (wallet.Card, wallet.Tel, list(wallet.Cards)) == (0, 0, [0, 7])
        assert (wallet.Columns, wallet.L) == (2147483647, 2147483647)


@pytest.mark.parametrize("make", [lambda pdf: pdf.make_stream(b"to jane", Author=String(MAIL)),
                                  lambda pdf: pdf.make_indirect(Array([String(MAIL)]))])  # fmt: skip
def test_properties_that_are_no_dictionary_go(make: Any):
    source = paper(line("one"))
    source.trailer.Info = make(source)
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        assert "/Info" not in pdf.trailer
    assert b"jane" not in output


def test_a_signature_whose_kind_the_field_above_says_goes():
    source = paper(line("one"))
    signed = Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Contents=String(b"0\x82Jane Doe"), Filter=Name.X)
    above = source.make_indirect(Dictionary(FT=Name.Sig, T=String("one"), SV=Dictionary(Cert=String("Jane Doe"))))
    above.Kids = Array([source.make_indirect(Dictionary(Parent=above, V=signed))])
    source.Root.AcroForm = Dictionary(Fields=Array([above]), SigFlags=3)
    output, _, summary = redacted(source)

    assert b"Jane Doe" not in output
    assert summary.notes == (scrub.SIGNATURES,)
    with opened(output) as pdf:
        assert "/SigFlags" not in pdf.Root.AcroForm


def test_many_fields_of_one_name_are_numbered():
    found = fields.Fields()
    held = [Dictionary(T=String(f"{MAIL}{number}")) for number in range(200)]
    for each in held:
        found.see(each)
        each.T = String(LABEL)
    found.tell_apart()

    assert [str(each.T) for each in held] == [LABEL, *(f"{LABEL} {number}" for number in range(2, 201))]


def test_of_very_many_pictures_not_each_two_are_compared(monkeypatch: pytest.MonkeyPatch):
    compared: list[int] = []
    monkeypatch.setattr(placing, "_adjoin", lambda *_: compared.append(1))
    shown = Dictionary(Width=1, Height=1)
    inside = [placing.Placed(shown, Matrix(1 + n, 0, 0, 1 + n)) for n in range(placing._MOST_APART + 1)]
    same = [placing.Placed(shown, Matrix())] * 10_000

    assert placing.Drawn(pictures=inside).says_more()
    assert not placing.Drawn(pictures=same).says_more()
    assert compared == []


def test_a_value_that_is_a_number_goes_however_it_is_written():
    source = paper(line("SSN: 219-09-9998"))
    own = Dictionary(Whole=219099998, Real=Decimal("219099998.0"), Less=-219099998, Other=Decimal("219099998.5"))
    source.Root.Own = own
    assert "219099998" in list(raw.said(b"1 0 obj [219099998.00] endobj"))
    output, _, _ = redacted(source)

    with opened(output) as pdf:
        assert dict(pdf.Root.Own.items()) == {"/Whole": 0, "/Real": 0, "/Less": 0, "/Other": 0}
