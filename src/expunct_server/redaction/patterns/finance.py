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
    r"(?:[ _](?:number|no|nr|num|code|is|are|was|of|ending|n°|nº|número|numéro|numero)(?![\p{L}\p{N}])){0,3}[.:#=\"'\-]{0,3}"
    + LINK
    + r"[\"'#]?"
)
_START: Final = r"(?<![A-Za-z0-9_.+-])"
_END: Final = r"(?![A-Za-z0-9_]|-\d|\.\d)"

_PIN_LABELS: Final = (
    r"(?:(?:atm|card|debit|telephone|phone|sim|bank|security|voicemail)[ ])?pin(?:[ -]?(?:code|kode|nummer))?|personal identification number|pass[ ]?code|(?:one[ -]?time|verification|access|door|gate|entry|alarm|unlock|lockbox|keypad|confirmation|authentication|security access|2fa|login)[ ](?:pass)?code"
    r"|one[ -]?time[ ]password|otp|geheimzahl|(?:tür|zugangs|best[äa]tigungs|freischalt)code|code[ ](?:pin|secret|confidentiel|d['’]acc[èe]s)|c[óo]digo[ ](?:pin|secreto|de[ ](?:acceso|verificaci[óo]n))|codice[ ](?:pin|segreto|di[ ]accesso)|pin-?kod"
)

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
        examples=("credit card number: «1234567890123456»", "card_number=«1234-5678-9012-3456»"),
        near_misses=("card 1234567890123456", "card number 123456789012", "cardinal number 1234567890123456"),
    ),
    Pattern(
        name="cvv",
        entity_type="CVV",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:(?:cvv2?|cvc2?|csc|cid|card[ _]verification(?:[ _](?:value|code|number))?|(?:card[ ])?security[ _]code|(?:the[ ])?(?:3|4|three|four)[ -]digits?(?:[ ](?:security[ ])?(?:code|number))?)(?:,? (?:on|at|from) (?:the )?(?:back|front|reverse)(?: of (?:the|my|your|her|his) card)?)?|cod[ei]c? (?:cvv|cvc)|code de v[ée]rification|(?:karten)?pr[üu]f(?:nummer|ziffer)|cryptogramme"
            r"|c[óo]digo de seguridad|c[óo]digo de seguran[çc]a|codice di sicurezza|code de s[ée]curit[ée])",
            _LABEL_END,
            r"(?P<v>\d{3,4})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.9,
        check_name="label",
        languages=("en", "de", "fr", "es", "pt", "it"),
        examples=(
            "CVV: «123»",
            "cvc «9876» ok",
            "the security code is «042».",
            "card_cvv:\n«321»",
            "Prüfziffer: «123»",
            "security code on the back is «903»",
            "the three digits on the back are «940»",
            "3-digit code «207»",
            "card_verification_value=«9021»",
        ),
        near_misses=("CVV: 12", "cvv 12345", "cid 1234-5", "lucid 123", "three digits, 123 of them", "security codes 331"),
    ),
    Pattern(
        name="cvv_behind_expiry",
        entity_type="CVV",
        expression=expression(
            r"(?<![A-Za-z0-9_/.,-])(?:0[1-9]|1[0-2])[ ]?/[ ]?(?:20)?(?:2[3-9]|3\d)[ ,;|]{1,3}(?P<v>\d{3,4})(?![A-Za-z0-9_/-]|[.,]\d)"
        ),
        score=0.0,
        check_name="form",
        context=words(*_CARD_WORDS, r"expiry"),
        context_score=0.7,
        examples=("card 4872 9459 4567 4615 05/28 «114»", "visa 11/2027, «0371»"),
        near_misses=("on 05/28 114 people", "card 05/28/2024", "card 05/28 12"),
    ),
    Pattern(
        name="cvv_quoted",
        entity_type="CVV",
        expression=expression(r"(?<=[\"'“‘(\[])\d{3,4}(?=\??[\"'”’)\]])"),
        score=0.0,
        check_name="quoted",
        context=words(r"cvv2?", r"cvc2?", r"security code"),
        context_score=0.6,
        examples=('read the CVV; noted "«256»?"', "her CVC (“«0371»”)"),
        near_misses=('noted "256"', "the CVV has (12) digits"),
    ),
    Pattern(
        name="card_expiry",
        entity_type="EXPIRY_DATE",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:exp(?:\.|iry|ires|iring|iration)?|valid (?:thru|through|until)|good thru|g[üu]ltig bis|ablauf(?:datum)?|expire(?: le| il| fin)?|date d['’]expiration|verfall(?:s?datum)?|vence|venc(?:imiento)?"
            r"|v[áa]lid[oa] (?:hasta|at[ée])|caduc(?:a|idad)|validade|scadenza|geldig tot|giltig till|wa[żz]na do)",
            r"(?:[ _]dates?\b)?(?:[ _](?:is|on|at|in|fin|end of))?[.:#=\"']{0,4}",
            LINK,
            r"[\"']?(?P<v>(?:0?[1-9]|1[0-2])[ ]?[/\-.][ ]?(?:20)?\d{2})(?![A-Za-z0-9_/-]|\.\d)",
            ignore_case=True,
        ),
        score=0.85,
        check=checks.expiry,
        check_name="month",
        languages=("en", "de", "fr", "es", "pt", "it", "nl", "sv", "pl"),
        examples=(
            "Exp. «04/27»",
            "expires «12/2029»",
            "valid thru «01-28»",
            "card expiry date:\n«9/26»",
            "gültig bis «11/28»",
            "Exp. date «05 / 27»",
            "(exp. date «01/2027»)",
            "expire fin «09/26», crypto",
        ),
        near_misses=("exp 13/27", "experience 04/27", "expires 04/27/2026", "04/27"),
    ),
    Pattern(
        name="card_expiry_beside_card",
        entity_type="EXPIRY_DATE",
        expression=expression(r"(?<![A-Za-z0-9_/.,-])(?:0[1-9]|1[0-2])[ ]?/[ ]?(?:20)?(?:2[3-9]|3\d)(?![A-Za-z0-9_/-]|[.,]\d)"),
        score=0.06,
        check_name="month",
        context=words(*_CARD_WORDS, r"cvv2?", r"cvc2?", r"exp(?:iry|ires|iration)?", r"valid"),
        context_score=0.65,
        examples=("card 4872 9459 4567 4615 «04/28» and", "Visa, «11/2027», CVC", "«09/26», cvv"),
        near_misses=("on 04/28", "card 04/28/2024", "card 13/28", "card 04/19", "3/28 cards"),
    ),
    Pattern(
        name="card_expiry_in_words",
        entity_type="EXPIRY_DATE",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:exp(?:\.|iry|ires|iring|iration)?(?:[ ]date)?|valid (?:thru|through|until)|g[üu]ltig bis)[ :]{1,3}(?P<v>(?:jan|feb|m[aä]r|apr|ma[yi]|jun|jul|aug|sep|o[ck]t|nov|de[cz])\p{Ll}{0,6}\.?[ ]?(?:20)?\d\d)(?![\p{L}\p{N}])",
            ignore_case=True,
        ),
        score=0.0,
        check_name="month",
        context=words(*_CARD_WORDS),
        context_score=0.95,
        examples=("Card expires «June 2026»", "visa exp «Mar 27»"),
        near_misses=("expires June 2026", "card expires soon 2026"),
    ),
    Pattern(
        name="card_expiry_key",
        entity_type="EXPIRY_DATE",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:card[_ -]?)?exp(?:ir(?:y|ation|es))?[_ -]?(?:month|year|mm|yy(?:yy)?|date)?[\"']?[ ]?[:=][ ]?[\"']?(?P<v>(?:20)?[2-3]\d|(?:0?[1-9]|1[0-2])(?:[2-3]\d)?)(?![A-Za-z0-9_/.-])",
            ignore_case=True,
        ),
        score=0.7,
        check_name="label",
        examples=('"exp_month": "«11»"', '"exp_year": "«2026»"', "expiry_date: «0728»", "card_exp=«1127»"),
        near_misses=("experience: 11", "exp_month: 13", "exp: 1893456000", "export=11"),
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
            r"(?<![\p{L}\p{N}])(?:",
            _PIN_LABELS,
            r")(?:[ _]entered|[ ](?:from|to|set to|changed to|code|ist|lautet|es|est|è))?",
            _LABEL_END,
            r"(?:from[ ]|to[ ])?(?P<v>\d{4,8}|\d{3}[ -]\d{3})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.8,
        check_name="label",
        languages=("en", "de", "fr", "es", "it", "nl", "sv", "da", "nb"),
        examples=(
            "PIN: «4821»", "my pin code is «009281»", "pin_number:\n«1357»", "pin_entered=«4402»", "One-time code: «883 102»", "Your verification code is «449120».", "Geheimzahl: «5512»", "voicemail passcode «60117»",
            "her PIN from «3319» to", "The door code is «2580»#",
        ),
        near_misses=("spin 4821", "PIN 12", "pin 4821-1", "pinned 4821", "error code 4821", "postcode 4821", "zip code: 90210", "country code 4821"),
    ),
    Pattern(
        name="pin_second",
        entity_type="PIN_NUMBER",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:pins?|passcodes?)[^\n\d]{0,24}\d{4,8},?[ ](?:or|and|to|und|oder|auf|ou|et|y|o|e)[ ](?:maybe[ ]|perhaps[ ]|then[ ])?(?P<v>\d{4,8})(?![A-Za-z0-9_-]|\.\d)",
            ignore_case=True,
        ),
        score=0.75,
        check_name="label",
        examples=("PIN was 1904, or maybe «1940».", "her PIN from 3319 to «8842»"),
        near_misses=("spin 1904 or 1940", "PIN 1904 or 12"),
    ),
    Pattern(
        name="pin_said",
        entity_type="PIN_NUMBER",
        expression=expression(r"(?<![\p{L}\p{N}])(?:it is|it's|it’s|its|is|was)[ ](?P<v>\d{4,6})(?![A-Za-z0-9_%-]|[.,]\d|[ ](?:years?|days?|euros?|dollars?|people))", ignore_case=True),
        score=0.0,
        check_name="label",
        context=words(r"pin", r"passcode", r"pin code"),
        context_score=0.6,
        examples=("never tell us your PIN\ncustomer: it is «4471» and",),
        near_misses=("it is 4471", "the pin is 12", "pin: it was 4471 years"),
    ),
)  # fmt: skip
