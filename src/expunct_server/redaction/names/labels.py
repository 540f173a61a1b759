"""What the labels of models mean: one table for all, so that a model trained on any usual set can be named in settings.

Labels are compared without case, hyphens and underscores: `GIVEN_NAME`, `GivenName` and `givenname` are one. Besides
what is in the table, the names of our own types and their aliases mean themselves. What is not known is no finding.
"""

from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

from expunct_server.redaction.entities import ALIASES, CUSTOM, ENTITY_TYPES

GIVEN, FAMILY, ADDRESS = "given", "family", "address"


class Meaning(NamedTuple):
    """Our type; `part` is GIVEN, FAMILY or ADDRESS where a label marks a part of a name or an address, else empty."""

    entity_type: str
    part: str = ""


# OntoNotes, CoNLL and WikiNER; the pipelines of single languages: Korean (PS), Norwegian (GPE_LOC), Polish (persName),
# Romanian (NAT_REL_POL), Swedish (PRS); de-identification of medical notes (PATIENT, HOSP); sets of personal data.
_LABELS: Final[dict[str, str]] = {
    "PERSON": "per prs ps persname name fullname patient doctor staff patientname doctorname physician",
    "LOCATION": (
        "loc gpe fac facility geo lc gpeloc placename geogname place region continent streetaddress fulladdress "
        "location-other"
    ),
    "ORGANIZATION": (
        "org organisation og orgname gpeorg corporation group company companyname employer hosp hospital patorg "
        "vendor institution bankname"
    ),
    "NRP": "norp natrelpol drv nationality religion religiousbelief ethnicity politicalview politicalaffiliation",
    "DATE_TIME": "date time dt ti tme datetime timestamp dob birthdate birthday dateofadmission dateofdischarge",
    "EMAIL_ADDRESS": "email mail emailid",
    "PHONE_NUMBER": "phone telephone tel telephonenum telephonenumber phonenum fax faxnumber mobile mobilenumber",
    "URL": "website link uri",
    "IP_ADDRESS": "ip ipv4 ipv6 ipv4address ipv6address",
    "MAC_ADDRESS": "mac",
    "USERNAME": "user login userid handle",
    "COORDINATES": "coordinate gps gpscoordinates nearbygpscoordinate latlong",
    "NATIONAL_ID": "governmentid idcard idcardnum idcardnumber nationalidnumber nationalidentitynumber identitycard",
    "TAX_ID": "taxnum taxnumber taxidentificationnumber",
    "PASSPORT": "passportnum passportnumber",
    "DRIVER_LICENSE": "driverslicense driverlicensenum driverlicensenumber driverslicensenumber",
    "US_SSN": "socialnum socialsecurity socialsecuritynumber",
    "DEVICE_ID": "device imei phoneimei deviceidentifier serialnumber",
    "VEHICLE_ID": "vin vehiclevin vehicleidentifier",
    "LICENSE_PLATE": "plate vehiclevrm licenseplatenumber",
    "CREDIT_CARD": "creditcardnumber cardnumber debitcard debitcardnumber",
    "CVV": "cvc creditcardcvv creditcardsecuritycode cardsecuritycode",
    "EXPIRY_DATE": "creditcardexpiry cardexpiry creditcardexpirationdate",
    "CARD_HOLDER_NAME": "cardholder",
    "PIN_NUMBER": "pin",
    "IBAN_CODE": "iban",
    "ACCOUNT_NUMBER": "account accountnum bankaccount bankaccountnumber customerid",
    "US_BANK_NUMBER": "routingnumber bankroutingnumber",
    "CRYPTO": "bitcoinaddress ethereumaddress litecoinaddress wallet cryptowallet",
    "MEDICAL_RECORD_NUMBER": "medicalrecord medicalrecordnum",
    "HEALTH_ID": "healthplan healthplanbeneficiarynumber healthinsurancenumber insurancenumber",
    "SECRET": "password passphrase apikey accesstoken credential",
}
_PARTS: Final[dict[Meaning, str]] = {
    Meaning("PERSON", GIVEN): "givenname firstname forename middlename nickname",
    Meaning("PERSON", FAMILY): "surname lastname familyname maidenname",
    Meaning("LOCATION", ADDRESS): (
        "street streetname streetnumber building buildingnumber buildingnum buildingname housenumber house unit "
        "secondaryaddress apartment city town village district county state province country zip zipcode postcode "
        "postalcode pobox"
    ),
}


def meaning(label: str) -> Meaning | None:
    """What a label without its `B-` or `I-` means, None when it is none of our types."""
    return _table().get(_plain(label))


def unknown(labels: Iterable[str]) -> list[str]:
    """Those of a model's labels that mean none of our types, in order."""
    return sorted({label for label in labels if meaning(label) is None})


@cache
def _table() -> dict[str, Meaning]:
    table = {_plain(name): Meaning(name) for name in (*ENTITY_TYPES, CUSTOM)}
    table |= {_plain(alias): Meaning(name) for alias, name in ALIASES.items()}
    table |= {_plain(word): Meaning(name) for name, words in _LABELS.items() for word in words.split()}
    return table | {_plain(word): part for part, words in _PARTS.items() for word in words.split()}


def _plain(label: str) -> str:
    return label.replace("_", "").replace("-", "").replace(" ", "").lower()
