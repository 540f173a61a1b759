"""Numbers of bank accounts and of the banks that keep them."""

from typing import Final

from expunct_server.redaction.patterns import checks, checks_money
from expunct_server.redaction.patterns.check_digits import enough_digits
from expunct_server.redaction.patterns.labels import labelled
from expunct_server.redaction.patterns.row import FAINT, LINK, Pattern, expression, words

_LABEL_END: Final = (
    r"(?:[ _](?:number|no|nr|num|code|is|was|of|n°|nº)(?![\p{L}\p{N}])){0,3}[.:#=\"'\-]{0,3}" + LINK + r"[\"'#]?"
)
_END: Final = r"(?![A-Za-z0-9_]|-\d|\.\d)"


def _labelled(
    name: str,
    label: str,
    value: str,
    examples: tuple[str, ...],
    near_misses: tuple[str, ...],
) -> Pattern:
    """A number of a bank or an account that only its label tells."""
    return Pattern(
        name=name,
        entity_type="ACCOUNT_NUMBER",
        expression=expression(
            rf"(?<![\p{{L}}\p{{N}}])(?:{label})", _LABEL_END, rf"(?P<v>{value})", _END, ignore_case=True
        ),
        score=0.8,
        check_name="label",
        examples=examples,
        near_misses=near_misses,
    )


_DIGITS: Final = r"(?P<v>\d(?:[ -]?\d){5,16})(?![A-Za-z0-9_-]|\.\d)"
_ACCOUNT: Final = r"(?P<v>(?:[A-Z]{1,6}[ \-]|(?i:[A-Z]{1,6})-?)?\d(?i:[A-Z0-9]{0,18}(?:[ \-](?=[A-Z]{0,3}\d)[A-Z0-9]{1,12}){0,6}))(?![A-Za-z0-9_-]|\.\d)"
_WITH_KIND: Final = r"(?=[ _.\-]{0,2}(?:id|ids|n[or]|num|number|#|ref)(?![\p{L}])|[ ]?#|Id|N[ou])"
_ACCOUNTS: Final = (
    r"account", r"acct", r"a/c", r"konto(?:nummer|-?nr)?", r"kto\.?(?:-?nr)?", r"compte", r"cuenta", r"conta", r"conto", r"rekening(?:nummer)?", r"rachunek|rachunku", r"kontonr",
    *(f"{whose}{_WITH_KIND}" for whose in ("customer", "client", "member(?:ship)?", "policy", "subscriber", "loan", "mortgage", "billing", "contract")),
    r"customer(?=[ ][A-Z]{1,3}-\d{5})", r"(?:kunden|vertrags|versicherungs|mitglieds|policen|versicherungsschein)(?:nummer|-?nr)", r"n(?:um[eé]ro|°|º)[ ](?:de[ ])?(?:client|contrat|police|compte|adh[eé]rent)",
    r"n[uú]mero[ ]de[ ](?:cliente|p[oó]liza|cuenta|socio|contrato)", r"numero[ ](?:cliente|polizza|di[ ]conto)", r"(?:klant|polis|lidmaatschaps)(?:nummer|nr)", r"kund(?:nummer|nr)", r"numer[ ](?:klienta|polisy|konta)",
)  # fmt: skip

