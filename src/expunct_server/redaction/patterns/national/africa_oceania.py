"""South Africa, Egypt, Nigeria, Kenya, Ghana, Maghreb, Senegal, Mauritius; Australia and New Zealand."""

from typing import Final

from expunct_server.redaction.patterns import check_digits_world as world
from expunct_server.redaction.patterns.check_digits import by_stdnum, enough_digits
from expunct_server.redaction.patterns.national.rows import acronym, number

_EN: Final = ("en",)
_AR: Final = ("ar", "fr", "en")

ROWS: Final = (
    number(
        "za_id", "NATIONAL_ID", r"\d{6} ?\d{4} ?[01][89]\d", by_stdnum("za.idnr"),
        (r"south african (?:id|identity)", r"id (?:number|no|document|book|card|nommer)", r"identity (?:number|no|document|book|card)", r"rsa id", r"id-nommer"), ("en", "af"),
        ("ID number «800101 5009 087»", "RSA ID: «7503145123085»"), ("ID number 8001015009080", "job 8001015009087"),
    ),
    number(
        "za_tin", "TAX_ID", r"[01239]\d{9}", by_stdnum("za.tin"), (acronym("SARS"), r"south african tax", r"income tax (?:number|no|ref)"), _EN,
        ("SARS tax number «0001084375»",), ("SARS tax number 0001084370", "0001084375"),
    ),
    number(
        "eg_id", "NATIONAL_ID", r"[23]\d{13}", world.eg_id, (r"الرقم القومي", r"egyptian (?:id|national)", r"national id"), _AR,
        ("الرقم القومي: «29001011234567»", "national ID «30105170112345»"), ("national ID 29013011234567", "29001011234567"), known=0.9,
    ),
    number(
        "eg_tin", "TAX_ID", r"\d{3}-?\d{3}-?\d{3}", enough_digits(9, 9), (r"الرقم الضريبي", r"egyptian tax"), _AR,
        ("الرقم الضريبي «100-531-385»",), ("100-531-385", "الرقم الضريبي 100-531"), known=0.85,
    ),
    number(
        "ng_nin", "NATIONAL_ID", r"\d{11}", enough_digits(11, 11), (r"nimc", r"national identification number", acronym("NIN"), r"bvn", r"bank verification number", r"nigerian"), _EN,
        ("NIN: «70123456789»", "BVN «22123456789»"), ("ref 70123456789", "NIN 7012345678"), known=0.8,
    ),
    number(
        "ke_pin", "TAX_ID", r"[AP]\d{9}[A-Z]", by_stdnum("ke.pin"), (r"kra(?: pin)?", acronym("PIN"), r"kenyan tax"), _EN,
        ("KRA PIN «A004567890B»", "supplier «P051365947M»"), ("A00456789B", "KRA PIN X004567890B"), bare=0.6,
    ),
    number(
        "ke_id", "NATIONAL_ID", r"\d{7,8}", enough_digits(7, 8), (r"kenyan (?:id|national)", r"kitambulisho", r"huduma"), ("en", "sw"),
        ("Kenyan ID no. «23456789»",), ("Kenyan shillings 234567", "no. 23456789"), known=0.75,
    ),
    number(
        "gh_card", "NATIONAL_ID", r"GHA-?\d{9}-?\d", enough_digits(10, 10), (r"ghana ?card",), _EN,
        ("Ghana Card «GHA-123456789-0»", "GHANA: «GHA-987654321-2»"), ("GHA-12345-0", "XGHA-123456789-0"), bare=0.85,
    ),
    number(
        "gh_tin", "TAX_ID", r"[PCGQV]00\d{7}[\dX]", by_stdnum("gh.tin"), (acronym("TIN"), r"ghana revenue", acronym("GRA")), _EN,
        ("TIN «C0000803618»",), ("TIN C0000803610", "C0000803618"),
    ),
    number(
        "ma_cin", "NATIONAL_ID", r"[A-Z]{1,2}\d{5,6}", enough_digits(5, 6), (acronym("CIN"), r"carte nationale", r"بطاقة (?:التعريف )?الوطنية", r"moroccan (?:id|national)"), _AR,
        ("CIN «AB123456»", "carte nationale : «K12345»"), ("vol AB123456", "CIN AB1234"), known=0.8,
    ),
    number(
        "tn_cin", "NATIONAL_ID", r"[01]\d{7}", enough_digits(8, 8), (acronym("CIN"), r"بطاقة التعريف", r"tunisian (?:id|national)"), _AR,
        ("CIN «01234567»",), ("commande 01234567", "CIN 0123456"), known=0.75,
    ),
    number(
        "dz_nif", "TAX_ID", r"\d{15}|\d{20}", by_stdnum("dz.nif"), (acronym("NIF"), r"algerian tax"), _AR,
        ("NIF «416001000000007»",), ("NIF 41600100000007", "416001000000007"), known=0.85,
    ),
    number(
        "mu_nid", "NATIONAL_ID", r"[A-Z]\d{12}[0-9A-Z]", by_stdnum("mu.nid"), (acronym("NID"), r"mauriti(?:us|an)", r"national id"), ("en", "fr"),
        ("NID «A0101701234564»",), ("NID A0101701234560", "A0101701234564"),
    ),
    number(
        "au_tfn", "TAX_ID", r"\d{3} ?\d{3} ?\d{2,3}|\d{3}-\d{3}-\d{2,3}", by_stdnum("au.tfn"), (r"tfn", r"tax file(?: number| no)?"), _EN,
        ("TFN: «123 456 782»", "tax file number «876543210»"), ("TFN 123 456 780", "item 123 456 782"),
    ),
    number(
        "au_abn", "TAX_ID", r"\d{2} ?\d{3} ?\d{3} ?\d{3}", by_stdnum("au.abn"), (r"abn", r"australian business"), _EN,
        ("ABN «83 914 571 673»",), ("ABN 83 914 571 670", "ref 83 914 571 673"),
    ),
    number(
        "au_medicare", "HEALTH_ID", r"[2-6]\d{3}[ -]?\d{5}[ -]?\d(?:[ /-]?\d)?", world.au_medicare, (r"medicare", acronym("IRN")), _EN,
        ("Medicare «2123 45670 1»", "Medicare no: «2950501511»"),
        ("Medicare 2123 45671 1", "order 2123456701"),
    ),
    number(
        "nz_ird", "TAX_ID", r"\d{2,3}[- ]?\d{3}[- ]?\d{3}", by_stdnum("nz.ird"), (r"ird", r"inland revenue"), _EN,
        ("IRD number «49-091-850»", "IRD: «136-410-132»"), ("IRD 49-091-851", "09-091-850"),
    ),
    number(
        "nz_nhi", "HEALTH_ID", r"[A-HJ-NP-Z]{3}\d{2}(?:\d{2}|[A-HJ-NP-Z]{2})", world.nz_nhi, (r"nhi", r"national health index"), _EN,
        ("NHI «ZZZ0016»", "NHI: «ZZZ00AX»"), ("NHI ZZZ0010", "part ZZZ0016"),
    ),
)  # fmt: skip
