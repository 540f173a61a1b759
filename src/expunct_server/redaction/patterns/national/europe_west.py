"""United Kingdom, Ireland, France, Belgium, the Netherlands, Luxembourg, Germany, Austria, Switzerland."""

from typing import Final

from expunct_server.redaction.patterns import check_digits as digits
from expunct_server.redaction.patterns import check_digits_world as world
from expunct_server.redaction.patterns.check_digits import by_stdnum, enough_digits
from expunct_server.redaction.patterns.national.rows import acronym, number

_EN: Final = ("en",)
_FR: Final = ("fr", "en")
_NL: Final = ("nl", "en")
_DE: Final = ("de", "en")
_NINO = (
    r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:\d{6}[A-D]|[ -]\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D])"
)
_BE_DATED = r"\d\d\.\d\d\.\d\d[- ]\d{3}[.\-]\d\d"
_NIR = r"[1-478][ ]?\d\d[ ]?\d\d[ ]?(?:\d\d|2[AB])[ ]?\d{3}[ ]?\d{3}[ ]?\d\d"

ROWS: Final = (
    number(
        "gb_nino", "NATIONAL_ID", _NINO, enough_digits(6),
        (r"ninos?", r"national insurance", r"ni(?:[ _](?:number|no|nr|num)| ?#)", r"hmrc"), _EN,
        ("NI number «PW123456C»", "holds «AB 12 34 56 C» since", "(«JG-10-37-59-A»)"),
        ("BG123456C", "PW123456E", "PW1234567", "XPW123456C", "ticket PO123456C1"),
        bare=0.65,
    ),
    number(
        "gb_nhs", "HEALTH_ID", r"\d{3}([ -]?)\d{3}\1\d{4}", by_stdnum("gb.nhs"),
        (r"nhs", r"national health service", r"h&c (?:number|no)"), _EN,
        ("NHS number: «943 476 5919»", "nhs_no=«4010232137»", "NHS No «943-476-5919»"),
        ("NHS number: 943 476 5910", "call 943 476 5919", "order 4010232137"),
    ),
    number(
        "gb_chi", "HEALTH_ID", r"\d{6} ?\d{4}", world.gb_chi, (acronym("CHI"), r"community health index"), _EN,
        ("CHI number «010167 5011»",), ("CHI number 010167 5010", "0101675011"),
    ),
    number(
        "gb_utr", "TAX_ID", r"\d{5} ?\d{5}|\d{3} \d{3} \d{4}", by_stdnum("gb.utr"),
        (r"utr", r"unique tax(?:payer)? references?", r"self[- ]assessment", r"hmrc"), _EN,
        ("UTR «61955 83965»", "unique taxpayer reference: «6195583965»"), ("UTR 0195583965", "invoice 6195583965"),
    ),
    number(
        "gb_vat", "TAX_ID", r"(?:GB)? ?\d{3} ?\d{4} ?\d{2}", by_stdnum("gb.vat"), (r"vat", r"value added tax"), _EN,
        ("VAT no. «GB 980 7806 84»", "VAT reg. «9807806 84»"), ("VAT no. GB 980 7806 80", "item 9807806 84"),
    ),
    number(
        "ie_pps", "NATIONAL_ID", r"\d{7}[A-W][A-IW]?", by_stdnum("ie.pps"),
        (r"pps(?:n|no)?", r"personal public service", r"rsi number"), _EN,
        ("PPS number «6433435F»", "PPSN: «1234567FA»"), ("6433435Z", "PPSN 6433435Z", "build 64334351F"),
        bare=0.6,
    ),
    number(
        "fr_nir", "NATIONAL_ID", _NIR, by_stdnum("fr.nir"),
        (
            acronym("NIR"), r"(?:num[eé]ro|n°|no|carte) (?:de )?s[eé]cu(?:rit[eé] sociale)?", r"s[eé]curit[eé] sociale", r"insee",
            r"carte vitale", r"french social security",
        ), _FR,
        ("née, «2 84 05 88 423 157 41», mariée", "n° de sécurité sociale : «185057800608491»"),
        ("2 84 05 88 423 157 00", "1 23456 789 012", "order 285057800608491"),
        bare=0.8,
    ),
    number(
        "fr_spi", "TAX_ID", r"[0-3]\d(?: ?\d\d) ?\d{3} ?\d{3} ?\d{3}", by_stdnum("fr.nif"),
        (acronym("SPI"), r"num[eé]ro fiscal", r"n° fiscal", r"r[eé]f[eé]rence fiscale", r"imp[oô]ts", r"french tax"), _FR,
        ("numéro fiscal : «3023217600053»", "n° fiscal «30 23 217 600 053»"),
        ("numéro fiscal 3023217600000", "commande 3023217600053"),
    ),
    number(
        "fr_siret", "TAX_ID", r"\d{3} ?\d{3} ?\d{3}(?: ?\d{5})?", by_stdnum("fr.siren"),
        (r"siren", r"auto-?entrepreneur"), _FR, ("SIREN «552008609»",), ("SIREN 552008600", "réf. 552008609"),
    ),
    number(
        "be_nn", "NATIONAL_ID", _BE_DATED + r"|\d{6}[- ]?\d{3}[- ]?\d\d", by_stdnum("be.nn"),
        (
            acronym("NN"), r"niss", r"insz", r"rijksregister(?:nummer|nr)?", r"num[eé]ro (?:de registre )?national",
            r"registre national", r"nationaal nummer", r"belgian (?:national|social)",
        ), ("nl", "fr", "de", "en"),
        ("Rijksregisternummer: «85073003328»", "NISS «85.07.30-033.28»"),
        ("rijksregister 85073003300", "version 85073003328"),
    ),
    number(
        "be_nn_dotted", "NATIONAL_ID", _BE_DATED, by_stdnum("be.nn"), (r"niss", r"insz"), ("nl", "fr", "de", "en"),
        ("geboren, «85.07.30-033.28», te Gent",), ("85.07.30-033.00", "1.85.07.30-033.28"), bare=0.85,
    ),
    number(
        "nl_bsn", "NATIONAL_ID", r"\d{4}[. ]?\d{2}[. ]?\d{3}|\d{3}[. ]\d{3}[. ]\d{3}", by_stdnum("nl.bsn"),
        (r"bsn", r"burger ?service ?(?:nummer|nr)", r"sofi(?:[- ]?nummer)?", r"citizen service number", r"dutch (?:id|national)"), _NL,
        ("BSN: «111222333»", "burgerservicenummer «1112.22.333»"), ("BSN 111222330", "order 111222333", "111.222.333"),
    ),
    number(
        "nl_vat", "TAX_ID", r"NL ?\d{9} ?B ?\d\d", by_stdnum("nl.btw"), (r"btw", r"vat", r"omzetbelasting"), _NL,
        ("btw-id «NL004495445B01»", "(«NL 004495445 B01»)"), ("NL004495446B01", "NL1234"), bare=0.8,
    ),
    number(
        "lu_matricule", "NATIONAL_ID", r"(?:18|19|20)\d{6} ?\d{5}", digits.lu_matricule,
        (r"matricule(?:s)?", r"identifikatiounsnummer", r"num[eé]ro d'identification", acronym("CNS"), r"luxembourg(?:ish)?"),
        ("fr", "de", "lb", "en"),
        ("Matricule : «1983051234595»",), ("matricule 1983051234500", "built 2024010112345"),
    ),
    number(
        "de_steuer_id", "TAX_ID", r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}", by_stdnum("de.idnr"),
        (
            r"steuer(?:liche)?[- _]?(?:id|identifikations?(?:nummer|nr)?|ident(?:nummer|nr)?)(?:[- ]?nr)?", r"id ?nr", acronym("TIN"),
            r"steuerid", r"german tax", r"tax id(?:entification)?",
        ), _DE,
        ("Steuer-ID: «36 574 261 809»", "Steuerliche Identifikationsnummer «36574261809»", "IdNr. «36574261809»"),
        ("Steuer-ID 36574261800", "Bestellung 36574261809", "Steuer-ID 12345678901"),
    ),
    number(
        "de_steuernummer", "TAX_ID", r"\d{2,3}[/ ]\d{3,4}[/ ]\d{4,5}|\d{13}", by_stdnum("de.stnr"),
        (r"st(?:euer)?[-. ]{0,3}(?:nr|nummer)", r"finanzamt", r"german tax"), _DE,
        ("St.-Nr. «181/815/08155»", "Steuernummer: «21/815/08150»"), ("Tel. 181/815/08155", "Steuernummer 1/2/3"),
    ),
    number(
        "de_vat", "TAX_ID", r"DE ?\d{3} ?\d{3} ?\d{3}", by_stdnum("de.vat"), (r"ust", r"umsatzsteuer", r"vat"), _DE,
        ("USt-IdNr. «DE 136 695 976»", "(«DE136695976»)"), ("DE136695978", "DE12345"), bare=0.7,
    ),
    number(
        "de_rentenversicherung", "NATIONAL_ID", r"\d{2} ?\d{6} ?[A-Z] ?\d{2} ?\d", digits.de_pension,
        (r"rentenversicherungs?(?:nummer|nr)?", r"sozialversicherungs?(?:nummer|nr|ausweis)?", r"rvnr", r"svnr", r"sv-?nummer", r"versicherungs(?:nummer|nr)"),
        _DE,
        ("SV-Nummer «65 070649 C 104»", "geführt als «65070649C104», Berlin"),
        ("65070649C100", "65071349C103", "Teil 65070649C1033"), bare=0.75,
    ),
    number(
        "de_krankenversicherung", "HEALTH_ID", r"[A-Z] ?\d{3} ?\d{3} ?\d{3}", digits.de_health,
        (r"kvnr", r"kv-?nummer", r"krankenversicherte(?:n|r)?(?:nummer|nr)?", r"krankenversicherungs?(?:nummer|nr)?", r"versicherten(?:nummer|nr|-?id)", r"gesundheitskarte", r"krankenkasse", r"german health"),
        _DE,
        ("KVNR: «A123456780»", "Versichertennummer «M 456 281 545»"), ("KVNR A123456781", "Modell A123456780"),
    ),
    number(
        "de_personalausweis", "NATIONAL_ID", r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d", digits.de_card,
        (r"personalausweis(?:nummer|nr)?", r"ausweis(?:nummer|nr)?", r"perso(?:nr|-nr)?", r"identity card", r"german id"), _DE,
        ("Personalausweis-Nr. «L01X00T471»", "Ausweisnummer: «T220001293»"),
        ("Ausweis L01X00T470", "Gutschein L01X00T471"),
    ),
    number(
        "at_svnr", "NATIONAL_ID", r"\d{4} ?\d{6}", by_stdnum("at.vnr"),
        (r"svnr", r"sv-?nr", r"vsnr", r"(?:sozial)?versicherungs(?:nummer|nr)", r"e-?card", r"austrian (?:social|insurance)"), _DE,
        ("SVNR «1237010180»", "Sozialversicherungsnummer: «1237 010180»"), ("SVNR 1230010180", "Auftrag 1237010180"),
    ),
    number(
        "at_steuernummer", "TAX_ID", r"\d{2}[- ]?\d{3}/\d{4}|\d{9}", by_stdnum("at.tin"),
        (r"abgabenkonto(?:nummer|nr)?", r"st(?:euer)?[-. ]{0,3}(?:nr|nummer)", r"finanzamt", r"austrian tax"), _DE,
        ("Abgabenkontonummer «59-119/9013»", "Steuernummer: «591199013»"), ("Steuernummer 59-119/9010", "591199013"),
    ),
    number(
        "ch_ahv", "NATIONAL_ID", r"756\.\d{4}\.\d{4}\.\d{2}", by_stdnum("ch.ssn"), (r"ahv", r"avs", acronym("OASI")),
        ("de", "fr", "it", "en"),
        ("AHV-Nr. «756.9217.0769.85»", "versichert, «756.1234.5678.97», seit"), ("756.9217.0769.80", "757.9217.0769.85"),
        bare=0.9,
    ),
    number(
        "ch_ahv_digits", "NATIONAL_ID", r"756 ?\d{4} ?\d{4} ?\d{2}", by_stdnum("ch.ssn"),
        (r"ahv(?:[-n]?(?:nr|nummer))?", r"avs", acronym("OASI"), r"sozialversicherungsnummer", r"swiss social"),
        ("de", "fr", "it", "en"),
        ("numéro AVS «7569217076985»",), ("AVS 7569217076980", "EAN 7569217076985"),
    ),
    number(
        "ch_uid", "TAX_ID", r"CHE[- ]?\d{3}\.?\d{3}\.?\d{3}", by_stdnum("ch.uid"), (acronym("UID"), acronym("IDE"), r"mwst"),
        ("de", "fr", "it", "en"), ("UID «CHE-100.155.212»",), ("CHE-100.155.210",), bare=0.75,
    ),
)  # fmt: skip
