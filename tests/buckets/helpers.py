"""What tests of buckets share: a credentials file, and secrets that are no one's."""

import json
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support import canary

HUSH = canary.SECRET_KEY  # as a secret: the watch of the whole session looks for it everywhere
S3_SECRET = {"access_key_id": "AKEXAMPLE", "secret_access_key": HUSH}
AZURE_SECRET = {"account_name": "acmestore", "account_key": "aHVzaA=="}


@cache
def gcs_secret() -> dict[str, str]:
    """What a service account's file holds, its key made here."""
    key = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {"client_email": "a@b.iam.example", "private_key": key.decode(), "private_key_id": "0a1b"}


def service_account() -> dict[str, str]:
    """The file as Google gives it, but for where its tokens come from."""
    return gcs_secret() | {
        "type": "service_account",
        "project_id": "p",
        "client_id": "1",
        "token_uri": "http://169.254.169.254/token",
        "auth_uri": "http://169.254.169.254/auth",
        "universe_domain": "evil.example",
    }


def toml(folder: Path, text: str) -> str:
    """A credentials file, by its path."""
    file = folder / "credentials.toml"
    file.write_text(text)
    return str(file)


def secret_file(folder: Path, value: object, mode: int = 0o600, name: str = "secret.json") -> Path:
    """A file with a secret: text as it is, anything else as JSON."""
    file = folder / name
    file.write_text(value if isinstance(value, str) else json.dumps(value))
    file.chmod(mode)
    return file
