"""Pictures: what is drawn on them, and all that their files say beside."""

import io
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from PIL import Image, PngImagePlugin, TiffImagePlugin

from tests.redaction.formats.cases import Case
from tests.redaction.formats.drawn import all_said, below, chunk, code, exif, line, opened, saved, with_chunks

_DRAWN: Final = ("line", "code")
_HARD: Final = ("pale", "white on black", "upside down")
_KEPT: Final = ("Nothing of note is said here",)


def _drawn(planted: Mapping[str, str], mode: str = "RGB") -> Image.Image:
    parts = [line(_KEPT[0]), line(planted["line"])]
    return below([*parts, code("mailto:" + planted["code"])]).convert(mode)


def _drawn_hard(planted: Mapping[str, str]) -> Image.Image:
    parts = [
        line(planted["pale"], 24, ink=(228, 228, 228), paper=(240, 240, 240)),
        line(planted["white on black"], ink="white", paper="black"),
        line(planted["upside down"]).rotate(180),
    ]
    return below([_drawn(planted), *parts])


def _png(planted: Mapping[str, str]) -> bytes:
    image = _drawn_hard(planted).convert("RGBA")
    hidden = line(planted["under transparency"]).convert("RGBA")
    hidden.putalpha(0)
    ghost = Image.new("RGBA", (hidden.width, hidden.height), (255, 255, 255, 0))
    written = line(planted["white, seen on black"], ink=255, paper=0, mode="L")
    ghost.putalpha(written)
    whole = below([image, hidden, ghost], "RGBA", (255, 255, 255, 255))
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", planted["text chunk"])
    texts.add_text("Deflated", planted["deflated text"], zip=True)
    texts.add_itxt("XML:com.adobe.xmp", f"<x:xmpmeta>{planted['XMP']}</x:xmpmeta>")
    made = saved(whole, "PNG", pnginfo=texts, exif=exif(planted["Exif"]))
    profile = chunk(b"iCCP", b"p\0\0" + zlib.compress(b"desc " + planted["colour profile"].encode()))
    unknown = chunk(b"teSt", planted["unknown chunk"].encode())
    return with_chunks(made, profile, unknown, after=planted["after the end"].encode())


def _jpeg(planted: Mapping[str, str]) -> bytes:
    small = b"small picture " + planted["small picture"].encode()
    made = saved(_drawn(planted), "JPEG", quality=95, comment=planted["comment"], exif=exif(planted["Exif"]) + small)
    segments = b"".join(
        bytes((0xFF, 0xE0 + number)) + (len(said) + 2).to_bytes(2, "big") + said
        for number, said in (
            (1, b"http://ns.adobe.com/xap/1.0/\0" + planted["XMP"].encode()),
            (13, b"Photoshop 3.0\x008BIM\x04\x04" + planted["IPTC"].encode()),
            (9, b"Maker\0" + planted["unknown segment"].encode()),
        )
    )
    return made[:2] + segments + made[2:] + planted["after the end"].encode()


def _tiff(planted: Mapping[str, str]) -> bytes:
    pages = [_drawn(planted), line(planted["second page"])]
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270], tags[315], tags[305] = planted["description"], planted["artist"], planted["software"]
    tags[33432], tags[65000] = planted["copyright"], planted["private tag"]
    tags[700] = planted["XMP"].encode()
    return saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], tiffinfo=tags) + planted["after"].encode()


def _webp(planted: Mapping[str, str]) -> bytes:
    xmp = f"<x:xmpmeta>{planted['XMP']}</x:xmpmeta>".encode()
    made = saved(_drawn(planted), "WEBP", lossless=True, exif=exif(planted["Exif"]), xmp=xmp)
    said = planted["unknown chunk"].encode() + b" "
    made += b"TEST" + len(said).to_bytes(4, "little") + said + bytes(len(said) % 2)
    return made[:4] + (len(made) - 8).to_bytes(4, "little") + made[8:] + planted["after the end"].encode()


def _gif(planted: Mapping[str, str]) -> bytes:
    made = saved(_drawn(planted, "L"), "GIF", comment=planted["comment"])
    said = planted["unknown application"].encode()
    unknown = b"\x21\xff\x0bUNKNOWN1.00" + bytes((len(said),)) + said + b"\0"
    at = made.index(b"\x21\xfe")
    return made[:at] + unknown + made[at:] + planted["after"].encode()


def _bmp(planted: Mapping[str, str]) -> bytes:
    return saved(_drawn(planted), "BMP") + planted["after the end"].encode()


def _check(data: bytes) -> None:
    Image.open(io.BytesIO(data)).verify()
    opened(data)


def _case(
    kind: str, media_type: str, make: Callable[[Mapping[str, str]], bytes], drawn: tuple[str, ...], *beside: str
) -> Case:
    return Case(
        f"scan.{kind}",
        media_type,
        beside + drawn + _DRAWN,  # values with three noughts are the ones that are hardest to read
        make,
        all_said,
        _check,
        _KEPT,
        {},
        frozenset(beside),
    )


CASES = [
    _case(
        "png", "image/png", _png, (*_HARD, "white, seen on black"), "under transparency", "text chunk",
        "deflated text", "XMP", "Exif", "colour profile", "unknown chunk", "after the end",
    ),
    _case(
        "jpg", "image/jpeg", _jpeg, (), "comment", "Exif", "small picture", "XMP", "IPTC", "unknown segment",
        "after the end",
    ),
    _case(
        "tiff", "image/tiff", _tiff, ("second page",), "description", "artist", "software", "copyright", "private tag",
        "XMP", "after",
    ),
    _case("webp", "image/webp", _webp, (), "Exif", "XMP", "unknown chunk", "after the end"),
    _case("gif", "image/gif", _gif, (), "comment", "unknown application", "after"),
    _case("bmp", "image/bmp", _bmp, (), "after the end"),
]  # fmt: skip
