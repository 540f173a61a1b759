"""Addresses of wallets."""

from typing import Final

from expunct_server.redaction.patterns import checks_money
from expunct_server.redaction.patterns.row import Pattern, expression, words

_B58: Final = r"[1-9A-HJ-NP-Za-km-z]"
_START: Final = r"(?<![A-Za-z0-9_])"
_END: Final = r"(?![A-Za-z0-9_])"

ROWS: Final = (
    Pattern(
        name="base58_wallet",
        entity_type="CRYPTO",
        expression=expression(_START, rf"[123mnLMDTXA79]{_B58}{{25,34}}", _END),
        score=0.95,
        check=checks_money.base58check,
        check_name="base58check",
        examples=(
            "to «1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa» now",
            "Tron «TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t»",
            "«3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy»",
        ),
        near_misses=(
            "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
            "3333333333333333333333333333",
            "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u",
        ),
    ),
    Pattern(
        name="bech32_wallet",
        entity_type="CRYPTO",
        expression=expression(
            _START, r"(?:bc|tb|ltc|addr|cosmos|osmo|bnb|stake)1[02-9ac-hj-np-z]{20,110}", _END, ignore_case=True
        ),
        score=0.95,
        check=checks_money.bech32,
        check_name="bech32",
        examples=(
            "«bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»",
            "«BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4»",
            "«bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0»",
        ),
        near_misses=("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "abc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    ),
    Pattern(
        name="ethereum",
        entity_type="CRYPTO",
        expression=expression(r"(?<![A-Za-z0-9_])0x[0-9a-fA-F]{40}(?![A-Za-z0-9_])"),
        score=0.85,
        examples=("pay «0x52908400098527886E0F7030069857D2E4169EE7»",),
        near_misses=("0x52908400098527886E0F7030069857D2E4169EE", "0xdeadbeef"),
    ),
    Pattern(
        name="ripple_wallet",
        entity_type="CRYPTO",
        expression=expression(_START, rf"r{_B58}{{24,34}}", _END),
        score=0.95,
        check=checks_money.ripple,
        check_name="base58check",
        examples=("XRP to «rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh»",),
        near_misses=("rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTi", "remarkablySimplePatternNames"),
    ),
    Pattern(
        name="monero",
        entity_type="CRYPTO",
        expression=expression(_START, rf"[48][0-9AB]{_B58}{{93}}(?:{_B58}{{11}})?", _END),
        score=0.9,
        check_name="shape",
        examples=("XMR «4" + "A1bC2dE3fG" * 9 + "H4jK" + "»",),
        near_misses=("4" + "A1bC2dE3fG" * 9, "9" + "A1bC2dE3fG" * 9 + "H4jK"),
    ),
    Pattern(
        name="solana",
        entity_type="CRYPTO",
        expression=expression(_START, rf"{_B58}{{43,44}}", _END),
        score=0.0,
        check=checks_money.solana,
        check_name="base58",
        context=words(r"sol", r"solana", r"phantom", r"spl", r"wallet", r"lamports?"),
        context_score=0.8,
        examples=("SOL wallet: «7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtVp»",),
        near_misses=("hash 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtVp", "SOL 7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzX"),
    ),
)
