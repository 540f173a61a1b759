"""Pictures: what is painted and what is not touched, labels, places, notes, and files that are made to do harm."""

import io
import json
import os
import random
import subprocess
import sys
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from expunct_server.redaction import formats
from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import DocumentError, Summary, jpegs, pictures, sniff
from expunct_server.redaction.formats.isolated import parent, processes, wire
from expunct_server.redaction.formats.isolated.limits import DEFAULT, Limits
from expunct_server.redaction.formats.isolated.work import Noise, Work
from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.pictures import codes, finding, looking, models, raw, seeing
from tests.redaction.formats.drawn import (
    Nobody,
    all_said,
    asking,
    bars,
    below,
    chunk,
    code,
    exif,
    line,
    opened,
    page,
    pixels,
    saved,
)
from tests.redaction.formats.mutants import MUTANTS
from tests.redaction.helpers import redacted_file

MAIL = "jane.miller@example.com"
PLAIN = "Nothing of note is said here"
LOSSLESS = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}, "GIF": {}, "BMP": {}}


def redacted(data: bytes, **changes: Any) -> tuple[bytes, list[Finding], Summary]:
    return redacted_file(data, None, entity_types=frozenset({"EMAIL_ADDRESS"}), **changes)


def refused(data: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        redacted(data)
    assert caught.value.detail.endswith(".")
    return caught.value


def box_of(finding: Finding) -> tuple[slice, slice]:
    """Rows and columns of a finding's one box."""
    assert finding.location is not None
    left, top, right, bottom = map(int, finding.location.rpartition("box ")[2].split())
    return slice(top, bottom + 1), slice(left, right + 1)


# --- what is painted, and what is not touched ---


def test_only_the_box_is_painted_and_its_label_can_be_read():
    source = saved(page(PLAIN, f"Write to {MAIL} soon"), "PNG")

    output, [found], summary = redacted(source)

    assert found.text == MAIL
    before, after = pixels(source).copy(), pixels(output).copy()
    assert len(np.unique(after[box_of(found)].reshape(-1, 3), axis=0)) > 1
    for each in (before, after):
        each[box_of(found)] = 0
    assert np.array_equal(before, after)
    assert f"{PLAIN}\nWrite to" in all_said(output) and "<EMAIL_ADDRESS>" in all_said(output)
    assert summary == Summary(1, {"EMAIL_ADDRESS": 1}, "image/png")


def test_without_labels_a_box_is_black_alone():
    output, [found], _ = redacted(
        saved(page(f"Write to {MAIL} soon"), "PNG"), method="black_box", preserve_labels=False
    )

    rows, columns = box_of(found)
    inner = pixels(output)[rows.start + 3 : rows.stop - 3, columns.start + 3 : columns.stop - 3]
    assert np.unique(inner).tolist() == [0]


def test_what_is_blurred_is_one_colour_that_says_nothing_of_the_letters():
    shades = []
    for mail in (MAIL, "nina.waller@example.com"):
        source = saved(page(f"Write to {mail} soon"), "PNG")
        output, [found], _ = redacted(source, method="blur", preserve_labels=False)
        rows, columns = box_of(found)
        inner = pixels(output)[rows.start + 3 : rows.stop - 3, columns.start + 3 : columns.stop - 3]
        shades.append(np.unique(inner.reshape(-1, 3), axis=0).tolist())
    assert shades[0] == shades[1] and len(shades[0]) == 1


def test_a_label_of_a_method_that_keeps_something_is_written_without_labels_too():
    source = saved(page(f"Write to {MAIL} again, and soon", size=30), "PNG")

    output, _, _ = redacted(source, method="number", preserve_labels=False)

    assert "<REDACTED_1>" in all_said(output)


def test_a_box_too_small_for_its_label_has_none_and_that_is_said():
    output, [found], summary = redacted(saved(page("write to al@b.io now"), "PNG"), method="pseudonymize")

    assert summary.notes == ("Some boxes on the picture are too small for their labels, and have none.",)
    assert found.text == "al@b.io"
    assert np.unique(pixels(output)[box_of(found)][4:-4, 4:-4]).tolist() == [0]


@pytest.mark.parametrize("kind", LOSSLESS)
def test_a_picture_that_holds_nothing_keeps_its_pixels(kind: str):
    source = saved(page(PLAIN), kind, **LOSSLESS[kind])

    output, findings, summary = redacted(source)

    assert findings == [] and summary.notes == ()
    assert opened(output).format == kind
    assert np.array_equal(pixels(source), pixels(output))


@pytest.mark.parametrize("mode", ["1", "LA", "P", "I;16", "CMYK"])
def test_all_kinds_of_colours_are_read_and_kept(mode: str):
    drawn = page(PLAIN, MAIL)
    deep = {"I;16": (np.uint16, 200), "I": (np.int32, 200), "F": (np.float32, 1 / 255)}
    if mode in deep:
        kind, factor = deep[mode]
        image = Image.fromarray((np.asarray(drawn.convert("L")) * factor).astype(kind))
    else:
        image = drawn.quantize(16) if mode == "P" else drawn.convert(mode)

    output, [found], _ = redacted(saved(image, "TIFF"))

    assert found.text == MAIL
    kept = {"LA": "RGBA", "P": "RGB"}
    assert opened(output).mode == kept.get(mode, mode)


def test_a_page_that_is_scanned_very_finely_is_read_smaller_and_painted_where_it_is(monkeypatch: pytest.MonkeyPatch):
    drawn = page(PLAIN, MAIL)
    views = [np.asarray(drawn.resize((drawn.width * 4, drawn.height * 4)))]
    monkeypatch.setattr(looking, "_LARGE", drawn.width * drawn.height * 2)

    seen = looking.first(asking(), views)

    [[corners], [expected]] = [
        [each.corners for each in sight.lines if each.text == MAIL]
        for sight in (seen, seeing.at_second_sight([np.asarray(drawn)]))
    ]
    assert np.abs(corners / 4 - expected).max() < drawn.height / 10


def test_a_want_of_memory_of_opencv_is_one_of_memory(monkeypatch: pytest.MonkeyPatch):
    def resize(*_: object, **__: object) -> None:
        error = cv2.error("no room")
        error.code = cv2.Error.StsNoMem
        raise error

    source = saved(page(PLAIN), "PNG")
    monkeypatch.setattr(cv2, "resize", resize)

    with pytest.raises(MemoryError):
        pictures.redact(Work(io.BytesIO(source), io.BytesIO(), None, DEFAULT, Nobody()))  # type: ignore[arg-type]
    view = pixels(source)
    with pytest.raises(MemoryError):
        looking.look(json.dumps(["second", view.shape[:2]]), view.tobytes())


def test_a_picture_has_more_pixels_than_a_file_may_have_bytes():
    source = saved(page(PLAIN, MAIL), "PNG")
    assert pixels(source).nbytes > len(source)

    assert len(redacted(source, limits=Limits(inner=len(source)))[1]) == 1
    assert 2 * 3 * looking._LARGE <= wire.MOST_SEEN


def test_a_jpeg_that_holds_nothing_keeps_its_compressed_pixels_and_its_orientation():
    turned = Image.Exif()
    turned[0x0112], turned[0x010E] = 6, "a caption"
    plain = page(PLAIN).rotate(90, expand=True)
    source = saved(plain, "JPEG", exif=turned.tobytes(), comment=b"a comment", quality=60, progressive=True)

    output, findings, summary = redacted(source)

    assert findings == []
    assert np.array_equal(np.asarray(opened(source)), np.asarray(opened(output)))
    assert dict(opened(output).getexif()) == {0x0112: 6}
    assert b"caption" not in output and b"comment" not in output
    assert summary.notes == (
        "What the picture's file said beside its pixels (camera, place, comments, a small copy) was removed.",
    )


@pytest.mark.parametrize("sampling", [0, 1, 2])
def test_a_jpeg_is_painted_at_high_quality_with_the_colours_it_had(sampling: int):
    source = saved(page(PLAIN, MAIL), "JPEG", quality=90, subsampling=sampling)

    output, [found], _ = redacted(source)

    assert JpegImagePlugin.get_sampling(opened(output)) == sampling
    rows, _ = box_of(found)
    untouched = slice(0, rows.start - 16)
    difference = np.abs(pixels(source)[untouched].astype(int) - pixels(output)[untouched].astype(int))
    assert difference.mean() < 1.5


def test_text_among_the_compressed_pixels_of_a_jpeg_is_not_kept():
    source = saved(page(PLAIN), "JPEG")
    hidden = source[:-2] + b"this is for " + MAIL.encode() + source[-2:]

    output, _, _ = redacted(hidden)

    assert MAIL.encode() not in output
    assert np.abs(pixels(source).astype(int) - pixels(output).astype(int)).mean() < 1


TABLE = b"\xff\xdb\x00\x43\x03" + (b"see jane@example.com " * 4)[:64]


def first(name: str, data: bytes) -> int:
    """Where the first segment of a name begins."""
    parts = list(jpegs.blocks(data))
    return sum(len(each.whole) for each in parts[: [each.name for each in parts].index(name)])


def longer(name: str, data: bytes) -> bytes:
    """With a segment that says more than it is for."""
    at = first(name, data)
    size = int.from_bytes(data[at + 2 : at + 4], "big")
    said = b"jane@example.com"
    return data[: at + 2] + (size + 16).to_bytes(2, "big") + data[at + 4 : at + 2 + size] + said + data[at + 2 + size :]


@pytest.mark.parametrize("how", [{}, {"progressive": True}, {"optimize": True}, {"restart_marker_rows": 1}], ids=str)
@pytest.mark.parametrize(
    "make",
    [
        lambda data: data[:-2] + b"\0jane@example.com\0" + data[-2:],
        lambda data: data[:-2] + b"\0jane@e\0\xff\0jane@example.com\0" + data[-2:],
        lambda data: data[:2] + TABLE + data[2:],
        lambda data: data[:2] + TABLE.replace(b"\x43\x03", b"\x43\x00") + data[2:],
        lambda data: data[: first("SOS", data)] + TABLE + data[first("SOS", data) :],
        lambda data: data[:2] + b"\xff\xc4\0\x23\x03" + bytes([16, *bytes(15)]) + b"jane@example.com" + data[2:],
        lambda data: longer("SOF0" if b"\xff\xc0" in data else "SOF2", data),
        lambda data: longer("SOS", data),
        lambda data: longer("APP0", data),
        lambda data: longer("DHT", data),
    ],
)  # fmt: skip
def test_a_jpeg_has_nothing_but_the_tables_and_the_pixels_that_a_decoder_needs(make: Any, how: dict[str, Any]):
    source = saved(page(PLAIN).crop((0, 0, 160, 120)), "JPEG", **how)
    hidden = make(source)
    assert b"jane@e" in hidden

    bare = jpegs.bare(hidden)
    assert bare is not None and b"jane@e" not in bare
    assert np.array_equal(pixels(source), pixels(bare))
    assert jpegs.bare(bare) == bare
    assert len(bare) <= len(jpegs.bare(source) or b"") + 4  # of a tail, letters that make no word


def test_what_is_left_among_a_jpegs_pixels_is_told_to_the_check():
    source = saved(page(PLAIN).crop((0, 0, 160, 120)), "JPEG")
    for hidden in (source[:-2] + b"\0jane@example.com\0" + source[-2:], source[:2] + TABLE + source[2:]):
        assert any(isinstance(each, Noise) and "jane@example.com" in each for each in raw.said(hidden))


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xc0\0\x04", b"\xff\xd8\xff\xda\0\2", b"\xff\xd8\xff\xd9"]
)
def test_a_damaged_jpeg_has_no_pixels_to_be_kept(data: bytes):
    assert jpegs.bare(data) is None


