"""Keys, tokens and passwords: found by their own prefixes, lengths and labels, never by guessing at randomness."""

from typing import Final

from expunct_server.redaction.patterns import checks
from expunct_server.redaction.patterns.row import Pattern, expression

_B64: Final = r"[A-Za-z0-9_-]"

ROWS: Final = (
    Pattern(
        name="private_key",
        entity_type="SECRET",
        expression=expression(
            r"-----BEGIN (?P<kind>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----",
            r"(?:[A-Za-z0-9+/=:;,.()\\ \t\r\n]|-(?!-)){0,16000}+(?:-----END (?P=kind)-----)?",
        ),
        tail=expression(r"(?<!-----)(?:[A-Za-z0-9+/=:;,.()\\ \t\r\n]|-(?!-))*+(?:-----END [A-Z0-9 ]{1,60}-----)?"),
        score=1.0,
        check_name="prefix",
        needs=("-----begin ",),
        examples=(
            "key:\n«-----BEGIN "
            + "PRIVATE KEY-----\nMIIBVgIBADANBgkq\nhkiG9w0BAQEF\n-----END "
            + "PRIVATE KEY-----»\nend",
            "«-----BEGIN RSA "
            + "PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n\r\nMIIB\r\n-----END RSA "
            + "PRIVATE KEY-----»",
        ),
        near_misses=("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "BEGIN PRIVATE KEY"),
    ),
    Pattern(
        name="aws_access_key",
        entity_type="SECRET",
        expression=expression(r"(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        score=0.95,
        check_name="prefix",
        needs=("akia", "asia"),
        examples=("id «AKIAIOSFODNN7EXAMPLE»", "key=«ASIAQWERTYUIOPASDFGH»;"),
        near_misses=("AKIAIOSFODNN7", "asiaiosfodnn7example", "XAKIAIOSFODNN7EXAMPLE"),
    ),
    Pattern(
        name="aws_secret_key",
        entity_type="SECRET",
        expression=expression(
            r"(?i:aws.{0,20}secret.{0,20}|secret_?access_?key.{0,5})[=:\"' ]{1,5}\n?(?P<v>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
        ),
        score=0.95,
        check_name="label",
        needs=("secret",),
        examples=("aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",),
        near_misses=("aws_secret_access_key = short", "secret wJalrXUtnFEMI"),
    ),
    Pattern(
        name="github_token",
        entity_type="SECRET",
        expression=expression(
            r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{60,255})(?![A-Za-z0-9_])"
        ),
        score=0.95,
        check_name="prefix",
        needs=("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        examples=("token «ghp_" + "a1B2" * 9 + "»", "«github_pat_" + "A1b2C3" * 12 + "»"),
        near_misses=("ghp_short", "ghx_" + "a1B2" * 9),
    ),
    Pattern(
        name="vendor_key",
        entity_type="SECRET",
        expression=expression(
            r"(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,128}|xox[abeoprs]-[A-Za-z0-9-]{10,250}|AIza",
            _B64,
            r"{35}|glpat-",
            _B64,
            r"{20,64}|npm_[A-Za-z0-9]{36}|SG\.",
            _B64,
            r"{16,32}\.",
            _B64,
            r"{32,64}|sk-(?:ant-|proj-)?",
            _B64,
            r"{32,200}|hf_[A-Za-z0-9]{30,64}|pypi-AgE",
            _B64,
            r"{50,250})(?![A-Za-z0-9_-])",
        ),
        score=0.95,
        check_name="prefix",
        needs=("k_live_", "k_test_", "xox", "aiza", "glpat-", "npm_", "sg.", "sk-", "hf_", "pypi-"),
        examples=(
            "stripe «sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc»",
            "«xoxb-" + "123456789012-abcdefABCDEF»",
            "«AIza" + "Sy" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q»",
            "«glpat-" + "A1b2C3d4E5f6G7h8I9j0»",
        ),
        near_misses=("sk_live_", "task-12345", "xoxo-love", "AIzaShort"),
    ),
    Pattern(
        name="expunct_key",
        entity_type="SECRET",
        expression=expression(r"(?<![A-Za-z0-9])pk_(?:live|test)_[a-z0-9]{32}(?![A-Za-z0-9_])"),
        score=0.98,
        check_name="prefix",
        needs=("pk_live_", "pk_test_"),
        examples=("X-API-Key: «pk_live_" + "a1b2c3d4" * 4 + "»", "«pk_test_" + "0" * 32 + "»"),
        near_misses=("pk_live_abc...123", "pk_live_" + "A" * 32),
    ),
    Pattern(
        name="jwt",
        entity_type="SECRET",
        expression=expression(r"(?<![A-Za-z0-9_-])eyJ", _B64, r"{8,4000}\.", _B64, r"{2,8000}\.", _B64, r"{0,2000}+"),
        tail=expression(_B64, r"*+"),
        score=0.98,
        check=checks.jwt,
        check_name="header",
        needs=("eyj",),
        examples=("Bearer «eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl»",),
        near_misses=("eyJub3QiOiJhIHRva2VuIn0.abc.def", "eyJhbGciOiJIUzI1NiJ9"),
    ),
    Pattern(
        name="connection_string",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])[a-z][a-z0-9+.-]{1,30}://[^\s:/@<>\"'\x00]{0,128}:[^\s/@<>\"'\x00]{1,256}@[^\s<>\"'`\x00]{1,512}(?<![.,;:!?)])",
            ignore_case=True,
        ),
        tail=expression(r"(?:[^\s<>\"'`\x00]+(?<![.,;:!?)]))?"),
        score=0.95,
        check_name="label",
        needs=("://",),
        examples=(
            "DATABASE_URL=«postgresql://app:s3cr3t@db.example.com:5432/x»",
            "«redis://:hunter2@cache.internal:6379/0»",
            "at «amqp://u:p@host».",
        ),
        near_misses=("https://example.com:8080/a@b", "postgresql://db.example.com/x", "see http://x/y:z@"),
    ),
    Pattern(
        name="labelled_secret",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:pass(?:word|wd|phrase)|pwd|(?:client[_-]?|app[_-]?)?secret|(?:api|auth|access)[_-]?(?:key|token)|bearer)",
            r"[\"']?[ \t]{0,40}(?:[:=]|(?<=bearer)[ ])[ \t]{0,40}+(?:\r?\n)?[\"']?(?P<v>[^\s\"'`,;<>\[\]{}()\x00]{6,256}+)",
            ignore_case=True,
        ),
        tail=expression(r"[^\s\"'`,;<>\[\]{}()\x00]*+"),
        score=0.7,
        check=checks.mixed_secret,
        check_name="label",
        needs=("pass", "pwd", "secret", "key", "token", "bearer"),
        examples=(
            "password: «hunter2!»",
            'API_KEY="«a1b2c3d4e5»"',
            "Authorization: Bearer «abc123.def»",
            "db_password=«Tr0ub4dor&3»",
        ),
        near_misses=("password: string", "passport: A1234567", "token=", "password: <hidden>", "password = ${PASS1}"),
    ),
)
