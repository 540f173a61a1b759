"""The templates that names are learned from, as far as can be told without filling them."""

import re
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "training" / "templates"
SLOTS = {
    "person", "first", "last", "initial", "lastfirst", "city", "country", "state", "region", "street",
    "address", "facility", "natural", "postcode", "company", "bank", "hospital", "university", "school",
    "agency", "party", "team", "band", "media", "org", "nrp", "date", "year", "month", "weekday", "time",
    "number", "amount", "orderno", "version", "product", "email", "phone", "url", "code", "filename",
    "percent", "quantity",
}  # fmt: skip
LABELS = {"PERSON", "LOC", "ORG", "NRP", "DATE", "O"}
FILES = sorted(FOLDER.glob("*.txt"))


def templates(path: Path) -> list[str]:
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    return [each for each in re.split(r"^---\s*$", "\n".join(lines), flags=re.M) if each.strip()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_slot_and_label_is_one_that_there_is(path):
    text = "\n".join(templates(path))

    assert {slot.rstrip("0123456789") for slot in re.findall(r"\{([a-z]+\d*)\}", text)} <= SLOTS
    assert {label for _, label in re.findall(r"\[([^\[\]|]+)\|([A-Z]+)\]", text)} <= LABELS


def test_there_are_thousands_and_hardly_any_stands_twice():
    counted = Counter(each.strip() for path in FILES for each in templates(path))

    assert len(counted) > 2_500
    assert sum(n > 1 for n in counted.values()) < 20
