"""Every case of the conformance suite that an office program reads, opened by one: `make test-office`."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.office.programs import checked, convert, pages, require, text
from tests.redaction.formats.cases import Case, all_cases
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS"})
OPENED = ("docx", "xlsx", "pptx", "odt", "ods", "odp", "rtf", "html")
CASES = {case.filename: case for case in all_cases()}
OFFICE = [name for name in CASES if name.rpartition(".")[2] in OPENED]
# Whose planted parts are such that no program opens the source: an object and a script without contents.
CLOSED = ("letter.odt", "book.ods", "talk.odp", "letter.rtf")


@dataclass(frozen=True)
class Opened:
    """What LibreOffice made of the sources and of the results: PDF of both, and the results in their own kind again."""

    sources: dict[str, Path]
    results: dict[str, Path]
    again: dict[str, Path]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    require()
    folder = tmp_path_factory.mktemp("opened")
    sources, results = [], []
    for name in OFFICE:
        source = CASES[name].make(CASES[name].planted())
        sources.append(_written(folder / "sources", name, source))
        results.append(_written(folder / "results", name, redacted_file(source, name, entity_types=TYPES)[0]))
    again: dict[str, Path] = {}
    for kind in OPENED:
        of_kind = [path for path in results if path.suffix == f".{kind}"]
        again |= convert(of_kind, kind, folder / "again" / kind) if of_kind else {}
    return Opened(
        convert(sources, "pdf", folder / "sources" / "pdf"), convert(results, "pdf", folder / "results" / "pdf"), again
    )


def _written(folder: Path, name: str, data: bytes) -> Path:
    """A file whose name without suffix is that of no other."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{_stem(name)}.{name.rpartition('.')[2]}"
    path.write_bytes(data)
    return path


def _stem(name: str) -> str:
    return name.replace(".", "_")


def _members(data: bytes) -> str:
    """All that a package or a file holds. XML is not parsed: LibreOffice 7.4 writes some comments wrongly."""
    if not data.startswith(b"PK"):
        return data.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return "".join(name + archive.read(name).decode("utf-8", "replace") for name in archive.namelist())


def _is_gone(case: Case, said: str) -> bool:
    """Whether nothing that was planted is left of it, not even its beginning."""
    return not [value for value in case.planted().values() if value.split(".")[0] in said]


@pytest.mark.parametrize("name", OFFICE)
def test_a_result_opens_shows_its_labels_and_what_was_kept_and_nothing_else(opened: Opened, name: str):
    said = text(opened.results[_stem(name)])

    assert "Kept" in said
    assert "<EMAIL_ADDRESS>" in said
    assert _is_gone(CASES[name], said)


@pytest.mark.parametrize("name", [name for name in OFFICE if name not in CLOSED])
def test_a_result_has_as_many_pages_as_its_source(opened: Opened, name: str):
    source, result = opened.sources[_stem(name)], opened.results[_stem(name)]

    assert not _is_gone(CASES[name], text(source)), "nothing was planted where a reader sees it"
    assert pages(result) == pages(source)


@pytest.mark.parametrize("name", OFFICE)
def test_a_result_that_is_saved_again_holds_labels_and_nothing_that_was_planted(opened: Opened, name: str):
    said = _members(opened.again[_stem(name)].read_bytes())

    assert "EMAIL_ADDRESS" in said
    assert _is_gone(CASES[name], said)


def test_a_pdf_is_sound_and_shows_its_labels_and_nothing_that_was_planted(tmp_path: Path):
    require()
    case = CASES["document.pdf"]
    source, result = tmp_path / "source.pdf", tmp_path / "result.pdf"
    source.write_bytes(case.make(case.planted()))
    result.write_bytes(redacted_file(source.read_bytes(), case.filename, entity_types=TYPES)[0])

    checked(result)
    assert pages(result) == pages(source)
    assert _is_gone(case, text(result))
    assert "EMAIL_ADDRESS" in text(result)
