"""Keys, tokens and passwords: found by their own prefixes, lengths and labels, never by guessing at randomness."""

from typing import Final

from expunct_server.redaction.patterns import checks_secrets, secrets_vendors
from expunct_server.redaction.patterns.row import Pattern, expression

_B64: Final = r"[A-Za-z0-9_-]"
_GAP: Final = r"[ \t]{0,40}+(?:\r?\n)?[ \t]{0,40}+"
_VALUE: Final = r"[^\s\"'`,;<>\[\]{}()\x00]"
_LABEL: Final = (
    r"(?:pass(?:word|wd|phrase|code)s?|pwd|passwort|kennwort|mot de passe|mdp|contrase[ñn]a|clave|senha|palavra-passe|wachtwoord|has[łl]o|l[öo]senord|adgangskode|passord|salasana"
    r"|parola|şifre|heslo|jelsz[óo]|пароль|κωδικός|密码|密碼|パスワード|비밀번호)"
)
_KEY: Final = (
    r"(?:(?:client|app|consumer|shared|signing|webhook|jwt|session|master|encryption|db|admin)?[_ -]?secret(?:[_ -]?key)?|(?:api|auth|access|refresh|id|session|csrf|bearer|service|private|encryption|signing|account|master"
    r"|security|license|subscription|storage)[_ -]?(?:key|token|secret)|apikey|authtoken|token|x-api-key|x-auth-token)"
)

