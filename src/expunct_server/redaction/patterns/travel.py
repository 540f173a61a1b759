"""Passports, and the machine-readable zones of passports and identity cards."""

from typing import Final

from expunct_server.redaction.patterns import check_digits as digits
from expunct_server.redaction.patterns.check_digits import by_stdnum, enough_digits
from expunct_server.redaction.patterns.labels import NOT_AFTER, NOT_BEFORE, labelled
from expunct_server.redaction.patterns.row import Pattern, expression, words

_FILLED: Final = "[A-Z0-9<]"
_BREAK: Final = r"[ \t]{0,4}\r?\n[ \t]{0,4}"
_TD3_SECOND: Final = rf"{_FILLED}{{9}}\d[A-Z]{{1,3}}<{{0,2}}\d{{7}}[MFX<]\d{{7}}{_FILLED}{{14}}[0-9<]\d"
_NAMES: Final = r"[A-Z][A-Z<]{0,37}<[A-Z<]{0,37}"
_EDGE: Final = r"(?<![A-Za-z0-9<])"
_END: Final = r"(?![A-Za-z0-9<])"
_ADJECTIVES: Final = (
    r"british|uk|u\.k\.|united kingdom|irish|german|french|spanish|italian|portuguese|dutch|belgian|swiss|austrian|swedish|norwegian|danish|finnish"
    r"|polish|czech|slovak|hungarian|romanian|bulgarian|croatian|greek|turkish|ukrainian|russian|israeli|indian|pakistani|bangladeshi|chinese|japanese"
    r"|korean|taiwanese|thai|vietnamese|malaysian|singapore(?:an)?|indonesian|philippine|filipino|australian|new zealand|canadian|mexican|brazilian"
    r"|argentin(?:e|ian)|chilean|colombian|peruvian|egyptian|nigerian|kenyan|south african|moroccan|saudi|emirati|foreign|diplomatic"
)
_LOCAL: Final = (
    r"(?:reise|dienst)pass(?:es|nummer|nr)?", r"passnummer", r"passnr", r"pass-nr", r"passeports?", r"pasaportes?", r"passaport[oei]s?", r"paspoort(?:nummer|nr)?",
    r"paszport(?:u|em)?", r"cestovn[íý] pas", r"cestovného pasu", r"útlevél(?:sz[aá]m)?", r"pa[șs]aport(?:ul|ului)?", r"passi(?:n numero)?",
    r"passnummer", r"pasnummer", r"putovnic[ae]", r"пасош", r"загранпаспорт[ау]?", r"διαβατηρ[ίι]ου?", r"διαβατήριο", r"pasaport(?:u)?",
    r"护照(?:号码?)?", r"護照(?:號碼)?", r"パスポート(?:番号)?", r"旅券(?:番号)?", r"여권(?:번호)?", r"جواز (?:ال)?سفر", r"דרכון", r"hộ chiếu", r"paspor", r"หนังสือเดินทาง",
)  # fmt: skip
_NUMBER: Final = (
    r"(?P<v>(?:[A-Z]{1,3}[ -]?\d{5,9}[A-Z]?|\d{2} ?[A-Z]{2} ?\d{5}|\d{7,10}|[A-Z](?=[A-Z0-9]{0,6}\d)[A-Z0-9]{8}))"
)