def test_a_turned_photograph_is_read_upright_and_placed_as_people_see_it():
    turned = Image.Exif()
    turned[0x0112] = 6  # to be turned a quarter clockwise
    upright = page(PLAIN, MAIL)
    source = saved(upright.rotate(90, expand=True), "PNG", exif=turned.tobytes())

    output, [found], _ = redacted(source)

    assert opened(output).size == upright.size
    assert found.location == redacted(saved(upright, "PNG"))[1][0].location


def test_palette_colours_that_nothing_uses_are_gone():
    image = Image.new("P", (40, 20))
    image.putpalette([0, 0, 0, 255, 255, 255] + list(MAIL.encode() + b"ab") * 4)

    output, _, _ = redacted(saved(image, "PNG"))

    assert MAIL.encode() not in output
    assert opened(output).mode == "P"


@pytest.mark.parametrize("transparency", [None, 0, 3])
def test_colours_that_look_alike_write_nothing_by_their_numbers(transparency: int | None):
    numbers = np.asarray(page(MAIL).convert("L")).copy()
    numbers = np.where(numbers < 128, 1, 2).astype(np.uint8)
    numbers[0, :3] = 0, 3, 4
    image = Image.fromarray(numbers, "P")
    image.putpalette([9, 9, 9, 255, 255, 255, 255, 255, 255, 7, 7, 7, 9, 9, 9])
    source = saved(image, "PNG", **({} if transparency is None else {"transparency": transparency}))

    output, findings, _ = redacted(source)

    after = np.asarray(opened(output))
    assert findings == [] and np.array_equal(pixels(source), pixels(output))
    assert len(np.unique(after[1:])) == 1
    assert (after[0, 0] == after[0, 2]) == (transparency != 0)


