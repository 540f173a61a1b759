"""Names that say what something is, in every document the same: they are nobody's.

(ISO 32000-2: the entries of its dictionaries, the values that they may have, standard fonts, structure and layers; the
Adobe Glyph List.) All other names were chosen by somebody: fonts, colours, resources, fields' states, structure.
"""

import re
from functools import lru_cache
from typing import Final

from pdfminer.glyphlist import glyphname2unicode

_LEAST: Final = 4
"""Letters and digits: shorter names are too common to be looked for, as in texts."""
_NUMBERED: Final = re.compile(r"[A-Za-z]{1,5}[\d_]{1,6}|u(?:ni)?[0-9A-F]{4,6}")

_WORDS: Final = """
.notdef 3DD 3DRenderMode 3DView AA AAPL:Keywords AbsoluteColorimetric Accepted AcroForm Action ActualText Adbe ADBE
adbe.pkcs7.detached adbe.pkcs7.s3 adbe.pkcs7.sha1 adbe.x509.rsa_sha1 Adobe.PPKLite Adobe.PPKMS AESV2 AESV3 AF
AFRelationship AIS All AllOff AllOn AllPages Alpha Alternate AlternateImages AlternatePresentations Alternates
Alternative AN Angle Annot Annotation Annots ANSI AntiAlias AnyOff AnyOn AP App Approved APRef Arial Arial-BoldItalicMT
Arial-BoldMT Arial-ItalicMT ArialMT Art ArtBox Artifact Artwork AS Ascent ASCII85Decode ASCIIHexDecode Aside Attached
Attestation AuthEvent Author Auto AvgWidth Background BackgroundColor BaseEncoding BaseFont BaseState BaseURI
BaseVersion BBox BCP BCS BibEntry BitsPerComponent BitsPerCoordinate BitsPerFlag BitsPerSample Black BlackGeneration
BlackIs1 BlackPoint BleedBox BlendMode BlockAlign BlockQuote Blockquote Blue BM Border BorderColor BorderStyle
BorderThickness Both Bounds BoxColorInfo BPC Break BS BT Btn ButtonBits ByteRange C0 C1 CA CalCMYK CalGray CalRGB Cap
CapHeight Caption Caret Cat Catalog Category CCF CCITTFaxDecode Center CenterWindow Cert CF CFM Changes CharProcs
CharSet Checked ChosenState CICI.SignIt CIDFontType0 CIDFontType0C CIDFontType2 CIDInit CIDSet CIDSystemInfo
CIDToGIDMap Circle CJKV ClassMap Cloud ClrF ClrFf CMap CMapName CMYK CO Code Colgroup Collection CollectionField
CollectionItem CollectionSchema CollectionSort CollectionSubitem Color Colorants ColorBurn ColorDodge Colors ColorSpace
ColorTransform ColSpan Column Columns COMMENT Comment Comments Compatible Completed Components Condition Confidential
Configs Contact ContactInfo Content Contents Coords Copyright Count Courier Courier-Bold Courier-BoldOblique
Courier-Oblique CourierNew CourierNewPSMT Cover CP Created CreationDate Creator CreatorInfo Crop CropBox Crypt
CryptFilter CryptFilterDecodeParms CS Cyan CYX DA Data DCT DCTDecode Decimal Decode DecodeParms Default DefaultCMYK
DefaultForPrinting DefaultGray DefaultRGB Delegation DelEP DeleteOnClose Departmental Depth Desc DescendantFonts
Descent Design Dest DestOutputProfile DestOutputProfileRef Dests DevDepGS DeviceCMYK DeviceColorant DeviceGray DeviceN
DeviceRGB Difference Differences DigestLocation DigestMethod DigestValue Dimension Dingbat DingbatsRot Direction Disc
DisplayDocTitle Distribute Div DocMDP DocOpen DocTimeStamp Document DocumentFragment DocVersion Domain DotGain Dotted
Double DPart DPartRoot DPartRootNode DPM Draft Duplex DuplexFlipLongEdge DuplexFlipShortEdge Dur DynamicLeft
EarlyChange EFF EFOpen Em EmbeddedFile EmbeddedFiles Encode Encoded EncodedByteAlign Encoding Encrypt EncryptedPayload
EncryptMetadata End EndIndent Endnote EndNote EndOfBlock EndOfLine Entrust.PPKEF ETSI.CAdES.detached ETSI.RFC3161 Event
Exclusion ExData Experimental Expired Export ExportState ExpunctLabels Extend Extends ExtensionLevel Extensions
ExtGState FDecodeParms FENote Ff FFilter Field FieldMDP Fields Figure File FileAttachment Filespec Fill Filter Final
First FirstChar FirstPage Fit FitB FitBH FitBV FitH FitR FitV FitWindow Fixed FixedPrint Flags FlateDecode Flatness
Font FontBBox FontDescriptor FontFamily FontFauxing FontFile FontFile2 FontFile3 FontMatrix FontName FontStretch
FontWeight Footnote ForComment Form FormData FormEx FormType Formula ForPublicRelease FreeText FreeTextCallout
FreeTextTypeWriter From FS FT FullSave FullScreen Function Functions FunctionType FWParams FWPosition FWScale Gamma GBK
GoTo Goto GoTo3DView GoToDp GoToE GoToR GoToRemote Graph Grave Gray GrayAlpha Green Grey Groove Group GSE GTS_PDFA1
GTS_PDFE1 GTS_PDFX GTS_PDFXVersion Guideline Halftone HalftoneName HalftoneOrigin Halftones HalftoneType HardLight
HashMethod Header Headers Height Help Helvetica Helvetica-Bold Helvetica-BoldOblique Helvetica-Oblique Hidden
HiddenAnnot Hide HideAnnotationActions HideMenubar HideToolbar HideWindowUI Highlight HighlightAll Highlighted Hyp2
Hyphenated IC ICCBased ICCVersion ID Identity Identity-H Identity-V IDTree IFL Illustrated IM Image ImageB ImageC
ImageI ImageMask ImportData Ind Index IndexBase Indexed Info Ink InkAnnotation InkList Inline InlineAlign InlineShape
Input InReplyTo Insert Inset Intent Interpolate Invisible InvisibleRect IRT IsMap ISO_PDFE1 ISO_PDFR ItalicAngle Item
JavaScript JavaScriptActions JBIG2Decode JBIG2Globals JohabH JPXDecode Justify Kerning Keystroke KeyUsage Keywords KIDS
Kids Lab LabelType Lang Language Last LastChar LastModified LastPage Launch Layout Lbl LbL LBody Leading Legal
LegalAttestation Length Length1 Length2 Length3 Level1 Lighten Lightest Limits Line Linearized LineArrow LineDimension
LineHeight LineThrough LineX LineY Link List ListBox ListMode ListNumbering LJ Location Lock Locked LockedContents
LowerAlpha LowerRoman LrTb Lrtb LRUnit Luminosity LZW LZWDecode Mac MacExpertEncoding MacRomanEncoding Magenta
MagneticStripe ManifestName Marked MarkInfo MarkStyle Markup Markup3D MarkupAnnotation Mask Material Matrix Matte
MaxLen MaxWidth MCID MCR MDP Measure MediaBox MediaClip MediaRendition Metadata MinWidth MissingWidth MixingHints
MMType1 Mod ModDate Modify Mono Movie MovieActions Msg Multiply Name Named Names NameTree NChannel NeedAppearances
NeedRendering NeedsRendering NewParagraph NewWindow Next NextPage NM None NonEFontNoWarn NonEmbeddedFonts
NonFullScreenPageMode NonStruct Normal NotApproved notdef Note NotForPublicRelease NoTrans NoView NumberFormat
NumCopies Nums OBJR ObjStm OC OCG OCGs OCMD OCProperties OCSP OCSPs OffsetX OffsetY OneColumn OnInstantiate Online
Opacity Open OpenAction OpenArrow OpenType Opt OptContents Optimize Order Ordered Ordering Outline Outlines
OutputCondition OutputConditionIdentifier OutputIntent OutputIntents Outset Overlay Overline Overprint Padding Page
PageElement PageLabel PageLabels PageLayout PageMode Pages Pagination PaintType Paragraph Params Parent ParentTree
ParentTreeNextKey Part PassKey Password Pattern PatternType PDFDocEncoding Perceptual Perms PickTrayByPDFSize PieceInfo
Placement Polygon PolygonCloud PolygonDimension PolyLine PolyLineAngle PolyLineDimension Popup PreBlend Predictor
Preferred PrePrint Presentation PreserveRB PresSteps Prev PrevPage Print PrintArea PrintClip PrinterMark PrintersMarks
PrintPageRange PrintScaling PrintState Private Process ProcessColorModel ProcSet Producer ProjectedShape Projection
Prop_AuthTime Prop_AuthType Prop_Build Properties Property PubSec Push PV PZ QuadPoints Quote Radio RadioButton Range
RasterMask RB RBGroup RBGroups RC RD Reason Reasons Rect Redact Reference References RefXML Registry Rejected
RelativeColorimetric Remote Rendition Renditions Replace Reply ReplyType Requirement Requirements ResetForm ResFork
Resources Resync ReversedChars RF RGB RI RichMedia RichMediaAnnotation RichMediaContent RichMediaExecute
RichMediaSettings Ridge Right RoleMap RoleMapNS Root Rotate Row Rowgroup Rows RowSpan RT Ruby RubyAlign RubyPosition
RunLengthDecode Saturation Schema Scope Screen ScreenAnnot SearchIndex Sect Sep Separation SeparationColorNames
SeparationInfo SetF SetFf SetOCGState Shading ShadingType Shape Short ShortName Sig SigFieldLock SigFlags signature
Signature SignatureField SigQ SigRef SigSq Simplex SinglePage Size Slash Slicer SMask SMaskInData Snippet SoftLight
SoftMask Solid Solidities Sort Sound Source SpaceAfter SpaceBefore Span SpawnTemplate SpecialTag SpiderContentSet
SpiderInfo Split Spot SpotFunction Square SquareX Squiggly sRGB SS Stamp Standard StandardEncoding StartIndent State
StateModel StdCF StemH StemV Stm StmF Stop StreamWithTimestamp StrF StrikeOut StrikeOutText Stroke Strong StructElem
StructParent StructParents StructTreeRoot Structure Style Sub SubFilter Subj Subject SubmitForm Subset Subtype SubType
Summary Supplement Suspects Sy Symbol SymbolSet SyntheticBold Table Tabs Target TBody TBorderStyle Technical Template
TemplateInstantiated Templates Text TextAlign TextDecorationColor TextDecorationThickness TextDecorationType TextIndent
TFoot THead Thin Thread Threads Threshold Thumb Tiling TilingType Times Times-Bold Times-BoldItalic Times-Italic
Times-Roman TimesNewRomanPS-BoldItalicMT TimesNewRomanPS-BoldMT TimesNewRomanPS-ItalicMT TimesNewRomanPSMT TimeStamp
Title TOC TOCI Toggle Tolerance TopSecret ToUnicode TPadding TR TR2 TrailerID tran Trans TransferFunction
TransformMethod TransformParams Transparency TrapNet Trapped TrapRegions TrapStyles TrimBox True TrueType TrueTypeFont
Truncated TwoColumnLeft TwoColumnRight TwoPageLeft TwoPageRight Type Type0 Type1 Type1C Type3 UCR UCR2 Unchanged
Unchecked UncompressedRef Undercolor Underline Unix Unknown Unmarked Unordered Unspecified UpperAlpha UpperRoman UR3
URI URIActions URL URLS Usage UseAttachments UseBlackPtComp UseCMap UseNone UseOC UseOutlines User UserProperties Users
UserUnit UseThumbs VE Verify VeriSign.PPKVS VerisignPPKVS Version Vertices VerticesPerRow View ViewArea ViewClip
Viewport ViewState Visible Volatile VRI Warichu Watermark White WhitePoint WhitePointX Widget Width WidthAndHeight
Widths WidthScale Win WinAnsiEncoding Window Windows WMode WP WT XFA XFAForm XFAResources XHeight XML XObject XRef
XRefStm XStep XYZ Yellow YStep ZapfDingbats Zoom
"""
_NAMES: Final = frozenset(_WORDS.split())


@lru_cache(maxsize=10_000)
def is_own(name: str) -> bool:
    """Whether a name, without its slash, was chosen by somebody and is long enough to say who."""
    if sum(map(str.isalnum, name)) < _LEAST and name.isascii():
        return False
    return not (name in _NAMES or _NUMBERED.fullmatch(name) or _is_glyph(name))


def is_known(name: str) -> bool:
    """Whether a key, without its slash, is one of PDF's own; single letters are."""
    return len(name) == 1 or name in _NAMES


def _is_glyph(name: str) -> bool:
    """A glyph of the list, or several (Adobe Glyph List Specification, section 2)."""
    return all(part in glyphname2unicode for part in name.partition(".")[0].split("_"))
