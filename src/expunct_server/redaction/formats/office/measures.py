"""Which values of office documents are measures: sizes, colours, counts, identifiers, references to cells.

ECMA-376 parts 1 and 4, [MS-DOCX], [MS-XLSX], [MS-PPTX], ISO/IEC 26300. All that is not named here is text
and asked about, numbers too: a filter, a form or a smart tag holds an account number as well as a cell does. What is
named is a measure only while it looks like one, and the check reads it all the same if it is long enough to be a value.
"""

import re
from functools import lru_cache
from typing import Final

_SHORT: Final = 4  # letters and digits of a value that is worth looking for
_SMALL: Final = 7  # digits of a size; those of more are rarely anything but identifiers

_NUMBER: Final = re.compile(r"[-+]?\d{0,10}(?:\.\d{1,20})?(?:[Ee][-+]?\d{1,3})?[%*]?")
_SIZE: Final = re.compile(r"[-+]?\d{0,5}(?:\.\d{1,5})?(?:pt|cm|mm|in|px|pc|pi|em|ex|deg|rad)")
_HEX: Final = re.compile(r"[0-9A-Fa-f]{2}|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{8}|[0-9A-Fa-f]{20}")
_COLOUR: Final = re.compile(r"#?[0-9A-Fa-f]{6}|#?[0-9A-Fa-f]{8}")
_GUID: Final = re.compile(r"\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?")
_ROW: Final = r"(?:\d{1,6}|10[0-4]\d{4})"  # 1,048,576 at most
_CELL: Final = re.compile(
    rf"(?:\$?[A-Z]{{1,3}}\$?{_ROW}|\$?[A-Z]{{1,3}}:\$?[A-Z]{{1,3}}|\d{{1,6}}:\d{{1,6}})"
    rf"(?:[:, ]\$?[A-Z]{{1,3}}\$?{_ROW}|[:, ]\$?[A-Z]{{1,3}}:\$?[A-Z]{{1,3}}|[, ]\d{{1,6}}:\d{{1,6}})*"
)

