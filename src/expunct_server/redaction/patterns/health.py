"""Numbers of patients, insured people and those who treat them, in the United States and by labels anywhere."""

from typing import Final

from expunct_server.redaction.patterns import checks
from expunct_server.redaction.patterns.check_digits import enough_digits
from expunct_server.redaction.patterns.labels import NOT_AFTER, NOT_BEFORE, labelled
from expunct_server.redaction.patterns.row import Pattern, expression, words

_US: Final = ("US",)
_EN: Final = ("en",)
_NUMBERED: Final = r"(?=[ _.\-]?(?:id|ids|n[or]|num|number|numbers|#)(?![\p{L}])|[ _]?[#:=])"
_RECORD: Final = (
    r"(?P<v>(?i:(?:[A-Z]{1,4}[ \-]?)?\d[A-Z0-9]{0,14}(?:[\-./ ](?=[A-Z]{0,2}\d)[A-Z0-9]{1,10}){0,3}"
    r"(?:-[A-Z](?![A-Za-z0-9]))?))" + NOT_AFTER
)
_MBI_LETTER: Final = "[AC-HJKMNP-RT-Y]"
_MBI_EITHER: Final = "[0-9AC-HJKMNP-RT-Y]"
_MBI: Final = rf"[1-9]{_MBI_LETTER}{_MBI_EITHER}\d-?{_MBI_LETTER}{_MBI_EITHER}\d-?{_MBI_LETTER}{{2}}\d\d"
_INSURED: Final = (
    *(who + _NUMBERED for who in ("member", "subscriber", "enrollee", "insured", "insured's", "beneficiary", r"(?<!national[ _])(?<!social[ _])insurance", "policy[ _]?holder", "plan", "payer")),
    *(rf"{kind}[ _](?:insurance|plan|card|care|policy|number|id)(?:[ _](?:policy|member|card|claim))?" for kind in ("health", "medical", "dental")), r"insurance[ _](?:policy|card)",
    r"medicaid", r"medicare", r"mbi", r"hicn", r"phn(?= ?[:#=n])", r"nhs(?:[ _](?:number|no))?", r"health[ _]id",
    r"(?:kranken)?versicherte(?:n|r)?(?:nummer|nr|-?id|-nr)", r"kvnr", r"krankenversicherungs(?:nummer|nr)", r"ehic", r"carte vitale",
    r"tarjeta sanitaria", r"n[uú]mero de (?:afiliado|asegurado)", r"cip(?= ?[:#=n])", r"tessera sanitaria", r"ssis", r"zorgverzekering(?:snummer)?",
    r"polisnummer", r"cart[ãa]o (?:nacional )?de sa[uú]de", r"cns(?= ?[:#=n])", r"utente", r"taj", r"ramq", r"ohip",
)  # fmt: skip

