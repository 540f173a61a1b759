"""The why of a finding in words: what found it, which check passed, what raised its score, what it was settled against.

Nothing said here holds the value that was found. Context words do appear: they are of the table's vocabulary.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from expunct_server.redaction.findings import Finding, Rival
from expunct_server.redaction.patterns import PATTERNS, Pattern
from expunct_server.redaction.patterns.row import REACH_AFTER, REACH_BEFORE, STOP

CHECKS: Final[Mapping[str, str]] = {
    "aba": "check digit of routing numbers (American Bankers Association) and a Federal Reserve district",
    "account": "the number of an account in its first part, in Base64",
    "alphabet": "only characters of the alphabet of Open Location Code",
    "argument": "an option of a command before it that says what it is",
    "base58": "checksum of Base58Check",
    "base58check": "checksum of a Bitcoin address (Base58Check, or Bech32 of BIP 173)",
    "base64": "a user's name, a colon and a password in Base64 (RFC 7617)",
    "bech32": "checksum of Bech32 or Bech32m (BIP 173, BIP 350)",
    "calendar": "a day that the calendar has",
    "clabe": "control digit of a CLABE (Asociación de Bancos de México)",
    "crc32": "the checksum at its end (CRC-32 in base 62)",
    "dea": "check digit of the Drug Enforcement Administration",
    "domain": "an account's name behind a Windows domain, no word of a program",
    "dvla": "the date of birth and the initials that a British driver number repeats",
    "exact": "the same characters, a run of white space being one space",
    "folded": "the same without case, accents and width",
    "form": "the form that its issuer gives, with a word nearby that names it or a form that is rare enough",
    "fuzzy": "the same but for one edit (up to 7 characters) or two, after folding",
    "header": "a header that decodes to a JSON object naming an algorithm (RFC 7519)",
    "host": "the host that such addresses have, and as many parts",
    "icao": "check digit of travel documents (ICAO Doc 9303)",
    "icao_9303": "check digits of a machine-readable zone (ICAO Doc 9303)",
    "ipaddress": "an address as Python's ipaddress reads it, and no version number",
    "iso_3779": "the ninth character of a vehicle identification number (49 CFR 565.15, ISO 3779)",
    "itin": "ranges that the Internal Revenue Service gives out",
    "kind": "the name of a kind of organization in it, and no thing that such words mean",
    "label": "a label before it that says what it is",
    "legal_form": "a legal form behind it, and before it no word that such forms are told of",
    "length": "as many digits as such a number has",
    "log": "an account's name where logs of sessions have one",
    "luhn": "Luhn check digit (ISO/IEC 7812-1), with the ranges of its issuers",
    "mac": "a hardware address (EUI-48 or EUI-64) and no constant",
    "mask": "all but the last four digits masked already, as such numbers are shown",
    "mbi": "the form of a Medicare beneficiary identifier (Centers for Medicare and Medicaid Services)",
    "mention": "a name behind an @ that is no word of code and no address of everybody",
    "mod97": "check digits (ISO 13616, ISO/IEC 7064 MOD 97-10) and the country's length",
    "month": "a month from 01 to 12",
    "name": "capitalised words that no office, post, greeting or heading has",
    "path": "an account's name where paths have one, no word of a site or a program",
    "phonenumbers": "a number that its numbering plan gives out (libphonenumber)",
    "possible": "a known country code and as many digits as its plan has (libphonenumber)",
    "post": "the form of a military post office's address",
    "prefix": "the prefix and length that its issuer gives to every such key",
    "preposition": "a preposition before it, as years have",
    "quoted": "digits in quotes or brackets, with a word nearby that says what they are",
    "range": "latitude and longitude, each in its range",
    "repeated": "a name that a model or a column's name gave away elsewhere in the document",
    "scheme": "a geo URI (RFC 5870)",
    "shape": "the groups and signs that people write such values with",
    "site": "an account's name where addresses of well-known sites have one",
    "ssn": "area, group and serial that can have been given out (Social Security Administration)",
    "state": "the name or abbreviation of a state behind a city",
    "telling": "an account's name with a digit or a sign in it, no file, host or version",
    "userinfo": "an account's name before the host of an address",
}


def lines(finding: Finding, threshold: float, before: str = "", after: str = "") -> list[str]:
    """Why it is a finding, a sentence each; `before` and `after` are the text around it, or the names above it."""
    row = rows().get(finding.recognizer)
    said = [_found_by(finding, row)]
    if finding.check:
        said.append(f"Check passed: {check_said(finding.check, row)}.")
    said.append(_score(finding, row, threshold, before, after))
    return said + [_rival(finding, each) for each in finding.rivals]


def check_said(check: str, row: Pattern | None) -> str:
    """What a check makes sure of, without a full stop."""
    if check in CHECKS:
        return CHECKS[check]
    if row is not None and is_national(row):
        return f"the rules of {row.name} ({row.countries[0]}): form, ranges, and check digits where it has any"
    return check


def is_national(row: Pattern) -> bool:
    """Whether its check is that of one country's number and called like it: `pl_pesel`, `pesel`."""
    return bool(row.countries) and row.name == f"{row.countries[0].lower()}_{row.check_name}"


