"""Vehicles: identification numbers and plates."""

from typing import Final

from expunct_server.redaction.patterns import check_digits as digits
from expunct_server.redaction.patterns.check_digits import enough_digits
from expunct_server.redaction.patterns.labels import NOT_AFTER, NOT_BEFORE, labelled
from expunct_server.redaction.patterns.row import FAINT, Pattern, expression, words

_VIN: Final = r"(?=[A-Z0-9]{0,16}[A-Z])[A-HJ-NPR-Z0-9]{9}[A-HJ-NPR-TV-Y1-9][A-HJ-NPR-Z0-9]{3}\d{4}"
_VEHICLE: Final = (
    r"vehicles?", r"cars?", r"vans?", r"trucks?", r"plates?", r"number plates?", r"registration", r"reg", r"registered", r"vrm", r"parked", r"driving", r"motor",
)  # fmt: skip
_PLATE: Final = (
    r"(?P<v>(?=[A-Z ·\-]{0,8}\d)[A-ZÄÖÜ0-9]{1,8}(?:[ ·\-](?=[A-Z]{0,3}\d|[A-Z]{1,3}(?![a-z]))[A-Z0-9]{1,6}){0,3})" + NOT_AFTER
)  # fmt: skip
_PLATE_LABELS: Final = (
    r"(?:licen[sc]e|number|registration|vehicle|car|tag)[ _-]?plates?", r"plates?(?=[ _]?(?:no|num|#|id)|[:#=]|,?[ ](?-i:(?=[A-Z -]{0,6}\d)[A-Z0-9]{1,4}[ -]?[A-Z0-9]{2,4}))", r"(?:licen[sc]e[ ])?tag(?=[ ](?:no|num)|[ ]?#)", r"registration(?=,?[ ](?-i:\d{2,3}-[A-Z]{1,2}-\d|[A-Z]{2}\d\d[ ]?[A-Z]{3}))", r"(?:vehicle|car)[ _]reg(?:istration)?", r"reg(?:\.|istration)?[ _]?(?=no[. :]|mark)(?:mark)?", r"vrm",
    r"(?:kfz-?)?kennzeichen", r"amtliches kennzeichen", r"nummernschild", r"(?:plaque )?d'immatriculation", r"immatricul(?:ation|[eé]e?)", r"matr[ií]culas?", r"placas?(?= ?[:nA-Z])", r"targat[ao]|targa",
    r"kenteken", r"registreringsnummer", r"numer rejestracyjny|nr rej\.?", r"spz|rz", r"rendszám", r"plaka", r"госномер", r"车牌(?:号码?)?", r"車牌",
)  # fmt: skip


def _plate(
    country: str, shape: str, context: tuple[str, ...], languages: tuple[str, ...], found: str, missed: str
) -> Pattern:
    """The form of a country's plates, which speaks beside a word about vehicles only."""
    return Pattern(
        name=f"{country}_license_plate",
        entity_type="LICENSE_PLATE",
        expression=expression(NOT_BEFORE, f"(?:{shape})", NOT_AFTER),
        score=FAINT,
        check_name="form",
        context=words(*context),
        context_score=0.8,
        countries=(country.upper(),),
        languages=languages,
        examples=(found,),
        near_misses=(missed,),
    )


