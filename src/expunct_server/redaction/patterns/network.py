"""Web and network addresses."""

from typing import Final

from expunct_server.redaction.patterns import checks
from expunct_server.redaction.patterns.row import Pattern, expression

ROWS: Final = (
    Pattern(
        name="url",
        entity_type="URL",
        expression=expression(
            r"(?<![\p{L}\p{N}])(?:(?:https?|ftps?|sftp|wss?)://|www\.(?=[\p{L}\p{N}-]+\.\p{L}))",
            r"[^\s<>\"'`{}|\\^\[\]\x00]+(?<![.,;:!?)*])",
            ignore_case=True,
        ),
        score=0.8,
        needs=("://", "www."),
        examples=(
            "See «https://example.com/a?b=c#d».",
            "(«http://user.example.org:8080/x»)",
            "«www.example.de» is ours",
            "posted «HTTPS://EXAMPLE.COM/»",
        ),
        near_misses=("http:// alone", "the file://path", "www. is a prefix", "example.com"),
    ),
    Pattern(
        name="ipv4",
        entity_type="IP_ADDRESS",
        expression=expression(
            r"(?<![A-Za-z0-9_.-])(?:\d{1,3}\.){3}\d{1,3}(?:(?=/\d{1,2}\b)|(?![A-Za-z0-9_-]|\.\d|/\d))"
        ),
        score=0.85,
        check=checks.address,
        check_name="ipaddress",
        examples=("from «192.0.2.17» port 22", "«10.0.0.1»:8080", "«203.0.113.0»/24", "at «198.51.100.7»."),
        near_misses=("300.1.1.1", "v1.2.3.4", "1.2.3.4.5", "192.0.2", "3.14.15.926"),
    ),
    Pattern(
        name="ipv6",
        entity_type="IP_ADDRESS",
        expression=expression(
            r"(?<![A-Za-z0-9_:.])(?=[0-9a-f:.]{3,45})(?:[0-9a-f]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{1,4}|(?<=::))(?![A-Za-z0-9_:]|\.\d)",
            ignore_case=True,
        ),
        score=0.85,
        check=checks.address,
        check_name="ipaddress",
        needs=("::", ":"),
        examples=(
            "addr «2001:db8::8a2e:370:7334» up",
            "«fe80::1»%eth0",
            "«2001:0db8:0:0:0:0:0:1»",
            "«::ffff:192.0.2.1»",
        ),
        near_misses=("12:30:45", "std::vector", "a::", "::", "00:1A:2B:3C:4D:5E"),
    ),
)
