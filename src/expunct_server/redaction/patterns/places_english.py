"""Street addresses as they are written in the United States, Canada, the United Kingdom, Ireland, Australia and New
Zealand: the number first."""

from typing import Final

from expunct_server.redaction.patterns.places_parts import (
    ADDRESS_WORDS,
    BREAK,
    CITY,
    COUNTRY,
    EIRCODE,
    END,
    GAP,
    STATE,
    STREET_WORD,
    SURE_TAIL,
    TAIL,
    UK_CODE,
    UNIT,
    WORD,
    ZIP,
)
from expunct_server.redaction.patterns.row import Pattern, expression

_START: Final = r"(?<![A-Za-z0-9_.,$€£/#-])"
_NUMBER: Final = r"\d{1,6}(?:[ ]?1/2|[A-Za-z]|[-–/]\d{1,4}[A-Za-z]?)?,?[ ]"
_NOT_FIRST: Final = r"(?!(?:Best|Top|More|Other|Most|Supreme|District|Federal|Appeals|Major|Different|Great)[ ])"
_DIRECTION: Final = r"(?:(?:[NSEW]|N[EW]|S[EW]|[NS]\.[EW]|North(?:east|west)?|South(?:east|west)?|East|West)\.?[ ])?"
_KIND: Final = (
    r"(?:Street|St|Str|Avenue|Ave|Av|Road|Rd|Boulevard|Blvd|Boul|Lane|Ln|Drive|Dr|Court|Ct|Circle|Cir|Place|Pl|Square|Sq|Terrace|Ter|Tce|Trail"
    r"|Trl|Parkway|Pkwy|Highway|Hwy|Crescent|Cres|Gardens|Gdns|Grove|Mews|Plaza|Plz|Alley|Aly|Turnpike|Tpke|Esplanade|Causeway|Quay"
    r"|Expressway|Expy|Freeway|Fwy|Broadway|Parade|Pde|Cove|Cv|Heights|Hts|Wharf)"
)
_WEAK: Final = (
    r"(?:Way|Wy|Close|Cl|Row|Hill|Loop|Run|Walk|Path|Green|Rise|Pike|Crossing|Xing|Pass|Park|Point|Pt|Ridge|Rdg|View|Vw|Vista|Village|Valley"
    r"|Beach|Bend|Bluff|Branch|Bridge|Brook|Bypass|Canyon|Center|Centre|Common|Commons|Corner|Corners|Course|Creek|Crest|Dale|Divide"
    r"|Estate|Estates|Extension|Falls|Ferry|Field|Fields|Flats?|Ford|Forest|Forge|Fork|Garden|Gateway|Glen|Harbor|Haven|Hollow|Inlet"
    r"|Island|Isle|Junction|Key|Knoll|Knolls|Lake|Lakes|Landing|Light|Lock|Lodge|Mall|Manor|Meadow|Meadows|Mill|Mills|Mission|Motorway"
    r"|Mount|Mountain|Neck|Orchard|Oval|Overpass|Passage|Pines?|Plains?|Port|Prairie|Radial|Ramp|Ranch|Rapids?|Rest|River|Route|Shoals?"
    r"|Shores?|Skyway|Springs?|Spur|Station|Stravenue|Stream|Summit|Throughway|Trace|Track|Tunnel|Underpass|Union|Viaduct|Ville|Wall"
    r"|Ways|Wells?|Yard|Vale|Fold|Drove|Gate|Croft|Side|End|Wynd|Brae|Bank)"
)
_STOP: Final = r"(?:(?<=\b(?:St|Av|Ave|Rd|Blvd|Ln|Dr|Ct|Cir|Pl|Sq|Ter|Hwy|Pkwy|Cres))\.(?=,|[ ]?\n|[ ][\p{Lu}#\d]|\Z))?"
_SIDE: Final = r"(?:[ ](?:N|S|E|W|N[EW]|S[EW]|North|South|East|West)\b\.?)?"
_NOT_MORE: Final = r"(?![ ]\p{Lu}\p{L}|[’']s|-\p{L})"
"""A kind of street is the last word of its name: in ‘12 Monkeys Road Trip’ it is not."""
_HIGHWAY: Final = (
    r"(?:(?:(?:Old[ ])?(?:County|State|Farm[ ]to[ ]Market|Ranch|Forest|US|U\.S\.|Rural|Private)[ ])?"
    r"(?:Road|Rd|Route|Rte|Highway|Hwy|FM|CR|SR)\.?[ ]\d{1,5}[A-Z]?|(?:US|I)-\d{1,3})\b"
)
_OF: Final = r"(?:Avenue|Boulevard|Street|Road|Park|Camino|Avenida|Paseo|Calle|Rue|Plaza|Via|Corso|Chemin)"

