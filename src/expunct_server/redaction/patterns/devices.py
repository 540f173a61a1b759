"""Devices, SIM cards and what advertisers call them."""

from typing import Final

from expunct_server.redaction.patterns import check_digits as digits
from expunct_server.redaction.patterns.check_digits import enough_digits
from expunct_server.redaction.patterns.labels import NOT_AFTER, NOT_BEFORE, labelled
from expunct_server.redaction.patterns.row import Pattern, expression, words

_UUID: Final = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
_HEX: Final = r"[0-9A-Fa-f]"

ROWS: Final = (
    Pattern(
        name="imei",
        entity_type="DEVICE_ID",
        expression=expression(NOT_BEFORE, r"(?:\d{15}|\d{2}-\d{6}-\d{6}-\d|\d{2} \d{6} \d{6} \d|\d{6}-\d{2}-\d{6}-\d)", NOT_AFTER),
        score=0.3,
        check=digits.imei,
        check_name="luhn",
        context=words(r"imeis?", r"handset", r"phone", r"device", r"mobile", r"equipment"),
        context_score=0.92,
        examples=("IMEI: «490154203237518»", "handset «35-209900-176148-1»", "IMEI 2 «352099001761481»"),
        near_misses=("IMEI 490154203237519", "order 490154203237518", "paid 378282246310005"),
    ),
    Pattern(
        name="imei_labelled",
        entity_type="DEVICE_ID",
        expression=labelled(r"imei(?:sv)?(?:[ /_]?[12])?", r"meid", value=r"(?P<v>\d{2}[ -]?\d{6}[ -]?\d{6}(?:[ -]?\d{1,2})?|[A-Fa-f0-9]{14})" + NOT_AFTER),
        score=0.85,
        check=enough_digits(6, 16),
        check_name="label",
        examples=("IMEISV: «4901542032375181»", "imei=«490154203237519»", "MEID «A1000049FF2345»"),
        near_misses=("IMEI 12345", "IMEI not given"),
    ),
    Pattern(
        name="iccid",
        entity_type="DEVICE_ID",
        expression=expression(NOT_BEFORE, r"89\d{2}[ ]?\d{4}[ ]?\d{4}[ ]?\d{4}[ ]?\d{2,4}F?", NOT_AFTER),
        score=0.45,
        check=digits.iccid,
        check_name="luhn",
        context=words(r"iccid", r"sim(?:[ -]?card)?s?", r"e-?sim", r"icc"),
        context_score=0.95,
        examples=("ICCID «8944500102198765430»", "SIM card «8931 0410 1065 4330 701»"),
        near_misses=("ICCID 8944500102198765431", "order 8944500102198765430"),
    ),
    Pattern(
        name="imsi",
        entity_type="DEVICE_ID",
        expression=labelled(r"imsi", r"sim[ _](?:id|serial|number)", r"iccid", value=r"(?P<v>\d{14,20})" + NOT_AFTER),
        score=0.88,
        check_name="label",
        examples=("IMSI: «310150123456789»", '"imsi": "«262011234567890»"'),
        near_misses=("IMSI 12345", "simsim 310150123456789"),
    ),
    Pattern(
        name="advertising_id",
        entity_type="DEVICE_ID",
        expression=labelled(
            r"idfa", r"idfv", r"gaid", r"aaid", r"google[ _]?ad(?:vertising)?[ _]?id", r"advertising[ _-]?id(?:entifier)?", r"(?:android|device|installation|client|hardware|machine|terminal|phone)[ _-]?(?:uu)?id(?:entifier)?s?",
            r"udid", r"adid", r"ssaid", r"smbios[ _]uuid", r"vendor[ _]id",
            value=rf"(?P<v>{_UUID}|{_HEX}{{40}}|{_HEX}{{8}}-{_HEX}{{16}}|(?={_HEX}{{0,15}}\d){_HEX}{{16}}|{_HEX}{{32}}|(?:[A-Za-z]{{2,10}}[-_:])?(?=[A-Za-z0-9]{{0,15}}\d)[A-Za-z0-9]{{6,24}}(?:[-:][A-Za-z0-9]{{2,12}}){{0,3}})"
            + NOT_AFTER,
        ),
        score=0.8,
        check=digits.device,
        check_name="label",
        examples=(
            "IDFA «6D92078A-8246-4BA4-AE5B-76104861E7DC»", "android_id: «9774d56d682e549c»", "UDID: «00008030-001A2D3E1A68802E»", "device id «DEV-8F3A92C1»",
            '"gaid": "«38400000-8cf0-11bd-b23e-10b96e40000d»"', "UDID «2b6f0cc904d137be2e1730235f5664094b831186»",
        ),
        near_misses=("device id unknown", "device identification", "device 123456", "Android 12"),
    ),
    Pattern(
        name="serial_second",
        entity_type="DEVICE_ID",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?i:serial(?:[ ](?:numbers?|nos?\.?))?|s/n)[ ]?[:#]?[ ]?[A-Z0-9\-]{5,24}(?:[ ]\([^()\n]{1,20}\))?(?:,|[ ](?i:and|und|et|y|or)|;|/)[ ]?(?P<v>(?=[A-Z0-9\-]{0,14}\d)[A-Z0-9]{2,20}(?:-[A-Z0-9]{1,10}){0,4})",
            NOT_AFTER,
        ),
        score=0.65,
        check=digits.serial,
        check_name="label",
        languages=("en",),
        examples=("serial numbers: HA55321 (left) and «HA55322»", "S/N 5CD1234XYZ, «5CD1234XYA»"),
        near_misses=("serial number HA55321 and 12", "serials and HA55322"),
    ),
    Pattern(
        name="device_uuid",
        entity_type="DEVICE_ID",
        expression=expression(r"(?<![\p{L}\p{N}])(?i:device|handset|phone|tablet|terminal|adb:|installation)[ ](?:id[ ])?(?P<v>", _UUID, r"|(?=[A-Z0-9]{0,14}\d[A-Z0-9]{0,14}\d)(?=\d{0,14}[A-Z])[A-Z0-9]{8,16})", NOT_AFTER),
        score=0.6,
        check=digits.serial,
        check_name="label",
        languages=("en",),
        examples=("crash on device «f81d4fae-7dec-4a2b-9c3e-00a0c91e6bf6» (", "adb: device «R58M42KQ9TB» offline"),
        near_misses=("device MODEL", "phone 12345678", "device XPS13"),
    ),
    Pattern(
        name="udi",
        entity_type="DEVICE_ID",
        expression=expression(r"(?<![A-Za-z0-9(])\(01\)\d{14}(?:\((?:10|11|17|21|240)\)[A-Za-z0-9\-]{1,20}){1,5}(?![A-Za-z0-9(])"),
        score=0.85,
        check_name="form",
        examples=("UDI: «(01)00844588003288(17)141120(10)7654321D(21)10987654d321»",),
        near_misses=("(01) 2345", "(01)00844588003288"),
    ),
    Pattern(
        name="apple_udid",
        entity_type="DEVICE_ID",
        expression=expression(NOT_BEFORE, r"0000[0-9A-F]{4}-00[0-9A-F]{14}", NOT_AFTER),
        score=0.7,
        check_name="form",
        examples=("paired with «00008030-001A2D3E1A68802E» today",),
        near_misses=("00008030-001A2D3E1A68802", "10008030-001A2D3E1A68802E"),
    ),
    Pattern(
        name="serial_number",
        entity_type="DEVICE_ID",
        expression=labelled(
            r"(?:device|hardware|machine|laptop|phone|product|equipment)?[ _]?serial(?=[ _-]?(?:n|#|:)|[ ](?-i:[A-Z0-9\-]{0,14}\d))", r"s/n", r"sn(?=[:#=])", r"serien(?:nummer|-?nr)", r"seriennr", r"num[eé]ro de s[eé]rie", r"n[uú]mero de serie", r"numero di serie", r"serienummer",
            value=r"(?P<v>(?=[A-Z0-9\-]{0,14}\d)[A-Z0-9]{2,20}(?:-[A-Z0-9]{1,10}){0,4})" + NOT_AFTER,
        ),
        score=0.65,
        check=digits.serial,
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "nl"),
        examples=("Serial number: «C02XK0AAJG5H»", "S/N «5CD1234XYZ»", "Seriennummer «R58M-12345-AB»", "serial no. «SN-12345678»", "Device serial «PJN284410S», implanted"),
        near_misses=("serial 7", "serial number of 12", "serial port COM3", "s/n ratio 12"),
    ),
)  # fmt: skip