_CELLS: Final = frozenset(("r", "ref", "sqref", "activeCell", "topLeftCell", "spans", "range", "r1", "r2"))
_NUMBERS: Final = frozenset(
    """
    h w x y z l t r b i o cx cy off ext rot id idx ilvl sz szCs pos num count min max ht width height left right top
    bottom start end header footer gutter before after line firstLine hanging space spacing linePitch charSpace
    beforeLines afterLines leftChars rightChars firstLineChars hangingChars startChars endChars hSpace vSpace
    leftFromText rightFromText topFromText bottomFromText tblpX tblpY restart distance uiPriority defUIPriority
    lIns tIns rIns bIns distT distB distL distR relativeHeight lnSpc spcBef spcAft marL marR marT marB indent defTabSz
    kern spc baseline ang dist dir blurRad rad sx sy kx ky hue sat lum bright contrast amt thresh pct lim fov lat lon
    rev stA endA stPos endPos fadeDir tx ty numCol spcCol startAt fontScale lnSpcReduction algn scaled pitchFamily
    charset panose usb0 usb1 usb2 usb3 csb0 csb1 x1 x2 y1 y2 x3 y3 hR wR stAng swAng minX maxX minY maxY gdRefX gdRefY
    dur delay advTm spd repeatCount accel decel tmAbs by from to begin grpId bldLvl spid bwMode rId modelId
    defaultRowHeight defaultColWidth baseColWidth dyDescent outlineLevel style s si tint theme indexed xWindow yWindow
    windowWidth windowHeight tabRatio activeTab firstSheet lastEdited lowestEdited rupBuild calcId uniqueCount sheetId
    zoomScale zoomScaleNormal zoomScaleSheetLayoutView zoomScalePageLayoutView workbookViewId numFmtId fontId fillId
    borderId xfId builtinId dxfId cfId priority textRotation horizontalDpi verticalDpi paperSize scale fitToWidth
    fitToHeight firstPageNumber cacheId pivotCacheId tabId shapeId colId index field fld item hier baseField baseItem
    recordCount createdVersion refreshedVersion updatedVersion minRefreshableVersion rowHeaderCaption dataPosition
    spinCount cryptSpinCount cryptAlgorithmSid iterateCount iterateDelta xSplit ySplit rowOffset colOffset manualMin
    manualMax minLength maxLength authorId personIdx sheetIdx localSheetId functionGroupId cm vm ph totalsRowCount
    headerRowCount headerRowDxfId dataDxfId totalsRowDxfId tableBorderDxfId queryTableFieldId nextId refreshedDate
    lastRow firstRow firstCol lastCol rowspan colspan gridSpan rowSpan hMerge vMerge percent hiddenSlides slideId
    sldId serverZoom coauthVersionLast coauthVersionMax lastIdx dT clrIdx spt arcsize opacity strokeweight spidmax
    coordsize coordorigin gap overlap angle focus z-index

    number-columns-repeated number-rows-repeated number-columns-spanned number-rows-spanned
    number-matrix-columns-spanned number-matrix-rows-spanned start-value level outline-level decimal-places
    min-decimal-places min-integer-digits min-exponent-digits min-numerator-digits min-denominator-digits
    min-denominator-value max-denominator-value denominator-value grouping display-factor c page-number page-adjust
    increment font-size font-size-asian font-size-complex font-weight font-weight-asian font-weight-complex
    line-height line-spacing letter-spacing text-scale rel-width rel-height rel-column-width column-width row-height
    column-count column-gap scale-to scale-to-pages scale-to-X scale-to-Y gap-width symbol-width symbol-height
    minimum maximum origin interval-major interval-minor-divisor rotation-angle text-rotate-angle fill-image-width
    fill-image-height gradient-angle gradient-border start-intensity end-intensity cx cy rx ry min-height min-width
    max-height max-width margin margin-left margin-right margin-top margin-bottom padding padding-left padding-right
    padding-top padding-bottom border-radius stroke-width stroke-opacity fill-opacity shadow-opacity tab-index
    max-length version rsid paragraph-rsid style-position tab-stop-distance text-indent widows orphans offset dots1
    dots2 dots1-length dots2-length concentric-gradient-fill-allowed path-stretchpoint-x path-stretchpoint-y
    modifiers footnote-max-height layout-grid-lines print-page-number first-page-number
    """.split()  # noqa: SIM905 - legible as words
)
"""Attributes that are numbers."""
_VALUED: Final = frozenset(
    """
    sz szCs spacing w kern position trHeight tblHeight ilvl numId abstractNumId numIdMacAtCleanup start lvlRestart
    startOverride defaultTabStop hyphenationZone consecutiveHyphenLimit drawingGridHorizontalSpacing
    drawingGridVerticalSpacing drawingGridHorizontalOrigin drawingGridVerticalOrigin displayHorizontalDrawingGridEvery
    displayVerticalDrawingGridEvery bookFoldPrintingSheets zoom compatSetting outlineLvl uiPriority divId cnfStyle
    tblStyleRowBandSize tblStyleColBandSize gridSpan fitText snapToGrid hps hpsRaise hpsBaseText charset panose1 pitch
    size maxLength activeRecord checkErrors color shd nsid tmpl rsid rsidRoot docId tblLook lid lMargin rMargin
    wrapIndent rSp cGp rSpRule brk intLim textDirection colFirst colLast

    srgbClr sysClr alpha alphaMod alphaOff hue hueMod hueOff sat satMod satOff lum lumMod lumOff red redMod redOff green
    greenMod greenOff blue blueMod blueOff tint shade gamma legacySpreadsheetColorIndex spcPct spcPts buSzPct buSzPts

    axId crossAx crossesAt min max majorUnit minorUnit gapWidth gapDepth overlap idx order ptCount style rotX rotY
    perspective hPercent depthPercent thickness explosion firstSliceAng holeSize splitPos bubbleScale custUnit
    lblOffset tickLblSkip tickMarkSkip logBase x y h secondPieSize period forward backward intercept secondPiePt
    invertIfNegative creationId modId sheetId uniqueId
    """.split()  # noqa: SIM905
)
"""Elements whose `val` is a number."""
_HEXES: Final = frozenset(
    ("paraId", "paraIdParent", "textId", "durableId", "panose", "usb0", "usb1", "usb2", "usb3", "csb0", "csb1", "rsid",
     "paragraph-rsid", "cnfStyle", "id")
)  # fmt: skip
_HEX_VALUED: Final = frozenset(
    ("nsid", "tmpl", "rsid", "rsidRoot", "docId", "panose1", "tblLook", "charset", "cnfStyle")
)
_COLOUR_VALUED: Final = frozenset(("color", "srgbClr", "sysClr", "shd", "highlight"))
_COLOUR_NAMES: Final = ("color", "colour", "Color", "Clr", "rgb", "fill", "Fill")
_TEXTS: Final = frozenset(
    ("posOffset", "pctWidth", "pctHeight", "pctPosHOffset", "pctPosVOffset", "col", "colOff", "row", "rowOff",
     "TotalTime", "Pages", "Words", "Characters", "Lines", "Paragraphs", "CharactersWithSpaces", "Slides", "Notes",
     "HiddenSlides", "MMClips", "AppVersion", "DocSecurity", "revision", "editing-cycles", "formatCode",
     "config-item", "Row", "Column", "Anchor", "ptCount")
)  # fmt: skip
"""Elements whose content is a number that lays out or counts."""


