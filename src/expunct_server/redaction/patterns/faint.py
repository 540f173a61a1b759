"""Faint signs: what may be personal and often is not. They count in the profile `strict`, or where a policy asks for them.

Their scores, .06 to .3, lie below any usual threshold, and any other row that finds the same is stronger.
"""

from typing import Final

from expunct_server.redaction.patterns import checks_people
from expunct_server.redaction.patterns.check_digits import enough_digits
from expunct_server.redaction.patterns.labels import NOT_AFTER, NOT_BEFORE
from expunct_server.redaction.patterns.row import Check, Pattern, expression

_WEEKDAYS: Final = (
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
)
_MONTHS: Final = (
    r"January|February|April|June|July|August|September|October|November|December|Januar|Februar|März|Juni|Juli|Oktober|Dezember|janvier|février|avril|juin|juillet|septembre|octobre|novembre|décembre"
    r"|enero|febrero|abril|junio|julio|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|giugno|luglio|settembre|ottobre|dicembre"
)
_OFFICES: Final = r"Officer|Detective|Inspector|Constable|Sergeant|Sgt\.?|Lieutenant|Lt\.?|Captain|Capt\.?|Colonel|Col\.?|Major|Judge|Justice|Nurse|Father|Brother|Sister|Rabbi|Imam|Pastor|Reverend|Coach|Uncle|Aunt|Auntie|Agent|Patient|Customer|Client|Driver|Tenant|Employee|Applicant|Kollege|Kollegin|Schwester|Pfarrer|Père|Padre|Don"
_WORD: Final = r"\p{Lu}\p{Ll}{1,30}(?:['’\-]\p{L}{1,30})?"


def _row(
    name: str,
    entity_type: str,
    source: str,
    score: float,
    found: tuple[str, ...],
    missed: tuple[str, ...],
    check: Check | None = None,
    check_name: str | None = None,
) -> Pattern:
    """Near misses are what no profile takes; that an example counts in `strict` alone follows from its score."""
    return Pattern(
        name=name,
        entity_type=entity_type,
        expression=expression(source),
        score=score,
        check=check,
        check_name=check_name,
        examples=found,
        near_misses=missed,
    )


def _named(name: str, source: str, score: float, found: tuple[str, ...], missed: tuple[str, ...]) -> Pattern:
    return _row(name, "PERSON", source, score, found, missed, checks_people.person, "name")


ROWS: Final = (
    _row("faint_weekday", "DATE_TIME", rf"(?<![\p{{L}}\p{{N}}])(?:{_WEEKDAYS})(?![\p{{L}}\p{{N}}])", 0.2, ("on «Monday» we", "am «Dienstag»"), ("Sunda", "Mon")),
    _row("faint_month", "DATE_TIME", rf"(?<![\p{{L}}\p{{N}}])(?:{_MONTHS})(?![\p{{L}}\p{{N}}])", 0.2, ("in «October» we", "en «février»"), ("Octobers", "May")),
    _row("faint_year", "DATE_TIME", r"(?<![\w.,:/$€£#+\-=(])(?:19[3-9]\d|20[0-4]\d)(?![\w%:/€$\-]|[.,]\d)", 0.15, ("since «2019» we",), ("v2019", "2019-04", "$2019", "2019.5")),
    _row("faint_number", "ACCOUNT_NUMBER", NOT_BEFORE + r"\d{8,12}" + NOT_AFTER, 0.06, ("left «4471920038» there",), ("1234567", "1234567890123", "11111111"), enough_digits(8, 12), "length"),
    _row("faint_code", "ACCOUNT_NUMBER", NOT_BEFORE + r"[A-Z]{1,3}-?\d{6,10}" + NOT_AFTER, 0.06, ("left «AB1234567» there",), ("ABCD123456", "A12345"), enough_digits(6, 10), "length"),
    _row("faint_zip", "LOCATION", r"(?<![\w.,:/$€£#+\-=(])\d{5}(?:-\d{4})?(?![\w%:/€$\-]|[.,]\d)", 0.08, ("near «97301» today", "«97301-1234»"), ("1234", "#97301", "97301.5")),
    _named("faint_behind_office", rf"(?<![\p{{L}}\p{{N}}])(?:{_OFFICES})[ ](?P<v>{_WORD}(?:[ ]{_WORD}){{0,2}})(?![\p{{L}}\p{{N}}])", 0.3, ("by Officer «Hale»", "Customer «Leopold Muster»,"), ("Officer Training Manager", "the officer", "Customer Service")),
    _named("faint_line", rf"(?<![^\n])(?:[-–—][ ]?)?(?P<v>{_WORD}(?:[ ](?:\p{{Lu}}\.|{_WORD})){{1,2}})(?=[ \t]{{0,4}}(?:\r?\n|\Z))", 0.25, ("bye\n«Jane Doe»\n", "\n«Jane Q. Doe»"), ("Sales Department", "The End", "Jane Doe went")),
    _named("faint_speaker", rf"(?<![^\n])\[?\d{{1,2}}:\d\d(?::\d\d)?\]?[ ](?P<v>{_WORD}(?:[ ]{_WORD})?)(?=:[ ])", 0.2, ("\n10:05 «Khadija»: sent", "\n[10:02] «Mia»: is"), ("Note that: x", "Date: 4", "Wire: routing", "10:05 note: x")),
    _named("faint_header", rf"(?<![^\n])(?:From|To|Cc|Von|An|De|À|Da|Van|Aan|Para|Från|Till|Od|Do):[ ]{{1,2}}(?P<v>{_WORD}(?:[ ](?:\p{{Lu}}\.|{_WORD})){{1,3}})(?=[ \t]{{0,4}}(?:\r?\n|\Z))", 0.3, ("\nFrom: «Jane Doe»\n",), ("To: All Staff", "From: Human Resources", "From: Monday")),
    _named("faint_subject", rf"(?<![\p{{L}}\p{{N}}.])(?P<v>{_WORD}(?:[ ]{_WORD})?)(?=[ ](?:says|said|told|writes|wrote|asked|called|phoned|replied|reported|complained|joined|sagt|sagte|schrieb|rief|dit|a dit|dijo|dice|ha detto|zegt|zei)(?![\p{{L}}]))", 0.3, ("«Jane Doe» said", "so «Dimitri» told"), ("She said", "The Board said", "We called")),
)  # fmt: skip