ROWS: Final = (
    Pattern(
        name="vin",
        entity_type="VEHICLE_ID",
        expression=expression(NOT_BEFORE, _VIN, NOT_AFTER),
        score=0.65,
        check=digits.vin,
        check_name="iso_3779",
        context=words(r"vin", r"vehicle", r"chassis", r"fahrgestell\w{0,10}", r"fin", r"car"),
        context_score=0.95,
        examples=("«1M8GDM9AXKP042788» sold", "VIN: «1HGCM82633A004352»"),
        near_misses=("1M8GDM9A1KP042788", "11111111111111111", "1M8GDM9AXKP04278", "X1M8GDM9AXKP042788"),
    ),
    Pattern(
        name="vin_labelled",
        entity_type="VEHICLE_ID",
        expression=labelled(
            r"vin", r"vehicle[ _]id(?:entification)?", r"(?:chassis|frame)", r"fahrgestell(?:nummer|nr)?", r"fahrzeug-?ident(?:ifizierungs)?(?:nummer|nr)?",
            r"num[eé]ro de (?:ch[âa]ssis|s[eé]rie du v[eé]hicule)", r"bastidor", r"telaio", r"chassisnummer", r"车架号",
            value=r"(?P<v>(?i:(?=[A-Z0-9]{0,16}\d)[A-HJ-NPR-Z0-9]{17}|(?=[A-Z0-9]{0,10}\d)[A-HJ-NPR-Z0-9]{6}-?[A-HJ-NPR-Z0-9]{4,9}\d))" + NOT_AFTER,
        ),
        score=0.85,
        check=enough_digits(3, 17),
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "nl", "zh"),
        examples=("VIN «WVWZZZ1JZXW000001»", "Fahrgestellnummer: «WDB9036621R859021»", "chassis no. «SALLAAA145A123456»", "Vehicle Identification Number (VIN): «1m8gdm9axkp042788»"),
        near_misses=("VIN unknown", "vehicle 12345678901", "chassis fan 120"),
    ),
    Pattern(
        name="license_plate_labelled",
        entity_type="LICENSE_PLATE",
        expression=labelled(*_PLATE_LABELS, value=_PLATE),
        score=0.75,
        check=digits.plate,
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "hu", "tr", "ru", "zh"),
        examples=(
            "license plate «7ABC123»", "Plate #: «KXY-4821»", "number plate «BD51 SMR»", "Kennzeichen «B-MW 1234»", "immatriculée «AB-123-CD»", "matrícula «1234 BCD»",
            "targa «AB 123 CD»", "kenteken: «12-ABC-3»", "vehicle registration «LK19 XYZ», blue", "vehicle reg: «AB12 CDE»", "plate «7KPD 932», to", "tag no. «GKR 5518» (Ohio)", "registration «191-D-24417», chassis", "Plates «B-KM 4471» and",
        ),
        near_misses=("license plate number unknown", "plate 12 mm", "plate tectonics", "Kennzeichen D", "plate: 12", "matrícula 2024"),
    ),
    Pattern(
        name="license_plate_second",
        entity_type="LICENSE_PLATE",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?i:(?:licen[sc]e )?plates|number plates|kennzeichen|plaques|matr[ií]culas|targhe)[ :]{1,2}[A-ZÄÖÜ0-9][A-ZÄÖÜ0-9 \-]{2,9}(?:,|[ ](?i:and|und|et|y|e))[ ]", _PLATE
        ),
        score=0.7,
        check=digits.plate,
        check_name="label",
        languages=("en", "de", "fr", "es", "it"),
        examples=("Plates B-KM 4471 and «LI-SW 208».", "Kennzeichen HH AB 12 und «M-AB 123»"),
        near_misses=("plates 12 and 13", "plates and LI-SW 208"),
    ),
    _plate("gb", r"[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]\d{1,3} ?[A-Z]{3}", _VEHICLE, ("en",), "a blue Ford Focus, the car was «LK19 XYZ»", "flight LK19 XYZ"),
    _plate(
        "us", r"[A-Z]{3}[- ]?\d{3,4}|\d[A-Z]{3}\d{3}|\d{3}[- ]?[A-Z]{3}|[A-Z]{2}\d{5}", (r"licen[sc]e plates?", r"plates?", r"dmv"), ("en",),
        "The license plate of the car was «ABC-1234»", "ticket ABC-1234",
    ),
    _plate(
        "de", r"[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[- ]?[1-9]\d{0,3}[EH]?", (r"kennzeichen", r"auto", r"pkw", r"lkw", r"fahrzeugs?", r"wagen", r"kfz"), ("de",),
        "Der PKW mit «M-AB 1234» stand", "Norm M-AB 1234",
    ),
    _plate(
        "fr", r"[A-HJ-NP-TV-Z]{2}-\d{3}-[A-HJ-NP-TV-Z]{2}", (r"v[eé]hicules?", r"voitures?", r"immatricul\w{2,7}", r"plaques?", r"cars?", r"vehicles?"), ("fr", "en"),
        "la voiture porte «AB-123-CD»", "modèle AB-123-CD",
    ),
    _plate("es", r"\d{4}[ -]?[BCDFGHJ-NPR-TV-Z]{3}", (r"matr[ií]culas?", r"coches?", r"veh[ií]culos?", r"turismo"), ("es",), "un coche rojo, «1234 BCD»", "pieza 1234 BCD"),
    _plate("it", r"[A-HJ-NPR-TV-Z]{2} ?\d{3} ?[A-HJ-NPR-TV-Z]{2}", (r"targa", r"targat[ao]", r"auto", r"veicol[oi]", r"macchina"), ("it",), "la macchina targata «AB123CD»", "codice AB123CD"),
    _plate(
        "nl", r"[A-Z]{2}-\d{3}-[A-Z]|[A-Z]-\d{3}-[A-Z]{2}|\d{1,2}-[A-Z]{2,3}-\d{1,2}|[A-Z]{2}-\d{2}-[A-Z]{2}|\d{2}-\d{2}-[A-Z]{2}|[A-Z]{2}-\d{2}-\d{2}",
        (r"kenteken", r"auto", r"voertuig", r"wagen"), ("nl",), "met de auto, kenteken bekend, «GB-001-B»", "kamer GB-001-B",
    ),
    _plate("in", r"[A-Z]{2}[ -]?\d{1,2}[ -]?[A-Z]{1,3}[ -]?\d{4}", (*_VEHICLE, r"rc", r"rto"), ("en", "hi"), "his car «MH 12 AB 1234» was", "code MH 12 AB 1234"),
)  # fmt: skip
