"""Dates, with a time where one is attached. Times alone and durations are not personal data."""

from typing import Final

from expunct_server.redaction.patterns import checks
from expunct_server.redaction.patterns.row import Pattern, expression, words

_BIRTH: Final = words(r"born", r"birth", r"birthday", r"dob", r"d\.o\.b", r"geboren", r"geb", r"deceased", r"died")
_TIME: Final = r"(?:(?:[T ]|,[ ]|[ ]at[ ])\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:[ ]?[AaPp]\.?[Mm]\b)?(?:Z|[ ]?[+-]\d{2}:?\d{2}|[ ]UTC|[ ]GMT)?)?"
_MONTH: Final = (
    r"(?:Jan(?:uary|uar|vier)?|Feb(?:ruary|ruar)?|F[ée]vr(?:ier)?|Mar(?:ch|s)?|M[äa]r?z|Apr(?:il)?|May|Mai|June?|Juni|Juin"
    r"|July?|Juli|Juillet|Aug(?:ust)?|Ao[ûu]t|Sept?(?:ember)?|Septembre|O[ck]t(?:ober)?|Octobre|Nov(?:ember|embre)?"
    r"|De[cz](?:ember)?|D[ée]cembre)"
)
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR: Final = r"(?:1[89]|20|21)\d{2}"
_MONTH_HINTS: Final = (
    "jan", "feb", "fév", "fev", "mar", "mär", "maer", "apr", "may", "mai", "jun", "jul", "juin", "aug", "aoû", "aou", "sep",
    "oct", "okt", "nov", "dec", "dez", "déc",
)  # fmt: skip

ROWS: Final = (
    Pattern(
        name="date_iso",
        entity_type="DATE_TIME",
        expression=expression(
            r"(?<![A-Za-z0-9_.-])",
            _YEAR,
            r"([\-/.])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])",
            _TIME,
            r"(?![A-Za-z0-9_-])",
        ),
        score=0.65,
        check=checks.numeric_date,
        check_name="calendar",
        context=_BIRTH,
        context_score=0.95,
        examples=(
            "on «2024-02-29» we",
            "«2024-01-31T23:59:59.123Z»",
            "at «2024/01/31 10:15», ok",
            "«2023-02-28, 12:30»",
            "born «1980-05-17».",
        ),
        near_misses=("2023-02-29", "2024-13-01", "1.2024-01-31", "2024-01-311"),
    ),
    Pattern(
        name="date_numeric",
        entity_type="DATE_TIME",
        expression=expression(
            r"(?<![A-Za-z0-9_./-])\d{1,2}([./\-])\d{1,2}\1(?:", _YEAR, r"|\d{2})", _TIME, r"(?![A-Za-z0-9_/-]|\.\d)"
        ),
        score=0.6,
        check=checks.numeric_date,
        check_name="calendar",
        context=_BIRTH,
        context_score=0.95,
        examples=(
            "on «31/12/1999».",
            "DOB «7/30/1964»",
            "am «03.10.1990» in",
            "«12-31-24 10:15 PM»",
            "«1/2/2024 at 9:05»",
        ),
        near_misses=("13/13/2024", "1.2.3.4", "32.01.2020", "1/2", "10.20.30"),
    ),
    Pattern(
        name="date_day_month",
        entity_type="DATE_TIME",
        expression=expression(
            r"(?<![A-Za-z0-9_./-])(?:",
            _DAY,
            r"(?:st|nd|rd|th)?\.?[ \-]?(?:of[ ])?",
            _MONTH,
            r"\.?)(?:,?[ \-]",
            _YEAR,
            r")?",
            _TIME,
            r"(?![\p{L}\p{N}])",
            ignore_case=True,
        ),
        score=0.65,
        check=checks.named_date,
        check_name="calendar",
        context=_BIRTH,
        context_score=0.95,
        needs=_MONTH_HINTS,
        examples=(
            "on «12 March 2024» at",
            "the «3rd of May, 1999»",
            "am «3. Oktober 1990».",
            "«17-Dec-2001»",
            "«9 août 2010»",
        ),
        near_misses=("31 Feb 2024", "42 March 2024", "12 marching bands", "3 mayors"),
    ),
    Pattern(
        name="date_month_day",
        entity_type="DATE_TIME",
        expression=expression(
            r"(?<![\p{L}\p{N}])",
            _MONTH,
            r"\.?[ ](?:",
            _DAY,
            r"(?:st|nd|rd|th)?(?:,?[ ]",
            _YEAR,
            r")?",
            _TIME,
            r"|",
            _YEAR,
            r")",
            r"(?![\p{L}\p{N}]|[.,]\d)",
            ignore_case=True,
        ),
        score=0.65,
        check=checks.named_date,
        check_name="calendar",
        context=_BIRTH,
        context_score=0.95,
        needs=_MONTH_HINTS,
        examples=("On «March 12, 2024», we", "«Dec. 1st»", "since «June 2019»", "«January 5, 2021 at 10:15 am»"),
        near_misses=("February 30, 2024", "March 45", "Mar 1234567", "maybe 12"),
    ),
)