def test_pages_in_black_and_white_stay_so_and_small():
    source = io.BytesIO()
    scan, grey = page(PLAIN, MAIL).convert("1"), page(PLAIN).convert("L")
    more = [page(PLAIN).convert("1"), grey]
    for each in more:
        each.encoderinfo = {"compression": "group4" if each.mode == "1" else "tiff_lzw"}  # type: ignore[attr-defined]
    scan.save(source, "TIFF", compression="group4", save_all=True, append_images=more)

    output, [found], _ = redacted(source.getvalue())

    assert found.text == MAIL
    with Image.open(io.BytesIO(output)) as image:
        kinds = []
        for number in range(3):
            image.seek(number)
            kinds.append((image.mode, image.info["compression"]))
    assert kinds == [("1", "group4"), ("1", "group4"), ("L", "tiff_lzw")]
    assert len(output) < 1.2 * len(source.getvalue())


# --- what is read ---


def test_a_value_over_the_end_of_a_line_is_removed_from_both():
    output, [found], _ = redacted(saved(page("Write to jane.miller@exam", "ple.com for the rest"), "PNG"))

    assert found.location is not None and found.location.count("box") == 2
    said = all_said(output)
    assert "miller" not in said and "ple.com" not in said and "for the rest" in said


def test_a_value_that_only_a_code_says_is_removed_from_the_lines_too():
    image = below([line("file 219099998 closed"), code("SSN: 219-09-9998")])

    output, findings, _ = redacted_file(saved(image, "PNG"), None, entity_types=frozenset({"US_SSN"}))

    assert [f.text for f in findings] == ["219099998", "219-09-9998"]
    assert [str(f.location).startswith("code, ") for f in findings] == [False, True]
    assert "219" not in all_said(output)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("drawn", "said"), [(code(f"mailto:{MAIL}", 5), MAIL), (bars("4006381333931"), "4006381333931")], ids=["QR", "bars"]
)
def test_a_code_that_says_a_value_is_painted_over_whole(kind: str, drawn: Image.Image, said: str):
    source = saved(below([page(PLAIN), drawn]), kind)
    assert said in codes_on(source)
    rows = compile_custom([], [{"phrase": "4006381333931", "entity_type": "ARTICLE"}])

    output, [found], _ = redacted(source, custom=rows)

    assert (found.text, str(found.location)[:10]) == (said, "code, box ")
    assert codes_on(output) == ""
    assert PLAIN in all_said(output)


