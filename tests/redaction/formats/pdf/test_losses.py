"""Damaged documents: what is lost is told, or the document refused; damage that loses nothing is passed over."""

import io
import re
import zlib
from collections import Counter

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pdf import losses
from tests.redaction.formats.pdf.papers import form, line, paper, saved, text
from tests.redaction.formats.pdf.test_documents import here

PAGE_2 = "The document is damaged: what page 2 shows could not be read, or not all of it, and is missing in the result."


def three() -> Pdf:
    """Pages that say one, two and three; the first draws a form, too. Objects 1 to 6 are pages and their tree."""
    source = paper(line("one") + b"/X1 Do", line("two"), line("three"))
    source.pages[0].obj.Resources.XObject = Dictionary(X1=form(source, line("form", 50)))
    return source


def plain(source: Pdf) -> bytes:
    return saved(source, compress_streams=False)


def without(data: bytes, said: bytes) -> bytes:
    """Without the object in which something stands: its number is none any more."""
    start = data.rindex(b" obj", 0, data.index(said))
    return data[: start + 1] + b"x" + data[start + 2 :]


def words(data: bytes) -> Counter[str]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        count = len(pdf.pages)
    return Counter(word for number in range(count) for word in text(data, number).split())


def refused(data: bytes) -> str:
    with pytest.raises(DocumentError) as caught:
        here(data)
    assert caught.value.code == "unreadable"
    return caught.value.detail


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: data.rindex(b"startxref")],
        lambda data: data[: data.rindex(b"xref\n")],
        lambda data: re.sub(rb"startxref\n\d+", b"startxref\n77", data),
        lambda data: b"what mail programs add\n" + data + b"\nand more",
        lambda data: data.replace(b"/Count 3", b"/Count 7"),
        lambda data: data.replace(b"/Length 35", b"/Length 31"),
    ],
    ids=["no end", "no table", "wrong table", "more around it", "wrong count", "wrong length"],
)
def test_damage_that_loses_nothing_is_not_told(damage):
    data = plain(three())
    output, notes = here(damage(data))

    assert damage(data) != data
    assert (words(output), notes) == (Counter(["one", "form", "two", "three"]), [])


def test_a_page_that_lost_what_it_shows_is_told_by_its_number():
    output, notes = here(without(plain(three()), b"(two)"))
    assert (words(output), notes) == (Counter(["one", "form", "three"]), [PAGE_2])


def test_several_pages_that_lost_what_they_show_are_told_together():
    _, notes = here(without(without(plain(three()), b"(two)"), b"(three)"))
    assert notes == [PAGE_2.replace("page 2 shows", "pages 2-3 show")]


def test_a_document_that_lost_what_all_pages_show_is_refused():
    source = three()
    source.add_blank_page()
    data = plain(source)
    for said in (b"(one)", b"(two)", b"(three)"):
        data = without(data, said)
    assert refused(data) == losses._NOTHING[1]


@pytest.mark.parametrize("end", [None, -20], ids=["table", "no table"])
def test_a_document_that_lost_a_page_is_refused(end: int | None):
    data = plain(three())
    page = data.index(b"/Contents", data.index(b"/Contents") + 1)
    assert refused(without(data[:end], data[page : page + 20])) == losses._NO_PAGES[1]


def test_a_document_of_which_pages_are_said_to_be_that_are_not_there_is_refused():
    data = plain(three()).replace(b"/Count 3", b"/Count 7")
    assert refused(data[: data.rindex(b"xref\n")]) == losses._NO_PAGES[1]


def tree(kids: bytes, count: bytes = b"3") -> bytes:
    """A sound document whose pages are those of `three`, A, B and C, as far as its tree, which is as given, has them.
    X is an object that is not there."""
    source = three()
    source.Root.Pages.Room = pikepdf.String("." * 99)
    data = plain(source)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        numbers = [page.obj.objgen[0] for page in pdf.pages]
    for letter, number in zip((b"A", b"B", b"C", b"X"), (*numbers, 99), strict=True):
        kids = re.sub(rb"\b%s\b" % letter, b"%d 0 R" % number, kids)
    said = re.search(rb"/Count 3(.*?)/Kids \[.*?\](.*?)/Room \(\.*\)", data, re.S)
    assert said is not None
    made = b"/Count %s%s/Kids %s%s" % (count, said[1], kids, said[2])
    assert len(made) <= len(said[0])
    return data.replace(said[0], made.ljust(len(said[0])))


def asked(data: bytes) -> None:
    with pikepdf.open(io.BytesIO(data), inherit_page_attributes=False) as pdf:
        losses.refuse_missing(pdf, 5_000)
        assert not pdf.get_warnings()


@pytest.mark.parametrize(
    "kids",
    [
        b"[A B null]",
        b"[A X C]",
        b"[A 7.5 B]",
        b"[A B <</Kids [null] /Count 1>>]",
        b"[A B <</Type /Pages /Kids X>>]",
        b"X",
    ],
)
def test_a_sound_document_whose_tree_lacks_a_page_is_refused(kids: bytes):
    with pytest.raises(DocumentError, match="some of its pages"):
        asked(tree(kids))


def test_a_tree_that_lacks_a_page_is_looked_at_before_it_is_mended():
    assert refused(tree(b"[A B X]")) == losses._NO_PAGES[1]


@pytest.mark.parametrize("count", [b"0", b"-1", b"/Three", b"null"])
def test_a_tree_that_lacks_a_page_and_says_no_count_is_refused(count: bytes):
    with pytest.raises(DocumentError, match="some of its pages"):
        asked(tree(b"[A B X]", count))


