"""LibreOffice, qpdf and Poppler, which open what was redacted."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pytest

_SECONDS: Final = 300
_NEEDED: Final = {
    "soffice": "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
    "qpdf": "qpdf",
    "pdftotext": "poppler-utils",
}


def require() -> None:
    """End the run, saying what to install, where a program is missing."""
    missing = [packages for command, packages in _NEEDED.items() if shutil.which(command) is None]
    if missing:
        pytest.exit(f"The office tests open documents: install {' '.join(missing)}.", returncode=2)


def convert(files: Iterable[Path], kind: str, target: Path) -> dict[str, Path]:
    """Open files with LibreOffice and save them as another kind, all at once: what came of it, by names without suffix.

    The profile is a new one, below `target`, since one that is in use refuses a second program.
    """
    target.mkdir(parents=True, exist_ok=True)
    profile = (target / "profile").resolve().as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", kind, "--outdir", target]
    subprocess.run([*command, *files], check=True, timeout=_SECONDS, capture_output=True)
    return {path.stem: path for path in target.iterdir() if path.is_file()}


def checked(pdf: Path) -> None:
    """Raises where qpdf finds an error or something to mend."""
    said = subprocess.run(["qpdf", "--check", pdf], check=False, capture_output=True, text=True, timeout=_SECONDS)
    assert said.returncode == 0, said.stdout + said.stderr


def pages(pdf: Path) -> int:
    """How many pages a PDF has."""
    return int(subprocess.check_output(["qpdf", "--show-npages", pdf], timeout=_SECONDS))


def text(pdf: Path) -> str:
    """What is shown in a PDF, without its blanks: lines are broken anywhere in narrow columns."""
    said = subprocess.check_output(["pdftotext", "-raw", pdf, "-"], text=True, timeout=_SECONDS)
    return "".join(said.split())
