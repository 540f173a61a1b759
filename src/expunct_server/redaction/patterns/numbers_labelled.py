"""Numbers that a label alone makes personal, in many languages: what countries' own rows miss.

Their check digits may be wrong (mistyped, made up) or unknown here; what a document calls an identity number is redacted
all the same, at a score below that of a number that was checked.
"""

from typing import Final

from expunct_server.redaction.patterns.check_digits import enough_digits
from expunct_server.redaction.patterns.labels import labelled
from expunct_server.redaction.patterns.row import Pattern

_ENGLISH: Final = (
    r"national[ _-](?:identification|identity|id|insurance)(?:[ _]card)?", *(rf"{whose}[ _](?:id|identification|identity|permit)(?:[ _]card)?" for whose in ("citizen", "personal", "state", "civil", "resident", "residence", "government", "gov")), r"personal[ _](?:code|number)",
    r"identity[ _](?:card|document|number|no)", r"id[ _](?:card|document)", r"identification[ _](?:card|number|no)", r"social[ _]insurance", r"ninos?", r"nrics?", r"hkid", r"ppsn?", r"a?adhaa?r", r"voter[ _]id",
    r"alien[ _-]?(?:registration|number)", r"a-number", r"emirates[ _]id", r"ghana[ _]?card", r"iqama", r"mykad", r"fiscal[ _]code", r"cnic", r"rrn", r"bvn",
)  # fmt: skip
_CAPITAL_IDS: Final = (
    "SIN",
    "NIN",
    "NI(?=[ ](?:no|number|#)|#)",
    "DNI",
    "NIE",
    "BSN",
    "CPR",
    "CNP",
    "EGN",
    "OIB",
    "NISS",
    "INSZ",
    "NIR",
    "KTP",
    "NIK",
    "RG",
    "CURP",
    "CCCD",
    "CNI",
    "AHV",
    "AVS",
    "RUN",
    "TCKN",
)
_WESTERN: Final = (
    r"(?:personal)?ausweis(?:nummer|-?nr)", r"personalausweis", r"(?:sozial|renten)versicherungs(?:nummer|-?nr)", r"svnr", r"rvnr", r"ahv-?(?:nummer|nr)", r"aufenthaltstitel", r"carte (?:nationale )?d[’']identit[eé]",
    r"num[eé]ro de s[eé]curit[eé] sociale", r"n° (?:de )?s[eé]cu(?:rit[eé] sociale)?", r"num[eé]ro national", r"titre de s[eé]jour", r"burgerservicenummer", r"bsn(?=[ _:=\"-])", r"rijksregister(?:nummer|nr)", r"identiteitskaart(?:nummer)?",
    r"documento (?:nacional )?de identidad", r"dni(?=[ _:=\"]{1,2}[a-z]?\d)", r"c[eé]dula(?: de (?:identidad|ciudadan[ií]a|extranjer[ií]a))?", r"n[uú]mero de (?:identidad|identificaci[oó]n|seguridad social)", r"carta d[’']identit[àa]",
    r"(?:bilhete|carteira) de identidade", r"cart[ãa]o (?:de|do) cidad[ãa]o", r"codice fiscale", r"karta tal-identit[àa]",
)  # fmt: skip
_NORTHERN: Final = (
    r"person(?:nummer|nr)", r"f[øo]dsels(?:nummer|nr)", r"samordningsnummer", r"cpr-?(?:nummer|nr)", r"henkil[öo]tunnus", r"hetu", r"kennitala", r"isikukood", r"personas kods", r"asmens kodas", r"pesel", r"dow[oó]d(?:u)? osobist(?:y|ego)",
    r"rodn[eé] [čc][ií]slo", r"ob[čc]ansk[ýy] pr[ůu]kaz", r"ob[čc]iansky preukaz", r"szem[eé]lyi (?:igazolv[aá]ny|azonos[ií]t[oó])(?:sz[aá]m)?", r"cod(?:ul)? numeric personal", r"егн", r"лична карта", r"jmbg", r"em[šs]o", r"osobna iskaznica",
    r"lična karta", r"снилс", r"иин", r"αμκα", r"(?:δελτίο |αριθμός )ταυτότητας", r"αδτ", r"t\.?c\.? kimlik", r"kimlik",
)  # fmt: skip
_ELSEWHERE: Final = (
    r"身份证(?:号码?)?", r"身分證(?:字號)?", r"身份證(?:號碼)?", r"マイナンバー", r"個人番号", r"在留カード(?:番号)?", r"주민(?:등록)?번호", r"외국인등록번호", r"เลข(?:ที่)?(?:บัตร)?ประจำตัว(?:ประชาชน)?", r"căn cước(?: công dân)?", r"chứng minh nhân dân",
    r"आधार(?: संख्या| नंबर)?", r"الرقم القومي", r"رقم الهوية", r"الهوية الوطنية", r"کد ملی", r"شناختی کارڈ", r"תעודת זהות", r"ת\.ז\.", r"nomor induk kependudukan", r"kad pengenalan",
)  # fmt: skip
_TAX: Final = (
    r"tax(?:payer)?[ _-](?:id|identification|identifier|reference|ref|file|registration|number|no)(?:[ _](?:number|no))?", r"unique[ _]taxpayer[ _]reference", r"utr", r"tfn", r"vat[ _](?:reg(?:istration)?|number|no|id)\.?", r"(?:vat|tva|ust|btw|iva)(?=:|[ ](?-i:[A-Z]{2}[A-Z0-9]?\d{7}))", r"gstin?(?=[ _:])",
    r"steuer(?:liche)?[- _]?(?:id|identifikations?(?:nummer|nr)|ident(?:nummer|nr)|nummer|nr)", r"stnr", r"st-nr", r"st\.-?nr", r"ust-?id(?:-?nr)?", r"idnr", r"abgabenkonto(?:nummer|nr)?", r"num[eé]ro fiscal", r"num[eé]ro spi", r"num[eé]ro de tva", r"n° fiscal", r"n° tva",
    r"(?:partita|p\.) ?iva", r"n[uú]mero (?:de identifica(?:ción|ção) )?fiscal", r"contribuinte", r"btw-?(?:nummer|nr|id)", r"numer identyfikacji podatkowej", r"dič", r"adó(?:azonos[ií]t[oó] ?(?:jel)?|sz[aá]m)", r"cod fiscal",
    r"αφμ", r"α\.φ\.μ\.", r"vergi (?:kimlik )?(?:no|numaras[ıi])", r"инн", r"рнокпп", r"іпн", r"пиб", r"dav[čc]na [šs]tevilka", r"cpf", r"cnpj", r"cui[tl]", r"npwp", r"kra pin", r"mã số thuế", r"税务登记号", r"납세자번호", r"الرقم الضريبي",
)  # fmt: skip
_CAPITAL_TAX: Final = (
    "TIN",
    "DIC",
    "NIF",
    "CIF",
    "NIP",
    "RUC",
    "RUT",
    "NIT",
    "RIF",
    "VKN",
    "AFM",
    "ABN",
    "IRD",
    "MST",
    "PIB",
    "UTR",
    "PAN(?=[ ](?:no|number|card)|:)",
    "CUI",
)


