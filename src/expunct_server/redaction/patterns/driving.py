"""Driver licences: the United States by label and by the states' forms, other countries by form or by label."""

from typing import Final

from expunct_server.redaction.patterns import check_digits_world as world
from expunct_server.redaction.patterns.check_digits import enough_digits
from expunct_server.redaction.patterns.checks import whole
from expunct_server.redaction.patterns.labels import LABEL_END, NOT_AFTER, NOT_BEFORE, labelled
from expunct_server.redaction.patterns.row import FAINT, Pattern, expression, words

_EN: Final = ("en",)
_WHOSE: Final = r"(?:driver|driving|drivers|operator|operators|chauffeur)(?:'s|’s|s)?"
_VALUE: Final = (
    r"(?P<v>(?i:(?:[A-Z]{2}[ \-](?=[A-Z]{0,3}\d))?[A-Z]{0,7}[ \-]?\d[A-Z0-9*]{0,14}(?:[ \-/](?=[A-Z]{0,2}\d)[A-Z0-9]{1,8}){0,5}(?:-[A-Z](?![A-Z0-9]))?))"
    + NOT_AFTER
)
_DASHED: Final = (
    r"[A-Z](?:\d{3}-\d{3}-\d{2}-\d{3}(?:-\d)?|\d{3}-\d{4}-\d{4}(?:-\d{2})?|[ -]\d{3}[ -]\d{3}[ -]\d{3}[ -]\d{3}"
    r"|\d{3}-\d{3}-\d{3}-\d{3}|\d{2}-\d{2}-\d{4}|\d{4} \d{5} \d{5})|[A-Z]{3}-\d{2}-\d{4}|[A-Z]{2}-\d{2}-\d{4}"
)
_LOCAL: Final = (
    r"f[üu]hrerschein(?:s|nummer|nr)?", r"fahrerlaubnis(?:nummer)?", r"permis (?:de conduire|b)", r"(?:permiso|carn[eé]|licencia) de (?:conducir|conducci[oó]n|manejo)",
    r"patente(?: di guida)?", r"carta de condu[çc][ãa]o", r"carteira (?:nacional )?de (?:habilita[çc][ãa]o|motorista)", r"cnh", r"rijbewijs(?:nummer)?",
    r"k[öo]rkort(?:snummer)?", r"f[øo]rerkort(?:nummer)?", r"k[øo]rekort(?:nummer)?", r"ajokortti|ajokortin numero", r"prawo jazdy|prawa jazdy", r"[řr]idi[čc]sk[ýy] pr[ůu]kaz",
    r"vodi[čc]sk[ýy] preukaz", r"(?:gépjármű)?vezetői engedély", r"permis(?:ul)? de conducere", r"voza[čc]ka dozvola", r"водительск(?:ое|ого) удостоверени[ея]", r"в/у",
    r"посвідчення водія", r"шофьорска книжка", r"δίπλωμα οδήγησης|άδεια οδήγησης", r"ehliyet(?: no)?|sürücü belgesi", r"驾驶证(?:号)?|驾照(?:号)?", r"駕駛執照|駕照", r"運転免許(?:証)?(?:番号)?",
    r"운전면허(?:번호)?", r"رخصة (?:ال)?قيادة", r"רישיון נהיגה", r"giấy phép lái xe|gplx", r"sim(?= ?[:no])", r"lesen memandu", r"ใบขับขี่",
)  # fmt: skip