def test_a_bar_code_is_read_at_scales_between_those_of_other_codes():
    wide = below([page(PLAIN), bars("4006381333931", 4, 150)])
    seen = np.asarray(wide)[:, :, ::-1].copy()

    assert [each.text for each in codes.codes(seen)] == ["4006381333931"]


def codes_on(data: bytes) -> str:
    """What OpenCV's detectors read."""
    seen = pixels(data)[:, :, ::-1].copy()
    return cv2.QRCodeDetector().detectAndDecode(seen)[0] + cv2.barcode.BarcodeDetector().detectAndDecode(seen)[0]


def test_pages_are_named_in_places():
    image = page(PLAIN)
    source = saved(image, "TIFF", save_all=True, append_images=[page(MAIL), page(PLAIN)])

    output, [found], _ = redacted(source)

    assert found.location is not None and found.location.startswith("page 2, box ")
    assert [opened(output).n_frames, opened(output).size] == [3, image.size]


def test_letters_larger_than_a_tile_is_high_are_seen_whole():
    output, [found], _ = redacted(saved(page("al@example.com", size=150), "PNG"))

    assert found.text == "al@example.com"
    assert "example" not in all_said(output)


def test_lines_that_are_hard_to_read_are_counted():
    _, _, summary = redacted(saved(page("Seldom read 48, 1", size=8), "JPEG", quality=20))

    assert summary.notes == ("1 line of text on the picture was hard to read; look at it.",)


