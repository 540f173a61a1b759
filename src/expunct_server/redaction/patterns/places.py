"""Street addresses and postcodes, as they are written in the United States, the United Kingdom, Germany and France."""

from typing import Final

from expunct_server.redaction.patterns.row import Pattern, expression, words

_CONTEXT: Final = words(
    r"address", r"lives? at", r"living at", r"resid(?:es|ing|ence)", r"located", r"ship(?:ped|ping)?", r"deliver(?:ed|y)?",
    r"mail(?:ed|ing)?", r"billing", r"home", r"street", r"anschrift", r"adresse", r"moved to", r"zip", r"postcode",
)  # fmt: skip
_STATES: Final = r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY])"
_WORD: Final = r"[\p{Lu}\d][\p{L}\d'’.\-]{0,30}"
_KIND: Final = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Place|Pl|Square|Sq|Terrace|Ter"
    r"|Trail|Trl|Parkway|Pkwy|Highway|Hwy|Way|Close|Crescent|Gardens|Grove|Mews|Row|Hill|Loop|Plaza|Alley|Crossing|Run|Walk"
    r"|Turnpike|Pike|Path|Green|Rise|Quay|Broadway)"
)
_UNIT: Final = r"(?:,?[ ]?\n?[ ]?(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|Bldg)\b\.?[ ]?#?[ ]?|#[ ]?)[A-Z0-9\-]{1,6})?"
_CITY: Final = r"[\p{Lu}][\p{L}'’.\-]{1,30}(?:[ ][\p{Lu}][\p{L}'’.\-]{1,30}){0,2}"
_ZIP: Final = r"\d{5}(?:-\d{4})?"
_UK_CODE: Final = r"(?:[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[ABD-HJLNP-UW-Z]{2})"
_US_TAIL: Final = (
    rf"(?:,?[ ]?\n?[ ]?{_CITY},?[ ]{_STATES}(?:[ ]{_ZIP})?(?![A-Za-z0-9_-])|,?[ ]{_STATES}[ ]{_ZIP}(?![A-Za-z0-9_-]))"
)
_UK_TAIL: Final = (
    rf"(?:,?[ ]?\n?[ ]?{_CITY},?[ ]?\n?[ ]?{_UK_CODE}(?![A-Za-z0-9_])|,?[ ]?\n?[ ]?{_UK_CODE}(?![A-Za-z0-9_]))"
)