ROWS: Final = (
    Pattern(
        name="us_passport",
        entity_type="US_PASSPORT",
        expression=expression(NOT_BEFORE, r"(?:[A-Z]\d{8}|\d{9})", NOT_AFTER),
        score=0.05,
        context=words(r"passports?", r"passport number", r"travel document"),
        context_score=0.8,
        countries=("US",),
        languages=("en",),
        examples=("Passport No. «A12345678»", "passport «543210987»"),
        near_misses=("serial A12345678", "passport A1234567", "passport A123456789"),
    ),
    Pattern(
        name="passport_of_country",
        entity_type="PASSPORT",
        expression=labelled(rf"(?:{_ADJECTIVES})(?: citizen'?s?)?[ _]passports?(?: book| holder)?", value=_NUMBER + NOT_AFTER),
        score=0.9,
        check_name="label",
        languages=("en",),
        examples=("British passport no. «533401372»", "her Indian passport «K1234567»", "UK passport number: «120382978»", "French passport «09AB12345»"),
        near_misses=("British passport office 12345", "Indian passport holders", "American passport 533401372"),
    ),
    Pattern(
        name="passport_labelled",
        entity_type="PASSPORT",
        expression=labelled(r"passports?(?:[ _]book)?", r"travel[ _]document", value=_NUMBER + NOT_AFTER),
        score=0.75,
        check=enough_digits(3, 10),
        check_name="label",
        languages=("en",),
        examples=("Passport No. «AB1234567»", "passport number is «PA 1234567»", "passport: «L8983002A»", '"passport_number": "«C01X00T47»"'),
        near_misses=("passport expired", "passport 12", "passport_photo", "Passport control 4"),
    ),
    Pattern(
        name="passport_local",
        entity_type="PASSPORT",
        expression=labelled(*_LOCAL, value=_NUMBER + NOT_AFTER),
        score=0.88,
        check=enough_digits(3, 10),
        check_name="label",
        languages=("de", "fr", "es", "it", "pt", "nl", "pl", "cs", "hu", "ro", "fi", "hr", "sr", "ru", "el", "tr", "zh", "ja", "ko", "ar", "he", "vi", "id", "th"),
        examples=(
            "Reisepass-Nr. «C01X00T47»", "passeport n° «09AB12345»", "Pasaporte: «AAA123456»", "passaporto «YA1234567»", "护照号码：«G12345678»",
            "паспорт, загранпаспорт «712345678»", "paszport «ZS0000177»", "Paspoortnummer «NP3BCD4F6»",
        ),
        near_misses=("Reisepass beantragt", "passeport 2024", "pasaporte vigente"),
    ),
    Pattern(
        name="passport_form",
        entity_type="PASSPORT",
        expression=expression(NOT_BEFORE, r"(?:[A-Z]{1,2}\d{7}|[A-Z]{2,3}\d{6}|\d{2}[A-Z]{2}\d{5})", NOT_AFTER),
        score=0.0,
        check_name="form",
        context=words(r"passports?", r"travel documents?", r"reisepass", r"passeport", r"pasaporte", r"passaport[eo]", r"paspoort"),
        context_score=0.72,
        languages=("en", "de", "fr", "es", "it", "pt", "nl"),
        examples=("passport, which expires soon, is registered as «AB1234567»", "son passeport porte le «09AB12345»"),
        near_misses=("flight AB1234567", "passport A12", "passport of XAB12345678"),
    ),
    Pattern(
        name="de_passport",
        entity_type="PASSPORT",
        expression=expression(NOT_BEFORE, r"[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{8}\d?", NOT_AFTER),
        score=0.0,
        check=digits.de_passport,
        check_name="icao",
        context=words(r"reisepass(?:es|nummer|nr)?", r"passnummer", r"german passport", r"pass-?nr"),
        context_score=0.95,
        countries=("DE",),
        languages=("de", "en"),
        examples=("Ihr Reisepass trägt die Nummer «C01X00T478»", "Mein Reisepass hat die Nummer «C4VPR1234»"),
        near_misses=("Reisepass C01X00T477", "Teil C01X00T478"),
    ),
    Pattern(
        name="nl_passport",
        entity_type="PASSPORT",
        expression=expression(NOT_BEFORE, r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d", NOT_AFTER),
        score=0.0,
        check=by_stdnum("nl.identiteitskaartnummer"),
        check_name="shape",
        context=words(r"paspoort(?:nummer|nr)?", r"identiteitskaart(?:nummer)?", r"documentnummer", r"dutch passport"),
        context_score=0.9,
        countries=("NL",),
        languages=("nl", "en"),
        examples=("zijn paspoort heeft nummer «EM0000000»",),
        near_misses=("paspoort EMO000000", "artikel EM0000000"),
    ),
    Pattern(
        name="passport_mrz",
        entity_type="PASSPORT",
        expression=expression(_EDGE, rf"(?:P[A-Z<][A-Z]{{1,3}}<{{0,2}}{_NAMES}{_BREAK})?{_TD3_SECOND}", _END),
        score=0.98,
        check=digits.mrz_td3,
        check_name="icao_9303",
        examples=(
            "«P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10»",
            "zone: «L898902C36UTO7408122F1204159ZE184226B<<<<<10».",
        ),
        near_misses=("L898902C36UTO7408122F1204159ZE184226B<<<<<11", "L898902C46UTO7408122F1204159ZE184226B<<<<<10", "L898902C36U7408122F1204159ZE184226B<<<<<10"),
    ),
    Pattern(
        name="passport_mrz_names",
        entity_type="PASSPORT",
        expression=expression(_EDGE, r"P[A-Z<][A-Z]{1,3}<{0,2}(?=[A-Z<]{39}[^A-Z<]|[A-Z<]{39}\Z)[A-Z]{1,38}<(?:[A-Z<]{1,38})", _END),
        score=0.85,
        check=lambda zone: len(zone) if len(zone) == 44 and "<<" in zone else 0,
        check_name="shape",
        examples=("«P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<» alone",),
        near_misses=("P<UTOERIKSSON<<ANNA<MARIA", "P<T<ARG<<X"),
    ),
    Pattern(
        name="id_card_mrz",
        entity_type="NATIONAL_ID",
        expression=expression(
            _EDGE,
            rf"[ACI][A-Z0-9<][A-Z]{{1,3}}<{{0,2}}{_FILLED}{{9}}[0-9<]{_FILLED}{{15}}{_BREAK}\d{{7}}[MFX<]\d{{7}}[A-Z]{{1,3}}<{{0,2}}{_FILLED}{{11}}\d",
            rf"(?:{_BREAK}[A-Z][A-Z<]{{29}})?",
            _END,
        ),
        score=0.98,
        check=digits.mrz_td1,
        check_name="icao_9303",
        examples=(
            "«I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<»",
            "«I<UTOD231458907<<<<<<<<<<<<<<<\r\n7408122F1204159UTO<<<<<<<<<<<6»",
        ),
        near_misses=("I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<7", "I<UTOD231458907<<<<<<<<<<<<<<<", "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159U<<<<<<<<<<<6"),
    ),
    Pattern(
        name="id_card_mrz_two_lines",
        entity_type="NATIONAL_ID",
        expression=expression(
            _EDGE, rf"(?:[ACIV][A-Z0-9<][A-Z]{{1,3}}<{{0,2}}[A-Z][A-Z<]{{28,30}}{_BREAK})?",
            rf"{_FILLED}{{9}}\d[A-Z]{{1,3}}<{{0,2}}\d{{7}}[MFX<]\d{{7}}{_FILLED}{{7}}\d", _END,
        ),
        score=0.98,
        check=digits.mrz_td2,
        check_name="icao_9303",
        examples=("«I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6»", "«D231458907UTO7408122F1204159<<<<<<<6»"),
        near_misses=("D231458907UTO7408122F1204159<<<<<<<7", "D231458907UTO7408122F1204159", "D231458907U7408122F1204159<<<<<<<6"),
    ),
    Pattern(
        name="id_card_mrz_line",
        entity_type="NATIONAL_ID",
        expression=expression(
            _EDGE,
            rf"(?:[ACI][A-Z0-9<][A-Z]{{1,3}}<{{0,2}}{_FILLED}{{9}}\d(?={_FILLED}{{0,15}}<<<<){_FILLED}{{8,18}}|\d{{7}}[MFX<]\d{{7}}[A-Z]{{1,3}}<{{0,2}}(?={_FILLED}{{0,11}}<<<<){_FILLED}{{4,14}}\d)",
            _END,
        ),
        score=0.9,
        check=digits.mrz_td1_line,
        check_name="icao_9303",
        examples=(
            "read «I<UTOD231458907<<<<<<<<<<<<<» only", "«IDUTOD231458907AB<<<<<<<<<<<<<<»", "and «7408122F1204159UTO<<<<<<<<<<<6».",
        ),
        near_misses=(
            "I<UTOD231458906<<<<<<<<<<<<<<<", "7408123F1204159UTO<<<<<<<<<<<6", "7408122F1204159UTO6", "if(a<<<<b)",
        ),
    ),
    Pattern(
        name="id_card_number",
        entity_type="NATIONAL_ID",
        expression=labelled(r"doc(?:ument)?(?:no|nr)?", r"dokument(?:en)?", value=rf"(?P<v>[A-Z](?=[A-Z0-9]{{0,8}}\d)[A-Z0-9]{{7,9}}|[A-Z]{{1,3}} ?\d{{6,9}}|\d{{8,10}}){NOT_AFTER}"),
        score=0.0,
        check_name="label",
        context=words(r"identity card", r"id card", r"surname", r"given names?", r"place of birth", r"date of birth", r"nationality", r"personalausweis", r"geburtsort", r"carte (?:nationale )?d'identité"),
        context_score=0.75,
        languages=("en", "de", "fr"),
        examples=("Place of birth\nUTOPIA\nDocument no.\n«D23145890»", "IDENTITY CARD document number: «D231458907»"),
        near_misses=("Document no. D23145890", "Date of birth on document no. 12", "Surname, document number unknown"),
    ),
)  # fmt: skip
