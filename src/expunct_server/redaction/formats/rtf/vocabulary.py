"""Control words of RTF 1.9.1: which begin a text of their own, which say a character, which go whole."""

from typing import Final

CHARACTERS: Final = {
    "emdash": "\u2014", "endash": "\u2013", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
    "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d",
}  # fmt: skip
SYMBOLS: Final = {"\\": "\\", "{": "{", "}": "}", "~": "\xa0", "_": "\u2011"}
UNSEEN: Final = frozenset("-|:*")
"""Symbols that show nothing between the letters around them."""
BREAKS: Final = {"line": "\n", "tab": "\t", "page": "\n", "column": "\n", "lbr": "\n"}
PARAGRAPHS: Final = frozenset({"par", "sect", "cell", "nestcell", "row", "nestrow"})
INLINE: Final = frozenset({
    "shppict", "nonshppict", "shpinst", "shpgrp", "fldrslt", "cs", "ts", "nesttableprops", "pn", "listpicture", "ud",
})  # fmt: skip
"""What stands in the text around it, though some of these are marked as what older programs pass over."""
DROPPED: Final = frozenset({
    "themedata", "colorschememapping", "datastore", "xmlnstbl", "datafield", "blipuid", "blipupi",
    "passwordhash", "password", "writereservation", "writereservhash", "objdata", "objclass", "objname",
    "objalias", "objsect", "objtime", "oleclsid", "fontemb", "fontfile", "mmconnectstrdata", "mmodsoudldata",
    "mmodsorecipdata", "mmodsofldmpdata",
})  # fmt: skip
"""What goes whole, unread: caches, identifiers, settings of programs, and files of other kinds."""

PLACES: Final = {
    "header": "header", "headerl": "header", "headerr": "header", "headerf": "header", "footer": "footer",
    "footerl": "footer", "footerr": "footer", "footerf": "footer", "footnote": "footnote", "annotation": "comment",
    "shptxt": "text box", "dptxbxtext": "text box",
    "title": "property title", "subject": "property subject", "author": "property author",
    "manager": "property manager", "company": "property company", "operator": "property operator",
    "category": "property category", "keywords": "property keywords", "comment": "property comment",
    "doccomm": "property doccomm", "hlinkbase": "property hlinkbase", "propname": "name of a property",
    "staticval": "own property", "linkval": "own property", "docvar": "document variable",
    "atnid": "initials of a comment", "atnauthor": "author of a comment", "atnparent": "comment's mark",
    "atndate": "comment's mark", "atnref": "comment's mark", "atrfstart": "comment's mark",
    "atrfend": "comment's mark", "atntime": "comment's mark", "atnicn": "comment's mark",
    "revtbl": "author of a change", "protusertbl": "user of a protected part", "bkmkstart": "bookmark",
    "bkmkend": "end of bookmark", "fldinst": "field", "fldtype": "field", "formfield": "form field", "ffname":
    "form field",
    "ffdeftext": "form field", "ffformat": "form field", "ffhelptext": "form field", "ffstattext": "form field",
    "ffentrymcr": "form field", "ffexitmcr": "form field", "ffl": "form field", "sn": "name of a shape's property",
    "sv": "shape's property", "hl": "link of a shape", "hlfr": "link of a shape", "hlsrc": "link of a shape",
    "hlloc": "link of a shape", "picprop": "picture's property", "stylesheet": "name of a style",
    "listname": "name of a list", "liststylename": "name of a list", "listtext": "number of a list",
    "pntext": "number of a list", "pntxta": "number of a list", "pntxtb": "number of a list",
    "leveltext": "number of a list", "levelnumbers": "number of a list", "fonttbl": "name of a font",
    "falt": "name of a font", "fname": "name of a font", "panose": "name of a font", "colortbl": "colours",
    "generator": "name of the program", "xe": "entry of an index", "rxe": "entry of an index",
    "txe": "entry of an index", "tc": "entry of a table of contents", "template": "name of the template",
    "nextfile": "name of another file", "filetbl": "name of another file", "file": "name of another file",
    "private": "private data", "upr": "text for older programs", "xmlopen": "tag", "xmlname": "tag",
    "xmlattrname": "tag", "xmlattrvalue": "tag", "xmlclose": "tag", "factoidname": "smart tag", "htmltag": "HTML tag",
    "mhtmltag": "HTML tag", "do": "drawing", "shprslt": "drawing for older programs", "background": "background",
    "lsdlockedexcept": "name of a style", "rsidtbl": "list of changes", "info": "properties",
    "userprops": "properties", "listtable": "lists", "listoverridetable": "lists", "mailmerge": "mail merge",
    "pict": "picture", "ftnsep": "separator", "ftnsepc": "separator", "ftncn": "separator", "aftnsep": "separator",
    "aftnsepc": "separator", "aftncn": "separator", "moMath": "formula", "mmathPr": "formula",
    "windowcaption": "caption of the window", "ebcstart": "bookmark", "ebcend": "bookmark", "gridtbl": "grid",
}  # fmt: skip
"""Control words after which another text begins, until the end of their group, and what it is called for people."""

