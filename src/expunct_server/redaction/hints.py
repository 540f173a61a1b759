"""What the name of a column or key says about its values: one table.

Only whole names count (`name`, `first_name`, `customerName`, not `file_name`), and a value must look the part. What
patterns recognise by a label (`cvv`, `account_number`) needs no row here: the name is shown to them as the label.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.patterns.row import expression
from expunct_server.redaction.wanted import Wanted

MAX_NAME: Final = 80

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[^\w]+|_+")
_NAME: Final = expression(r"\s*\p{L}[\p{L}\p{M}'’.,\- ]{0,80}")
_CAPITALISED: Final = expression(
    r"\s*[\p{Lu}\p{Lo}][\p{L}\p{M}'’.,\-]{0,40}(?: [\p{Lu}\p{Lo}][\p{L}\p{M}'’.,\-]{0,40}){0,4}\s*"
)
_WORDS: Final = expression(r"\s*[\p{L}\d][^\x00]{0,200}")
_DIALLED: Final = expression(r"\s*[+(]{0,2}\d(?:[ \t().\-/x]{0,3}\d){5,15}\s*")
_DATED: Final = expression(r"\s*(?=[^\x00]{0,30}\d)[\p{L}\d .,/\-:+]{4,40}")
_SSN: Final = expression(r"\s*\d{3}[- ]?\d{2}[- ]?\d{4}\s*")
_SECRET: Final = expression(r"(?!(?:true|false|null|none)\Z)[^\s\x00]{4,512}")
_PHRASE: Final = expression(r"\s*\S{2,40}(?: \S{1,40}){2,40}\s*")
_POSTCODE: Final = expression(r"\s*[A-Z0-9][A-Z0-9 \-]{2,9}\s*")
_MAIL: Final = expression(r"\s*[^\s@\x00]{1,128}@[^\s@\x00]{1,255}\s*")
_LINK: Final = expression(
    r"\s*(?:[a-z]{2,8}://)?[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}(?:[/?#:][^\s\x00]{0,500})?\s*"
)
_INTERNET: Final = expression(r"\s*(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]{2,39})(?:[/:]\d{1,5})?\s*")
_HARDWARE: Final = expression(r"\s*(?:[0-9A-Fa-f]{2}[:\-. ]?){5}[0-9A-Fa-f]{2}\s*")
_DEGREES: Final = expression(r"\s*[-+]?\d{1,3}\.\d{2,15}(?:\s*[,; ]\s*[-+]?\d{1,3}\.\d{2,15})?\s*")
_ACCOUNT: Final = expression(r"\s*@?[\p{L}\p{N}_][\p{L}\p{N}_.\-+\\@]{1,63}\s*")
_CARD: Final = expression(r"\s*\d(?:[ \-]?\d){11,18}\s*")
_NUMBER: Final = expression(r"\s*[A-Z]{0,4}[ \-]?\d(?:[ \-/.]?[A-Z0-9]){3,33}\s*")
_BANK: Final = expression(r"\s*[A-Za-z]{2}\d{2}(?:[ \-]?[A-Za-z0-9]){11,30}\s*")
_SHORT: Final = expression(r"\s*\d{3,8}\s*")
_EXPIRY: Final = expression(r"\s*(?:0?[1-9]|1[0-2]) ?[/\-. ] ?(?:20)?\d{2}\s*|\s*20\d{2}-(?:0[1-9]|1[0-2])\s*")
_WALLET: Final = expression(r"\s*(?:0x[0-9a-fA-F]{40}|[A-Za-z0-9]{25,110})\s*")


@dataclass(frozen=True, slots=True)
class Hint:
    """Names (lower case, single spaces) and what a value below one of them is, when it has this shape."""

    entity_type: str
    names: Any
    shape: Any
    score: float


def _row(entity_type: str, names: str, shape: Any, score: float) -> Hint:
    return Hint(entity_type, expression(names), shape, score)


_WHOSE: Final = r"(?:(?:customer|client|patient|employee|contact|user|member|person|owner|guest|student|applicant|subscriber|home|work|billing|shipping|primary|secondary|emergency) )?"

HINTS: Final = (
    _row(
        "PERSON",
        r"(?:(?:customer|client|patient|employee|contact|user|member|person|owner|guest|student|applicant|subscriber) )?"
        r"(?:first|last|full|middle|given|family|maiden|legal|birth|display|preferred|father s?|mother s?) ?name|surname|forename|lastname|firstname|fullname"
        r"|(?:customer|client|patient|employee|contact|person|guest|student|doctor|physician|spouse|recipient|sender|applicant|subscriber|account|beneficiary|driver|tenant|insured|holder) name"
        r"|name (?:first|last|full|middle|given|family)|vorname|nachname|familienname|geburtsname|nom(?: de famille| complet)?|pr[ée]nom|apellidos?|(?:primer|segundo) apellido|nombres?(?: completo)?"
        r"|cognome|nome(?: completo)?|sobrenome|apelido|voornaam|achternaam|naam|f[öo]rnamn|efternamn|fornavn|etternavn|efternavn|etunimi|sukunimi|imi[ęe]|nazwisko|imi[ęe] i nazwisko"
        r"|jm[ée]no|p[řr][íi]jmen[íi]|vezet[ée]kn[ée]v|keresztn[ée]v|prenume|ad soyad|soyad[ıi]|имя|фамилия|отчество|姓名|氏名|名前|이름",
        _NAME, 0.8,
    ),
    _row(
        "PERSON",
        r"name|customer|client|patient|employee|doctor|physician|manager|author|recipient|sender|spouse|contact(?: person)?"
        r"|assignee|reporter|owner|attendees?|participants?|signatory|beneficiary|guest|student|teacher|user|from name|to name"
        r"|kunde|kundin|mitarbeiter(?:in)?|ansprechpartner(?:in)?|empf[äa]nger|absender|patientin|client nom|titulaire|destinataire|cliente|paciente|titular|destinatario|klant|kund|asiakas|klient|pacjent",
        _CAPITALISED, 0.65,
    ),
    _row("CARD_HOLDER_NAME", r"(?:card ?holder|name on card|card name|karteninhaber|titulaire de la carte|titular de la tarjeta)(?: name)?", _NAME, 0.85),
    _row(
        "LOCATION",
        r"(?:(?:home|street|mailing|billing|shipping|postal|work|delivery|residential|customer|patient|current|permanent|business|office) )?address(?: ?line)? ?\d?"
        r"|street(?: name| address)?|(?:address )?line ?[1-3]|address street|adresse|anschrift|stra(?:ß|ss)e(?: und hausnummer)?|wohnort|rue|direcci[óo]n|domicilio|calle|indirizzo|endere[çc]o|morada|logradouro"
        r"|adres|straat|adress|gatuadress|osoite|ulica|adresa|lakc[íi]m|адрес|地址|住所|주소",
        _WORDS, 0.7,
    ),
    _row(
        "LOCATION",
        r"(?:(?:address|billing|shipping|home|birth|work|mailing) )?(?:city|town|village|county|country|birthplace|suburb|district|province)|place of birth|ort|stadt|geburtsort|ville|pays|lieu de naissance"
        r"|ciudad|pa[íi]s|municipio|provincia|lugar de nacimiento|citt[àa]|comune|luogo di nascita|cidade|bairro|plaats|woonplaats|geboorteplaats|stad|kaupunki|miasto|m[ěe]sto|город|城市",
        _NAME, 0.65,
    ),
    _row(
        "LOCATION",
        r"(?:(?:address|billing|shipping|home|mailing) )?(?:zip|zip ?code|postal ?code|post ?code|plz|postleitzahl|code postal|c[óo]digo postal|cep|postnummer|postinumero|kod pocztowy|ps[čc]|eircode|pin ?code)",
        _POSTCODE, 0.75,
    ),
    _row("COORDINATES", r"(?:\w+ )?(?:lat|latitude|lon|lng|long|longitude|lat ?l(?:on|ng|ong)|coordinates?|geo ?(?:location|point|code)|gps(?: coordinates?| position)?|koordinaten|coordenadas|coordonn[ée]es)", _DEGREES, 0.85),
    _row("ORGANIZATION", r"company(?: name)?|organi[sz]ation(?: name)?|employer(?: name)?|firma|arbeitgeber|entreprise|soci[ée]t[ée]|employeur|empresa|azienda|bedrijf|f[öo]retag|yritys", _WORDS, 0.65),
    _row(
        "DATE_TIME",
        r"(?:\w+ )?(?:dob|date of birth|birth ?date|birthday|born(?: on)?|date of death)|geburtsdatum|geburtstag|date de naissance|fecha de nacimiento|data di nascita|data de nascimento|geboortedatum"
        r"|f[öo]delsedatum|f[øo]dselsdato|syntym[äa]aika|data urodzenia|datum narozen[íi]|sz[üu]let[ée]si d[áa]tum|do[ğg]um tarihi|дата рождения|出生日期|生年月日|생년월일",
        _DATED, 0.9,
    ),
    _row(
        "PHONE_NUMBER",
        _WHOSE + r"(?:office |mobile |cell |daytime |evening )?(?:phone|telephone|tel|mobile|cell|fax|cellphone|mobilephone|whatsapp|landline)"
        r"(?: ?(?:number|no|nr|num))? ?\d?|phonenumber|telefon(?:nummer)?|handy(?:nummer)?|mobil(?:nummer|telefon)?|rufnummer|msisdn|t[ée]l[ée]phone|portable|num[ée]ro de t[ée]l[ée]phone|tel[ée]fono|m[óo]vil|celular"
        r"|cellulare|telefone|telem[óo]vel|telefoon(?:nummer)?|mobiel|puhelin(?:numero)?|telefon kom[óo]rkowy|телефон|电话|手机|電話番号|전화번호",
        _DIALLED, 0.8,
    ),
    _row("EMAIL_ADDRESS", _WHOSE + r"(?:e ?mail|mail)(?: ?(?:address|id))? ?\d?|courriel|adresse e ?mail|correo(?: electr[óo]nico)?|indirizzo e ?mail|posta elettronica|s[äa]hk[öo]posti|e ?post", _MAIL, 0.9),
    _row("URL", r"(?:(?:personal|profile|company|home) )?(?:website|web ?site|homepage|home page|url|web ?page|profile url|linkedin(?: url)?|webseite|site web|sitio web)", _LINK, 0.7),
    _row("IP_ADDRESS", r"(?:(?:client|remote|source|src|dest(?:ination)?|dst|user|last|login|server|host|peer) )?ip(?:v[46])?(?: ?addr(?:ess)?)?|remote addr|x forwarded for|ip adresse|adresse ip|direcci[óo]n ip", _INTERNET, 0.85),
    _row("MAC_ADDRESS", r"(?:\w+ )?(?:mac|mac ?addr(?:ess)?|hw ?addr(?:ess)?|hardware address|bssid|ethernet address|physical address)", _HARDWARE, 0.85),
    _row(
        "USERNAME",
        r"(?:\w+ )?(?:user ?name|login(?: name| id)?|screen ?name|nick ?name|handle|account ?name|logon(?: name)?|sam ?account ?name)|benutzer(?:name|kennung)?|anmeldename|nom d utilisateur|identifiant|usuario|nome utente|utente"
        r"|usu[áa]rio|gebruikersnaam|anv[äa]ndarnamn|brugernavn|brukernavn|k[äa]ytt[äa]j[äa]tunnus|nazwa u[żz]ytkownika|(?:twitter|instagram|telegram|skype|discord|github|linkedin)(?: (?:handle|id|user(?:name)?))?",
        _ACCOUNT, 0.7,
    ),
    _row("US_SSN", r"(?:\w+ )?(?:ssn|social security(?: (?:number|no))?)", _SSN, 0.9),
    _row("CREDIT_CARD", r"(?:\w+ )?(?:(?:credit|debit|payment) card|card(?: ?(?:number|no|num|nr))|cc(?: ?(?:number|no|num))?|ccn|pan|kreditkarten?(?:nummer)?|num[ée]ro de carte|n[úu]mero de tarjeta|numero carta)(?: ?(?:number|no|num))?", _CARD, 0.85),
    _row("CVV", r"(?:card )?(?:cvv2?|cvc2?|csc|security code|card verification(?: value| code)?|pr[üu]f(?:nummer|ziffer))", expression(r"\s*\d{3,4}\s*"), 0.9),
    _row("EXPIRY_DATE", r"(?:card )?(?:exp(?:iry|iration)?(?: date)?|expires|valid (?:thru|until|to)|g[üu]ltig bis|ablaufdatum|caducidad|scadenza|validade)", _EXPIRY, 0.8),
    _row("PIN_NUMBER", r"(?:card |atm |security )?pin(?: ?(?:number|code))?|geheimzahl", _SHORT, 0.85),
    _row("IBAN_CODE", r"(?:\w+ )?iban(?: ?(?:number|no|code))?", _BANK, 0.9),
    _row("US_BANK_NUMBER", r"(?:\w+ )?(?:routing|aba)(?: ?(?:number|no|transit(?: number)?))?", expression(r"\s*\d{9}\s*"), 0.85),
    _row(
        "ACCOUNT_NUMBER",
        r"(?:(?:bank|checking|savings|customer|client|member) )?(?:account|acct)(?: ?(?:number|no|nr|num))|kontonummer|konto|num[ée]ro de compte|n[úu]mero de cuenta|cuenta(?: bancaria)?|numero (?:di )?conto|conto|rekeningnummer"
        r"|sort ?code|bsb|clabe|swift(?: code)?|bic|ifsc|blz|bankleitzahl|(?:customer|client|member|subscriber) (?:number|no|nr|id)|kundennummer",
        _NUMBER, 0.75,
    ),
    _row("CRYPTO", r"(?:\w+ )?(?:wallet(?: ?(?:address|id))?|btc(?: ?address)?|eth(?:ereum)?(?: ?address)?|bitcoin(?: ?address)?|crypto(?: ?address)?)", _WALLET, 0.8),
    _row(
        "NRP",
        r"nationality|religion|ethnicity|race|citizenship|political (?:party|affiliation)|denomination|staatsangeh[öo]rigkeit|nationalit[äa]t|nationalit[ée]|nacionalidad|nazionalit[àa]|cittadinanza|nacionalidade"
        r"|nationaliteit|konfession|religi[óo]n|ethnie",
        _NAME, 0.7,
    ),
    _row(
        "SECRET",
        r"(?:\w+ )?(?:password|passwd|passcode|passphrase|pwd|api ?key|api token|access token|refresh token|auth token|bearer token|session token|id token|secret key|secret access key|client secret|app secret|signing secret|shared secret"
        r"|webhook secret|jwt secret|private key|encryption key|signing key|access key|license key|passwort|kennwort|mot de passe|contrase[ñn]a"
        r"|senha|wachtwoord|l[öo]senord|salasana|has[łl]o|heslo|jelsz[óo]|пароль|密码|パスワード)(?: hash)?|secret|(?:db|database|smtp|mail|ftp|user|admin|root|login|redis|postgres|mysql|proxy|basic auth) pass",
        _SECRET, 0.8,
    ),
    _row(
        "SECRET",
        r"(?:\w+ )?(?:passphrase|(?:seed|recovery|backup|secret|mnemonic) (?:phrase|words)|mnemonic|client secret)",
        _PHRASE, 0.8,
    ),
)  # fmt: skip


def plain_name(name: str) -> str:
    """`customerName`, `customer_name` and `Customer-Name` as `customer name`; cut at 80 characters."""
    return _plain(name[:MAX_NAME])


def hints_for(names: tuple[str, ...]) -> tuple[Hint, ...]:
    """The rows for a value below these names, outermost first; the last alone counts, and all of them together."""
    return _hints(plain_name(" ".join(names)), plain_name(names[-1])) if names else ()


# Names are cut before they get here: a cache keeps what it is asked by, and keys of documents may have megabytes.


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return " ".join(_SEPARATORS.sub(" ", _CAMEL.sub(" ", name)).lower().split())


@lru_cache(maxsize=1024)
def _hints(*asked: str) -> tuple[Hint, ...]:
    return tuple(hint for hint in HINTS if any(hint.names.fullmatch(name) for name in asked))


def forget() -> None:
    """Drop the names that were seen: they are text of a document, which is not kept when it is done."""
    _plain.cache_clear()
    _hints.cache_clear()


def find(text: str, names: tuple[str, ...], wanted: Wanted) -> list[Finding]:
    """The whole value, when the names above it say what it is and it looks the part."""
    least = wanted.by_type()
    return [
        Finding(hint.entity_type, start, end, hint.score, text[start:end], f"header:{hint.entity_type.lower()}")
        for hint in hints_for(names)
        if hint.score >= least.get(hint.entity_type, 2.0) and hint.shape.fullmatch(text)
        for start, end in [_without_spaces(text)]
    ]


def _without_spaces(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text.rstrip())
