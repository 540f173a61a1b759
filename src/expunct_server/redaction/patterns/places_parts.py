"""What postal addresses are made of, as parts of expressions: every repeat bounded, separators told apart."""

from typing import Final

from expunct_server.redaction.patterns.row import words

BREAK: Final = r"[ \t]{0,3}(?:,[ \t]{0,3}(?:\r?\n[ \t>|]{0,12})?|\r?\n[ \t>|]{0,12}(?:,[ ]?)?)"
"""A comma, a new line, or both: what stands between two lines of an address, quoted in a reply perhaps."""
GAP: Final = rf"(?:{BREAK}|[ ]{{1,3}}|[ ][-–][ ])"
"""That, or mere spaces."""
WORD: Final = r"\p{Lu}[\p{L}\p{M}'’.\-]{0,24}"
STREET_WORD: Final = r"(?:\p{Lu}[\p{L}\p{M}\d'’.\-]{0,24}|\d{1,3}(?:st|nd|rd|th|ST|ND|RD|TH))"
JOINT: Final = (
    r"(?:de|del|la|las|los|el|da|do|dos|das|di|della|delle|dei|degli|dell['’]|van|von|vom|zum|zur|der|den|dem|und|and|of|the|am|an|im|in"
    r"|upon|on|sur|sous|le|les|lès|du|des|d['’]|aan|bij|op|ter|het|og|y|e|i|a|po|nad|pod|w|na)"
)
CITY: Final = rf"{WORD}(?:[ \-](?:{JOINT}[ ]?){{0,2}}{WORD}){{0,3}}"
END: Final = r"(?![\p{L}\p{N}_])"

STATE: Final = r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AIT]|W[AIVY])"
STATE_NAME: Final = (
    r"(?:Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas"
    r"|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New[ ]Hampshire"
    r"|New[ ]Jersey|New[ ]Mexico|New[ ]York|North[ ]Carolina|North[ ]Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode[ ]Island"
    r"|South[ ]Carolina|South[ ]Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West[ ]Virginia|Wisconsin|Wyoming)"
)
ZIP: Final = r"\d{5}(?:-\d{4})?"
UK_CODE: Final = r"(?:[A-Z]{1,2}\d[A-Z\d]?[ ]?\d[ABD-HJLNP-UW-Z]{2}|GIR[ ]?0AA)"
CANADA_CODE: Final = r"(?:[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ \-]?\d[ABCEGHJ-NPRSTV-Z]\d)"
PROVINCE: Final = (
    r"(?:AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|Alberta|British[ ]Columbia|Manitoba|New[ ]Brunswick|Newfoundland|Nova[ ]Scotia|Ontario"
    r"|Prince[ ]Edward[ ]Island|Qu[ée]bec|Saskatchewan)"
)
EIRCODE: Final = r"(?:(?:[AC-FHKNPRTV-Y]\d{2}|D6W)[ ]?[0-9AC-FHKNPRTV-Y]{4})"
AUSTRALIA: Final = (
    r"(?:(?:NSW|VIC|QLD|SA|WA|TAS|ACT|NT|New[ ]South[ ]Wales|Victoria|Queensland|South[ ]Australia|Western[ ]Australia|Tasmania)"
    r",?[ ]\d{4})"
)
COUNTRY: Final = (
    r"(?:United[ ]States(?:[ ]of[ ]America)?|USA|U\.S\.A\.|US|United[ ]Kingdom|UK|England|Scotland|Wales|Northern[ ]Ireland|Ireland|Éire"
    r"|Canada|Australia|New[ ]Zealand|Deutschland|Germany|Österreich|Austria|Schweiz|Suisse|Svizzera|Switzerland|Liechtenstein"
    r"|France|Belgi(?:um|que|ë)|Luxembourg|Netherlands|The[ ]Netherlands|Nederland|Spain|España|Portugal|Italy|Italia|Greece|Ελλάδα"
    r"|Denmark|Danmark|Norway|Norge|Sweden|Sverige|Finland|Suomi|Iceland|Ísland|Greenland|Estonia|Latvia|Lithuania|Poland|Polska"
    r"|Czech[ ]Republic|Czechia|Česko|Slovakia|Slovensko|Hungary|Magyarország|Romania|România|Bulgaria|Croatia|Hrvatska|Slovenia"
    r"|Slovenija|Serbia|Ukraine|Russia|Turkey|Türkiye|Israel|Cyprus|Malta|Egypt|Morocco|Tunisia|Nigeria|Kenya|Ghana|South[ ]Africa"
    r"|India|Pakistan|Bangladesh|Sri[ ]Lanka|China|Hong[ ]Kong|Taiwan|Japan|South[ ]Korea|Korea|Singapore|Malaysia|Indonesia"
    r"|Philippines|Thailand|Vietnam|Saudi[ ]Arabia|United[ ]Arab[ ]Emirates|UAE|Mexico|México|Brazil|Brasil|Argentina|Chile|Colombia|Peru|Perú"
    r"|Uruguay|Paraguay|Bolivia|Ecuador|Venezuela|Costa[ ]Rica|Panama|Panamá|Guatemala|Puerto[ ]Rico|Cuba|Dominican[ ]Republic|Jamaica)"
)
POSTCODE: Final = (
    rf"(?:(?:[A-Z]{{1,3}}-)?(?:\d{{4}}[ ]?[A-Z]{{2}}|\d{{3}}[ ]\d{{2,3}}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{5}}-\d{{3,4}}|\d{{3}}-\d{{4}}|\d{{5,6}}"
    rf"|(?!(?:19|20)\d\d(?!\d))\d{{4}})|[A-Z]{{1,3}}-\d{{4}}|{UK_CODE}|{CANADA_CODE}|{EIRCODE})"
)
"""Of any country with digits enough to tell it from other numbers; four digits that read like a year need a country."""
CITY_LINE: Final = rf"{POSTCODE}[ ]{{1,2}}{CITY}(?:[ ]\(?[A-Z]{{2}}\)?{END})?(?:[ ]\d{{1,2}}{END})?(?:[ ]?\([^()\n]{{2,30}}\))?(?:{BREAK}{COUNTRY}{END})?"
"""Postcode and town, perhaps with a province, a district's number and a country."""

