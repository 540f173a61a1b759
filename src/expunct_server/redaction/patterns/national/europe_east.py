"""Poland, Czechia, Slovakia, Hungary, Romania, Bulgaria, the countries of former Yugoslavia, Albania, Ukraine, Russia,
Belarus, Kazakhstan."""

from typing import Final

from expunct_server.redaction.patterns import check_digits as digits
from expunct_server.redaction.patterns.check_digits import by_stdnum, enough_digits
from expunct_server.redaction.patterns.national.rows import acronym, number

_PL: Final = ("pl", "en")
_CS: Final = ("cs", "sk", "en")
_HU: Final = ("hu", "en")
_RO: Final = ("ro", "en")
_BG: Final = ("bg", "en")
_HR: Final = ("hr", "en")
_YU: Final = ("sr", "hr", "bs", "sl", "mk", "en")
_UK: Final = ("uk", "ru", "en")
_RU: Final = ("ru", "en")

ROWS: Final = (
    number(
        "pl_pesel", "NATIONAL_ID", r"\d{11}", by_stdnum("pl.pesel"),
        (r"pesel(?:[- ]?(?:nr|no))?", r"polish (?:id|national|identity)", r"numer ewidencyjny"), _PL,
        ("PESEL: «44051401458»", "nr PESEL «02070803628»"), ("PESEL 44051401450", "zamówienie 44051401458"), bare=0.3,
    ),
    number(
        "pl_nip", "TAX_ID", r"(?:PL ?)?(?:\d{10}|\d{3}[- ]\d{3}[- ]\d{2}[- ]\d{2}|\d{3}[- ]\d{2}[- ]\d{2}[- ]\d{3})",
        by_stdnum("pl.nip"), (acronym("NIP"), r"numer identyfikacji podatkowej", r"polish tax", r"vat"), _PL,
        ("NIP: «856-734-62-15»", "NIP «PL 8567346215»"), ("NIP 856-734-62-10", "tel. 856-734-62-15"),
    ),
    number(
        "pl_dowod", "NATIONAL_ID", r"[A-Z]{3} ?\d{6}", digits.pl_card,
        (r"dow[oó]d(?:u)? osobist(?:y|ego)", r"seria i n(?:ume)?r", r"nr dowodu", r"polish id"), _PL,
        ("dowód osobisty «ABA 300000»", "dowód osobisty seria i numer «ABS123456»"),
        ("dowód osobisty ABA 300001", "lot ABA 300000"),
    ),
    number(
        "cz_rc", "NATIONAL_ID", r"\d{6} ?/? ?\d{3,4}", by_stdnum("cz.rc"),
        (r"rodn[eéaá]h?o? [čc][ií]sl[oae]", r"r\.? ?[čc]\.?", r"birth number", r"(?:czech|slovak) (?:id|national)"), _CS,
        ("rodné číslo: «710319/2745»", "r. č. «7103192745»"), ("rodné číslo 710319/2746", "čj. 710319/2745"),
    ),
    number(
        "cz_dic", "TAX_ID", r"CZ ?\d{8,10}", by_stdnum("cz.dic"), (r"di[čc]", r"da[ňn]ov[eé]", r"vat"), _CS,
        ("DIČ: «CZ25123891»",), ("DIČ CZ25123890", "CZ123"), bare=0.65,
    ),
    number(
        "sk_dic", "TAX_ID", r"(?:SK ?)?\d{10}", by_stdnum("sk.dph"), (r"di[čc]", r"i[čc] dph", r"slovak tax"), _CS,
        ("IČ DPH «SK 2022749619»", "DIČ: «2022749619»"), ("DIČ 2022749610", "objednávka 2022749619"),
    ),
    number(
        "hu_personal", "NATIONAL_ID", r"[1-8][- ]?\d{6}[- ]?\d{4}", digits.hu_personal,
        (r"szem[eé]lyi (?:azonos[ií]t[oó]|sz[aá]m)(?:[ój]a|jel)?", r"hungarian (?:id|personal)"), _HU,
        ("személyi azonosító: «1-850730-1232»", "személyi szám «2-900215-4561»"), ("személyi szám 1-850730-1230", "1-850730-1232"),
    ),
    number(
        "hu_taj", "HEALTH_ID", r"\d{3}[- ]?\d{3}[- ]?\d{3}", digits.hu_taj,
        (r"taj(?:[- ]?(?:sz[aá]m|k[aá]rtya))?", r"t[aá]rsadalombiztos[ií]t[aá]si"), _HU,
        ("TAJ: «123 456 788»", "TAJ-szám «111111110»"), ("TAJ 123 456 780", "cikkszám 123 456 788"),
    ),
    number(
        "hu_tax", "TAX_ID", r"8\d{9}", digits.hu_tax,
        (r"ad[oó] ?azonos[ií]t[oó](?: jel)?", r"ad[oó]sz[aá]m", r"hungarian tax"), _HU,
        ("adóazonosító jel: «8071925721»",), ("adóazonosító jel 8071925720", "rendelés 8071925721"),
    ),
    number(
        "hu_vat", "TAX_ID", r"\d{8}-\d-\d\d|HU ?\d{8}", digits.hu_vat, (r"ad[oó]sz[aá]m", r"vat"), _HU,
        ("adószám «12892312-2-41»", "VAT «HU 12892312»"), ("adószám 12892310-2-41", "12892312-2-41"),
    ),
    number(
        "ro_cnp", "NATIONAL_ID", r"[1-9]\d{12}", by_stdnum("ro.cnp"),
        (r"cnp", r"cod(?:ul)? numeric personal", r"romanian (?:id|personal)"), _RO,
        ("CNP: «1630615123457»", "codul numeric personal «2910615320017»"), ("CNP 1630615123450", "1630615123457"), bare=0.4,
    ),
    number(
        "ro_cui", "TAX_ID", r"(?:RO ?)?\d{6,10}", by_stdnum("ro.cf"),
        (acronym("CUI"), acronym("CIF"), r"cod(?:ul)? (?:unic de [îi]nregistrare|fiscal)"), _RO,
        ("CUI «RO 18547281»", "CIF: «18547281»"), ("CUI 18547280", "comanda 18547281"),
    ),
    number(
        "bg_egn", "NATIONAL_ID", r"\d{10}", by_stdnum("bg.egn"),
        (r"егн", r"egn", r"единен граждански номер", r"bulgarian (?:id|national|personal)"), _BG,
        ("ЕГН: «7523169263»", "EGN «8032056031»"), ("ЕГН 7523169260", "поръчка 7523169263"),
    ),
    number(
        "bg_pnf", "NATIONAL_ID", r"\d{10}", by_stdnum("bg.pnf"), (r"лнч", r"lnch?", r"личен номер на чужденец"), _BG,
        ("ЛНЧ «7001187297»",), ("ЛНЧ 7001187290", "7001187297"),
    ),
    number(
        "rs_jmbg", "NATIONAL_ID", r"[0-3]\d[01]\d{10}", by_stdnum("si.emso"),
        (
            r"jmbg", r"јмбг", r"ембг", r"embg", r"em[šs]o", r"mbg", r"mati[čc]n[aiog]+ (?:broj|[šs]tevilka)(?:a|e)?",
            r"матични(?:от)? број", r"serbian (?:id|national)", r"slovenian? (?:id|national)",
        ), _YU,
        ("JMBG: «0101006500006»", "ЈМБГ «0101985710016»", "EMŠO: «0101006500324»"),
        ("JMBG 0101006500000", "1701000000000", "racun 0101006500006"),
    ),
    number(
        "si_tax", "TAX_ID", r"(?:SI ?)?\d{8}", by_stdnum("si.ddv"), (r"dav[čc]na(?: [šs]tevilka)?", r"id za ddv", r"slovenian? tax"),
        ("sl", "en"), ("davčna številka «50223054»", "ID za DDV: «SI 50223054»"), ("davčna številka 50223050", "50223054"),
    ),
    number(
        "rs_pib", "TAX_ID", r"\d{9}", by_stdnum("rs.pib"), (acronym("PIB"), r"пиб", r"poreski"), ("sr", "en"),
        ("PIB: «101134989»",), ("PIB 101134980", "101134989"),
    ),
    number(
        "hr_oib", "NATIONAL_ID", r"(?:HR ?)?\d{11}", by_stdnum("hr.oib"),
        (r"oib", r"osobni identifikacijski broj", r"croatian (?:id|personal|tax)"), _HR,
        ("OIB: «33392005961»", "OIB «HR 33392005961»"), ("OIB 33392005960", "narudžba 33392005961"),
    ),
    number(
        "al_nid", "NATIONAL_ID", r"[A-T]\d{8}[A-W]", by_stdnum("al.nipt"), (acronym("NID"), r"nipt", r"nuis", r"albanian"), ("sq", "en"),
        ("NIPT «J91402501L»",), ("NIPT Z91402501L", "kodi J91402501L"), known=0.85,
    ),
    number(
        "ua_rntrc", "TAX_ID", r"\d{10}", by_stdnum("ua.rntrc"),
        (r"рнокпп", r"rntrc", r"[іи]пн", r"(?:індивідуальний|ідентифікаційний) (?:податковий )?(?:номер|код)", r"ukrainian tax"), _UK,
        ("РНОКПП: «1759509539»", "ІПН «1759509539»"), ("РНОКПП 1759509530", "замовлення 1759509539"),
    ),
    number(
        "ru_inn", "TAX_ID", r"\d{12}|\d{10}", by_stdnum("ru.inn"), (r"инн", acronym("INN"), r"налогоплательщика", r"russian tax"), _RU,
        ("ИНН: «123456789047»", "ИНН «1234567894»"), ("ИНН 123456789000", "заказ 1234567894"),
    ),
    number(
        "ru_snils", "NATIONAL_ID", r"\d{3}-\d{3}-\d{3}[ -]\d{2}", digits.ru_snils, (r"снилс", r"snils", r"страховой"), _RU,
        ("СНИЛС «112-233-445 95»", "внесён, «112-233-445 95», дата"), ("112-233-445 90", "1-112-233-445 95"), bare=0.8,
    ),
    number(
        "ru_passport", "PASSPORT", r"\d{2} ?\d{2} ?(?:№ ?)?\d{6}", enough_digits(10, 10), (r"паспорт(?:а|у|ом|е)?", r"серия", r"russian passport"), _RU,
        ("паспорт «45 08 123456»", "паспорт серия и номер «4508 № 123456»"), ("заказ 4508123456", "паспорт 450812345"), known=0.85,
    ),
    number(
        "by_unp", "TAX_ID", r"[A-CEHKM0-9][A-Z0-9]\d{7}", by_stdnum("by.unp"), (r"унп", r"unp"), ("be", "ru", "en"),
        ("УНП «200988541»",), ("УНП 200988540", "200988541"),
    ),
    number(
        "kz_iin", "NATIONAL_ID", r"\d{12}", digits.kz_iin, (r"иин", acronym("IIN"), r"жсн", r"kazakh(?:stan)? (?:id|national)"), ("kk", "ru", "en"),
        ("ИИН: «850101300124»",), ("ИИН 850101300120", "850101300124"),
    ),
)  # fmt: skip
