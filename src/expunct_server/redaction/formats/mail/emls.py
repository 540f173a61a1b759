"""Messages of mail: headers, texts, attachments, messages in messages. What held nothing stays byte for byte.

Signatures of people are taken out, since they hold certificates with names; those of servers (DKIM, ARC) where
something changed, since they would not be right any more.
"""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from typing import Any, Final

from expunct_server.redaction.formats import charsets, wrapped
from expunct_server.redaction.formats.common import UNREAD, DocumentError
from expunct_server.redaction.formats.isolated.work import UNSEEN, Redacted, Text, Work, edited
from expunct_server.redaction.formats.mail import cards, entities, fields, pointers, transfer, words
from expunct_server.redaction.formats.mail.entities import Entity, Multipart
from expunct_server.redaction.formats.markup import charsets as page_charsets

MAX: Final = 128 * 1024 * 1024
"""Bytes of a message, which has to be held whole."""
_DEEPEST: Final = 20
_SEALS: Final = re.compile(r"(?i)(?:dkim-|x-google-dkim-|domainkey-|arc-message-|arc-)(?:signature|seal)")
_CARDS: Final = frozenset({"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "application/ics"})
_TEXTS: Final = frozenset(
    {"text/plain", "text/enriched", "text/richtext", "text/rfc822-headers", "message/delivery-status"}
    | {"message/disposition-notification", "message/feedback-report", "message/external-body"}
)
_MESSAGES: Final = frozenset({"message/rfc822", "message/global"})
_SIGNATURES: Final = frozenset(
    {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
)
_SEALED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
SUFFIXES: Final = {
    "text/csv": "csv", "text/xml": "xml", "application/xml": "xml", "application/json": "json", "text/markdown": "md",
    "text/rtf": "rtf", "application/rtf": "rtf", "application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png",
    "image/svg+xml": "svg", "text/tab-separated-values": "tsv", "application/zip": "zip",
    "application/vnd.ms-outlook": "msg",
}  # fmt: skip
_LONG: Final = 20_000  # characters of a field
_ODD: Final = re.compile(rb"[\x1b\x80-\xff]")
_SOFT: Final = re.compile(r" \r?\n(?!-- \r?\n)")
ARMOURED: Final = "-----BEGIN PGP MESSAGE-----"
ENCRYPTED: Final = ("encrypted", "The message is encrypted; decrypt it and send it again.")
OPAQUE: Final = (
    "unsupported_format",
    "The message is inside a signature (S/MIME), which is not read; save it without.",
)
_DAMAGED: Final = (
    "invalid_encoding",
    "The message is no text of UTF-16, as it says: save it as UTF-8 and send it again.",
)
_TNEF: Final = ("unsupported_format", "The message has a part of Outlook's own form (winmail.dat), which is not read.")
_PARTIAL: Final = ("unsupported_format", "The message is one piece of a longer one; put it together and send it again.")
_SIGNED: Final = "The signature of a message was taken out; it would not be right for the redacted message."
GONE_TEXT: Final = "A part that could not be read was taken out here.\n"
_GONE: Final = f"Content-Type: text/plain; charset=us-ascii\n\n{GONE_TEXT}".encode()
_FILE: Final = "A file in the text of a message, written as uuencode, yEnc or BinHex do, was taken out."
_FOOTER: Final = (
    "What a mailing list had put after the base64 text of a part, where no program shows it, was taken out."
)
_SEAL: Final = (
    "Signatures of mail servers were taken out of a header; they would not be right for the redacted message."
)


def redact(work: Work) -> None:
    """Rewrites the message. Findings are at "header Subject", "body, line 3", "attachment 2". Raises DocumentError."""
    data = work.source.read(MAX + 1)
    if len(data) > MAX:
        raise DocumentError("too_large", f"A message may have {MAX:,} bytes: send its attachments on their own.")
    mark, codec = charsets.marked(data)
    try:
        data = _narrow(data[len(mark) :], codec)
    except UnicodeError:
        raise DocumentError(*_DAMAGED) from None
    if data:
        made = Parts(work).message(data, "")
        work.target.write(mark + (made if codec == "utf-8" else made.decode("utf-8", "replace").encode(codec)))


def _narrow(data: bytes, codec: str) -> bytes:
    """A message of which an editor made UTF-16 as UTF-8. Raises UnicodeError."""
    return data if codec == "utf-8" else data.decode(codec).encode()


@dataclass(slots=True)
class Parts:
    """The parts of one message, counted. `messages`, `texts` and `files` are how many there were so far;
    `has_read` says that one of them was read, `lost` why the first that could not be was taken out. What
    messages share that are inside each other: `counted`, all parts so far, and `ids`, new names of parts that others
    point to."""

    work: Work
    depth: int = 0
    messages: int = 0
    texts: int = 0
    files: int = 0
    boundaries: int = 0
    has_read: bool = False
    lost: DocumentError | None = None
    counted: Counter[str] = field(default_factory=Counter)
    ids: dict[str, str] = field(default_factory=dict, repr=False)

    def message(self, data: bytes, place: str) -> bytes:
        """A whole message, its places below `place`. Raises DocumentError, also where no part of it can be read."""
        pointers.learn(self.work, data, place, self.ids)
        made = self.redacted(data, place)
        if self.lost is not None and not self.has_read:
            raise self.lost
        return made

    def redacted(self, data: bytes, place: str, kind: str = "text/plain") -> bytes:
        """A message or part, its places below `place`; `kind` is what it is where it does not say so."""
        if self.depth > _DEEPEST:
            raise DocumentError(
                "nested_too_deep",
                f"Parts of a message may be {_DEEPEST} deep inside each other: send the inner ones on their own.",
            )
        entity = pointers.renamed(entities.parsed(data), self.ids)
        mime = entity.mime()
        kind = mime.get_content_type() if mime["content-type"] else kind
        changed: dict[str, str] = {}
        self.depth += 1
        body = self._body(entity, mime, kind, place, changed)
        self.depth -= 1
        line_end = "\r\n" if b"\r\n" in data[:5_000] else "\n"
        header = fields.redacted(self.work, entity, place, line_end, changed)
        if kind == "multipart/signed" and body != entity.body:
            header = [_as_mixed(line) for line in header]
        if b"".join(header) + entity.gap + body != data:
            header = self._unsealed(entity, header)
        return b"".join(header) + entity.gap + body

    def _unsealed(self, entity: Entity, header: list[bytes]) -> list[bytes]:
        kept = [line for each, line in zip(entity.fields, header, strict=True) if not _SEALS.fullmatch(each.name)]
        if len(kept) < len(header):
            self.work.note(_SEAL)
        return kept

    def _body(self, entity: Entity, mime: Message, kind: str, place: str, changed: dict[str, str]) -> bytes:
        if not entity.body.strip():
            return entity.body
        if kind == "multipart/encrypted" or kind in _SEALED:
            said = str(mime.get_param("smime-type", "")).lower()
            raise DocumentError(*(OPAQUE if said in ("signed-data", "certs-only") else ENCRYPTED))
        if kind.startswith("multipart/"):
            understood = fields.boundaries(entity)
            for boundary in (*understood, *entities.boundaries(entity.body)):
                if (whole := entities.split(entity.body, boundary)) is not None:
                    if len(understood) > 1:  # written so that all read the same
                        changed["boundary"] = boundary
                    return self._multipart(whole, kind, place, boundary, changed)
            kind = "text/plain"  # a multipart that is none is shown as it stands there
        encoding = transfer.named(str(mime.get("content-transfer-encoding", "")))
        carried, footer = transfer.without_footer(entity.body, encoding)
        if footer:
            self.work.note(_FOOTER)
        data = transfer.decoded(carried, encoding)
        made = self._content(pointers.followed(data, self.ids), mime, kind, place)
        is_same = made == data and transfer.is_clean(entity.body, encoding)
        return entity.body if is_same else transfer.encoded(made, encoding, carried)

    # --- a multipart ---

    def _multipart(self, whole: Multipart, kind: str, place: str, boundary: str, changed: dict[str, str]) -> bytes:
        self._take(len(whole.parts))
        whole = self._unsigned(whole)
        child = "message/rfc822" if kind == "multipart/digest" else "text/plain"
        whole = self._inside(whole, kind, place, child)
        preamble = self._around(whole.preamble, f"{place}before the first part")
        epilogue = self._around(whole.epilogue, f"{place}after the last part")
        made = whole._replace(preamble=preamble, epilogue=epilogue)
        return bytes(self._renamed(made, boundary, place, changed))

    def _take(self, count: int) -> None:
        """Count parts. Raises DocumentError for more than a message may have, those of messages inside included."""
        self.counted["parts"] += count
        if self.counted["parts"] > (most := self.work.limits.members):
            raise DocumentError("too_large", f"A message may have {most:,} parts: send its attachments on their own.")

    def _unsigned(self, whole: Multipart) -> Multipart:
        """Without signatures, but for a part that is the only one."""
        kinds = [entities.parsed(each).mime().get_content_type() for each in whole.parts]
        signatures = {number for number, kind in enumerate(kinds) if kind in _SIGNATURES}
        if len(signatures) == len(kinds):
            signatures.discard(0)
        if signatures:
            self.work.note(_SIGNED)
        return whole.without(signatures)

    def _inside(self, whole: Multipart, kind: str, place: str, child: str) -> Multipart:
        """All parts redacted. A text stands for one that cannot be read, unless others say the same."""
        made = [self._part(each, place, child) for each in whole.parts]
        is_told = kind != "multipart/alternative" or all(each is None for each in made)
        gone = _GONE.replace(b"\n", b"\r\n") if b"\r\n" in whole.delimiters[0] else _GONE
        parts = tuple(gone if each is None and is_told else each for each in made)
        whole = whole._replace(parts=tuple(each or b"" for each in parts))
        return whole.without({number for number, each in enumerate(parts) if each is None})

    def _part(self, data: bytes, place: str, kind: str) -> bytes | None:
        """A part of a multipart redacted; None for one that cannot be read, which is noted. Raises DocumentError."""
        depth, before = self.depth, self._counts()
        try:
            return self.redacted(data, place, kind)
        except DocumentError as error:
            if error.code not in UNREAD:
                raise
            self.depth, self.lost = depth, self.lost or error
            which = [f"{name} {now}" for name, now in self._counts().items() if now > before[name]]
            said = f"{place}{which[0] if which else 'a part'} could not be read and was taken out of the message"
            self.work.note(f"{said[0].upper()}{said[1:]} ({error.code}).")
            return None

    def _counts(self) -> dict[str, int]:
        return {"attachment": self.files, "body": self.texts, "message": self.messages}

    def _around(self, data: bytes, place: str) -> bytes:
        return charsets.in_each_way(data, (), lambda text: self._text(text, place))

    def _renamed(self, made: Multipart, boundary: str, place: str, changed: dict[str, str]) -> Multipart:
        """With another boundary, if something was found in this one: senders make them of what they know."""
        answers = self.work.redacted([Text(boundary, (), False)], lambda *_: f"{place}boundary")
        if not answers[0].edits:
            return made
        self.boundaries += 1
        new = f"=_part_{self.boundaries}"
        held = b"\n".join([made.preamble, *made.parts, made.epilogue])
        while b"--" + new.encode() in held:
            new += "_"
        old = boundary.encode("utf-8", "surrogateescape")
        changed["boundary"] = new
        return made._replace(delimiters=tuple(each.replace(old, new.encode()) for each in made.delimiters))

    # --- what is no multipart ---

    def _content(self, data: bytes, mime: Message, kind: str, place: str) -> bytes:
        if kind in _MESSAGES:
            self.messages += 1
            inside = Parts(self.work, self.depth + 1, counted=self.counted, ids=self.ids)
            made = inside.message(data, f"{place}message {self.messages}, ")
            self.has_read = True
            return made
        if kind in _SIGNATURES:
            self.work.note(_SIGNED)
            return b""
        if kind in ("application/ms-tnef", "application/vnd.ms-tnef"):
            self.files += 1
            raise DocumentError(*_TNEF)
        if kind == "message/partial":
            raise DocumentError(*_PARTIAL)
        made = self._leaf(data, mime, kind, place)
        self.has_read = True
        return made

    def _leaf(self, data: bytes, mime: Message, kind: str, place: str) -> bytes:
        name = _filename(mime)
        if kind in _TEXTS and not (name and kind == "text/plain" and "." in name and not _is_text(name)):
            return self._words(data, mime, self._count(mime, place))
        if kind in _CARDS:
            where = self._count(mime, place) + ", "
            return cards.redacted(self.work, data, _charset(mime), where)
        return self._file(data, mime, kind, self._count(mime, place))

    def _count(self, mime: Message, place: str) -> str:
        """The place of this part: texts that are shown, and attachments."""
        if mime.get_content_maintype() == "text" and not mime.get_filename():
            self.texts += 1
            return f"{place}body" + (f" {self.texts}" if self.texts > 1 else "")
        self.files += 1
        return f"{place}attachment {self.files}"

    def _words(self, data: bytes, mime: Message, place: str) -> bytes:
        is_joined = str(mime.get_param("delsp", "")).lower() == "yes"

        def redact(text: str) -> str:
            if ARMOURED in text:
                raise DocumentError(*ENCRYPTED)
            return self._text(text, place, is_joined=is_joined)

        return charsets.in_each_way(data, _charset(mime), redact)

    def _text(self, text: str, place: str, *, is_joined: bool = False) -> str:
        """A text redacted. Lines of one that `is_joined` go on after a blank, without it (RFC 3676, section 4.2)."""
        plain = wrapped.without_files(text)
        if plain != text:
            self.work.note(_FILE)
        made = [plain]

        def apply(answer: Redacted) -> None:
            made[0] = edited(plain, answer.edits)

        said = _SOFT.sub(lambda m: UNSEEN * len(m[0]), plain) if is_joined else plain
        self.work.add(Text(said), apply, lambda edit: f"{place}, line {plain.count(chr(10), 0, edit.start) + 1}")
        self.work.flush()
        return made[0]

    def _file(self, data: bytes, mime: Message, kind: str, place: str) -> bytes:
        """A part that is read as a document of its own. A text whose charset is said here is handed over as UTF-8; one
        that says itself what it is in, or nothing, as it is."""
        name = _filename(mime) or f"part.{SUFFIXES.get(kind, 'bin')}"
        name = "part.html" if kind in ("text/html", "application/xhtml+xml") else name
        declared = _charset(mime)
        if not declared or mime.get_content_maintype() != "text" or charsets.ways(data, declared) == ["utf-8"]:
            return self._inner(name, data, place)

        def redact(text: str) -> str:
            asked = codecs.BOM_UTF8 + text.encode("utf-8", "replace")
            made = self._inner(name, asked, place)
            return text if made == asked else made.removeprefix(codecs.BOM_UTF8).decode()

        return charsets.in_each_way(data, declared, redact)

    def _inner(self, name: str, data: bytes, place: str) -> bytes:
        if not data.strip():
            return data
        try:
            return self.work.inner(name, data, place)
        except DocumentError as error:
            which = place.rpartition(", ")[2].capitalize()
            raise DocumentError(error.code, f"{which} of the message cannot be redacted. {error.detail}") from None


def _is_text(name: str) -> bool:
    return name.lower().endswith((".txt", ".text", ".log", ".asc", ".eml"))


def _charset(mime: Message) -> tuple[str, ...]:
    """What a part says that its charset is."""
    return tuple(filter(None, (mime.get_content_charset(),)))


def _filename(mime: Message) -> str:
    return words.of(mime.get_filename() or "", "").text


def _as_mixed(line: bytes) -> bytes:
    """What is left of a signed message."""
    if line[:13].lower() != b"content-type:":
        return line
    return re.sub(rb"(?i)multipart/signed", b"multipart/mixed", line, count=1)


# --- what was written, by another library -----------------------------------------------------------------------------


def texts(work: Work) -> Iterator[str]:
    """What the standard library's parser of messages makes of it, by its modern policy, and the source."""
    data = work.source.read()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-32" if data[2:4] == b"\0\0" else "utf-16", "replace").encode()
    yield fields.without_fixed_names(data.decode("utf-8", "replace"))
    odd = b"\n".join(line for line in data.split(b"\n") if _ODD.search(line))
    for said in (entities.head_of(data), odd):
        yield from map(fields.without_fixed_names, charsets.readings(said))
    message = BytesParser(_class=EmailMessage, policy=_Short()).parsebytes(data)
    for part in message.walk():
        yield from _header(part)
        if part.is_multipart():
            yield str(part.preamble or "")
            yield str(part.epilogue or "")
            continue
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield from _said(payload, part)


class _Short(policy.EmailPolicy):
    """The modern policy, but for long fields: it takes a thousandth of a second and a kilobyte for each word."""

    def header_fetch_parse(self, name: str, value: str) -> Any:
        if len(value) > _LONG:
            return policy.compat32.header_fetch_parse(name, value)
        return super().header_fetch_parse(name, value)


def _said(data: bytes, part: Message) -> Iterator[str]:
    """What a body says in all charsets that it may be in; a file was read again as what it is."""
    names = (*_charset(part), *page_charsets.declared(data))
    if part.get_content_type() in _CARDS:
        yield from cards.said(data, names)
    elif part.get_content_maintype() in ("text", "message"):
        yield from charsets.readings(data, names)
    else:
        yield data.decode("utf-8", "replace")


def _header(part: Message) -> Iterator[str]:
    yield from (name for name in map(str, part) if name.lower() not in fields.FIXED_NAMES)
    try:
        for value in map(str, part.values()):
            yield value
            if len(value) > _LONG:
                yield str(make_header(decode_header(value)))
        yield str(part.get_filename() or "")
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):
        return  # a header that the library does not take; the source was shown