UNIT: Final = (
    rf"(?:(?:{BREAK}|[ ]{{1,3}})?(?:(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|Bldg|Building|Lot|Trlr|Space|Spc|Box|PMB|Dept|Level|Shop"
    r"|Office|Studio|Door|Tower|Wing|Block|Blk|Pod|Slip|Hangar)\b\.?[ ]?#?[ ]?(?:[A-Z]?-?\d{1,5}-?[A-Z]?|[A-Z]{1,2}\d{0,4})"
    rf"|\#[ ]?[A-Z0-9\-]{{1,6}}|\d{{1,3}}(?:st|nd|rd|th)[ ](?:Floor|Fl)\b\.?|(?:Penthouse|PH|Basement)\b){END})"
)
_REGION: Final = rf"(?:{PROVINCE}{GAP})?{CANADA_CODE}|{AUSTRALIA}|{UK_CODE}|{EIRCODE}"
_LINES: Final = rf"(?:{BREAK}(?:{CITY}|[A-Z]{{2,3}}){END}){{0,3}}"
_TOWN: Final = rf"(?:{BREAK}{CITY}){{0,2}}{GAP}{CITY}"
_LAND: Final = rf"(?:{GAP}{COUNTRY}{END}(?:{GAP}{POSTCODE}{END})?)?"
TAIL: Final = (
    rf"(?:(?:{_LINES}|{_TOWN}){GAP}(?:(?:{STATE}|{STATE_NAME})(?:{GAP}{ZIP})?|{_REGION}|{POSTCODE}{END}(?:{GAP}{CITY})?){END}{_LAND}"
    rf"|{_LINES}{GAP}{COUNTRY}{END}(?:{GAP}{POSTCODE}{END})?)"
)
"""From behind the street to the region, the postcode or the country, over several lines if need be."""
SURE_TAIL: Final = (
    rf"(?:(?:{_LINES}|{_TOWN}){GAP}(?:(?:{STATE}|{STATE_NAME}){GAP}{ZIP}|{_REGION}|\d{{6}}){END}{_LAND}"
    rf"|(?:{BREAK}(?:{CITY}|[A-Z]{{2,3}}){END}){{1,3}}{GAP}{COUNTRY}{GAP}{POSTCODE}{END})"
)
"""A tail that alone says that what stands before it is a street: with a region's code and a postcode."""


def ending(city: str) -> str:
    """What may follow street and number: the country's own form of a town, or any tail."""
    return rf"(?:{city}|{UNIT}{{0,2}}{TAIL}|{UNIT})?"


ADDRESS_WORDS: Final = words(
    r"address(?:es|ed)?", r"liv(?:es?|ed|ing)(?: (?:at|in|on))?", r"resid(?:e[sd]?|ing|ence|ent)", r"located", r"ship(?:s|ped|ping)?",
    r"deliver(?:s|ed|y)?", r"mail(?:ed|ing)?", r"billing", r"home", r"house", r"street", r"moved to", r"zip", r"post ?code", r"postal",
    r"anschrift", r"adresse", r"wohn(?:t|haft|ort)?", r"stra[ßs]+e", r"habite", r"domicili\w{1,4}", r"demeurant", r"direcci[óo]n", r"vive",
    r"reside", r"indirizzo", r"abita", r"endere[çc]o", r"mora", r"adres", r"woont", r"adress", r"bor", r"osoite", r"asuu", r"mieszka",
    r"adresa", r"bydl\w{2,4}", r"lakc[íi]m", r"lakik",
)  # fmt: skip
