"""Payment cards and what stands on them."""

from typing import Final

from expunct_server.redaction.patterns import checks, checks_money
from expunct_server.redaction.patterns.row import LINK, Pattern, expression, words

_CARD_WORDS: Final = (
    r"cards?", r"credit ?cards?", r"debit", r"visa", r"master ?card", r"amex", r"american express", r"discover", r"maestro",
    r"diners", r"jcb", r"cc", r"ccn", r"pan", r"payments?", r"paid", r"kreditkarte\w{0,8}", r"karte(?:nnummer)?", r"carte", r"tarjeta",
    r"cart[ãa]o", r"carta", r"creditcard", r"kort(?:nummer)?", r"karta", r"card_?number", r"unionpay", r"rupay", r"charged?",
)  # fmt: skip
_LABEL: Final = (
    r"(?<![\p{L}\p{N}])(?:(?:credit|debit|bank|payment|visa|master|gift|charge)?[ _-]?card|visa|mastercard|amex|ccn?|pan|kreditkarte(?:nnummer)?|kartennummer"
    r"|carte(?:[ ](?:bancaire|bleue|de cr[ée]dit|visa))?|tarjeta(?:[ ]de[ ](?:cr[ée]dito|d[ée]bito))?|cart[ãa]o(?:[ ]de[ ]cr[ée]dito)?|carta(?:[ ]di[ ]credito)?|creditcard|kortnummer)"
)
_LABEL_END: Final = (
    r"(?:[ _](?:number|no|nr|num|code|is|was|of|ending|n°|nº|número|numéro|numero)(?![\p{L}\p{N}])){0,3}[.:#=\"'\-]{0,3}"
    + LINK
    + r"[\"'#]?"
)
_START: Final = r"(?<![A-Za-z0-9_.+-])"
_END: Final = r"(?![A-Za-z0-9_]|-\d|\.\d)"

