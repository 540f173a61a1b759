"""The whole RTF document."""

from typing import Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.rtf.tokens import follows_a_word
from expunct_server.redaction.formats.rtf.units import carried_out
from expunct_server.redaction.formats.rtf.walking import Walk

MAX: Final = 64 * 1024 * 1024
"""Bytes of an RTF document, which has to be held whole."""
_OTHER: Final = "This is no RTF document, whatever its name says; send it with the name of what it is."


def run(work: Work) -> None:
    """Rewrites it in place; what held nothing stays byte for byte. Raises DocumentError."""
    data = work.source.read(MAX + 1)
    if len(data) > MAX:
        raise DocumentError("too_large", f"An RTF document may have {MAX:,} bytes.")
    if not data:
        return
    if not data.startswith(b"{\\rtf"):
        raise DocumentError("unreadable", _OTHER)
    source = data.decode("latin-1")
    walk = Walk(work, source)
    walk.run()
    for part in carried_out(source, walk.cuts, follows_a_word):
        work.target.write(part.encode("latin-1"))
