"""Street addresses of France, Belgium, Luxembourg, Italy, Spain, Portugal, Romania and Latin America."""

from typing import Final

from expunct_server.redaction.patterns.places_parts import ADDRESS_WORDS, BREAK, CITY, COUNTRY, END, GAP, WORD, ending
from expunct_server.redaction.patterns.row import Pattern, expression

_FRENCH_KIND: Final = (
    r"(?i:rue|avenue|av\.|boulevard|bd\.?|blvd|place|chemin|ch\.|impasse|quai|all[ée]es?|route|rte|cours|square|passage|sentier|ruelle"
    r"|faubourg|voie|esplanade|promenade|hameau|lotissement|r[ée]sidence|cit[ée]|clos|mont[ée]e|villa|rond-point|venelle)"
)
_FRENCH_NAME: Final = (
    r"(?:(?:de[ ]la|de[ ]l['’]|du|des|de|d['’]|la|le|les|l['’]|aux?|à[ ]la|à[ ]l['’]|sur|sous|en)[ ]?){0,2}"
    r"[\p{Lu}\d][\p{L}\p{M}\d'’.\-]{0,30}(?:[ \-](?:(?:de[ ]la|de[ ]l['’]|du|des|de|d['’]|la|le|les|l['’]|et|en|sur)[ ]?)?\p{Lu}[\p{L}\p{M}'’.\-]{0,30}){0,4}"
)
_FRENCH_CITY: Final = rf"(?:(?:,?[ ](?:bte|bo[îi]te|b\.|apt\.?|appt\.?|appartement|b[âa]t\.?|b[âa]timent|[ée]tage|esc\.?)[ ]?[\w]{{1,4}}){{0,3}}{GAP}(?:F|B|L|CH|FR|BE|LU)?[ \-]?\d{{4,5}}[ ]{{1,2}}{CITY}(?:[ ](?:CEDEX|Cedex)(?:[ ]\d{{1,2}})?)?(?:[ ]\d{{1,2}}(?:e|er|ème)?{END})?(?:{BREAK}{COUNTRY}{END})?)"
_SMALL: Final = r"(?:(?:de|del|de[ ]la|de[ ]las|de[ ]los|la|las|los|el|da|do|das|dos|e|y|della|delle|dei|degli|dello|dell['’]|di|d['’]|l['’]|al|al[ ]|in|san|santa|a)[ ]?)"
_NAME: Final = rf"{_SMALL}{{0,2}}(?:\p{{Lu}}[\p{{L}}\p{{M}}'’.\-]{{0,24}}|\d{{1,2}}(?=[ ](?:de[ ])?\p{{L}}))(?:[ ]{_SMALL}{{0,2}}\p{{Lu}}[\p{{L}}\p{{M}}'’.\-]{{0,24}}){{0,5}}?"
_SPANISH_KIND: Final = (
    r"(?:[Cc]alle|C/|C\.|Cl\.|CL|[Aa]venida|Avda\.?|Av\.?|[Pp]laza|Pza\.?|Plza\.?|[Pp]aseo|P\.?[º°]|[Cc]amino|[Cc]arretera|Ctra\.?|[Rr]onda|[Tt]ravesía"
    r"|[Gg]lorieta|[Cc]arrer|[Pp]asseig|[Pp]laça|[Aa]vinguda|[Uu]rbanización|Urb\.|[Cc]alzada|[Jj]irón|Jr\.|[Cc]arrera|Cra\.?|Kra\.?|Cr\.|[Dd]iagonal|[Tt]ransversal"
    r"|[Pp]asaje|Pje\.|[Bb]ulevar|Blvd\.?|[Cc]allejón|[Rr]ambla|[Cc]irunvalación|[Pp]rolongación|[Ll]oma|[Pp]rivada|[Aa]utopista)"
)
_SPANISH_NUMBER: Final = r"(?:,?[ ](?:n[º°.o]{1,2}[ ]?|n[úu]m(?:ero)?\.?[ ]|No?\.[ ]?|\#[ ]?|km\.?[ ])?\d{1,5}(?:[ ]?[A-Za-z](?![\p{L}\p{N}])|[ ]?bis)?(?:[ ]?[-–/][ ]?\d{1,4})?|,?[ ]s/n)"
_SPANISH_EXTRA: Final = (
    r"(?:,?[ ](?:(?:[Pp]iso|[Pp]lanta|[Dd]e?pto\.?|[Dd]epartamento|[Aa]pto\.?|[Aa]partamento|[Oo]f(?:icina)?\.?|[Ii]nt(?:erior)?\.?|[Ee]sc(?:alera)?\.?|[Pp]uerta|[Pp]ta\.?|[Bb]loque"
    r"|[Pp]ortal|[Ll]ocal|[Tt]orre|[Mm]z\.?|[Ll]t\.?|[Cc]asa)[ ]?[\dA-Z]{1,4}[ºª°]?|\d{1,2}[.]?[ºª°o](?:[ \-]?(?:[A-Z]|\d{1,2}[ºª°]|[Ii]zq(?:uierda|da)?\.?|[Dd](?:er|cha)\.?|[Ee]sq\.?|[Dd]to\.?|[Ff]rente)(?![\p{L}\p{N}]))?"
    r"|[Cc]ol(?:onia|\.)[ ]\p{Lu}[\p{L}\p{M} .]{1,24}|[Ee]squina(?:[ ][\p{L} ]{2,24})?)){0,4}"
)
_SPANISH_CITY: Final = rf"(?:(?:{BREAK}{CITY}){{0,2}}{GAP}(?:C\.?P\.?[ ]?|E-)?[A-Z]?\d{{4,5}}(?:[A-Z]{{3}})?(?:,?[ ]{CITY})?(?:[ ]?\({CITY}\))?(?:(?:{BREAK}{CITY}){{0,2}}{BREAK}{COUNTRY}{END})?|(?:{BREAK}{CITY}(?:,?[ ]D\.?C\.?)?){{1,3}}{BREAK}{COUNTRY}{END})"
_BRAZIL: Final = r"(?:A[CLMP]|BA|CE|DF|ES|GO|M[AGST]|P[ABEIR]|R[JNORS]|S[CEP]|TO)"
_PORTUGUESE_CITY: Final = (
    rf"(?:(?:(?:[ ]?[-–,][ ]?|{BREAK}){CITY}){{0,3}}(?:(?:[ ]?[-–/,][ ]?|{GAP}){_BRAZIL}{END})?(?:[ ]?[-–,][ ]?|{GAP})(?:CEP:?[ ]?)?(?:\d{{5}}-?\d{{3}}|\d{{2}}\.\d{{3}}-\d{{3}}|\d{{4}}-\d{{3}}(?:[ ]{CITY})?){END}(?:{BREAK}{COUNTRY}{END})?"
    rf"|(?:(?:[ ]?[-–,][ ]?|{BREAK}){CITY}){{1,3}}[ ]?[-–/,][ ]?{_BRAZIL}{END})"
)
_ITALIAN_CITY: Final = rf"(?:(?:,?[ ](?:int(?:erno)?\.?|scala|sc\.|piano|p\.|pal\.)[ ]?[\w]{{1,4}}){{0,3}}(?:{GAP}|[ ]?[-–][ ]?)(?:I-|IT-)?\d{{5}}[ ]{{1,2}}{CITY}(?:[ ]?\(?[A-Z]{{2}}\)?(?![\p{{L}}\p{{N}}_]))?(?:{BREAK}{COUNTRY}{END})?)"

