"""`expunct-server redact` of a folder: every file below it is a job, and the results mirror its tree below another."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from expunct_server.cli import common
from expunct_server.verifying.checks import printable

_MOST_NAMED = 1000  # failures that are told one by one


class Failed(Exception):
    """One file could not be redacted; the others can be."""

    def __init__(self, code: str, message: str, job_id: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.job_id = job_id


@dataclass(frozen=True, slots=True)
class Done:
    """One file was redacted, and its result is where it belongs."""

    findings_count: int
    entity_counts: dict[str, int]
    notes: list[str]


@dataclass(slots=True)
class Tally:
    """What became of the files so far. Its size does not depend on how many there are."""

    completed: int = 0
    failed: int = 0
    findings_count: int = 0
    entity_counts: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)

    def add(self, done: Done) -> None:
        self.completed += 1
        self.findings_count += done.findings_count
        self.entity_counts.update(done.entity_counts)

    def fail(self, name: str, error: Failed) -> None:
        self.failed += 1
        if len(self.failures) < _MOST_NAMED:
            failure = {"file": name, "error_code": error.code, "error_message": error.message, "job_id": error.job_id}
            self.failures.append(failure)

    def shown(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "files": self.completed + self.failed,
            "completed": self.completed,
            "failed": self.failed,
            "skipped": {kind: self.skipped[kind] for kind in ("hidden", "links", "special")},
            "findings_count": self.findings_count,
            "entity_counts": dict(sorted(self.entity_counts.items())),
            "failures": self.failures,
        }


def check_places(folder: Path, output: Path | None, name: str | None) -> Path:
    """The folder for the results. Anything else than another folder, beside the one that is read, is wrong usage."""
    if name is not None:
        common.wrong("--name", "is for a single document, not for a folder")
    if output is None:
        common.wrong("--output", "name the folder that the results go to")
    if output.exists() and not output.is_dir():
        common.wrong("--output", "must be a folder, as what is redacted is one")
    inner, outer = folder.resolve(), output.resolve()
    if inner.is_relative_to(outer) or outer.is_relative_to(inner):
        common.wrong("--output", "must be a folder that neither holds the one that is redacted nor lies in it")
    return output


def redact_all(folder: Path, output: Path, redact_one: Callable[[Path, Path], Done], *, as_json: bool) -> None:
    """Have every file below `folder` redacted into the same place below `output`, and tell what became of them.

    `redact_one` is given where a file is and where its result goes; it raises `Failed` when that one cannot be done.
    Ends the command with exit code 1 if any failed.
    """
    output.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    with _progress(sum(1 for _ in _files(folder, Tally()))) as tell:
        for path in _files(folder, tally):
            name = _name(path, folder)
            try:
                done = redact_one(path, output / path.relative_to(folder))
            except Failed as error:
                tally.fail(name, error)
                tell(f"{name}: {error.code}", True)
            else:
                tally.add(done)
                tell(f"{name}: {common.counted(done.findings_count, 'finding')} removed", False)
                for note in done.notes:
                    tell(f"Note: {name}: {note}", None)
    _summarize(tally)
    if as_json:
        common.show_json(tally.shown())
    if tally.failed:
        raise typer.Exit(1)


def _files(top: Path, tally: Tally) -> Iterator[Path]:
    """Every regular file below the folder; what is left out, and folders that cannot be read, go into the tally.

    One by one as the system gives them: a folder may hold more names than fit into memory.
    """
    folders = [top]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    left_out = _left_out(entry)
                    if left_out is not None:
                        tally.skipped[left_out] += 1
                    elif entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        yield Path(entry.path)
        except OSError as error:
            failed = Failed("folder_not_readable", f"The folder cannot be read: {error.strerror}.")
            tally.fail(_name(folder, top), failed)


def _left_out(entry: "os.DirEntry[str]") -> str | None:
    """Why an entry of a folder is left alone, if it is."""
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_symlink():
        return "links"
    return None if entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False) else "special"


def _name(path: Path, top: Path) -> str:
    """The path below the folder, as it can be shown whatever bytes and control characters are in it."""
    return printable(os.fsencode(path.relative_to(top)).decode("utf-8", "replace"))


@contextmanager
def _progress(total: int) -> Iterator[Callable[[str, bool | None], None]]:
    """What tells of each file on standard error: by a bar where that is a terminal, else by a line.

    It is given the line, and whether the file failed; None for a remark. Beside a bar only remarks and failures are
    written.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda line, _: typer.echo(line, err=True)
        return
    columns = (TextColumn("Redacting", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total)

        def tell(line: str, failed: bool | None) -> None:
            if failed is not False:
                bar.console.print(Text(line))
            if failed is not None:
                bar.advance(task)

        yield tell


def _summarize(tally: Tally) -> None:
    kinds = {kind: f"{number} {kind}" for kind, number in tally.skipped.items()}
    if "links" in kinds:
        kinds["links"] = common.counted(tally.skipped["links"], "link")
    left_out = ", ".join(kinds[kind] for kind in sorted(kinds))
    files, findings = common.counted(tally.completed, "file"), common.counted(tally.findings_count, "finding")
    typer.echo(
        f"{files} redacted, {findings} removed, {tally.failed} failed"
        + (f"; left out: {left_out}" if left_out else ""),
        err=True,
    )
    for each in tally.failures:
        typer.echo(f"{each['file']}: {each['error_message']} (error code {each['error_code']})", err=True)
    if tally.failed > len(tally.failures):
        typer.echo(f"and {tally.failed - len(tally.failures)} more", err=True)
