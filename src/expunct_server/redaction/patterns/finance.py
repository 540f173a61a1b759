"""Cards, accounts and wallets."""

from typing import Final

from expunct_server.redaction.patterns import checks
from expunct_server.redaction.patterns.row import LINK, Pattern, expression, words

_CARD_WORDS: Final = (
    r"cards?", r"credit", r"debit", r"visa", r"master ?card", r"amex", r"american express", r"discover", r"maestro",
    r"diners", r"jcb", r"cc", r"pan", r"payment", r"kreditkarte",
)  # fmt: skip
_BANK_WORDS: Final = (
    r"bank", r"account", r"acct", r"checking", r"savings?", r"deposit", r"wire", r"routing", r"ach",
)  # fmt: skip
_LABEL_END: Final = (
    r"(?:[ _](?:number|no|nr|num|code|is|was|of)(?![\p{L}\p{N}])){0,3}[.:#=\"'\-]{0,3}" + LINK + r"[\"'#]?"
)

ROWS: Final = (
    Pattern(
        name="credit_card",
        entity_type="CREDIT_CARD",
        expression=expression(r"(?<![A-Za-z0-9_.+-])[2-6](?:[ \-]?\d){12,18}(?![A-Za-z0-9_-]|\.\d)"),
        score=0.9,
        check=checks.card,
        check_name="luhn",
        context=words(*_CARD_WORDS),
        context_score=1.0,
        examples=(
            "paid with «4111 1111 1111 1111» today",
            "«5500-0000-0000-0004»",
            "card «378282246310005».",
            "«6011111111111117»,",
        ),
        near_misses=("4111 1111 1111 1112", "4444444444444444", "order 9111111111111111", "v4111111111111111"),
    ),
    Pattern(
        name="credit_card_short",
        entity_type="CREDIT_CARD",
        expression=expression(r"(?<![A-Za-z0-9_.+-])[56]\d{11}(?![A-Za-z0-9_-]|\.\d)"),
        score=0.2,
        check=checks.card,
        check_name="luhn",
        context=words(*_CARD_WORDS),
        context_score=0.8,
        examples=("my card «630495060000»",),
        near_misses=("number 630495060000", "my card 630495060001"),
    ),
    Pattern(
        name="iban",
        entity_type="IBAN_CODE",
        expression=expression(
            r"(?<![A-Za-z0-9_-])[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?:[ ][A-Z0-9]{4}){2,7}(?:[ ][A-Z0-9]{1,4})?)(?![A-Z0-9])"
        ),
        score=0.95,
        check=checks.iban_prefix,
        check_name="mod97",
        context=words("iban", "bank", "konto"),
        context_score=1.0,
        examples=(
            "IBAN «GB82 WEST 1234 5698 7654 32», please",
            "«DE89370400440532013000»",
            "to «NL91 ABNA 0417 1643 00» AND more",
        ),
        near_misses=("GB83 WEST 1234 5698 7654 32", "AB12 CDEF GHIJ KLMN", "DE8937040044053201300"),
    ),
    Pattern(
        name="iban_labelled",
        entity_type="IBAN_CODE",
        expression=expression(
            r"(?<![\p{L}\p{N}])iban",
            _LABEL_END,
            r"(?P<v>[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{2,4}){3,8})(?![A-Z0-9])",
            ignore_case=True,
        ),
        score=0.6,
        check=checks.has_digit,
        check_name="label",
        needs=("iban",),
        examples=("IBAN: «GB83WEST12345698765432»",),
        near_misses=("ibanez GB83WEST12345698765432", "IBAN number"),
    ),
    Pattern(
        name="bitcoin",
        entity_type="CRYPTO",
        expression=expression(
            r"(?<![A-Za-z0-9_])(?:[13][1-9A-HJ-NP-Za-km-z]{25,34}|bc1[02-9ac-hj-np-z]{25,87})(?![A-Za-z0-9_])"
        ),
        score=0.95,
        check=checks.bitcoin_address,
        check_name="base58check",
        examples=("to «1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa» now", "«bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»"),
        near_misses=("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "3333333333333333333333333333"),
    ),
    Pattern(
        name="ethereum",
        entity_type="CRYPTO",
        expression=expression(r"(?<![A-Za-z0-9_])0x[0-9a-fA-F]{40}(?![A-Za-z0-9_])"),
        score=0.85,
        needs=("0x",),
        examples=("pay «0x52908400098527886E0F7030069857D2E4169EE7»",),
        near_misses=("0x52908400098527886E0F7030069857D2E4169EE", "0xdeadbeef"),
    ),
    Pattern(
        name="cvv",
        entity_type="CVV",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:cvv2?|cvc2?|csc|cid|card verification|security code)",
            _LABEL_END,
            r"(?P<v>\d{3,4})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.9,
        check_name="label",
        needs=("cv", "csc", "cid", "verification", "security"),
        examples=("CVV: «123»", "cvc «9876» ok", "the security code is «042».", "card_cvv:\n«321»"),
        near_misses=("CVV: 12", "cvv 12345", "cid 1234-5", "lucid 123"),
    ),
    Pattern(
        name="card_expiry",
        entity_type="EXPIRY_DATE",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:exp(?:iry|ires|iration)?|valid (?:thru|through|until)|good thru)",
            r"(?:[ _]dates?\b)?(?:[ _](?:is|on|at|in))?[.:#=\"']{0,3}",
            LINK,
            r"(?P<v>(?:0?[1-9]|1[0-2])[ ]?[/\-][ ]?(?:20)?\d{2})(?![A-Za-z0-9_/-]|\.\d)",
            ignore_case=True,
        ),
        score=0.85,
        check=checks.expiry,
        check_name="month",
        needs=("exp", "valid", "good thru"),
        examples=("Exp. «04/27»", "expires «12/2029»", "valid thru «01-28»", "card expiry date:\n«9/26»"),
        near_misses=("exp 13/27", "experience 04/27", "expires 04/27/2026", "04/27"),
    ),
    Pattern(
        name="card_holder",
        entity_type="CARD_HOLDER_NAME",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?i:card[ _-]?holder(?:'s)?(?:[ _]name)?|name on (?:the )?card)(?i:[ ]is)?[:=\"']{0,3}",
            LINK,
            r"[\"']?(?P<v>(?:(?:Mr|Ms|Mrs|Dr)\.?[ ])?\p{Lu}[\p{L}'’.\-]{0,30}(?:[ ]\p{Lu}[\p{L}'’.\-]{0,30}){1,3})(?<!\.)(?![\p{L}\p{N}])",
        ),
        score=0.9,
        check_name="label",
        needs=("card",),
        examples=("Cardholder name: «Jane Q. Doe»", "Name on card «MAX MUSTERMANN»", "card holder:\n«Ana Cruz»"),
        near_misses=("cardholder agreement", "The cardholder may", "holder: Jane Doe"),
    ),
    Pattern(
        name="pin",
        entity_type="PIN_NUMBER",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:pin|personal identification number)",
            _LABEL_END,
            r"(?P<v>\d{4,8})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.8,
        check_name="label",
        needs=("pin", "identification"),
        examples=("PIN: «4821»", "my pin code is «009281»", "pin_number:\n«1357»"),
        near_misses=("spin 4821", "PIN 12", "pin 4821-1", "pinned 4821"),
    ),
    Pattern(
        name="us_routing_number",
        entity_type="US_BANK_NUMBER",
        expression=expression(r"(?<![A-Za-z0-9_.-])\d{9}(?![A-Za-z0-9_-]|\.\d)"),
        score=0.0,
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
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:bank|checking|savings|deposit)[ _](?:account|acct)",
            _LABEL_END,
            r"(?P<v>\d(?:[ -]?\d){5,16})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.85,
        check_name="label",
        needs=("account", "acct"),
        examples=(
            "Checking account number: «000123456789»",
            "bank account «1234-5678-90»",
            "savings_account:\n«12345678»",
        ),
        near_misses=("bank account 12345", "the bank account was opened", "bank 000123456789"),
    ),
    Pattern(
        name="account_number",
        entity_type="ACCOUNT_NUMBER",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:(?:account|acct|a/c|konto)|(?:customer|client|member|policy|subscriber)(?=[ _](?:id|n|#)))",
            r"(?:[ _](?:number|no|nr|num|id|is|was|#)(?![\p{L}\p{N}])){0,3}[.:#=\"']{0,3}",
            LINK,
            r"[\"'#]?",
            r"(?P<v>[A-Z0-9]{0,6}-?\d(?:[ \-]?[A-Z0-9]){4,19})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.65,
        check=checks.has_digit,
        check_name="label",
        needs=("account", "acct", "a/c", "konto", "customer", "client", "member", "policy", "subscriber"),
        examples=(
            "Account #«99-1234567»",
            "customer number: «C1029384»",
            "acct no. «12345678»",
            "account_number:\n«55512345»",
        ),
        near_misses=("account 1234", "on account of 12345678", "accounts 12345678", "customer 12345678"),
    ),
)
