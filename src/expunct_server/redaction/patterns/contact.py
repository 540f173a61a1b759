"""E-mail addresses and telephone numbers."""

from typing import Final

from expunct_server.redaction.patterns import checks
from expunct_server.redaction.patterns.row import LINK, Pattern, expression, words

_TELEPHONE: Final = (
    r"phones?", r"telephones?", r"tel", r"mobile", r"cell(?:ular)?", r"fax", r"whatsapp", r"hotline", r"call", r"dial",
    r"sms", r"contact", r"telefon", r"handy", r"mobil", r"mob", r"ph", r"reach", r"desk", r"phone number", r"landline",
)  # fmt: skip
_SEPARATED: Final = r"(?:[ \t\u00a0.\-/()]{1,3}\d{1,8}){2,6}"

ROWS: Final = (
    Pattern(
        name="email",
        entity_type="EMAIL_ADDRESS",
        expression=expression(
            # Begins where a run of its characters begins (or the last match ended), and takes the run whole: a start at
            # each character behind an apostrophe would read the rest of the run again and again.
            r"(?:\G|(?<![\p{L}\p{N}_.%+~'’-]))[.%+~'’-]*+(?P<v>[\p{L}\p{N}_][\p{L}\p{N}_.%+~'’-]*+@",
            r"(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}]))",
        ),
        score=0.95,
        needs=("@",),
        examples=(
            "Write to «jane.doe+news@mail.example.com», please.",
            "<«max@müller.de»>",
            "mailto:«a_b@example.co.uk»?subject=x",
            "from:«o'neil@example.org»;",
            "mail='«x@example.org»'",
            "''«x@example.org»'' or +'…",
            "-«jane@example.org»",
        ),
        near_misses=("user@localhost", "@handle and me@", "a@b..com", "pip install x@1.2.3"),
    ),
    Pattern(
        name="phone_international",
        entity_type="PHONE_NUMBER",
        expression=expression(
            r"(?<![A-Za-z0-9_+])\+[1-9]\d{0,3}(?:[ \t\u00a0.\-/]{0,2}[(]?\d{1,12}[)]?){1,7}(?![A-Za-z0-9_])"
        ),
        score=0.85,
        check=checks.phone,
        check_name="phonenumbers",
        context=words(*_TELEPHONE),
        context_score=0.95,
        needs=("+",),
        examples=("ring «+1 212-555-2368» now", "«+44 20 7946 0958»", "Tel. «+49 (0)30 901820»", "«+33142685300»"),
        near_misses=("+1 2", "5+12345678", "UTC+0100", "+99 999 999 999"),
    ),
    Pattern(
        name="phone_north_america",
        entity_type="PHONE_NUMBER",
        expression=expression(
            r"(?<![A-Za-z0-9_.+$€£-])(?:1[ .\-])?(?:\([2-9]\d{2}\)[ \t\u00a0]?|[2-9]\d{2}[ .\-/])[2-9]\d{2}[ .\-]\d{4}",
            r"(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?(?![A-Za-z0-9_-]|\.\d)",
        ),
        score=0.75,
        check=checks.nanp,
        check_name="phonenumbers",
        context=words(*_TELEPHONE),
        context_score=0.9,
        examples=("call «212-555-2368»", "«(415) 555-2671» x", "at «1-800-555-0199».", "«202.555.0143 ext. 12»"),
        near_misses=("123-456-7890", "212-555-23681", "555-2368", "$212-555-2368", "212-155-2368"),
    ),
    Pattern(
        name="phone_national",
        entity_type="PHONE_NUMBER",
        expression=expression(
            r"(?<![A-Za-z0-9_.+$€£:/-])(?:\(0\d{1,5}\)|00?\d{1,5})", _SEPARATED, r"(?![A-Za-z0-9_-]|[.:/]\d)"
        ),
        score=0.55,
        check=checks.phone,
        check_name="phonenumbers",
        context=words(*_TELEPHONE),
        context_score=0.85,
        examples=(
            "«020 7946 0958» is London",
            "«030 / 901 820» Berlin",
            "mobile «07700 900 123»",
            "«0044 20 7946 0958»",
        ),
        near_misses=("00 11 22 33", "01-02-2024", "000 000 000", "0.5 1.5 2.5"),
    ),
    Pattern(
        name="phone_digits",
        entity_type="PHONE_NUMBER",
        expression=expression(r"(?<![A-Za-z0-9_.+$€£:/-])\d{10,11}(?![A-Za-z0-9_-]|[.:/]\d)"),
        score=0.3,
        check=checks.phone,
        check_name="phonenumbers",
        context=words(*_TELEPHONE),
        context_score=0.75,
        examples=("phone «2125552368»", "Mobile:\n«07700900123»"),
        near_misses=("order 2125552368", "phone 1111111111", "id 17000000001"),
    ),
    Pattern(
        name="phone_labelled",
        entity_type="PHONE_NUMBER",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:phone|telephone|tel|mobile|cell|fax|whatsapp|telefon|handy|desk|landline)",
            r"(?:[ _](?:number|no|nr|phone|is)){0,2}[.:#=\"']{0,3}",
            LINK,
            r"(?P<v>\+?[(]?\d[\d()]{0,14}(?:[ \t\u00a0.\-/()x]{1,3}\d{1,14}){0,6})(?![A-Za-z0-9_-]|[.:]\d)",
            ignore_case=True,
        ),
        score=0.7,
        check=checks.callable_length,
        check_name="length",
        examples=(
            "Mobile: «0688 872 49 99»",
            "phone number is «555-0142», ok",
            "Fax\n«(085) 806 98 67»",
            "tel=«5550142»",
        ),
        near_misses=("cell 12", "mobile 3.14", "telescope: 5550142", "desk 1234567890123456789"),
    ),
)