ROWS: Final = (
    Pattern(
        name="street_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_.,$€£/-])\d{1,6}[A-Za-z]?(?:-\d{1,4})?,?[ ](?:(?:[NSEW]{1,2}|North|South|East|West)\.?[ ])?",
            r"(?:",
            _WORD,
            r"[ ]){1,4}?",
            _KIND,
            r"\b(?:\.(?=,|[ ][A-Z#\d]))?(?:[ ](?:[NS]?[EW]|[NS])\b)?",
            _UNIT,
            r"(?:",
            _US_TAIL,
            r"|",
            _UK_TAIL,
            r")?",
        ),
        score=0.8,
        context=_CONTEXT,
        context_score=0.9,
        examples=(
            "at «12 Main Street, Springfield, IL 62704», he",
            "«4500 N. Lake Shore Dr Apt 12B»",
            "to «10 Downing Street, London SW1A 2AA»",
            "lives at «221B Baker Street».",
            "«77 Massachusetts Ave\nCambridge, MA 02139»",
        ),
        near_misses=("12 main street", "3 Best Ways to win", "Main Street", "5 Star"),
    ),
    Pattern(
        name="po_box",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_])(?i:P\.?[ ]?O\.?[ ]?Box|Postfach)[ ]#?\d{1,7}(?:",
            _US_TAIL,
            r"|",
            _UK_TAIL,
            r")?(?![A-Za-z0-9_])",
        ),
        score=0.8,
        needs=("box", "postfach"),
        examples=("write to «PO Box 1234, Austin, TX 73301»", "«P.O. Box 99»", "«Postfach 10023»"),
        near_misses=("box 12", "PO Box", "Xbox 360"),
    ),
    Pattern(
        name="us_city_state_zip",
        entity_type="LOCATION",
        expression=expression(r"(?<![A-Za-z0-9_-])(?:", _CITY, r",[ ]?)?", _STATES, r"[ ]", _ZIP, r"(?![A-Za-z0-9_-])"),
        score=0.7,
        context=_CONTEXT,
        context_score=0.85,
        examples=("in «Springfield, IL 62704» now", "«TX 73301-0001»"),
        near_misses=("XX 12345", "IL 6270", "CA 123456"),
    ),
    Pattern(
        name="us_zip_labelled",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:zip|zip[ _]?code|postal[ _]?code|postcode|plz)[.:#=\"' ]{1,3}\n?(?P<v>\d{5}(?:-\d{4})?)(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.8,
        check_name="label",
        needs=("zip", "post", "plz"),
        examples=("ZIP: «62704»", "zip code «02139-1234»", "postal_code:\n«73301»"),
        near_misses=("zip 123", "unzip 12345"),
    ),
    Pattern(
        name="uk_postcode",
        entity_type="LOCATION",
        expression=expression(r"(?<![A-Za-z0-9_-])", _UK_CODE, r"(?![A-Za-z0-9_-])"),
        score=0.4,
        context=words(
            r"post ?code", r"address", r"lives? at", r"street", r"road", r"london", r"uk", r"england", r"home"
        ),
        context_score=0.75,
        examples=("postcode «SW1A 2AA»", "London «EC1V 9HQ»"),
        near_misses=("code SW1A 2AC", "model A1 2BB", "postcode SW1A"),
    ),
    Pattern(
        name="german_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_])(?:[\p{Lu}][\p{L}.\-]{0,30}[ \-]){0,2}?(?:[\p{Lu}][\p{L}\-]{0,30}?(?:straße|strasse|str\.|weg|platz|allee|gasse",
            r"|ufer|damm|ring)|[\p{Lu}][\p{L}\-]{1,30}[ \-](?:Straße|Strasse|Str\.|Allee|Platz|Weg|Ring))[ ]\d{1,4}[ ]?[a-z]?(?![A-Za-z0-9_])",
            r"(?:,?[ ]?\n?[ ]?(?:D-)?\d{5}[ ]",
            _CITY,
            r")?",
        ),
        score=0.8,
        context=_CONTEXT,
        context_score=0.9,
        needs=("str", "weg", "platz", "allee", "gasse", "ufer", "damm", "ring"),
        examples=(
            "in der «Hauptstraße 12, 10115 Berlin» wohnt",
            "«Am Alten Ring 4»",
            "«Goethestr. 7a\n60313 Frankfurt»",
        ),
        near_misses=("Hauptstraße", "spring 12", "hauptstraße 12"),
    ),
    Pattern(
        name="french_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_.,-])\d{1,4}(?:[ ]?(?:bis|ter))?,?[ ](?i:rue|avenue|boulevard|place|chemin|impasse|quai|allée|route)[ ]",
            r"(?:(?:de|du|des|la|le|les|d'|l'|de la|aux?)[ ]?){0,2}[\p{Lu}][\p{L}'’\-]{1,30}(?:[ \-][\p{Lu}][\p{L}'’\-]{1,30}){0,3}",
            r"(?:,?[ ]?\n?[ ]?\d{5}[ ]",
            _CITY,
            r")?",
        ),
        score=0.8,
        needs=("rue", "avenue", "boulevard", "place", "chemin", "impasse", "quai", "allée", "route"),
        examples=("au «12 rue de la Paix, 75002 Paris»", "«5 bis, avenue Victor Hugo»"),
        near_misses=("rue de la Paix", "12 rues", "3 place settings"),
    ),
)
