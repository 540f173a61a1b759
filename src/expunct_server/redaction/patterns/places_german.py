"""Street addresses of Germany, Austria, Switzerland, the Netherlands and Belgium: the number behind the street."""

from typing import Final

from expunct_server.redaction.patterns.places_parts import ADDRESS_WORDS, BREAK, CITY, COUNTRY, END, GAP, ending
from expunct_server.redaction.patterns.row import Pattern, expression

_WORDS: Final = r"(?:\p{Lu}[\p{L}\p{M}.\-]{0,30}[ \-](?:(?:\p{Lu}[\p{L}\p{M}.\-]{0,30}|an|am|der|den|dem|im|in|zum|zur|von|vom|bei|auf|unter)[ \-]){0,3}?)??"
_GERMAN_NUMBER: Final = r"[ ]\d{1,4}(?:[ ]?[a-zA-Z])?(?:[ ]?[-–/+][ ]?\d{1,4}[a-z]?){0,2}(?![\p{L}\p{N}_]|,\d)"
_GERMAN_CITY: Final = rf"(?:{GAP}(?:D|A|CH|DE|AT|FL|LI)?[ \-]?\d{{4,5}}[ ]{{1,2}}{CITY}(?:[ ]\(?[A-Z]{{2}}\)?{END})?(?:[ ]a\.[ ]?[A-Z]\.|[ ](?:am|an|ob|im|in)[ ](?:der[ ])?{CITY})?(?:{BREAK}{COUNTRY}{END})?)"
_GERMAN_EXTRA: Final = r"(?:,?[ ](?:Stiege|Stg\.|Top|T[üu]r|Haus|Wohnung|Whg\.|Etage|OG|EG|Hinterhaus|Aufgang|c/o)(?:[ ]?\.?\d{1,4}[a-z]?)?){0,3}"
_DUTCH_NUMBER: Final = (
    r"[ ]\d{1,5}(?:[ ]?[-/][ ]?[A-Za-z0-9]{1,4}|[ ]?[A-Za-z]{1,2}|[ ](?:bis|hs|huis|[IVX]{1,3}))?(?![\p{L}\p{N}_]|,\d)"
)
_DUTCH_CITY: Final = rf"(?:(?:[ ](?:bus|b\.|bte)[ ]?[\w]{{1,4}})?(?:{GAP}(?:NL-)?\d{{4}}[ ]?[A-Z]{{2}}(?:[ ]{{1,2}}{CITY})?(?:{BREAK}{COUNTRY}{END})?|{GAP}(?:B-)?\d{{4}}[ ]{CITY}(?:{BREAK}{COUNTRY}{END})?))"

ROWS: Final = (
    Pattern(
        name="german_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?!Registr|Instr|Admin|Minist|Illustr|Demonstr)",
            _WORDS,
            r"(?:\p{Lu}[\p{L}\-]{2,30}?(?:stra(?:ß|ss)e|str\.?|weg|platz|allee|gasse|ufer|damm|chaussee|steig|stieg|graben|promenade|zeile|pfad)",
            r"|\p{Lu}[\p{L}.\-]{1,30}[ \-](?:Stra(?:ß|ss)e|Str\.|Allee|Platz|Weg|Ring|Gasse|Damm|Ufer|Chaussee|Promenade|Markt|Graben|Steig|Pfad)",
            r"|(?:Stra(?:ß|ss)e|Platz)[ ](?:der|des)[ ](?:\d{1,2}\.[ ])?\p{Lu}[\p{L}\-]{1,30})",
            _GERMAN_NUMBER,
            _GERMAN_EXTRA,
            ending(_GERMAN_CITY),
        ),
        score=0.8,
        context=ADDRESS_WORDS,
        context_score=0.9,
        countries=("DE", "AT", "CH", "LI", "LU"),
        languages=("de",),
        examples=(
            "in der «Hauptstraße 12, 10115 Berlin» wohnt",
            "«Am Alten Ring 4»",
            "«Goethestr. 7a\n60313 Frankfurt»",
            "«Mariahilfer Straße 45/2/14, 1060 Wien»",
            "«Bahnhofstrasse 21, CH-8001 Zürich»",
            "«Straße des 17. Juni 135, 10623 Berlin, Deutschland»",
            "«Lange Reihe-Allee 5-7, 61348 Bad Homburg»",
        ),
        near_misses=("Hauptstraße", "spring 12", "hauptstraße 12", "During 1971", "Instr. 12", "Registr. 5"),
    ),
    Pattern(
        name="dutch_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:(?:\p{Lu}[\p{L}.'’\-]{0,24}|'s|[12]e)[ ](?:(?:\p{Lu}[\p{L}.'’\-]{0,24}|van|de|den|der|het)[ ]){0,3}?)??",
            r"(?:\p{Lu}[\p{L}\-]{2,30}?(?:straat|laan|plein|gracht|kade|singel|dijk|dreef|plantsoen|steeg|burgwal|steenweg)",
            r"|\p{Lu}[\p{L}.\-]{1,24}[ ](?:[Ss]traat|[Ll]aan|[Pp]lein|[Dd]ijk|[Hh]of|[Ss]ingel))",
            _DUTCH_NUMBER,
            ending(_DUTCH_CITY),
        ),
        score=0.8,
        context=ADDRESS_WORDS,
        context_score=0.9,
        countries=("NL", "BE"),
        languages=("nl",),
        examples=(
            "«Keizersgracht 123-B, 1015 CJ Amsterdam»",
            "op de «Dorpsstraat 9»",
            "«Eerste van der Helststraat 12 hs\n1072 NV Amsterdam»",
            "«Brusselsesteenweg 40 bus 2, 9000 Gent, België»",
        ),
        near_misses=("Dorpsstraat", "straat 9", "Castlaan"),
    ),
    Pattern(
        name="dutch_postcode",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_.,-])(?:NL-)?[1-9]\d{3}[ ]?(?!S[ADS]|AD|BC|CE|AM|PM|KB|MB|GB|TB|HZ)[A-Z]{2}[ ]{1,2}",
            CITY,
            r"(?![\p{L}\p{N}_])",
        ),
        score=0.45,
        context=ADDRESS_WORDS,
        context_score=0.75,
        countries=("NL",),
        languages=("nl",),
        examples=("woont in «1015 CJ Amsterdam»", "adres: «3511LX Utrecht»"),
        near_misses=("adres 1015 CJ", "model 1015 CJ Pro", "adres 1066 AD Hastings"),
    ),
)