@lru_cache(maxsize=1)
def rows() -> dict[str, Pattern]:
    """The rows of the table by their recognizers."""
    return {row.recognizer: row for row in PATTERNS}


def _found_by(finding: Finding, row: Pattern | None) -> str:
    kind, _, name = finding.recognizer.partition(":")
    if row is not None:
        issued = f" (issued in {', '.join(row.countries)})" if row.countries else ""
        return f"The pattern {name}{issued} matched."
    said = _KINDS.get(kind)
    return said.format(name=name) if said else f"The recognizer {finding.recognizer} found it."


_KINDS: Final = {
    "header": "The name of its column or key says what it is, and it looks the part.",
    "model": "The model {name} read it in its sentence.",
    "llm": "The language model {name} of the policy named it.",
    "custom": "The policy's own pattern {name} matched.",
    "phrase": "The policy's phrase {name} stands here.",
    "deny": "Entry {name} of the policy's deny list stands here.",
    "document": "It was found elsewhere in the document, so it counts everywhere in it.",
}


def _score(finding: Finding, row: Pattern | None, threshold: float, before: str, after: str) -> str:
    reached = f"Score {finding.score:.2f}, threshold {threshold:.2f} for {finding.entity_type}"
    if row is None or row.context is None or row.context_score is None or row.context_score == row.score:
        return f"{reached}."
    if finding.score != row.context_score:
        return f"{reached}; no context word nearby, or it would be {row.context_score:.2f}."
    word = context_word(row, before, after)
    named = f" ‘{word}’" if word else ""
    return f"{reached}; a context word{named} raised it from {row.score:.2f}."


def context_word(row: Pattern, before: str, after: str) -> str | None:
    """The word near a finding that its row looks for; the nearest one before it, else the first behind it."""
    words = [*row.context.finditer(before[-REACH_BEFORE:].rpartition(STOP)[2])]
    found = words[-1] if words else row.context.search(after[:REACH_AFTER].partition(STOP)[0])
    return " ".join(found[0].split()) if found else None


def _rival(finding: Finding, rival: Rival) -> str:
    """What became of another finding of the same characters, by the rule of `findings.settle`."""
    other = f"{rival.recognizer} ({rival.entity_type}, score {rival.score:.2f})"
    whole = (rival.shift, rival.length) == (0, finding.end - finding.start)
    where = "the same characters" if whole else "some of these characters"
    if rival.entity_type == finding.entity_type:
        return f"Settled: {other} found {where} too; of one type, they are joined."
    if rival.score > finding.score:
        return f"Settled: {other} took what both had found, for its score is higher; this is what it left."
    if rival.score < finding.score:
        return f"Settled: {other} found {where} and lost: its score is lower."
    return f"Settled: {other} found {where} and lost: of equal scores the longer wins, then the earlier, then by name."
