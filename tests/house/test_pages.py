"""Reference pages that are made from the source say what the source says."""

from dataclasses import fields
from pathlib import Path

from expunct_server import settings

PAGES = Path(__file__).parents[2] / "docs" / "reference"


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
