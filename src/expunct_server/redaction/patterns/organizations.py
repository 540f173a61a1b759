"""Firms by the legal form behind their names."""

from typing import Final

from expunct_server.redaction.patterns import checks_people
from expunct_server.redaction.patterns.row import Pattern, expression

_WORD: Final = r"[\p{Lu}\d][\p{L}\p{N}'’\-]{0,30}\.?"
_FIRST: Final = (
    r"(?!(?:The|An?|From|By|With|At|In|On|For|To|And|Or|Of|When|If|As|Our|Your|We|Dear|Supplier|Landlord|Tenant|Seller|Buyer|Employer|Der|Die|Das|Dem|Den|Bei|Von|Firma|Les?|La|Los|El|Il|Het|De|Soci[ée]t[ée])\b)"
    r"\p{Lu}[\p{L}\p{N}'’\-]{0,30}"
)
_NAME: Final = rf"{_FIRST}(?:,?[ ](?:(?:&|\+|and|und|et|y|e|i|of|de|du|des|del|della|van)[ ])?{_WORD}){{0,4}}"
_END: Final = r"(?![\p{L}\p{N}_]|-\p{L}|[ ]\d)"
_CLEAR: Final = (
    r"Ltd\.?(?:a\.?)?|Limited|L\.?L\.?C\.?|LLP|Inc\.?|Incorporated|Corp\.?|Corporation|P[Ll][Cc]|plc|g?GmbH(?: & Co\.? (?:KG|OHG)(?:aA)?)?|KGaA|e\.[ ]?V\.|S\.[ ]?p\.[ ]?A\.|SpA|S\.?r\.?l\.?|SARL|S\.A\.R\.L\.|S\.?à\.?[ ]?r\.?l\.?|SAS(?:U)?"
    r"|S\.A\.(?:[ ]de C\.V\.)?|S\.L\.(?:U\.)?|B\.V\.|N\.V\.|Oyj?|A/S|ApS|Sp\.? z ?o\.? ?o\.?|K\.K\.|Co\.,?[ ]Ltd\.?|Pt[ey]\.?[ ]Ltd\.?|Kft\.?|Zrt\.?|s\.r\.o\.|a\.s\.|d\.o\.o\.|Ltda\.?|Lda\.?|Bhd\.?|L\.P\."
)
_SHORT: Final = r"AG|KG|OHG|BV|NV|SA|SE|AB|ASA|AS|KK|SL|UG"
_KIND: Final = r"Bank|Trust|Credit Union|Council|Association|Foundation|Society|Institute|University|College|School|Academy|Hospital|Clinic|Medical Center|Nursing Center|Health Center|Pharmacy|Insurance|Church|Chapel|Authority|Federation|Union|Club|Partners|Holdings|Industries|Logistics|Brewery|Bakery|Energy|Analytics|Motors|Airlines|Railways|Solicitors"

ROWS: Final = (
    Pattern(
        name="organization_legal_form",
        entity_type="ORGANIZATION",
        expression=expression(rf"(?<![\p{{L}}\p{{N}}]){_NAME},?[ ](?:{_CLEAR}){_END}"),
        score=0.75,
        check=checks_people.organization,
        check_name="legal_form",
        examples=(
            "between «Acme Widgets Ltd» and", "«Muster Maschinenbau GmbH & Co. KG» hat", "«Tamarack Foods, Inc.»", "from «Delmare S.p.A.»", "«Vloer & Tegel B.V.»", "«Hokkai Trading K.K.»", "«Bursztyn Sp. z o.o.» wystawiła",
            "«Ardent Biologics plc»", "«Birch & Vale Properties LLC»", "«Verrières du Nord SARL»", "«Nordlys A/S»",
        ),
        near_misses=("a Private Limited company", "the Ltd company", "Limited Edition", "a Speed Limited train", "incorporated in 1990", "The Inc."),
    ),
    Pattern(
        name="organization_short_form",
        entity_type="ORGANIZATION",
        expression=expression(rf"(?<![\p{{L}}\p{{N}}]){_NAME}[ ](?:{_SHORT}){_END}"),
        score=0.55,
        check=checks_people.organization,
        check_name="legal_form",
        examples=("bei «Muster Werke AG» in", "«Granit & Glas AB»", "«Tegelhandel BV»", "«Nordlys Shipping AS»"),
        near_misses=("Blood Type AB", "use of AB testing", "Las Vegas NV 89101", "Version SA", "in AG context"),
    ),
    Pattern(
        name="organization_kind",
        entity_type="ORGANIZATION",
        expression=expression(
            rf"(?<![\p{{L}}\p{{N}}])(?:{_FIRST}(?:[ ](?:of[ ])?\p{{Lu}}[\p{{L}}'’\-]{{1,30}}){{1,3}}[ ](?:{_KIND})|(?:University|Institute|Bank|Bishopric|Church|Ministry|Universität|Université|Universidad|Università|Hospital|Klinikum|Stadtwerke|Finanzamt|Amtsgericht|Sparkasse|Banca|Banco|Banque)[ ](?:(?:of|für|de|degli|di|del|do)[ ])?\p{{Lu}}[\p{{L}}'’\-]{{2,30}}(?:[ ]\p{{Lu}}[\p{{L}}'’\-]{{2,30}}){{0,2}}){_END}"
        ),
        score=0.55,
        check=checks_people.organization,
        check_name="kind",
        examples=("at «Pinecrest Community Bank», routing", "«University of Aldermoor»", "«Cedar Hollow Family Clinic»", "«Ashgrove Housing Association»", "«Hospital San Telmo»", "«Finanzamt Leipzig»"),
        near_misses=("the bank", "Power Bank", "City Council", "a University degree", "High School", "The Bank of"),
    ),
)  # fmt: skip
