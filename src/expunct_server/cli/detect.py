"""`expunct-server detect`: what would be removed, and why, for whoever tries rules. Nothing is changed or recorded."""

import os
import re
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import typer

from expunct_server.cli import common, encrypted
from expunct_server.errors import Invalid, NotFound, TooLarge
from expunct_server.jobs.upload import safe_filename
from expunct_server.policies import service as policies
from expunct_server.policies.document import Document
from expunct_server.policies.plans import Overrides, language_of, plan
from expunct_server.redaction import explain as why
from expunct_server.redaction import formats, hints
from expunct_server.redaction.failures import DetectionError
from expunct_server.redaction.findings import Finding, mask_value
from expunct_server.redaction.formats import encoding
from expunct_server.redaction.plan import Plan
from expunct_server.settings import Settings
from expunct_server.verifying.checks import printable
from expunct_server.web import bodies

app = typer.Typer()
_CHUNK = 1 << 20
_IN_MEMORY = 16 << 20  # bytes of standard input; more goes to a file that only this process has
_AROUND = 256  # code points around a finding that are looked at for context words
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_KEY = bytes(32)  # what stands in a finding's place is never shown, so no key is needed
_NO_LLM = "The policy's language model was not asked: this command sends no text anywhere."
_OPTIONS = {
    "pii_types": "--types",
    "detection_profile": "--profile",
    "confidence_threshold": "--threshold",
    "language": "--language",
}


@app.command()
def detect(
    file: Annotated[str, typer.Argument(help="The document, or - for standard input.")],
    types: Annotated[str, typer.Option("--types", help="Entity types, comma-separated.")] = "",
    profile: Annotated[
        str | None, typer.Option("--profile", help="balanced, strict or fast; the policy's unless told.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="What a score must reach, 0 to 1; the policy's unless told.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="The document's language; the policy's unless told, else en.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", help="Look as this policy does. Only then a database is needed.")
    ] = None,
    tenant: common.Tenant = common.DEFAULT_TENANT,
    explain: Annotated[bool, typer.Option("--explain", help="Say in words why each is a finding.")] = False,
    show_values: Annotated[bool, typer.Option("--show-values", help="Show what was found, not masked.")] = False,
    name: Annotated[str | None, typer.Option("--name", help="File name to go by; helps with standard input.")] = None,
    password_file: common.PasswordFile = None,
    as_json: common.AsJson = False,
    data: common.Data = None,
    database: common.DatabaseUrl = None,
) -> None:
    """Show what would be found in a document and why, to try rules on it.

    The document stays as it is, nothing of it is kept, and nothing is recorded: reading a file that the shell's user
    may read is no act of the server. What removes data is `redact`, which records it.
    """
    settings = common.settings_of(data, database)
    asked = _overrides(types, profile, threshold)
    document = _policy(settings, policy, tenant) if policy else None
    wanted = replace(_plan(document, asked, language, settings), explain=explain)
    password = common.password_of(password_file, file)
    with _opened(file, settings.max_upload_bytes) as (source, size):
        found = _found(source, size, safe_filename(name or ("stdin" if file == "-" else file)), wanted, password)
    showing = _showing(found, wanted, show_values=show_values, explain=explain)
    shown = [showing.one(each) for each in found.findings]
    notes = [*found.summary.notes]
    if document and document.llm_detection_enabled:
        notes.append(_NO_LLM)
    if as_json:
        common.show_json(_as_json(found, shown, notes))
    elif explain:
        _show_blocks(shown)
    else:
        _show_lines(file, shown)
    for note in notes:
        typer.echo(f"Note: {note}", err=True)
    typer.echo(f"{common.counted(len(shown), 'finding')}; nothing was changed or recorded", err=True)


def _overrides(types: str, profile: str | None, threshold: float | None) -> Overrides:
    """What a request with the same fields would ask for; a wrong one is wrong usage."""
    fields = {
        "pii_types": types.replace(",", " ").split() or None,
        "detection_profile": profile,
        "confidence_threshold": threshold,
    }
    try:
        return bodies.validated(Overrides, fields)
    except Invalid as error:
        common.wrong_field(error, _OPTIONS)


def _policy(settings: Settings, policy: str, tenant: str) -> Document:
    """What the policy says now. Raises `NotFound`."""
    with common.opened_to_read(settings) as database, database.reading() as session:
        found = policies.get(session, tenant, policy)
        return policies.at_version(session, found, found.version).document


def _plan(document: Document | None, asked: Overrides, language: str | None, settings: Settings) -> Plan:
    """What to look for, and nothing of what to do with it. A wrong language is wrong usage."""
    try:
        spoken = language_of(document, language)
    except Invalid as error:
        common.wrong_field(error, _OPTIONS)
    models = settings.detection_models
    made = plan(document, asked, language=spoken, tenant_id="", salt=None, master=_NO_KEY, models=models)
    return replace(made, method="mask", category_methods={})


@contextmanager
def _opened(file: str, most: int) -> Iterator[tuple[BinaryIO, int]]:
    """The document, to be read from any place, and its length. Raises `NotFound`, `TooLarge`, `Invalid`."""
    try:
        source = _spooled(most) if file == "-" else Path(file).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}.", code="input_not_readable") from None
    with source:
        try:
            size = source.seek(0, os.SEEK_END)
            source.seek(0)
        except OSError as error:
            raise NotFound(f"{file} cannot be read: {error.strerror}.", code="input_not_readable") from None
        if size > most:
            raise _too_large(most)
        if size == 0:
            raise Invalid("The document is empty.", code="empty_file")
        yield source, size