def test_a_tree_that_has_as_many_pages_as_it_says_lacks_none():
    for data in (tree(b"[A X B]", b"2"), tree(b"[A B C]", b"9"), tree(b"[A B C]", b"0"), tree(b"[<</Kids [A B]>> C]")):
        asked(data)
    output, notes = here(tree(b"[A X B]", b"2"))
    assert (words(output), notes) == (Counter(["one", "form", "two"]), [])


def test_a_tree_that_goes_round_ends():
    source = three()
    source.Root.Pages.Kids.append(source.Root.Pages)
    losses.refuse_missing(source, 5_000)


def test_a_sound_document_whose_only_content_is_not_there_is_told():
    data = re.sub(rb"/Contents \d 0 R", b"/Contents 9 0 R", plain(paper(line("one"))))
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.pages[0].obj.get("/Contents") is None and not pdf.get_warnings()
    assert here(data)[1] == [PAGE_2.replace("page 2", "page 1")]


def test_a_part_of_a_page_that_is_lost_is_told():
    source = three()
    source.pages[1].obj.Contents = Array([source.pages[1].obj.Contents, source.make_stream(line("more", 150))])
    output, notes = here(without(plain(source), b"(more)"))
    assert (words(output), notes) == (Counter(["one", "form", "two", "three"]), [PAGE_2])


def _hole(data: bytes, start: bytes, end: bytes) -> bytes:
    """With zeros from the first to the end of the second."""
    first = data.index(start)
    last = data.index(end, first) + len(end)
    return data[:first] + bytes(last - first) + data[last:]


def test_a_page_that_no_longer_says_what_it_shows_is_told():
    source = three()
    source.add_blank_page()
    del source.pages[3].obj["/Contents"]
    data = plain(source)
    page = data.index(b"/Contents", data.index(b"/Contents") + 1)
    assert here(data[:page] + _hole(data[page:], b"/Contents", b"/MediaBox"))[1] == [PAGE_2]


@pytest.mark.parametrize(("said", "notes"), [(b"(two)", [PAGE_2]), (b"(form)", [losses.PARTS])], ids=["page", "form"])
def test_what_has_no_end_that_could_be_found_is_told(said: bytes, notes: list[str]):
    assert here(_hole(plain(three()), said, b"endobj"))[1] == notes


@pytest.mark.parametrize("drawn", [b"(more Tj ET", b"<6d6f", b"(more\\) Tj ET"])
def test_what_ends_within_a_string_is_told(drawn: bytes):
    source = three()
    source.pages[1].obj.Contents = source.make_stream(b"BT /F1 12 Tf 40 200 Td (two) Tj " + drawn)
    output, notes = here(plain(source))
    assert (words(output), notes) == (Counter(["one", "form", "two", "three"]), [PAGE_2])


def test_what_is_no_content_is_told():
    source = three()
    source.pages[1].obj.Contents = Dictionary()
    assert here(plain(source))[1] == [PAGE_2]


@pytest.mark.parametrize(("cut", "notes"), [(4, []), (10, [PAGE_2])])
def test_compressed_content_is_whole_without_its_checksum_and_not_without_its_end(cut: int, notes: list[str]):
    source = three()
    said = zlib.compress(b"".join(line(f"two {each}", each) for each in range(20, 280, 14)))
    source.pages[1].obj.Contents = source.make_stream(said[:-cut], Filter=Name.FlateDecode)
    assert set(here(plain(source))[1]) == set(notes)


def test_a_form_that_is_cut_is_told():
    source = three()
    said = zlib.compress(b"".join(line(f"form {each}", each) for each in range(20, 280, 14)))
    source.pages[0].obj.Resources.XObject.X1.write(said[:-10], filter=Name.FlateDecode)
    assert here(plain(source))[1] == [losses.PARTS]


def test_a_form_that_is_lost_is_told():
    data = without(plain(three()), b"(form)")
    assert here(data)[1] == [losses.PARTS]


def test_a_note_that_is_lost_is_told():
    source = three()
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents="lost")
    source.pages[0].obj.Annots = Array([source.make_indirect(note)])
    assert here(without(plain(source), b"(lost)"))[1] == [losses.PARTS]


def test_what_nobody_sees_may_be_lost():
    source = three()
    source.Root.PieceInfo = source.make_indirect(Dictionary(Private="lost"))
    source.Root.OpenAction = Array([source.pages[0].obj, Name.XYZ, None, None, None])
    assert here(without(plain(source), b"(lost)"))[1] == []


def test_what_a_sound_document_refers_to_in_vain_is_not_told():
    source = three()
    source.pages[0].obj.Resources.XObject.X22 = Dictionary()
    data = plain(source).replace(b"/X22 << >>", b"/X2 99 0 R")
    assert b"99 0 R" in data and here(data)[1] == []


@pytest.mark.parametrize("how", [{}, {"object_stream_mode": pikepdf.ObjectStreamMode.generate}, {"linearize": True}],
                         ids=["usual", "packed", "linearized"])  # fmt: skip
def test_a_document_that_is_cut_anywhere_loses_nothing_in_silence(how):
    data = saved(three(), **how)
    outcomes: Counter[str] = Counter()
    for end in range(len(data) - 40, 100, -80):
        try:
            output, notes = here(data[:end])
        except DocumentError as error:
            outcomes[error.code] += 1
            continue
        outcomes["told" if notes else "whole"] += 1
        assert notes or words(output) == Counter(["one", "form", "two", "three"])
    assert outcomes["unreadable"] and set(outcomes) <= {"unreadable", "told", "whole"}