_OWN: Final = (
    Pattern(
        name="private_key",
        entity_type="SECRET",
        expression=expression(
            r"-----?[ ]?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?[ ]?-----?",
            r"(?:[A-Za-z0-9+/=:;,.()@<>\\ \t\r\n_\"]|-(?!-)){0,16000}+(?:-----?[ ]?END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?[ ]?-----?)?",
        ),
        tail=expression(r"(?<!-----)(?:[A-Za-z0-9+/=:;,.()\\ \t\r\n]|-(?!-))*+(?:-----END [A-Z0-9 ]{1,60}-----)?"),
        score=1.0,
        check_name="prefix",
        examples=(
            "key:\n«-----BEGIN "
            + "PRIVATE KEY-----\nMIIBVgIBADANBgkq\nhkiG9w0BAQEF\n-----END "
            + "PRIVATE KEY-----»\nend",
            "«-----BEGIN RSA "
            + "PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n\r\nMIIB\r\n-----END RSA "
            + "PRIVATE KEY-----»",
            '{"private_key": "«-----BEGIN ' + r"PRIVATE KEY-----\nMIIB\nVgIB\n-----END " + 'PRIVATE KEY-----»\\n"}',
            "«-----BEGIN PGP "
            + "PRIVATE KEY BLOCK-----\nVersion: 1\n\nlQOY\n=abcd\n-----END PGP "
            + "PRIVATE KEY BLOCK-----»",
            "cut «-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA»",
            "«---- BEGIN SSH2 ENCRYPTED "
            + "PRIVATE KEY ----\nP2/56wAA\n---- END SSH2 ENCRYPTED "
            + "PRIVATE KEY ----»",
        ),
        near_misses=(
            "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
            "BEGIN PRIVATE KEY",
            "a private key",
        ),
    ),
    Pattern(
        name="putty_key",
        entity_type="SECRET",
        expression=expression(
            r"PuTTY-User-Key-File-\d: [a-z0-9-]{4,40}\r?\n(?:[A-Za-z-]{3,20}: [^\r\n]{0,200}\r?\n|[A-Za-z0-9+/=]{1,80}\r?\n){3,400}(?:Private-(?:MAC|Hash): [0-9a-f]{40,64})?"
        ),
        score=1.0,
        check_name="prefix",
        examples=(
            "«PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nComment: jane\nPublic-Lines: 1\nAAAAB3Nz\nPrivate-Lines: 1\nAAAAgQDX\nPrivate-MAC: "
            + "0a1b2c3d" * 5
            + "»",
        ),
        near_misses=("PuTTY-User-Key-File-2: ssh-rsa", "PuTTY user key file"),
    ),
    Pattern(
        name="aws_secret_key",
        entity_type="SECRET",
        expression=expression(
            r"(?i:aws[\w .-]{0,20}(?:secret|key)[\w .-]{0,20}|secret[_ -]?(?:access[_ -]?)?key[\"' ]{0,5})[=:\"' ]{1,5}(?:\r?\n)?(?P<v>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
        ),
        score=0.95,
        check=checks_secrets.key_like,
        check_name="label",
        examples=(
            "aws_secret_access_key = «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
            "SecretAccessKey: «wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY»",
        ),
        near_misses=("aws_secret_access_key = short", "secret wJalrXUtnFEMI"),
    ),
    Pattern(
        name="aws_session_token",
        entity_type="SECRET",
        expression=expression(r"(?<![A-Za-z0-9/+=])(?:FwoG|IQoJ|FQoG)[A-Za-z0-9/+]{96,1500}={0,2}(?![A-Za-z0-9/+=])"),
        score=0.95,
        check_name="prefix",
        examples=("token «IQoJ" + "a1B2c3D4e5" * 12 + "==»",),
        near_misses=("IQoJshort", "FwoG" + "a1B2" * 10),
    ),
    Pattern(
        name="azure_key",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:account[_ -]?key|shared[_ -]?access[_ -]?key|primary[_ -]?key|secondary[_ -]?key|azure[\w-]{0,20}key)[\"']?[ ]{0,3}[=:][ ]{0,3}[\"']?(?P<v>[A-Za-z0-9+/]{42,86}={1,2})(?![A-Za-z0-9+/=])",
            ignore_case=True,
        ),
        score=0.95,
        check_name="label",
        examples=(
            "AccountName=x;AccountKey=«" + "a1B2c3D4e5" * 8 + "f6G7h8==»;",
            "SharedAccessKey=«" + "a1B2c3D4e5" * 4 + "f6G=»",
        ),
        near_misses=("AccountKey=short", "AccountKey=" + "a1B2" * 5 + "=="),
    ),
    Pattern(
        name="signed_url",
        entity_type="SECRET",
        expression=expression(
            r"(?<=[?&;])(?:sig|signature|x-amz-signature|x-goog-signature|x-amz-security-token|access_token|api_?key|token|auth|key|client_secret|password)=(?P<v>[A-Za-z0-9%/+_.~-]{16,2000}={0,2})",
            ignore_case=True,
        ),
        score=0.85,
        check=checks_secrets.key_like,
        check_name="label",
        examples=(
            "https://x.blob.example.net/c?sv=2020&sig=«" + "a1B2c3D4e5%2F" * 3 + "abc%3D»",
            "https://api.example.com/v1?access_token=«" + "a1B2c3D4e5" * 2 + "»&x=1",
        ),
        near_misses=("?token=short", "?key=alphabeticalordering", "&signature=please-sign-here-now"),
    ),
    Pattern(
        name="jwt",
        entity_type="SECRET",
        expression=expression(
            r"(?<![A-Za-z0-9_-])eyJ",
            _B64,
            r"{8,4000}\.",
            _B64,
            r"{2,8000}\.",
            _B64,
            r"{0,2000}+(?:\.",
            _B64,
            r"{1,2000}+\.",
            _B64,
            r"{1,200}+)?",
        ),
        tail=expression(_B64, r"*+"),
        score=0.98,
        check=checks_secrets.jwt,
        check_name="header",
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
        examples=(
            "DATABASE_URL=«postgresql://app:s3cr3t@db.example.com:5432/x»",
            "«redis://:hunter2@cache.internal:6379/0»",
            "at «amqp://u:p@host».",
        ),
        near_misses=("https://example.com:8080/a@b", "postgresql://db.example.com/x", "see http://x/y:z@"),
    ),
    Pattern(
        name="http_authorization",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:basic[ ]{1,3}|\"auth\"[ ]?:[ ]?\")(?P<v>[A-Za-z0-9+/]{8,400}={0,2})(?![A-Za-z0-9+/=])",
            ignore_case=True,
        ),
        score=0.95,
        check=checks_secrets.basic_credentials,
        check_name="base64",
        examples=("Authorization: Basic «amFuZTpodW50ZXIy»", '{"auth": "«amFuZTpodW50ZXIy»"}'),
        near_misses=("basic information", "Basic aW52YWxpZA==", "basically"),
    ),
    Pattern(
        name="bearer_token",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:bearer|token|apikey|digest)[ ]{1,3}(?P<v>[A-Za-z0-9_.~+/-]{20,2000}={0,2})(?![A-Za-z0-9+/=])",
            ignore_case=True,
        ),
        score=0.85,
        check=checks_secrets.key_like,
        check_name="label",
        examples=("Authorization: Bearer «a1B2c3D4e5F6g7H8i9J0.xyz»", "Authorization: token «0a1b2c3d4e5f6a7b8c9d»"),
        near_misses=("bearer of good news", "token bucketalgorithmimplementation", "Bearer short1"),
    ),
    Pattern(
        name="password_hash",
        entity_type="SECRET",
        expression=expression(
            r"(?<![A-Za-z0-9_$])(?:\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$(?:1|apr1)\$[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{22}|\$[56]\$(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43,86}"
            r"|\$(?:y|gy|7)\$[./A-Za-z0-9$]{20,130}|\$argon2(?:id?|d)\$[A-Za-z0-9$=,+/]{30,250}|\$(?:scrypt|pbkdf2(?:-sha\d{1,3})?)\$[A-Za-z0-9$=,+/.]{20,250}|pbkdf2_sha\d{1,3}\$\d{1,8}\$[A-Za-z0-9+/]{4,64}\$[A-Za-z0-9+/=]{20,128}"
            r"|\{(?:SSHA|SHA|SMD5|MD5|CRYPT|SSHA256|SSHA512)\}[A-Za-z0-9+/=$./]{16,140})(?![A-Za-z0-9])"
        ),
        score=0.95,
        check_name="prefix",
        examples=(
            "jane:«$2b$12$" + "a1B2c3D4e5" * 5 + "abc»:x",
            "root:«$6$salt$" + "a1B2c3D4e5" * 8 + "abcdef»:19000",
            "«$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo»",
            "«{SSHA}a1B2c3D4e5F6g7H8i9J0a1B2c3D4==»",
            "«$apr1$abcd1234$a1B2c3D4e5F6g7H8i9J0ab»",
        ),
        near_misses=("$2 and $12", "$1$2$3", "{SHA}short", "$6$", "costs $5$6"),
    ),
    Pattern(
        name="labelled_secret",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])",
            _LABEL,
            r"[\"']?[ \t]{0,40}(?:[:=]{1,2}|=>|:=)",
            _GAP,
            rf"[\"']?(?P<v>{_VALUE}{{4,256}}+)(?![(\[{{])",
            ignore_case=True,
        ),
        tail=expression(rf"{_VALUE}*+"),
        score=0.7,
        check=checks_secrets.mixed,
        check_name="label",
        languages=(
            "en",
            "de",
            "fr",
            "es",
            "pt",
            "nl",
            "pl",
            "sv",
            "da",
            "nb",
            "fi",
            "it",
            "tr",
            "cs",
            "hu",
            "ru",
            "el",
            "zh",
            "ja",
            "ko",
        ),
        examples=(
            "password: «hunter2!»",
            "db_password=«Tr0ub4dor&3»",
            "Passwort: «geheim#1»",
            "mot de passe : «Soleil2024»",
            "Server=db;Uid=sa;Pwd=«p4ss!word»;",
            "passwd:\n«x9$kk»",
            "contraseña: «perro77»",
        ),
        near_misses=(
            "password: string",
            "passport: A1234567",
            "password=",
            "password: <hidden>",
            "password = ${PASS1}",
            "password = os.environ['X1']",
            "password: get_password1(",
            "password=self.password1",
            "Password: Your-Password",
            "pwd=%s1",
        ),
    ),
    Pattern(
        name="quoted_password",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])",
            _LABEL,
            r"[\"']?[ \t]{0,8}(?:[:=]|=>|:=)[ \t]{0,8}(?P<quote>[\"'])(?P<v>[^\"'\s\\\x00]{6,128})(?P=quote)",
            ignore_case=True,
        ),
        score=0.6,
        check=checks_secrets.any_value,
        check_name="label",
        examples=('"password": "«correcthorse»"', 'db_password = "«letmeinplease»"'),
        near_misses=('"password": "string"', 'password = ""', 'password: "your_password"', 'password = "{{ secret }}"'),
    ),
    Pattern(
        name="said_password",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])",
            _LABEL,
            r"(?:[ ](?:is|was|ist|lautet|est|es|é|è|for[ ]\w{1,20}[ ]is|to))[ :]{1,2}[\"'`]?(?P<v>[^\s\"'`<>\x00]{5,64}?)(?=[\"'`]?(?:[.,;!?)]{0,2}(?:\s|\Z)))",
            ignore_case=True,
        ),
        score=0.7,
        check=checks_secrets.key_like,
        check_name="label",
        languages=("en", "de", "fr", "es", "pt", "it"),
        examples=("My password is «Summer2024»!", "Das Passwort lautet «Hund77katze», danke"),
        near_misses=("the password is required", "password is at least 8 characters", "password was reset"),
    ),
    Pattern(
        name="password_argument",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}-])(?:--(?:[a-z]{1,20}-)?(?:password|passwd|pass|token|api-key|secret|secret-key|access-key)(?:=|[ ])|(?:sshpass|mysql[a-z]{0,6}|mysqladmin)[ ](?:-[a-zA-Z]{1,2}[ ]?\S{0,40}[ ]){0,4}-p[ ]?|curl[ ][^\n]{0,80}-u[ ]?[\w.@-]{1,64}:)[\"']?(?P<v>[^\s\"'`<>$\x00]{6,256})"
        ),
        score=0.8,
        check=checks_secrets.mixed,
        check_name="argument",
        examples=(
            "tool --password «hunt3r22» x",
            "login --token=«a1b2c3d4»",
            "mysql -u root -p«hunt3r22» db",
            "curl -u jane:«hunt3r22» https://x",
        ),
        near_misses=("--password-file x1", "--token PATH", "--password <password1>", "mysql -p db"),
    ),
    Pattern(
        name="labelled_key",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])",
            _KEY,
            r"[\"']?[ \t]{0,40}(?:[:=]{1,2}|=>|:=)(?:[ ]?(?:bearer|basic|token)(?=[ ]))?",
            _GAP,
            rf"[\"']?(?P<v>{_VALUE}{{8,256}}+)(?![(\[{{])",
            ignore_case=True,
        ),
        tail=expression(rf"{_VALUE}*+"),
        score=0.7,
        check=checks_secrets.key_like,
        check_name="label",
        examples=(
            'API_KEY="«a1b2c3d4e5»"',
            "client_secret: «abc-123-def-456»",
            "auth_token=«0a1b2c3d4e5f6a7b»",
            "X-API-Key: «a1b2c3d4e5f6»",
        ),
        near_misses=(
            "token=",
            "api_key = settings.api_key1",
            "token: <your-token-1>",
            "tokens: 12345678",
            "token = next(tokens2)",
            "primary_key=True1",
        ),
    ),
    Pattern(
        name="seed_phrase",
        entity_type="SECRET",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:seed|recovery|mnemonic|backup|secret)(?:[ _](?:phrase|words?|seed|key))?(?:[ ]is)?[ ]?[:=]",
            _GAP,
            r"[\"']?(?P<v>(?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})(?![ ]?[\p{L}\p{N}])",
        ),
        score=0.9,
        check_name="label",
        examples=(
            "seed phrase: «abandon ability able about above absent absorb abstract absurd abuse access accident»",
        ),
        near_misses=("seed phrase: too short", "recovery: the quick brown fox"),
    ),
)

ROWS: Final[tuple[Pattern, ...]] = (*_OWN, *secrets_vendors.ROWS)
