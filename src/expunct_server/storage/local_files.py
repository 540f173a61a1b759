"""Files of this machine named by file:// URIs: only below the roots that the operator allowed.

A path is resolved first (symbolic links, `..`), then must lie below a resolved root, and what was opened is checked
again through its descriptor, so that a link swapped in between is noticed.
"""

import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from expunct_server.errors import FieldError, Forbidden, Invalid
from expunct_server.storage.durable import told

_NOT_ALLOWED = "This file:// location is not below a folder that the server's operator allows."


def roots_of(roots: tuple[Path, ...], tenant_id: str) -> tuple[Path, ...]:
    """The roots of one tenant: `{tenant}` in a root stands for its id, so that tenants need not see each other's files.

    The form of a tenant's id (tenants.service) keeps it one plain folder name.
    """
    return tuple(Path(str(root).replace("{tenant}", tenant_id)) for root in roots)


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
    try:
        opened = _opened_as(descriptor, path)
        if not any(_below(opened, root.resolve()) for root in roots):
            raise Forbidden(_NOT_ALLOWED, code="uri_not_allowed")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Invalid("The file URI does not name a regular file.", code="not_a_file")
    except BaseException:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


@contextmanager
def local_draft(uri: str, roots: tuple[Path, ...], source: BinaryIO) -> Iterator[Callable[[], None]]:
    """Copy `source` to a draft beside the file that `uri` names below the roots; its folder must exist.

    The function that is given puts the draft in the file's place, whole and durable. It does no more than rename, so it
    may be called in a transaction that decides who may. A draft that was not put there is removed.
    """
    path = local_path(uri, roots)
    draft = f".{path.name[:200]}.{secrets.token_hex(4)}.part"
    with told(), _folder(path.parent, roots) as folder:

        def put() -> None:
            os.rename(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)

        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(draft, flags, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as target:
                while chunk := source.read(1 << 20):
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            yield put
        finally:
            with suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=folder)


@contextmanager
def _folder(path: Path, roots: tuple[Path, ...]) -> Iterator[int]:
    """A folder below the roots, held open: what is done by its descriptor stays there, whatever is renamed."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise Invalid("The folder of output_uri does not exist.", code="output_folder_missing") from None
    except PermissionError:
        raise Invalid("The server may not write to the folder of output_uri.", code="output_not_writable") from None
    try:
        opened = _opened_as(descriptor, path)
        if not any(opened.is_relative_to(root.resolve()) for root in roots):
            raise Forbidden(_NOT_ALLOWED, code="uri_not_allowed")
        yield descriptor
    finally:
        os.close(descriptor)


def _opened_as(descriptor: int, path: Path) -> Path:
    """Where an open descriptor really is; Linux alone can say, elsewhere `path` has to do."""
    really = Path(f"/proc/self/fd/{descriptor}")
    return really.resolve() if really.exists() else path
