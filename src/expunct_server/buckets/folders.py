"""Folders of this machine: only below the roots that the operator allowed, wherever links lead.

A path is resolved first (symbolic links, `..`), then must lie below a resolved root. The store that opens a file there
checks what it opened once more, so that a link swapped in between leads nowhere.
"""

from pathlib import Path

from expunct_server.errors import FieldError, Forbidden, Invalid


def roots_of(roots: tuple[Path, ...], tenant_id: str) -> tuple[Path, ...]:
    """The roots of one tenant: `{tenant}` in a root stands for its id, so that tenants need not see each other's files.

    The form of a tenant's id (`ids.is_tenant_id`) keeps it one plain folder name.
    """
    return tuple(Path(str(root).replace("{tenant}", tenant_id)) for root in roots)


def file_below(path: str, roots: tuple[Path, ...], name: str) -> tuple[Path, str]:
    """The resolved root that a file lies below, and its path from there. `name` is the field, for errors.

    Raises `Invalid` for a path that cannot be followed, `Forbidden` outside of the roots and for a root itself.
    """
    found = _resolved(path, name)
    for root in roots:
        resolved = root.resolve()
        if found != resolved and found.is_relative_to(resolved):
            return resolved, str(found.relative_to(resolved))
    raise _not_allowed("This file:// location", name)


def folder_below(path: str, roots: tuple[Path, ...], name: str) -> Path:
    """The resolved path of a connector's folder: a root, or below one. Raises `Invalid`, `Forbidden`."""
    if not path.startswith("/") or not path.isprintable() or ".." in path.split("/"):
        raise _unusable(name)
    found = _resolved(path, name)
    if not any(found.is_relative_to(root.resolve()) for root in roots):
        raise _not_allowed("This folder", name)
    return found


def _resolved(path: str, name: str) -> Path:
    try:
        return Path(path).resolve()
    except (ValueError, RuntimeError, OSError):  # no UTF-8, a circle of links, a name that is too long
        raise _unusable(name) from None


def _unusable(name: str) -> Invalid:
    return Invalid(
        f"{name} names no path that can be followed: it looks like /folder/name, without .. in it.",
        errors=(FieldError(name, "is not a usable path"),),
    )


def _not_allowed(what: str, name: str) -> Forbidden:
    message = "is not below a folder that the server's operator allows"
    return Forbidden(f"{what} {message}.", code="uri_not_allowed", errors=(FieldError(name, message),))
