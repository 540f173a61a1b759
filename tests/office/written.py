"""Documents that LibreOffice itself wrote, redacted with all types and opened again: `make test-office`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.office import flat
from tests.office.programs import checked, convert, pages, require, text
from tests.redaction.formats.office.test_wording import parts
from tests.redaction.helpers import redacted_file

WRITTEN = [
    ("letter", flat.letter, kind, "fodt") for kind in ("odt", "docx", "pdf", "html", "rtf")
] + [("workbook", flat.workbook, kind, "fods") for kind in ("ods", "xlsx", "pdf")] + [
    ("talk", flat.talk, kind, "fodp") for kind in ("odp", "pptx", "pdf")
]  # fmt: skip
BLANK = [
    *(("text", "fodt", kind) for kind in ("odt", "docx", "rtf")),
    *(("spreadsheet", "fods", kind) for kind in ("ods", "xlsx")),
    *(("presentation", "fodp", kind) for kind in ("odp", "pptx")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "suffix", "kind"), BLANK)
def test_a_blank_document_has_no_finding_and_comes_out_with_the_same_styles(
    tmp_path: Path, name: str, suffix: str, kind: str
):
    require()
    origin = tmp_path / f"{name}.{suffix}"
    origin.write_bytes(flat.blank(name))
    source = convert([origin], kind, tmp_path / "source")[name].read_bytes()

    output, found, _ = redacted_file(source, f"blank.{kind}", use_model=True)

    assert [(f.location, f.text) for f in found] == []
    if kind == "rtf":
        assert output == source
        return
    before, after = parts(source), parts(output)
    changed = {name for name, said in after.items() if before[name] != said}
    assert changed <= {"content.xml", "settings.xml"}  # of OpenDocument, which lose scripts and printers


@pytest.mark.parametrize(
    ("name", "make", "kind", "suffix"), WRITTEN, ids=lambda each: each if isinstance(each, str) else ""
)
def test_what_the_program_wrote_is_redacted_and_opens_again(
    tmp_path: Path, name: str, make: Callable[[], bytes], kind: str, suffix: str
):
    require()
    origin = tmp_path / f"{name}.{suffix}"
    origin.write_bytes(make())
    source = convert([origin], kind, tmp_path / "source")[name]
    result = tmp_path / f"result.{kind}"
    result.write_bytes(redacted_file(source.read_bytes(), source.name)[0])

    before, after = _shown(source, tmp_path / "before"), _shown(result, tmp_path / "after")
    said = text(after)
    assert [word for word in flat.GONE[:5] if word not in text(before)] == [], "never shown"
    assert [word for word in flat.GONE if word in said] == []
    assert [word for word in set(_kept(before)) if word not in said] == []
    assert "<EMAIL_ADDRESS>" in said
    assert pages(after) == pages(before)
    checked(after)


def _shown(path: Path, folder: Path) -> Path:
    """A document as a PDF."""
    return path if path.suffix == ".pdf" else convert([path], "pdf", folder)[path.stem]


def _kept(pdf: Path) -> list[str]:
    return [word for word in ("Keptheading", "Keptitem", "Keptsecond", "Keptone", "Keptother") if word in text(pdf)]