ROWS: Final = (
    Pattern(
        name="iban",
        entity_type="IBAN_CODE",
        expression=expression(
            r"(?<![A-Za-z0-9_-])[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?:[ \u00a0-][A-Z0-9]{4}){2,7}(?:[ \u00a0-][A-Z0-9]{1,4})?)(?![A-Z0-9])",
            ignore_case=True,
        ),
        score=0.95,
        check=checks_money.iban_prefix,
        check_name="mod97",
        context=words("iban", "bank", "konto", "account", "compte", "cuenta"),
        context_score=1.0,
        examples=(
            "IBAN «GB82 WEST 1234 5698 7654 32», please",
            "«DE89370400440532013000»",
            "to «NL91 ABNA 0417 1643 00» AND more",
            "«gb82 west 1234 5698 7654 32» now",
            "«FR14-2004-1010-0505-0001-3M02-606»",
        ),
        near_misses=(
            "GB83 WEST 1234 5698 7654 32",
            "AB12 CDEF GHIJ KLMN",
            "DE8937040044053201300",
            "ab12cdef0123456789",
        ),
    ),
    Pattern(
        name="iban_labelled",
        entity_type="IBAN_CODE",
        expression=expression(
            r"(?<![\p{L}\p{N}])iban",
            _LABEL_END,
            r"(?P<v>[A-Z]{2}\d{2}(?:[ \-][A-Z0-9]{2,4}){3,8}|[A-Z]{2}\d{2}[A-Z0-9]{11,30})(?![A-Z0-9])",
            ignore_case=True,
        ),
        score=0.6,
        check=checks.has_digit,
        check_name="label",
        examples=("IBAN: «GB83WEST12345698765432»",),
        near_misses=("ibanez GB83WEST12345698765432", "IBAN number"),
    ),
    _labelled(
        "swift_code",
        r"swift(?:[ /_-]?(?:bic|code))?|bic(?:[ /_-]?(?:swift|code))?",
        r"(?-i:[A-Z]{6}[A-Z2-9][A-NP-Z0-9](?:[A-Z0-9]{3})?)",
        ("SWIFT: «DEUTDEFF500»", "BIC «COBADEFFXXX»,"),
        ("swift action", "BIC: deutdeff", "Taylor Swift COMEBACK1"),
    ),
    _labelled(
        "uk_sort_code",
        r"sort[ _-]?code",
        r"\d{2}[ \-]?\d{2}[ \-]?\d{2}",
        ("sort code: «20-00-00»", "Sort Code «200000»"),
        ("sort code 12", "sort codes by name", "resort code: 20-00-00"),
    ),
    Pattern(
        name="uk_account",
        entity_type="ACCOUNT_NUMBER",
        expression=expression(r"(?<![A-Za-z0-9_.+-])\d{2}-\d{2}-\d{2}[ ,/|]{1,3}\d{8}", _END),
        score=0.6,
        check_name="shape",
        context=words(r"sort", r"bank", r"account", r"acct", r"a/c", r"pay(?:ment|able)?", r"bacs"),
        context_score=0.85,
        countries=("GB", "IE"),
        examples=("pay to «20-00-00 55779911»", "«20-00-00, 55779911»"),
        near_misses=("20-00-00", "12-31-2024 10000000", "20-00-00 5577991"),
    ),
    _labelled(
        "bsb",
        r"bsb",
        r"\d{3}[ \-]?\d{3}",
        ("BSB: «062-000»", "bsb «062000»"),
        ("bsb 12", "absb 062-000"),
    ),
    _labelled(
        "canadian_transit",
        r"(?:branch|bank)?[ _]?transit(?:[ ]and[ ]institution)?|institution(?=[ ](?:number|no))",
        r"\d{5}-\d{3}|0\d{8}|\d{5}|\d{3}",
        ("transit number «00011-003»", "Institution number: «003»", "Transit: «12345»"),
        ("transit 12", "in transit for 12345678", "institution of 003"),
    ),
    _labelled(
        "ifsc",
        r"ifsc?",
        r"[A-Z]{4}0[A-Z0-9]{6}",
        ("IFSC code: «HDFC0001234»", "IFSC «SBIN0005943»"),
        ("if sbin0005943", "IFSC HDFC1001234"),
    ),
    _labelled(
        "bankleitzahl",
        r"blz|bankleitzahl|code[ ]banque|code[ ]guichet|abi|cab",
        r"\d{3}[ ]?\d{3}[ ]?\d{2}|\d{5}",
        ("BLZ «370 400 44»", "ABI: «05428»", "code banque «20041»"),
        ("BLZ 37", "cabs 12345", "abi 123456"),
    ),
    Pattern(
        name="clabe",
        entity_type="ACCOUNT_NUMBER",
        expression=expression(r"(?<![A-Za-z0-9_.+-])\d{3}[ ]?\d{3}[ ]?\d{11}[ ]?\d", _END),
        score=0.4,
        check=checks_money.clabe,
        check_name="clabe",
        context=words(r"clabe", r"banco", r"cuenta", r"transferencia", r"spei", r"bank", r"account"),
        context_score=0.9,
        countries=("MX",),
        examples=("CLABE: «032180000118359719»", "cuenta «002010077777777771»"),
        near_misses=("CLABE: 032180000118359718", "order 032180000118359719"),
    ),
    Pattern(
        name="us_routing_number",
        entity_type="US_BANK_NUMBER",
        expression=expression(r"(?<![A-Za-z0-9_.-])\d{9}(?![A-Za-z0-9_-]|\.\d)"),
        score=FAINT,
        check=checks.aba_routing,
        check_name="aba",
        context=words(r"routing", r"aba", r"rtn", r"transit", r"wire", r"fedwire"),
        context_score=0.9,
        examples=("routing number «021000021»", "ABA: «122105155»"),
        near_misses=("routing number 021000022", "order 021000021"),
    ),
    Pattern(
        name="us_bank_account",
        entity_type="US_BANK_NUMBER",
        expression=labelled(
            r"(?:bank|checking|chequing|savings|(?:direct[ ])?deposit)[ _](?:account|acct|a/c)", r"(?:checking|savings)(?=[ ]?[#:]|[ ]\d)", value=_DIGITS
        ),
        score=0.85,
        check=enough_digits(6, 17),
        check_name="label",
        examples=(
            "Checking account number: «000123456789»", "bank account «1234-5678-90»", "savings_account:\n«12345678»", "checking «4471920038»", "Bank account # «77120034519»", "Checking account «1002938475» was closed",
        ),
        near_misses=("bank account 12345", "the bank account was opened", "bank 000123456789", "checking 12 files"),
    ),
    Pattern(
        name="us_account_beside_routing",
        entity_type="US_BANK_NUMBER",
        expression=labelled(r"account", r"acct", r"a/c", value=_DIGITS),
        score=0.0,
        check=enough_digits(6, 17),
        check_name="label",
        context=words(r"routing", r"aba", r"rtn", r"direct deposit", r"fedwire", r"ach"),
        context_score=0.86,
        countries=("US",),
        languages=("en",),
        examples=("ABA 037052047, acct # «8830127745»", "account number «5501928830», ABA routing", "routing 078553453 for credit to account «55018842»"),
        near_misses=("account 5501928830", "routing account 12"),
    ),
    Pattern(
        name="account_number",
        entity_type="ACCOUNT_NUMBER",
        expression=labelled(*_ACCOUNTS, value=_ACCOUNT),
        score=0.65,
        check=enough_digits(5),
        check_name="label",
        languages=("en", "de", "fr", "es", "pt", "it", "nl", "sv", "pl"),
        examples=(
            "Account #«99-1234567»", "customer number: «C1029384»", "acct no. «12345678»", "account_number:\n«55512345»", "Loan number «LN-4481902»", "Policy no.: «HX 558 201 77»", "Kundennummer «40-118832»)",
            "Numéro de compte : «00412 88190»", "Customer «C-550918», x", "número de cuenta: «2100 0418 45 0200051332»", "member no. «30018842» with the",
        ),
        near_misses=("account 1234", "on account of 12345678", "accounts 12345678", "customer 12345678", "loan 12345678", "policy 2024-2025"),
    ),
    Pattern(
        name="account_ending",
        entity_type="ACCOUNT_NUMBER",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:account|acct)(?:[ ](?:number|no\.?))?[ ](?:that[ ])?(?:ending|ends)(?:[ ](?:in|with))?[ :]{1,2}(?P<v>\d{3,6})", _END, ignore_case=True
        ),
        score=0.6,
        check_name="label",
        languages=("en",),
        examples=("the account ending in «4471».", "account number ends with «0912»"),
        near_misses=("the month ending 1231", "account ends 31 May"),
    ),
)  # fmt: skip
