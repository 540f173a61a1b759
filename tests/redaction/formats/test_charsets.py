"""Charsets: in which ways a text is read, that bytes come back, and that a result is read in all that are plausible."""

import pytest

from expunct_server.redaction.formats import DocumentError, charsets

NAME = "田中太郎"
CYRILLIC = "Иван Петров"


@pytest.mark.parametrize(
    ("data", "name", "codecs"),
    [
        (b"", "", ["utf-8"]),
        (b"plain", "utf-7", ["utf-7"]),
        (b"plain", "no-such-charset", ["utf-8"]),
        (b"a+AEA-b", "utf-7", ["utf-7", "utf-8"]),
        ("Jürgen".encode(), "iso-8859-1", ["utf-8", "cp1252"]),
        ("Jürgen".encode(), "utf-8", ["utf-8"]),
        ("Jürgen".encode("latin-1"), "us-ascii", ["cp1252"]),
        ("J\x81".encode("latin-1"), "iso-8859-1", ["iso8859-1"]),
        ("Jürgen".encode("latin-1"), "utf-8", ["utf-8", "cp1252"]),
        ("Jürgen und J".encode() + b"\xc3", "", ["utf-8", "cp1252"]),
        (NAME.encode("iso2022_jp"), "iso-2022-jp", ["iso2022_jp_ext"]),
        (NAME.encode("iso2022_jp"), "", ["iso2022_jp_ext"]),
        (NAME.encode("cp932"), "x-sjis", ["cp932"]),
        (NAME.encode("utf-16-be"), "utf-16", ["utf-16-be"]),
        ("mail".encode("utf-16-le"), "utf-16", ["utf-16-le"]),
        ("mail".encode("utf-16-le"), "", ["utf-16-le"]),
        ("mail".encode("utf-32-le"), "utf-32", ["utf-32-le"]),
        ("mail".encode("utf-32-be"), "x-unknown", ["utf-32-be"]),
        ("\ufeffmail".encode("utf-16-be"), "utf-8", ["utf-16-be"]),
        ("mail".encode("cp037"), "cp037", ["cp037"]),
        (b"a\0b\xff", "", ["cp1252"]),
        (b"\xfcber", "punycode, hex or 'idna'", None),
        (b"\xfcber", "idna", None),
        (b"\xfcber", "hex", None),
        ("mail".encode("cp037"), "IBM-1047", None),
    ],
)
def test_a_text_is_read_in_what_it_is_what_it_says_and_what_it_may_be(data, name, codecs):
    if codecs is None:
        with pytest.raises(DocumentError) as caught:
            charsets.ways(data, [name])
        assert caught.value.code == "invalid_encoding"
    else:
        assert charsets.ways(data, [name]) == codecs


def test_a_text_of_no_script_that_is_latin_is_read_in_all_that_it_may_be():
    found = charsets.ways(CYRILLIC.encode("koi8-r"))

    assert {"cp1252", "cp1251", "koi8-r"} <= set(found)
    assert charsets.ways("naïve café".encode("latin-1")) == ["cp1252"]


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "gb18030", "euc_jp", "cp949", "cp1253", "big5hkscs"])
def test_what_is_no_character_comes_back_as_it_was(codec):
    data = "a 金".encode(codec, "replace") + b"\xff\x80 \xe4 b"

    assert charsets.encoded(charsets.decoded(data, codec), codec) == data
    assert charsets.encoded(charsets.decoded(data, codec) + "\u2603\u0e01", codec).isascii() is False


@pytest.mark.parametrize(
    ("said", "codec"),
    [
        (NAME, codec)
        for codec in ("cp932", "euc_jp", "gb18030", "big5", "iso2022_jp", "utf-7", "utf-16-le", "utf-16-be", "utf-8")
    ]
    + [(CYRILLIC, "koi8-r"), (CYRILLIC, "cp1251"), ("Jürgen Müller", "cp1252"), ("mail", "cp037"), ("김철수", "cp949")]
    + [("mail", "utf-32-le"), ("mail", "utf-32-be"), ("mail", "utf-16-le")],
)
def test_a_result_is_read_in_every_charset_that_it_may_be_in_whatever_it_says(said, codec):
    data = f"{said}\n".encode(codec)

    for names in ([], ["utf-8"], ["no-such-charset"]):
        assert any(said in each for each in charsets.readings(data, names))


def test_a_result_is_not_read_twice_in_the_same_way_and_ascii_once():
    assert list(charsets.readings(b"plain", ["us-ascii", "gbk", "utf-8"])) == ["plain"]
    assert list(charsets.readings("é".encode(), ["utf-8"])) == ["é", "Ã©"]
