"""Files of this machine named by file:// URIs: only below the roots that the operator allowed.

A path is resolved first (symbolic links, `..`), then must lie below a resolved root, and what was opened is checked
again through its descriptor, so that a link swapped in between is noticed.
"""

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from expunct_server.errors import FieldError, Forbidden, Invalid
from expunct_server.storage.folder import sync_folder, told

_NOT_ALLOWED = "This file:// location is not below a folder that the server's operator allows."


def local_path(uri: str, roots: tuple[Path, ...]) -> Path:
    """The resolved path of a file:// URI. Raises `Invalid` for a malformed URI, `Forbidden` outside the roots."""
    parts = urlsplit(uri)
    path = unquote(parts.path, errors="strict") if "%" in parts.path else parts.path
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or parts.query or parts.fragment:
        raise _malformed()
    if not path.startswith("/") or "\0" in path or len(path) > 4000:
        raise _malformed()
    resolved = Path(path).resolve()
    if not any(_below(resolved, root.resolve()) for root in roots):
        raise Forbidden(_NOT_ALLOWED, code="uri_not_allowed")
    return resolved


def _malformed() -> Invalid:
    return Invalid(
        "A file URI looks like file:///folder/name, without host, query or fragment.",
        errors=(FieldError("input_uri", "is not a usable file URI"),),
    )


def _below(path: Path, root: Path) -> bool:
    return path != root and path.is_relative_to(root)


def open_local(uri: str, roots: tuple[Path, ...]) -> BinaryIO:
    """A regular file below the roots, open for reading. Raises FileNotFoundError, PermissionError and the above."""
    path = local_path(uri, roots)
    # O_NONBLOCK: opening a pipe must not wait for a writer; O_NOFOLLOW: the last part was resolved already.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    file = os.fdopen(descriptor, "rb")
    really = Path(f"/proc/self/fd/{descriptor}")
    opened = really.resolve() if really.exists() else path
    if not any(_below(opened, root.resolve()) for root in roots):
        file.close()
        raise Forbidden(_NOT_ALLOWED, code="uri_not_allowed")
    if not _regular(descriptor):
        file.close()
        raise Invalid("The file URI does not name a regular file.", code="not_a_file")
    return file


def _regular(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


@contextmanager
def local_draft(uri: str, roots: tuple[Path, ...], source: BinaryIO) -> Iterator[Callable[[], None]]:
    """Copy `source` to a draft beside the file that `uri` names below the roots; its folder must exist.

    The function that is given puts the draft in the file's place, whole and durable. It does no more than rename, so it
    may be called in a transaction that decides who may. A draft that was not put there is removed.
    """
    path = local_path(uri, roots)
    draft = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")

    def put() -> None:
        draft.rename(path)
        sync_folder(path.parent)

    with told():
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as target:
                while chunk := source.read(1 << 20):
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            yield put
        finally:
            draft.unlink(missing_ok=True)