ROWS: Final = (
    Pattern(
        name="us_driver_license",
        entity_type="US_DRIVER_LICENSE",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:(?i:", _WHOSE, r"[ _]?(?:licen[sc]es?|lic|permit|id)\.?|dln?|d\.l\.",
            r"|(?<!medical[ _])(?<!software[ _])licen[sc]e(?=[ _](?:n[or]|num|#|id|is)|[:#=]|[ _]?[A-Z0-9-]{0,12}\d{3})))",
            LABEL_END, _VALUE,
        ),
        score=0.75,
        check=whole(lambda v: 3 <= sum(c.isdigit() for c in v) <= 16 and sum(c.isdigit() for c in v) + sum(c.isalpha() for c in v) // 2 >= 5),
        check_name="label",
        countries=("US",),
        languages=_EN,
        examples=(
            "Driver's license: «D123-4567-8901»", "driving licence number is «F1628235401»", "DL# «12345678»", "drivers_license:\n«B1234567»",
            "Driver License No. «S530-460-52-083-0»", "DL: «WDLABCD456DG»", "driver's lic. # «A1234 56789 01234» exp", "NH driver license «07SDR12345» issued",
            "Driver’s License Number (DLN): «123 456 789»", "her license number is «y1234567»", "license «K12345678» expires",
        ),
        near_misses=("license 1234", "the licence agreement", "DL 12", "licensed 12345678", "license: MIT", "driver 12345678", "DL 2024", "license Apache-2.0"),
    ),
    Pattern(
        name="us_driver_license_form",
        entity_type="US_DRIVER_LICENSE",
        expression=expression(NOT_BEFORE, f"(?:{_DASHED})", NOT_AFTER),
        score=FAINT,
        check_name="form",
        context=words(r"driv(?:er|ing|ers)", r"licen[sc]es?", r"dl", r"dmv", r"state id"),
        context_score=0.8,
        countries=("US",),
        languages=_EN,
        examples=("His Florida licence, issued in May, reads «S530-460-52-083-0»", "DMV record «D123-4567-8901-23»", "on the license we see «A 123 456 789 012»"),
        near_misses=("part S530-460-52-083-0", "license S530-460-52"),
    ),
    Pattern(
        name="gb_driving_licence",
        entity_type="DRIVER_LICENSE",
        expression=expression(NOT_BEFORE, r"(?=[A-Z]{1,5}9{0,4} ?\d)[A-Z][A-Z9]{4}[ ]?\d{6}[ ]?[A-Z][A-Z9][ ]?\d[A-Z]{2}(?: ?\d{2})?", NOT_AFTER),
        score=0.85,
        check=world.gb_driver,
        check_name="dvla",
        context=words(r"driv(?:er|ing|ers)", r"licen[sc]es?", r"dvla"),
        context_score=0.95,
        countries=("GB",),
        languages=_EN,
        examples=("licence «MORGA657054SM9IJ»", "named «SMITH 711215 JA 9AB»", "driving licence number «FOX99 607124 J9 9WX 12»"),
        near_misses=("MORGA677054SM9IJ", "MORGA657054SM9I", "XMORGA657054SM9IJ"),
    ),
    Pattern(
        name="in_driving_licence",
        entity_type="DRIVER_LICENSE",
        expression=expression(
            NOT_BEFORE,
            r"(?:A[NPRS]|BR|C[GH]|D[DLN]|G[AJ]|H[PR]|J[HK]|K[AL]|L[AD]|M[HLNPZ]|NL|O[DR]|P[BY]|RJ|SK|T[NRS]|U[AKP]|WB)[- ]?\d{2}[- ]?(?:19|20)\d{2}[- ]?\d{7}",
            NOT_AFTER,
        ),
        score=0.6,
        check_name="form",
        context=words(r"driv(?:er|ing|ers)", r"licen[sc]e", r"dl"),
        context_score=0.9,
        countries=("IN",),
        languages=_EN,
        examples=("DL No «MH12 20110012345»", "«KA-01-2015-0001234» of"),
        near_misses=("MH12 30110012345", "XX12 20110012345"),
    ),
    Pattern(
        name="ca_on_driver_licence",
        entity_type="DRIVER_LICENSE",
        expression=expression(NOT_BEFORE, r"[A-Z]\d{4}-\d{5}-\d[0156]\d[0-3]\d", NOT_AFTER),
        score=0.7,
        check_name="form",
        context=words(r"driv(?:er|ing|ers)", r"licen[sc]e", r"ontario", r"permis"),
        context_score=0.9,
        countries=("CA",),
        languages=("en", "fr"),
        examples=("«A5341-40608-00215» and", "Ontario licence «D6101-40706-60905»"),
        near_misses=("A5341-40608-02215", "A5341-4060-800215"),
    ),
    Pattern(
        name="driver_license_local",
        entity_type="DRIVER_LICENSE",
        expression=labelled(*_LOCAL, value=_VALUE),
        score=0.85,
        check=enough_digits(5, 16),
        check_name="label",
        languages=("de", "fr", "es", "it", "pt", "nl", "sv", "no", "da", "fi", "pl", "cs", "sk", "hu", "ro", "sr", "hr", "ru", "uk", "bg", "el", "tr", "zh", "ja", "ko", "ar", "he", "vi"),
        examples=(
            "Führerscheinnummer: «B072RRE2I55»", "permis de conduire n° «911091204580»", "permiso de conducir «12345678-Z»", "patente di guida «AB1234567C»",
            "rijbewijsnummer «4512345678»", "prawo jazdy nr «12345/06/1234»", "運転免許証番号：«301234567890»", "운전면허번호 «11-05-123456-01»", "CNH «12345678900»",
        ),
        near_misses=("Führerschein Klasse B", "permis de conduire 2019 obtenu en", "patente 12"),
    ),
    Pattern(
        name="au_driver_licence",
        entity_type="DRIVER_LICENSE",
        expression=labelled(
            r"(?:nsw|vic|qld|wa|sa|tas|act|nt|australian|new zealand|nz|victorian|queensland|uk|gb|british|irish|indian|canadian|ontario|alberta|bc|quebec|manitoba) "
            + _WHOSE + r"[ _]licen[sc]e", r"provisional licen[sc]e",
            value=_VALUE,
        ),
        score=0.85,
        check=enough_digits(5, 16),
        check_name="label",
        countries=("AU", "NZ", "GB", "IE", "IN", "CA"),
        languages=_EN,
        examples=("NSW driver licence «12345678»", "Australian driver's licence no. «023 456 789»", "Alberta driver's licence: «123456-789»"),
        near_misses=("NSW driver licence test 12", "driver licence 12345678"),
    ),
)  # fmt: skip