def _row(
    name: str,
    entity_type: str,
    labels: tuple[str, ...],
    languages: tuple[str, ...],
    examples: tuple[str, ...],
    near_misses: tuple[str, ...],
    capitals: tuple[str, ...] = (),
    least: int = 5,
) -> Pattern:
    return Pattern(
        name=name,
        entity_type=entity_type,
        expression=labelled(*labels, capitals=capitals),
        score=0.7,
        check=enough_digits(least),
        check_name="label",
        languages=languages,
        examples=examples,
        near_misses=near_misses,
    )


ROWS: Final = (
    _row(
        "national_id_english", "NATIONAL_ID", _ENGLISH, ("en",),
        (
            "National ID: «85-123456-A-42»", "identity card no. «AB 123456»", "personal number is «19811228-9875»", "ID card number: «900101-5009-087»", "Aadhaar no. «1234 5678 9012»", "state ID # «D1234567»",
        ),
        ("national ideas 123456", "identity card 12", "id 123456", "national identity of 1848"),
        _CAPITAL_IDS,
    ),
    _row(
        "national_id_western", "NATIONAL_ID", _WESTERN, ("de", "fr", "nl", "es", "it", "pt"),
        ("Personalausweisnummer: «L01X00T47»", "numéro de sécurité sociale : «2 84 05 88 423 157 91»", "cédula de ciudadanía No. «1018234567»", "carta d'identità n. «CA12345AB»", "BSN: «111222334»"),
        ("Personalausweis gültig bis 2030", "cédula 12", "carte d'identité 2019"),
    ),
    _row(
        "national_id_northern", "NATIONAL_ID", _NORTHERN, ("sv", "no", "da", "fi", "is", "et", "lv", "lt", "pl", "cs", "sk", "hu", "ro", "bg", "sr", "hr", "sl", "ru", "kk", "el", "tr"),
        ("personnummer: «19811228-9875»", "PESEL «44051401459»", "rodné číslo: «710319/2746»", "ЕГН «7523169264»", "T.C. kimlik no: «17291716061»"),
        ("personnummer saknas", "PESEL 1234", "kimlik 2019"),
    ),
    _row(
        "national_id_elsewhere", "NATIONAL_ID", _ELSEWHERE, ("zh", "ja", "ko", "th", "vi", "hi", "ar", "fa", "ur", "he", "id", "ms"),
        ("身份证号码：«110105194912310029»", "マイナンバーは「1234」, 個人番号：«123456789012»", "주민등록번호: «971013-9019903»", "ת.ז. «039337425»"),
        ("身份证 12", "個人番号なし 2024"),
    ),
    _row(
        "tax_id_labelled", "TAX_ID", _TAX, ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "cs", "sk", "hu", "ro", "el", "tr", "ru", "uk", "sr", "sl", "id", "vi", "ar"),
        ("Tax ID: «98-7654321»", "UTR number «1234567890»", "Steuernummer «12/345/67890»", "CPF: «123.456.789-00»", "tax file number «123 456 789»", "TVA «FR42374606929», facture", "vat:\n«FR37748251089»", "ИНН «1234567890»", "NIP: «123-456-78-90»"),
        ("tax 123456", "tax number 12", "tin 123456", "vat 20", "RFC 2616", "taxonomy id 123456", "IRD 2024"),
        _CAPITAL_TAX,
        least=6,
    ),
)  # fmt: skip
