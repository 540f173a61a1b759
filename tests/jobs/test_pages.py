"""Pages of a result as pictures: what they show, who may see them, and that each look is on record."""

import io
import threading
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image

from expunct_server.jobs import pages
from tests.conftest import Api
from tests.redaction.formats.office.test_docx import document
from tests.redaction.formats.office.test_xlsx import book, rows, text
from tests.web.helpers import on_sqlite, refused

_FRAME = (200, 0, 0)


def letter(*lines: str) -> bytes:
    """A page of A5 with lines of text."""
    pdf = pikepdf.Pdf.new()
    page = pdf.add_blank_page(page_size=(420, 595))
    drawn = "".join(f"({line}) Tj T*\n" for line in lines)
    page.Contents = pdf.make_stream(f"BT /F1 12 Tf 16 TL 40 540 Td\n{drawn}ET".encode())
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def shown(png: bytes) -> tuple[tuple[int, int], set[tuple[int, int]]]:
    """The size of a picture, and where on it frames are."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    here = (np.asarray(image) == _FRAME).all(2)
    return image.size, {(int(x), int(y)) for y, x in zip(*here.nonzero(), strict=True)}


def downloads(api: Api, job: str) -> list[Any]:
    events = api("GET", f"/audit?resource_id={job}&event_type=job.downloaded").json()
    return [each["metadata"] for each in events]


@on_sqlite
def test_a_page_shows_a_frame_where_something_was_removed_and_the_look_is_recorded(api: Api) -> None:
    job = api.redacted(letter("Write to jane@corp.example", "or come by."), "letter.pdf")
    assert job["status"] == "completed", job

    answered = api("GET", f"/jobs/{job['id']}/pages/1")

    assert (answered.status_code, answered.headers["content-type"]) == (200, "image/png")
    assert answered.headers["x-view"] == "page"
    size, framed = shown(answered.content)
    assert size == (840, 1190)
    assert min(x for x, _ in framed) > 80 + 2 * 30, "the words before it are not framed"
    assert max(y for _, y in framed) < 2 * (595 - 540 + 16), "the line below it is not"
    [recorded] = downloads(api, job["id"])
    assert recorded["page"] == 1
    assert recorded["size_bytes"] == len(answered.content)


@on_sqlite
def test_documents_without_pages_are_shown_by_what_they_say_with_the_same_frames(api: Api) -> None:
    table = rows(text("A1", "Mail"), text("A2", "jane@corp.example"))
    sources = {
        "a.docx": document("<w:p><w:r><w:t>Write to jane@corp.example</w:t></w:r></w:p>"),
        "a.xlsx": book(table),
        "a.eml": b"From: jane@corp.example\r\nContent-Type: text/plain\r\n\r\nWrite to jane@corp.example\r\n",
        "a.csv": b"name,mail\nA,jane@corp.example\n",
        "a.txt": b"Write to jane@corp.example",
        "a.log": b"2024-01-01 00:00:00 login of jane@corp.example\n2024-01-01 00:00:01 logout\n",
    }
    for name, source in sources.items():
        job = api.redacted(source, name)
        assert job["status"] == "completed", job

        answered = api("GET", f"/jobs/{job['id']}/pages/1")

        assert (answered.status_code, answered.headers["x-view"]) == (200, "reading"), (name, answered.text)
        size, framed = shown(answered.content)
        assert size == (1131, 1600)
        assert framed, name
        [recorded] = downloads(api, job["id"])
        assert (recorded["page"], recorded["size_bytes"]) == (1, len(answered.content))


@on_sqlite
def test_there_are_no_other_pages(api: Api) -> None:
    job = api.redacted(letter("Write to jane@corp.example"), "letter.pdf")
    letter_of_text = api.redacted(b"Write to jane@corp.example", "letter.txt")

    for each in (job, letter_of_text):
        refused(api("GET", f"/jobs/{each['id']}/pages/2"), 404, "no_such_page")
    assert api("GET", f"/jobs/{job['id']}/pages/0").status_code == 422
    assert downloads(api, job["id"]) == downloads(api, letter_of_text["id"]) == []


@on_sqlite
def test_no_more_pages_are_drawn_at_once_than_may_be(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.redacted(letter("Write to jane@corp.example"), "letter.pdf")
    monkeypatch.setattr(pages, "_showing", threading.BoundedSemaphore(1))
    with pages._turn():
        refused(api("GET", f"/jobs/{job['id']}/pages/1"), 503, "pages_busy")

    assert api("GET", f"/jobs/{job['id']}/pages/1").status_code == 200