ROWS: Final = (
    Pattern(
        name="french_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![A-Za-z0-9_.,-])\d{1,4}(?:[-/]\d{1,4})?(?:[ ]?(?:bis|ter|quater|[A-D](?=[ ,])))?,?[ ]",
            _FRENCH_KIND,
            r"[ ]",
            _FRENCH_NAME,
            ending(_FRENCH_CITY),
        ),
        score=0.8,
        context=ADDRESS_WORDS,
        context_score=0.9,
        countries=("FR", "BE", "LU", "CH", "CA"),
        languages=("fr",),
        examples=(
            "au «12 rue de la Paix, 75002 Paris»",
            "«5 bis, avenue Victor Hugo»",
            "«14 Boulevard de l'Hôpital, appt. 3\n75013 Paris\nFrance»",
            "«3 quai des Grands Augustins, 13002 Marseille Cedex 02»",
            "«7 rue du 8 Mai»",
        ),
        near_misses=("rue de la Paix", "12 rues", "3 place settings", "2 villa rentals", "10 route maps"),
    ),
    Pattern(
        name="french_address_behind",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Cc]haussée|[Qq]uai|[Pp]lace|[Rr]oute|[Ii]mpasse|[Aa]llée)[ ]",
            _FRENCH_NAME,
            r",?[ ](?:n°[ ]?)?\d{1,4}[A-Za-z]?(?![\p{L}\p{N}_])",
            ending(_FRENCH_CITY),
        ),
        score=0.6,
        context=ADDRESS_WORDS,
        context_score=0.85,
        countries=("BE", "LU", "CH"),
        languages=("fr",),
        examples=(
            "«Rue de la Loi 16, 1000 Bruxelles»",
            "«Rue du Rhône 10, 1204 Genève, Suisse»",
            "«avenue Louise 54 bte 3, 1050 Bruxelles»",
        ),
        near_misses=("Rue de la Loi", "Place 12", "route to 66", "true 12"),
    ),
    Pattern(
        name="italian_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:[Vv]iale|V\.le|[Pp]iazza(?:le|tta)?|P\.?zz?a|[Cc]orso|C\.so|[Vv]icolo|[Ll]argo|[Ss]trada|[Ll]ungo(?:tevere|mare|arno|p[òo])|[Cc]ontrada|C\.da|[Ll]ocalità|Loc\."
            r"|[Bb]orgo|[Ss]alita|[Gg]alleria|[Ff]ondamenta|[Tt]raversa|[Vv]ico|[Vv]ia)[ ]",
            _NAME,
            r",?[ ](?:n\.?[ ]?|nr\.?[ ]|n°[ ]?|civico[ ])?\d{1,4}(?:[ ]?/[ ]?[A-Za-z0-9]{1,3}|[A-Za-z](?![\p{L}])|[ ]?bis)?(?![\p{L}\p{N}_%]|[.,:]\d)",
            ending(_ITALIAN_CITY),
        ),
        score=0.55,
        context=ADDRESS_WORDS,
        context_score=0.85,
        countries=("IT", "CH", "SM"),
        languages=("it",),
        examples=(
            "in «Via Roma 12, 00184 Roma RM»",
            "«Piazza della Repubblica, 5»",
            "«Viale dei Mille 8/A, int. 3 - 20129 Milano (MI), Italia»",
            "«Corso Vittorio Emanuele II, 21»",
        ),
        near_misses=("Via Roma", "via e-mail 3", "via Port 8.080", "Largo 12"),
    ),
    Pattern(
        name="spanish_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-./])",
            _SPANISH_KIND,
            r"[ ]?",
            _NAME,
            _SPANISH_NUMBER,
            r"(?![\p{L}\p{N}_%]|[.,:]\d)",
            _SPANISH_EXTRA,
            ending(_SPANISH_CITY),
        ),
        score=0.7,
        context=ADDRESS_WORDS,
        context_score=0.9,
        countries=("ES", "MX", "AR", "CL", "CO", "PE", "UY", "EC", "VE", "CR"),
        languages=("es", "ca"),
        examples=(
            "en «Calle Mayor 12, 3º B, 28013 Madrid»",
            "«C/ Gran Vía, 45, 2º izq.»",
            "«Avda. de la Constitución nº 7, 41001 Sevilla (Sevilla), España»",
            "«Av. Insurgentes Sur 1602, Col. Crédito Constructor, 03940 Ciudad de México»",
            "«Carrer de Balmes 102, 08008 Barcelona»",
            "«Av. Corrientes 1234, Piso 5, C1043AAZ Buenos Aires, Argentina»",
        ),
        near_misses=("Calle Mayor", "Carrera 7", "Plaza Hotel", "Av. 12", "Blvd of Broken Dreams"),
    ),
    Pattern(
        name="colombian_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:Calle|Cll?\.?|Carrera|Cra\.?|Kra\.?|Cr\.|Kr\.?|Avenida|Av\.|Diagonal|Dg\.|Transversal|Tv\.)[ ]\d{1,3}[ ]?(?:bis[ ]?)?[A-Z]?(?:[ ](?:Sur|Norte|Este))?",
            r"[ ]?(?:\#|N[o°º.]{1,2})[ ]?\d{1,3}[A-Z]?[ ]?-[ ]?\d{1,3}(?![\p{L}\p{N}_])",
            _SPANISH_EXTRA,
            rf"(?:(?:{BREAK}{CITY}(?:,?[ ]D\.?C\.?)?){{1,2}}(?:{BREAK}{COUNTRY}{END})?)?",
        ),
        score=0.85,
        countries=("CO",),
        languages=("es",),
        examples=("«Carrera 7 # 71-21, Bogotá, Colombia»", "en «Calle 100 #19-61, Of. 302»"),
        near_misses=("Calle 100", "Carrera 7-21", "Cr. 5"),
    ),
    Pattern(
        name="portuguese_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:[Rr]ua|R\.|[Aa]venida|Av\.?|[Tt]ravessa|Trav\.|Tv\.|[Pp]raça|P[çc][a.]{0,2}|[Aa]lameda|Al\.|[Ll]argo|[Ee]strada|Estr\.|[Rr]odovia|Rod\.|[Bb]eco|[Cc]alçada"
            r"|[Ll]adeira|[Vv]iela|[Qq]uinta|[Cc]aminho|[Rr]otunda)[ ]",
            _NAME,
            r",?[ ](?:n[º°.]{1,2}[ ]?|n[úu]mero[ ]|lote[ ])?\d{1,5}[A-Z]?(?:[ ]?-[ ]?\d{1,4}(?![\d-]))?(?![\p{L}\p{N}_%]|[.,:]\d)",
            r"(?:(?:,|[ ]-)?[ ](?:(?:[Aa]pto?\.?|[Aa]partamento|[Bb]loco|[Bl]l\.|[Ss]ala|[Cc]asa|[Cc]onj\.?|[Ff]undos|[Ll]oja|[Aa]ndar|[Ff]ração)[ ]?[\dA-Z]{0,4}|\d{1,2}[.]?[ºª°o][ ]?(?:andar|[Ee]sq\.?|[Dd]to\.?|[Ff]te\.?|[A-Z])?(?![\p{L}\p{N}]))){0,3}",
            ending(_PORTUGUESE_CITY),
        ),
        score=0.7,
        context=ADDRESS_WORDS,
        context_score=0.9,
        countries=("PT", "BR", "AO", "MZ"),
        languages=("pt",),
        examples=(
            "na «Av. Paulista, 1578 - Bela Vista, São Paulo - SP, 01310-200»",
            "«Rua Augusta, nº 99, 2º Esq., 1100-053 Lisboa, Portugal»",
            "«Rua das Flores 123, apto 45, Rio de Janeiro/RJ»",
            "«Praça do Comércio 3»",
        ),
        near_misses=("Rua Augusta", "R. 12", "Avenida 5", "Al. 3"),
    ),
    Pattern(
        name="romanian_address",
        entity_type="LOCATION",
        expression=expression(
            r"(?<![\p{L}\p{N}_\-])(?:[Ss]tr\.|[Ss]trada|B-dul|Bd\.|[Bb]ulevardul|[Cc]alea|[ȘSŞ]os\.|[ȘSŞș]oseaua|[Aa]leea|[Pp]ia[țţt]a|[Ss]plaiul|[Ii]ntrarea)[ ]",
            rf"{WORD}(?:[ ]{WORD}){{0,3}},?[ ][Nn]r\.?[ ]?\d{{1,4}}[A-Z]?",
            r"(?:,[ ](?:bl|sc|et|ap)\.?[ ]?[\dA-Z]{1,4}){0,4}",
            rf"(?:(?:{BREAK}{CITY}){{0,2}}{GAP}\d{{6}}{END}(?:[ ]{CITY})?|{BREAK}{CITY}(?:,?[ ]\d{{6}})?)?",
        ),
        score=0.85,
        countries=("RO", "MD"),
        languages=("ro",),
        examples=("«Str. Mihai Eminescu nr. 15, bl. A2, ap. 7, București»", "«Calea Victoriei, nr. 120»"),
        near_misses=("Str. Mihai Eminescu", "Strada nr", "nr. 15"),
    ),
)
