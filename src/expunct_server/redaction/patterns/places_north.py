"""Street addresses of the Nordic countries, Poland, Czechia, Slovakia, Hungary, Turkey, Russia, Ukraine and Greece."""

from typing import Final

from expunct_server.redaction.patterns.places_parts import ADDRESS_WORDS, BREAK, CITY, COUNTRY, END, GAP, WORD, ending
from expunct_server.redaction.patterns.row import Pattern, expression

_FLOOR: Final = r"(?:,?[ ](?:\d{1,2}\.?[ ]?(?:tv|th|mf|tr|sal|vån)\.?|st\.?[ ]?(?:tv|th|mf)\.?|lgh[ ]?\d{1,5}|bst\.?[ ]?\d{1,3}|as\.?[ ]?\d{1,3}|[A-H][ ]?\d{1,3}|leil\.?[ ]?\w{1,5})){0,2}"
_NORDIC_CITY: Final = rf"(?:{GAP}(?:(?:SE|S|N|NO|DK|FI|FIN|IS)-)?(?:\d{{3}}[ ]?\d{{2}}|\d{{3,5}})[ ]{{1,2}}{CITY}(?:{BREAK}{COUNTRY}{END})?)"
_SLAV_NUMBER: Final = r"[ ](?:nr[ ]|č\.(?:[ ]?p\.)?[ ])?\d{1,4}[A-Za-z]?(?:/\d{1,4}[A-Za-z]?)?(?:[ ]m\.?[ ]?\d{1,4})?(?:[ ]lok\.[ ]?\d{1,4})?(?![\p{L}\p{N}_])"

