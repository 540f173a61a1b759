"""`make demo`: what it says at its end, by the line that the Makefile runs."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_redacts_documents_shows_that_the_bundle_verifies_and_that_an_edited_event_is_found() -> None:
    [recipe] = re.findall(r"^demo: setup .*\n\t@\$\(PY\) (.+)\n\n", (ROOT / "Makefile").read_text(), re.MULTILINE)
    command = [sys.executable, *recipe.split()]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    for name in ("statement.pdf", "referral.docx"):
        assert f"read again here, {name} says none of it" in ran.stdout
    assert "its letter became redacted/letter.txt" in ran.stdout
    proven = ran.stdout.partition("The log, proven")[2]
    assert "letter.tlog-proof proves, offline, that letter.txt was redacted" in proven
    verified = proven.partition("with Python and cryptography alone, says:\n")[2].splitlines()
    assert verified[0] == "  VERIFIED" and "    own_keys: False" in verified
    found = proven.partition("edited by hand in a copy of the database; audit fsck there says:\n")[2].splitlines()
    assert re.match(r"  tenant default: index \d+, event evt_\w+: the row was changed: .*\(outcome\)$", found[0])
    assert "All of it checked." in proven
