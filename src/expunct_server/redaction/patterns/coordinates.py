"""Where something is, in degrees: decimal, sexagesimal, as a URI, in a link to a map, in grids."""

from typing import Final

from expunct_server.redaction.patterns import checks_places
from expunct_server.redaction.patterns.row import LINK, Pattern, expression, words

_LATITUDE: Final = r"[-+−]?\d{1,2}\.\d{4,15}"
_LONGITUDE: Final = r"[-+−]?\d{1,3}\.\d{4,15}"
_SECONDS: Final = r"(?:[ ]?\d{1,2}(?:[.,]\d{1,6})?[ ]?(?:[\"″”]|''|′′))?"
_MINUTES: Final = r"[ ]?\d{1,2}(?:[.,]\d{1,6})?[ ]?['’′]"
_CONTEXT: Final = words(
    r"lat(?:itude)?", r"l(?:on|ng|ong)(?:itude)?", r"gps", r"coord(?:inate)?s?", r"geo(?:location|point|code)?", r"location", r"position", r"waypoint", r"wgs ?84", r"koordinaten?",
    r"breitengrad", r"standort", r"coordonn[ée]es", r"coordenadas", r"coordinate", r"ubicaci[óo]n", r"map", r"point",
)  # fmt: skip

ROWS: Final = (
    Pattern(
        name="coordinates_decimal",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![A-Za-z0-9_.,;+\-−/])(?<!\d[,;]?[ ])",
            _LATITUDE,
            r"°?[ ]?[NSns]?(?:[ ]{0,2}[,;/][ ]{0,2}|[ ]{1,2})",
            _LONGITUDE,
            r"(?:°?[ ]?[EWew](?![\p{L}\p{N}])|°)?(?![A-Za-z0-9_]|\.\d|[ ]{0,2},[ ]{0,2}[-+]?\d)",
        ),
        score=0.55,
        check=checks_places.degrees,
        check_name="range",
        context=_CONTEXT,
        context_score=0.9,
        examples=(
            "at «52.520008, 13.404954»",
            "GPS: «-33.8568 151.2153»",
            "(«48.8584° N, 2.2945° E»)",
            "position «40.7128,-74.0060».",
        ),
        near_misses=(
            "95.1234, 13.4049",
            "52.52, 13.40",
            "12.3456, 45.6789, 78.9012",
            "0.1234, 0.1234",
            "v1.23456,2.34567",
        ),
    ),
    Pattern(
        name="coordinates_labelled",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![\p{L}\p{N}])lat(?:itude)?[\"']?[ ]{0,2}[:=][ ]{0,2}[\"']?(?P<v>[-+−]?\d{1,2}\.\d{2,15}[\"']?[ ]{0,2}[,;&\n][ \n]{0,12}[\"']?(?:\p{L}{0,12}_)?l(?:on|ng|ong)(?:gitude|itude)?[\"']?[ ]{0,2}[:=][ ]{0,2}[\"']?[-+−]?\d{1,3}\.\d{2,15})(?!\d)",
            ignore_case=True,
        ),
        score=0.95,
        check=checks_places.degrees,
        check_name="label",
        examples=(
            '{"lat": «52.52, "lon": 13.405»}',
            "latitude=«-33.85&longitude=151.21»",
            "Lat: «40.7128, Long: -74.0060»",
        ),
        near_misses=("lat: 52", "latency: 52.52, longest: 13.40", '"lat": 95.20, "lon": 13.4'),
    ),
    Pattern(
        name="coordinate_single",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:lat(?:itude)?|l(?:on|ng|ong)(?:gitude|itude)?|breitengrad|l[äa]ngengrad|latitud|longitud|latitudine|longitudine|gps[ _]?(?:lat|lon|lng))(?:[ _](?:is|deg))?[\"']?[ ]{0,2}[:=]?[ ]{0,2}",
            LINK,
            r"[\"']?(?P<v>[-+−]?\d{1,3}\.\d{3,15}°?(?:[ ]?[NSEWnsew](?![\p{L}\p{N}]))?)(?![\p{L}\p{N}_]|\.\d)",
            ignore_case=True,
        ),
        score=0.85,
        check_name="label",
        examples=("latitude: «52.520008»", "lng=«13.404954»", "Longitude «-74.006°»", '"gps_lat": "«40.7128»"'),
        near_misses=("late: 52.5200", "plat: 52.520", "long: 5.12", "flat 52.520008"),
    ),
    Pattern(
        name="coordinates_sexagesimal",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![A-Za-z0-9_.])\d{1,2}[ ]?[°º]",
            _MINUTES,
            _SECONDS,
            r"[ ]?[NSns],?[ ]{0,2}[/]?[ ]?\d{1,3}[ ]?[°º]",
            _MINUTES,
            _SECONDS,
            r"[ ]?[EWOewo](?![\p{L}\p{N}])",
        ),
        score=0.95,
        check=checks_places.sexagesimal,
        check_name="range",
        examples=("«52°31'12.0\"N 13°24'18\"E»", "at «40° 26′ 46″ N, 79° 58′ 56″ W»", "«33°51.408'S 151°12.918'E»"),
        near_misses=("95°31'12\"N 13°24'18\"E", "52°31' N", "20°C to 30°C", "52°61'12\"N 13°24'18\"E"),
    ),
    Pattern(
        name="coordinates_letter_first",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![A-Za-z0-9_.])[NS][ ]?\d{1,2}(?:\.\d{4,10}[ ]?°?|[ ]?[°º]?[ ]\d{1,2}\.\d{2,6}[ ]?['’′]?|[ ]?[°º]",
            _MINUTES,
            _SECONDS,
            r"),?[ ]{1,2}[EW][ ]?\d{1,3}(?:\.\d{4,10}[ ]?°?|[ ]?[°º]?[ ]\d{1,2}\.\d{2,6}[ ]?['’′]?|[ ]?[°º]",
            _MINUTES,
            _SECONDS,
            r")(?![\p{L}\p{N}_])",
        ),
        score=0.9,
        check_name="shape",
        examples=("«N52.520008 E13.404954»", "cache at «N 52° 31.200 E 013° 24.300»"),
        near_misses=("N52 E13", "S 12.5 E 3", "N 52.52 E 13.40"),
    ),
    Pattern(
        name="geo_uri",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![A-Za-z0-9])geo:(?P<v>-?\d{1,2}(?:\.\d{1,15})?,-?\d{1,3}(?:\.\d{1,15})?(?:,-?\d{1,6}(?:\.\d{1,6})?)?)(?![\d.])",
            ignore_case=True,
        ),
        score=0.95,
        check_name="scheme",
        examples=("geo:«52.5200,13.4050»;u=35", "<geo:«37.78,-122.39»>"),
        near_misses=("geo:Berlin", "geo:123", "biogeo:1,2"),
    ),
    Pattern(
        name="coordinates_in_link",
        entity_type="COORDINATES",
        expression=expression(
            r"(?:/@|[?&](?:q|ll|sll|center|query|destination|daddr|cp|mlat)=(?:loc:)?|#map=\d{1,2}/)(?P<v>-?\d{1,2}\.\d{2,15}(?:,|%2C|/|~|&mlon=)-?\d{1,3}\.\d{2,15})(?!\d)",
            ignore_case=True,
        ),
        score=0.85,
        check=checks_places.degrees,
        check_name="range",
        examples=(
            "https://maps.example.com/@«52.5200,13.4050»,15z",
            "https://map.example.org/?q=«48.8584,2.2945»",
            "#map=15/«52.5200/13.4050»",
        ),
        near_misses=("?q=1.5,2", "/@jane,13.4050", "?q=99.9999,200.1234"),
    ),
    Pattern(
        name="plus_code",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![A-Za-z0-9+])[23456789CFGHJMPQRVWX]{8}\+[23456789CFGHJMPQRVWX]{2,3}(?![A-Za-z0-9+])"
        ),
        score=0.85,
        check_name="alphabet",
        examples=("meet at «9F4MGC22+22»", "«8FW4V75V+8Q», Paris"),
        near_misses=("9F4MGC22", "9F4M+22", "AAAAAAAA+22"),
    ),
    Pattern(
        name="coordinates_array",
        entity_type="COORDINATES",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:coord(?:inate)?s?|point|center|centre|position|loc(?:ation)?|lnglat|latlng)[\"']?[ ]{0,2}[:=][ ]{0,2}[\[(][ ]{0,2}(?P<v>[-+−]?\d{1,3}\.\d{3,15}[ ]{0,2},[ ]{0,2}[-+−]?\d{1,3}\.\d{3,15})[ ]{0,2}(?:,[ ]{0,2}-?\d{1,5}(?:\.\d{1,6})?[ ]{0,2})?[\])]",
            ignore_case=True,
        ),
        score=0.85,
        check_name="label",
        examples=("coordinates: [«-122.41941, 37.77493»]", '"coordinates":[«13.4050,52.5200», 34]'),
        near_misses=("coordinates: [1, 2]", "points: [0.12, 0.34, 0.56, 0.78]", "center: (0.5, 0.5)"),
    ),
)