IN_PARAGRAPHS: Final = frozenset({"header", "footer", "footnote", "comment", "text box"})
_ENTRIES: Final = frozenset({
    "title", "subject", "author", "manager", "company", "operator", "category", "keywords", "comment", "doccomm",
    "hlinkbase", "propname", "staticval", "linkval", "atnid", "atnauthor",
})  # fmt: skip
ENTRIES: Final = "properties"
"""The story of texts that stand in a list, and in no text around them: of these one is read after the other, too."""
SINGLE: Final = ("property ", "name of ", "colours", "author of a change", "lists")
"""What places begin with that are not numbered."""
NAMES: Final = {
    "author": "author", "manager": "manager", "company": "company", "operator": "author", "atnauthor": "author",
    "revtbl": "author", "protusertbl": "user",
}  # fmt: skip
NO_PROSE: Final = frozenset({
    "fonttbl", "falt", "fname", "panose", "colortbl", "lsdlockedexcept", "rsidtbl", "generator", "levelnumbers",
    "leveltext", "atndate", "atnparent", "atnref", "atrfstart", "atrfend", "listtable", "listoverridetable", "sn",
    "stylesheet", "listname", "liststylename", "pgdsctbl",
})  # fmt: skip
FIXED_LENGTH: Final = frozenset({"leveltext", "levelnumbers"})
"""Texts that begin with their length and are pointed into: what is put there has the length of what was."""

_LARGEST: Final = 2**31  # RTF 1.9.1, "Syntax": a parameter has 32 bits and a sign


def is_long(number: int | None) -> bool:
    """Whether the parameter of a control word is longer than those that programs read."""
    return number is not None and abs(number) >= _LARGEST


def story(name: str) -> str:
    """What those texts are called that are read one after the other, of which one begins after a control word; "" where
    it is read alone."""
    if name in _ENTRIES:
        return ENTRIES
    place = PLACES.get(name, "")
    return place if place in IN_PARAGRAPHS else ""


