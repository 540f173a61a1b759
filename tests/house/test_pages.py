"""Pages that are made from the source say what the source says; what others name is there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from expunct_server import settings

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "expunct_server"
PAGES = ROOT / "docs" / "reference"
PROSE = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = [
    *("audit", "publishing", "verifying", "db"),
    *("outbound", "storage", "buckets", "jobs", "batches", "connectors", "webhooks", "policies", "pseudonyms"),
    *(str(each.parent.relative_to(SOURCE)) for each in sorted((SOURCE / "redaction").rglob("__init__.py"))),
]
_NAMED = re.compile(r"`((?:[\w.*-]+/)+[\w.*-]+\.py)`")


def test_the_page_of_settings_is_what_the_fields_say() -> None:
    assert (PAGES / "settings.md").read_text() == "\n".join(settings.documentation()) + "\n", (
        "Write it anew: .venv/bin/python -m expunct_server.settings > docs/reference/settings.md"
    )


def test_the_page_of_settings_names_each_once_and_shows_no_secret() -> None:
    page = "\n".join(settings.documentation())
    for each in fields(settings.Settings):
        assert page.count(f"`{settings.PREFIX}{each.name.upper()}`") == 1
        assert each.metadata["help"] in page
        assert not (each.metadata["secret"] and each.default)


def test_every_file_that_a_page_names_is_there() -> None:
    named = {(page, path) for page in PROSE for path in _NAMED.findall(page.read_text())}
    gone = [f"{page.name}: {path}" for page, path in named if not any(any(at.glob(path)) for at in (SOURCE, ROOT))]
    assert sorted(gone) == []
    assert len(named) > 50 and (ROOT / "CONTRIBUTING.md", "audit/recorder.py") in named


@pytest.mark.parametrize("room", ROOMS)
def test_the_table_of_rooms_names_every_module_and_no_other(room: str) -> None:
    table = (ROOT / "docs" / "architecture.md").read_text().partition("rooms of the log:")[2].partition("\n\nRows")[0]
    rows = [line.split("|")[2] for line in table.splitlines() if line.startswith(f"| `{room}`")]
    named = set(re.findall(r"`([a-z_0-9]+)`", "".join(rows)))
    modules = {each.stem for each in (SOURCE / room).glob("*.py")} - {"__init__", "__main__"}
    assert sorted(modules - named) == []
    assert sorted(named - {each.stem for at in (SOURCE / room, SOURCE) for each in at.iterdir()}) == []
