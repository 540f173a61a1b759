"""Plain text, Markdown and logs: redacted in segments, everything else byte for byte as it was."""

from dataclasses import replace

from expunct_server.redaction.engine import redact_stream
from expunct_server.redaction.formats import encoding
from expunct_server.redaction.formats.common import Job, Summary


def redact(job: Job) -> Summary:
    """Findings have offsets in the whole document, in code points, not counting a byte order mark; no location."""
    used = encoding.of(job.source)
    write = encoding.writer(job.target, used)
    offset = 0
    for source, part in redact_stream(encoding.reader(job.source, used), job.plan):
        for finding in part.findings:
            job.tally.add(replace(finding, start=finding.start + offset, end=finding.end + offset))
        write(part.text)
        offset += len(source)
        job.progress(job.source.tell())
    return job.tally.summary(job.media_type, used.name, job.plan)
