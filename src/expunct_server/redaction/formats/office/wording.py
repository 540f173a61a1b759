"""Which attributes and texts of office documents people write in words, for models to read.

What programs name themselves, such as styles, fonts, themes and settings, is searched by patterns, and for what is
known of the document, alone: a model takes `Calibri` for a person. Whatever is not named here is read in full.

ECMA-376 part 1, [MS-OI29500], ISO/IEC 26300-3 and the names that Word, Excel, PowerPoint and LibreOffice give.
"""

import re
from typing import Final

from expunct_server.redaction.formats.isolated.work import Text
from expunct_server.redaction.formats.office import formulas, vocabulary
from expunct_server.redaction.formats.office.markup import Element, local, namespace

_NAMED: Final = frozenset(
    ("font", "lsdException", "compatSetting", "theme", "clrScheme", "fontScheme", "fmtScheme", "gd", "styleLbl",
     "layoutNode", "forEach", "if", "cellStyle", "tableStyle", "tableStyleInfo", "pivotTableStyleInfo", "slicerStyle",
     "timelineStyle", "clrMap")
)  # fmt: skip
"""Elements of OOXML whose `name` programs and their makers give."""
_NAMED_ODF: Final = frozenset(
    ("gradient", "hatch", "marker", "stroke-dash", "fill-image", "opacity", "linearGradient", "radialGradient", "layer",
     "table-template", "font-face")
)  # fmt: skip
_SPACES_ODF: Final = tuple(f"{vocabulary.ODF}{each}:1.0" for each in ("style", "datastyle", "config"))
_LAYOUTS: Final = frozenset(("sldLayout", "sldMaster", "notesMaster", "handoutMaster"))
_TEXTS: Final = frozenset(("Application", "AppVersion", "PresentationFormat", "generator", "language", "formatCode",
                           "config-item"))  # fmt: skip
"""Elements whose text programs write (22.2.2; ISO/IEC 26300-3, 4.3.2.1, 4.3.2.15 and 3.10.3)."""
_OF_CONTROLS: Final = "urn:schemas-microsoft-com:office:excel"  # part 4, 19.4
_HEADINGS: Final = "HeadingPairs"  # 22.2.2.11
_FIXED: Final = frozenset(
    ("Office Theme", "Office", "Default Theme", "Default Design", "Custom Design", "Blank Presentation", "Blank",
     "Default Section", "Untitled Section", "Summary Section", "Aptos", "Aptos Display", "Arial", "Calibri",
     "Calibri Light", "Cambria", "Courier New", "Symbol", "Times New Roman", "Wingdings")
)  # fmt: skip
"""Themes, sections and the fonts that documents begin with, as properties list them (22.2.2.26)."""
_GIVEN: Final = re.compile(
    r"(?:Normal|Normal\.dot[mx]?|Standard|_(?:GoBack|PictureBullets|(?:Toc|Ref|Hlk|Hlt|MON_|msoanchor_)\d{1,12})"
    r"|__(?:RefHeading|RefNumPara|RefMoveTo|Annotation|Fieldmark|DdeLink|UnoMark|Undefined)__[\dToc_]{0,40}"
    r"|(?:Sheet|Tabelle|Feuil|Hoja|Foglio|Blad|Planilha|Folha|Arkusz|Munka|Taul|Ark|Лист|工作表|シート|시트)\d{1,5}"
    r"|(?:page|Page|Slide|Folie|Diapo|Table|Tabelle|Table of Contents|Chart|Diagramm|Column|Spalte|Colonne|Columna)"
    r" ?\d{1,5}"
    r"|(?:(?:Vertical )?(?:Sub)?[Tt]itle|(?:Content|Text|Vertical Text|Picture|Date|Footer|Header|Slide Number"
    r"|Slide Image|Notes|Chart|Table|SmartArt|Media|ClipArt|Online Image) Placeholder|Picture|Image|Graphic|Grafik"
    r"|Group|Text ?Box|Rectangle|Rounded Rectangle|Oval|Ellipse|Line|Straight Connector|Straight Arrow Connector"
    r"|Connector|Freeform|Freeform: Shape|Object|Shape|Frame|Bild|Diagram|Ink|Video|Audio|Check ?Box|Drop Down"
    r"|List Box|Label|Spinner|Scroll Bar|Group Box|Option Button|Push Button|Button) ?\d{0,5}"
    r"|Google Shape;\d{1,5};\w{0,40})"
)
"""What programs call sheets, slides, tables, columns, shapes and hidden bookmarks until people call them otherwise."""
_PROMPT: Final = re.compile(
    r"<?(?:[Ff]ooter|[Hh]eader|date/time|number)>?|(?:Second|Third|Fourth|Fifth|Sixth|Seventh|Eighth|Ninth)"
    r" (?:[Oo]utline )?[Ll]evel|Click (?:to (?:edit|move|add) (?:the |Master )?[a-z ]{4,40}|icon to add [a-z]{4,10})"
)
"""What stands in the places of slides' masters and layouts until somebody writes there."""
_IDENTIFIERS: Final = frozenset(("property", "user-defined"))
"""Elements whose `name` is written by people only where it has several words."""
_COUNTED: Final = re.compile(r"\D{1,60} (\d{1,5})")


def is_given(name: str) -> bool:
    """Whether a name is one that programs give."""
    return name in _FIXED or _GIVEN.fullmatch(name) is not None


def named(name: str) -> Text:
    """The name of a sheet or column, as it is asked about."""
    return Text(name, (), prose=not is_given(name))


def is_prose_attribute(element: Element, attribute: str, value: str) -> bool:
    """Whether people write an attribute's value, which is named without its namespace, in words."""
    name = local(element)
    if not vocabulary.is_text_attribute(name, attribute) or not any(map(str.isalpha, value)):
        return False
    if attribute not in ("name", "title"):
        return True
    if name in _IDENTIFIERS and " " not in value:
        return False
    return not (is_given(value) or _is_counted(element, value) or _is_named_by_programs(element, name))


def is_prompt(text: str) -> bool:
    """Whether a whole paragraph is what programs write where somebody is to."""
    return _PROMPT.fullmatch(text.strip()) is not None


def _is_named_by_programs(element: Element, name: str) -> bool:
    space = namespace(element)
    if space.startswith(vocabulary.ODF):
        return space in _SPACES_ODF or name in _NAMED_ODF or name.endswith("-style")
    if name == "cSld":
        return local(element.getparent()) in _LAYOUTS
    return name in _NAMED and vocabulary.is_vocabulary(space)


def _is_counted(element: Element, value: str) -> bool:
    """Whether a shape is called by its kind, in whatever language, and the number it was given, which its identifier
    is too, or one more (20.1.2.2.8)."""
    match, number = _COUNTED.fullmatch(value), element.get("id", "")
    return match is not None and number in (match[1], str(int(match[1]) + 1))


def is_prose(element: Element) -> bool:
    """Whether an element that has text alone has such as people write, in words."""
    name, text = local(element), element.text
    if name in formulas.ELEMENTS or not any(map(str.isalpha, text)):
        return False
    space = namespace(element)
    if not vocabulary.is_vocabulary(space):
        return True
    if name in _TEXTS or (space == _OF_CONTROLS and name != "ListItem"):
        return False
    return not is_given(text.strip()) and next(element.iterancestors(f"{{*}}{_HEADINGS}"), None) is None
