"""What TeX's fonts of signs call their glyphs (cmsy, cmmi, cmex, msam): names that are not in Adobe's list.

Large signs have several sizes, or are put together from parts: "parenleftbigg", "integraldisplay", "bracelefttp".
"""

import re
from typing import Final

_SIZE: Final = re.compile(r"(?:big|Big|bigg|Bigg|text|display|tp|bt|md|mid|ex|vertex|wide|wider|widest)$")
_SAID: Final = """
diamondmath ⋄ circleminus ⊖ circledivide ⊘ circledot ⊙ circlecopyrt ○ equivasymptotic ≍ precedesequal ⪯
followsequal ⪰ lessmuch ≪ greatermuch ≫ follows ≻ arrownortheast ↗ arrowsoutheast ↘ arrownorthwest ↖
arrowsouthwest ↙ similarequal ≃ prime ′ owner ∋ triangle △ triangleinv ▽ negationslash / mapsto ↦ Rfractur ℜ
Ifractur ℑ latticetop ⊤ unionmulti ⊎ turnstileleft ⊢ turnstileright ⊣ floorleft ⌊ floorright ⌋ ceilingleft ⌈
ceilingright ⌉ angbracketleft ⟨ angbracketright ⟩ bardbl ‖ arrowbothv ↕ arrowdblbothv ⇕ wreathproduct ≀
coproduct ∐ unionsq ⊔ intersectionsq ⊓ subsetsqequal ⊑ supersetsqequal ⊒ epsilon1 ϵ rho1 ϱ pi1 ϖ
arrowlefttophalf ↼ arrowleftbothalf ↽ arrowrighttophalf ⇀ arrowrightbothalf ⇁ arrowhookleft ↩
arrowhookright ↪ triangleright ▹ triangleleft ◃ star ⋆ flat ♭ natural ♮ sharp ♯ slurbelow ⌣ slurabove ⌢
lscript ℓ vector ⃗ tie ⁀
vextendsingle | vextenddouble ‖ contintegral ∮ hat ^ arrow ↕ arrowdbl ⇕ bracehtipdownleft ⏟ bracehtipdownright ⏟
bracehtipupleft ⏞ bracehtipupright ⏞ parenleft ( parenright ) bracketleft [ bracketright ] braceleft { braceright }
radical √ summation ∑ product ∏ integral ∫ union ∪ intersection ∩ logicaland ∧ logicalor ∨ circleplus ⊕
circlemultiply ⊗ slash / backslash \\ tilde ~
squaredot ⊡ squareplus ⊞ squaremultiply ⊠ squareminus ⊟ square □ squaresolid ■ squaresmallsolid ▪ diamondsolid ◆
clockwise ↻ anticlockwise ↺ harpoonleftright ⇋ harpoonrightleft ⇌ satisfies ⊨ multimap ⊸ followsorequal ≽
precedesorequal ≼ lessorequalslant ⩽ greaterorequalslant ⩾ lessorsimilar ≲ greaterorsimilar ≳ lessdblequal ≦
greaterdblequal ≧ lessorapproxeql ⪅ greaterorapproxeql ⪆ equalsdots ≑ defines ≜ revprime ‵ between ≬
triangledownsld ▼ trianglesolid ▲ trianglerightsld ▶ triangleleftsld ◀ trianglerightequal ⊵ triangleleftequal ⊴
arrowaxisright ⇢ arrowaxisleft ⇠ check ✓ measuredangle ∡ sphericalangle ∢ smile ⌣ frown ⌢ subsetdbl ⋐
supersetdbl ⋑ uniondbl ⋓ intersectiondbl ⋒ subsetdblequal ⫅ supersetdblequal ⫆ muchless ≪ muchgreater ≫ circleR ®
circleS Ⓢ fork ⋔ dotplus ∔ maltesecross ✠ complement ∁ intercal ⊺ circlering ⊚ circleasterisk ⊛
"""
_MEANINGS: Final = dict(zip(_SAID.split()[::2], _SAID.split()[1::2], strict=True))


def meaning(name: str) -> str | None:
    """The sign that a glyph of a name is; None for what is none of TeX's."""
    return _MEANINGS.get(name) or _MEANINGS.get(_SIZE.sub("", name))
