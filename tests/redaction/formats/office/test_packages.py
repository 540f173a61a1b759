"""Packages of OOXML: how their parts are named and refer to each other."""

from collections.abc import Mapping

import pytest

from expunct_server.redaction.formats import DocumentError
from expunct_server.redaction.formats.office import vocabulary
from tests.redaction.formats.office.build import OFFICE, PNG, RELS, A, P, R, check, rels, types, unzipped, zipped
from tests.redaction.helpers import redacted_file

MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
MEDIA = "http://schemas.microsoft.com/office/powerpoint/2010/main"


def slides(shapes: str, linked: str, more: Mapping[str, str | bytes], **defaults: str) -> bytes:
    """A presentation of one slide, with these shapes and relationships."""
    return zipped(
        {
            "[Content_Types].xml": types({"ppt/presentation.xml": MAIN}, **defaults),
            "_rels/.rels": rels(("rId1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"<p:presentation {P} {R}><p:sldIdLst><p:sldId id='256' r:id='rId1'/></p:sldIdLst>"
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": rels(("rId1", "slide", "slides/slide1.xml")),
            "ppt/slides/slide1.xml": f"<p:sld {P} {A} {R}><p:spTree>{shapes}</p:spTree></p:sld>",
            "ppt/slides/_rels/slide1.xml.rels": linked,
            **more,
        }
    )


def redacted(source: bytes) -> dict[str, bytes]:
    written, _, _ = redacted_file(source, "a.pptx", entity_types=frozenset({"EMAIL_ADDRESS", "US_SSN"}))
    check(written)
    return unzipped(written)


def shown(members: Mapping[str, bytes]) -> str:
    """The shapes of the slide."""
    slide = members["ppt/slides/slide1.xml"].decode()
    return slide.partition("<p:spTree>")[2].partition("</p:spTree>")[0]


@pytest.mark.parametrize(
    ("name", "target", "written"),
    [
        ("ppt/Media/Image1.png", "../media/image1.png", "ppt/Media/Image1.png"),
        ("ppt/media/a%20b.png", "../media/a%20b.png", "ppt/media/a%20b.png"),
        ("ppt/media/a b.png", "../media/a%20b.png", "ppt/media/a%20b.png"),
        ("ppt/media/a%20b.png", "../media/a b.png", "ppt/media/a%20b.png"),
        ("ppt/media/\u00e9.png", "/PPT/media/%C3%A9.png", "ppt/media/%C3%A9.png"),
    ],
)
def test_a_part_is_found_in_whatever_case_and_encoding_its_name_is_written(name: str, target: str, written: str):
    picture = '<p:pic><a:blip r:embed="rId1"/></p:pic>'
    source = slides(picture, rels(("rId1", "image", target)), {name: PNG}, png="image/png")

    members = redacted(source)

    assert shown(members) == picture
    assert sorted(set(members) - set(unzipped(source))) == sorted({written} - {name})
    assert members[written].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "more", [{"ppt/a%20b.xml": "<a/>", "ppt/a b.xml": "<a/>"}, {"ppt/%2e%2e/%2e%2e/a.xml": "<a/>"}]
)
def test_names_that_are_the_same_or_lead_out_once_they_are_decoded_are_refused(more: dict[str, str]):
    with pytest.raises(DocumentError) as told:
        redacted(slides("", rels(), more))
    assert told.value.code == "unreadable"


def test_identifiers_of_relationships_stay_unlike_each_other():
    picture = (
        '<p:pic><a:blip r:embed="{}"/></p:pic><p:pic><a:blip r:embed="{}"/></p:pic><p:pic><a:blip r:link="{}"/></p:pic>'
    )
    images = rels(
        ("a@example.com", "image", "../media/1.png"), ("removed2", "image", "../media/1.png"),
        ("b@example.com", "image", "../media/2.png"),
    )  # fmt: skip
    pictures = {"ppt/media/1.png": PNG, "ppt/media/2.png": PNG}
    source = slides(picture.format("a@example.com", "removed2", "b@example.com"), images, pictures, png="image/png")

    members = redacted(source)

    assert shown(members) == picture.format("removed3", "removed2", "removed4")
    assert b"example.com" not in b"".join(members.values())


def test_a_part_that_the_document_cannot_be_without_is_not_left_out_for_the_name_of_an_element():
    source = slides("219-09-9998<x:_219-09-9998 xmlns:x='http://x.example/x'/>", rels(), {})

    with pytest.raises(DocumentError) as told:
        redacted(source)
    assert (told.value.code, told.value.detail) == (
        "unreadable", "Names of XML elements hold what has to be removed: save the document anew."
    )  # fmt: skip


def test_a_film_goes_with_the_extension_that_is_all_about_it_and_the_picture_of_it_stays():
    media = f"<p:extLst><p:ext uri='x'><m:media xmlns:m='{MEDIA}' r:embed='rId2'/></p:ext></p:extLst>"
    linked = rels(("rId1", "image", "../media/shown"), ("rId2", "media", "../media/a.mp4"))
    shapes = f'<p:pic><p:nvPr>{media}</p:nvPr><a:blip r:embed="rId1"/></p:pic>'
    members = {"ppt/media/shown": PNG, "ppt/media/a.mp4": b"\0\0\0\x18ftypmp42"}
    source = slides(shapes, linked, members, mp4="video/mp4")
    source = zipped(
        unzipped(source)
        | {"[Content_Types].xml": types({"ppt/presentation.xml": MAIN, "ppt/media/shown": "image/png"})}
    )

    written = redacted(source)

    assert shown(written) == '<p:pic><p:nvPr><p:extLst/></p:nvPr><a:blip r:embed="rId1"/></p:pic>'
    assert written["ppt/slides/_rels/slide1.xml.rels"].decode().partition("?>\n")[2] == (
        f'<Relationships xmlns="{RELS}"><Relationship Id="rId1" Type="{OFFICE}/relationships/image" '
        'Target="../media/shown"/></Relationships>'
    )


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        ("http://schemas.microsoft.com/office/word/2010/wordml", True),
        ("http://www.w3.org", True),
        ("urn:schemas-microsoft-com:vml", True),
        ("xmlns:ns0='http://purl.org/dc/elements/1.1/' xmlns:ns1=\"http://www.w3.org/x\" ", True),
        ("xmlns:ns0='http://purl.org/dc/elements/1.1/' xmlns:ns1='http://jane.example/x'", False),
        ("xmlns:janejanejane='http://purl.org/dc/elements/1.1/'", False),
        ("http://schemas.microsoft.com.example/Jane-Doe", False),
        ("http://www.w3.orgJane", False),
        ("http://purl.org/dc-jane", False),
        ("http://www.w3.org/219009999", False),
    ],
)
def test_only_names_on_the_hosts_of_their_makers_are_vocabularies(value: str, is_one: bool) -> None:
    assert vocabulary.is_vocabulary(value) is is_one
