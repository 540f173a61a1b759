"""How streams are packed: predictors that are none, and what is behind the last row of a fax."""

import base64
import io
import zlib
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image

from expunct_server.redaction.formats.pdf import beside, rasters
from tests.redaction.formats.pdf.looks import SHOWN, image, looked, only, showing, words
from tests.redaction.formats.pdf.papers import line, paper, redacted, text
from tests.redaction.formats.pdf.test_documents import LABEL, MAIL
from tests.redaction.formats.pdf.test_rasters import _group4

ROWS = {"/Columns": 5, "/Colors": 1}


@pytest.mark.parametrize(
    ("filters", "given", "kept"),
    [
        (Name.FlateDecode, Dictionary(Predictor=1, Columns=2**31 - 10), None),
        (Name.FlateDecode, Dictionary(ROWS | {"/Predictor": 4}), None),
        (Name.FlateDecode, Dictionary(ROWS | {"/Predictor": 2}), ROWS | {"/Predictor": 2}),
        (Name.FlateDecode, Dictionary(ROWS | {"/Predictor": 15, "/X": 1}), ROWS | {"/Predictor": 10}),
        (Name.LZWDecode, Dictionary(EarlyChange=0, Predictor=1), {"/EarlyChange": 0}),
        (Name.ASCII85Decode, Dictionary(Predictor=12), None),
        (Name.DCTDecode, Dictionary(ColorTransform=0), {"/ColorTransform": 0}),
        (Array([Name.ASCIIHexDecode, Name.FlateDecode]), Array([Dictionary(Predictor=12)]), None),
        (Array([Name.A85, Name.CCF]), Array([Dictionary(Predictor=12), Dictionary(K=-1)]), [None, {"/K": -1}]),
        (Array([Name.FlateDecode]), Dictionary(Predictor=12), {"/Predictor": 10}),
        (Name.FlateDecode, Dictionary(Predictor=Decimal("2.0"), Columns=Decimal("5.0"), Colors=Decimal("3.")),
         {"/Predictor": 2, "/Columns": 5, "/Colors": 3}),
        (Name.FlateDecode, Dictionary(Predictor=True, Columns=5), None),
        (Name.FlateDecode, Dictionary(Predictor=12, Columns=True), {"/Predictor": 10}),
    ],
)  # fmt: skip
def test_streams_say_of_how_they_are_packed_what_their_filters_ask_for(filters: Any, given: Any, kept: Any):
    with pikepdf.new() as pdf:
        stream = pdf.make_stream(b"")
        stream.write(b"", filter=filters)
        stream.DecodeParms = given
        beside.tidy_parameters(stream)
        left = stream.get("/DecodeParms")

        def plain(said: Any) -> Any:
            return None if said is None else dict(said.items())

        assert (list(map(plain, left)) if isinstance(left, Array) else plain(left)) == kept


@pytest.mark.parametrize("given", [Array([Dictionary(Predictor=12), Dictionary(Predictor=1)]),
                                   Array([Dictionary(Predictor=12)])])  # fmt: skip
def test_a_page_is_read_whose_filters_have_predictors_that_are_none(given: Any):
    source = paper(b"")
    packed = source.make_stream(b"")
    packed.write(
        base64.a85encode(zlib.compress(line(f"to {MAIL}"))) + b"~>",
        filter=Array([Name.ASCII85Decode, Name.FlateDecode]),
    )
    packed.DecodeParms = given
    source.pages[0].obj.Contents = packed
    output, _, summary = redacted(source)

    assert f"to {LABEL}" in text(output).replace("\n", " ") and summary.notes == ()


def _fax(tail: bytes) -> Any:
    def make(pdf: Any) -> Any:
        made = image(pdf, words().convert("1", dither=Image.Dither.NONE))
        said = Dictionary(K=-1, Columns=made.Width, Rows=made.Height)
        made.write(_group4(words()) + tail, filter=Name.CCITTFaxDecode, decode_parms=said)
        return made

    return showing(SHOWN, make)


@pytest.mark.parametrize(
    "tail", [b" to jane@example.com", "to jane@example.com".encode("utf-16-be"), b"jane\0\xffjane"]
)
def test_what_can_be_read_behind_the_last_row_of_a_fax_goes(tail: bytes):
    output, _ = looked(_fax(tail))
    kept = only(output)

    assert b"jane" not in kept.read_raw_bytes().replace(b"\0", b"")
    assert kept.Filter == Name.CCITTFaxDecode
    before = rasters.raster(only(looked(_fax(b""))[0]))
    after = rasters.raster(kept)
    assert before is not None and after is not None and rasters.is_same(before, after)


def test_a_fax_with_nothing_behind_it_stays_as_it_was():
    with pikepdf.open(io.BytesIO(looked(_fax(b""))[0])) as pdf:
        assert pdf.pages[0].Resources.XObject.I.read_raw_bytes() == _group4(words())
