"""E-mail addresses."""

from typing import Final

from expunct_server.redaction.patterns.row import Pattern, expression

ROWS: Final = (
    Pattern(
        name="email",
        entity_type="EMAIL_ADDRESS",
        expression=expression(
            # RFC 5321 allows 64 before the @; some senders write more. Of a longer run the end alone is an address.
            r"[\p{L}\p{N}_][\p{L}\p{N}_.%+~'’-]{0,127}+@",
            r"(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}(?:\p{L}{2,24}|xn--[a-z0-9-]{2,59})(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}])",
        ),
        score=0.95,
        examples=(
            "Write to «jane.doe+news@mail.example.com», please.",
            "<«max@müller.de»>",
            "mailto:«a_b@example.co.uk»?subject=x",
            "from:«o'neil@example.org»;",
            "mail='«x@example.org»'",
            "''«x@example.org»'' or +'…",
            "-«jane@example.org»",
        ),
        near_misses=("user@localhost", "@handle and me@", "a@b..com", "pip install x@1.2.3"),
    ),
    Pattern(
        name="email_quoted",
        entity_type="EMAIL_ADDRESS",
        expression=expression(
            r"(?<![\p{L}\p{N}\"\\=])\"[^\"\\\n@<>\x00]{1,64}\"@(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}\p{L}{2,24}(?![\p{L}\p{N}_-])"
        ),
        score=0.9,
        examples=('to «"jane doe"@example.com»,', 'at «"j..d"@mail.example.org».'),
        near_misses=('"jane"@localhost', 'key="a"@example.com', '"a\n"@example.com'),
    ),
    Pattern(
        name="email_spelled",
        entity_type="EMAIL_ADDRESS",
        expression=expression(
            r"(?<![\p{L}\p{N}_.%+-])[\p{L}\p{N}_][\p{L}\p{N}_.%+-]{0,63}",
            r"(?:[ ]?(?:\((?:at|ät|arroba|@)\)|\[(?:at|ät|arroba|@)\]|\{(?:at|@)\}|<at>)[ ]?[\p{L}\p{N}][\p{L}\p{N}-]{0,62}",
            r"(?:(?:\.|[ ]?(?:\((?:dot|punkt|point|punto|\.)\)|\[(?:dot|punkt|point|punto|\.)\]|\{dot\}|<dot>)[ ]?|[ ]dot[ ])[\p{L}\p{N}][\p{L}\p{N}-]{0,62}){1,4}",
            r"|[ ]at[ ](?!(?:the|an?|this|that|my|our|his|her|their|your)[ ])[\p{L}\p{N}][\p{L}\p{N}-]{0,62}(?:[ ]dot[ ][\p{L}\p{N}-]{1,63}){1,4})(?![\p{L}\p{N}_-])",
            ignore_case=True,
        ),
        score=0.85,
        examples=(
            "write to «jane (at) example (dot) com», ok",
            "«jane [at] example.com»",
            "«jane.doe(at)example.co.uk»",
            "«jane at example dot com»",
            "«jane[at]example[dot]org»",
        ),
        near_misses=("array[at] = x", "look at example.com", "meet (at) noon", "connect at the dot com era"),
    ),
)
