"""Plain text, Markdown and logs: redacted in segments, everything else byte for byte as it was."""

from dataclasses import replace

from expunct_server.redaction.engine import redact_stream
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import encoding
from expunct_server.redaction.formats.common import Job, Summary
from expunct_server.redaction.formats.searching import Searching


def redact(job: Job) -> Summary:
    """Findings have offsets in the whole document, in code points, not counting a byte order mark; no location,
    but for those in files that stand in the text."""
    used = encoding.of(job.source)
    write = encoding.writer(job.target, used)
    offset = 0
    searching = Searching(job)
    for source, part in redact_stream(encoding.reader(job.source, used), job.plan):
        redacted = searching.more(source, part)
        for finding in searching.found[0]:
            job.tally.add(_placed(finding, offset))
        write(redacted.text)
        offset += len(source)
        job.progress(job.source.tell())
    return job.tally.summary(job.media_type, used.name, job.plan)


def _placed(finding: Finding, offset: int) -> Finding:
    """A finding of a segment that begins there; one in a file has its place in that."""
    if finding.location:
        return replace(finding, location=f"a file in the text, {finding.location}")
    return replace(finding, start=finding.start + offset, end=finding.end + offset)
