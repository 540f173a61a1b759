"""Sweden, Norway, Denmark, Finland, Iceland, Estonia, Latvia, Lithuania."""

from typing import Final

from expunct_server.redaction.patterns import check_digits as digits
from expunct_server.redaction.patterns.check_digits import by_stdnum
from expunct_server.redaction.patterns.national.rows import number

_SV: Final = ("sv", "en")
_NO: Final = ("no", "nb", "nn", "en")
_DA: Final = ("da", "en")
_FI: Final = ("fi", "sv", "en")
_IS: Final = ("is", "en")
_SWEDISH: Final = (
    r"person ?(?:nummer|nr)", r"pnr", r"samordningsnummer", r"swedish (?:id|identity|personal)", r"personal identity",
)  # fmt: skip

ROWS: Final = (
    number(
        "se_personnummer", "NATIONAL_ID", r"(?:19|20)?\d{6}[-+]?\d{4}", by_stdnum("se.personnummer"), _SWEDISH, _SV,
        ("personnummer «198112289874»", "pnr: «8112289874»"), ("personnummer 198112289870", "order 8112289874"),
    ),
    number(
        "se_personnummer_dashed", "NATIONAL_ID", r"(?:19|20)?\d\d[01]\d[0-3]\d[-+]\d{4}", by_stdnum("se.personnummer"),
        _SWEDISH, _SV,
        ("född «811228-9874» i Lund", "«19811228-9874»"), ("811228-9870", "811328-9874", "4811228-98741"), bare=0.7,
    ),
    number(
        "se_orgnr", "TAX_ID", r"\d{6}-?\d{4}|SE ?\d{10} ?01", by_stdnum("se.orgnr"),
        (r"org(?:anisations)?[-. ]{0,3}(?:nummer|nr)", r"moms(?:registrerings)?(?:nummer|nr)?"), _SV,
        ("organisationsnummer «556703-7485»",), ("org.nr 556703-7480", "556703-7485"),
    ),
    number(
        "no_fodselsnummer", "NATIONAL_ID", r"\d{6}[ ]?\d{5}", by_stdnum("no.fodselsnummer"),
        (r"f[øo]dsels(?:nummer|nr)", r"person ?(?:nummer|nr)", r"d-?nummer", r"fnr", r"norwegian (?:id|national|identity)"),
        _NO,
        ("fødselsnummer «151086 95169»", "fnr: «15108695169»"), ("fnr 15108695100", "sak 15108695169"), bare=0.4,
    ),
    number(
        "dk_cpr", "NATIONAL_ID", r"[0-3]\d[01]\d{3}[- ]?\d{4}", by_stdnum("dk.cpr"),
        (r"cpr(?:[-. ]{0,3}(?:nummer|nr))?", r"person ?(?:nummer|nr)", r"danish (?:id|personal|identity|cpr)"), _DA,
        ("CPR-nr. «211062-5629»", "CPR «2110625629»"), ("CPR 351362-5629", "faktura 211062-5629"),
    ),
    number(
        "dk_cvr", "TAX_ID", r"(?:DK)? ?\d{8}", by_stdnum("dk.cvr"), (r"cvr", r"se[-. ]nr", r"moms(?:nr|nummer)?"), _DA,
        ("CVR-nr. «13585628»",), ("CVR 13585620", "nr. 13585628"),
    ),
    number(
        "fi_hetu", "NATIONAL_ID", r"[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", by_stdnum("fi.hetu"),
        (r"hetu", r"henkil[öo]tunnus", r"personbeteckning", r"finnish (?:id|personal|identity)"), _FI,
        ("HETU «131052-308T»", "syntynyt, «131052A308T», Turku"), ("131052-308A", "131352-308T", "131052-308TX"), bare=0.85,
    ),
    number(
        "is_kennitala", "NATIONAL_ID", r"[0-7]\d[01]\d{3}[- ]?\d{3}[089]", by_stdnum("is_.kennitala"),
        (r"kennitala", r"kt", r"icelandic (?:id|identity)"), _IS,
        ("kennitala: «1201743390»", "kt. «120174-3390»"), ("kt. 120174-3389", "1201743390"),
    ),
    number(
        "ee_isikukood", "NATIONAL_ID", r"[1-8]\d{10}", by_stdnum("ee.ik"),
        (r"isikukood", r"isiku ?kood", r"estonian (?:id|personal|identity)", r"personal (?:id|identification) code"),
        ("et", "en"),
        ("isikukood «36805210235»",), ("isikukood 36805210230", "viitenumber 36805210235"), bare=0.3,
    ),
    number(
        "lv_kods", "NATIONAL_ID", r"\d{6}-?\d{5}", digits.lv_code,
        (r"personas kod[sua]", r"latvian (?:id|personal|identity)", r"pers\. ?kods"), ("lv", "en"),
        ("personas kods: «161175-19997»", "personas kods «327650-12345»"), ("personas kods 161175-19990", "161175-19997"),
    ),
    number(
        "lt_kodas", "NATIONAL_ID", r"[3-6]\d{10}", by_stdnum("lt.asmens"),
        (r"asmens koda[si]", r"a\. ?k", r"lithuanian (?:id|personal|identity)", r"personal code"), ("lt", "en"),
        ("asmens kodas «33309240179»",), ("asmens kodas 33309240170", "33309240179"), bare=0.3,
    ),
)  # fmt: skip