def _spooled(most: int) -> BinaryIO:
    """Standard input as a file that can be read from any place."""
    source = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - the caller closes it
    size = 0
    while chunk := sys.stdin.buffer.read(_CHUNK):
        size += len(chunk)
        if size > most:
            source.close()
            raise _too_large(most)
        source.write(chunk)
    return cast(BinaryIO, source)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The document is larger than the limit of {most} bytes.")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found in a document; `text` is its text where offsets count in the whole of it, else empty."""

    findings: list[Finding] = field(repr=False)
    summary: formats.Summary
    text: str = field(repr=False)


def _found(source: BinaryIO, size: int, filename: str, wanted: Plan, password: str | None) -> _Found:
    """Raises `Invalid` for a document that cannot be read or searched."""
    findings: list[Finding] = []
    try:
        kind = formats.sniff(source.read(formats.HEAD), filename, size)
        source.seek(0)
        with Path(os.devnull).open("wb") as nowhere:
            summary = formats.redact_file(
                source,
                nowhere,
                kind,
                wanted,
                findings.append,
                lambda _: None,
                name=filename,
                password=password,
            )
    except formats.DocumentError as error:
        raise Invalid(encrypted.told(error.detail), code=error.code) from None
    except DetectionError as error:
        raise Invalid(str(error), code=error.code) from None
    in_values = not findings or any(each.location is not None for each in findings)
    text = "" if in_values else "".join(encoding.decoded(source, encoding.of(source)))
    return _Found(findings, summary, text)


# --- showing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Showing:
    """How findings are shown: with or without values and reasons, and where lines of the text begin."""

    wanted: Plan
    text: str = field(repr=False)
    show_values: bool
    explain: bool
    lines: list[int]

    def one(self, finding: Finding) -> dict[str, Any]:
        """A finding as JSON shows it."""
        threshold = self.wanted.wanted.by_type().get(finding.entity_type, self.wanted.wanted.default)
        shown = {
            "entity_type": finding.entity_type,
            "value": finding.text if self.show_values else mask_value(finding.text),
            "location": finding.location or f"{self._place(finding.start)}-{self._place(finding.end)}",
            "start": finding.start,
            "end": finding.end,
            "score": round(finding.score, 4),
            "threshold": threshold,
            "recognizer": finding.recognizer,
            "check": finding.check,
        }
        if not self.explain:
            return shown
        rivals = [
            {
                "entity_type": each.entity_type,
                "start": finding.start + each.shift,
                "end": finding.start + each.shift + each.length,
                "score": round(each.score, 4),
                "recognizer": each.recognizer,
                "check": each.check,
            }
            for each in finding.rivals
        ]
        return shown | {"why": why.lines(finding, threshold, *self._around(finding)), "settled_against": rivals}

    def _place(self, position: int) -> str:
        line = bisect_right(self.lines, position)
        return f"{line}:{position - self.lines[line - 1] + 1}"

    def _around(self, finding: Finding) -> tuple[str, str]:
        """What stands before and after a finding; of a value in a structure the names above it."""
        if finding.location is not None:
            return hints.plain_name(finding.location[-hints.MAX_NAME :]), ""
        start, end = finding.start, finding.end
        return self.text[max(0, start - _AROUND) : start], self.text[end : end + _AROUND]


def _showing(found: _Found, wanted: Plan, *, show_values: bool, explain: bool) -> _Showing:
    lines = [0, *(end.end() for end in _LINE_END.finditer(found.text))]
    return _Showing(wanted, found.text, show_values, explain, lines)


def _as_json(found: _Found, shown: list[dict[str, Any]], notes: list[str]) -> dict[str, Any]:
    return {
        "media_type": found.summary.media_type,
        "findings": shown,
        "entity_count": found.summary.findings_count,
        "entity_counts": found.summary.counts,
        "notes": notes,
    }


def _show_lines(file: str, shown: list[dict[str, Any]]) -> None:
    columns = ["location", "entity_type", "score", "value", "recognizer", "check"]
    rows = [[f"{each[column]:.2f}" if column == "score" else each[column] for column in columns] for each in shown]
    common.show_table(f"Findings in {file}", ["Place", "Type", "Score", "Value", "Recognizer", "Check"], rows)


def _show_blocks(shown: list[dict[str, Any]]) -> None:
    for each in shown:
        head = (
            f"{each['location']}  {each['entity_type']}  {each['value']}  (characters {each['start']} to {each['end']})"
        )
        typer.echo(printable(head))
        for sentence in each["why"]:
            typer.echo(f"    {printable(sentence)}")