ROWS: Final = (
    Pattern(
        name="credit_card",
        entity_type="CREDIT_CARD",
        expression=expression(_START, r"[1-689](?:[ \-\u00a0]?\d){11,18}", _END),
        score=0.9,
        check=checks_money.card,
        check_name="luhn",
        context=words(*_CARD_WORDS),
        context_score=1.0,
        examples=(
            "paid with «4111 1111 1111 1111» today",
            "«5500-0000-0000-0004»",
            "card «378282246310005».",
            "«6011111111111117»,",
            "«3782 822463 10005»",
            "«2223 0031 2200 3222»",
            "«6200 0000 0000 0005»",
        ),
        near_misses=(
            "4111 1111 1111 1112",
            "4444444444444444",
            "order 9111111111111111",
            "v4111111111111111",
            "20240131123456789",
            "1700000000000",
        ),
    ),
    Pattern(
        name="credit_card_dotted",
        entity_type="CREDIT_CARD",
        expression=expression(
            _START, r"[2-6]\d{3}(?:([./_])\d{4}(?:\1\d{4}){2}|(?:[ ]{2,3}\d{4}){3}|(?:[ ]?[-–][ ]?\d{4}){3})", _END
        ),
        score=0.85,
        check=checks_money.card,
        check_name="luhn",
        examples=("«4111.1111.1111.1111»", "«4111 - 1111 - 1111 - 1111»"),
        near_misses=("4111.1111.1111.1112", "1.4111.1111.1111.1111"),
    ),
    Pattern(
        name="credit_card_labelled",
        entity_type="CREDIT_CARD",
        expression=expression(_LABEL, _LABEL_END, r"(?P<v>\d(?:[ \-]?\d){11,18})", _END, ignore_case=True),
        score=0.85,
        check=checks_money.card_of_any_issuer,
        check_name="luhn",
        languages=("en", "de", "fr", "es", "pt", "it", "nl", "sv"),
        needs=("card", "visa", "amex", "cc", "pan", "karte", "carte", "tarjeta", "cart", "kort"),
        examples=(
            "my card «630495060000»",
            "credit card number is «0604 9506 0018»",
            "Kartennummer: «9300000000000008»",
        ),
        near_misses=("number 630495060000", "my card 630495060001", "postcard 12"),
    ),
    Pattern(
        name="credit_card_unchecked",
        entity_type="CREDIT_CARD",
        expression=expression(_START, r"(?:[3-6]\d{3}([ \-])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}[ \-]\d{6}[ \-]\d{5})", _END),
        score=0.45,
        check=checks_money.card_shape,
        check_name="shape",
        context=words(*_CARD_WORDS),
        context_score=0.75,
        examples=("visa «4532 1234 5678 9012»", "card: «4111-1111-1111-1112»", "Amex «3714 123456 78901»"),
        near_misses=("4532 1234 5678 9012", "card 4444 4444 4444 4444", "card 1234 5678 9012 3456 7"),
    ),
    Pattern(
        name="credit_card_unchecked_digits",
        entity_type="CREDIT_CARD",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:(?:credit|debit|payment)[ _-]?card(?:[ _]?(?:number|no|num|nr))?|card[ _]?(?:number|no|num|nr)|ccn|cc[ _]?num(?:ber)?|kreditkarten?nummer)",
            _LABEL_END,
            r"(?P<v>\d{4}(?:[ \-]?\d{4}){3})",
            _END,
            ignore_case=True,
        ),
        score=0.7,
        check=checks_money.card_shape,
        check_name="label",
        needs=("card", "ccn", "cc", "karte"),
        examples=("credit card number: «1234567890123456»", "card_number=«1234-5678-9012-3456»"),
        near_misses=("card 1234567890123456", "card number 123456789012", "cardinal number 1234567890123456"),
    ),
    Pattern(
        name="cvv",
        entity_type="CVV",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:cvv2?|cvc2?|csc|cid|card verification(?: (?:value|code))?|security code|(?:karten)?pr[üu]f(?:nummer|ziffer)|cryptogramme"
            r"|c[óo]digo de seguridad|c[óo]digo de seguran[çc]a|codice di sicurezza|code de s[ée]curit[ée])",
            _LABEL_END,
            r"(?P<v>\d{3,4})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.9,
        check_name="label",
        languages=("en", "de", "fr", "es", "pt", "it"),
        needs=(
            "cv",
            "csc",
            "cid",
            "verification",
            "security",
            "prüf",
            "pruf",
            "cryptogramme",
            "seguri",
            "segura",
            "sicurezza",
            "sécurité",
            "securite",
        ),
        examples=(
            "CVV: «123»",
            "cvc «9876» ok",
            "the security code is «042».",
            "card_cvv:\n«321»",
            "Prüfziffer: «123»",
        ),
        near_misses=("CVV: 12", "cvv 12345", "cid 1234-5", "lucid 123"),
    ),
    Pattern(
        name="card_expiry",
        entity_type="EXPIRY_DATE",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:exp(?:iry|ires|iration)?|valid (?:thru|through|until)|good thru|g[üu]ltig bis|ablauf(?:datum)?|expire(?: le| il)?|vence|venc(?:imiento)?"
            r"|v[áa]lid[oa] (?:hasta|at[ée])|caduc(?:a|idad)|validade|scadenza|geldig tot|giltig till|wa[żz]na do)",
            r"(?:[ _]dates?\b)?(?:[ _](?:is|on|at|in))?[.:#=\"']{0,3}",
            LINK,
            r"(?P<v>(?:0?[1-9]|1[0-2])[ ]?[/\-.][ ]?(?:20)?\d{2})(?![A-Za-z0-9_/-]|\.\d)",
            ignore_case=True,
        ),
        score=0.85,
        check=checks.expiry,
        check_name="month",
        languages=("en", "de", "fr", "es", "pt", "it", "nl", "sv", "pl"),
        needs=(
            "exp",
            "valid",
            "good thru",
            "ltig",
            "ablauf",
            "venc",
            "caduc",
            "válid",
            "scadenza",
            "geldig",
            "giltig",
            "na do",
        ),
        examples=(
            "Exp. «04/27»",
            "expires «12/2029»",
            "valid thru «01-28»",
            "card expiry date:\n«9/26»",
            "gültig bis «11/28»",
        ),
        near_misses=("exp 13/27", "experience 04/27", "expires 04/27/2026", "04/27"),
    ),
    Pattern(
        name="card_holder",
        entity_type="CARD_HOLDER_NAME",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?i:card[ _-]?holder(?:'s)?(?:[ _]name)?|name on (?:the )?card|karteninhaber(?:in)?|titulaire(?: de la carte)?|titular(?: de la tarjeta| do cart[ãa]o)?"
            r"|intestatario(?: della carta)?|kaarthouder|kortinnehavare|posiadacz karty)(?i:[ ]is)?[\"']?[ ]?[:=\"']{0,3}",
            LINK,
            r"[\"']?(?P<v>(?:(?:Mr|Ms|Mrs|Dr)\.?[ ])?\p{Lu}[\p{L}'’.\-]{0,30}(?:[ ](?:(?:de la|de|van|von|der|da|dos?)[ ])?\p{Lu}[\p{L}'’.\-]{0,30}){1,3})(?<!\.)(?![\p{L}\p{N}])",
        ),
        score=0.9,
        check_name="label",
        languages=("en", "de", "fr", "es", "pt", "it", "nl", "sv", "pl"),
        needs=("card", "karten", "titula", "intestatario", "kaart", "kort", "karty"),
        examples=(
            "Cardholder name: «Jane Q. Doe»",
            "Name on card «MAX MUSTERMANN»",
            "card holder:\n«Ana Cruz»",
            "Titulaire : «Jeanne de la Tour»",
        ),
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
)
