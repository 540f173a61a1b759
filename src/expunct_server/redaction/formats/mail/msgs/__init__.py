"""Messages of Outlook (MS-OXMSG) in compound files: written anew of what was read, so that nothing else is left.

vocabulary  properties: what they are called, which hold no text, which are made of others
properties  those of a message, recipient or attachment, out of their streams and back
strings     texts of properties in their code pages
named       properties that have names of their own
bodies      the texts of a message: plain, HTML, RTF, and the headers that it travelled with
rtf         RTF out of its compression (MS-OXRTFCP)
values      what becomes of one property
people      identifiers of people, made anew
redacting   the whole message
reading     the written message, read again
"""

from expunct_server.redaction.formats.mail.msgs.reading import texts
from expunct_server.redaction.formats.mail.msgs.redacting import run as redact

__all__ = ["redact", "texts"]
