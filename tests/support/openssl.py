"""The three uses that the page on verifying by hand makes of openssl, for a machine that has none."""

import hashlib
import hmac
import sys
from itertools import pairwise
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)


def main(command: str, *arguments: str) -> int:
    given = dict(pairwise(arguments))
    if command == "pkey":
        key = load_der_public_key(Path(given["-in"]).read_bytes())
        Path(given["-out"]).write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return 0
    if command == "pkeyutl":
        key = load_pem_public_key(Path(given["-inkey"]).read_bytes())
        assert isinstance(key, Ed25519PublicKey)
        try:
            key.verify(Path(given["-sigfile"]).read_bytes(), Path(given["-in"]).read_bytes())
        except InvalidSignature:
            return 1
        return 0
    secret = bytes.fromhex(given["-macopt"].removeprefix("hexkey:"))
    sys.stdout.buffer.write(hmac.digest(secret, Path(arguments[-1]).read_bytes(), hashlib.sha256))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
