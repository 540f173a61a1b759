"""Names of HTML's elements and attributes, which nobody is called; and which elements begin a text of their own."""

from typing import Final

BLOCKS: Final = frozenset(
    """address article aside base blockquote body button caption center col colgroup dd details dialog dir div dl
    dt fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe
    legend li link main menu meta nav noframes ol optgroup option p plaintext pre search section select summary
    table tbody td template textarea tfoot th thead title tr ul xmp noscript object video audio canvas svg math
    text tspan desc foreignobject""".split()  # noqa: SIM905 - words read best as words
)
_INLINE: Final = frozenset(
    """a abbr acronym applet area b basefont bdi bdo big br cite code data datalist del dfn em embed font i img
    input ins kbd keygen label map mark marquee meter nobr noembed output param picture portal progress q rp rt
    ruby s samp script slot small source span strike strong style sub sup time track tt u var wbr g path rect
    circle line ellipse polygon polyline defs use symbol image lineargradient radialgradient stop clippath mask
    pattern marker mi mn mo ms mtext mrow o:p v:shape v:imagedata""".split()  # noqa: SIM905 - words read best as words
)
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
