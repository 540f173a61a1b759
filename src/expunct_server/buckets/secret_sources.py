"""Where the operator keeps secrets, read anew each time: variables of the environment, a profile, a file.

A file with a secret is refused when other users of the machine can read it, as ssh does, so that a secret that leaks
this way is noticed before it is used. Files that a container engine mounts below `/run/secrets` are readable by all by
its design, and nobody but this container sees them: those are taken as they are.
"""

import configparser
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from expunct_server.buckets.secret_fields import BadSecret, checked, fields_of

MOUNTED = Path("/run/secrets")
_MAX_BYTES = 1 << 20


def from_environment(provider: str, prefix: str) -> dict[str, str]:
    """`<prefix>_ACCESS_KEY_ID` and so on; for gcs `<prefix>_SERVICE_ACCOUNT`, JSON. Raises `BadSecret`."""
    if provider == "gcs":
        variable = f"{prefix}_SERVICE_ACCOUNT"
        text = os.environ.get(variable)
        if not text:
            raise BadSecret(f"the variable {variable}", "is not set")
        return _checked(provider, _json(text, f"the variable {variable}"), "{} in the variable " + variable)
    names = {field: f"{prefix}_{field.upper()}" for field in fields_of(provider)}
    try:
        return checked(provider, _given({field: os.environ.get(name) for field, name in names.items()}))
    except BadSecret as error:
        raise BadSecret(f"the variable {names.get(error.field, prefix + '_*')}", error.message) from None


def from_profile(name: str, file: str) -> dict[str, str]:
    """A section of a file like `~/.aws/credentials`. Raises `BadSecret`."""
    parser = configparser.RawConfigParser(strict=True)  # a % in a secret is a %
    try:
        parser.read_string(_text(file, "profile_file"))
    except configparser.Error:  # its text quotes the line
        raise BadSecret("profile_file", "cannot be parsed") from None
    if not parser.has_section(name):
        raise BadSecret("profile_file", f"has no section {name}")
    given = {field: parser[name].get(f"aws_{field}") for field in fields_of("s3")}
    return _checked("s3", given, f"aws_{{}} in the section {name} of profile_file")


def from_file(provider: str, file: str) -> dict[str, str]:
    """A file of JSON with the fields of a secret that a tenant gives. Raises `BadSecret`."""
    return _checked(provider, _json(_text(file, "file"), "file"), "{} in its file")


def _checked(provider: str, given: Mapping[str, Any], place: str) -> dict[str, str]:
    """The secret; what is wrong with it is told by `place`, with the field's name in it."""
    try:
        return checked(provider, _given(given))
    except BadSecret as error:
        raise BadSecret(place.format(error.field or "what stands"), error.message) from None


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """What is empty is taken for missing."""
    return {field: value for field, value in values.items() if value not in (None, "")}


def _text(file: str, called: str) -> str:
    """The content of a file that only this user, or its group, may read. `called` is the key that names it."""
    try:
        path = Path(file).expanduser()
        with path.open("rb") as opened:
            found = os.fstat(opened.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise BadSecret(called, "names what is no regular file")
            if found.st_mode & 0o027 and not path.resolve().is_relative_to(MOUNTED):
                raise BadSecret(called, "names a file that other users may read or change. Take that away: chmod 600")
            content = opened.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise BadSecret(called, "names a file that is too large for a secret")
        return content.decode()
    except FileNotFoundError:
        raise BadSecret(called, "names a file that is not there") from None
    except UnicodeDecodeError:
        raise BadSecret(called, "names a file that is no text in UTF-8") from None
    except (OSError, RuntimeError):  # RuntimeError: ~ of an unknown user
        raise BadSecret(called, "names a file that cannot be read") from None


def _json(text: str, called: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise BadSecret(called, "holds no JSON object")
    return value
