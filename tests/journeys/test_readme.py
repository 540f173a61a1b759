"""The README's tour, pasted."""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pypdfium2
import pytest

from tests.support import canary
from tests.support.server import environment
from tests.support.shims import path_with

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that looks like the project's root to the tour."""
    for name in (".venv", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "Makefile").write_text("setup:\n\t@true\n")
    return tmp_path


def test_the_tour_works_when_pasted(checkout: Path, watcher: canary.Watcher) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tour = (ROOT / "README.md").read_text().partition("## A tour")[2].partition("\n## ")[0]
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", tour, re.DOTALL)).replace("8000", str(port))
    script = f"set -euo pipefail\ntrap 'kill %1 && wait' EXIT\n{commands}"
    bash = shutil.which("bash")
    assert bash is not None
    env = {name: value for name, value in environment(checkout).items() if not name.startswith("EXPUNCT_")}
    env |= {"HOME": str(checkout), "PATH": path_with("curl", checkout, os.environ["PATH"])}
    ran = subprocess.run(
        [bash, "-c", script], cwd=checkout, env=env, capture_output=True, text=True, timeout=400, check=False
    )

    assert ran.returncode == 0, ran.stderr[-2000:]
    for shown in (
        "Call <PERSON> on <PHONE_NUMBER> about card <CREDIT_CARD>.",
        "<ORDER>",
        "<PERSON_p:",
        "job.completed",
        "    Check passed: Luhn check digit",
    ):
        assert shown in ran.stdout
    assert "Write to <EMAIL_ADDRESS>" in ran.stdout
    assert (checkout / "letter.redacted.txt").read_text().startswith("<ORGANIZATION>")
    assert (checkout / "page-1.png").read_bytes().startswith(b"\x89PNG")
    with pypdfium2.PdfDocument(checkout / "statement.redacted.pdf") as redacted:
        said = redacted[0].get_textpage().get_text_range()
    assert "Statement of account" in said and "<CREDIT_CARD>" in said and "Bennett" not in said
    assert sorted(os.listdir(checkout / "redacted-examples")) == sorted(os.listdir(ROOT / "examples"))
