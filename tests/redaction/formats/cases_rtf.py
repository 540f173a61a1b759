"""An RTF document with a value in every place that one has."""

import re
from collections.abc import Mapping

from striprtf.striprtf import rtf_to_text

from tests.redaction.formats.cases import Case

DOCUMENT = r"""{\rtf1\ansi\ansicpg1252\deff0\uc1
{\fonttbl{\f0\fnil\fcharset0 Calibri{\*\falt of %(alternative)s};}{\f1\fswiss\fcharset204 Arial;}
{\f2\fcharset128 MS Mincho;}{\f3\fnil %(font)s;}}
{\colortbl;\red0\green0\blue0;}
{\stylesheet{\ql Normal;}{\*\cs10 of %(style)s;}}
{\*\listtable{\list{\listlevel{\leveltext\'16%(level)s;}{\levelnumbers\'01;}}{\listname of %(list)s;}}}
{\*\revtbl{Unknown;}{of %(revision_author)s;}}
{\*\protusertbl{of %(user)s}}
{\*\generator of %(generator)s;}
{\info{\title of %(title)s}{\subject of %(subject)s}{\author Kept %(author)s}{\manager %(manager)s}
{\company %(company)s}{\operator %(operator)s}{\category %(category)s}{\keywords %(keywords)s}
{\comment %(info_comment)s}{\doccomm %(doccomm)s}{\*\hlinkbase %(base)s}}
{\*\userprops{\propname of %(property)s}\proptype30{\staticval of %(value)s}{\linkval of %(linked)s}}
{\*\docvar{of %(variable)s}{of %(variable_value)s}}{\*\docvar {kept}{x}}
{\*\themedata %(theme_hex)s}{\*\datastore %(store_hex)s}{\*\xmlnstbl {\xmlns1 %(namespace)s}}
{\*\template of %(template)s}{\nextfile of %(next_file)s}{\*\filetbl{\file\fid0 of %(file)s}}
{\*\mailmerge{\mmconnectstr of %(mail_merge)s}}
{\header Kept header %(header)s\par}{\headerf \pard x\par of %(first_header)s\par}{\footer of %(footer)s\par}
\pard\plain Kept \i italic\i0  and %(body)s\par
of {\b %(split_a)s}{\i\f1 %(split_b)s}\par
caf\'e9 of %(bytes)s\par
%(unicode)s is kept\par
\uc2 of %(older)s\uc1\par
%(hidden_a)s{\v %(hidden_b)s} here\par
{\deleted of %(deleted)s}{\revised of %(inserted)s}\par
%(glued)s{\super 1}{\footnote {\super 1} of %(footnote)s}\par
{\*\atrfstart 1}x{\*\atrfend 1}{\*\atnid of %(initials)s}{\*\atnauthor of %(comment_author)s}\chatn
{\*\annotation{\*\atndate 12345}{\*\atnref 1}\pard of %(comment)s}\par
{\field{\*\fldinst{ HYPERLINK "mailto:%(link)s" \\o "Kept tip"}}{\fldrslt Kept link}}
{\field{\*\fldinst HYPERLINK "mailto:%(link_percent)s"}{\*\datafield %(field_hex)s}{\fldrslt of %(link_text)s}}
\par{\field{\*\fldinst FORMTEXT{\*\formfield{\fftype0{\*\ffname of %(form_name)s}{\*\ffdeftext of %(form_default)s}
{\*\ffhelptext of %(form_help)s}{\*\ffl of %(form_item)s}}}}{\fldrslt x}}\par
{\*\bkmkstart %(bookmark)s}x{\*\bkmkend %(bookmark)s}{\xe of %(index)s}{\tc of %(contents)s}\par
{\listtext\tab of %(list_text)s}item{\pntext of %(bullet)s}{\*\pn\pnlvlbody{\pntxta of %(bullet_after)s}}\par
{\shp{\*\shpinst\shpleft1{\sp{\sn wzDescription}{\sv of %(description)s}}{\sp{\sn of %(shape_name)s}{\sv 1}}
{\sp{\sn pihlShape}{\sv {\*\hl{\hlfr of %(shape_link_text)s}{\hlsrc mailto:%(shape_link)s}}}}
{\shptxt \pard of %(text_box)s\par}}{\shprslt of %(old_shape)s}}\par
{\*\do\dobxpage{\dptxbxtext \pard of %(old_box)s\par}}
{\object\objemb\objw100{\*\objclass %(object_class)s}{\*\objname %(object_name)s}{\*\objdata %(object_hex)s}
{\result {\pict\wmetafile8\picw1 %(metafile_hex)s}Kept result %(result)s}}\par
{\*\shppict{\pict\pngblip\picw1\pich1{\*\picprop{\sp{\sn wzName}{\sv of %(picture_name)s}}}{\*\blipuid %(blip_hex)s}
%(png_hex)s}}{\nonshppict{\pict\emfblip %(emf_hex)s}}\par
{\*\unknowndest of %(unknown)s {\nested of %(unknown_nested)s}}{\*\private of %(private)s}\par
{\upr{of %(ansi)s}{\*\ud{of %(unicode_destination)s}}}\par
{\*\htmltag64 <a href="mailto:%(tag)s">}\par
\trowd\intbl Kept head\cell mail\cell\row\intbl x\cell of %(cell)s\cell\row\pard
{\*\moMath{\mr of %(formula)s}}\par
%(newline_a)s
%(newline_b)s\par
}
behind %(behind)s"""
PLACES = (
    *("alternative", "font", "style", "level", "list", "revision_author", "user", "generator", "title", "subject"),
    *("author", "manager", "company", "operator", "category", "keywords", "info_comment", "doccomm", "base"),
    *("property", "value", "linked", "variable", "variable_value", "theme", "store", "namespace", "template"),
    *("next_file", "file", "mail_merge", "header", "first_header", "footer", "body", "split", "bytes", "unicode"),
    *("older", "hidden", "deleted", "inserted", "glued", "footnote", "initials", "comment_author", "comment", "link"),
    *("link_percent", "field", "link_text", "form_name", "form_default", "form_help", "form_item", "bookmark"),
    *("index", "contents", "list_text", "bullet", "bullet_after", "description", "shape_name", "shape_link_text"),
    *("shape_link", "text_box", "old_shape", "old_box", "object_class", "object_name", "object", "metafile", "result"),
    *("picture_name", "blip", "png", "emf", "unknown", "unknown_nested", "private", "ansi", "unicode_destination"),
    *("tag", "cell", "formula", "newline", "behind"),
)
DROPPED = frozenset({
    "theme", "store", "namespace", "mail_merge", "field", "object_class", "object_name", "object", "metafile", "blip",
    "png", "emf", "behind",
})  # fmt: skip