IGNORED: Final = frozenset(
    """
    rtf ansi mac pc pca ansicpg deff deflang deflangfe adeff adeflang stshfdbch stshfloch stshfhich stshfbi uc u bin
    fonttbl f fnil froman fswiss fmodern fscript fdecor ftech fbidi fcharset fprq fttruetype ftnil cpg fbias
    flomajor fhimajor fdbmajor fbimajor flominor fhiminor fdbminor fbiminor colortbl red green blue ctint cshade
    caccentone caccenttwo caccentthree caccentfour caccentfive caccentsix chyperlink cfollowedhyperlink cmaindarkone
    cmaindarktwo cmainlightone cmainlighttwo cbackgroundone cbackgroundtwo ctextone ctexttwo stylesheet s cs ds ts
    tsrowd additive sbasedon snext sautoupd shidden slink slocked spersonal scompose sreply ssemihidden sunhideused
    sqformat spriority styrsid latentstyles lsdstimax lsdlockeddef lsdsemihiddendef lsdunhideuseddef lsdqformatdef
    lsdprioritydef lsdlockedexcept lsdsemihidden lsdunhideused lsdqformat lsdpriority lsdlocked listtable list
    listtemplateid listhybrid listsimple listid listname liststylename liststyleid listlevel levelnfc levelnfcn
    leveljc leveljcn levelfollow levelstartat levelspace levelindent leveltext levelnumbers levellegal
    levelnorestart levelold levelprev levelprevspace leveltemplateid levelpicture listoverridetable listoverride
    listoverridecount listoverridestartat listoverrideformat ls ilvl lfolevel listtext listpicture pn pntext pntxta
    pntxtb pnlvl pnlvlblt pnlvlbody pnlvlcont pnstart pnindent pnsp pnhang pndec pnucrm pnlcrm pnucltr pnlcltr pnf
    pnfs pnb pni pnseclvl rsidtbl rsid rsidroot insrsid delrsid charrsid sectrsid pararsid tblrsid revtbl info title
    subject author manager company operator category keywords comment doccomm hlinkbase creatim revtim printim
    buptim yr mo dy hr min sec version vern edmins nofpages nofwords nofchars nofcharsws id userprops propname
    proptype staticval linkval docvar generator template nextfile filetbl file private paperw paperh psz margl margr
    margt margb gutter facingp margmirror landscape pgnstart widowctrl linkstyles hyphauto hyphcaps hyphconsec
    hyphhotz deftab ftnbj enddoc endnotes ftntj ftnstart ftnrstcont ftnrestart ftnalt ftnnar ftnnalc aftnnar
    aftnnrlc aftnbj aftnstart aftnrstcont aftnrestart aendnotes aenddoc revisions revprop revbar formprot formshade
    annotprot readprot enforceprot protlevel viewkind viewscale viewzk viewbksp noxlattoyen expshrtn noultrlspc
    dntblnsbdb nospaceforul horzdoc dgmargin dghspace dgvspace dghorigin dgvorigin dghshow dgvshow jexpand jcompress
    splytwnine ftnlytwnine htmautsp useltbaln alntblind lytcalctblwd lyttblrtgr lnbrkrule nobrkwrptbl
    snaptogridincell allowfieldendsel wrppunct asianbrkrule newtblstyruls nogrowautofit fet trackmoves
    trackformatting donotembedsysfont relyonvml donotembedlingdata grfdocevents validatexml showplaceholdtext
    ignoremixedcontent saveinvalidxml showxmlerrors themelang themelangfe themelangcs nouicompat utinl
    ilfomacatclnup hwelev noqfpromote indrlsweleven nolnhtadjtbl truncatefontheight usenormstyforlist remdttm
    rempersonalinfo readonlyrecommended stylelock stylelocktheme stylesortmethod wpjst wpsp transmf lytexcttp
    lytprtmet brdrart sectd sect sbknone sbkcol sbkpage sbkeven sbkodd headery footery cols colsx colno colsr colw
    linebetcol linemod linex linestarts linerestart lineppage linecont pgwsxn pghsxn marglsxn margrsxn margtsxn
    margbsxn guttersxn lndscpsxn titlepg pgnstarts pgncont pgnrestart pgnx pgny pgndec pgnucrm pgnlcrm pgnucltr
    pgnlcltr vertalt vertalb vertalc vertalj sectdefaultcl sectlinegrid sectexpand sectspecifyl sectspecifycl sftnbj
    saftnnrlc sftnnar endnhere binfsxn pgbrdropt pgbrdrhead pgbrdrfoot pgbrdrt pgbrdrb pgbrdrl pgbrdrr stextflow
    ltrsect rtlsect header headerl headerr headerf footer footerl footerr footerf footnote chftn chftnsep chftnsepc
    ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn chatn annotation atnid atnauthor atntime atndate atnicn atnref
    atnparent atrfstart atrfend pard par plain ql qr qj qc qd qt qk fi li ri lin rin culi curi cufi sb sa sbauto
    saauto lisb lisa sl slmult adjustright contextualspace indmirror itap intbl widctlpar nowidctlpar keep keepn
    pagebb noline hyphpar outlinelevel level sbys nosnaplinegrid aspalpha aspnum faauto fahang facenter faroman
    favar fafixed nocwrap nowwrap nooverflow wraptrsp wrapdefault rtlpar ltrpar tx tb tqr tqc tqdec tlul tldot
    tlhyph tlth tleq tlmdot brdrt brdrb brdrl brdrr brdrbtw brdrbar box brdrs brdrth brdrsh brdrdb brdrdot brdrdash
    brdrhair brdrdashsm brdrw brdrcf brsp brdrnone brdrtbl brdrnil brdroutset brdrinset brdrtriple brdremboss
    brdrengrave shading cfpat cbpat posx posy posxc posxr posxl posyc posyt posyb phmrg phpg phcol pvmrg pvpg pvpara
    absw absh nowrap dxfrtext dfrmtxtx dfrmtxty overlay dropcapli dropcapt absnoovrlp frmtxlrtb trowd row cell
    nestcell nestrow nesttableprops nonesttables trgaph trrh trleft trqc trql trqr trhdr trkeep trkeepfollow
    trautofit trwwidth trftswidth trwwidtha trftswidtha trwwidthb trftswidthb trpaddl trpaddr trpaddt trpaddb
    trpaddfl trpaddfr trpaddft trpaddfb trspdl trspdr trspdt trspdb trspdfl trspdfr trspdft trspdfb tblind
    tblindtype trbrdrt trbrdrb trbrdrl trbrdrr trbrdrh trbrdrv lastrow irow irowband cellx clwwidth clftswidth
    clvmgf clvmrg clmgf clmrg clvertalt clvertalc clvertalb clbrdrt clbrdrb clbrdrl clbrdrr clcbpat clcfpat clshdng
    clshdrawnil clcbpatraw clcfpatraw clshdngraw cltxlrtb cltxtbrl cltxbtlr clpadl clpadt clpadr clpadb clpadfl
    clpadft clpadfr clpadfb clhidemark clnowrap clfittext tbllkhdrrows tbllkhdrcols tbllklastrow tbllklastcol
    tbllknorowband tbllknocolband tbllkborder tbllkshading tbllkfont tbllkcolor tbllkbestfit tscellpaddt tscellpaddb
    tscellpaddl tscellpaddr tscellpaddft tscellpaddfb tscellpaddfl tscellpaddfr tscellwidth tscellwidthfts tsvertalt
    tsbrdrt tsbrdrb tsbrdrl tsbrdrr tsbrdrh tsbrdrv taprtl ltrrow rtlrow tdfrmtxtleft tdfrmtxtright tposx tposy b i
    ul ulnone uld uldb uldash ulw ulwave ulth ulc caps scaps strike striked outl shad embo impr v webhidden
    nosupersub super sub up dn fs cf cb chcbpat chcfpat chshdng chbrdr highlight lang langfe langnp langfenp noproof
    expnd expndtw kerning charscalex animtext cchs revised deleted revauth revdttm revauthdel revdttmdel crauth
    crdate mvf mvt mvauth mvdate nosectexpand rtlch ltrch loch hich dbch fcs af ab ai ax afs alang acf aul aup adn
    acaps line tab page column lbr softline softcol softpage softlheight emdash endash emspace enspace qmspace
    bullet lquote rquote ldblquote rdblquote ltrmark rtlmark zwj zwnj zwbo zwnbo chpgn chdate chdpl chdpa chtime
    sectnum field fldinst fldrslt fldtype flddirty fldedit fldlock fldpriv fldalt datafield formfield fftype
    ffownhelp ffownstat ffprot ffsize fftypetxt ffrecalc ffhaslistbox ffmaxlen ffhps ffdefres ffres ffname ffdeftext
    ffformat ffhelptext ffstattext ffentrymcr ffexitmcr ffl bkmkstart bkmkend bkmkcolf bkmkcoll xe rxe txe tc tcf
    tcl bxe ixe pict picw pich picwgoal pichgoal picscalex picscaley piccropl piccropr piccropt piccropb picscaled
    picprop picbmp picbpp defshp emfblip pngblip jpegblip macpict pmmetafile wmetafile dibitmap wbitmap wbmbitspixel
    wbmplanes wbmwidthbytes blipuid bliptag blipupi shppict nonshppict shp shpinst shpgrp shpleft shptop shpright
    shpbottom shpz shplid shpfhdr shpbxpage shpbxmargin shpbxcolumn shpbxignore shpbypage shpbymargin shpbypara
    shpbyignore shpwr shpwrk shpfblwtxt shplockanchor shptxt shprslt sp sn sv svb hl hlfr hlsrc hlloc background do
    dobxpage dobxcolumn dobymargin dobypage dobypara dodhgt dptxbx dptxbxtext dptxbxmar dpx dpy dpxsize dpysize
    dpline dprect dpfillbgcr dpfillbgcg dpfillbgcb dpfillpat dplinew dplinecor dplinecog dplinecob object objemb
    objlink objautlink objsub objpub objicemb objhtml objocx objw objh objsetsize objalign objtransy objcropt
    objcropb objcropl objcropr objscalex objscaley objupdate rsltpict rsltrtf rslttxt rsltbmp rslthtml rsltmerge
    result objclass objname objdata objalias objsect objtime objattph linkself themedata colorschememapping
    datastore xmlnstbl upr ud htmlrtf htmltag mhtmltag fromhtml fromtext htmlbase falt fname panose fontemb fontfile
    mmathPr mmathFont mbrkBin mbrkBinSub msmallFrac mdispDef mlMargin mrMargin mdefJc mwrapIndent mintLim mnaryLim
    moMath moMathPara moMathParaPr mr mf mfPr mnum mden mctrlPr protusertbl pgptbl pgp ipgp wgrffmtfilter
    passwordhash password protstart protend
    """.split()  # noqa: SIM905 - legible as words
)
"""Control words that say nothing of their own; all others are asked about."""
