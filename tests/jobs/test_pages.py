"""Pages of a result as pictures: what they show, who may see them, and that each look is on record."""

import io
import threading
from typing import Any

import pikepdf
import pytest
from PIL import Image

from expunct_server.jobs import pages
from tests.conftest import Api
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


def downloads(api: Api, job: str) -> list[Any]:
    events = api("GET", f"/audit?resource_id={job}&event_type=job.downloaded").json()
    return [each["metadata"] for each in events]


@on_sqlite
def test_a_page_shows_a_frame_where_something_was_removed_and_the_look_is_recorded(api: Api) -> None:
    job = api.redacted(letter("Write to jane@corp.example", "or come by."), "letter.pdf")
    assert job["status"] == "completed", job

    answered = api("GET", f"/jobs/{job['id']}/pages/1")

    assert (answered.status_code, answered.headers["content-type"]) == (200, "image/png")
    image = Image.open(io.BytesIO(answered.content)).convert("RGB")
    assert image.size == (840, 1190)
    framed = {(x, y) for x in range(image.width) for y in range(image.height) if image.getpixel((x, y)) == _FRAME}
    assert min(x for x, _ in framed) > 80 + 2 * 30, "the words before it are not framed"
    assert max(y for _, y in framed) < 2 * (595 - 540 + 16), "the line below it is not"
    [recorded] = downloads(api, job["id"])
    assert recorded["page"] == 1
    assert recorded["size_bytes"] == len(answered.content)


@on_sqlite
def test_there_are_no_other_pages(api: Api) -> None:
    job = api.redacted(letter("Write to jane@corp.example"), "letter.pdf")
    text = api.redacted(b"Write to jane@corp.example", "letter.txt")

    refused(api("GET", f"/jobs/{job['id']}/pages/2"), 404, "no_such_page")
    refused(api("GET", f"/jobs/{text['id']}/pages/1"), 404, "no_pages")
    assert api("GET", f"/jobs/{job['id']}/pages/0").status_code == 422
    assert downloads(api, job["id"]) == downloads(api, text["id"]) == []


@on_sqlite
def test_no_more_pages_are_drawn_at_once_than_may_be(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.redacted(letter("Write to jane@corp.example"), "letter.pdf")
    monkeypatch.setattr(pages, "_showing", threading.BoundedSemaphore(1))
    with pages._turn():
        refused(api("GET", f"/jobs/{job['id']}/pages/1"), 503, "pages_busy")

    assert api("GET", f"/jobs/{job['id']}/pages/1").status_code == 200
