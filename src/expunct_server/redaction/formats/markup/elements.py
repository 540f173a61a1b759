"""Names that nobody is called: HTML's elements and attributes, with those that begin a text of their own; namespaces.

Namespaces of known bodies look like addresses, but a document that lost them would be of no kind. They are neither
asked about nor taken for what is left of an address that was removed elsewhere.
"""

import re
from typing import Final

from expunct_server.redaction.formats.markup.tags import Attribute

BLOCKS: Final = frozenset(
    """address article aside base blockquote body button caption center col colgroup dd details dialog dir div dl
    dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe
    legend li link main menu meta nav noframes ol optgroup option p plaintext pre search section select summary
    table tbody td template textarea tfoot th thead title tr ul xmp noscript object video audio canvas svg math
    text desc foreignobject""".split()  # noqa: SIM905 - words read best as words
)
_INLINE: Final = frozenset(
    """a abbr acronym applet area b basefont bdi bdo big br cite code data datalist del dfn em embed font i img
    input ins kbd keygen label map mark marquee meter nobr noembed output param picture portal progress q rb rp rt rtc
    ruby s samp script slot small source span strike strong style sub sup time track tt u var wbr g path rect
    circle line ellipse polygon polyline defs use symbol image lineargradient radialgradient stop clippath mask
    pattern marker mi mn mo ms mtext mrow tspan textpath o:p v:shape v:imagedata""".split()  # noqa: SIM905 - words read best as words
)
ASIDE: Final = frozenset({"rt", "rp", "rtc"})
"""How what stands before is pronounced (HTML, 4.5.10 to 4.5.12)."""
RUBY: Final = ASIDE | {"ruby", "rb"}
"""Elements at which that begins or ends, whether its end is written or not."""
ELEMENTS: Final = BLOCKS | _INLINE
_ATTRIBUTES: Final = frozenset(
    """abbr accept accept-charset accesskey action align alink allow allowfullscreen alt async autocapitalize
    autocomplete autofocus autoplay axis background bgcolor border cellpadding cellspacing char charset checked
    cite class clear color cols colspan compact content contenteditable controls coords crossorigin data
    datetime decoding default defer dir dirname disabled download draggable enctype enterkeyhint face for form
    formaction frame frameborder headers height hidden high href hreflang hspace http-equiv id imagesizes
    imagesrcset inert inputmode integrity is ismap itemid itemprop itemref itemscope itemtype kind label lang
    language link list loading loop low marginheight marginwidth max maxlength media method min minlength
    multiple muted name nohref nomodule nonce noshade novalidate nowrap open optimum pattern ping placeholder
    playsinline poster preload profile property readonly referrerpolicy rel required rev reversed role rows
    rowspan rules sandbox scope scrolling selected shape size sizes slot span spellcheck src srcdoc srclang
    srcset start step style summary tabindex target text title translate type usemap valign value vlink vspace
    width wrap xmlns viewbox fill stroke d x y cx cy r rx ry x1 x2 y1 y2 points transform version""".split()  # noqa: SIM905 - words read best as words
)
KNOWN: Final = ELEMENTS | _ATTRIBUTES

LINES: Final = frozenset(
    """p h h1 h2 h3 h4 h5 h6 text flowpara para simpara li td th dt dd caption""".split()  # noqa: SIM905 - words read best as words
)
"""Elements of XML whose text is one, in however many others it lies: of XHTML, SVG, Word's, PowerPoint's and
OpenDocument's XML, DocBook."""
BREAKS: Final = {"br": "\n", "cr": "\n", "tab": "\t", "line-break": "\n", "s": " "}
"""What elements without content say in these."""

NO_NUMBER: Final = r"(?![^\s\"']*\d(?:[-.:/_]?\d){8})"
"""What stands before an address that may say years and versions, and no number of nine digits or more."""
_NAMESPACE = re.compile(
    NO_NUMBER + r"(?:https?://(?:(?:[\w-]+\.)*(?:w3\.org|openxmlformats\.org|microsoft\.com|purl\.org|oasis-open\.org|"
    r"schema\.org|xmlsoap\.org|adobe\.com|inkscape\.org|opengis\.net|xbrl\.org|hl7\.org|apache\.org|iptc\.org|"
    r"dublincore\.org)|(?:www\.)?topografix\.com|sodipodi\.sourceforge\.net|(?:www|base|earth)\.google\.com)/[\w./#-]*|"
    r"urn:(?:oasis|ietf|iso|un|hl7-org|schemas)[\w:.-]*)"
)
_DECLARED: Final = re.compile(rf"\bxmlns(?::[\w.-]+)?\s*=\s*([\"'])(?:{_NAMESPACE.pattern})\1")


def is_namespace(attribute: Attribute, source: str) -> bool:
    """Whether an attribute declares a namespace (Namespaces in XML 1.0, section 3) of a known body."""
    if not attribute.name.lower().startswith("xmlns") or not attribute.quote:
        return False
    return _NAMESPACE.fullmatch(source, attribute.start, attribute.end) is not None


def shown_without_namespaces(source: str, doctype: re.Pattern[str]) -> str:
    """A source without them and without a DOCTYPE that is usual, for reading a result."""
    return re.sub(f"<!(?:{doctype.pattern})>", "<!>", _DECLARED.sub("xmlns", source), flags=doctype.flags)
