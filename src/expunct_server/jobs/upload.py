"""Receiving multipart/form-data: the file goes to disk as it arrives, the fields stay small, both are bounded.

The multipart grammar (RFC 7578) is python-multipart's; what is written here is where the bytes go.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from expunct_server.errors import BadRequest, FieldError, Invalid, TooLarge
from expunct_server.storage.base import Draft

HEAD_BYTES = 64 * 1024
_FIELD_BYTES = 64 * 1024
_PARTS = 20
_FLUSH_BYTES = 4 << 20
_NAME_LENGTH = 255


@dataclass(slots=True)
class Upload:
    """What arrived: the form's fields, and the file's name, size, hash and first bytes."""

    fields: dict[str, str] = field(default_factory=dict, repr=False)  # a password may be among them
    filename: str | None = None
    size: int = 0
    sha256: str = ""
    head: bytes = b""


async def receive(request: Request, draft: Draft, max_bytes: int) -> Upload:
    """Read the body; the part called `file` is written to `draft`.

    Raises `TooLarge` as soon as the limit is passed; `BadRequest` for a body that is no multipart form; `Invalid` when
    the file is missing, empty or there twice.
    """
    _, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadRequest("The Content-Type of a form names its boundary; this one does not.", code="bad_multipart")
    form = _Form(draft, max_bytes)
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
            if form.unwritten_bytes >= _FLUSH_BYTES:
                await run_in_threadpool(form.write_out)
        parser.finalize()
    except FormParserError:
        raise BadRequest("The body is not a well-formed multipart form.", code="bad_multipart") from None
    await run_in_threadpool(form.write_out)
    return form.finished()


class _Form:
    """Collects what the parser finds, part by part."""

    def __init__(self, draft: Draft, max_bytes: int) -> None:
        self._draft, self._max_bytes = draft, max_bytes
        self._upload = Upload()
        self._digest = hashlib.sha256()
        self._unwritten: list[bytes] = []
        self.unwritten_bytes = 0
        self._parts = self._files = 0
        self._headers: dict[bytes, bytes] = {}
        self._header_name = self._header_value = b""
        self._name = ""
        self._value = bytearray()
        self._is_file = False
        self._ended = False

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def _part_begin(self) -> None:
        self._parts += 1
        if self._parts > _PARTS:
            raise Invalid(f"A form has at most {_PARTS} parts.", code="too_many_parts")
        self._headers, self._value = {}, bytearray()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        self._bound(self._header_name)

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        self._bound(self._header_value)

    def _header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._is_file = self._name == "file"
        if self._is_file:
            self._files += 1
            if self._files > 1:
                raise Invalid("Send one file a request.", errors=(FieldError("file", "was sent twice"),))
            raw = options.get(b"filename")
            self._upload.filename = None if raw is None else raw.decode("utf-8", "replace")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if not self._is_file:
            self._value += piece
            self._bound(self._value)
            return
        self._upload.size += len(piece)
        if self._upload.size > self._max_bytes:
            raise TooLarge(f"The file is larger than the limit of {self._max_bytes} bytes.")
        if len(self._upload.head) < HEAD_BYTES:
            self._upload.head = (self._upload.head + piece)[:HEAD_BYTES]
        self._unwritten.append(piece)
        self.unwritten_bytes += len(piece)

    def _part_end(self) -> None:
        if self._is_file:
            return
        if self._name in self._upload.fields:
            raise Invalid("A field of the form was sent twice.", code="duplicate_field")
        try:
            self._upload.fields[self._name] = self._value.decode()
        except UnicodeDecodeError:
            raise BadRequest("A field of the form is not UTF-8.", code="invalid_encoding") from None

    def _end(self) -> None:
        self._ended = True

    def _bound(self, value: bytes | bytearray) -> None:
        if len(value) > _FIELD_BYTES:
            raise TooLarge(f"A field of the form is larger than {_FIELD_BYTES} bytes.")

    def write_out(self) -> None:
        """Hash and write what has come in since the last time; blocking, so for a thread."""
        for piece in self._unwritten:
            self._digest.update(piece)
            self._draft.file.write(piece)
        self._unwritten, self.unwritten_bytes = [], 0

    def finished(self) -> Upload:
        """The whole upload. Raises `Invalid` when there is no file or it is empty, `BadRequest` when it broke off."""
        if not self._ended:
            raise BadRequest("The form ends before its closing boundary.", code="bad_multipart")
        if not self._files:
            raise Invalid("Send the file in a form field called file.", errors=(FieldError("file", "is missing"),))
        if not self._upload.size:
            raise Invalid(
                "The file is empty; there is nothing to redact.",
                code="empty_file",
                errors=(FieldError("file", "is empty"),),
            )
        self._upload.sha256 = self._digest.hexdigest()
        return self._upload


def safe_filename(name: str | None) -> str:
    """A name without folders, control characters or surprises; `upload` when nothing usable is left."""
    last = re.split(r"[\\/]", name or "")[-1]
    printable = "".join(c for c in last if c.isprintable()).strip().lstrip(".").strip()
    return printable[:_NAME_LENGTH] or "upload"


def upload_uri(filename: str) -> str:
    """`upload://<filename>`, percent-encoded as RFC 3986 asks."""
    return "upload://" + quote(filename, safe="-._~()+,@=!")