ROWS: Final = (
    Pattern(
        name="dea_number",
        entity_type="MEDICAL_LICENSE",
        expression=expression(r"(?<![A-Za-z0-9_-])[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?![A-Za-z0-9_-])"),
        score=0.6,
        check=checks.dea,
        check_name="dea",
        context=words("dea", "prescriber", "physician", "doctor", "medical licen[sc]e", "registrant"),
        context_score=0.95,
        countries=_US,
        languages=_EN,
        examples=("DEA «AB1234563»", "by «F91234563»,"),
        near_misses=("AB1234564", "AB0000000", "NB1234563"),
    ),
    Pattern(
        name="dea_labelled",
        entity_type="MEDICAL_LICENSE",
        expression=labelled(r"dea(?=[ _](?:no|num|reg|lic|id|#)|[#:=])(?:[ _](?:registration|license))?", value=r"(?P<v>[A-Z][A-Z9]\d{7})" + NOT_AFTER, capitals=("DEA(?: registration)?",)),
        score=0.8,
        check_name="label",
        countries=_US,
        languages=_EN,
        examples=("DEA: «AB1234567»", "DEA registration number «FR7654321»"),
        near_misses=("idea AB1234567", "DEA: AB12345"),
    ),
    Pattern(
        name="medical_license",
        entity_type="MEDICAL_LICENSE",
        expression=labelled(
            r"(?:state[ _])?(?:medical|nursing|pharmacy|pharmacist|physician|dental|veterinary|provider)(?:'s|’s)?[ _]licen[sc]e",
            r"(?:rn|md|do|np|lpn)[ _]licen[sc]e", r"gmc[ _](?:number|no|reference)", r"lanr", r"rpps",
            value=r"(?P<v>(?i:(?:[A-Z]{1,3}[ \-.]?)?\d{4,11}))" + NOT_AFTER,
        ),
        score=0.85,
        check_name="label",
        languages=("en", "de", "fr"),
        examples=("Medical license no. «MD123456»", "medical_license:\n«A-98765»", "RN license # «RN 654321»", "GMC number «7654321»"),
        near_misses=("medical licence 12", "medical licensing 123456"),
    ),
    Pattern(
        name="clinician_license",
        entity_type="MEDICAL_LICENSE",
        expression=labelled(r"(?:state[ _])?licen[sc]e(?=[ _](?:n[or]|num|#)|[ ]?[#:])", value=r"(?P<v>(?:[A-Z]{1,3}[ \-.]?)?\d{4,11})" + NOT_AFTER),
        score=0.0,
        check_name="label",
        context=words(r"nurse", r"clinician", r"physician", r"doctor", r"dr", r"pharmacist", r"therapist", r"dentist", r"dea", r"npi", r"practice", r"midwife", r"surgeon", r"registered nurse", r"psychologist", r"m\.?d", r"rn"),
        context_score=0.9,
        languages=_EN,
        examples=("Nurse Jane Doe (licence number «RN 2290184») on", "Clinician licence no. «A118842»", "DEA# BF6831994\nState license no. «MD-448213»"),
        near_misses=("license no. A118842", "Dr. Doe holds a license", "nurse license 12"),
    ),
    Pattern(
        name="us_npi",
        entity_type="US_NPI",
        expression=expression(NOT_BEFORE, r"[12]\d{9}", NOT_AFTER),
        score=0.2,
        check=checks.npi,
        check_name="luhn",
        context=words(r"npi", r"national provider", r"provider", r"prescriber", r"dr", r"doctor", r"physician", r"m\.?d", r"referring", r"attending"),
        context_score=0.9,
        countries=_US,
        languages=_EN,
        examples=("NPI «1234567893»", "provider id: «1245319599»", "Dr. Jane Doe («1245319599»)"),
        near_misses=("order 1234567893", "NPI 1234567890"),
    ),
    Pattern(
        name="us_npi_labelled",
        entity_type="US_NPI",
        expression=labelled(r"npis?", r"national[ _]provider[ _]id(?:entifier|entification)?", value=r"(?P<v>\d{10}|\d{4}[ -]\d{3}[ -]\d{3})" + NOT_AFTER),
        score=0.85,
        check_name="label",
        countries=_US,
        languages=_EN,
        examples=("NPI: «1234567890»", "National Provider Identifier (NPI) is «9876543210»", '"npi": "«1982736450»"', "NPI # «1234-567-890»"),
        near_misses=("NPI: 123456789", "NPI 12345678901", "npins 1234567890"),
    ),
    Pattern(
        name="medical_record_number",
        entity_type="MEDICAL_RECORD_NUMBER",
        expression=labelled(
            r"(?:emr|ehr|hospital|patient)?[ _]?mrn", r"(?:medical|health|clinical|patient|hospital)[ _](?:record|file|chart)s?" + _NUMBERED,
            r"medical[ _]record", r"(?:chart|record)(?=,?[ ]\(?(?-i:[A-Z]{1,2}[ -]?\d{5}))", r"(?:patient|pt|hospital|hosp|chart|emr|ehr|clinic|unit)\.?" + _NUMBERED, r"med\.? ?rec\.?", r"mr(?=[ _]?#|[ _]no|[ _]num)",
            r"patient(?:en)?(?:nummer|nr|-?id|-nr)", r"fall(?:nummer|-?nr)", r"num[eé]ro de dossier", r"n° (?:de )?dossier(?: m[eé]dical)?", r"ipp(?= ?[:#=n])",
            r"historia cl[ií]nica", r"nhc(?= ?[:#=n])", r"cartella clinica", r"prontu[aá]rio", r"pati[eë]nt(?:en)?(?:nummer|nr)",
            value=_RECORD,
        ),
        score=0.85,
        check=enough_digits(4, 14),
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "pt", "nl"),
        examples=(
            "MRN: «00482913»", "medical record number «A-10293»", "patient_id:\n«PT-558120»", "MRN «0012345»", "Medical Record No.: «A-123456»",
            "patient id «4471823»", "chart #«88-1234»", "Hosp no «H123456»", "MRN#«12-34-56»", "Patient No. «123456» was", "MR# «7654321»",
            "Patientennummer: «4711-0815»", "Med Rec # «1234567»", "(MRN-«12345678»)", "MRN «0123456», DOB", "chart «C-2201958».", "The record («MR 330192»)",
        ),
        near_misses=("MRN pending", "patient 48291", "medical records 10293", "chart 12", "unit 12345", "patient id: none", "MRN 1111111"),
    ),
    Pattern(
        name="medicare_mbi",
        entity_type="HEALTH_ID",
        expression=expression(NOT_BEFORE, _MBI, NOT_AFTER),
        score=0.7,
        check_name="mbi",
        context=words(r"mbi", r"medicare", r"beneficiary", r"hicn"),
        context_score=0.95,
        countries=_US,
        languages=_EN,
        examples=("MBI «1EG4-TE5-MK73»", "billed for «2AC3DE4FG56» in"),
        near_misses=("0EG4-TE5-MK73", "1SG4-TE5-MK73", "1EG4-TE5-MK7", "v1EG4TE5MK733"),
    ),
    Pattern(
        name="health_id_labelled",
        entity_type="HEALTH_ID",
        expression=labelled(*_INSURED, value=_RECORD),
        score=0.72,
        check=enough_digits(5, 20),
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "nl", "pt", "hu"),
        examples=(
            "Member ID: «W1234 56789»", "Subscriber # «XYZ123456789»", "Medicaid number «AB12345C»", "Health Insurance Policy No. «HP-998877»",
            "insurance_id=«A12345678»", "NHS number «943 476 5918»", "Medicare no. «123-45-6789-A»", "Policyholder ID «88231-44»",
        ),
        near_misses=("Member since 2019", "member 12345", "Medicare Part B", "health plan 2024", "medical number 12", "remember 123456"),
    ),
)  # fmt: skip