def test_a_code_that_cannot_be_read_is_told():
    torn = code("x" * 60, 6)
    torn.paste("white", (90, 90, 170, 170))

    _, _, summary = redacted(saved(torn, "PNG"))

    assert summary.notes == ("A code (QR or bars) on the picture could not be read; look at it.",)


def test_a_page_is_shown_with_frames():
    source = saved(page(PLAIN), "TIFF", save_all=True, append_images=[page(PLAIN)])
    kind = sniff(source, None, len(source))

    with tempfile.TemporaryFile() as file:
        file.write(source)
        places = ("page 2, box 20 5 60 30 and box 0 36 9 39", "page 1, box 100 5 200 30")
        shown = formats.preview(file, kind, 2, [Placed(place, "<PERSON>") for place in places])
        with pytest.raises(DocumentError, match="2 pages"):
            formats.preview(file, kind, 3, [])

    assert [pixels(shown)[at].tolist() for at in ((5, 40), (36, 4))] == [[200, 0, 0]] * 2
    assert [pixels(shown)[at].tolist() for at in ((5, 150), (20, 280))] == [[255, 255, 255]] * 2


def looked(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """At which sights a picture is looked at until it is redacted."""
    asked: list[str] = []
    seen = parent._seen

    def counted(how: str, *given: Any) -> bytes:
        asked.append(json.loads(how)[0])
        return seen(how, *given)

    monkeypatch.setattr(parent, "_seen", counted)
    assert len(redacted(data)[1]) == 1
    return asked


@pytest.mark.parametrize(
    ("kind", "how"), [("PNG", {}), ("JPEG", {"quality": 80}), ("WEBP", {"quality": 80}), ("GIF", {})]
)
def test_what_is_written_is_looked_at_once_whoever_unpacks_it(
    kind: str, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    assert looked(saved(page(PLAIN, MAIL), kind, **how), monkeypatch) == ["first", "second"]


def test_what_is_seen_comes_back_as_it_was_to_the_last_bit():
    views = [pixels(saved(below([page(PLAIN, MAIL), code(MAIL)]), "PNG")).copy()]

    seen = looking.first(asking(), views)

    again = seeing.at_first_sight(views)
    assert MAIL in [each.text for each in again.lines]
    for one, other in zip((*seen.lines, *seen.codes), (*again.lines, *again.codes), strict=True):
        assert np.array_equal(one.corners, other.corners) and one.text == other.text
    told = [[(each.centres, each.confidence, each.size) for each in sight.lines] for sight in (seen, again)]
    assert told[0] == told[1]


@pytest.mark.parametrize("paper", ["white", "navy"])
def test_text_is_looked_for_where_something_is_drawn(paper: str, monkeypatch: pytest.MonkeyPatch):
    asked: list[tuple[int, ...]] = []
    where = models.where
    monkeypatch.setattr(models, "where", lambda tile: (asked.append(tile.shape[2:]), where(tile))[1])
    whole = Image.new("RGB", (2600, 2200), paper)
    assert finding.boxes(np.asarray(whole), 1.0) == []

    whole.paste(line(MAIL, ink="white", paper=paper) if paper == "navy" else line(MAIL), (1800, 1500))
    [box] = [each for each in finding.boxes(np.asarray(whole), 1.0) if each[:, 0].max() > 1800]

    assert (box.min(axis=0) > (1800, 1500)).all() and (box.max(axis=0) < (2200, 1540)).all()
    assert len(asked) == 2 and all(height <= 160 and width <= 416 for height, width in asked)


@pytest.mark.parametrize("length", [1, 31, 96, 960, 961, 1_824, 1_825, 5_000])
def test_tiles_cover_all_and_overlap_where_lines_are_cut(length: int):
    tiles = finding._tiles((7, 7 + length))

    assert (tiles[0].first, tiles[-1].last) == (7, 7 + length)
    assert all(one.last - other.first == one.end - other.start - 48 >= 48 for one, other in pairwise(tiles))
    assert all(each.end - each.start <= 960 for each in tiles)
    assert finding._tiles((7, 7)) == []


def test_lines_that_a_tile_cuts_have_the_boxes_of_others():
    whole = Image.new("RGB", (900, 1_900), "white")
    for top in range(20, 1_860, 33):
        whole.paste(line(PLAIN).crop((0, 8, 600, 34)), (20, top))

    heights = [finding._height(each) for each in finding.boxes(np.asarray(whole), 1.0)]

    assert len(heights) == len(range(20, 1_860, 33))
    assert max(heights) - min(heights) < 5


def test_the_program_that_forks_pictures_processes_has_loaded_the_networks_and_has_one_thread():
    redacted(saved(page(PLAIN), "PNG"))

    program = processes.PICTURES.program
    assert len(os.listdir(f"/proc/{program}/task")) == 1
    with open(f"/proc/{program}/maps") as loaded:
        assert {name for line in loaded for name in ("onnxruntime", "cv2", "_imaging") if name in line} == {
            "onnxruntime",
            "cv2",
            "_imaging",
        }


# --- the network ---


def test_models_are_read_from_files_and_nothing_asks_the_network():
    program = (
        "import sys\n"
        "def refuse(event, _):\n"
        "    if event.startswith('socket.'): raise AssertionError(event)\n"
        "sys.addaudithook(refuse)\n"
        "import numpy as np\n"
        "from expunct_server.redaction.formats.pictures import models\n"
        "assert models.where(np.zeros((1, 3, 64, 64), np.float32)).shape == (64, 64)\n"
        "assert models.what(np.zeros((1, 3, 48, 320), np.float32)).shape == (40, len(models.characters()))\n"
        "print(sorted({'rapidocr', 'requests', 'urllib3'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("[]\n", "")


def test_a_documents_process_tells_nobody_how_it_is_used():
    assert processes._environment()["ORT_DISABLE_TELEMETRY"] == "1"


def test_readers_of_pictures_are_not_loaded_before_there_is_a_picture():
    program = (
        "import sys\n"
        "from expunct_server.redaction import formats\n"
        "from expunct_server.redaction.formats.isolated import starter\n"
        "print(sorted({'PIL', 'cv2', 'onnxruntime', 'rapidocr'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


# --- hostile files ---


def header(width: int, height: int) -> bytes:
    """A PNG that says it is so large, and holds a few bytes."""
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    chunks = chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:])


@pytest.mark.parametrize(
    ("make", "code_"),
    [
        (lambda: header(60_000, 10), "too_large"),
        (lambda: header(20_000, 20_000), "too_large"),
        (lambda: header(200, 200), "unreadable"),
        (lambda: saved(page(PLAIN), "PNG")[:400], "unreadable"),
        (lambda: saved(page(PLAIN), "JPEG")[:400], "unreadable"),
        (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "unreadable"),
        (lambda: b"\xff\xd8\xff\xe0" + bytes(100), "unreadable"),
        (lambda: b"II*\x00" + bytes(100), "unreadable"),
        (lambda: moving("GIF"), "unsupported_format"),
        (lambda: moving("PNG"), "unsupported_format"),
        (lambda: moving("WEBP"), "unsupported_format"),
    ],
)
def test_hostile_and_broken_files_are_refused_in_a_sentence(make: Any, code_: str):
    assert refused(make()).code == code_


def test_a_file_of_too_many_pages_is_refused():
    small = Image.new("1", (8, 8))
    assert refused(saved(small, "TIFF", save_all=True, append_images=[small] * 500)).code == "too_large"


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What reading a picture sets for a whole process is set back."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)
    with warnings.catch_warnings():
        yield


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP"])
@pytest.mark.usefixtures("in_this_process")
@pytest.mark.mutants
def test_changed_bytes_end_in_a_picture_or_an_error(kind: str):
    chance = random.Random(f"{kind} 7")
    image = Image.new("RGB", (48, 24), "white")
    whole = bytearray(saved(image, kind, **({"exif": exif(MAIL)} if kind in ("PNG", "JPEG", "WEBP") else {})))
    ended = 0
    for _ in range(MUTANTS):
        mutant = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        if chance.random() < 0.3:
            del mutant[chance.randrange(len(mutant)) :]
        target = io.BytesIO()
        work = Work(io.BytesIO(bytes(mutant)), target, None, DEFAULT, Nobody())  # type: ignore[arg-type]
        try:
            pictures.redact(work)
            assert MAIL.encode() not in target.getvalue()
            work = Work(io.BytesIO(target.getvalue()), io.BytesIO(), None, DEFAULT, Nobody())  # type: ignore[arg-type]
            assert not any(MAIL in text for text in pictures.texts(work))
        except DocumentError:
            pass
        except (OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError, IndexError, OverflowError):
            pass  # what the document's process tells as `unreadable`
        ended += 1
    assert ended == MUTANTS