ROWS: Final = (
    Pattern(
        name="nordic_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:\p{Lu}[\p{L}.'’\-]{0,24}[ ](?:(?:\p{Lu}[\p{L}.'’\-]{0,24}|av|och|og|i|på)[ ]){0,2}?)??",
            r"(?:\p{Lu}[\p{L}\-]{2,30}?(?:gatan|vägen|gränd|stigen|backen|torget|leden|allén|gata|veien|vegen|gaten|plass|bakken|vej|gade|stræde|plads|torv|vænget"
            r"|katu|polku|kuja|kaari|raitti|väylä|penger|bulevardi|aukio|tie|gate|svingen|stræti|götu|gata)",
            r"|\p{Lu}[\p{L}.\-]{1,24}[ ](?:gate|gata|vei|vej|veg|väg|gade|gatan|katu|tie|Plads|plads|Allé|allé|Boulevard|torg))",
            r"[ ]\d{1,4}(?:[ ]?[A-Za-zÅÄÖ](?:[ ]\d{1,3})?(?![\p{L}\p{N}]))?(?:-\d{1,4})?(?![\p{L}\p{N}_%]|[.,:]\d)",
            _FLOOR,
            ending(_NORDIC_CITY),
        ),
        score=0.75,
        context=ADDRESS_WORDS,
        context_score=0.9,
        countries=("SE", "NO", "DK", "FI", "IS"),
        languages=("sv", "nb", "da", "fi", "is"),
        examples=(
            "på «Storgatan 12, 111 51 Stockholm»",
            "«Mannerheimintie 5 A 12, 00100 Helsinki»",
            "«Vestergade 14, 2. tv, 8000 Aarhus C»",
            "«Karl Johans gate 22\n0026 Oslo\nNorge»",
            "«Koskikatu 25»",
        ),
        near_misses=("Storgatan", "necktie 5", "katu 12", "Version 12"),
    ),
    Pattern(
        name="polish_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:[Uu]l\.|[Uu]lica|[Uu]licy|[Aa]l\.|[Aa]leja|[Aa]leje|[Oo]s\.|[Oo]siedle|[Pp]l\.|[Pp]lac|[Rr]ondo)[ ]",
            r"(?:\d{1,2}[ ])?(?:(?:\p{Lu}[\p{L}\p{M}.\-]{0,24}|[a-z]{1,3}\.)[ ]?){1,4}?",
            _SLAV_NUMBER,
            rf"(?:{GAP}\d{{2}}-\d{{3}}[ ]{CITY}(?:{BREAK}{COUNTRY}{END})?)?",
        ),
        score=0.8,
        countries=("PL",),
        languages=("pl",),
        examples=(
            "«ul. Długa 5/12, 00-238 Warszawa»",
            "przy «al. Jana Pawła II 27 m. 4»",
            "«Plac Wolności 1\n61-738 Poznań»",
        ),
        near_misses=("ul. Długa", "Plac 5", "al. 12"),
    ),
    Pattern(
        name="czech_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:ul\.[ ])?\p{Lu}[\p{L}\p{M}.\-]{1,24}(?:[ ](?:[\p{L}\p{M}.\-]{1,24})){0,3}?",
            _SLAV_NUMBER,
            rf"{GAP}(?:(?:CZ|SK)-)?\d{{3}}[ ]\d{{2}}[ ]{{1,2}}{CITY}(?:[ ]\d{{1,2}}{END})?(?:[ ][-–][ ]{CITY})?(?:{BREAK}{COUNTRY}{END})?",
        ),
        score=0.8,
        countries=("CZ", "SK", "SE", "GR"),
        languages=("cs", "sk", "sv", "el"),
        examples=(
            "«Václavské náměstí 12/3, 110 00 Praha 1»",
            "«Obchodná 48, 811 06 Bratislava»",
            "«Ermou 12, 105 63 Athína»",
        ),
        near_misses=("Praha 110 00", "Total 12, 300 00 units", "Obchodná 48"),
    ),
    Pattern(
        name="hungarian_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:\d{4}[ ]\p{Lu}[\p{L}\-]{1,24}(?:,[ ](?:[IVX]{1,5}\.[ ]?(?:ker(?:ület|\.)[ ])?,?[ ]?)?|[ ]))?(?:\p{Lu}[\p{L}\p{M}.\-]{0,24}[ ]){1,3}?",
            r"(?:utca|u\.|út|útja|tér|tere|körút|krt\.|köz|sor|sétány|rakpart|fasor|dűlő|lejtő)[ ]\d{1,4}(?:[-–/][A-Za-z0-9]{1,3})?\.?(?:[ ]?(?:[IVX]{1,4}|\d{1,2})\.?[ ]?(?:em(?:elet|\.))?[ ]?\d{1,3}\.?(?:[ ]?a(?:jtó|\.))?)?",
            rf"(?:{GAP}\d{{4}}[ ]{CITY}(?:{BREAK}{COUNTRY}{END})?)?(?![\p{{L}}\p{{N}}_])",
        ),
        score=0.8,
        countries=("HU",),
        languages=("hu",),
        examples=("«Kossuth Lajos utca 12, 1055 Budapest»", "«1137 Budapest, Szent István krt. 4.»", "«Fő tér 1»"),
        near_misses=("Kossuth utca", "sor 12", "utca 12"),
    ),
    Pattern(
        name="turkish_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:\p{Lu}[\p{L}\p{M}.\-]{1,24}[ ](?:Mah\.?|Mahallesi),?[ ])?(?:(?:\p{Lu}[\p{L}\p{M}.\-]{0,24}|\d{2,4}\.)[ ]){1,3}?",
            r"(?:Cad\.?|Caddesi|Sok\.?|Sk\.|Sokak|Soka[ğg][ıi]|Bulvar[ıi]|Blv\.?|Yolu),?[ ]No\s?[:.]?[ ]?\d{1,4}(?:[-/]\w{1,4})?",
            rf"(?:,?[ ](?:Kat|Daire|D|K)[:.]?[ ]?\d{{1,3}}){{0,2}}(?:{GAP}(?:\d{{5}}[ ])?{CITY}(?:[ ]?/[ ]?{CITY})?(?:{BREAK}{COUNTRY}{END})?)?",
        ),
        score=0.85,
        countries=("TR",),
        languages=("tr",),
        examples=("«Atatürk Cad. No: 12 Daire 4, 34710 Kadıköy/İstanbul»", "«Bağdat Caddesi No:155»"),
        near_misses=("Atatürk Cad.", "No: 12", "Road No: 12"),
    ),
    Pattern(
        name="cyrillic_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:\d{5,6},?[ ])?(?:(?:г\.|м\.|город)?[ ]?\p{Lu}[\p{L}\-]{1,24},[ ])?(?:ул\.?|улица|вул\.?|вулиця|пр(?:осп)?\.?|пр-т|проспект|пер\.|переулок|наб\.|набережная|б-р|бульвар|ш\.|шоссе|пл\.|площадь)[ ]",
            r"\p{Lu}[\p{L}\-.]{1,24}(?:[ ]\p{Lu}[\p{L}\-]{1,24}){0,2},?[ ](?:д(?:ом)?\.?[ ]?|буд\.[ ]?)?\d{1,4}[А-Яа-я]?(?:/\d{1,3})?",
            r"(?:,?[ ](?:корп(?:ус)?|к|стр(?:оение)?|кв(?:артира)?|оф(?:ис)?|эт|под[ъ]?езд)\.?[ ]?\d{1,4}[А-Яа-я]?){0,3}(?:,[ ](?:г\.[ ]?)?\p{Lu}[\p{L}\-]{1,24})?(?:,[ ]\d{5,6})?(?![\p{L}\p{N}_])",
        ),
        score=0.85,
        countries=("RU", "UA", "BY", "KZ"),
        languages=("ru", "uk"),
        examples=(
            "«г. Москва, ул. Тверская, д. 12, кв. 5»",
            "на «проспект Мира 101, корп. 2»",
            "«вул. Хрещатик 22, Київ»",
        ),
        near_misses=("ул. Тверская", "проспект 12", "улица большая 5"),
    ),
    Pattern(
        name="greek_address",
        entity_type="LOCATION",
        expression=expression(
            rf"(?<![\p{{L}}\p{{N}}_\-])(?:Οδός|οδός|Λεωφόρος|Λεωφ\.|Λ\.|Πλατεία)[ ]{WORD}(?:[ ]{WORD}){{0,2}}[ ]\d{{1,4}}[Α-Ω]?(?:{GAP}\d{{3}}[ ]?\d{{2}}[ ]{CITY})?(?![\p{{L}}\p{{N}}_])"
        ),
        score=0.85,
        countries=("GR", "CY"),
        languages=("el",),
        examples=("«Οδός Ερμού 12, 105 63 Αθήνα»", "«Λεωφόρος Κηφισίας 44»"),
        near_misses=("Οδός Ερμού", "Πλατεία 5"),
    ),
)