def made(planted: Mapping[str, str]) -> bytes:
    values = dict(planted)
    for name in ("split", "hidden", "newline"):
        values |= {f"{name}_a": values[name][:9], f"{name}_b": values[name][9:]}
    for name in ("theme", "store", "field", "object", "metafile", "blip", "emf"):
        values[f"{name}_hex"] = values[name].encode("utf-16-le").hex()
    values["png_hex"] = (b"\x89PNG\r\n\x1a\n" + values["png"].encode()).hex("\n", 32)
    values["bytes"] = "".join(f"\\'{ord(letter):02x}" for letter in values["bytes"])
    values["unicode"] = "".join(f"\\u{ord(letter)}?" for letter in values["unicode"])
    older = values["older"]
    values["older"] = "".join(f"\\u8203 {older[i : i + 2]}" for i in range(0, len(older), 2))
    values["link_percent"] = values["link_percent"].replace("@", "%40")
    return (DOCUMENT % values).replace("\n", "\r\n").encode("ascii")


_TOKEN = re.compile(r"\\u(-?\d+) ?(?:\\'..|[^\\{}])?|\\'(..)|\\[a-zA-Z]+-?\d* ?|[{}\r\n]|\\(.)")
_OLDER = re.compile(r"\\u-?\d+ ?")


def said(data: bytes) -> str:
    """What striprtf shows, and the source with and without all that is no letter."""
    source = data.decode("latin-1")
    plain = _flat(source)
    older = _flat(_OLDER.sub("", source))
    digits = "".join(bytes.fromhex(found).decode("latin-1") for found in re.findall(r"(?:[0-9a-f]{2}){20,}", plain))
    return "\n".join([rtf_to_text(source), source, plain, older, digits, digits.replace("\0", "")])


def _flat(source: str) -> str:
    def shown(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1]) & 0xFFFF)
        return chr(int(found[2], 16)) if found[2] else found[3] or ""

    return _TOKEN.sub(shown, source)


def check(data: bytes) -> None:
    source = data.decode("ascii")
    depth = 0
    for brace in re.findall(r"\\.|[{}]", source, re.S):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0
    assert depth == 0
    shown = rtf_to_text(source)
    assert "Kept italic and <EMAIL_ADDRESS>" in shown
    assert "café of <EMAIL_ADDRESS>" in shown
    assert "Kept result <EMAIL_ADDRESS>" in shown
    assert rb"{\leveltext\'16<EMAIL_ADDRESS>" in data  # with blanks, to the length that it says
    assert rb"\objemb" not in data and rb"\wmetafile" not in data and rb"\emfblip" not in data


CASES = [
    Case(
        "letter.rtf",
        "application/rtf",
        PLACES,
        made,
        said,
        check,
        (
            *("Calibri", "Normal;", "Kept italic", "Kept <EMAIL_ADDRESS>", "<EMAIL_ADDRESS> is kept", "Kept header"),
            *("Kept tip", "Kept link", "café", "Kept head|mail|", "x|of <EMAIL_ADDRESS>|"),
            *(r"{\colortbl;\red0\green0\blue0;}", r"Kept \i italic\i0  and ", r"\trowd\intbl Kept head\cell"),
        ),
        {
            "title": "property title",
            "author": "property author",
            "value": "own property 1",
            "variable_value": "document variable 1",
            "header": "header 1, paragraph 1",
            "first_header": "header 2, paragraph 2",
            "footer": "footer 1, paragraph 1",
            "body": "body, paragraph 1",
            "split": "body, paragraph 2",
            "older": "body, paragraph 5, for older programs",
            "hidden": "body, paragraph 6, with what is hidden",
            "deleted": "body, paragraph 7, as it was",
            "inserted": "body, paragraph 7",
            "footnote": "footnote 1, paragraph 1",
            "comment": "comment 1, paragraph 1",
            "comment_author": "author of a comment 1",
            "link_percent": "field 2",
            "bookmark": "end of bookmark 1",
            "description": "shape's property 1",
            "text_box": "text box 1, paragraph 1",
            "unknown": "unknown part 1",
        },
        DROPPED,
    )
]