def is_one(element: str, attribute: str, value: str) -> bool:
    """Whether the value of an attribute of the vocabularies is a measure by name and form."""
    if len(value) < _SHORT and value.isascii():
        return True
    if attribute in _CELLS and _CELL.fullmatch(value):
        return True
    return _is_sure(value) or _is_named(element, attribute, value)


def is_content(element: str, text: str) -> bool:
    """Whether the content of an element of the vocabularies is one. Settings of programs are what somebody wrote where
    they are long: those that have to be numbers go then."""
    if element == "config-item" and is_long(text):
        return False
    return element in _TEXTS and (_NUMBER.fullmatch(text.strip()) is not None or _is_sure(text.strip()))


def seen(element: str, attribute: str, value: str) -> str:
    """What the check has to look for values in: nothing of a measure that is too short for one."""
    if len(value) < _SHORT and value.isascii():
        return ""
    if attribute in _CELLS and _CELL.fullmatch(value):
        return ""
    if _GUID.fullmatch(value):
        return value.replace("-", "")  # in its groups are four digits that say nothing
    if is_one(element, attribute, value):
        return value if is_long(value) else ""
    return value


def is_long(text: str) -> bool:
    """Whether a number has more digits than a size."""
    return _digits(text) > _SMALL


def seen_content(element: str, text: str) -> str:
    """The same of the content of an element."""
    return "" if is_content(element, text) and not is_long(text) else text


@lru_cache(4096)
def _is_sure(value: str) -> bool:
    """Whether a value is a size with its unit or an identifier, wherever it stands."""
    return value in ("true", "false") or any(form.fullmatch(value) for form in (_SIZE, _GUID))


@lru_cache(4096)
def _is_named(element: str, attribute: str, value: str) -> bool:
    if attribute == "val":
        names, hexes = element in _VALUED, element in _HEX_VALUED
        is_colour = element in _COLOUR_VALUED
    else:
        names, hexes = attribute in _NUMBERS, attribute in _HEXES or attribute.startswith("rsid")
        is_colour = attribute.endswith(_COLOUR_NAMES)
    return (
        (names and _NUMBER.fullmatch(value) is not None)
        or (hexes and _HEX.fullmatch(value) is not None)
        or (is_colour and _COLOUR.fullmatch(value) is not None)
    )


def _digits(value: str) -> int:
    return sum(letter.isdigit() for letter in value)