ROWS: Final = (
    Pattern(
        name="street_address",
        entity_type="LOCATION",
        expression=expression(
            rf"(?:(?<![\p{{L}}\p{{N}}])(?:Flat|Apartment|Apt\.?|Unit|Suite|Shop|Level|Room)[ ][A-Z]?\d{{0,4}}[A-Z]?(?:,[ ]|[ ]?/[ ]?|{BREAK}))?",
            _START,
            _NUMBER,
            _NOT_FIRST,
            _DIRECTION,
            rf"(?:{_HIGHWAY}{_SIDE}|(?:{STREET_WORD}[ ]){{1,4}}?{_KIND}\b{_STOP}{_SIDE}|Broadway\b{_SIDE}",
            rf"|{_OF}[ ](?:of[ ]the[ ]|of[ ]|de[ ]la[ ]|de[ ]|del[ ]|du[ ]|des[ ]|la[ ])?{WORD}(?:[ ]{WORD}){{0,2}})",
            rf"(?:{UNIT}{{0,2}}{TAIL}|{UNIT}{{1,2}}|{_NOT_MORE})",
        ),
        score=0.8,
        context=ADDRESS_WORDS,
        context_score=0.9,
        countries=("US", "CA", "GB", "IE", "AU", "NZ", "ZA", "IN"),
        languages=("en",),
        examples=(
            "at «12 Main Street, Springfield, IL 62704», he",
            "«4500 N. Lake Shore Dr Apt 12B»",
            "to «10 Downing Street, London SW1A 2AA»",
            "lives at «221B Baker Street».",
            "«77 Massachusetts Ave\nCambridge, MA 02139»",
            "«350 5th Ave, New York, NY 10118»",
            "«1500 County Road 12, Ames, Iowa 50010»",
            "«1221 Avenue of the Americas, 20th Floor»",
            "«24 Sussex Drive, Ottawa, ON K1M 1M4, Canada»",
            "«12 Smith St, Fitzroy VIC 3065»",
            "«Flat 3, 12 High Street, Clapham, London, SW4 7UR»",
            "«14 Grafton Street, Dublin, D02 XY45»",
            "«9 Rosewood Ct.\n  Suite 4\n  AUSTIN\n  TX\n  United States 73301»",
            "«600 W 4th St NW, Apt #5, Cedar Rapids IA 52405-1234»",
            "«42 Queen Street, Auckland 1010, New Zealand»",
        ),
        near_misses=(
            "12 main street",
            "3 Best Ways to win",
            "Main Street",
            "5 Star",
            "12 Monkeys Road Trip",
            "2 Broke Girls Drive-in",
            "Version 3 Drive",
            "the 1975 Wall Street’s",
            "10 Best Place",
        ),
    ),
    Pattern(
        name="street_address_weak",
        entity_type="LOCATION",
        expression=expression(
            _START,
            _NUMBER,
            _NOT_FIRST,
            _DIRECTION,
            rf"(?:{STREET_WORD}[ ]){{1,4}}?{_WEAK}\b\.?{_SIDE}",
            rf"(?:{UNIT}{{0,2}}{TAIL}|{UNIT}{{1,2}}|{_NOT_MORE})",
        ),
        score=0.0,
        context=ADDRESS_WORDS,
        context_score=0.75,
        languages=("en",),
        examples=("lives at «12 Copper Ridge»", "address: «8 Abbey Close, Bath BA1 2LR»", "shipped to «7 Orchard Way»"),
        near_misses=("lives at Copper Ridge", "12 Copper Ridge", "home of 3 Best Ways"),
    ),
    Pattern(
        name="street_address_tail",
        entity_type="LOCATION",
        expression=expression(
            _START,
            _NUMBER,
            _NOT_FIRST,
            rf"{STREET_WORD}(?:[ ](?:{STREET_WORD}|\p{{Ll}}{{1,8}}\.?)){{0,4}}?(?:[ ]\d{{1,4}}[A-Za-z]?\.?)?(?:{UNIT}{{0,2}}{SURE_TAIL}|{UNIT}{TAIL}|{UNIT})",
        ),
        score=0.75,
        context=ADDRESS_WORDS,
        context_score=0.9,
        examples=(
            "at «1600 Amphitheatre, Mountain View, CA 94043»",
            "«8817 Hollow Knoll Apt. 12\nWest Lisa, TX 12345»",
            "is «31 Kastanienallee 7 Apt. 4\nWIEN\nAustria 10870»",
            "«12 Linking Road, Mumbai, Maharashtra 400050»",
            "«8 Clos Dubois Suite 9»",
        ),
        near_misses=("12 Angry Men, United States", "Top 10 Universities, Germany", "2024 Annual Report, Boston"),
    ),
    Pattern(
        name="street_address_lower",
        entity_type="LOCATION",
        expression=expression(
            _START,
            r"\d{1,6}[a-z]?,?[ ](?:[a-z0-9][a-z0-9'’.\-]{0,20}[ ]){1,3}?(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct"
            r"|circle|cir|place|pl|terrace|parkway|pkwy|highway|hwy|square|crescent)\b\.?",
            r"(?:,?[ ](?:apt|apartment|suite|ste|unit|flat|#)\.?[ ]?#?[a-z0-9]{1,5}\b)?",
            rf"(?:,?[ ][a-z]{{2,20}}(?:[ ][a-z]{{2,20}})?,?[ ](?i:{STATE})(?:[ ]{ZIP})?{END})?",
        ),
        score=0.0,
        context=ADDRESS_WORDS,
        context_score=0.65,
        languages=("en",),
        examples=("my address is «12 main street, springfield il 62704»", "i live at «7 elm st apt 3»"),
        near_misses=(
            "12 main street",
            "house with 3 rooms and a long drive-in",
            "lives in 5 minutes from the main road",
        ),
    ),
    Pattern(
        name="house_name",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:The[ ])?(?:\p{Lu}[\p{L}'’]{1,20}[ ]){0,3}?(?:Cottage|House|Lodge|Farm|Farmhouse|Barn|Hall|Manor|Villa|Mill|Court|Rectory|Vicarage"
            rf"|Grange|Bungalow|Building|Business[ ]Park|Barracks)(?:{BREAK}{CITY}){{1,4}}{GAP}(?:{UK_CODE}|{EIRCODE}){END}(?:{GAP}{COUNTRY}{END})?"
        ),
        score=0.8,
        countries=("GB", "IE"),
        languages=("en",),
        examples=(
            "«Rose Cottage, Mill Lane, Upton, OX11 9HA»",
            "at «The Old Rectory, Church Road, Ballina, Co. Mayo, F26 X5Y7».",
        ),
        near_misses=("House of Cards, Season 2", "the Mill, Upton", "Hall, Oates"),
    ),
    Pattern(
        name="po_box",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_])(?i:P\.?[ ]?O\.?[ ]?Box|Post[ ]Office[ ]Box|G\.?P\.?O\.?[ ]Box|Locked[ ]Bag|Private[ ]Bag|Postfach|Postbus|Postboks|Apartado(?:[ ]de"
            r"[ ]correos)?|Apdo\.?|Casilla(?:[ ]de[ ]correos?)?|Caixa[ ]postal|Casella[ ]postale|Bo[îi]te[ ]postale|skr(?:ytka|\.)[ ]pocztowa)",
            rf"[ ](?:n[º°o]?\.?[ ]|\#)?\d{{1,7}}(?:{TAIL})?{END}",
        ),
        score=0.8,
        examples=(
            "write to «PO Box 1234, Austin, TX 73301»",
            "«P.O. Box 99»",
            "«Postfach 10023»",
            "«Postbus 20018, 2500 EA Den Haag»",
            "«Apartado de Correos 36»",
            "«GPO Box 2890, Sydney NSW 2001»",
        ),
        near_misses=("box 12", "PO Box", "Xbox 360", "postbox 12"),
    ),
    Pattern(
        name="military_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_])(?:(?:PSC|CMR|UNIT|Unit)[ ]\d{1,5}(?:,?[ ]Box[ ]\d{1,5})?|US[A-Z]{1,4}[ ]\p{Lu}[\p{L}\-]{1,24})",
            GAP,
            r"(?:APO|FPO|DPO),?[ ]A[AEP][ ]\d{5}(?:-\d{4})?(?![A-Za-z0-9_-])",
        ),
        score=0.9,
        check_name="post",
        countries=("US",),
        examples=(
            "«PSC 0413, Box 8144\nAPO AA 42323»",
            "«Unit 7625 Box 12\nDPO AE 09777»",
            "«USNS Mercer\nFPO AP 96349»",
        ),
        near_misses=("PSC 0413, Box 8144", "Unit 7625", "APO AA"),
    ),
    Pattern(
        name="us_city_state_zip",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_-])(?:",
            CITY,
            r",[ ]?)?(?:(?:APO|FPO|DPO)[ ])?(?:",
            STATE,
            r"|A[AEP]),?[ ]{1,2}",
            ZIP,
            r"(?![A-Za-z0-9_-]|[.,]\d)",
        ),
        score=0.7,
        context=ADDRESS_WORDS,
        context_score=0.85,
        countries=("US",),
        examples=("in «Springfield, IL 62704» now", "«TX 73301-0001»", "«Winston-Salem, NC 27101»"),
        near_misses=("XX 12345", "IL 6270", "CA 123456", "CO 12345.6"),
    ),
    Pattern(
        name="us_city_state",
        entity_type="LOCATION",
        # Without those states whose code is also a word, a degree or a firm's form.
        expression=expression(
            r"(?<![\p{L}\p{N}_.'’-])(?:in|from|to|near|at|of|\n)[ ]?(?P<v>\p{Lu}\p{Ll}{2,15}(?:[ ]\p{Lu}\p{Ll}{2,15}){0,2},[ ]",
            r"(?:A[KRZ]|C[AT]|DC|DE|FL|GA|I[AL]|K[SY]|MI|MN|MT|N[CDEHJMVY]|OH|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]))(?![A-Za-z0-9_-])",
        ),
        score=0.6,
        check_name="state",
        countries=("US",),
        languages=("en",),
        examples=("born in «Springfield, IL», and", "from «Salt Lake City, UT»."),
        near_misses=("to Jane Doe, MD", "Springfield, IL", "in Python, OR", "of Apple, CO"),
    ),
)
