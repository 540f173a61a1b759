"""Documents: which kind a file is, and one row for each kind that is read.

To add a kind: one file with a function, one row in FORMATS. Kinds that are read in a process of their own (`isolated`)
are named there by their module.
"""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import BinaryIO, Final

from expunct_server.redaction import hints
from expunct_server.redaction.engine import SEGMENT
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import jsons, tabular, text
from expunct_server.redaction.formats.common import (
    DocumentError,
    Emit,
    Job,
    Progress,
    Summary,
    Tally,
    UnsupportedFormat,
)
from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.isolated.kept import Outcome, digest_of
from expunct_server.redaction.formats.isolated.limits import DEFAULT, Limits
from expunct_server.redaction.formats.marks import Placed, marks_on
from expunct_server.redaction.formats.sniffing import HEAD, kind_of
from expunct_server.redaction.formats.views.showing import view
from expunct_server.redaction.llm import running
from expunct_server.redaction.patterns import checks_phone
from expunct_server.redaction.plan import Plan

__all__ = [
    "FORMATS",
    "HEAD",
    "DocumentError",
    "Format",
    "Summary",
    "UnsupportedFormat",
    "preview",
    "redact_file",
    "sniff",
]

_OOXML: Final = "application/vnd.openxmlformats-officedocument"
_ODF: Final = "application/vnd.oasis.opendocument"
_CELLS: Final = 1_024  # a name of 80 characters over each of the cells that so many bytes can hold fits into a segment


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of document; `suffix` is what a result's file name ends in when the upload had no name of use.

    `whole` is the size in bytes up to which a document is surely searched in one go, cells with their columns' names.
    `module` is that of a kind which is read in a process of its own; it `has_pages` when that can show them.
    """

    name: str
    media_type: str
    suffix: str
    redact: Callable[[Job], Summary]
    whole: int = SEGMENT
    module: str = ""
    has_pages: bool = False


def _isolated(name: str, media_type: str, suffix: str, module: str, *, has_pages: bool = False) -> Format:
    """A kind whose module, below this package, runs in a process of its own: never imported here."""
    module = f"{__name__}.{module}"
    return Format(
        name, media_type, suffix, lambda job: parent.redact(module, job, _inner), sys.maxsize, module, has_pages
    )


FORMATS: Final = {
    row.name: row
    for row in (
        Format("text", "text/plain", ".txt", text.redact),
        Format("markdown", "text/markdown", ".md", text.redact),
        Format("log", "text/plain", ".log", text.redact),
        Format("csv", "text/csv", ".csv", tabular.redact, _CELLS),
        Format("tsv", "text/tab-separated-values", ".tsv", tabular.redact, _CELLS),
        Format("json", "application/json", ".json", jsons.redact, _CELLS),
        Format("jsonl", "application/x-ndjson", ".jsonl", jsons.redact_lines, _CELLS),
        _isolated("html", "text/html", ".html", "markup.htmls"),
        _isolated("xml", "application/xml", ".xml", "markup.xmls"),
        _isolated("docx", f"{_OOXML}.wordprocessingml.document", ".docx", "office.docx"),
        _isolated("xlsx", f"{_OOXML}.spreadsheetml.sheet", ".xlsx", "office.xlsx"),
        _isolated("pptx", f"{_OOXML}.presentationml.presentation", ".pptx", "office.pptx"),
        _isolated("odt", f"{_ODF}.text", ".odt", "office.opendocument"),
        _isolated("ods", f"{_ODF}.spreadsheet", ".ods", "office.opendocument"),
        _isolated("odp", f"{_ODF}.presentation", ".odp", "office.opendocument"),
        _isolated("rtf", "application/rtf", ".rtf", "rtf"),
        _isolated("eml", "message/rfc822", ".eml", "mail.emls"),
        _isolated("vcard", "text/vcard", ".vcf", "mail.cards"),
        _isolated("calendar", "text/calendar", ".ics", "mail.cards"),
        _isolated("msg", "application/vnd.ms-outlook", ".msg", "mail.msgs"),
        _isolated("pdf", "application/pdf", ".pdf", "pdf", has_pages=True),
        _isolated("zip", "application/zip", ".zip", "archives.zips"),
        _isolated("tar", "application/x-tar", ".tar", "archives.tars"),
        _isolated("tgz", "application/gzip", ".tar.gz", "archives.tars"),
        _isolated("png", "image/png", ".png", "pictures", has_pages=True),
        _isolated("jpeg", "image/jpeg", ".jpg", "pictures", has_pages=True),
        _isolated("tiff", "image/tiff", ".tiff", "pictures", has_pages=True),
        _isolated("webp", "image/webp", ".webp", "pictures", has_pages=True),
        _isolated("gif", "image/gif", ".gif", "pictures", has_pages=True),
        _isolated("bmp", "image/bmp", ".bmp", "pictures", has_pages=True),
    )
}


def sniff(head: bytes, filename: str | None, size: int) -> Format:
    """The kind of a document, by its first bytes (HEAD of them are enough) and then by its name.

    `size` is the length of the whole document in bytes. Raises UnsupportedFormat for a kind that is not read.
    """
    return FORMATS[kind_of(head, filename, size)]


def preview(
    source: BinaryIO,
    format: Format,  # noqa: A002
    page: int,
    findings: Iterable[Placed],
    limits: Limits = DEFAULT,
) -> bytes:
    """A page of a document, from 1, as a PNG with a box around each of the findings that are on it.

    Where documents of the kind have no pages, it is one of what the document says (`views`), for all findings.
    `source` is a real file. Raises DocumentError, with the code `no_such_page` where there are fewer.
    """
    if not format.has_pages:
        return view(source, format, page, findings, limits, sniff)
    return parent.preview(format.module, source, page, marks_on(page, findings), limits)


def redact_file(
    source: BinaryIO,
    target: BinaryIO,
    format: Format,  # noqa: A002 - the word for it
    plan: Plan,
    emit: Emit,
    progress: Progress,
    *,
    name: str | None = None,
    limits: Limits = DEFAULT,
    password: str | None = None,
) -> Summary:
    """Writes the redacted document to `target` and each finding, in order, to `emit`.

    `source` must be seekable; it is read from its start. `progress` gets the number of source bytes consumed so far.
    `name` is its file name; `limits` are for kinds that are read in a process of their own. `password` is tried on it,
    and on documents inside it, where they are encrypted; the redacted ones are not.
    Raises DocumentError or DetectionError: then what is in `target` must be thrown away.
    """
    try:
        return _redacted(source, target, format, plan.for_document(), emit, progress, name, limits, password)
    finally:  # nothing of a document stays in this process, which reads those of other tenants next
        hints.forget()
        checks_phone.forget()


def _redacted(
    source: BinaryIO,
    target: BinaryIO,
    format: Format,  # noqa: A002
    plan: Plan,
    emit: Emit,
    progress: Progress,
    name: str | None,
    limits: Limits,
    password: str | None,
) -> Summary:
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    if size > format.whole and plan.model_reads:
        _survey(source, format, plan, lambda read: progress(read // 2))
        whole = progress
        progress = lambda read: whole((size + read) // 2)  # noqa: E731

    assert plan.known is not None  # a plan for a document has them
    removed = plan.known.removed

    def told(finding: Finding) -> None:  # knows no job: it would stay until the collector comes, with all values
        removed.gave(finding.replacement)
        emit(finding)

    job = Job(
        source,
        target,
        format.media_type,
        plan,
        Tally(told),
        progress,
        name,
        limits=limits,
        budget=limits.budget(),
        password=password,
        inner=_inner,
    )
    with running() as run:
        summary = format.redact(job)
    return replace(summary, notes=summary.notes + run.notes, llm=run.used)


def _inner(job: Job) -> None:
    """A document inside another, whose plan and survey are those of the one around. Raises DocumentError."""
    size = job.source.seek(0, os.SEEK_END)
    job.source.seek(0)
    if not size:
        return
    kind = sniff(job.source.read(HEAD), job.name, size)
    job.source.seek(0)
    job = replace(job, media_type=kind.media_type)
    if not kind.module:
        kind.redact(job)
        return
    digest = digest_of(kind.name, job.source)
    outcome = job.kept.outcome(digest, job.depth, is_survey=job.is_survey)
    if outcome is None:
        _once(kind, replace(job, digest=digest))
        return
    for finding in outcome.findings:
        job.tally.add(finding)
    if outcome.error is not None:
        raise DocumentError(*outcome.error)
    for note in outcome.notes:
        job.tally.note(*note)
    job.target.write(outcome.output)


def _once(kind: Format, job: Job) -> None:
    """Redact a document inside another, and keep what became of it. Raises DocumentError."""
    findings: list[Finding] = []

    def told(finding: Finding) -> None:
        findings.append(finding)
        job.tally.add(finding)

    tally = Tally(told)
    try:
        kind.redact(replace(job, tally=tally))
    except DocumentError as error:
        outcome = Outcome(findings=tuple(findings), error=(error.code, error.detail))
        job.kept.keep_outcome(job.digest, job.depth, outcome, is_survey=job.is_survey)
        raise
    job.target.seek(0)
    outcome = Outcome(job.target.read(), tuple(findings), tally.notes)
    for note in outcome.notes:
        job.tally.note(*note)
    job.kept.keep_outcome(job.digest, job.depth, outcome, is_survey=job.is_survey)


def _survey(source: BinaryIO, format: Format, plan: Plan, progress: Progress) -> None:  # noqa: A002
    """Read a document of several segments for its names, so that its beginning knows those of its end."""
    with open(os.devnull, "wb") as nowhere:
        format.redact(Job(source, nowhere, format.media_type, plan.for_survey(), Tally(lambda _: None), progress))
    source.seek(0)
